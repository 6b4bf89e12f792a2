"""What is wrong with the book, in a sentence for whoever writes it."""

from pathlib import Path

from lessons.places import ROOT


class BookError(Exception):
    """A chapter, the glossary or a name given on the command line is not as expected.

    The message says where, what was found and what was expected.
    """


def shown(path: Path) -> str:
    """A path as a message names it: from the root, where it lies below it."""
    path = path.absolute()
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else str(path)
