"""One voter, one vote, and both or neither: python first/vote.py NAME CHOICE [--plain] [--kill]

--plain leaves the transaction out; --kill pulls the plug between the two statements.
"""

import os
import signal
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

# Without an isolation level each statement is a transaction of its own: autocommit.
database = sqlite3.connect("poll.db", isolation_level=None)
depth = 0


@contextmanager
def atomic() -> Iterator[None]:
    global depth
    here = f"s{depth}"
    begin, keep, undo = "BEGIN", "COMMIT", "ROLLBACK"
    if depth:
        begin, keep, undo = f"SAVEPOINT {here}", f"RELEASE {here}", f"ROLLBACK TO {here}"
    database.execute(begin)
    depth += 1
    try:
        yield
        database.execute(keep)
    except BaseException:
        database.execute(undo)
        raise
    finally:
        depth -= 1


def vote(name: str, choice: str) -> None:
    database.execute("INSERT INTO voters VALUES (?)", [name])
    if "--kill" in sys.argv:
        os.kill(os.getpid(), signal.SIGKILL)
    changed = database.execute("UPDATE choices SET votes = votes + 1 WHERE name = ?", [choice])
    if changed.rowcount == 0:
        raise LookupError(f"there is no {choice}")


def show() -> None:
    votes = database.execute("SELECT name, votes FROM choices").fetchall()
    voters = database.execute("SELECT name FROM voters").fetchall()
    print(*(f"{name}: {count}" for name, count in votes), sep=", ", end="; ")
    print("voted:", ", ".join(name for (name,) in voters) or "nobody")


if __name__ == "__main__":
    with atomic():
        database.execute("CREATE TABLE IF NOT EXISTS voters (name text UNIQUE)")
        database.execute("CREATE TABLE IF NOT EXISTS choices (name text UNIQUE, votes integer)")
        database.execute("INSERT OR IGNORE INTO choices VALUES ('Tea', 0), ('Milk', 0)")
    if sys.argv[1:]:
        try:
            with nullcontext() if "--plain" in sys.argv else atomic():
                vote(sys.argv[1], sys.argv[2])
        except (sqlite3.Error, LookupError) as error:
            print(f"{type(error).__name__}: {error}")
    show()
