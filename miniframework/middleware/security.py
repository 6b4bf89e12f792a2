"""`SecurityMiddleware`: what a browser must be told to be careful.

Steps 3 and 10 of the trip. Sends plain HTTP to HTTPS, and says with each response that the
next visit must be HTTPS too (HSTS, RFC 6797), that a type is what it is declared to be,
and how much other sites learn of our addresses.

Django: https://docs.djangoproject.com/en/5.2/ref/middleware/#module-django.middleware.security
"""

import re

from miniframework.conf import settings
from miniframework.http import (
    HttpRequest,
    HttpResponseBase,
    HttpResponsePermanentRedirect,
)
from miniframework.utils.deprecation import MiddlewareMixin


class SecurityMiddleware(MiddlewareMixin):
    def process_request(self, request: HttpRequest) -> HttpResponseBase | None:
        if not settings.SECURE_SSL_REDIRECT or request.is_secure():
            return None
        path = request.path.lstrip("/")
        if any(re.search(pattern, path) for pattern in settings.SECURE_REDIRECT_EXEMPT):
            return None
        host = settings.SECURE_SSL_HOST or request.get_host()
        return HttpResponsePermanentRedirect(f"https://{host}{request.get_full_path()}")

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        # Over plain HTTP anyone on the way could have written it, so browsers ignore it there.
        if settings.SECURE_HSTS_SECONDS and request.is_secure():
            response.headers.setdefault("Strict-Transport-Security", hsts())
        if settings.SECURE_CONTENT_TYPE_NOSNIFF:
            response.headers.setdefault("X-Content-Type-Options", "nosniff")
        if settings.SECURE_REFERRER_POLICY:
            response.headers.setdefault("Referrer-Policy", referrer_policy())
        if settings.SECURE_CROSS_ORIGIN_OPENER_POLICY:
            response.headers.setdefault(
                "Cross-Origin-Opener-Policy", settings.SECURE_CROSS_ORIGIN_OPENER_POLICY
            )
        return response


def hsts() -> str:
    value = f"max-age={settings.SECURE_HSTS_SECONDS}"
    if settings.SECURE_HSTS_INCLUDE_SUBDOMAINS:
        value += "; includeSubDomains"
    if settings.SECURE_HSTS_PRELOAD:
        value += "; preload"
    return value


def referrer_policy() -> str:
    """One policy, or several of which a browser takes the last that it knows."""
    policy = settings.SECURE_REFERRER_POLICY
    names = policy.split(",") if isinstance(policy, str) else policy
    return ",".join(name.strip() for name in names)
