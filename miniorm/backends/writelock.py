"""The queue of SQLite's writers: a lock beside the database, kept by the kernel.

Step 6 of the trip, where it writes. `backends/sqlite3.py` tells why it is there. An flock
is advisory: only those who ask for it wait for each other, and other programs that open
the database (the `sqlite3` command) still meet SQLite's own locks.

Rule: flock(2). In real life: the same lock, in the same way, keeps `apt` and `git` from
running twice over one folder.
"""

import fcntl
import os
import threading
import weakref
from typing import ClassVar

from miniorm.errors import OperationalError


class WriteLock:
    """An exclusive flock on the file beside the database; nothing for ":memory:".

    Each connection opens the file for itself: two threads of one process are two writers,
    and an flock belongs to an open file, not to a process (flock(2)).
    """

    # Which lock files this thread holds: waiting for oneself would be waiting forever.
    _held_here = threading.local()
    # Every lock of the process, for a forked child to let go of.
    _all: ClassVar[weakref.WeakSet["WriteLock"]] = weakref.WeakSet()
    # Those that the parent held at the fork: this process can never write there.
    _lost: ClassVar[set[str | None]] = set()

    def __init__(self, database: str) -> None:
        self.path = None if is_in_memory(database) else os.path.realpath(database) + ".lock"
        self.held = False
        self._file: int | None = None
        self._all.add(self)

    def acquire(self) -> None:
        """Wait for the turn, however long the writers before take."""
        if self.path is not None:
            mine = self._paths_held_here()
            if self.path in self._lost:
                raise OperationalError(
                    f"This process was forked while a transaction wrote to {self._database}, and "
                    "so cannot write to it: fork outside atomic()."
                )
            if self.path in mine:
                raise OperationalError(
                    f"This thread already writes to {self._database} through another connection, "
                    "and would wait for itself forever. Use one alias for one file."
                )
            if self._file is None:
                self._file = self._open(self.path)
            fcntl.flock(self._file, fcntl.LOCK_EX)
            mine.add(self.path)
        self.held = True

    def release(self) -> None:
        if self._file is not None and self.held:
            fcntl.flock(self._file, fcntl.LOCK_UN)
            self._paths_held_here().discard(self.path)
        self.held = False

    @classmethod
    def _paths_held_here(cls) -> set[str | None]:
        paths: set[str | None] = cls._held_here.__dict__.setdefault("paths", set())
        return paths

    @property
    def _database(self) -> str:
        return (self.path or "").removesuffix(".lock")

    @staticmethod
    def _open(path: str) -> int:
        try:
            return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        except OSError as error:
            raise OperationalError(
                f"The file {path!r}, in which writers queue, cannot be opened "
                f"({error.strerror}); the database's folder must be writable."
            ) from error

    def close(self) -> None:
        """Give up the file. It stays on disk: deleting it would part those who wait on it."""
        self.release()
        if self._file is not None:
            os.close(self._file)
            self._file = None

    @classmethod
    def _forget_after_fork(cls) -> None:
        # A forked child has the parent's open files, and with them its flocks: it could end
        # one too early, and if the parent is killed, the kernel frees none while the child
        # lives. Only the last who closes a file ends its flock, so closing harms nobody.
        # SQLite in this process still believes in the parent's transaction, and to end that
        # here would undo it there (sqlite.org/howtocorrupt.html, 2.6).
        cls._held_here.__dict__.clear()
        cls._lost.update(lock.path for lock in cls._all if lock.held)
        for lock in cls._all:
            lock.held = False
            lock.close()


os.register_at_fork(after_in_child=WriteLock._forget_after_fork)


def is_in_memory(database: str) -> bool:
    return database in ("", ":memory:") or (database.startswith("file:") and "memory" in database)
