"""What a debug page may show: nothing that looks like a secret, nothing endless.

Step 9 of the trip.  In Django: django.views.debug.SafeExceptionReporterFilter.
"""

import re
from collections.abc import Mapping
from reprlib import Repr
from typing import Any
from urllib.parse import unquote

from miniframework.conf import settings

# The names of things that nobody should read over a shoulder or in a screenshot.
SECRET = re.compile(
    r"api|auth|cookie|credential|csrf|dsn|key|pass|private|secret|session|signature|token",
    re.IGNORECASE,
)
COVERED = "********************"
# "postgresql://user:password@host/": the name of the setting does not tell.
URL_PASSWORD = re.compile(r"(://[^:/@\s]*:)[^@\s]+@")

_repr = Repr()
_repr.maxstring = _repr.maxother = _repr.maxlong = 400
_repr.maxdict = _repr.maxlist = _repr.maxtuple = _repr.maxset = 30
_repr.maxlevel = 4


def cleanse(name: str, value: Any, depth: int = 0) -> Any:
    """The value, or stars; inside a dict or a list, what needs it is covered one by one."""
    if SECRET.search(name):
        return COVERED
    if depth < 5:
        if isinstance(value, Mapping):
            # Whatever mapping it is, a plain dict says as much, and its repr no more.
            return {k: cleanse(str(k), v, depth + 1) for k, v in list(value.items())[:50]}
        if type(value) in (list, tuple):
            if len(value) == 2 and isinstance(value[0], str):  # a pair, as dict() takes them
                return type(value)((value[0], cleanse(value[0], value[1], depth + 1)))
            return type(value)(cleanse("", item, depth + 1) for item in value[:50])
    return covered(value) if type(value) is str else value


def shown(name: str, value: Any) -> str:
    """The value as short text, whatever it is, also if its own repr raises."""
    try:
        text = _repr.repr(cleanse(name, value))
    except Exception as error:
        text = f"<{type(value).__name__}: its repr raised {type(error).__name__}>"
    text = covered(text)  # an object's own repr may hold a URL
    return text if len(text) <= 2000 else f"{text[:2000]}… ({len(text)} characters)"


def covered(text: str) -> str:
    """Text with stars for the passwords of its URLs and the secrets of its query strings.

    "/?token=abc&page=2" stands in an environ, in a URL, in the repr of a request.
    """
    words = re.split(r"([&\s])", URL_PASSWORD.sub(rf"\1{COVERED}@", text))
    return "".join(covered_field(word) for word in words)


def covered_field(field: str) -> str:
    name, _, value = field.partition("=")
    # In "/password/?page=2" the name is "page"; "%70assword" is a password, too.
    secret = value and SECRET.search(unquote(name.rpartition("?")[2]))
    return f"{name}={COVERED}" if secret else field


def shown_settings() -> list[tuple[str, str]]:
    """The settings that this project has given a value of its own."""
    names = [name for name in dir(settings) if settings.is_overridden(name)]
    # SECRET_KEY may be empty, and then asking for it raises; it is covered anyway.
    return [
        (name, COVERED if SECRET.search(name) else shown(name, getattr(settings, name)))
        for name in names
    ]
