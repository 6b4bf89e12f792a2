"""Filters about text: its letters, its width, its form in an address.

Step 7. Django's documentation, "Built-in filter reference"; in Django:
django.template.defaultfilters.
"""

import re
import textwrap
import unicodedata
from pprint import pformat
from typing import Any
from urllib.parse import quote

from templating.filters.stringfilter import stringfilter
from templating.library import Library
from templating.safe import SafeData, mark_safe

register = Library()

MAX_WIDTH = 10_000  # characters that a template may have a value padded to


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


# What stands together on a telephone's keys.
KEYS = str.maketrans("abcdefghijklmnopqrstuvwxyz", "22233344455566677778889999")


@register.filter(is_safe=True)
@stringfilter
def phone2numeric(value: str) -> str:
    """The digits that one dials for a number written in letters."""
    return value.lower().translate(KEYS)


@register.filter(is_safe=False)
@stringfilter
def make_list(value: str) -> list[str]:
    return list(value)


@register.filter(is_safe=False)
@stringfilter
def wordcount(value: str) -> int:
    return len(value.split())


# -- width -----------------------------------------------------------------------------------


@register.filter(is_safe=True)
@stringfilter
def wordwrap(value: str, arg: Any) -> str:
    """Lines of at most so many characters, but for longer words; lines that are there stay."""
    wrapper = textwrap.TextWrapper(
        int(arg), break_long_words=False, break_on_hyphens=False, replace_whitespace=False
    )
    lines: list[str] = []
    for line in value.splitlines():
        lines += wrapper.wrap(line) or [line]  # of white space alone nothing would be left
    if value.endswith("\n"):
        lines.append("")
    return "\n".join(lines)


@register.filter(is_safe=True)
@stringfilter
def ljust(value: str, arg: Any) -> str:
    return value.ljust(_width(arg))


@register.filter(is_safe=True)
@stringfilter
def rjust(value: str, arg: Any) -> str:
    return value.rjust(_width(arg))


@register.filter(is_safe=True)
@stringfilter
def center(value: str, arg: Any) -> str:
    return value.center(_width(arg))


def _width(arg: Any) -> int:
    return min(int(arg), MAX_WIDTH)


@register.filter(is_safe=True)
def stringformat(value: Any, arg: Any) -> str:
    """Python's `%` formatting; the percent sign is left out of the argument."""
    if isinstance(value, tuple):
        value = str(value)
    try:
        if any(int(number) > MAX_WIDTH for number in re.findall(r"\d+", str(arg))):
            return ""
        return str(("%" + str(arg)) % value)
    except (ValueError, TypeError, OverflowError, KeyError):
        return ""


@register.filter(is_safe=True)
def pprint(value: Any) -> str:
    """For debugging: the value as Python's pprint shows it."""
    try:
        return pformat(value)
    except Exception as error:  # whatever a repr() may raise
        return f"Error in formatting: {type(error).__name__}: {error}"


# -- addresses -------------------------------------------------------------------------------


@register.filter(is_safe=True)
@stringfilter
def slugify(value: str) -> Any:
    """ASCII, lower case, words joined by hyphens: fit for a URL."""
    ascii_text = unicodedata.normalize("NFKD", value).encode("ascii", "ignore").decode()
    kept = re.sub(r"[^\w\s-]", "", ascii_text.lower())
    return mark_safe(re.sub(r"[-\s]+", "-", kept).strip("-_"))


@register.filter(is_safe=False)
@stringfilter
def urlencode(value: str, safe: str | None = None) -> str:
    """Percent-encoding for a part of a URL; `safe` lists what may stay, "/" if not given."""
    return quote(value, safe="/" if safe is None else safe)


# What RFC 3986 reserves (2.2), and the percent sign: RFC 3987, 3.1 leaves them as they are.
RESERVED = ":/?#[]@" + "!$&'()*+,;=" + "%"


@register.filter(is_safe=True)
@stringfilter
def iriencode(value: str) -> str:
    """An address that may have any characters (an IRI), as one that has ASCII alone."""
    return quote(value, safe=RESERVED)
