"""The chapters: folders named NN-slug with a text and what belongs to it."""

import re
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from lessons.places import LESSONS

FOLDER = re.compile(r"(?P<number>\d\d)-(?P<slug>[a-z0-9-]+)")


@dataclass(frozen=True)
class Chapter:
    """One chapter. `question` is the one that it answers, from something the reader has seen."""

    number: int
    slug: str
    title: str
    question: str
    folder: Path

    @cached_property
    def text(self) -> str:
        """The chapter as it was written, in Markdown."""
        return (self.folder / "README.md").read_text("utf-8")


def all_chapters() -> list[Chapter]:
    """The chapters in the order of the book."""
    return [load(folder) for folder in sorted(LESSONS.iterdir()) if FOLDER.fullmatch(folder.name)]


def find(slug: str) -> Chapter | None:
    return next((chapter for chapter in all_chapters() if chapter.slug == slug), None)


def load(folder: Path) -> Chapter:
    matched = FOLDER.fullmatch(folder.name)
    if matched is None:
        raise ValueError(f"{folder.name!r} is no chapter's folder: expected NN-slug")
    metadata = tomllib.loads((folder / "chapter.toml").read_text("utf-8"))
    return Chapter(
        number=int(matched["number"]),
        slug=matched["slug"],
        title=metadata["title"],
        question=metadata["question"],
        folder=folder,
    )
