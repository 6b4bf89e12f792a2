"""The chapters: folders named NN-slug with a text and what belongs to it.

A chapter's folder holds README.md (the text), chapter.toml (what the book must know of it),
pictures, `first/` (first versions) and `experiments/`. Nothing is ever imported from it.
"""

import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from lessons.book.errors import BookError, shown
from lessons.book.files import changed, text_of
from lessons.places import LESSONS
from miniframework.suggest import did_you_mean

FOLDER = re.compile(r"(?P<number>\d\d)-(?P<slug>[a-z0-9]+(?:-[a-z0-9]+)*)")
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
# What a chapter is made of. All else in its folder was typed along, as .gitignore says, too.
OWN = re.compile(r"README\.md|chapter\.toml|[^/]+\.svg|(?:first|experiments)(?:/.*)?")
# The parts of the book in its order. Chapter 0 stands before all of them.
PARTS = ("", "Server", "Gateway", "Framework", "Database", "Templates", "Together")
STEPS = range(11)  # the ten steps of the trip; 0 is the whole of it


@dataclass(frozen=True)
class Exercise:
    """Functions of the real layers for the learner to write, and the tests that judge them."""

    slug: str  # unique in the book
    title: str
    blanks: tuple[str, ...]  # "httpserver/parser.py:parse_head": whose bodies become blank
    tests: tuple[str, ...]  # files or node ids of pytest
    select: str = ""  # an expression for pytest -k
    anchor: str = ""  # the heading of the chapter that tells of it
    hints: tuple[str, ...] = ()  # from a nudge to nearly everything


@dataclass(frozen=True)
class Chapter:
    """One chapter. `question` is the one that it answers, from something the reader has seen."""

    number: int
    slug: str
    title: str
    question: str
    folder: Path
    part: str = ""
    step: int = 0
    exercises: tuple[Exercise, ...] = ()
    walks: tuple[str, ...] = field(default=())  # source files it quotes or names every function of

    @property
    def readme(self) -> Path:
        return self.folder / "README.md"

    @property
    def text(self) -> str:
        """The chapter as it was written, in Markdown."""
        return text_of(self.readme)


@dataclass(frozen=True)
class Part:
    """A part of the book, with those of its chapters that there are."""

    title: str
    chapters: tuple[Chapter, ...]
    coming: range = range(0)  # the numbers that the chapters around it leave for it


def all_chapters(lessons: Path = LESSONS) -> list[Chapter]:
    """The chapters in the order of the book. A folder becomes one when it has its metadata."""
    folders = [folder for folder in lessons.iterdir() if FOLDER.fullmatch(folder.name)]
    return [load(folder) for folder in sorted(folders) if (folder / "chapter.toml").is_file()]


def find(name: str | int, chapters: Sequence[Chapter] | None = None) -> Chapter | None:
    """The chapter with this slug, number ("1", "01", 1) or folder ("01-slug")."""
    wanted = str(name)
    for chapter in all_chapters() if chapters is None else chapters:
        if wanted in (chapter.slug, chapter.folder.name):
            return chapter
        if wanted.isdecimal() and int(wanted) == chapter.number:
            return chapter
    return None


def choose(name: str | int, chapters: Sequence[Chapter] | None = None) -> Chapter:
    """As `find`, for a name that a person has given: BookError says what there is."""
    chapters = all_chapters() if chapters is None else chapters
    found = find(name, chapters)
    if found is None:
        slugs = [chapter.slug for chapter in chapters]
        hint = did_you_mean(str(name), slugs) or f" There are: {', '.join(slugs)}."
        raise BookError(f"There is no chapter {str(name)!r}.{hint}")
    return found


def neighbours(
    chapter: Chapter, chapters: Sequence[Chapter] | None = None
) -> tuple[Chapter | None, Chapter | None]:
    """The chapters before and after this one; None at the ends of the book."""
    row = [None, *(all_chapters() if chapters is None else chapters), None]
    place = next(
        place for place, each in enumerate(row) if each is not None and each.slug == chapter.slug
    )
    return row[place - 1], row[place + 1]


def parts(chapters: Sequence[Chapter] | None = None) -> list[Part]:
    """The parts in the order of the book, also those that have no chapter yet."""
    chapters = all_chapters() if chapters is None else chapters
    found, last = list[Part](), -1
    for title in PARTS:
        own = tuple(chapter for chapter in chapters if chapter.part == title)
        later = min((each.number for each in chapters if each.number > last), default=last + 1)
        found.append(Part(title, own, range(0) if own else range(last + 1, later)))
        last = own[-1].number if own else last
    return found


def load(folder: Path) -> Chapter:
    """The chapter of this folder. BookError where its name or its metadata is not as it must be."""
    metadata = folder / "chapter.toml"
    if not metadata.is_file():
        raise BookError(f"{shown(folder)} has no chapter.toml: it must say title and question.")
    return _load(folder, changed(metadata))


@lru_cache(maxsize=256)
def _load(folder: Path, modified: int) -> Chapter:
    matched = FOLDER.fullmatch(folder.name)
    if matched is None:
        raise BookError(f"{folder.name!r} is no chapter's folder: expected NN-slug, as 01-sockets.")
    path = folder / "chapter.toml"
    table = Table(shown(path), read_toml(path))
    table.only("title", "part", "step", "question", "exercise", "walks")
    return Chapter(
        number=int(matched["number"]),
        slug=matched["slug"],
        title=table.text("title"),
        question=table.text("question"),
        folder=folder,
        part=table.choice("part", PARTS, ""),
        step=table.choice("step", STEPS, 0),
        exercises=tuple(_exercise(each) for each in table.tables("exercise")),
        walks=table.texts("walks"),
    )


def _exercise(table: "Table") -> Exercise:
    table.only("slug", "title", "blanks", "tests", "select", "anchor", "hints")
    slug = table.text("slug")
    if not SLUG.fullmatch(slug):
        table.fail("slug", "lower-case words joined by hyphens", slug)
    blanks = table.texts("blanks", required=True)
    for blank in blanks:
        if not re.fullmatch(r"[\w/]+\.py:[\w.]+", blank):
            table.fail("blanks", '"FILE.py:DEFINITION"', blank)
    return Exercise(
        slug=slug,
        title=table.text("title"),
        blanks=blanks,
        tests=table.texts("tests", required=True),
        select=table.text("select", ""),
        anchor=table.text("anchor", ""),
        hints=table.texts("hints"),
    )


def read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(text_of(path))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BookError(f"{shown(path)} is not TOML: {error}.")


class Table:
    """A table of a TOML file whose values are asked for by name and kind.

    `where` names it in messages: the file, and inside of it `[[exercise]] 2`.
    """

    def __init__(self, where: str, values: dict[str, Any]) -> None:
        self.where = where
        self.values = values

    def fail(self, key: str, expected: str, found: Any) -> None:
        raise BookError(f"{self.where}: {key} must be {expected}, not {found!r}.")

    def only(self, *known: str) -> None:
        """Refuse keys that nobody would read: mostly a slip of the finger."""
        for key in self.values:
            if key not in known:
                hint = did_you_mean(key, known) or f" Known are: {', '.join(known)}."
                raise BookError(f"{self.where}: there is no key {key!r}.{hint}")

    def text(self, key: str, default: str | None = None) -> str:
        """A string. Without a default it must be there, and not be empty."""
        value = self.values.get(key, default)
        if value is None:
            raise BookError(f"{self.where}: {key} is missing.")
        if not isinstance(value, str) or (default is None and not value.strip()):
            self.fail(key, "a text", value)
        return str(value)

    def texts(self, key: str, *, required: bool = False) -> tuple[str, ...]:
        """A list of strings; one that is required has at least one."""
        value = self.values.get(key, [])
        if required and key not in self.values:
            raise BookError(f"{self.where}: {key} is missing.")
        good = isinstance(value, list) and all(isinstance(each, str) and each for each in value)
        if not good or (required and not value):
            self.fail(key, "a list of texts" + (", at least one" if required else ""), value)
        return tuple(value)

    def choice(self, key: str, choices: Iterable[Any], default: Any) -> Any:
        value = self.values.get(key, default)
        if isinstance(value, bool) or value not in choices:
            hint = did_you_mean(str(value), map(str, choices)) if isinstance(value, str) else ""
            listed = ", ".join(repr(each) for each in choices)
            raise BookError(f"{self.where}: {key} must be one of {listed}, not {value!r}.{hint}")
        return value

    def tables(self, key: str) -> list["Table"]:
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            raise BookError(f"{self.where}: write each {key} as a table headed [[{key}]].")
        return [
            Table(f"{self.where}, [[{key}]] {number}", each)
            for number, each in enumerate(value, start=1)
        ]
