"""`CommonMiddleware`: one address per page, and the length of what is sent.

Steps 3 and 10 of the trip. "/polls" is sent to "/polls/" if only that has a view
(APPEND_SLASH), "example.com" to "www.example.com" (PREPEND_WWW).

Django: https://docs.djangoproject.com/en/5.2/ref/middleware/#module-django.middleware.common
"""

from miniframework.conf import settings
from miniframework.http import (
    HttpRequest,
    HttpResponseBase,
    HttpResponsePermanentRedirect,
)
from miniframework.urls import is_valid_path
from miniframework.utils.deprecation import MiddlewareMixin


class CommonMiddleware(MiddlewareMixin):
    response_redirect_class = HttpResponsePermanentRedirect

    def process_request(self, request: HttpRequest) -> HttpResponseBase | None:
        host = request.get_host()  # which refuses a host that is not ours, before any view
        if not settings.PREPEND_WWW or not host or host.startswith("www."):
            return None
        slash = should_append_slash(request)
        path = path_with_slash(request) if slash else request.get_full_path()
        return self.response_redirect_class(f"{request.scheme}://www.{host}{path}")

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if response.status_code == 404 and should_append_slash(request):
            return self.response_redirect_class(path_with_slash(request))
        if not response.streaming and not response.has_header("Content-Length"):
            response.headers["Content-Length"] = str(len(getattr(response, "content", b"")))
        return response


def should_append_slash(request: HttpRequest) -> bool:
    """Whether only the path with a slash at its end has a view, which lets us add it."""
    if not settings.APPEND_SLASH or request.path_info.endswith("/"):
        return False
    if is_valid_path(request.path_info, request.urlconf):
        return False
    match = is_valid_path(f"{request.path_info}/", request.urlconf)
    return bool(match) and getattr(match.func, "should_append_slash", True)


def path_with_slash(request: HttpRequest) -> str:
    path = request.get_full_path(force_append_slash=True)
    if settings.DEBUG and request.method in ("POST", "PUT", "PATCH", "DELETE"):
        raise RuntimeError(
            f"This {request.method} went to {request.path!r}, which has no view; one with a "
            "slash at its end has, and a redirect there would lose the data. Let the form "
            f"point to {path!r}, or set APPEND_SLASH = False."
        )
    # "//evil.example/" would be a redirect to another host.
    return "/%2F" + path.removeprefix("//") if path.startswith("//") else path
