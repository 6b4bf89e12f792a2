"""Each converter: what it takes, what it refuses, and what it makes of it."""

import uuid
from typing import Any

import pytest

from miniframework.exceptions import ImproperlyConfigured
from miniframework.urls import converters
from miniframework.urls.routes import PathRoute

SOME_UUID = "12345678-1234-5678-1234-567812345678"

TAKEN = [
    ("str", "abc", "abc"),
    ("str", "ä b", "ä b"),
    ("int", "0", 0),
    ("int", "007", 7),
    ("slug", "what_is-up7", "what_is-up7"),
    ("uuid", SOME_UUID, uuid.UUID(SOME_UUID)),
    ("path", "a/b/c.txt", "a/b/c.txt"),
]

REFUSED = [
    ("str", ""),
    ("str", "a/b"),
    ("int", "-1"),
    ("int", "1.5"),
    ("int", "٣"),  # a digit, but not one of ASCII
    ("int", "1\n"),
    ("int", "9" * 5000),  # more than Python reads
    ("slug", "a b"),
    ("slug", "ä"),
    ("uuid", SOME_UUID.replace("-", "")),
    ("uuid", SOME_UUID.upper().replace("1", "A")),
    ("path", ""),
]


@pytest.mark.parametrize(("name", "text", "value"), TAKEN)
def test_what_a_converter_takes(name: str, text: str, value: Any) -> None:
    found = PathRoute(f"<{name}:x>", is_endpoint=True).match(text)
    assert found is not None
    assert found.kwargs == {"x": value}


@pytest.mark.parametrize(("name", "text"), REFUSED)
def test_what_a_converter_refuses(name: str, text: str) -> None:
    assert PathRoute(f"<{name}:x>", is_endpoint=True).match(text) is None


def test_a_registered_converter_is_known_to_routes(monkeypatch: pytest.MonkeyPatch) -> None:
    class Year:
        regex = "[0-9]{4}"

        def to_python(self, value: str) -> int:
            return int(value)

        def to_url(self, value: int) -> str:
            return f"{value:04}"

    monkeypatch.setattr(converters, "_converters", dict(converters._converters))
    converters.register_converter(Year, "yyyy")
    found = PathRoute("<yyyy:year>/", is_endpoint=True).match("2026/")
    assert found is not None
    assert found.kwargs == {"year": 2026}
    with pytest.raises(ValueError, match="'yyyy' exists already"):
        converters.register_converter(Year, "yyyy")


def test_an_unknown_converter_gets_a_suggestion() -> None:
    with pytest.raises(ImproperlyConfigured, match=r"'slag'.*Did you mean 'slug'\?"):
        PathRoute("<slag:title>/", is_endpoint=True)
