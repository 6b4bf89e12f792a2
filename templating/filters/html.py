"""Filters about HTML: escaping, safety, paragraphs, and text inside scripts.

Step 7. Django's documentation, "Built-in filter reference"; in Django:
django.template.defaultfilters and django.utils.html.
"""

import re
from typing import Any

from templating import scripts
from templating.filters.stringfilter import stringfilter
from templating.library import Library
from templating.markup import Kind, pieces
from templating.safe import SafeData, conditional_escape, mark_safe
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


@register.filter(is_safe=True, needs_autoescape=True)
@stringfilter
def linenumbers(value: str, autoescape: bool = True) -> Any:
    """Each line with its number, filled up with zeros where there are more than nine."""
    escaping = autoescape and not isinstance(value, SafeData)
    lines = str.__str__(value).split("\n")
    width = len(str(len(lines)))
    numbered = (
        f"{number:0{width}}. {escape_html(line) if escaping else line}"
        for number, line in enumerate(lines, 1)
    )
    return mark_safe("\n".join(numbered))


def _unix_lines(text: str) -> str:
    return str(text).replace("\r\n", "\n").replace("\r", "\n")


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
        stripped = "".join(piece.text for piece in pieces(text) if piece.kind is Kind.TEXT)
        if stripped == text:
            break
        text = stripped
    return text


@register.filter
@stringfilter
def escapejs(value: str) -> Any:
    """Fit for a quoted string in a script."""
    return scripts.escapejs(value)


@register.filter(is_safe=True)
def json_script(value: Any, element_id: str | None = None) -> Any:
    """The value as JSON in a script element that no value can end early."""
    return scripts.json_script(value, element_id)
