"""The file that says which process is the master: what `kill -HUP $(cat FILE)` reads.

Beside the trip, for scripts and service managers. Two servers with one file would be a mistake
that is noticed when the wrong one is stopped, so it is refused at the start.

In Gunicorn: pidfile.py.  In Nginx: ngx_create_pidfile; the name .oldbin is Nginx's.
"""

import os
from pathlib import Path


class PidFileError(Exception):
    """Another server has the file; the message says which."""


class PidFile:
    """Written by the master, and removed by it alone: a successor may have written its own."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._own = path

    def write(self) -> None:
        """Raises PidFileError where a living process has it, OSError where it cannot be written."""
        other = self._read()
        if other and other != os.getpid() and is_alive(other):
            raise PidFileError(
                f"{self._path} is the file of process {other}, which is running. Is this server"
                " started already? If not: remove the file, or give another to --pid"
            )
        # Another file in its place: whole at once, and never through a link that lies there.
        new = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        new.unlink(missing_ok=True)
        with new.open("x") as file:
            file.write(f"{os.getpid()}\n")
        new.replace(self._path)

    def step_aside(self) -> None:
        """A successor is started, and is to have the name."""
        aside = self._path.with_name(self._path.name + ".oldbin")
        if self._path.exists():  # else somebody has removed it, and nothing is in the way
            self._path.replace(aside)
            self._own = aside

    def come_back(self) -> None:
        """There is no successor after all."""
        if self._own != self._path:
            self._own.replace(self._path)
            self._own = self._path

    def remove(self) -> None:
        if self._read() == os.getpid():
            self._own.unlink(missing_ok=True)

    def _read(self) -> int:
        try:
            text = self._own.read_text().strip()
        except (OSError, ValueError):
            return 0
        return int(text) if text.isdecimal() and len(text) < 10 else 0  # no system has longer ones


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass  # another user's
    return True
