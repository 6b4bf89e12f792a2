"""The pages for 400, 403, 404 and 500 where a project has none of its own.

Step 9 of the trip: an exception has become a status, and somebody must say so. A template
"404.html" (and so on) of the project comes first, else a small page that is built in. The
page for 500 is rendered without context, since whatever fills contexts may be what failed.

Django: https://docs.djangoproject.com/en/5.2/ref/views/#error-views
"""

from html import escape
from typing import Any
from urllib.parse import quote

from miniframework.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBadRequest,
    HttpResponseForbidden,
    HttpResponseNotFound,
    HttpResponseServerError,
)
from miniframework.template import loader
from templating import TemplateDoesNotExist

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font: 1.1rem/1.6 system-ui, sans-serif; max-width: 34rem; margin: 15vh auto 0;
       padding: 0 1rem; color: #24292f; background: #fff; }}
h1 {{ font-size: 1.6rem; margin: 0; }}
@media (prefers-color-scheme: dark) {{ body {{ color: #e6edf3; background: #0d1117; }} }}
</style>
</head>
<body>
<h1>{title}</h1>
<p>{detail}</p>
</body>
</html>
"""


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return HttpResponseBadRequest(
        _page(None, "400.html", {}, "Bad request", "The server could not make sense of this.")
    )


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    context = {"exception": str(exception)}
    return HttpResponseForbidden(
        _page(request, "403.html", context, "Forbidden", "This page is not for everybody.")
    )


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """`exception` in the context is what the view said: Http404("No such poll.")."""
    said = exception.args[0] if exception.args and not hasattr(exception, "tried") else None
    context = {
        "request_path": quote(request.path),
        "exception": said if isinstance(said, str) else type(exception).__name__,
    }
    detail = "There is nothing at this address."
    return HttpResponseNotFound(_page(request, "404.html", context, "Not found", detail))


def server_error(request: HttpRequest) -> HttpResponse:
    detail = "Something went wrong on our side. It has been logged."
    return HttpResponseServerError(_page(None, "500.html", {}, "Server error", detail))


def _page(
    request: HttpRequest | None, template: str, context: dict[str, Any], title: str, detail: str
) -> str:
    try:
        return loader.render_to_string(template, context, request)
    except TemplateDoesNotExist as error:
        # Only where the page itself is missing: one that includes a missing one is broken.
        if error.name != template:
            raise
        return PAGE.format(title=escape(title), detail=escape(detail))
