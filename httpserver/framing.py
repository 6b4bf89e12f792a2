"""Where a message body ends: the framing rules of HTTP/1.1, in both directions.

Steps 1 and 10 of the trip. A connection carries many messages, so the end of one must be
beyond doubt: if two servers in a row disagree about it, an attacker hides a request inside
another one's body ("request smuggling").

RFC 9112, sections 6 and 7; RFC 9110, sections 6.4, 8.6 and 15.
In Nginx: ngx_http_request_body.c and ngx_http_chunked_filter_module.c.
"""

import re
from collections.abc import Mapping
from enum import Enum, auto

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
    date_line,
)
from httpserver.parser import TOKEN, parse_fields


class Framing(Enum):
    NONE = auto()  # no body follows the head
    LENGTH = auto()  # Content-Length says how many bytes
    CHUNKED = auto()  # each chunk says how many bytes, 0 ends it
    CLOSE = auto()  # the end of the connection ends it: answers to HTTP/1.0 only


# By their own names, because on Python 3.11 each `Framing.NONE` is a call.
NONE, LENGTH, CHUNKED, CLOSE = Framing


# Content-Length = 1*DIGIT (RFC 9110, 8.6). Twenty digits are more than any disk holds; over
# 4,300 of them int() raises an error of its own. Not str.isdigit: it takes "²" for one.
_LENGTH = re.compile(r"[0-9]{1,20}")


def body_framing(
    fields: Mapping[str, str], version: str, without: Framing = NONE
) -> tuple[Framing, int]:
    """How a message's body is delimited, and its length where known.

    `fields` maps lower-cased names to values, as `Headers.by_name`. `without` is what it means
    that neither field is there: a request has no body then, an answer ends with the connection.

    Raises `BadRequest` where the rules leave doubt (RFC 9112, 6.1 and 6.3): both
    Content-Length and Transfer-Encoding, a repeated length, anything after "chunked".
    """
    coding = fields.get("transfer-encoding")
    told = fields.get("content-length")
    if coding is not None:
        if told is not None:
            raise BadRequest("Content-Length and Transfer-Encoding contradict each other.")
        if version == "HTTP/1.0":
            raise BadRequest("HTTP/1.0 has no Transfer-Encoding.")
        _check_codings(coding)
        return CHUNKED, 0
    if told is None:
        return without, 0
    if not _LENGTH.fullmatch(told):  # two of them come joined by a comma, equal or not
        raise BadRequest("Content-Length is not one number.")
    length = int(told)
    return (LENGTH, length) if length else (NONE, 0)


def _check_codings(field: str) -> None:
    """Accept "chunked" alone.

    Compare the whole member: a server that looks for the word "chunked" somewhere in the
    field is talked into it by `xchunked`, one that strips odd white space by `\\x0bchunked`.
    """
    codings = [coding.strip(" \t").lower() for coding in field.split(",")]
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

    def __init__(self, limits: Limits, bounded: bool = True) -> None:
        """`bounded`: whether all chunks together may be as long as `limits.body` at most."""
        self.trailers = NO_FIELDS
        self._bounded = bounded
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
        if self._bounded and self._length > self._limits.body:
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
            text = buffer[: end + 4].decode("latin-1")
            self.trailers = Headers(parse_fields(text, 0, self._limits))
            end += 2
        del buffer[: end + 2]
        self._part = _Part.END
        return True


class RawReader:
    """Takes whatever comes: in a tunnel, bytes are no longer messages."""

    trailers = NO_FIELDS
    complete = False

    def read(self, buffer: bytearray) -> bytes:
        data = bytes(buffer)
        buffer.clear()
        return data


BodyReader = LengthReader | ChunkedReader | RawReader


# --- The way out ---------------------------------------------------------------------------

_TOKEN = re.compile(TOKEN)

# Fields of the connection, not of the answer: the server's to set (RFC 9110, 7.6.1).
_OURS = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length"})
_LOOKED_AT = _OURS | {"date", "server"}


class HandlerError(Exception):
    """A response that must not go out as it is: the handler's mistake, answered by 500."""


class _Names(dict[str, str]):
    """For each name of a response field what we look at it for: its lower-cased form, or "".

    A site sets the same few names on every answer, so each is checked when it is first seen.
    How many are remembered is bounded, since a handler might make names out of what a stranger
    sends.
    """

    def __missing__(self, name: str) -> str:
        if not isinstance(name, str) or not _TOKEN.fullmatch(name):
            raise HandlerError(f"The name of a field must be a token: {name!r}.")
        lowered = name.lower()
        reason = lowered if lowered in _LOOKED_AT else ""
        if len(self) < 1000:
            self[name] = reason
        return reason


_names = _Names()

# The first bytes of an answer, how its body follows, with which length (where the framing is
# LENGTH), and whether the connection goes on.
ResponseHead = tuple[bytes, Framing, int, bool]


def response_head(
    request: Request, response: Response, keep_alive: bool, server_name: str = ""
) -> ResponseHead:
    """The head of `response` as the answer to `request`, and the framing of its body.

    Adds Date, Server and what the framing needs; `keep_alive` is whether the server would
    go on with this connection. Raises `HandlerError` for a head that would not be what it
    seems: with a CR, LF or NUL let through, whoever controls a value writes fields, or a
    whole second answer, of his own.
    """
    status = response.status
    if not 200 <= status <= 999 and status != 101:
        raise HandlerError(f"{status} is not the status of a final answer.")
    lines = [f"HTTP/1.1 {status} {response.reason}\r\n"]
    told = None
    date = date_line()
    for name, value in response.headers:
        looked_at = _names[name]
        if looked_at:
            if looked_at == "content-length":
                told = _told_length(value, told)
            elif looked_at == "date":
                date = ""
            elif looked_at == "server":
                server_name = ""
            elif looked_at == "connection" and "close" in value.lower():
                keep_alive = False
            if looked_at in _OURS:
                continue
        lines.append(f"{name}: {value}\r\n")
    framing, length = _response_framing(request, response, told)
    if date:
        lines.append(date)
    if server_name:
        lines.append(f"Server: {server_name}\r\n")
    if framing is LENGTH:
        lines.append(f"Content-Length: {length}\r\n")
    elif framing is CHUNKED:
        lines.append("Transfer-Encoding: chunked\r\n")
    elif framing is CLOSE:
        keep_alive = False
    if status == 101:
        lines.append("Connection: Upgrade\r\n")
    elif not keep_alive:
        lines.append("Connection: close\r\n")
    elif request.version == "HTTP/1.0":
        lines.append("Connection: keep-alive\r\n")
    if request.method == "HEAD" or status == 304:
        framing, length = NONE, 0  # the fields speak of a body that does not come
    return _encode(lines), framing, length, keep_alive


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
    if status == 101:
        return CLOSE, 0  # what follows is no HTTP any more
    if status == 204:
        return NONE, 0  # neither content nor a length (RFC 9110, 8.6)
    if status == 205:
        return LENGTH, 0  # "no content" said by a length (RFC 9110, 15.3.6)
    without_body = status == 304 or request.method == "HEAD"
    known = None
    if isinstance(body, bytes):
        known = len(body)
    elif isinstance(body, File):
        known = body.length
    if without_body and not known:
        # An empty body says nothing of how long the full answer would be.
        return (NONE, 0) if told is None else (LENGTH, told)
    if known is not None and told is not None and known != told:
        raise HandlerError(f"Content-Length says {told}, but the body has {known} bytes.")
    length = known if told is None else told
    if length is not None:
        return LENGTH, length
    if without_body:
        return NONE, 0
    return (CHUNKED if request.version == "HTTP/1.1" else CLOSE), 0


def _encode(lines: list[str]) -> bytes:
    """The lines and the empty one after them, each proved to be one line."""
    head = "".join(lines)
    if not head.count("\n") == head.count("\r") == len(lines) or "\0" in head:
        bad = next(
            line for line in lines if line.count("\r") + line.count("\n") > 2 or "\0" in line
        )
        raise HandlerError(f"A status or field must be one line, without NUL: {bad!r}.")
    try:
        return (head + "\r\n").encode("latin-1")
    except UnicodeEncodeError:
        bad = next(line for line in lines if not _is_latin_1(line))
        raise HandlerError(f"A status or field must be latin-1: {bad[:80]!r}.") from None


def _is_latin_1(text: str) -> bool:
    return all(character <= "\xff" for character in text)


def chunk(data: bytes) -> bytes:
    """One piece of a chunked body. An empty one would end it, so there are none."""
    return b"%x\r\n%b\r\n" % (len(data), data) if data else b""


LAST_CHUNK = b"0\r\n\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
