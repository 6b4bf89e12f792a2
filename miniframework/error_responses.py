"""From an exception to a response.

Step 9 of the trip. Between every two layers of the onion stands
`convert_exception_to_response`, so that whatever is raised inside arrives at the next
middleware as an ordinary response, and its way out is the same as any other's. A client
that is told "500" is told nothing else, unless DEBUG is on: then it is the developer.

In Django: django.core.handlers.exception.
"""

import logging
from collections.abc import Callable
from typing import Any

from miniframework import debug
from miniframework.conf import settings
from miniframework.events import announce, observers
from miniframework.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from miniframework.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseServerError,
    UnreadablePostError,
)
from miniframework.signals import got_request_exception
from miniframework.urls import get_resolver, get_urlconf

GetResponse = Callable[[HttpRequest], HttpResponseBase]

logger = logging.getLogger("miniframework.request")

# The first class that fits gives the status; whatever fits none is our own fault: 500.
STATUS_OF: list[tuple[type[Exception], int]] = [
    (Http404, 404),
    (PermissionDenied, 403),
    (BadRequest, 400),
    (SuspiciousOperation, 400),
    (UnreadablePostError, 400),
]


def convert_exception_to_response(get_response: GetResponse) -> GetResponse:
    """The same callable, except that it always returns a response."""

    def inner(request: HttpRequest) -> HttpResponseBase:
        try:
            return get_response(request)
        except Exception as error:
            return response_for_exception(request, error)

    return inner


def response_for_exception(request: HttpRequest, error: Exception) -> HttpResponseBase:
    status = next((number for kind, number in STATUS_OF if isinstance(error, kind)), 500)
    if isinstance(error, SuspiciousOperation):
        security = logging.getLogger(f"miniframework.security.{type(error).__name__}")
        security.error("%s", error, extra={"status_code": 400, "request": request})
    if status == 500:
        got_request_exception.send(sender=None, request=request)
        log(request, 500, error)
        if settings.DEBUG_PROPAGATE_EXCEPTIONS:
            raise error
    else:
        log(request, status)
    handler, response = error_response(request, status, error)
    response._logged = True
    if observers:
        announce(
            "exception.caught", request=request, exception=error, handler=handler, response=response
        )
    return response


def error_response(
    request: HttpRequest, status: int, error: Exception
) -> tuple[str, HttpResponseBase]:
    """(what made it, the response): the debug page, the project's handler, or a plain page."""
    try:
        if settings.DEBUG and status != 403:
            return debug_response(request, status, error)
        return handler_response(request, status, error)
    except Exception as second:
        # The error page has an error. One more attempt to be clever would be one too many.
        got_request_exception.send(sender=None, request=request)
        log(request, 500, second)
        return "plain 500", plain_server_error()


def debug_response(
    request: HttpRequest, status: int, error: Exception
) -> tuple[str, HttpResponseBase]:
    if status == 404:
        return "debug.technical_404_response", debug.technical_404_response(request, error)
    page = debug.technical_500_response(
        request, type(error), error, error.__traceback__, status_code=status
    )
    return "debug.technical_500_response", page


def handler_response(
    request: HttpRequest, status: int, error: Exception
) -> tuple[str, HttpResponseBase]:
    """What the root URLconf's handler404 (403, 400, 500) makes of it."""
    handler = get_resolver(get_urlconf()).resolve_error_handler(status)
    response: Any = handler(request) if status == 500 else handler(request, exception=error)
    if not isinstance(response, HttpResponseBase):
        raise TypeError(f"handler{status} returned {response!r} instead of an HttpResponse.")
    # An error page leaves through the layers outside the failure only, so the template
    # hooks do not see it, and it is rendered here.
    render = getattr(response, "render", None)
    if callable(render) and not getattr(response, "is_rendered", True):
        response = render()
    return f"handler{status}", response


def plain_server_error() -> HttpResponse:
    return HttpResponseServerError(
        "<!doctype html><html lang=en><title>Server Error (500)</title>"
        "<h1>Server Error (500)</h1></html>"
    )


def log_response(request: HttpRequest, response: HttpResponseBase) -> None:
    """A line for a response of 400 and above that no exception has written yet."""
    if response.status_code >= 400 and not response._logged:
        response._logged = True
        log(request, response.status_code, reason=response.reason_phrase)


def log(
    request: HttpRequest, status: int, error: Exception | None = None, reason: str = ""
) -> None:
    message = {400: "Bad Request", 403: "Forbidden", 404: "Not Found", 500: "Internal Server Error"}
    level = logging.ERROR if status >= 500 else logging.WARNING
    # A path may hold a line end (%0A), and the log a line per entry.
    path = request.path.encode("unicode_escape").decode("ascii")
    logger.log(
        level,
        "%s: %s",
        reason or message[status],
        path,
        exc_info=error,
        extra={"status_code": status, "request": request},
    )
