"""The body of a response on its way from the application to the server.

Step 10 of the trip. An application answers with an iterable of bytes. Some are lists
with everything in them, some produce a part whenever there is news, some wrap a file
that the system can send by itself. Whichever it is, the iterable is closed exactly
once, and the client is never given more bytes than the application has announced.

PEP 3333, "Buffering and Streaming" and "Optional Platform-Specific File Handling".
In Gunicorn: http/wsgi.py (Response.write, FileWrapper).
"""

import logging
import os
import stat
from collections import deque
from collections.abc import Iterable, Iterator
from io import BufferedRandom, BufferedReader, FileIO
from typing import Any, BinaryIO

from httpserver.messages import File, Request
from wsgi.environ import Environ
from wsgi.errors import GatewayError
from wsgi.events import announce, observers

logger = logging.getLogger("wsgi")


class Parts:
    """The application's iterable on its way to the server, one part at a time.

    It watches the declared Content-Length, closes the iterable once whatever happens,
    and lets the parts through as they come: a live stream must not wait for its end.
    """

    def __init__(
        self, result: Iterable[bytes], written: list[bytes], request: Request, environ: Environ
    ) -> None:
        self.result = result
        self.request = request
        self.environ = environ
        self.iterator = checked_iterator(result)
        self.written = written  # by `write`, which may be called between two parts as well
        # Pulled or written already, and not yet passed on.
        self.waiting = deque[bytes]()
        self._take_written()
        self.left: int | None = None  # bytes still owed to the declared Content-Length
        self.closed = False

    def _take_written(self) -> None:
        self.waiting.extend(filter(None, self.written))
        self.written.clear()

    def _pull(self) -> None:
        """Ask for one part more; what was written meanwhile stands before it."""
        try:
            part = checked_part(next(self.iterator))
        except StopIteration:
            self.iterator = iter(())
            self._take_written()
            if not self.waiting:
                raise
        else:
            self._take_written()
            if part:
                self.waiting.append(part)

    def pull_first(self) -> None:
        """Ask for parts until one is not empty: by then start_response has been called."""
        if observers:
            announce("iteration.start", environ=self.environ)
        try:
            while not self.waiting:
                self._pull()
        except StopIteration:
            pass  # an answer without a body
        finally:
            if observers:
                announce("iteration.end", environ=self.environ)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if self.left == 0:
            raise StopIteration  # enough was sent: what follows is not even asked for
        try:
            if not self.waiting:
                self._pull()
            part = self.waiting.popleft() if self.waiting else b""
        except StopIteration:
            if self.left:
                raise GatewayError(
                    f"the body ended {self.left} bytes before its Content-Length"
                ) from None
            raise
        if self.left is None:
            return part
        if len(part) > self.left:
            logger.warning("%s gave more than its Content-Length: cut", self.request.path)
            part = part[: self.left]
        self.left -= len(part)
        return part

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            close(self.result, self.environ)


class FileWrapper:
    """`wsgi.file_wrapper`: a file as an iterable, which the server sends without reading it.

    PEP 3333, "Optional Platform-Specific File Handling".
    """

    def __init__(self, filelike: BinaryIO, block_size: int = 65536) -> None:
        self.filelike = filelike
        self.block_size = block_size

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        data = self.filelike.read(self.block_size)
        if data:
            return data
        raise StopIteration

    def close(self) -> None:
        if hasattr(self.filelike, "close"):
            self.filelike.close()

    def as_file(self) -> File | None:
        """The rest of a regular file from where it stands; None for what only reads.

        It is the same open file under a second descriptor, which is the caller's to close.
        """
        # Other things have a descriptor, too, and are not what it reads: an open gzip file.
        raw: Any = self.filelike
        if not hasattr(type(raw), "read"):  # tempfile's wrapper: who reads is its file
            raw = getattr(raw, "file", None)
        raw = raw.raw if type(raw) in (BufferedReader, BufferedRandom) else raw
        if type(raw) is not FileIO:
            return None
        try:
            descriptor = self.filelike.fileno()
            offset = self.filelike.tell()
            details = os.fstat(descriptor)
            # Those of /proc are regular, empty, and full of news.
            if not stat.S_ISREG(details.st_mode) or not details.st_size:
                return None
            file = open(os.dup(descriptor), "rb", buffering=0)  # noqa: SIM115  (the server's)
        except (AttributeError, OSError, ValueError):
            return None
        return File(file, offset, max(details.st_size - offset, 0))


def limit_file(file: File, declared: int | None) -> File:
    if declared is None:
        return file
    return File(file.file, file.offset, min(file.length, declared))


def close(result: Any, environ: Environ) -> None:
    """`result.close()` where there is one (PEP 3333: whether or not all of it was read)."""
    method = getattr(result, "close", None)
    try:
        if method is not None:
            method()
    finally:
        if observers:
            announce("application.closed", environ=environ)


def checked_iterator(result: Any) -> Iterator[bytes]:
    if isinstance(result, bytes | str):
        # They can be iterated over, a character at a time.
        raise GatewayError(f"the application returned {type(result).__name__}: return [body]")
    try:
        return iter(result)
    except TypeError:
        if hasattr(result, "__iter__"):
            raise  # an error inside of it
        raise GatewayError(
            f"the application returned {result!r}: expected an iterable of bytes"
        ) from None


def checked_part(part: Any) -> bytes:
    if not isinstance(part, bytes):
        raise GatewayError(f"a part of the body is a {type(part).__name__}: expected bytes")
    return part
