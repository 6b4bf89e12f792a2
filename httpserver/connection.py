"""One client's conversation as a table of states. Still no socket: bytes in, messages out.

Steps 1 and 10 of the trip. A connection carries one request after the other, and answers
leave in the order in which their requests came, so the next request is parsed only when
the answer to the one before is out. Whoever owns the socket asks three things of it:

- `receive(data)` and `proceed()`: what to do now. A `Request` is to be handled, a
  `Response` is to be sent as it is (a refusal), `None` means that more bytes are needed.
- `respond(response)`: the head of the answer, and how its body is framed.
- `answered()`: the answer is out. Is there a next request, or is this the end?

RFC 9112, section 9; RFC 9110, sections 7.6 and 10.1.1.
In Nginx: ngx_http_request.c; the table is h11's idea (h11/_state.py).
"""

import itertools
import logging
import tempfile
from enum import IntEnum, auto
from io import BytesIO
from typing import BinaryIO

from httpserver.events import announce, observers
from httpserver.framing import (
    CONTINUE,
    LENGTH,
    NONE,
    BodyReader,
    ChunkedReader,
    LengthReader,
    RawReader,
    ResponseHead,
    body_framing,
    response_head,
)
from httpserver.limits import Limits
from httpserver.messages import (
    Address,
    Admission,
    Admit,
    ContentTooLarge,
    ExpectationFailed,
    HTTPError,
    Request,
    Response,
    client_name,
    error_response,
)
from httpserver.parser import find_head_end, parse_head


class State(IntEnum):  # IntEnum, because the hash of an Enum's member is a call into Python
    IDLE = auto()  # nothing of a request has come
    HEAD = auto()  # a part of a head has come
    BODY = auto()  # the head is read, the body is on its way
    HANDLING = auto()  # a handler has the request
    SENDING = auto()  # the answer's head is out, its body follows
    DRAINING = auto()  # the last answer is out; what still comes is dropped
    CLOSED = auto()


# By their own names, because on Python 3.11 each `State.IDLE` is a call, and a request asks often.
IDLE, HEAD, BODY, HANDLING, SENDING, DRAINING, CLOSED = State

# What may follow what. From everywhere to CLOSED: the client may leave at any time.
TRANSITIONS = {
    IDLE: {HEAD, BODY, HANDLING, CLOSED},
    HEAD: {BODY, HANDLING, CLOSED},
    BODY: {HANDLING, CLOSED},
    HANDLING: {SENDING, CLOSED},
    SENDING: {IDLE, DRAINING, CLOSED},
    DRAINING: {CLOSED},
    CLOSED: set(),
}


Step = Request | Response | None

AS_USUAL = Admission()

_ids = itertools.count(1)

log = logging.getLogger(__name__)


class Connection:
    """The protocol's side of one client."""

    __slots__ = (
        "_body",
        "_dropped",
        "_input_ended",
        "_keep_alive",
        "_limits",
        "_linger",
        "_reader",
        "_scanned",
        "_served",
        "_skipped",
        "admission",
        "admit",
        "body_length",
        "client",
        "closing",
        "id",
        "interim",
        "request",
        "scheme",
        "server",
        "state",
        "unread",
    )

    def __init__(
        self,
        limits: Limits,
        client: Address = "",
        server: Address = "",
        admit: Admit | None = None,
        scheme: str = "http",
    ) -> None:
        self.id = next(_ids)
        self.client = client
        self.server = server
        self.scheme = scheme
        self.state = IDLE
        self.request: Request | None = None  # the one that is read or answered now
        self.admission = AS_USUAL  # what was granted to it
        self.body_length = 0  # bytes of its body that have come
        self.closing = False  # set from outside: the next answer is the last
        self.interim = b""  # to be written now, before anything else: 100 Continue
        self._limits = limits
        self.admit = admit
        self.unread = bytearray()  # what has come and was not looked at
        self._scanned = 0  # how far the buffer was searched for the end of a head
        self._skipped = False  # an empty line before the request line
        self._reader: BodyReader | None = None
        self._body: BinaryIO | None = None
        self._served = 0
        self._keep_alive = True
        self._linger = False
        self._input_ended = False
        self._dropped = 0

    def _go(self, state: State) -> None:
        if state not in TRANSITIONS[self.state]:
            raise RuntimeError(f"A connection cannot go from {self.state!r} to {state!r}.")
        self.state = state

    # --- What comes ---

    def receive(self, data: bytes) -> Step:
        """Take bytes from the client; what to do now. b"" is the end of the input."""
        if observers and data:
            announce("bytes.received", connection=self.id, data=data)
        if not data:
            return self._end_of_input()
        if self.state < DRAINING:
            self.unread += data
            return self.proceed()
        elif self.state is DRAINING:
            self._dropped += len(data)
            if self._dropped > self._limits.linger_bytes:
                self._go(CLOSED)
        return None

    def _end_of_input(self) -> Step:
        """The client sends no more. It may still read: what it asked for is answered."""
        self._input_ended = True
        if self.state is IDLE and self.unread:
            return self.proceed()  # it has asked for more than it took until now
        if self.state not in (HANDLING, SENDING, CLOSED):
            self._close()
        return None

    def proceed(self) -> Step:
        """Go on with the bytes that are here already; what to do now."""
        state = self.state
        try:
            if state is IDLE or state is HEAD:
                step = self._read_head()
            elif state is BODY:
                step = self._read_body()
            else:
                return None  # read ahead: it waits for the present answer
        except HTTPError as error:
            log.info("%s: %s", client_name(self.client), error.detail)
            return self.refuse(error_response(error.status, error.detail))
        except OSError as error:  # the file for a large body: the disk is full, or none is left
            log.error("a body of %s cannot be kept: %s", client_name(self.client), error.strerror)
            self._discard()
            return self.refuse(error_response(507, "There is no room for the body just now."))
        if step is None and self._input_ended:
            self._close()
        return step

    def refuse(self, response: Response) -> Response:
        """Answer without a handler, and be done: what was not read is not to be trusted."""
        self._keep_alive = False
        self._linger = True
        if self.request is None:
            # The log and the framing want a request, even where none could be read.
            self.request = Request("-", "-", client=self.client, server=self.server)
        if self.state is not HANDLING:  # a body that is streamed may turn out bad, too
            self._go(HANDLING)
        return response

    def _read_head(self) -> Step:
        buffer = self.unread
        if self.state is IDLE and not self._skipped and buffer.startswith(b"\r\n"):
            # Old clients send one empty line too many after a body (RFC 9112, 2.2).
            del buffer[:2]
            self._skipped = True
        if not buffer or buffer == b"\r":
            return None
        end = find_head_end(buffer, self._scanned, self._limits)
        if end < 0:
            self._scanned = len(buffer)
            if self.state is IDLE:
                self._go(HEAD)
            return None
        head = buffer[:end]
        del buffer[:end]
        self._scanned = 0
        self._skipped = False
        request = self.request = parse_head(head, self._limits)
        request.client = self.client
        request.server = self.server
        request.scheme = self.scheme
        self._served += 1
        fields = request.headers.by_name
        connection = fields.get("connection", "")
        if request.version == "HTTP/1.1" and (not connection or connection == "keep-alive"):
            self._keep_alive = True
        else:
            self._keep_alive = self._wants_keep_alive(request)
        if observers:
            announce("head.parsed", connection=self.id, request=request)
        return self._expect_body(request)

    def _wants_keep_alive(self, request: Request) -> bool:
        """RFC 9112, 9.3: 1.1 goes on unless told to close, 1.0 closes unless asked not to."""
        options = request.headers.tokens("connection")
        if request.version == "HTTP/1.0":
            return "keep-alive" in options and "close" not in options
        return "close" not in options

    def _expect_body(self, request: Request) -> Step:
        """The head is read. Is there a body, is it wanted, and how will it come?"""
        fields = request.headers.by_name
        framing, length = body_framing(fields, request.version)
        expects = "expect" in fields and self._expects_continue(request)
        if self.admit is not None:
            granted = self.admit(request)
            if isinstance(granted, Response) and framing is NONE:
                self._go(HANDLING)
                return granted  # nothing is left unread, so the client may go on asking
            if isinstance(granted, Response):
                return self.refuse(granted)
            self.admission = granted or AS_USUAL
        if framing is NONE:
            self._go(HANDLING)
            return request
        limits = self.admission.limits or self._limits
        if length > limits.body:
            raise ContentTooLarge(f"The body is longer than {limits.body} bytes.")
        self._reader = LengthReader(length) if framing is LENGTH else ChunkedReader(limits)
        self.body_length = 0
        if expects and not self.unread:
            self.interim = CONTINUE  # the client waits for this before it sends the body
        if self.admission.stream:
            self._go(HANDLING)
            return request
        self._body = BytesIO()
        self._go(BODY)
        return self._read_body()

    def _expects_continue(self, request: Request) -> bool:
        """Whether the client waits for a 100 before it sends the body; 1.0 knows no such thing."""
        if request.version == "HTTP/1.0":
            return False
        expected = request.headers.tokens("expect")
        if expected != ["100-continue"]:
            raise ExpectationFailed(f"Only 100-continue can be expected, not {expected!r}.")
        return True

    def _read_body(self) -> Request | None:
        request, reader, body = self.request, self._reader, self._body
        assert request is not None
        assert reader is not None
        assert body is not None
        data = reader.read(self.unread)
        if data:
            self.body_length += len(data)
            limits = self.admission.limits or self._limits
            if self.body_length > limits.body_in_memory and isinstance(body, BytesIO):
                # A slow client with a large body costs a file, not memory and not a worker.
                spooled = tempfile.TemporaryFile()  # noqa: SIM115  (closed with the answer)
                self._body = spooled
                spooled.write(body.getbuffer())
                body = spooled
            body.write(data)
        if not reader.complete:
            return None
        body.seek(0)
        request.body = body
        request.content_length = self.body_length
        request.trailers = reader.trailers
        self._reader = self._body = None
        if observers:
            announce("body.received", connection=self.id, request=request, length=self.body_length)
        self._go(HANDLING)
        return request

    # --- A body that is streamed to another server, and a tunnel through this one ---

    @property
    def streams(self) -> bool:
        """Whether a body, or what a tunnel carries, is still to come while the answer goes."""
        return self._reader is not None and self.state in (HANDLING, SENDING)

    def read_stream(self) -> tuple[bytes, bool]:
        """What has come of it, and whether that was the end. Raises `HTTPError`."""
        assert self._reader is not None
        data = self._reader.read(self.unread)
        self.body_length += len(data)
        complete = self._reader.complete
        if complete:
            self._reader = None
        return data, complete

    def open_tunnel(self) -> None:
        """From here on bytes are bytes, until one side closes (RFC 9110, 7.8)."""
        self._reader = RawReader()

    @property
    def wants_input(self) -> bool:
        """Whether it makes sense to read from the client now: else let it wait."""
        if self._input_ended or self.state is CLOSED:
            return False
        if self.state is HANDLING or self.state is SENDING:
            return len(self.unread) < self._limits.pipelined
        return True

    @property
    def input_ended(self) -> bool:
        return self._input_ended

    # --- What goes ---

    def respond(self, response: Response, server_name: str = "") -> ResponseHead:
        """The head of the answer. Raises `HandlerError`, and then nothing has happened."""
        request = self.request
        assert request is not None
        keep_alive = (
            self._keep_alive
            and not self.closing
            and self._reader is None
            and self._served < self._limits.requests_per_connection
            and self._limits.keep_alive > 0
        )
        head = response_head(request, response, keep_alive, server_name)
        if self._keep_alive and not head[3]:
            self._linger = True  # not the client's wish: its next request may be on the way
        self._keep_alive = head[3]
        self.interim = b""  # who has the answer is asked for no body any more
        self._go(SENDING)
        if observers:
            announce("response.started", request=request, response=response, head=head[0])
        return head

    def answered(self) -> None:
        """The answer is out: to the next request, to the end, or to a lingering end.

        A socket that is closed with bytes unread sends a reset, and a reset may make the
        client's system forget the answer that it has not read yet. So where input is unread,
        or may come, the write side alone is shut, and input dropped for a while (RFC 9112, 9.6).
        """
        self.request = None
        if self._reader is not None:  # the answer did not wait for the end of the body
            self._reader = None
            self._linger = True
        if self._keep_alive:
            self._go(IDLE)
        elif (self._linger or self.unread) and not self._input_ended:
            self._dropped = len(self.unread)
            self.unread.clear()
            self._go(DRAINING)
        else:
            self._go(CLOSED)

    def _close(self) -> None:
        self._go(CLOSED)
        self._discard()

    def abandon(self) -> None:
        """The socket is gone, in whatever state that finds us."""
        self.state = CLOSED
        self._discard()

    def _discard(self) -> None:
        """Let go of what was received of a request that will never be whole."""
        self._reader = None
        body, self._body = self._body, None
        if body is not None:
            try:
                body.close()
            except OSError:
                pass  # what was held back did not fit on the disk, and nobody wants it any more
