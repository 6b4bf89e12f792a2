"""Two voters who look before they write: python experiments/upgrade.py BEGIN|"BEGIN IMMEDIATE"

Each counts the votes and then adds one. Either would wait five seconds for a lock.
"""

import sqlite3
import sys
import tempfile
import threading
import time
from contextlib import closing
from pathlib import Path

begin = sys.argv[1]
path = Path(tempfile.mkdtemp()) / "poll.db"
looked = {"Ann": threading.Event(), "Ben": threading.Event()}
ann_is_done = threading.Event()


def vote(name: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None, timeout=5)) as database:
        try:
            database.execute(begin)
            (votes,) = database.execute("SELECT votes FROM choices").fetchone()
            looked[name].set()
            if name == "Ann":
                looked["Ben"].wait(0.3)
            else:
                ann_is_done.wait(5)
            started = time.monotonic()
            database.execute("UPDATE choices SET votes = ?", [votes + 1])
            database.execute("COMMIT")
            print(f"{name} has voted, and makes it {votes + 1}")
        except sqlite3.OperationalError as error:
            print(f"{name}: {error}, after {time.monotonic() - started:.2f} s")


with closing(sqlite3.connect(path, isolation_level=None)) as database:
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("CREATE TABLE choices (votes integer)")
    database.execute("INSERT INTO choices VALUES (0)")
ann = threading.Thread(target=vote, args=["Ann"])
ann.start()
looked["Ann"].wait(5)
ben = threading.Thread(target=vote, args=["Ben"])
ben.start()
ann.join()
ann_is_done.set()
ben.join()
