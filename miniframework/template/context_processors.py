"""What every template sees beside its view's context: functions of the request.

Step 7 of the trip. Each takes the request and returns a dict; the setting TEMPLATES lists
them under OPTIONS["context_processors"], and `csrf` is there without being listed.

Django: https://docs.djangoproject.com/en/5.2/ref/templates/api/#built-in-template-context-processors
"""

from typing import Any

import miniorm
from miniframework.conf import settings
from miniframework.http import HttpRequest
from miniframework.utils import timezone
from templating.templatetags.i18n import available_languages, is_bidi


class LazyToken:
    """The CSRF token, made only for a template that shows it: making one sets a cookie and
    `Vary: Cookie`, which would keep every page out of shared caches."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    def __str__(self) -> str:
        from miniframework.middleware.csrf import get_token

        return str(get_token(self._request))

    def __bool__(self) -> bool:
        return True


def csrf(request: HttpRequest) -> dict[str, Any]:
    return {"csrf_token": LazyToken(request)}


def request(request: HttpRequest) -> dict[str, Any]:
    return {"request": request}


def debug(request: HttpRequest) -> dict[str, Any]:
    """`debug` and `sql_queries`, for clients in INTERNAL_IPS while DEBUG is on."""
    internal = request.META.get("REMOTE_ADDR") in getattr(settings, "INTERNAL_IPS", ())
    if not (settings.DEBUG and internal):
        return {}
    return {"debug": True, "sql_queries": lambda: list(miniorm.connection.queries)}


def static(request: HttpRequest) -> dict[str, Any]:
    return {"STATIC_URL": settings.STATIC_URL}


def media(request: HttpRequest) -> dict[str, Any]:
    return {"MEDIA_URL": settings.MEDIA_URL}


def tz(request: HttpRequest) -> dict[str, Any]:
    return {"TIME_ZONE": timezone.get_current_timezone_name()}


def i18n(request: HttpRequest) -> dict[str, Any]:
    """What a page says of its language; there is but one, that of the setting."""
    code = settings.LANGUAGE_CODE
    return {
        "LANGUAGES": available_languages(),
        "LANGUAGE_CODE": code,
        "LANGUAGE_BIDI": is_bidi(code),
    }
