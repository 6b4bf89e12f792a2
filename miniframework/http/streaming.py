"""Responses whose content is not all there yet: a generator, or a file.

Steps 5 and 10 of the trip. The server pulls one piece, sends it, and pulls the next; a file
is offered to the server whole (`wsgi.file_wrapper`), which may hand it to the kernel.

PEP 3333, "Optional Platform-Specific File Handling".
Django: https://docs.djangoproject.com/en/5.2/ref/request-response/#streaminghttpresponse-objects
"""

import mimetypes
import os
from collections.abc import Iterable, Iterator
from typing import IO, Any
from urllib.parse import quote

from miniframework.http.response import HttpResponseBase

# A compressed file is itself the content: a browser must not unpack it on the way.
COMPRESSED = {
    "br": "application/x-brotli",
    "bzip2": "application/x-bzip",
    "compress": "application/x-compress",
    "gzip": "application/gzip",
    "xz": "application/x-xz",
}


class StreamingHttpResponse(HttpResponseBase):
    """A response from an iterable of bytes or text, pulled while it is being sent."""

    streaming = True

    def __init__(self, streaming_content: Iterable[Any] = (), *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.streaming_content = streaming_content

    def __repr__(self) -> str:
        kind = self.headers.get("Content-Type", "no content type")
        return f"<{type(self).__name__} status_code={self.status_code}, {kind!r}>"

    @property
    def content(self) -> bytes:
        raise AttributeError(
            f"A {type(self).__name__} has no content to look at; its streaming_content can "
            "be replaced, not read."
        )

    @property
    def streaming_content(self) -> Iterator[bytes]:
        return map(self.make_bytes, self._iterator)

    @streaming_content.setter
    def streaming_content(self, value: Iterable[Any]) -> None:
        self._iterator = iter(value)
        if hasattr(value, "close"):
            self._resource_closers.append(value.close)

    def __iter__(self) -> Iterator[bytes]:
        return self.streaming_content

    def getvalue(self) -> bytes:
        return b"".join(self.streaming_content)


class FileResponse(StreamingHttpResponse):
    """An open binary file, from where it stands; closed by the response."""

    block_size = 64 * 1024  # bytes

    def __init__(
        self,
        file: IO[bytes],
        *args: Any,
        as_attachment: bool = False,
        filename: str = "",
        **kwargs: Any,
    ) -> None:
        self.as_attachment = as_attachment
        self.filename = filename
        said = "content_type" in kwargs or "Content-Type" in (kwargs.get("headers") or {})
        super().__init__(iter(lambda: file.read(self.block_size), b""), *args, **kwargs)
        self.file_to_stream = file
        if hasattr(file, "close"):
            self._resource_closers.append(file.close)
        self._describe(file, guess_type=not said and not args)

    def _describe(self, file: IO[bytes], guess_type: bool) -> None:
        """Content-Length, Content-Type and Content-Disposition, from the file and its name."""
        path = getattr(file, "name", "")
        path = path if isinstance(path, str) else ""
        length = remaining(file, path)
        if length is not None:
            self.headers["Content-Length"] = str(length)
        if guess_type:
            kind, coding = mimetypes.guess_type(self.filename or path)
            kind = COMPRESSED.get(coding or "", kind)
            self.headers["Content-Type"] = kind or "application/octet-stream"
        disposition = content_disposition(
            self.as_attachment, os.path.basename(self.filename or path)
        )
        if disposition and (self.as_attachment or self.filename):
            self.headers["Content-Disposition"] = disposition


def remaining(file: IO[bytes], path: str) -> int | None:
    """Bytes from here to the end of the file; None where it cannot tell."""
    try:
        if not file.seekable():
            return None
        here = file.tell()
        end = file.seek(0, os.SEEK_END)
        file.seek(here)
    except (AttributeError, OSError):
        return None
    return end - here


def content_disposition(as_attachment: bool, filename: str) -> str:
    """Whether to show or to save, and under which name (RFC 6266)."""
    kind = "attachment" if as_attachment else "inline"
    if not filename:
        return kind if as_attachment else ""
    if filename.isascii() and filename.isprintable():
        escaped = filename.replace("\\", "\\\\").replace('"', r"\"")
        return f'{kind}; filename="{escaped}"'
    # A name from an upload may hold a line end, which must not start a field of its own.
    return f"{kind}; filename*=utf-8''{quote(filename, safe='', errors='replace')}"
