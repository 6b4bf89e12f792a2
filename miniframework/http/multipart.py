"""Forms with files: multipart/form-data, read from the stream piece by piece.

Step 3 of the trip. The body is a row of parts, each with a small head of its own, between
lines that say the boundary:

    --XYZ                                              delimiter
    Content-Disposition: form-data; name="photo"; filename="cat.jpg"
    Content-Type: image/jpeg

    ...bytes...
    --XYZ--                                            the last one

A delimiter may lie across two reads, so as many bytes as it is long are held back until
more has come. Never more than one piece of a file is in memory, and everything is bounded:
a form of a million empty fields costs a client nothing and a server much.

RFC 7578; RFC 2046, 5.1.  Django: django.http.multipartparser.
"""

import re
from collections.abc import Iterator, Mapping
from email.message import Message
from typing import Any, Protocol

from miniframework.conf import settings
from miniframework.exceptions import (
    BadRequest,
    RequestDataTooBig,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from miniframework.http.querydict import QueryDict
from miniframework.http.uploads import FileBuilder, UploadedFile, clean_file_name
from miniframework.utils.datastructures import MultiValueDict
from miniframework.utils.encoding import is_text_encoding

PIECE = 64 * 1024  # bytes per read
PART_HEAD = 8 * 1024  # bytes: a name, a file name and a type need no more
# RFC 2046, 5.1.1: 1 to 70 of these, the last one not a space.
BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,\-./:=? ]{0,69}[0-9A-Za-z'()+_,\-./:=?]\Z")


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class MultiPartParserError(BadRequest):
    """The body is not a well-formed multipart/form-data."""


class MultiPartParser:
    def __init__(
        self, environ: Mapping[str, Any], input_data: Readable, encoding: str | None = None
    ) -> None:
        message = Message()
        message["Content-Type"] = environ.get("CONTENT_TYPE", "")
        boundary = message.get_param("boundary")
        if message.get_content_type() != "multipart/form-data":
            raise MultiPartParserError(f"This is no form: {message['Content-Type']!r}.")
        if not isinstance(boundary, str) or not BOUNDARY.match(boundary):
            raise MultiPartParserError(f"The boundary is missing or malformed: {boundary!r}.")
        self.encoding = encoding or settings.DEFAULT_CHARSET
        if not is_text_encoding(self.encoding):
            raise MultiPartParserError(f"Text cannot be read as {self.encoding!r}.")
        self.input = input_data
        self.delimiter = b"\r\n--" + boundary.encode("ascii")
        # As if a line had ended before the first delimiter, so that all of them look alike.
        self.buffer = b"\r\n"
        self.post = QueryDict(mutable=True, encoding=self.encoding)
        self.files = MultiValueDict()
        self.field_count = self.file_count = self.field_bytes = 0

    def parse(self) -> tuple[QueryDict, MultiValueDict]:
        """The fields and the files; raises MultiPartParserError or a limit's own error."""
        try:
            for _ in self._until_delimiter():
                pass  # the preamble, which nobody reads (RFC 2046, 5.1.1)
            while not self._at_end():
                self._part()
        except BaseException:
            for _, files in self.files.lists():
                for file in files:
                    file.close()
            raise
        self.post._mutable = False
        return self.post, self.files

    # --- The stream ---------------------------------------------------------------------

    def _more(self) -> None:
        data = self.input.read(PIECE)
        if not data:
            raise MultiPartParserError("The body ends before the form does.")
        self.buffer += data

    def _until_delimiter(self) -> Iterator[bytes]:
        """The bytes up to the next delimiter, which is taken off too."""
        while True:
            at = self.buffer.find(self.delimiter)
            if at >= 0:
                if at:
                    yield self.buffer[:at]
                self.buffer = self.buffer[at + len(self.delimiter) :]
                return
            keep = len(self.delimiter) - 1  # it may have begun, and not ended
            if len(self.buffer) > keep:
                yield self.buffer[:-keep]
                self.buffer = self.buffer[-keep:]
            self._more()

    def _at_end(self) -> bool:
        """What follows a delimiter: "--" is the end of the form, a line end the next part."""
        while len(self.buffer) < 2:
            self._more()
        if self.buffer.startswith(b"--"):
            return True
        self._skip_padding()
        return False

    def _skip_padding(self) -> None:
        while b"\r\n" not in self.buffer and len(self.buffer) < 256:
            self._more()
        padding, line_end, rest = self.buffer.partition(b"\r\n")
        if not line_end or padding.strip(b" \t"):
            raise MultiPartParserError("A delimiter is followed by something else on its line.")
        self.buffer = rest

    def _head(self) -> Message:
        """The head of a part, up to its empty line."""
        # The line end of the delimiter counts: a part may have no head at all.
        text = b"\r\n" + self.buffer
        while b"\r\n\r\n" not in text:
            if len(text) > PART_HEAD:
                raise MultiPartParserError(f"The head of a part exceeds {PART_HEAD} bytes.")
            self._more()
            text = b"\r\n" + self.buffer
        head, _, self.buffer = text.partition(b"\r\n\r\n")
        if len(head) > PART_HEAD:
            raise MultiPartParserError(f"The head of a part exceeds {PART_HEAD} bytes.")
        message = Message()
        for line in head.split(b"\r\n")[1:]:
            name, colon, value = line.decode(self.encoding, "replace").partition(":")
            if not colon or re.search(r"[\x00-\x1f\x7f]", value.strip()):
                raise MultiPartParserError("A part has a malformed head.")
            message[name.strip()] = value.strip()
        return message

    # --- The parts ----------------------------------------------------------------------

    def _part(self) -> None:
        head = self._head()
        if "content-transfer-encoding" in head:  # deprecated since RFC 7578, 4.7
            coding = head["content-transfer-encoding"].lower()
            if coding not in ("7bit", "8bit", "binary"):
                raise MultiPartParserError(f"A part is transferred as {coding!r}, not as it is.")
        disposition, params = disposition_of(head.get("content-disposition", ""))
        if disposition != "form-data" or "name" not in params:
            raise MultiPartParserError("A part does not say which field it is.")
        if "filename" in params:
            self._file(params["name"], params["filename"], head.get_content_type())
        else:
            self._field(params["name"])

    def _field(self, name: str) -> None:
        self.field_count += 1
        limit = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
        if limit is not None and self.field_count > limit:
            raise TooManyFieldsSent(
                f"The form has more than {limit} fields (DATA_UPLOAD_MAX_NUMBER_FIELDS)."
            )
        value = bytearray()
        self._count(len(name) + 2)
        for piece in self._until_delimiter():
            self._count(len(piece))
            value += piece
        self.post.appendlist(name, value.decode(self.encoding, "replace"))

    def _count(self, count: int) -> None:
        self.field_bytes += count
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if limit is not None and self.field_bytes > limit:
            raise RequestDataTooBig(
                f"The form's fields exceed {limit} bytes (DATA_UPLOAD_MAX_MEMORY_SIZE)."
            )

    def _file(self, field: str, file_name: str, content_type: str) -> None:
        self.file_count += 1
        limit = settings.DATA_UPLOAD_MAX_NUMBER_FILES
        if limit is not None and self.file_count > limit:
            raise TooManyFilesSent(
                f"The form has more than {limit} files (DATA_UPLOAD_MAX_NUMBER_FILES)."
            )
        file = self._received_file(clean_file_name(file_name), content_type)
        if file is not None:
            self.files.appendlist(field, file)

    def _received_file(self, name: str, content_type: str) -> UploadedFile | None:
        """The part's content; None for a file field that was left empty (it has no name)."""
        builder = FileBuilder(settings.FILE_UPLOAD_MAX_MEMORY_SIZE, settings.FILE_UPLOAD_TEMP_DIR)
        try:
            for piece in self._until_delimiter():
                if name:
                    builder.write(piece)
        except BaseException:
            builder.discard()
            raise
        return builder.finish(name, content_type) if name else None


# name="value" with \" inside quotes, or name=token.
PARAMETER = re.compile(r';\s*([A-Za-z0-9*_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))\s*')


def disposition_of(value: str) -> tuple[str, dict[str, str]]:
    """("form-data", {"name": ..., "filename": ...}); ("", {}) where it cannot be read.

    Browsers write '"' in a name as %22, older ones and other clients as \\"; "\\" before
    anything else is a backslash in a Windows path.
    """
    kind, semicolon, _ = value.partition(";")
    params: dict[str, str] = {}
    at = len(kind)
    while semicolon and at < len(value):
        found = PARAMETER.match(value, at)
        if not found or found[1].lower() in params:
            return "", {}
        text = found[3] if found[2] is None else found[2].replace('\\"', '"')
        for coded, character in (("%22", '"'), ("%0D", "\r"), ("%0A", "\n")):
            text = text.replace(coded, character)
        params[found[1].lower()] = text
        at = found.end()
    return kind.strip().lower(), params
