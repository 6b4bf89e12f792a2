"""From a chapter's Markdown to the page: links into the source, coloured code, pictures.

A chapter is written so that it also reads well on a code-hosting page: a link to a
source file is relative (`../../httpserver/parser.py`), and where its text is the name of
a definition in that file (`parse_head`), the reader takes one to that very line.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import TextLexer, get_lexer_by_name, get_lexer_for_filename
from pygments.util import ClassNotFound

from lessons.book.chapters import Chapter
from lessons.book.sources import SOURCES, line_of
from lessons.places import ROOT
from templating.safe import SafeString


class ChapterRenderer(RendererHTML):
    """Markdown's HTML, with links, pictures and code as the reader wants them."""

    def link_open(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
    ) -> str:
        target = str(tokens[idx].attrs.get("href", ""))
        tokens[idx].attrSet("href", reader_url(target, tokens[idx + 1].content, env["chapter"]))
        return self.renderToken(tokens, idx, options, env)

    def image(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """A drawing becomes part of the page, so that the links in it work."""
        drawing = env["chapter"].folder / str(tokens[idx].attrs["src"])
        return f'<div class="drawing">{drawing.read_text("utf-8")}</div>'

    def fence(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return colour(tokens[idx].content, tokens[idx].info.strip())


def render_chapter(chapter: Chapter) -> SafeString:
    """The chapter as HTML. Its text is the project's own, so HTML in it stands as it is."""
    markdown = MarkdownIt("commonmark", {"html": True}, renderer_cls=ChapterRenderer).enable(
        "table"
    )
    return SafeString(markdown.render(chapter.text, {"chapter": chapter}))


def reader_url(target: str, text: str, chapter: Chapter) -> str:
    """Where a link of a chapter leads in the reader; anything but a source file as it is."""
    if "://" in target or target.startswith(("#", "/")):
        return target
    path = (chapter.folder / target).resolve()
    name = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else ""
    if SOURCES.find(name) is None:
        return target
    line = line_of(path, text) if path.suffix == ".py" else None
    return f"/source/{name}" + (f"#L{line}" if line else "")


def render_source(path: Path) -> SafeString:
    """A source file as coloured HTML; line 12 has the anchor L12."""
    formatter: Any = HtmlFormatter(
        linenos="inline", lineanchors="L", anchorlinenos=True, cssclass="code source"
    )
    formatter.lineanchors = "L"
    text = path.read_text("utf-8")
    try:
        lexer = get_lexer_for_filename(path.name)
    except ClassNotFound:
        lexer = TextLexer()
    # Pygments writes L-12 where everybody writes L12.
    coloured = highlight(text, lexer, formatter).replace('"L-', '"L').replace("#L-", "#L")
    return SafeString(coloured)


def colour(code: str, language: str) -> str:
    try:
        lexer = get_lexer_by_name(language or "text")
    except ClassNotFound:
        return f'<pre class="code">{escapeHtml(code)}</pre>'
    return str(highlight(code, lexer, HtmlFormatter(cssclass="code")))
