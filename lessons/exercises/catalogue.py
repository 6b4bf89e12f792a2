"""Which exercises there are: what the chapters' metadata says, checked.

The one place where this package meets the book's chapters. A folder of another clone can
be read too, which is how the tests bring chapters of their own.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path

from lessons.book.chapters import Chapter, Exercise, all_chapters
from lessons.exercises.blanking import Pointer
from lessons.places import LAYERS, ROOT

# Beside the layers, chapters about a whole trip may blank this part of the lessons.
XRAY = "lessons/xray"


class NoSuchChapter(Exception):
    """What was asked for is no chapter; the message names what there is."""


@dataclass(frozen=True)
class Blank:
    """One definition that an exercise blanks: "httpserver/parser.py:parse_head"."""

    file: str
    name: str

    @classmethod
    def parse(cls, text: str) -> "Blank":
        file, _, name = text.partition(":")
        return cls(file, name)

    def __str__(self) -> str:
        return f"{self.file}:{self.name}"


@dataclass(frozen=True)
class Task:
    """An exercise in its chapter, with its blanks taken apart."""

    slug: str
    title: str
    blanks: tuple[Blank, ...]
    tests: tuple[str, ...]
    select: str
    anchor: str
    hints: tuple[str, ...]
    chapter: str
    folder: str  # the chapter's, "02-reading-a-request"

    @property
    def pointer(self) -> Pointer:
        return Pointer(self.folder, self.chapter, self.slug)

    @property
    def place(self) -> str:
        """Where the book tells of it, for a person who looks for it."""
        return f"lessons/{self.folder}/README.md" + (f"#{self.anchor}" if self.anchor else "")


@dataclass(frozen=True)
class Section:
    """A chapter, as far as exercises are concerned."""

    number: int
    slug: str
    title: str
    part: str
    folder: str
    tasks: tuple[Task, ...]


class Clone:
    """The sources that exercises are made from: layers, tests and chapters."""

    def __init__(self, root: Path = ROOT) -> None:
        self.root = root

    @property
    def is_whole(self) -> bool:
        """A wheel has no tests and no pyproject.toml: there is nothing to judge with."""
        return (self.root / "pyproject.toml").is_file() and (self.root / "tests").is_dir()

    @cached_property
    def sections(self) -> list[Section]:
        """The chapters, in the order of the book."""
        return [section(chapter) for chapter in all_chapters(self.root / "lessons")]

    @cached_property
    def tasks(self) -> dict[str, Task]:
        return {task.slug: task for each in self.sections for task in each.tasks}

    def section(self, wanted: str) -> Section:
        """The chapter of that slug, number, or folder."""
        for each in self.sections:
            if wanted in (each.slug, each.folder) or (
                wanted.isdecimal() and int(wanted) == each.number
            ):
                return each
        slugs = [each.slug for each in self.sections]
        near = get_close_matches(wanted, slugs, 1)
        hint = f" Did you mean {near[0]!r}?" if near else f" There are: {', '.join(slugs)}."
        raise NoSuchChapter(f"There is no chapter {wanted!r}.{hint}")

    def part(self, wanted: str) -> list[Section]:
        """The chapters of a part of the book: "Server", "Templates"."""
        found = [each for each in self.sections if each.part.lower() == wanted.lower()]
        if not found:
            parts = list(dict.fromkeys(each.part for each in self.sections if each.part))
            raise NoSuchChapter(f"There is no part {wanted!r}. There are: {', '.join(parts)}.")
        return found

    def files(self) -> Iterator[str]:
        """Every file that a workspace gets a copy of, by its path from the root."""
        folders = [*LAYERS]
        if any(
            blank.file.startswith(XRAY) for task in self.tasks.values() for blank in task.blanks
        ):
            folders.append(XRAY)
        for folder in folders:
            for path in sorted((self.root / folder).rglob("*")):
                if path.is_file() and "__pycache__" not in path.parts:
                    yield path.relative_to(self.root).as_posix()

    def read(self, file: str) -> str:
        return read(self.root / file)


def read(path: Path) -> str:
    """A source text as it is: line ends are not translated."""
    return path.read_bytes().decode("utf-8")


def section(chapter: Chapter) -> Section:
    """A chapter of the book, seen from here."""
    folder = chapter.folder.name
    return Section(
        number=chapter.number,
        slug=chapter.slug,
        title=chapter.title,
        part=chapter.part,
        folder=folder,
        tasks=tuple(task(each, chapter.slug, folder) for each in chapter.exercises),
    )


def task(exercise: Exercise, chapter: str, folder: str) -> Task:
    return Task(
        slug=exercise.slug,
        title=exercise.title,
        blanks=tuple(Blank.parse(text) for text in exercise.blanks),
        tests=tuple(exercise.tests),
        select=exercise.select,
        anchor=exercise.anchor,
        hints=tuple(exercise.hints),
        chapter=chapter,
        folder=folder,
    )
