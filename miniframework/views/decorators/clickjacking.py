"""Which pages other pages may show inside a frame, view by view.

Step 10 of the trip.  Django: https://docs.djangoproject.com/en/5.2/ref/clickjacking/
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from miniframework.http import HttpRequest

View = Callable[..., Any]


def xframe_options_value(value: str) -> Callable[[View], View]:
    def decorate(view: View) -> View:
        @wraps(view)
        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            response = view(request, *args, **kwargs)
            response.headers.setdefault("X-Frame-Options", value)
            return response

        return inner

    return decorate


xframe_options_deny = xframe_options_value("DENY")
xframe_options_sameorigin = xframe_options_value("SAMEORIGIN")


def xframe_options_exempt(view: View) -> View:
    """The middleware leaves its response alone."""

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        response = view(request, *args, **kwargs)
        response.xframe_options_exempt = True
        return response

    return inner
