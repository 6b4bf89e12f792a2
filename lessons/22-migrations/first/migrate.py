"""A database that knows which steps it has had: python first/migrate.py [NUMBER]

Brings poll.db to that step, forwards or back; without a number, to the last one.
"""

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager

database = sqlite3.connect("poll.db", isolation_level=None)

STEPS = [  # there, and back
    ("CREATE TABLE choices (name text UNIQUE, votes integer)", "DROP TABLE choices"),
    ("INSERT INTO choices VALUES ('Tea', 3), ('Milk', 2)", "DELETE FROM choices"),
    ("ALTER TABLE choices RENAME votes TO score", "ALTER TABLE choices RENAME score TO votes"),
]


@contextmanager
def atomic() -> Iterator[None]:
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
        database.execute("COMMIT")
    except BaseException:
        database.execute("ROLLBACK")
        raise


def steps_had() -> int:
    (count,) = database.execute("PRAGMA user_version").fetchone()
    return int(count)


def take(sql: str, count: int) -> None:
    """A step, and the note that it was taken: both or neither."""
    with atomic():
        database.execute(sql)
        database.execute(f"PRAGMA user_version = {count}")
    print(f"{sql}; now at {count}")


def migrate(wanted: int) -> None:
    while (had := steps_had()) < wanted:
        there, _ = STEPS[had]
        take(there, had + 1)
    while (had := steps_had()) > wanted:
        _, back = STEPS[had - 1]
        take(back, had - 1)


if __name__ == "__main__":
    try:
        migrate(int(sys.argv[1]) if sys.argv[1:] else len(STEPS))
    except sqlite3.Error as error:
        print(f"{type(error).__name__}: {error}")
