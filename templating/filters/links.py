"""Filters that make links of the addresses in a text.

Step 7. Django's documentation, the filter `urlize`; in Django: django.utils.html.Urlizer.
"""

import html
import re
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from templating.filters.stringfilter import stringfilter
from templating.filters.text import RESERVED
from templating.library import Library
from templating.safe import SafeData, escape, mark_safe

register = Library()

# What is longer is no address. It also bounds the work, which may grow with a word's square.
MAX_URL = 2048
MAX_EMAIL = 320  # RFC 3696, 3
MAX_ENTITY = 40  # "&CounterClockwiseContourIntegral;" has 33 characters

GAPS = re.compile(r"""([\s<>"']+)""")
WITH_SCHEME = re.compile(r"https?://\[?\w", re.IGNORECASE)
WITHOUT_SCHEME = re.compile(
    r"www\.|(?!http)\w[^@]+\.(?:com|edu|gov|int|mil|net|org)(?:$|/.*$)", re.IGNORECASE
)

# RFC 5322, 3.2.3 (dot-atom) and RFC 1034, 3.5 (labels), with letters of other scripts.
ATOM = r"[-!#$%&'*+/=?^_`{}|~0-9a-z]+"
EDGE = r"[a-z0-9\u00a1-\uffff]"
LABEL = rf"{EDGE}(?:[a-z0-9\u00a1-\uffff-]{{0,61}}{EDGE})?"
TOP = r"(?!-)(?:[a-z\u00a1-\uffff-]{2,63}|xn--[a-z0-9]{1,59})(?<!-)"
EMAIL = re.compile(rf"{ATOM}(?:\.{ATOM})*@(?:{LABEL}\.)+{TOP}", re.IGNORECASE)


@register.filter(is_safe=True, needs_autoescape=True)
@stringfilter
def urlize(value: str, autoescape: bool = True) -> Any:
    """http://, https:// and www. addresses, domains such as x.org, and e-mail addresses."""
    return mark_safe(linked(value, autoescape))


@register.filter(is_safe=True, needs_autoescape=True)
@stringfilter
def urlizetrunc(value: str, limit: Any, autoescape: bool = True) -> Any:
    """The same; what a link shows has at most so many characters."""
    return mark_safe(linked(value, autoescape, int(limit)))


def linked(text: str, autoescape: bool = True, limit: int | None = None) -> str:
    escaping = autoescape and not isinstance(text, SafeData)

    def shown(part: str) -> str:
        return html.escape(part) if escaping else part

    words = GAPS.split(str.__str__(text))
    for place, word in enumerate(words):
        found = _find(word)
        if found is None:
            words[place] = shown(word)
            continue
        before, address, after, url = found
        short = address
        if limit is not None and len(address) > limit:
            short = address[: max(0, limit - 1)] + "…"
        # Who writes a comment shall not gain by it: search engines do not follow.
        rel = "" if url.startswith("mailto:") else ' rel="nofollow"'
        link = f'<a href="{escape(url)}"{rel}>{shown(short)}</a>'
        words[place] = shown(before) + link + shown(after)
    return "".join(words)


def _find(word: str) -> tuple[str, str, str, str] | None:
    """(before, address, after, URL), or None where there is no address in the word."""
    if not any(sign in word for sign in ".@:") or len(word) > 2 * MAX_URL:
        return None
    bare = word.lstrip("([")
    address = _without_punctuation(bare)
    before, after = word[: len(word) - len(bare)], bare[len(address) :]
    if len(address) <= MAX_URL:
        if WITH_SCHEME.match(address):
            return before, address, after, _quoted(html.unescape(address))
        if WITHOUT_SCHEME.match(address):
            return before, address, after, _quoted("http://" + html.unescape(address))
    if len(address) <= MAX_EMAIL and EMAIL.fullmatch(address):
        local, _, domain = address.rpartition("@")
        return before, address, after, f"mailto:{quote(local, safe='')}@{quote(domain, safe='')}"
    return None


def _without_punctuation(word: str) -> str:
    """The word without what ends a sentence, and without brackets that it does not open."""
    while True:
        before = word
        for opening, closing in ("()", "[]"):
            excess = word.count(closing) - word.count(opening)
            if excess > 0 and word.endswith(closing):
                run = len(word) - len(word.rstrip(closing))
                word = word[: -min(run, excess)]
        word = word.rstrip(".,:!")
        if word.endswith(";") and not _ends_in_entity(word):
            word = word[:-1]
        if word == before:
            return word


def _ends_in_entity(word: str) -> bool:
    """`&lt;` ends in a semicolon of its own; `&lt;;` ends in one that is punctuation."""
    begin = word.rfind("&", -MAX_ENTITY)
    if begin == -1:
        return False
    entity = word[begin:]
    character = html.unescape(entity)
    return character != entity and not character.endswith(";")


def _quoted(url: str) -> str:
    """Percent-encoded where it is not already."""
    try:
        scheme, netloc, path, query, fragment = urlsplit(url)
    except ValueError:  # brackets with something else in them than an IPv6 address
        return _quoted_part(url)
    if query:
        query = urlencode([(unquote(k), unquote(v)) for k, v in parse_qsl(query, True)])
    return urlunsplit(
        (scheme, _quoted_part(netloc), _quoted_part(path), query, _quoted_part(fragment))
    )


def _quoted_part(part: str) -> str:
    return quote(unquote(part), safe=RESERVED.removesuffix("%"))
