"""Eight processes that all want to write: python experiments/writers.py sqlite|miniorm

Each writes again and again, and is busy for 4 ms in every transaction. Who gets no turn within
0.3 seconds gives up, and tries once more.
"""

import multiprocessing
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import miniorm
from miniorm import transaction

WRITERS, SECONDS, BUSY, PATIENCE = 8, 0.6, 0.004, 0.3


@contextmanager
def as_sqlite_waits(driver: sqlite3.Connection) -> Iterator[None]:
    driver.execute("BEGIN IMMEDIATE")
    yield
    driver.execute("COMMIT")


def write(url: str, way: str, start: float, say: Any) -> None:
    """Take turns until the time is over; say how often, and how often there was none."""
    database = miniorm.connect(url)
    turns = gave_up = 0
    longest = 0.0
    time.sleep(max(0.0, start - time.monotonic()))
    while (asked := time.monotonic()) < start + SECONDS:
        block: AbstractContextManager[None] = transaction.atomic()
        if way == "sqlite":
            block = as_sqlite_waits(database.connection)
        try:
            with block:
                longest = max(longest, time.monotonic() - asked)
                database.connection.execute("UPDATE choices SET votes = votes + 1")
                time.sleep(BUSY)
            turns += 1
        except sqlite3.OperationalError:
            longest = max(longest, time.monotonic() - asked)
            gave_up += 1
    say.send((turns, longest, gave_up))


if __name__ == "__main__":
    url = f"sqlite:///{Path(tempfile.mkdtemp()) / 'poll.db'}?timeout={PATIENCE}"
    database = miniorm.connect(url)
    database.execute("CREATE TABLE choices (votes integer)")
    database.execute("INSERT INTO choices VALUES (0)")
    database.close()
    fork = multiprocessing.get_context("fork")
    hear, say = fork.Pipe(duplex=False)
    start = time.monotonic() + 0.1
    for _ in range(WRITERS):
        fork.Process(target=write, args=[url, sys.argv[1], start, say]).start()
    results = sorted(hear.recv() for _ in range(WRITERS))
    turns = [turns for turns, _, _ in results]
    print(f"turns of each: {', '.join(map(str, turns))}; of all: {sum(turns)}")
    print(f"longest wait: {1000 * max(longest for _, longest, _ in results):.0f} ms")
    print(f"gave up: {sum(gave_up for _, _, gave_up in results)}")
