"""Header fields: names without case, values without line ends.

Steps 3 and 10 of the trip. What a client sends arrives in the environ as HTTP_USER_AGENT
and is read as `request.headers["user-agent"]`; what a view sets leaves through
`response.headers`, which lets no value start a field of its own.

RFC 9110, section 5.  Django: django.http.request.HttpHeaders, response.ResponseHeaders.
"""

import re
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

# A field's name is a token (RFC 9110, 5.1).
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
# With one of these in a value, the rest would be read as a field of its own: an attacker
# who controls a value would set cookies, or answer a second request ("response splitting").
FORBIDDEN = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


class BadHeaderError(ValueError):
    """A field name or value that HTTP does not allow."""


class RequestHeaders(Mapping[str, str]):
    """The fields of the request, by any spelling of their names."""

    def __init__(self, environ: Mapping[str, Any]) -> None:
        self._fields: dict[str, tuple[str, str]] = {}
        for key, value in environ.items():
            name = field_name(key)
            if name:
                self._fields[name.lower()] = (name, value)

    def __getitem__(self, name: str) -> str:
        # A template cannot write "user-agent" behind a dot; it may write user_agent.
        return self._fields[name.lower().replace("_", "-")][1]

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self._fields.values())

    def __len__(self) -> int:
        return len(self._fields)

    def __repr__(self) -> str:
        return repr(dict(self))


def field_name(environ_key: str) -> str:
    """ "HTTP_USER_AGENT" -> "User-Agent"; "" for a key that holds no field."""
    if environ_key.startswith("HTTP_"):
        return environ_key[5:].replace("_", "-").title()
    if environ_key in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        return environ_key.replace("_", "-").title()
    return ""


class ResponseHeaders(MutableMapping[str, str]):
    """The fields of a response, kept in the order and spelling in which they were set."""

    def __init__(self, fields: Mapping[str, Any] | None = None) -> None:
        self._fields: dict[str, tuple[str, str]] = {}
        for name, value in (fields or {}).items():
            self[name] = value

    def __setitem__(self, name: str, value: Any) -> None:
        if not TOKEN.match(name):
            raise BadHeaderError(f"{name!r} cannot be the name of a header field.")
        text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
        if FORBIDDEN.search(text):
            raise BadHeaderError(
                f"The value of {name} has a line end or another control character: {text!r}."
            )
        self._fields[name.lower()] = (name, wire_text(text))

    def __getitem__(self, name: str) -> str:
        return self._fields[name.lower()][1]

    def __delitem__(self, name: str) -> None:
        self._fields.pop(name.lower(), None)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._fields

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self._fields.values())

    def __len__(self) -> int:
        return len(self._fields)

    def __repr__(self) -> str:
        return repr(dict(self))


def wire_text(text: str) -> str:
    """A value as PEP 3333 hands it on: latin-1 as it is, all else as the bytes of UTF-8."""
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8").decode("latin-1")
    return text
