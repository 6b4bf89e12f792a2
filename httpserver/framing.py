"""Where a message body ends: the framing rules of HTTP/1.1, in both directions.

Steps 1 and 10 of the trip. A connection carries many messages, so the end of one must be
beyond doubt: if two servers in a row disagree about it, an attacker hides a request inside
another one's body ("request smuggling").

RFC 9112, sections 6 and 7; RFC 9110, sections 6.4, 8.6 and 15.
In Nginx: ngx_http_request_body.c and ngx_http_chunked_filter_module.c.
"""

import re
from enum import Enum, auto
from typing import NamedTuple

from httpserver.limits import Limits
from httpserver.messages import (
    NO_FIELDS,
    BadRequest,
    ContentTooLarge,
    File,
    HeaderFieldsTooLarge,
    Headers,
    NotImplementedCoding,
    Request,
    Response,
    date_now,
)
from httpserver.parser import TOKEN, parse_fields


class Framing(Enum):
    NONE = auto()  # no body follows the head
    LENGTH = auto()  # Content-Length says how many bytes
    CHUNKED = auto()  # each chunk says how many bytes, 0 ends it
    CLOSE = auto()  # the end of the connection ends it: answers to HTTP/1.0 only


# Content-Length = 1*DIGIT (RFC 9110, 8.6). Twenty digits are more than any disk holds, and
# int() would take a minute over a million of them. Not str.isdigit: it takes "²" for one.
_LENGTH = re.compile(r"[0-9]{1,20}")


def request_framing(headers: Headers, version: str) -> tuple[Framing, int]:
    """How this request's body is delimited, and its length where known.

    Raises `BadRequest` where the rules leave doubt (RFC 9112, 6.1 and 6.3): both
    Content-Length and Transfer-Encoding, a repeated length, anything after "chunked".
    """
    codings = headers.get_all("transfer-encoding")
    lengths = headers.get_all("content-length")
    if codings:
        if lengths:
            raise BadRequest("Content-Length and Transfer-Encoding contradict each other.")
        if version == "HTTP/1.0":
            raise BadRequest("HTTP/1.0 has no Transfer-Encoding.")
        _check_codings(codings)
        return Framing.CHUNKED, 0
    if not lengths:
        return Framing.NONE, 0
    if len(lengths) > 1 or not _LENGTH.fullmatch(lengths[0]):
        raise BadRequest("Content-Length is not one number.")
    length = int(lengths[0])
    return (Framing.LENGTH, length) if length else (Framing.NONE, 0)


def _check_codings(values: list[str]) -> None:
    """Accept "chunked" alone.

    Compare the whole member: a server that looks for the word "chunked" somewhere in the
    field is talked into it by `xchunked`, one that strips odd white space by `\\x0bchunked`.
    """
    codings = [coding.strip(" \t").lower() for coding in ",".join(values).split(",")]
    if codings[-1] != "chunked" or codings.count("chunked") != 1:
        raise BadRequest("Transfer-Encoding does not end in one 'chunked'.")
    if len(codings) > 1:
        raise NotImplementedCoding(f"The transfer coding {codings[0]!r} is not known here.")


class LengthReader:
    """Takes a body of known length off the front of a buffer."""

    trailers: Headers = NO_FIELDS

    def __init__(self, length: int) -> None:
        self.missing = length

    @property
    def complete(self) -> bool:
        return self.missing == 0

    def read(self, buffer: bytearray) -> bytes:
        """What belongs to the body; what comes after stays in the buffer."""
        data = bytes(buffer[: self.missing])
        del buffer[: self.missing]
        self.missing -= len(data)
        return data


class _Part(Enum):
    """What a chunked body goes on with."""

    SIZE = auto()
    DATA = auto()
    DATA_END = auto()
    TRAILERS = auto()
    END = auto()


# chunk          = chunk-size [ chunk-ext ] CRLF chunk-data CRLF      (RFC 9112, 7.1)
# chunk-size     = 1*HEXDIG
# chunk-ext      = *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] )
# Not int(line, 16): that takes "0x1f", "+1f", "1_f" and " 1f " as well. Nothing is known
# of any extension, so they are passed over, but no control character may hide in one.
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,16})(?:[ \t]*;[\t -~\x80-\xff]*)?")


class ChunkedReader:
    """Takes a chunked body off the front of a buffer, in whatever pieces it comes."""

    def __init__(self, limits: Limits) -> None:
        self.trailers = NO_FIELDS
        self._limits = limits
        self._part = _Part.SIZE
        self._missing = 0  # of the present chunk
        self._length = 0  # of all chunks announced so far

    @property
    def complete(self) -> bool:
        return self._part is _Part.END

    def read(self, buffer: bytearray) -> bytes:
        """The data that has come; what comes after the body stays in the buffer.

        Raises 400 for a malformed chunk, 413 when the chunks together pass the limit,
        431 for too many trailers.
        """
        steps = {
            _Part.SIZE: self._read_size,
            _Part.DATA_END: self._read_data_end,
            _Part.TRAILERS: self._read_trailers,
        }
        pieces = []
        while self._part is not _Part.END and buffer:
            if self._part is _Part.DATA:
                piece = bytes(buffer[: self._missing])
                del buffer[: self._missing]
                self._missing -= len(piece)
                pieces.append(piece)
                if self._missing == 0:
                    self._part = _Part.DATA_END
            elif not steps[self._part](buffer):
                break  # more bytes are needed
        return b"".join(pieces)

    def _read_size(self, buffer: bytearray) -> bool:
        limit = self._limits.chunk_line
        end = buffer.find(b"\r\n", 0, limit + 2)
        if end < 0:
            if len(buffer) >= limit + 2:
                raise BadRequest(f"A chunk's size line is longer than {limit} bytes.")
            return False
        line = bytes(buffer[:end])
        match = _CHUNK_SIZE.fullmatch(line)
        if match is None:
            raise BadRequest(f"This is not the size of a chunk: {line[:40]!r}.")
        del buffer[: end + 2]
        self._missing = int(match[1], 16)
        self._length += self._missing
        if self._length > self._limits.body:
            raise ContentTooLarge(f"The body is longer than {self._limits.body} bytes.")
        self._part = _Part.DATA if self._missing else _Part.TRAILERS
        return True

    def _read_data_end(self, buffer: bytearray) -> bool:
        if len(buffer) < 2:
            return False
        if buffer[:2] != b"\r\n":
            raise BadRequest("A chunk's data is not as long as its size says.")
        del buffer[:2]
        self._part = _Part.SIZE
        return True

    def _read_trailers(self, buffer: bytearray) -> bool:
        """The fields after the last chunk, kept apart from those of the head: merged, a
        late Host or Content-Length would change what was already decided."""
        limit = self._limits.trailers
        if buffer.startswith(b"\r\n"):
            end = 0
        else:
            end = buffer.find(b"\r\n\r\n", 0, limit + 4)
            if end < 0:
                if len(buffer) >= limit + 4:
                    raise HeaderFieldsTooLarge(f"The trailers are longer than {limit} bytes.")
                return False
            text = buffer[: end + 2].decode("latin-1")
            self.trailers = Headers(parse_fields(text, self._limits))
            end += 2
        del buffer[: end + 2]
        self._part = _Part.END
        return True


BodyReader = LengthReader | ChunkedReader


# --- The way out ---------------------------------------------------------------------------

# What a handler gives must stay the line that it was meant to be. With a CR, LF or NUL let
# through, whoever controls a value writes fields, or a whole second answer, of his own.
_HEAD_OUT = re.compile(rf"HTTP/1\.1 [0-9]{{3}} [^\r\n\x00]*\r\n(?:{TOKEN}: [^\r\n\x00]*\r\n)*")

# Fields of the connection, not of the answer: the server's to set (RFC 9110, 7.6.1).
_OURS = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length"})


class HandlerError(Exception):
    """A response that must not go out as it is: the handler's mistake, answered by 500."""


class ResponseHead(NamedTuple):
    """The first bytes of an answer, and how the rest follows."""

    head: bytes
    framing: Framing
    length: int  # with Framing.LENGTH
    keep_alive: bool


def response_head(
    request: Request, response: Response, keep_alive: bool, server_name: str = ""
) -> ResponseHead:
    """The status line and fields of this answer to this request, framed.

    Raises `HandlerError` for a status or field that must not be written.
    """
    status = response.status
    if not 200 <= status <= 999:
        raise HandlerError(f"The status {status!r} is not one of a final response (200 to 999).")
    lines = [f"HTTP/1.1 {status} {response.reason}\r\n"]
    given = set()
    told = None
    for name, value in response.headers:
        lowered = name.lower()
        if lowered in _OURS:
            if lowered == "content-length":
                told = _told_length(value, told)
            elif lowered == "connection" and "close" in value.lower():
                keep_alive = False
            continue
        given.add(lowered)
        lines.append(f"{name}: {value}\r\n")
    framing, length = _response_framing(request, response, told)
    keep_alive = keep_alive and framing is not Framing.CLOSE
    if "date" not in given:
        lines.append(f"Date: {date_now()}\r\n")
    if server_name and "server" not in given:
        lines.append(f"Server: {server_name}\r\n")
    if framing is Framing.CHUNKED:
        lines.append("Transfer-Encoding: chunked\r\n")
    elif framing is Framing.LENGTH:
        lines.append(f"Content-Length: {length}\r\n")
    if not keep_alive:
        lines.append("Connection: close\r\n")
    elif request.version == "HTTP/1.0":
        lines.append("Connection: keep-alive\r\n")
    if request.method == "HEAD" or status == 304:
        framing, length = Framing.NONE, 0  # the fields speak of a body that does not come
    return ResponseHead(_encode(lines), framing, length, keep_alive)


def _told_length(value: str, before: int | None) -> int:
    if before is not None or not _LENGTH.fullmatch(value):
        raise HandlerError(f"The Content-Length {value!r} is not one number.")
    return int(value)


def _response_framing(
    request: Request, response: Response, told: int | None
) -> tuple[Framing, int]:
    """How the answer's end is marked, and with which length (RFC 9112, 6.3).

    HEAD and 304 are framed as the full answer to GET would be, and sent without its body.
    """
    status, body = response.status, response.body
    if status == 204:
        return Framing.NONE, 0  # neither content nor a length (RFC 9110, 8.6)
    if status == 205:
        return Framing.LENGTH, 0  # "no content" said by a length (RFC 9110, 15.3.6)
    without_body = request.method == "HEAD" or status == 304
    known = None
    if isinstance(body, bytes):
        known = len(body)
    elif isinstance(body, File):
        known = body.length
    if without_body and not known:
        # An empty body says nothing of how long the full answer would be.
        return (Framing.NONE, 0) if told is None else (Framing.LENGTH, told)
    if known is not None and told is not None and known != told:
        raise HandlerError(f"Content-Length says {told}, but the body has {known} bytes.")
    length = known if told is None else told
    if length is not None:
        return Framing.LENGTH, length
    if without_body:
        return Framing.NONE, 0
    return (Framing.CHUNKED if request.version == "HTTP/1.1" else Framing.CLOSE), 0


def _encode(lines: list[str]) -> bytes:
    head = "".join(lines)
    if not _HEAD_OUT.fullmatch(head) or head.count("\n") != len(lines):
        bad = next((line for line in lines[1:] if not _is_one_field(line)), lines[0])
        raise HandlerError(
            f"A status or field must be one line, with a token for its name: {bad!r}."
        )
    try:
        return (head + "\r\n").encode("latin-1")
    except UnicodeEncodeError as error:
        raise HandlerError(f"A response field is not latin-1: {head[error.start :][:40]!r}.")


def _is_one_field(line: str) -> bool:
    return re.fullmatch(rf"{TOKEN}: [^\r\n\x00]*\r\n", line) is not None


def chunk(data: bytes) -> bytes:
    """One piece of a chunked body. An empty one would end it, so there are none."""
    return b"%x\r\n%b\r\n" % (len(data), data) if data else b""


LAST_CHUNK = b"0\r\n\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
