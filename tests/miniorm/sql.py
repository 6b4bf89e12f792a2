"""What the database was asked."""

from collections.abc import Iterator
from contextlib import contextmanager

from miniorm.events import observe


@contextmanager
def statements() -> Iterator[list[str]]:
    """The statements that run inside, in order."""
    asked: list[str] = []
    stop = observe(lambda name, details: name == "sql.start" and asked.append(details["sql"]))
    try:
        yield asked
    finally:
        stop()
