"""Search over the chapters and the source, as one types.

There is not much text (a book, some fifty thousand lines), so the index is a list in
memory that is gone through for each question; it takes a few milliseconds.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock

from lessons.book.chapters import all_chapters
from lessons.book.markdown import slugify
from lessons.book.sources import SOURCES, definitions

LIMIT = 20  # results
LONGEST = 100  # characters of a question; more is no search
CHAPTER, SOURCE = 10, 2  # a chapter with a word in a title comes before code of that very name
HEADING = re.compile(r"^(?:#{1,3} (?P<title>.+)|<h2 id=\"(?P<id>[\w-]+)\">(?P<raw>.+)</h2>)$")
WORD = re.compile(r"\w+")

making = Lock()


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that can be found. `weight` says how much better its title counts than text."""

    title: str
    where: str  # "chapter" or a file's name
    url: str
    text: str  # in lower case, what is looked through
    weight: int

    def score(self, words: list[str]) -> int:
        """0 where a word is missing; more for words in the title, most at its beginning."""
        title, total = self.title.lower(), 0
        for word in words:
            if title == word:
                total += 20 * self.weight
            elif title.startswith(word):
                total += 10 * self.weight
            elif word in title:
                total += 8 * self.weight
            elif word in self.text:
                total += 1
            else:
                return 0
        return total


def search(question: str) -> list[Entry]:
    """The best entries that have every word of the question, or a word that begins so."""
    words = WORD.findall(question[:LONGEST].lower())
    if not words:
        return []
    found = [(entry.score(words), entry) for entry in index(state_of_the_book())]
    found = [(score, entry) for score, entry in found if score]
    found.sort(key=lambda pair: (-pair[0], pair[1].title))
    return [entry for _, entry in found[:LIMIT]]


def state_of_the_book() -> int:
    """A number that changes when a chapter does: then the index is made anew."""
    return hash(tuple((c.folder / "README.md").stat().st_mtime_ns for c in all_chapters()))


def index(state: int) -> list[Entry]:
    with making:  # who types asks at each letter: one makes it, the others wait for it
        return _index(state)


@lru_cache(maxsize=1)
def _index(state: int) -> list[Entry]:
    return [*sections(), *source_entries()]


def sections() -> Iterator[Entry]:
    """Each chapter by its sections."""
    for chapter in all_chapters():
        place = f"chapter {chapter.number}, {chapter.title}"
        url, title, lines = f"/chapters/{chapter.slug}/", chapter.title, list[str]()
        for line in chapter.text.splitlines():
            matched = HEADING.match(line)
            if matched:
                if lines:
                    yield Entry(title, place, url, " ".join(lines).lower(), CHAPTER)
                title = matched["title"] or matched["raw"]
                anchor = matched["id"] or slugify(title)
                url, lines = f"/chapters/{chapter.slug}/#{anchor}", []
            lines.append(line)
        yield Entry(title, place, url, " ".join(lines).lower(), CHAPTER)


def source_entries() -> Iterator[Entry]:
    """Each definition of the layers, found by its name or the first line of its docstring."""
    for _, names in SOURCES.by_package():
        for name in names:
            for definition in definitions(SOURCES.root / name) if name.endswith(".py") else ():
                url = f"/source/{name}#L{definition.line}"
                yield Entry(definition.name, name, url, definition.summary.lower(), SOURCE)
