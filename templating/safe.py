"""Escaping, and strings that need none: why a template cannot be made to run a script.

Step 7. A value from outside is text until someone vouches for it: `SafeString` is that
vouching, made a type. Whatever has `__html__` counts as safe, so Django's and MarkupSafe's
safe strings work here, and these there.
OWASP, "Cross Site Scripting Prevention"; in Django: django.utils.safestring and .html.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any


class SafeData:
    """What says of itself, by `__html__`, that it is HTML already."""

    __slots__ = ()

    def __html__(self) -> Any:
        return self


class SafeString(str, SafeData):
    """Text that needs no escaping. Adding unsafe text to it gives plain, unsafe text."""

    __slots__ = ()

    def __add__(self, other: str) -> str:
        joined = str.__add__(self, other)
        return SafeString(joined) if isinstance(other, SafeData) else joined

    def __str__(self) -> str:
        return self


def mark_safe(value: Any) -> Any:
    """Vouch for a string, or (as a decorator) for all that a function returns."""
    if hasattr(value, "__html__"):
        return value
    if callable(value):
        return _safe_result(value)
    return SafeString(value)


def _safe_result(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def vouched(*args: Any, **kwargs: Any) -> Any:
        return mark_safe(function(*args, **kwargs))

    return vouched


def as_text(value: Any) -> str:
    """The value as a str, and as a SafeString where it is somebody's safe string: their own
    `str()` may forget what they are. (Of an object, `str()` and `__html__` may differ.)"""
    if type(value) is str:
        return value
    if isinstance(value, str) and not isinstance(value, SafeString) and hasattr(value, "__html__"):
        return SafeString(value.__html__())
    return str(value)


def escape_text(text: str) -> str:
    """The five characters that mean something in HTML, replaced.

    What `html.escape` does, with a look before each replacement: most text needs none.
    """
    if "&" in text:
        text = text.replace("&", "&amp;")
    if "<" in text:
        text = text.replace("<", "&lt;")
    if ">" in text:
        text = text.replace(">", "&gt;")
    if '"' in text:
        text = text.replace('"', "&quot;")
    if "'" in text:
        text = text.replace("'", "&#x27;")
    return text


def escape(value: object) -> SafeString:
    """Escaped for HTML; always, even when safe."""
    return SafeString(escape_text(str(value)))


def conditional_escape(value: Any) -> Any:
    """Escape, unless the value vouches for itself."""
    if hasattr(value, "__html__"):
        return value.__html__()
    return SafeString(escape_text(str(value)))


def html_safe(kind: Any) -> Any:
    """Class decorator: what its `__str__` returns is HTML already."""
    if "__html__" in vars(kind) or "__str__" not in vars(kind):
        raise ValueError(f"html_safe wants a class with its own __str__ and no __html__: {kind!r}.")
    kind.__str__ = _safe_result(kind.__str__)
    kind.__html__ = lambda self: str(self)
    return kind


def format_html(format_string: str, *args: Any, **kwargs: Any) -> SafeString:
    """`str.format`, with every argument escaped: the safe way to build a bit of HTML."""
    if not (args or kwargs):
        raise TypeError("format_html needs at least one argument; use mark_safe for fixed HTML.")
    safe_args = [conditional_escape(value) for value in args]
    safe_kwargs = {name: conditional_escape(value) for name, value in kwargs.items()}
    return SafeString(format_string.format(*safe_args, **safe_kwargs))


def format_html_join(
    separator: str, format_string: str, rows: Iterable[Iterable[Any] | Mapping[str, Any]]
) -> SafeString:
    """`format_html` for each row of arguments, joined by the (escaped) separator."""
    return SafeString(
        conditional_escape(separator).join(
            format_html(format_string, **row)
            if isinstance(row, Mapping)
            else format_html(format_string, *row)
            for row in rows
        )
    )
