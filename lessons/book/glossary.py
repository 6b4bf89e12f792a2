"""The words of the book: what each means, and the chapter that explains it."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from lessons.book.chapters import Chapter, Table, read_toml
from lessons.book.errors import BookError, shown
from lessons.book.files import changed
from lessons.book.markdown import Document, plain, slugify, walk
from lessons.places import LESSONS
from miniframework.suggest import did_you_mean

GLOSSARY = LESSONS / "glossary.toml"


@dataclass(frozen=True)
class Word:
    """A word of the field. Its page has the id `slug` at it."""

    term: str
    text: str
    chapter: str

    @property
    def slug(self) -> str:
        return slugify(self.term)


def glossary(path: Path = GLOSSARY) -> tuple[Word, ...]:
    """All words in the order of the alphabet. BookError where the file is not as it must be."""
    return _load(path, changed(path)) if path.is_file() else ()


@lru_cache(maxsize=8)
def _load(path: Path, modified: int) -> tuple[Word, ...]:
    table = Table(shown(path), read_toml(path))
    table.only("word")
    words: dict[str, Word] = {}
    for entry in table.tables("word"):
        entry.only("term", "text", "chapter")
        word = Word(entry.text("term"), entry.text("text"), entry.text("chapter"))
        if word.slug in words:
            raise BookError(f"{entry.where}: {word.term!r} is there already.")
        words[word.slug] = word
    return tuple(sorted(words.values(), key=lambda word: word.term.lower()))


def words_of(chapter: Chapter) -> list[str]:
    """The words that a chapter lists in its section "Words".

    Those that are bold; where none is, the section is a plain list: "Socket, backlog."
    """
    document = Document.of(chapter)
    found: list[str] = []
    for heading in document.headings:
        if heading.text.lower().startswith("words"):
            section = document.section(heading)
            tokens = list(walk(section))
            bold = [
                tokens[place + 1].content
                for place, token in enumerate(tokens)
                if token.type == "strong_open"
            ]
            text = ", ".join(plain(token) for token in section if token.type == "inline")
            listed = [each.strip(" .") for each in text.split(",")]
            found += bold or [each for each in listed if each]
    return found


def problems(chapters: Sequence[Chapter], words: Sequence[Word]) -> list[str]:
    """Words of chapters that do not exist, and where chapters and glossary disagree."""
    slugs = {chapter.slug for chapter in chapters}
    known = {word.slug: word for word in words}
    found = [
        f"glossary: {word.term!r}: there is no chapter {word.chapter!r}."
        + did_you_mean(word.chapter, slugs)
        for word in words
        if word.chapter not in slugs
    ]
    for chapter in chapters:
        listed = {slugify(term): term for term in words_of(chapter)}
        for slug, term in listed.items():
            if slug not in known:
                hint = did_you_mean(slug, known)
                found.append(f"{shown(chapter.readme)}: {term!r} is not in the glossary.{hint}")
        found += [
            f"{shown(chapter.readme)}: its section Words lacks {word.term!r} of the glossary."
            for word in words
            if word.chapter == chapter.slug and word.slug not in listed
        ]
    return found


class Finder:
    """The first place of each word in a text, as one goes along."""

    def __init__(self, words: Iterable[Word]) -> None:
        self.words = {word.term.lower(): word for word in words}
        # The longest first: "request line" is not a "request".
        terms = sorted(map(re.escape, self.words), key=len, reverse=True)
        self.pattern = re.compile(rf"\b(?:{'|'.join(terms)})\b", re.I) if terms else None

    def split(self, text: str) -> list[tuple[str, Word | None]]:
        """The text in pieces; those that are a word for the first time come with it."""
        pieces: list[tuple[str, Word | None]] = []
        end = 0
        for found in self.pattern.finditer(text) if self.pattern else ():
            word = self.words.pop(found[0].lower(), None)
            if word is not None:
                pieces += [(text[end : found.start()], None), (found[0], word)]
                end = found.end()
        pieces.append((text[end:], None))
        return [piece for piece in pieces if piece[0]]
