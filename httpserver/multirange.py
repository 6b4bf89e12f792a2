"""Several parts of one file in one answer: multipart/byteranges.

Step 1 of the trip, for those who ask for more than one range: a viewer of a PDF that wants
the table at the end and the page in the middle. Each part has a small head of its own
that says what it is a part of, and a line that occurs nowhere else parts them.

What is asked for costs the client a few bytes and us the file, so nothing is sent twice:
sixteen times "the whole, please" was an attack (CVE-2011-3192, RFC 9110, 17.15).

RFC 9110, 14.6 and 15.3.7.2; RFC 2046, 5.1.  In Nginx: ngx_http_range_filter_module.c.
"""

import os
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from httpserver.conditions import ByteRange
from httpserver.messages import Field

PIECE = 64 * 1024  # bytes that are read and handed on at once


def coalesce(ranges: Sequence[ByteRange]) -> list[ByteRange]:
    """Ranges that overlap or touch made one, so that no byte is sent twice.

    They stay in the order in which they were asked for, the joined one where the first of
    its members stood (RFC 9110, 15.3.7.2): a client asks first for what it needs first.
    """
    joined: list[ByteRange] = []
    for wanted in ranges:
        first, last = wanted
        apart: list[ByteRange] = []
        place = None  # of the first of those that are joined with it
        for other in joined:
            # Those in `joined` do not touch each other, so growing by one reaches no other
            # one that the wanted range itself does not reach.
            if other.first <= wanted.last + 1 and wanted.first <= other.last + 1:
                first, last = min(first, other.first), max(last, other.last)
                place = len(apart) if place is None else place
            else:
                apart.append(other)
        apart.insert(len(apart) if place is None else place, ByteRange(first, last))
        joined = apart
    return joined


class MultipartRanges:
    """The body: an iterable of bytes, `length` in all, that closes the file.

    `fields` describe each part (its Content-Type). The boundary is drawn by lot, so that
    nobody can write a file that contains it.
    """

    def __init__(
        self, file: BinaryIO, ranges: Sequence[ByteRange], size: int, fields: Sequence[Field]
    ) -> None:
        self.boundary = os.urandom(12).hex()
        self._file = file
        described = "".join(f"{name}: {value}\r\n" for name, value in fields)
        self._parts = [
            (
                f"\r\n--{self.boundary}\r\n{described}"
                f"Content-Range: {part.content_range(size)}\r\n\r\n".encode("latin-1"),
                part,
            )
            for part in ranges
        ]
        self._end = f"\r\n--{self.boundary}--\r\n".encode()
        self.length = len(self._end) + sum(len(head) + part.length for head, part in self._parts)

    @property
    def content_type(self) -> str:
        return f"multipart/byteranges; boundary={self.boundary}"

    def __iter__(self) -> Iterator[bytes]:
        for head, part in self._parts:
            yield head
            yield from _pieces(self._file, part)
        yield self._end

    def close(self) -> None:
        self._file.close()


def _pieces(file: BinaryIO, part: ByteRange) -> Iterator[bytes]:
    """The bytes of one part. Raises EOFError where the file has become shorter meanwhile:
    its length is promised, so the connection must be cut and nothing made up."""
    position, end = part.first, part.last + 1
    while position < end:
        piece = os.pread(file.fileno(), min(end - position, PIECE), position)
        if not piece:
            raise EOFError(f"the file ends at byte {position}, and bytes up to {end} were promised")
        position += len(piece)
        yield piece
