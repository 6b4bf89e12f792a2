"""Cutting a template into tokens: text, variables, tags and comments.

Step 7, first stage: source -> **tokens** -> nodes -> Python. Joining the tokens' sources
gives the template back, character by character (a property test holds it to that).
Django's documentation, "The Django template language"; in Django: django.template.base.Lexer.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from templating.source import TAG


class TokenType(Enum):
    TEXT = "text"
    VAR = "var"  # {{ ... }}
    BLOCK = "block"  # {% ... %}
    COMMENT = "comment"  # {# ... #}


# What a tag's first two characters make of it.
KINDS = {"{{": TokenType.VAR, "{%": TokenType.BLOCK, "{#": TokenType.COMMENT}

# Words of a tag: quotes keep spaces together, also behind "name=" or a filter's "|default:".
WORD = re.compile(
    r"""(
        (?:
            [^\s'"]* (?: "(?:[^"\\]|\\.)*" | '(?:[^'\\]|\\.)*' ) [^\s'"]*
        )+
        | \S+
    )""",
    re.VERBOSE,
)


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

    def split_contents(self) -> list[str]:
        """The words of the tag; a quoted string, also a translatable one, stays whole."""
        words: list[str] = []
        pieces = (found.group() for found in WORD.finditer(self.contents))
        for piece in pieces:
            if piece.startswith(('_("', "_('")):
                closing = piece[2] + ")"
                while not piece.endswith(closing):
                    following = next(pieces, None)
                    if following is None:
                        break
                    piece = f"{piece} {following}"
            words.append(piece)
        return words

    def __str__(self) -> str:
        start = self.contents[:20].replace("\n", "")
        return f"<{self.token_type.name.capitalize()} token: {start!r}...>"


def tokenise(text: str) -> Iterator[Token]:
    """The tokens of a template, in order; empty text makes no token.

    Between {% verbatim %} and {% endverbatim %} everything is text.
    """
    line, line_start, position = 1, 0, 0
    closing = ""  # the tag that ends a verbatim block, while in one

    def token(kind: TokenType, contents: str, source: str) -> Token:
        nonlocal line, line_start, position
        made = Token(kind, contents, line, position - line_start + 1, source)
        breaks = source.count("\n")
        if breaks:
            line += breaks
            line_start = position + source.rindex("\n") + 1
        position += len(source)
        return made

    for found in TAG.finditer(text):
        if found.start() > position:
            between = text[position : found.start()]
            yield token(TokenType.TEXT, between, between)
        source = found.group()
        contents = source[2:-2].strip()
        kind = KINDS[source[:2]]
        if closing and (kind is not TokenType.BLOCK or contents != closing):
            yield token(TokenType.TEXT, source, source)
            continue
        closing = ""
        if kind is TokenType.BLOCK and contents.split(None, 1)[:1] == ["verbatim"]:
            closing = f"end{contents}"
        yield token(kind, contents, source)
    if position < len(text):
        yield token(TokenType.TEXT, text[position:], text[position:])
