"""Filters about text: its letters, its length, its words.

Step 7. Django's documentation, "Built-in filter reference"; in Django:
django.template.defaultfilters.
"""

import re
import unicodedata
from typing import Any
from urllib.parse import quote

from templating.filters.stringfilter import stringfilter
from templating.library import Library
from templating.safe import SafeData, mark_safe

register = Library()

MAX_FORMATTED = 10_000  # characters that a width in `stringformat` may ask for


@register.filter(is_safe=True)
@stringfilter
def lower(value: str) -> str:
    return value.lower()


@register.filter(is_safe=False)
@stringfilter
def upper(value: str) -> str:
    """Not safe: &amp; would become &AMP;."""
    return value.upper()


@register.filter(is_safe=True)
@stringfilter
def capfirst(value: str) -> str:
    return value[:1].upper() + value[1:]


@register.filter(is_safe=True)
@stringfilter
def title(value: str) -> str:
    """First letters large, but not behind an apostrophe or a digit: "It's", "2nd"."""
    text = re.sub(r"([a-z])'([A-Z])", lambda found: found[0].lower(), value.title())
    return re.sub(r"\d([A-Z])", lambda found: found[0].lower(), text)


@register.filter
@stringfilter
def cut(value: str, arg: str) -> Any:
    """Every `arg` taken out. To take out ";" would break an entity in two."""
    result = value.replace(arg, "")
    return mark_safe(result) if isinstance(value, SafeData) and arg != ";" else result


@register.filter(is_safe=True)
@stringfilter
def addslashes(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("'", "\\'")


@register.filter(is_safe=True)
@stringfilter
def slugify(value: str) -> Any:
    """ASCII, lower case, words joined by hyphens: fit for a URL."""
    ascii_text = unicodedata.normalize("NFKD", value).encode("ascii", "ignore").decode()
    kept = re.sub(r"[^\w\s-]", "", ascii_text.lower())
    return mark_safe(re.sub(r"[-\s]+", "-", kept).strip("-_"))


@register.filter(is_safe=True)
def stringformat(value: Any, arg: str) -> str:
    """Python's `%` formatting; the percent sign is left out of the argument."""
    if isinstance(value, tuple):
        value = str(value)
    try:
        if any(int(number) > MAX_FORMATTED for number in re.findall(r"\d+", str(arg))):
            return ""
        return str(("%" + str(arg)) % value)
    except (ValueError, TypeError):
        return ""


@register.filter(is_safe=False)
@stringfilter
def wordcount(value: str) -> int:
    return len(value.split())


@register.filter(is_safe=True)
@stringfilter
def truncatechars(value: str, arg: Any) -> str:
    """At most so many characters, the "…" counted in; combined marks count with theirs."""
    try:
        length = int(arg)
    except ValueError:
        return value
    text = unicodedata.normalize("NFC", value)
    if length <= 0:
        return ""
    if sum(not unicodedata.combining(character) for character in text) <= length:
        return text
    counted, kept = 0, ""
    for character in text:
        counted += not unicodedata.combining(character)
        if counted > length - 1:
            break
        kept += character
    return kept + "…"


@register.filter(is_safe=True)
@stringfilter
def truncatewords(value: str, arg: Any) -> str:
    """At most so many words, in one line, then " …"."""
    try:
        length = int(arg)
    except ValueError:
        return value
    if length <= 0:
        return ""
    words = value.split()
    return " ".join(words) if len(words) <= length else " ".join(words[:length]) + " …"


@register.filter(is_safe=False)
@stringfilter
def urlencode(value: str, safe: str | None = None) -> str:
    """Percent-encoding for a part of a URL; `safe` lists what may stay, "/" if not given."""
    return quote(value, safe="/" if safe is None else safe)


@register.filter(is_safe=True)
@stringfilter
def ljust(value: str, arg: Any) -> str:
    return value.ljust(int(arg))


@register.filter(is_safe=True)
@stringfilter
def rjust(value: str, arg: Any) -> str:
    return value.rjust(int(arg))


@register.filter(is_safe=True)
@stringfilter
def center(value: str, arg: Any) -> str:
    return value.center(int(arg))


@register.filter(is_safe=False)
@stringfilter
def make_list(value: str) -> list[str]:
    return list(value)
