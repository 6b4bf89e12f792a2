"""From a chapter's Markdown to the page: links into the source, coloured code, pictures.

A chapter is written so that it also reads well on a code-hosting page: a link to a
source file is relative (`../../httpserver/parser.py`), and where its text is the name of
a definition in that file (`parse_head`), the reader takes one to that very line.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from pygments import highlight
from pygments import token as kinds
from pygments.filter import simplefilter
from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import TextLexer, get_lexer_by_name, get_lexer_for_filename
from pygments.util import ClassNotFound

from lessons.book.chapters import FOLDER, Chapter
from lessons.book.errors import BookError, shown
from lessons.book.files import changed, text_of
from lessons.book.glossary import GLOSSARY, Finder, Word, glossary
from lessons.book.listings import Listing, is_listing, resolve
from lessons.book.markdown import Fence, parse, slugify
from lessons.book.markdown import fences as fences_of
from lessons.book.sources import SOURCES, definitions, line_of
from lessons.places import ROOT
from templating.safe import SafeString

__all__ = ["colour", "reader_url", "render_chapter", "render_source", "slugify"]

# What the style sheet gives a colour. A mark around every bracket would double the page.
COLOURED = (
    kinds.Keyword, kinds.String, kinds.Comment, kinds.Number, kinds.Operator.Word,
    kinds.Name.Function, kinds.Name.Class, kinds.Name.Decorator, kinds.Name.Tag,
    kinds.Name.Attribute, kinds.Generic.Prompt, kinds.Generic.Output,
    kinds.Generic.Inserted, kinds.Generic.Deleted, kinds.Generic.Heading,
)  # fmt: skip
FORMATTER = HtmlFormatter(nowrap=True)  # to make one takes as long as a short listing


class Page:
    """A chapter on its way to HTML, and the files that it was made from."""

    def __init__(self, chapter: Chapter, words: Sequence[Word]) -> None:
        self.chapter = chapter
        self.finder = Finder(words)
        self.files = {chapter.readme, chapter.folder / "chapter.toml", GLOSSARY}
        self.fences: dict[int, Fence] = {}

    def render(self) -> SafeString:
        text = self.chapter.text
        tokens = parse(text)
        self.fences = {fence.line: fence for fence in fences_of(tokens, text.split("\n"))}
        unwrap_pictures(tokens)
        link_words(tokens, self.finder)
        markdown = MarkdownIt("commonmark", {"html": True}, renderer_cls=ChapterRenderer)
        return SafeString(markdown.renderer.render(tokens, markdown.options, {"page": self}))

    def url(self, target: str, text: str) -> str:
        path = (self.chapter.folder / target.partition("#")[0]).resolve()
        if path.suffix == ".py":
            self.files.add(path)
        return reader_url(target, text, self.chapter)

    def listing(self, fence: Fence) -> Listing | None:
        """What a fence quotes; None where it quotes nothing, or what is not there (any more)."""
        if not is_listing(fence):
            return None
        try:
            listing = resolve(self.chapter, fence)
        except BookError:
            return None  # the tests say so; a reader gets the text as it was written
        self.files.add(listing.path)
        return listing


_pages: dict[Path, tuple[dict[Path, int], SafeString]] = {}


def render_chapter(chapter: Chapter, words: Sequence[Word] | None = None) -> SafeString:
    """The chapter as HTML. Its text is the project's own, so HTML in it stands as it is.

    It is kept until a file changes that it was made from. Each word of the glossary is
    linked where it occurs first.
    """
    if words is not None:
        return Page(chapter, words).render()
    known = _pages.get(chapter.folder)
    if known and all(changed(path) == modified for path, modified in known[0].items()):
        return known[1]
    page = Page(chapter, glossary())
    rendered = page.render()
    _pages[chapter.folder] = ({path: changed(path) for path in page.files}, rendered)
    return rendered


class ChapterRenderer(RendererHTML):
    """Markdown's HTML, with links, pictures and code as the reader wants them."""

    def link_open(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
    ) -> str:
        token = tokens[idx]
        if token.attrs.get("class") != "word":
            target = str(token.attrs.get("href", ""))
            token.attrSet("href", env["page"].url(target, tokens[idx + 1].content))
        return self.renderToken(tokens, idx, options, env)

    def table_open(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
    ) -> str:
        """A table that is wider than a phone scrolls by itself, by keyboard too."""
        return '<div class="table" tabindex="0"><table>\n'

    def table_close(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
    ) -> str:
        return "</table></div>\n"

    def image(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """A drawing becomes part of the page, so that the links in it work."""
        drawing: Path = env["page"].chapter.folder / str(tokens[idx].attrs["src"])
        alternative = tokens[idx].content
        env["page"].files.add(drawing)
        if drawing.suffix != ".svg" or not drawing.is_file():
            return f"<p>{escapeHtml(alternative)}</p>"
        svg = text_of(drawing)
        svg = svg[max(svg.find("<svg"), 0) :]
        if "<title" not in svg:
            svg = svg.replace("<svg", f'<svg role="img" aria-label="{escapeHtml(alternative)}"', 1)
        # It can be wider than a phone, and is then scrolled: by keyboard, too.
        return f'<figure class="drawing" tabindex="0">{svg}</figure>\n'

    def fence(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        page: Page = env["page"]
        fence = page.fences[(tokens[idx].map or [0])[0] + 1]
        code = colour(fence.body, fence.language)
        listing = page.listing(fence)
        return captioned(code, listing) if listing else code


def captioned(code: str, listing: Listing) -> str:
    """A listing under the name of its file, which leads to it in the source browser."""
    title = escapeHtml(listing.fence.options["file"])
    name = shown(listing.path)
    if SOURCES.find(name) is not None:
        title = f'<a href="/source/{name}#L{listing.span.name_line}">{title}</a>'
    if listing.definition:
        title += f" <code>{escapeHtml(listing.definition)}</code>"
    return f'<figure class="listing"><figcaption>{title}</figcaption>{code}</figure>\n'


def unwrap_pictures(tokens: Sequence[Token]) -> None:
    """A paragraph that is nothing but a picture is no paragraph: a figure cannot stand in one."""
    for place, token in enumerate(tokens):
        children = token.children or []
        if token.type == "inline" and [each.type for each in children] == ["image"]:
            tokens[place - 1].hidden = tokens[place + 1].hidden = True


def link_words(tokens: Sequence[Token], finder: Finder) -> None:
    """Link each word of the glossary where it occurs first: in the text, not in headings."""
    for place, token in enumerate(tokens):
        if token.type == "inline" and tokens[place - 1].type != "heading_open":
            token.children = list(_with_words(token.children or [], finder))


def _with_words(children: Sequence[Token], finder: Finder) -> Iterator[Token]:
    depth = 0  # inside of a link, which can hold no other
    for child in children:
        if child.type in ("link_open", "link_close"):
            depth += child.nesting
        elif child.type == "html_inline" and child.content.lower().startswith(("<a ", "</a")):
            depth += -1 if child.content.startswith("</") else 1
        if child.type != "text" or depth:
            yield child
            continue
        for text, word in finder.split(child.content):
            piece = Token("text", "", 0, content=text)
            if word is None:
                yield piece
            else:
                attrs: dict[str, str | int | float] = {
                    "class": "word", "href": f"/glossary/#{word.slug}"
                }  # fmt: skip
                yield Token("link_open", "a", 1, attrs=attrs)
                yield piece
                yield Token("link_close", "a", -1)


def reader_url(target: str, text: str, chapter: Chapter) -> str:
    """Where a link of a chapter leads in the reader: to a chapter, to a line of the source.

    Anything else is left as it is.
    """
    if "://" in target or target.startswith(("#", "/", "mailto:")):
        return target
    name, _, anchor = target.partition("#")
    path = (chapter.folder / name).resolve()
    matched = FOLDER.fullmatch(path.parent.name if path.name == "README.md" else path.name)
    if matched and path.is_relative_to(chapter.folder.resolve().parent):
        return f"/chapters/{matched['slug']}/" + (f"#{anchor}" if anchor else "")
    name = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else ""
    if SOURCES.find(name) is None:
        return target
    line = line_named(path, text) if path.suffix == ".py" else None
    return f"/source/{name}" + (f"#L{line}" if line else "")


def line_named(path: Path, text: str) -> int | None:
    """The line of the definition that a link's text names: `Loop.run`, `start()`.

    A method may be named without its class, where no other has its name.
    """
    name = text.removesuffix("()")
    known = [each.name for each in definitions(path)]
    methods = {each for each in known if each.endswith("." + name)}
    if name not in known and len(methods) == 1:
        name = methods.pop()
    return line_of(path, name)


def render_source(path: Path) -> SafeString:
    """A source file as coloured HTML; line 12 has the anchor L12."""
    lexer = _lexer(lambda: get_lexer_for_filename(path.name))
    lines = highlight(text_of(path), lexer, FORMATTER).splitlines()
    width = len(str(len(lines)))
    numbered = "\n".join(
        f'<span id="L{number}">{number:>{width}}</span> {line}'
        for number, line in enumerate(lines, start=1)
    )
    return SafeString(f'<div class="code source" tabindex="0"><pre>{numbered}\n</pre></div>')


def colour(code: str, language: str) -> str:
    """Code as coloured HTML, in a box that can be scrolled by keyboard."""
    lexer = _lexer(lambda: get_lexer_by_name(language or "text"))
    inner = highlight(code, lexer, FORMATTER).rstrip("\n")
    kind = " console" if language == "console" else ""
    return f'<div class="code{kind}" tabindex="0"><pre><code>{inner}</code></pre></div>\n'


def _lexer(choose: Callable[[], Lexer]) -> Lexer:
    try:
        lexer = choose()
    except ClassNotFound:
        lexer = TextLexer()
    lexer.stripnl = False
    lexer.add_filter(only_what_is_coloured())
    return lexer


@simplefilter
def only_what_is_coloured(_filter: Any, _lexer: Any, stream: Any, _options: Any) -> Any:
    """Leave every other kind of token without a mark of its own."""
    for kind, value in stream:
        yield (kind if is_coloured(kind) else kinds.Text), value


@cache
def is_coloured(kind: Any) -> bool:
    """Asked of each token of each page, and there are some fifty kinds."""
    return any(kind in each for each in COLOURED)
