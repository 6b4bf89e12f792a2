"""What travels: the request that came, the response that goes, the fields of both.

Steps 1 and 10 of the trip. These are plain values: they know nothing of sockets, and
little of the wire. The parser makes a `Request` out of bytes, a handler turns it into a
`Response`, the framing makes bytes of that again.

RFC 9110, sections 5 (fields) and 6 (messages).  In Nginx: ngx_http_request_t; in
Gunicorn: gunicorn/http/message.py.
"""

import itertools
import os
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from io import BytesIO
from typing import TYPE_CHECKING, Any, BinaryIO

from httpserver.limits import Limits

if TYPE_CHECKING:
    from httpserver.balancing import Group

Field = tuple[str, str]
Address = tuple[str, int] | str  # host and port; for a Unix socket its path, "" for its peers


class Headers:
    """The fields of a message, in the order of their arrival; names ignore case.

    Values are `str` of latin-1: one character for one byte, so nothing is lost. The
    fields are kept as they came, and an index by lower-cased name is made at the first
    look-up. Several lines of one name are one entry there, joined by ", ": that they mean
    the same is RFC 9110, 5.3. The exception is Set-Cookie, for which there is `get_all`.
    """

    __slots__ = ("_fields", "_index")

    def __init__(self, fields: Iterable[Field] = ()) -> None:
        self._fields: list[Field] = fields if type(fields) is list else list(fields)
        self._index: dict[str, str] | None = None

    @property
    def by_name(self) -> Mapping[str, str]:
        """Lower-cased name to value. The usual message, without repetitions, is read fast."""
        index = self._index
        if index is None:
            index = {name.lower(): value for name, value in self._fields}
            if len(index) != len(self._fields):
                index = {}
                for name, value in self._fields:
                    name = name.lower()
                    if name in index:
                        # Cookies are joined as a browser would have joined them (RFC 6265, 5.4).
                        mark = "; " if name == "cookie" else ", "
                        value = index[name] + mark + value
                    index[name] = value
            self._index = index
        return index

    def get(self, name: str, default: str | None = None) -> str | None:
        """The value of a field; several lines of one name are joined by ", "."""
        return self.by_name.get(name.lower(), default)

    def get_all(self, name: str) -> list[str]:
        """Every value that came under this name, one for each line."""
        name = name.lower()
        return [value for key, value in self._fields if key.lower() == name]

    def tokens(self, name: str) -> list[str]:
        """A list-valued field's members, lower-cased: `Connection: Keep-Alive, TE`."""
        value = self.get(name)
        if not value:
            return []
        members = value.split(",")
        return [member.strip(" \t").lower() for member in members if member.strip(" \t")]

    def items(self) -> list[Field]:
        """All fields as (name, value), in order of arrival."""
        return list(self._fields)

    def __getitem__(self, name: str) -> str:
        value = self.get(name)
        if value is None:
            raise KeyError(name)
        return value

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self.by_name

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Headers):
            return NotImplemented
        ours = [(name.lower(), value) for name, value in self._fields]
        return ours == [(name.lower(), value) for name, value in other._fields]

    __hash__ = None  # type: ignore[assignment]  # equal by value, so not a key

    def __repr__(self) -> str:
        return f"Headers({self._fields!r})"


NO_FIELDS = Headers()

_numbers = itertools.count(1)


def client_name(client: Address) -> str:
    """The client's address without its port; a Unix socket's peers have none."""
    return (client if isinstance(client, str) else client[0]) or "unix"


def _new_prefix() -> None:
    """Each worker process marks its requests with a prefix of its own."""
    global _prefix
    _prefix = os.urandom(3).hex()


_prefix = ""
_new_prefix()
os.register_at_fork(after_in_child=_new_prefix)


class Request:
    """A parsed request. The body has been received whole before a handler sees it.

    `path` and `query` are as they came, still percent-encoded; `target` is the two (or
    the absolute form) as one. `body` stands at position 0 and holds `content_length`
    bytes. `id` is short and unique among all workers' requests.
    """

    # What most requests have, or do not have, is said once for all: it is set where it differs.
    client: Address = ""
    server: Address = ""
    scheme = "http"
    content_length = 0
    trailers = NO_FIELDS
    location: Any = None  # what `admit` chose, for the handler

    def __init__(
        self,
        method: str,
        target: str,
        path: str | None = None,
        query: str = "",
        version: str = "HTTP/1.1",
        headers: Headers = NO_FIELDS,
        body: BinaryIO | None = None,
        **more: Any,
    ) -> None:
        self.method = method
        self.target = target
        self.path = target if path is None else path
        self.query = query
        self.version = version
        self.headers = headers
        self.body: BinaryIO = BytesIO() if body is None else body
        self.id = f"{_prefix}-{next(_numbers)}"
        if more:
            self.__dict__.update(more)

    def __repr__(self) -> str:
        return f"<Request {self.method} {self.target}>"


@dataclass(frozen=True, slots=True)
class File:
    """A part of an open file as a body: sent by the kernel (`os.sendfile`), then closed.

    Both on the loop's thread: no thread of the pool waits for the client. So `file.close()`
    must do no more than close; what belongs to the handler's thread, the handler does.
    """

    file: BinaryIO
    offset: int
    length: int


class Source(ABC):
    """A body that arrives by itself, from another thread or another server. Whoever fills it
    wakes the loop at each arrival."""

    @abstractmethod
    def take(self) -> tuple[bytes | None, bool]:
        """On the loop: what has come, and whether that was all. b"" where nothing has come
        yet, None where the body failed, after everything that came before."""

    @abstractmethod
    def abandon(self) -> None:
        """On the loop: nobody takes any more."""


Body = bytes | Iterable[bytes] | File | Source


class Response:
    """A status, fields, and a body: bytes, an iterable of bytes, or a `File`.

    The server adds Date, Server and what the framing needs, and frames an iterable
    without a Content-Length by chunks. When an iterable has a `close()`, it is called
    exactly once, also when the client leaves early.
    """

    __slots__ = ("body", "headers", "reason", "status")

    def __init__(
        self,
        status: int,
        headers: Iterable[Field] = (),
        body: Body = b"",
        reason: str | None = None,
    ) -> None:
        self.status = status
        self.headers: list[Field] = list(headers)
        self.body: Body = body
        self.reason = REASONS.get(status, "") if reason is None else reason

    def __repr__(self) -> str:
        return f"<Response {self.status} {self.reason}>"


@dataclass(eq=False, slots=True)
class Upstream:
    """A handler's answer "ask that server": the loop passes the request on to it.

    `group` is the servers to choose from, and to retry among. `host` is sent in place of the
    client's Host; `upgrade` allows a change to another protocol. `finish` is given what was
    answered and the fields as they came (None where the answer is our own), before it goes to
    the client; it may name another upstream in its place.
    """

    group: "Group"
    request: Request
    host: str | None = None
    upgrade: bool = False
    finish: Callable[[Response, Headers | None], "Response | Upstream"] | None = None


@dataclass(frozen=True, slots=True)
class Admission:
    """What a handler's `admit` grants a request whose head is read and whose body is not."""

    limits: Limits | None = None  # for this request: None, the server's
    stream: bool = False  # hand the request over now, and its body as it comes
    delay: float = 0.0  # seconds to wait before the handler is called
    leave: Callable[[], None] | None = None  # called once, when the request is over


Admit = Callable[[Request], Response | Admission | None]


Handler = Callable[[Request], Response | Upstream]

REASONS = {status.value: status.phrase for status in HTTPStatus}
# The names of RFC 9110, where they are newer than Python's.
REASONS.update({413: "Content Too Large", 414: "URI Too Long", 422: "Unprocessable Content"})


class HTTPError(Exception):
    """A request that cannot be served, with the status that says so (RFC 9110, 15).

    `detail` is one sentence for the person at the other end: what was found, and what
    was expected. It is sent, so it never tells of the server's insides.
    """

    status = 500

    def __init__(self, detail: str = "", status: int | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        if status is not None:
            self.status = status


class BadRequest(HTTPError):
    status = 400


class ContentTooLarge(HTTPError):
    status = 413


class URITooLong(HTTPError):
    status = 414


class ExpectationFailed(HTTPError):
    status = 417


class HeaderFieldsTooLarge(HTTPError):
    status = 431


class NotImplementedCoding(HTTPError):
    status = 501


class VersionNotSupported(HTTPError):
    status = 505


def error_response(status: int, detail: str = "") -> Response:
    """The plain page of an error that the server answers by itself."""
    title = f"{status} {REASONS.get(status, 'Error')}"
    text = f"{title}\n\n{detail}\n" if detail else f"{title}\n"
    body = text.encode("latin-1", "replace")
    return Response(status, [("Content-Type", "text/plain; charset=iso-8859-1")], body)


DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def http_date(timestamp: float) -> str:
    """Seconds since the epoch as HTTP writes a moment: "Sun, 06 Nov 1994 08:49:37 GMT".

    RFC 9110, 5.6.7: always in GMT, always in English, whatever the machine is set to.
    """
    year, month, day, hour, minute, second, weekday, *_ = time.gmtime(timestamp)
    date = f"{DAYS[weekday]}, {day:02} {MONTHS[month - 1]} {year:04}"
    return f"{date} {hour:02}:{minute:02}:{second:02} GMT"


_second = 0
_line = ""


def date_line() -> str:
    """The Date field of this second. Thousands of answers share it, so it is written once."""
    global _second, _line
    second = int(time.time())
    if second != _second:
        # In this order: another thread may at worst read the line of a moment ago.
        _line = f"Date: {http_date(second)}\r\n"
        _second = second
    return _line
