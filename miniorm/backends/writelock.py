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

from miniorm.errors import OperationalError


class WriteLock:
    """An exclusive flock on the file beside the database; nothing for ":memory:".

    Each connection opens the file for itself: two threads of one process are two writers,
    and an flock belongs to an open file, not to a process (flock(2)).
    """

    # Which lock files this thread holds: waiting for oneself would be waiting forever.
    _held_here = threading.local()

    def __init__(self, database: str) -> None:
        self.path = None if is_in_memory(database) else os.path.realpath(database) + ".lock"
        self.held = False
        self._file: int | None = None

    def acquire(self) -> None:
        """Wait for the turn, however long the writers before take."""
        if self.path is not None:
            mine = self._held_here.__dict__.setdefault("paths", set())
            if self.path in mine:
                raise OperationalError(
                    f"This thread already writes to {self.path.removesuffix('.lock')} through "
                    "another connection, and would wait for itself forever. Use one alias for "
                    "one file."
                )
            if self._file is None:
                flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
                try:
                    self._file = os.open(self.path, flags, 0o666)
                except OSError as error:
                    raise OperationalError(
                        f"The file {self.path!r}, in which writers queue, cannot be opened "
                        f"({error.strerror}); the database's folder must be writable."
                    ) from error
            fcntl.flock(self._file, fcntl.LOCK_EX)
            mine.add(self.path)
        self.held = True

    def release(self) -> None:
        if self._file is not None and self.held:
            fcntl.flock(self._file, fcntl.LOCK_UN)
            self._held_here.paths.discard(self.path)
        self.held = False

    def close(self) -> None:
        """Give up the file. It stays on disk: deleting it would part those who wait on it."""
        self.release()
        if self._file is not None:
            os.close(self._file)
            self._file = None


def is_in_memory(database: str) -> bool:
    return database in ("", ":memory:") or (database.startswith("file:") and "memory" in database)
