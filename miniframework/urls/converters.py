"""What a `<int:pk>` in a route accepts, and the value that it becomes.

Step 4 of the trip. A converter is a regular expression and two functions: text to value on
the way in, value to text on the way back. A `ValueError` from `to_python` means "this text
is not mine", and the resolver goes on to the next pattern.

Django: https://docs.djangoproject.com/en/5.2/topics/http/urls/#path-converters
"""

import uuid
from typing import Any, Protocol

from miniframework.exceptions import ImproperlyConfigured
from miniframework.suggest import did_you_mean


class Converter(Protocol):
    regex: str

    def to_python(self, value: str) -> Any: ...

    def to_url(self, value: Any) -> str: ...


class StringConverter:
    """One segment of the path: anything without a slash."""

    regex = "[^/]+"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: Any) -> str:
        return str(value)


class IntConverter:
    """Digits. Python refuses to read more than 4,300 of them: a ValueError, so no match."""

    regex = "[0-9]+"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: Any) -> str:
        return str(value)


class SlugConverter(StringConverter):
    """ASCII letters, digits, hyphens and underscores: a title made fit for an address."""

    regex = "[-a-zA-Z0-9_]+"


class UUIDConverter:
    """A UUID with its hyphens, in lower case, so that one thing has one address."""

    regex = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"

    def to_python(self, value: str) -> uuid.UUID:
        return uuid.UUID(value)

    def to_url(self, value: Any) -> str:
        return str(value)


class PathConverter(StringConverter):
    """The rest of the path, slashes and all."""

    regex = ".+"


_converters: dict[str, Converter] = {
    "str": StringConverter(),
    "int": IntConverter(),
    "slug": SlugConverter(),
    "uuid": UUIDConverter(),
    "path": PathConverter(),
}


def register_converter(converter: type[Converter], type_name: str) -> None:
    """Make `<type_name:...>` known to the routes that are written after this."""
    if type_name in _converters:
        raise ValueError(f"A URL converter named {type_name!r} exists already.")
    _converters[type_name] = converter()


def get_converters() -> dict[str, Converter]:
    return dict(_converters)


def get_converter(type_name: str, route: str) -> Converter:
    """The converter of this name; `route` is where it was asked for."""
    try:
        return _converters[type_name]
    except KeyError:
        raise ImproperlyConfigured(
            f"URL route {route!r} uses the converter {type_name!r}, which does not exist "
            f"(there are {', '.join(sorted(_converters))}).{did_you_mean(type_name, _converters)}"
        ) from None
