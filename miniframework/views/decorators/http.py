"""Which methods a function view takes: the others get a 405 with the list of them.

Step 5 of the trip. RFC 9110, 15.5.6: a 405 must carry `Allow`.

Django: https://docs.djangoproject.com/en/5.2/topics/http/decorators/
"""

import logging
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from miniframework.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

View = Callable[..., HttpResponse]

logger = logging.getLogger("miniframework.request")


def require_http_methods(methods: Sequence[str]) -> Callable[[View], View]:
    """`@require_http_methods(["GET", "POST"])`; the names in capitals, as on the wire."""

    def decorator(view: View) -> View:
        @wraps(view)
        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method not in methods:
                logger.warning("Method Not Allowed (%s): %s", request.method, request.path)
                return HttpResponseNotAllowed(methods)
            return view(request, *args, **kwargs)

        return inner

    return decorator


require_GET = require_http_methods(["GET"])  # noqa: N816 - Django's name
require_POST = require_http_methods(["POST"])  # noqa: N816
require_safe = require_http_methods(["GET", "HEAD"])
