"""Cutting a template into tokens: text, variables, tags and comments.

Step 7, first stage: source -> **tokens** -> nodes -> Python. Joining the tokens' sources
gives the template back, character by character (a property test holds it to that).
Django's documentation, "The Django template language"; in Django: django.template.base.Lexer.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cache


class TokenType(Enum):
    TEXT = "text"
    VAR = "var"  # {{ ... }}
    BLOCK = "block"  # {% ... %}
    COMMENT = "comment"  # {# ... #}


OPENING = re.compile(r"\{[{%#]")
CLOSING = {"{{": "}}", "{%": "%}", "{#": "#}"}

# What a tag's first two characters make of it.
KINDS = {"{{": TokenType.VAR, "{%": TokenType.BLOCK, "{#": TokenType.COMMENT}

# A quoted text, by its quote: a backslash protects what follows.
QUOTED = {'"': r'"(?:[^"\\]|\\.)*"', "'": r"'(?:[^'\\]|\\.)*'"}
QUOTE = re.compile("[\"']")


@dataclass(slots=True)
class Token:
    """One piece of a template. Lines and columns count from 1.

    `contents` is what stands between the braces, stripped; of text it is the text itself.
    """

    token_type: TokenType
    contents: str
    lineno: int = 1
    column: int = 1
    source: str = ""
    start: int = 0

    @property
    def name(self) -> str:
        """The first word, which says what tag it is; "" where there is none."""
        words = self.contents.split(None, 1)
        return words[0] if words else ""

    @property
    def position(self) -> tuple[int, int]:
        """Where it begins and ends in the template's text."""
        return self.start, self.start + len(self.source)

    def split_contents(self) -> list[str]:
        """The words of the tag; a quoted string, also a translatable one, stays whole."""
        words: list[str] = []
        pieces = split(self.contents)
        for piece in pieces:
            parts = [piece]
            if piece.startswith(('_("', "_('")):
                closing = piece[2] + ")"
                while not parts[-1].endswith(closing):
                    following = next(pieces, None)
                    if following is None:
                        break
                    parts.append(following)
            words.append(" ".join(parts))
        return words

    def __str__(self) -> str:
        start = self.contents[:20].replace("\n", "")
        return f"<{self.token_type.name.capitalize()} token: {start!r}...>"


@cache
def word(quotes: str) -> re.Pattern[str]:
    """A word of a tag: quotes keep spaces together, also behind "name=" or "|default:"."""
    quoted = "|".join(QUOTED[quote] for quote in quotes) or "(?!)"
    return re.compile(rf"(?:[^\s'\"]*(?:{quoted})[^\s'\"]*)+|(?P<bare>\S+)", re.DOTALL)


def split(contents: str) -> Iterator[str]:
    """The words; a quote that nothing closes is a character like others.

    Nothing closes the same quote further on either, and it is not looked for once more: of
    thousands, each would be looked for up to the end.
    """
    quotes, place = "\"'", 0
    while found := word(quotes).search(contents, place):
        yield found.group()
        place = found.end()
        unclosed = QUOTE.search(found["bare"] or "")
        if unclosed:
            quotes = quotes.replace(unclosed.group(), "")


def tokenise(text: str) -> Iterator[Token]:
    """The tokens of a template, in order; empty text makes no token.

    Between {% verbatim %} and {% endverbatim %} everything is text.
    """
    line, line_start, position = 1, 0, 0
    closing = ""  # the tag that ends a verbatim block, while in one

    def token(kind: TokenType, contents: str, source: str) -> Token:
        nonlocal line, line_start, position
        made = Token(kind, contents, line, position - line_start + 1, source, position)
        breaks = source.count("\n")
        if breaks:
            line += breaks
            line_start = position + source.rindex("\n") + 1
        position += len(source)
        return made

    for start, end in tags(text):
        if start > position:
            yield token(TokenType.TEXT, text[position:start], text[position:start])
        source = text[start:end]
        contents = source[2:-2].strip()
        kind = KINDS[source[:2]]
        if closing and (kind is not TokenType.BLOCK or contents != closing):
            yield token(TokenType.TEXT, source, source)
            continue
        made = token(kind, contents, source)
        is_verbatim = kind is TokenType.BLOCK and made.name == "verbatim"
        closing = f"end{contents}" if is_verbatim else ""
        yield made
    if position < len(text):
        yield token(TokenType.TEXT, text[position:], text[position:])


def tags(text: str) -> Iterator[tuple[int, int]]:
    """Where each tag begins and ends. A tag stands on one line.

    Of each closing mark the next place is remembered, so that a thousand "{{" on a line that
    no "}}" closes cost one search, not a thousand.
    """
    closings = dict.fromkeys(CLOSING.values(), 0)
    line_end, place = -1, 0
    while found := OPENING.search(text, place):
        start = found.start()
        mark = CLOSING[found.group()]
        if closings[mark] < start + 2:
            closings[mark] = _find(text, mark, start + 2)
        if line_end < start:
            line_end = _find(text, "\n", start)
        place = start + 1
        if closings[mark] < line_end:
            place = closings[mark] + 2
            yield start, place


def _find(text: str, mark: str, start: int) -> int:
    found = text.find(mark, start)
    return len(text) if found < 0 else found
