"""Filters that shorten text, and HTML without leaving its tags open.

Step 7. Django's documentation, "Built-in filter reference"; in Django: django.utils.text.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from html import escape, unescape
from itertools import islice
from typing import Any

from templating.filters.stringfilter import stringfilter
from templating.library import Library
from templating.markup import VOID_ELEMENTS, Kind, pieces

register = Library()

CUT = "…"
CUT_WORDS = " …"


@register.filter(is_safe=True)
@stringfilter
def truncatechars(value: str, arg: Any) -> str:
    """At most so many characters, the "…" counted in; combined marks count with theirs."""
    length = _length(arg)
    if length is None:
        return value
    if length <= 0:
        return ""
    text = unicodedata.normalize("NFC", value)
    places = (place for place, sign in enumerate(text) if not unicodedata.combining(sign))
    starts = list(islice(places, length + 1))
    return text if len(starts) <= length else text[: starts[length - 1]] + CUT


@register.filter(is_safe=True)
@stringfilter
def truncatewords(value: str, arg: Any) -> str:
    """At most so many words, in one line, then " …"."""
    length = _length(arg)
    if length is None:
        return value
    words = value.split()
    if length <= 0 or len(words) <= length:
        return " ".join(words) if length > 0 else ""
    return _marked(" ".join(words[:length]), CUT_WORDS)


@register.filter(is_safe=True)
@stringfilter
def truncatechars_html(value: str, arg: Any) -> str:
    """At most so many characters outside of the tags, `&amp;` being one; tags are closed."""
    length = _length(arg)
    if length is None:
        return value
    text = unicodedata.normalize("NFC", value)
    whole = sum(len(unescape(piece.text)) for piece in pieces(text) if piece.kind is Kind.TEXT)
    return _shortened(text, length, length if whole <= length else length - 1, list, "", CUT)


@register.filter(is_safe=True)
@stringfilter
def truncatewords_html(value: str, arg: Any) -> str:
    """At most so many words outside of the tags; tags are closed."""
    length = _length(arg)
    return value if length is None else _shortened(value, length, length, _words, " ", CUT_WORDS)


def _length(arg: Any) -> int | None:
    """None for what is no number: then the value stays as it is."""
    try:
        return int(arg)
    except ValueError:
        return None


def _marked(text: str, mark: str) -> str:
    return text if text.endswith(mark) and mark == CUT_WORDS else text + mark


def _words(text: str) -> list[str]:
    """White space at either end stays with its word: it may be between a word and a tag."""
    return re.split(r"(?<=\S)\s+(?=\S)", text)


def _shortened(
    html: str,
    length: int,
    rest: int,
    units: Callable[[str], Sequence[str]],
    joint: str,
    mark: str,
) -> str:
    """The beginning of `html` up to the first text with more than the `rest` of the units."""
    if length <= 0:
        return ""
    written: list[str] = []
    open_tags: list[str] = []
    for kind, text, name in pieces(html):
        if kind is Kind.TEXT:
            parts = units(unescape(text))
            written.append(escape(joint.join(parts[:rest])))
            if len(parts) > rest:
                closing = [f"</{tag}>" for tag in reversed(open_tags)]
                return _marked("".join(written), mark) + "".join(closing)
            rest -= len(parts)
        elif kind is Kind.START:
            written.append(text)
            if name not in VOID_ELEMENTS:
                if text.endswith("/>"):
                    written.append(f"</{name}>")
                else:
                    open_tags.append(name)
        elif kind is Kind.END and name not in VOID_ELEMENTS:
            written.append(f"</{name}>")
            if open_tags[-1:] == [name]:
                open_tags.pop()
    return "".join(written)
