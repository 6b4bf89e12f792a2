"""A response on its way out: from a body of whatever kind to framed bytes.

Step 10 of the trip. The head is known; what follows is bytes that are there, a file that
the kernel sends, parts that are asked for, or parts that come by themselves. Each is framed
as the head has promised, no more and no less: what is too much would be read as the
beginning of the next answer.

In Nginx: ngx_http_write_filter_module.c, ngx_linux_sendfile_chain.c.
"""

import logging
import os
import socket
from collections.abc import Callable, Iterator

from httpserver.bodies import dispose
from httpserver.framing import CHUNKED, LAST_CHUNK, LENGTH, NONE, Framing, chunk
from httpserver.messages import File, Request, Response, Source

SLICE = 512 * 1024  # of a file, given to the kernel at once
SMALL = 16 * 1024  # a file up to this size leaves in one write with its head
PART = 64 * 1024  # of a large body, or of a file that cannot be given to the kernel

log = logging.getLogger(__name__)

Took = Callable[[int, bool], None]  # told how many bytes the client took, and if that was all


class BodyFailed(Exception):
    """The body ended in an error, or is not as long as the head has promised."""


class Answer:
    """What is left to send of a response, and what was sent."""

    __slots__ = (
        "_missing",
        "_source",
        "complete",
        "framing",
        "head_length",
        "request",
        "response",
        "sent",
        "started",
    )

    def __init__(
        self,
        request: Request,
        response: Response,
        head_length: int,
        framing: Framing,
        length: int,
        source: Source | None,
        started: float,
    ) -> None:
        self.request = request
        self.response = response
        self.started = started
        self.framing = framing
        self.head_length = self.sent = head_length  # `sent` is bytes on the wire
        self.complete = False
        self._missing = length  # of what Content-Length promised
        self._source: Iterator[bytes] | Source | File | None = source  # of the body's rest

    @property
    def comes_by_itself(self) -> bool:
        """Whether the body's source says when it has more, so that nobody needs to ask."""
        return isinstance(self._source, Source)

    def begin(self, out: bytearray, kernel_sends: bool) -> None:
        """Put into `out` what is here already of the body; `complete` says if that is all.

        `kernel_sends` is whether a file can go from the disk's cache to the socket directly.
        """
        body = self.response.body
        if self.framing is NONE or (self.framing is LENGTH and not self._missing):
            self.complete = True
        elif isinstance(body, bytes) and len(body) <= PART:
            self._put(body, out)
            self.complete = True
        elif isinstance(body, bytes):
            # Many clients may have the same object to take: each gets it by and by, not a copy.
            self._source = slices(body)
        elif isinstance(body, File):
            if kernel_sends and _has_descriptor(body):
                self._source = body
                if body.length <= SMALL:
                    self._put_small(body, out)
            else:
                self._source = read_parts(body)
        elif self._source is None:
            self._source = body if isinstance(body, Source) else iter(body)

    def pull(self, out: bytearray, sock: socket.socket, took: Took) -> bool:
        """Move the body one part further; False where it has to be waited for.

        Raises `BodyFailed`: the head is out, so no error page can follow. The end that never
        comes (the last chunk, the length's last byte) tells the client.
        """
        source = self._source
        if isinstance(source, File):
            return self._send(source, sock, took)
        if isinstance(source, Source):
            part, finished = source.take()
            if part is None:
                raise BodyFailed("the body failed at its source")
        else:
            part, finished = self._next_part()
        if part:
            self._put(part, out)
        # What has given its length is asked for no more: it might never end (PEP 3333).
        if finished or (self.framing is LENGTH and not self._missing):
            if self.framing is CHUNKED:
                out += LAST_CHUNK
                self.sent += len(LAST_CHUNK)
            elif self.framing is LENGTH and self._missing:
                raise BodyFailed(f"the body ended {self._missing} bytes before its Content-Length")
            self.complete = True
        return self.complete or bool(part)  # b"": nothing yet, so it is the others' turn

    def _next_part(self) -> tuple[bytes, bool]:
        assert isinstance(self._source, Iterator)
        try:
            return next(self._source), False
        except StopIteration:
            return b"", True
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            request = self.request
            log.exception("the body of %s %s failed", request.method, request.target)
            raise BodyFailed("the handler's body failed") from error

    def _put(self, part: bytes, out: bytearray) -> None:
        """A part of the body as it goes on the wire."""
        if self.framing is CHUNKED:
            part = chunk(part)
        elif self.framing is LENGTH:
            if len(part) > self._missing:
                request = self.request
                log.error(
                    "the body of %s %s is longer than its Content-Length; cut",
                    request.method,
                    request.target,
                )
                part = part[: self._missing]
            self._missing -= len(part)
        out += part
        self.sent += len(part)

    def _put_small(self, body: File, out: bytearray) -> None:
        """One write with the head costs less than a second call into the system."""
        data = os.pread(body.file.fileno(), body.length, body.offset)
        self._put(data, out)
        self._source = File(body.file, body.offset + len(data), self._missing)
        self.complete = not self._missing

    def _send(self, body: File, sock: socket.socket, took: Took) -> bool:
        """A slice of a file, from the disk's cache to the socket without passing here."""
        done = body.length - self._missing
        count = min(self._missing, SLICE)
        try:
            sent = os.sendfile(sock.fileno(), body.file.fileno(), body.offset + done, count)
        except (BlockingIOError, InterruptedError):
            return False
        if sent == 0:
            raise BodyFailed("the file shrank while it was sent")
        self.sent += sent
        self._missing -= sent
        took(sent, sent == count)
        self.complete = not self._missing
        return True

    def dispose(self) -> None:
        """Close the body, on the thread that pulls it. Called once, at the end."""
        if self.response.body.__class__ is not bytes:
            dispose(self.response, self._source if isinstance(self._source, Source) else None)


def _has_descriptor(body: File) -> bool:
    """Whether it is a file of the system's: an io.BytesIO is not."""
    try:
        body.file.fileno()
    except (OSError, ValueError, AttributeError):
        return False
    return True


def slices(body: bytes) -> Iterator[bytes]:
    return (body[start : start + PART] for start in range(0, len(body), PART))


def read_parts(body: File) -> Iterator[bytes]:
    body.file.seek(body.offset)
    left = body.length
    while left and (part := body.file.read(min(left, PART))):
        left -= len(part)
        yield part
