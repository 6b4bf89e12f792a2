"""A chapter in the terminal."""

import os
import re
import sys
from pathlib import Path

from rich.console import Console
from rich.markdown import Markdown

from lessons.book.chapters import Chapter, choose
from lessons.book.errors import BookError
from lessons.book.files import text_of

WIDEST = 100  # columns; longer lines are hard to read
DESCRIPTION = re.compile(r"<desc\b[^>]*>(.*?)</desc>", re.S)
PICTURE = re.compile(r"!\[(?P<alternative>[^]]*)\]\((?P<source>[^)\s]+)\)")
LINK = re.compile(r"(?<!!)\[(?P<text>[^]]+)\]\((?P<target>[^)\s]+)\)")
# A terminal knows no HTML: what the chapters use of it, in Markdown.
REPLACEMENTS = [
    (re.compile(r"^<h([1-6])\b[^>]*>(.*?)</h\1>", re.M), lambda m: "#" * int(m[1]) + " " + m[2]),
    (re.compile(r"<summary>(.*?)</summary>", re.S), lambda m: f"\n**{m[1].strip()}**\n"),
    (re.compile(r"^</?details\b[^>]*>", re.M), lambda m: "\n"),
]


def read_command(name: str) -> int:
    """`python -m lessons read CHAPTER`: through a pager on a terminal, plain elsewhere."""
    try:
        chapter = choose(name)
        text = for_terminal(chapter)
    except (BookError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    console = Console(width=min(Console().width, WIDEST))
    page = Markdown(text, hyperlinks=False, inline_code_lexer=None)
    try:
        if console.is_terminal and sys.stdin.isatty():
            os.environ.setdefault("LESS", "-R")  # colours, where the pager is less
            with console.pager(styles=True):
                console.print(page)
        else:
            console.print(page)
            console.file.flush()
    except BrokenPipeError:
        # Whoever read it has seen enough (`| head`). Nothing more is to be written at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def for_terminal(chapter: Chapter) -> str:
    """The chapter's Markdown with words in place of pictures, and without HTML."""
    text = PICTURE.sub(lambda found: _described(chapter.folder, found), chapter.text)
    for pattern, replacement in REPLACEMENTS:
        text = pattern.sub(replacement, text)
    return LINK.sub(_link, text)


def _link(found: re.Match[str]) -> str:
    """A link outside keeps its address; one to a file, which one could not follow, its words."""
    if found["target"].startswith(("http://", "https://")):
        return f"{found['text']} ({found['target']})"
    return found["text"]


def _described(folder: Path, found: re.Match[str]) -> str:
    path = folder / found["source"]
    described = DESCRIPTION.search(text_of(path)) if path.is_file() else None
    words = re.sub(r"\s+", " ", described[1]).strip() if described else ""
    return f"> Picture: {found['alternative']}. {words}".rstrip()
