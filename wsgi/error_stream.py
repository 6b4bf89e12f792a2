"""`wsgi.errors` where the errors of the server go: in the file of `--error-log`.

Beside the trip. It does not go through `logging`: an application may send its log records
there, and would be sent them back.

PEP 3333, "Input and Error Streams".  In Gunicorn: WSGIErrorsWrapper in http/wsgi.py.
"""

import io
import os
import threading
from typing import Any, TextIO

from httpserver.logfile import LogFile


class _ErrorFile(io.RawIOBase):
    """A log file as the lowest of Python's layers of a stream."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._file, self._lock = LogFile(path), threading.Lock()

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        lines = bytes(data)
        with self._lock:
            self._file.write(lines)
        return len(lines)


def error_stream(path: str | os.PathLike[str]) -> TextIO:
    """A text stream into the log file: each line stands there when it is ended. Raises OSError."""
    # What is no text in UTF-8 is shown, not refused: who writes here has trouble enough.
    file = io.BufferedWriter(_ErrorFile(path))
    return io.TextIOWrapper(file, "utf-8", "backslashreplace", newline="\n", line_buffering=True)
