"""One request's trip as a tree: spans in spans, and moments between them."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(slots=True)
class Entry:
    """A line of the record: a moment, or a span with what happened inside of it.

    Times are in seconds on `time.perf_counter`'s clock.
    """

    name: str  # of the event, without ".start"
    step: int
    text: str
    began: float = field(default_factory=time.perf_counter)
    ended: float | None = None  # None for a moment, and for a span that is still open
    closing: str = ""  # what was seen at the end of a span
    closing_step: int = 0
    children: list["Entry"] = field(default_factory=list)

    @property
    def took(self) -> float | None:
        return None if self.ended is None else self.ended - self.began

    def walk(self) -> Iterator["Entry"]:
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(slots=True)
class Record:
    """Everything that was announced about one request, in order and nesting of time."""

    request_id: str
    entries: list[Entry] = field(default_factory=list)
    open: list[Entry] = field(default_factory=list)  # the spans around the present moment

    def add(self, entry: Entry) -> None:
        (self.open[-1].children if self.open else self.entries).append(entry)

    def walk(self) -> Iterator[Entry]:
        for entry in self.entries:
            yield from entry.walk()

    def find(self, *names: str) -> list[Entry]:
        return [entry for entry in self.walk() if entry.name in names]
