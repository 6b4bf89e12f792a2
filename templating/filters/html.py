"""Filters about HTML: escaping, safety, paragraphs, and text inside scripts.

Step 7. Django's documentation, "Built-in filter reference"; in Django:
django.template.defaultfilters and django.utils.html.
"""

import json
import re
from html.parser import HTMLParser
from typing import Any

from templating.filters.stringfilter import stringfilter
from templating.library import Library
from templating.safe import SafeData, conditional_escape, format_html, mark_safe
from templating.safe import escape as escape_html

register = Library()


@register.filter(is_safe=True)
@stringfilter
def safe(value: str) -> Any:
    """Vouched for by the template's author."""
    return mark_safe(value)


@register.filter(is_safe=True)
@stringfilter
def escape(value: str) -> Any:
    """Escaped once, however often it is said, and not where it is safe already."""
    return conditional_escape(value)


@register.filter(is_safe=True)
@stringfilter
def force_escape(value: str) -> Any:
    """Escaped here and now, also what is safe."""
    return escape_html(value)


@register.filter(is_safe=True, needs_autoescape=True)
@stringfilter
def linebreaksbr(value: str, autoescape: bool = True) -> Any:
    text = _unix_lines(value)
    if autoescape and not isinstance(value, SafeData):
        text = escape_html(text)
    return mark_safe(text.replace("\n", "<br>"))


@register.filter(is_safe=True, needs_autoescape=True)
@stringfilter
def linebreaks(value: str, autoescape: bool = True) -> Any:
    """Paragraphs where a line is empty, <br> where a line ends."""
    paragraphs = []
    for paragraph in re.split(r"\n{2,}", _unix_lines(value)):
        if autoescape and not isinstance(value, SafeData):
            paragraph = escape_html(paragraph)
        paragraphs.append(f"<p>{paragraph.replace(chr(10), '<br>')}</p>")
    return mark_safe("\n\n".join(paragraphs))


def _unix_lines(text: str) -> str:
    return str(text).replace("\r\n", "\n").replace("\r", "\n")


class _TextOnly(HTMLParser):
    """Keeps what is no tag; references such as &amp; stay as they are written."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.kept: list[str] = []

    def handle_data(self, data: str) -> None:
        self.kept.append(data)

    def handle_entityref(self, name: str) -> None:
        self.kept.append(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.kept.append(f"&#{name};")


# Taking tags out can join the rests to a new tag: again, but not for ever.
MAX_PASSES = 50


@register.filter(is_safe=True)
@stringfilter
def striptags(value: str) -> str:
    """Tags taken out: for looks. It makes nothing safe."""
    text = str.__str__(value)
    for _ in range(MAX_PASSES):
        if "<" not in text or ">" not in text:
            break
        parser = _TextOnly()
        parser.feed(text)
        parser.close()
        stripped = "".join(parser.kept)
        if stripped.count("<") == text.count("<"):
            break
        text = stripped
    return text


# Characters with a meaning in a script, in HTML around it, or as an end of line in one.
JS_ESCAPES = {
    ord(character): f"\\u{ord(character):04X}" for character in "\\'\"<>&=-;`\u2028\u2029"
}
JS_ESCAPES.update({code: f"\\u{code:04X}" for code in range(32)})

JSON_ESCAPES = {ord(character): f"\\u{ord(character):04X}" for character in "<>&"}


@register.filter
@stringfilter
def escapejs(value: str) -> Any:
    """Fit for a quoted string in a script."""
    return mark_safe(str.__str__(value).translate(JS_ESCAPES))


@register.filter(is_safe=True)
def json_script(value: Any, element_id: str | None = None) -> Any:
    """The value as JSON in a script element that no value can end early."""
    text = mark_safe(json.dumps(value, default=str).translate(JSON_ESCAPES))
    if element_id:
        return format_html('<script id="{}" type="application/json">{}</script>', element_id, text)
    return format_html('<script type="application/json">{}</script>', text)
