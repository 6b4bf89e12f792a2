"""A chapter's Markdown, taken apart: headings, fences, links, folded passages.

One parser for the page in the browser and for every check, so that both see the same.
"""

import re
import shlex
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from lessons.book.chapters import Chapter
from lessons.book.errors import BookError, shown
from lessons.book.files import text_of

DETAILS = re.compile(r"<(/?)details\b", re.I)
RAW_ID = re.compile(r"""\bid=["']([^"']+)["']""")
RAW_HEADING = re.compile(r"<h([1-6])\b[^>]*>(.*?)</h\1>", re.I | re.S)
TAG = re.compile(r"<[^>]*>")


def parse(text: str) -> list[Token]:
    """Markdown's tokens, with an id on every heading. HTML in it stands as it is."""
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(text)
    taken: Counter[str] = Counter()
    for place, token in enumerate(tokens):
        if token.type == "heading_open":
            token.attrSet("id", unique(slugify(plain(tokens[place + 1])), taken))
        elif token.type == "html_block":
            taken.update(RAW_ID.findall(token.content))
    return tokens


def slugify(text: str) -> str:
    """A heading's id, made as code hosts make it: "Run it, now!" is #run-it-now."""
    return re.sub(r"[^\w\- ]", "", text.strip().lower()).replace(" ", "-")


def unique(slug: str, taken: Counter[str]) -> str:
    """The second "Example" of a page is #example-1, as on code hosts."""
    name = slug if not taken[slug] else f"{slug}-{taken[slug]}"
    taken[slug] += 1
    return name


def plain(inline: Token) -> str:
    """The words of a heading or a paragraph, without its marks."""
    return "".join(
        " " if child.type in ("softbreak", "hardbreak") else child.content
        for child in inline.children or ()
        if child.type != "html_inline"
    )


@dataclass(frozen=True)
class Heading:
    level: int
    text: str
    id: str
    line: int


@dataclass(frozen=True)
class Link:
    """`[text](target)`; `code` is whether the text is a name in backticks."""

    target: str
    text: str
    code: bool
    line: int


@dataclass(frozen=True)
class Picture:
    source: str
    alternative: str
    line: int


@dataclass(frozen=True)
class Fence:
    """A fenced block. `line` is where it opens, `end` the line that closes it."""

    info: str
    body: str
    line: int
    end: int
    prefix: str  # what stands before the marks: indentation, where it is part of a list
    marks: str  # ``` or longer
    closed: bool
    folded: bool

    @property
    def language(self) -> str:
        return self.info.partition(" ")[0]

    @cached_property
    def options(self) -> dict[str, str]:
        """What follows the language: `name=value`, `name="some value"`, or a name alone."""
        try:
            words = shlex.split(self.info)[1:]
        except ValueError as error:
            raise BookError(f"line {self.line}: cannot read `{self.info}`: {error}.")
        pairs = (word.partition("=") for word in words)
        return {name: value for name, _, value in pairs}


class Document:
    """A text in Markdown, and what can be asked of it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines = text.split("\n")
        self.tokens = parse(text)

    @classmethod
    def of(cls, chapter: Chapter) -> "Document":
        if not chapter.readme.is_file():
            raise BookError(f"{shown(chapter.folder)} has no README.md: the text of the chapter.")
        return _document(text_of(chapter.readme))

    @cached_property
    def headings(self) -> list[Heading]:
        found = []
        for place, token in enumerate(self.tokens):
            line = line_of_token(token)
            if token.type == "heading_open":
                text = plain(self.tokens[place + 1])
                found.append(Heading(int(token.tag[1]), text, str(token.attrs["id"]), line))
            elif token.type == "html_block":
                for raw in RAW_HEADING.finditer(token.content):
                    ids = RAW_ID.search(raw[0])
                    text = TAG.sub("", raw[2]).strip()
                    found.append(Heading(int(raw[1]), text, ids[1] if ids else "", line))
        return found

    @cached_property
    def ids(self) -> list[str]:
        """Every id of the text itself; pictures bring more."""
        raw = (each.content for each in walk(self.tokens) if each.type.startswith("html_"))
        written = [str(each.attrs["id"]) for each in self.tokens if each.type == "heading_open"]
        return written + RAW_ID.findall("\n".join(raw))

    @cached_property
    def fences(self) -> list[Fence]:
        return list(fences(self.tokens, self.lines))

    @cached_property
    def links(self) -> list[Link]:
        found = []
        for inline in self.inlines:
            children = inline.children or []
            for place, token in enumerate(children):
                if token.type == "link_open":
                    inside = _until(children[place + 1 :], "link_close")
                    text = "".join(each.content for each in inside)
                    code = len(inside) == 1 and inside[0].type == "code_inline"
                    target = str(token.attrs.get("href", ""))
                    found.append(Link(target, text, code, line_of_token(inline)))
        return found

    @cached_property
    def pictures(self) -> list[Picture]:
        return [
            Picture(str(child.attrs["src"]), child.content, line_of_token(inline))
            for inline in self.inlines
            for child in inline.children or ()
            if child.type == "image"
        ]

    @property
    def inlines(self) -> Iterator[Token]:
        return (token for token in self.tokens if token.type == "inline")

    def section(self, heading: Heading) -> list[Token]:
        """What stands below a heading, until the next one of its level or above."""
        end = min(
            (h.line for h in self.headings if h.line > heading.line and h.level <= heading.level),
            default=len(self.lines) + 1,
        )
        return [t for t in self.tokens if t.map and heading.line < line_of_token(t) < end]

    def named(self) -> set[str]:
        """What the text names in backticks, calls without their brackets."""
        codes = (each for each in walk(self.tokens) if each.type == "code_inline")
        return {each.content.strip().removesuffix("()") for each in codes}


@lru_cache(maxsize=64)
def _document(text: str) -> Document:
    """Every check of a chapter asks for its document, and none of them changes it."""
    return Document(text)


def walk(tokens: Sequence[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from walk(token.children or ())


def line_of_token(token: Token) -> int:
    return token.map[0] + 1 if token.map else 0


def _until(tokens: Sequence[Token], end: str) -> list[Token]:
    place = next((place for place, each in enumerate(tokens) if each.type == end), len(tokens))
    return list(tokens[:place])


def fences(tokens: Sequence[Token], lines: Sequence[str]) -> Iterator[Fence]:
    depth = 0
    for token in tokens:
        if token.type == "html_block":
            for closing in DETAILS.findall(token.content):
                depth += -1 if closing else 1
        elif token.type == "fence" and token.map:
            start, end = token.map
            opening = lines[start]
            before = opening[: opening.index(token.markup)]
            last = lines[end - 1].strip(" \t>")
            yield Fence(
                info=token.info.strip(),
                body=token.content,
                line=start + 1,
                end=end,
                # A list's mark stands on the first line only.
                prefix="".join(each if each in " \t>" else " " for each in before),
                marks=token.markup,
                closed=end - 1 > start and last.startswith(token.markup) and not last.strip("`~"),
                folded=depth > 0,
            )
