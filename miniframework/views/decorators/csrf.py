"""Which views check where a form came from: more of them, fewer of them, or each its own.

Step 5 of the trip.  Django: https://docs.djangoproject.com/en/5.2/howto/csrf/
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from miniframework.http import HttpRequest, HttpResponseBase
from miniframework.middleware.csrf import CsrfViewMiddleware, get_token
from miniframework.utils.decorators import decorator_from_middleware

View = Callable[..., Any]

csrf_protect = decorator_from_middleware(CsrfViewMiddleware)


class _EnsureToken(CsrfViewMiddleware):
    """The token is there for the page, and nothing is refused."""

    def _reject(self, request: HttpRequest, reason: str) -> None:  # type: ignore[override]
        return None


class _EnsureCookie(_EnsureToken):
    """As above, and the cookie is set even where no form asks for the token."""

    def process_view(self, request: HttpRequest, *args: Any) -> HttpResponseBase | None:
        super().process_view(request, *args)
        get_token(request)
        return None


requires_csrf_token = decorator_from_middleware(_EnsureToken)
ensure_csrf_cookie = decorator_from_middleware(_EnsureCookie)


def csrf_exempt(view: View) -> View:
    """Leave this view out of the check: it proves its callers by other means."""

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return view(request, *args, **kwargs)

    inner.csrf_exempt = True  # type: ignore[attr-defined]  # what the middleware looks for
    return inner
