"""Text made smaller on its way out: gzip, where the client can read it and it pays.

Step 10 of the trip, when the answer is ready. What is compressed is another representation of
the same thing, so its entity tag can promise less, its length is not known beforehand, and
its bytes cannot be asked for by range.

RFC 9110, sections 8.4 (codings) and 12.5.3 (Accept-Encoding); RFC 1952 (gzip).
In Nginx: ngx_http_gzip_filter_module.c.
"""

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from httpserver.answer import read_parts, slices
from httpserver.bodies import close_body
from httpserver.messages import Body, Field, File, Request, Response, Source
from httpserver.variants import parse_accept_encoding

TEXT = (
    "text/html", "text/css", "text/plain", "text/javascript", "text/csv", "text/markdown",
    "application/json", "application/javascript", "application/xml", "application/rss+xml",
    "application/atom+xml", "application/manifest+json", "image/svg+xml",
)  # fmt: skip

AT_ONCE = 64 * 1024  # bytes that are compressed in one go; what is longer goes by parts
GZIP = 16 + zlib.MAX_WBITS  # zlib's word for a gzip header and trailer


@dataclass(frozen=True, slots=True)
class Gzip:
    """What is compressed: `level` from 1 (fast) to 9 (small), from `least` bytes on, of these
    content types."""

    level: int = 5
    least: int = 256
    types: tuple[str, ...] = TEXT

    def apply(self, request: Request, response: Response) -> None:
        """Compress the response's body, where that is right."""
        names = {name.lower(): value for name, value in response.headers}
        if response.status == 304:
            _vary(response.headers)  # of the 200 that it stands for
            known = request.headers.get("if-none-match") or ""
            response.headers[:] = [
                _changed(field) if f"W/{field[1]}" in known else field for field in response.headers
            ]
            return
        kind = names.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in self.types or response.status < 200 or response.status in (204, 205, 206):
            return
        if "content-encoding" in names or _must_stay(response.headers):
            return
        _vary(response.headers)  # also where this client does not get it compressed
        length = _known_length(request, response.body, names)
        if length is not None and length < self.least:
            return
        if not accepts_gzip(request.headers.get("accept-encoding")):
            return
        response.headers[:] = [
            _changed(field)
            for field in response.headers
            if field[0].lower() not in ("content-length", "accept-ranges")
        ]
        response.headers.append(("Content-Encoding", "gzip"))
        response.body = self._compressed(response.body, request.method == "HEAD")

    def _compressed(self, body: Body, is_head: bool) -> Body:
        if is_head and isinstance(body, bytes):
            body = ()  # nothing is made, and no length told that a GET might not have
        if isinstance(body, bytes) and len(body) <= AT_ONCE:
            packer = zlib.compressobj(self.level, wbits=GZIP)
            return packer.compress(body) + packer.flush()
        if isinstance(body, bytes):
            return GzipParts(slices(body), self.level)
        if isinstance(body, Source):
            return GzipSource(body, self.level)
        return GzipParts(body, self.level)


def accepts_gzip(field: str | None) -> bool:
    """Whether Accept-Encoding names gzip, or everything, with a quality above nothing."""
    weights = parse_accept_encoding(field or "")
    return weights.get("gzip", weights.get("*", 0.0)) > 0


def _must_stay(headers: list[Field]) -> bool:
    """Whether Cache-Control forbids to change the content (RFC 9111, 5.2.2.6)."""
    return any(
        name.lower() == "cache-control" and "no-transform" in value.lower()
        for name, value in headers
    )


def _known_length(request: Request, body: Body, names: dict[str, str]) -> int | None:
    if isinstance(body, bytes) and (body or request.method != "HEAD"):
        return len(body)
    if isinstance(body, File):
        return body.length
    told = names.get("content-length", "")
    return int(told) if told.isascii() and told.isdigit() and len(told) < 20 else None


def _changed(field: Field) -> Field:
    """A strong entity tag promises the same bytes; compressed, they are others."""
    name, value = field
    if name.lower() == "etag" and not value.startswith("W/"):
        return name, "W/" + value
    return field


def _vary(headers: list[Field]) -> None:
    """Say to caches that the answer depends on Accept-Encoding."""
    for number, (name, value) in enumerate(headers):
        if name.lower() == "vary":
            if value.strip() != "*" and "accept-encoding" not in value.lower():
                headers[number] = (name, f"{value}, Accept-Encoding")
            return
    headers.append(("Vary", "Accept-Encoding"))


class GzipParts:
    """An iterable body, compressed part by part.

    Each part is given out as far as it goes: a live stream must not wait for its end.
    """

    def __init__(self, body: File | Iterable[bytes], level: int) -> None:
        self._body = body
        self._parts = read_parts(body) if isinstance(body, File) else iter(body)
        self._packer = zlib.compressobj(level, wbits=GZIP)
        self._live = not isinstance(body, File)
        self._ended = False

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        while not self._ended:
            part = next(self._parts, None)
            if part is None:
                self._ended = True
                return self._packer.flush()
            data = self._packer.compress(part)
            if self._live:
                # b"" says "not yet", and is passed on.
                return data + self._packer.flush(zlib.Z_SYNC_FLUSH) if part else data
            if data:  # else the part of the file is still in the packer: on to the next
                return data
        raise StopIteration

    def close(self) -> None:
        if isinstance(self._body, File):
            self._body.file.close()
        else:
            close_body(self._body)


class GzipSource(Source):
    """A body that arrives by itself, compressed as it comes."""

    def __init__(self, source: Source, level: int) -> None:
        self._source = source
        self._packer = zlib.compressobj(level, wbits=GZIP)

    def take(self) -> tuple[bytes | None, bool]:
        data, finished = self._source.take()
        if data is None:
            return None, True
        packed = self._packer.compress(data) if data else b""
        if finished:
            return packed + self._packer.flush(), True
        return packed + (self._packer.flush(zlib.Z_SYNC_FLUSH) if data else b""), False

    def abandon(self) -> None:
        self._source.abandon()
