"""How far the learner is, for the contents page; and the news of it, as they come.

The commands write progress into the database (`lessons.exercises.models`). A page that is
open hears of it through a response that does not end: a line of text for each change,
pulled by a thread of the server for as long as the browser listens.

WHATWG HTML, section "Server-sent events".
"""

import json
import threading
import time
from collections.abc import Iterator

from lessons.book.chapters import all_chapters
from lessons.exercises.models import Progress

INTERVAL = 0.5  # seconds between two looks at the database
BREATH = 10.0  # seconds without news after which a comment is sent, to notice who has left
LONGEST = 600.0  # seconds of one stream; the browser asks again by itself

# A stream holds a thread of the server. A few open pages must not hold them all, so what
# comes beyond this is told to do without.
MAX_STREAMS = 3
_free = threading.BoundedSemaphore(MAX_STREAMS)

Counts = dict[str, dict[str, int]]  # {"reading-a-request": {"done": 1, "total": 4}}


def counts() -> Counts:
    """For each chapter that has exercises, how many of them are done."""
    done = Progress.objects.done_slugs()
    return {
        chapter.slug: {
            "done": sum(exercise.slug in done for exercise in chapter.exercises),
            "total": len(chapter.exercises),
        }
        for chapter in all_chapters()
        if chapter.exercises
    }


class Stream:
    """The counts now and after every change, as server-sent events."""

    def __init__(self) -> None:
        self.is_open = _free.acquire(blocking=False)  # False: enough others listen already

    def __iter__(self) -> Iterator[bytes]:
        told: Counts = {}
        end = time.monotonic() + LONGEST
        quiet_since = time.monotonic()
        while self.is_open and time.monotonic() < end:
            now = counts()
            if now != told:
                told = now
                quiet_since = time.monotonic()
                yield f"data: {json.dumps(now)}\n\n".encode()
            elif time.monotonic() - quiet_since > BREATH:
                quiet_since = time.monotonic()
                yield b": still here\n\n"
            time.sleep(INTERVAL)

    def close(self) -> None:
        """Called by the server at the end, also when the browser left before the beginning."""
        if self.is_open:
            self.is_open = False
            _free.release()
