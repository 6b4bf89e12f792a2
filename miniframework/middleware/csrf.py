"""`CsrfViewMiddleware`: a form counts only if it came from one of our own pages.

Step 5 of the trip (process_view). Any site can make a visitor's browser send a POST here,
and the browser adds the visitor's cookies: "cross-site request forgery". What that site
cannot do is read our cookies or our pages. So each visitor gets a random secret in a
cookie, each form repeats it in a field, and a POST in which the two differ is refused.
Origin and Referer, which the browser writes itself, are checked as well: a network
attacker, or a careless subdomain, could have planted the cookie.

The token in a page is masked anew each time (mask, then secret plus mask): a page that is
sent compressed would otherwise give the secret away by its length ("BREACH").

Django: https://docs.djangoproject.com/en/5.2/ref/csrf/
"""

import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import SplitResult, urlsplit

from miniframework.conf import settings
from miniframework.exceptions import DisallowedHost
from miniframework.http import HttpRequest, HttpResponseBase, UnreadablePostError
from miniframework.utils.cache import patch_vary_headers
from miniframework.utils.crypto import (
    RANDOM_STRING_CHARS,
    constant_time_compare,
    get_random_string,
)
from miniframework.utils.deprecation import MiddlewareMixin
from miniframework.utils.http import is_same_domain
from miniframework.utils.module_loading import import_string

logger = logging.getLogger("miniframework.security.csrf")

SECRET_LENGTH = 32
TOKEN_LENGTH = 2 * SECRET_LENGTH
# Methods that change nothing (RFC 9110, 9.2.1).
SAFE_METHODS = ("GET", "HEAD", "OPTIONS", "TRACE")

BAD_ORIGIN = "Origin checking failed: {} does not match any trusted origin."
NO_REFERER = "Referer checking failed: there is no Referer."
MALFORMED_REFERER = "Referer checking failed: the Referer is malformed."
INSECURE_REFERER = "Referer checking failed: the Referer is insecure while the host is secure."
BAD_REFERER = "Referer checking failed: {} does not match any trusted origin."
NO_COOKIE = "CSRF cookie not set."
TOKEN_MISSING = "CSRF token missing."  # noqa: S105
TOKEN_WRONG = "CSRF token from {} {}."  # noqa: S105


class RejectedError(Exception):
    """This request is not from one of our pages; the text says why."""


# --- The secret and its masks -----------------------------------------------------------


def mask_secret(secret: str) -> str:
    """A token: a random mask, and the secret shifted by it, letter by letter."""
    mask = get_random_string(SECRET_LENGTH)
    return mask + shifted(secret, mask, 1)


def unmask_token(token: str) -> str:
    return shifted(token[SECRET_LENGTH:], token[:SECRET_LENGTH], -1)


def shifted(text: str, mask: str, sign: int) -> str:
    chars = RANDOM_STRING_CHARS
    places = [
        (chars.index(letter) + sign * chars.index(by)) % len(chars)
        for letter, by in zip(text, mask, strict=True)
    ]
    return "".join(chars[place] for place in places)


def token_problem(token: str) -> str:
    """What is wrong with its shape; "" if nothing is."""
    if len(token) not in (SECRET_LENGTH, TOKEN_LENGTH):
        return "has incorrect length"
    if not (token.isascii() and token.isalnum()):
        return "has invalid characters"
    return ""


def same_secret(token: str, secret: str) -> bool:
    """Whether a token of a good shape, masked or not, holds this secret."""
    plain = unmask_token(token) if len(token) == TOKEN_LENGTH else token
    return constant_time_compare(plain, secret)


def get_token(request: HttpRequest) -> str:
    """The token for a form of this request; it makes the response set the cookie."""
    meta = request.META
    if "CSRF_COOKIE" not in meta:
        meta["CSRF_COOKIE"] = get_random_string(SECRET_LENGTH)
    meta["CSRF_COOKIE_NEEDS_UPDATE"] = True
    return mask_secret(meta["CSRF_COOKIE"])


def rotate_token(request: HttpRequest) -> None:
    """A new secret, as at a login: what was known before is worth nothing after."""
    request.META["CSRF_COOKIE"] = get_random_string(SECRET_LENGTH)
    request.META["CSRF_COOKIE_NEEDS_UPDATE"] = True


# --- The middleware ---------------------------------------------------------------------


class CsrfViewMiddleware(MiddlewareMixin):
    def process_request(self, request: HttpRequest) -> None:
        secret = request.COOKIES.get(settings.CSRF_COOKIE_NAME, "")
        if secret and not token_problem(secret):
            # A masked one was set by an older version, and is as good.
            masked = len(secret) == TOKEN_LENGTH
            request.META["CSRF_COOKIE"] = unmask_token(secret) if masked else secret

    def process_view(
        self,
        request: HttpRequest,
        callback: Callable[..., Any],
        callback_args: tuple[Any, ...],
        callback_kwargs: dict[str, Any],
    ) -> HttpResponseBase | None:
        meta = request.META
        if meta.get("miniframework.csrf_done") or getattr(callback, "csrf_exempt", False):
            return None
        if request.method in SAFE_METHODS or meta.get("miniframework.csrf_unchecked"):
            self._accept(request)
            return None
        try:
            if "HTTP_ORIGIN" in meta:
                check_origin(request)
            elif request.is_secure():
                # Over plain HTTP a Referer is easily left out or forged on the way, and
                # some privacy tools do; over HTTPS its absence is suspicious.
                check_referer(request)
            check_token(request)
        except RejectedError as reason:
            return self._reject(request, str(reason))
        self._accept(request)
        return None

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if request.META.get("CSRF_COOKIE_NEEDS_UPDATE"):
            set_csrf_cookie(request, response)
            # The decorator and the middleware may both be there: once is enough.
            request.META["CSRF_COOKIE_NEEDS_UPDATE"] = False
        return response

    def _accept(self, request: HttpRequest) -> None:
        # A view that is also @csrf_protect is not checked twice.
        request.META["miniframework.csrf_done"] = True

    def _reject(self, request: HttpRequest, reason: str) -> HttpResponseBase:
        logger.warning("Forbidden (%s): %s", reason, request.path.encode("unicode_escape").decode())
        response: HttpResponseBase = import_string(settings.CSRF_FAILURE_VIEW)(
            request, reason=reason
        )
        response._logged = True
        return response


def set_csrf_cookie(request: HttpRequest, response: HttpResponseBase) -> None:
    response.set_cookie(
        settings.CSRF_COOKIE_NAME,
        request.META["CSRF_COOKIE"],
        max_age=settings.CSRF_COOKIE_AGE,
        domain=settings.CSRF_COOKIE_DOMAIN,
        path=settings.CSRF_COOKIE_PATH,
        secure=settings.CSRF_COOKIE_SECURE,
        httponly=settings.CSRF_COOKIE_HTTPONLY,
        samesite=settings.CSRF_COOKIE_SAMESITE,
    )
    patch_vary_headers(response, ("Cookie",))


# --- The three checks -------------------------------------------------------------------


def check_origin(request: HttpRequest) -> None:
    """The Origin must be ours, or one of settings.CSRF_TRUSTED_ORIGINS."""
    origin = request.META["HTTP_ORIGIN"]
    if origin == own_origin(request) or origin in settings.CSRF_TRUSTED_ORIGINS:
        return
    parts = split(origin)
    trusted = [urlsplit(pattern) for pattern in settings.CSRF_TRUSTED_ORIGINS if "*" in pattern]
    if parts is None or not any(
        parts.scheme == pattern.scheme
        and is_same_domain(parts.netloc, pattern.netloc.removeprefix("*"))
        for pattern in trusted
    ):
        raise RejectedError(BAD_ORIGIN.format(origin))


def own_origin(request: HttpRequest) -> str | None:
    try:
        return f"{request.scheme}://{request.get_host()}"
    except DisallowedHost:
        return None


def check_referer(request: HttpRequest) -> None:
    """The Referer must be an HTTPS page of ours, or of a trusted origin."""
    referer = request.META.get("HTTP_REFERER")
    if referer is None:
        raise RejectedError(NO_REFERER)
    parts = split(referer)
    if parts is None or not parts.scheme or not parts.netloc:
        raise RejectedError(MALFORMED_REFERER)
    if parts.scheme != "https":
        raise RejectedError(INSECURE_REFERER)
    trusted = [
        urlsplit(origin).netloc.removeprefix("*") for origin in settings.CSRF_TRUSTED_ORIGINS
    ]
    if any(is_same_domain(parts.netloc, host) for host in trusted):
        return
    if not is_same_domain(parts.netloc, own_referer_host(request)):
        raise RejectedError(BAD_REFERER.format(referer))


def own_referer_host(request: HttpRequest) -> str:
    """The host that our own pages are on: this one, or all that share the cookie."""
    domain = settings.CSRF_COOKIE_DOMAIN
    if domain is None:
        try:
            return request.get_host()
        except DisallowedHost:
            return ""
    port = request.get_port()
    return str(domain) if port in ("443", "80") else f"{domain}:{port}"


def check_token(request: HttpRequest) -> None:
    """The form's field, or the field of a script's request, must hold the cookie's secret."""
    secret = request.META.get("CSRF_COOKIE")
    if secret is None:
        raise RejectedError(NO_COOKIE)
    token, source = "", "POST"
    if request.method == "POST":
        try:
            token = request.POST.get("csrfmiddlewaretoken", "")
        except UnreadablePostError:
            raise RejectedError("The form could not be read to its end.") from None
    if not token:
        token = request.META.get(settings.CSRF_HEADER_NAME, "")
        source = f"the {settings.CSRF_HEADER_NAME.removeprefix('HTTP_')!r} HTTP header"
    if not token:
        raise RejectedError(TOKEN_MISSING)
    problem = token_problem(token)
    if problem or not same_secret(token, secret):
        raise RejectedError(TOKEN_WRONG.format(source, problem or "is incorrect"))


def split(url: str) -> SplitResult | None:
    try:
        return urlsplit(url)
    except ValueError:
        return None
