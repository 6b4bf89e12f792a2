"""A chapter that walks a file passes by every function of it.

`walks` in chapter.toml names source files. Each function and method of them must be quoted
by a listing of the chapter, or named in backticks: a page never asks for faith.
"""

from collections.abc import Sequence
from pathlib import Path

from lessons.book.chapters import Chapter
from lessons.book.errors import BookError
from lessons.book.listings import Span, definitions, listings, source_path
from lessons.book.markdown import Document
from lessons.places import ROOT


def missing(chapter: Chapter) -> list[str]:
    """The functions of the files that the chapter walks which it neither quotes nor names."""
    return passed_over(chapter, [source_path(chapter, name) for name in chapter.walks])


def passed_over(chapter: Chapter, files: Sequence[Path]) -> list[str]:
    """The functions of these files that the chapter neither quotes nor names, as FILE:NAME."""
    named = Document.of(chapter).named()
    quoted = [(listing.path, listing.span) for listing in listings(chapter)]
    found = []
    for path in files:
        spans = [span for each, span in quoted if each == path.resolve()]
        found += [
            f"{_name(path)}:{name}"
            for name, span in functions(path).items()
            if not _is_named(name, named) and not any(_overlap(span, each) for each in spans)
        ]
    return found


def functions(path: Path) -> dict[str, Span]:
    """The functions and methods of a file. What is inside of a function belongs to it."""
    lines = path.read_text("utf-8").splitlines()
    found: dict[str, Span] = {}
    for name, span in definitions(path).items():
        is_inside = any(name.startswith(outer + ".") for outer in found)
        is_function = lines[span.name_line - 1].lstrip().startswith(("def ", "async def "))
        if is_function and not is_inside:
            found[name] = span
    return found


def _is_named(name: str, named: set[str]) -> bool:
    """`Loop.run`, `run` alone, and of a class's own machinery (`__init__`) the class."""
    owner, _, last = name.rpartition(".")
    if owner and last.startswith("__") and owner in named:
        return True
    return name in named or last in named


def _overlap(one: Span, other: Span) -> bool:
    return one.first <= other.last and other.first <= one.last


def _name(path: Path) -> str:
    path = path.resolve()
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.name


def problems(chapter: Chapter) -> list[str]:
    try:
        found = missing(chapter)
    except BookError as error:
        return [f"{chapter.slug}: {error}"]
    return [
        f"{chapter.slug} walks {each}, but neither quotes it nor names it in backticks."
        for each in found
    ]
