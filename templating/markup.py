"""HTML cut into tags and text: what filters need that strip tags, or close them again.

Step 7. No parser of HTML, but one pass over it that takes no longer for hostile text than for
other text: whatever has no end goes on to the end of the whole. (`html.parser` of many a Python
needs quadratic time for a page full of "<!--" or "<a ".)

HTML Living Standard, 13.2.5 "Tokenization". In Django: django.utils.html.MLStripper and
django.utils.text.TruncateHTMLParser, on Python's html.parser.
"""

import re
from collections.abc import Iterator
from enum import Enum, auto
from typing import NamedTuple


class Kind(Enum):
    TEXT = auto()
    START = auto()  # <b class="x">
    END = auto()  # </b>
    OTHER = auto()  # comments, declarations, instructions


class Piece(NamedTuple):
    kind: Kind
    text: str  # as it is written
    name: str = ""  # of the tag, in lower case


# A ">" in a quoted value does not end a tag; `*+` never goes back on what it has read.
TAG = re.compile(
    r"""
      (?P<other> <!--(?:.*?-->|.*) | <[!?][^>]*> | </[^a-zA-Z>][^>]*> | </> )
    | </ (?P<end> [a-zA-Z][^\s/>]*) [^>]* >
    | < (?P<start> [a-zA-Z][^\s/>]*) (?: = \s* (?: "[^"]*" | '[^']*' ) | [^>] )*+ >
    | <[a-zA-Z/!?].*                                      # no end: all the rest is text
    | <+(?=<) | <
    """,
    re.VERBOSE | re.DOTALL,
)

# Those that have no content and so are never closed (HTML Living Standard, 13.1.2), and old ones.
VOID_ELEMENTS = frozenset(
    [
        *("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param"),
        *("source", "track", "wbr", "frame", "spacer"),
    ]
)


def pieces(html: str) -> Iterator[Piece]:
    """The whole of `html`, piece by piece; a "<" that begins no tag is a piece of text."""
    done = 0
    for found in TAG.finditer(html):
        if done < found.start():
            yield Piece(Kind.TEXT, html[done : found.start()])
        done = found.end()
        if found["start"]:
            yield Piece(Kind.START, found[0], found["start"].lower())
        elif found["end"]:
            yield Piece(Kind.END, found[0], found["end"].lower())
        else:
            yield Piece(Kind.OTHER if found["other"] else Kind.TEXT, found[0])
    if done < len(html):
        yield Piece(Kind.TEXT, html[done:])
