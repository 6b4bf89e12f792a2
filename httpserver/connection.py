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
import tempfile
from collections.abc import Callable
from enum import Enum, auto
from io import BytesIO
from typing import BinaryIO

from httpserver.events import announce, observers
from httpserver.framing import (
    CONTINUE,
    BodyReader,
    ChunkedReader,
    Framing,
    LengthReader,
    ResponseHead,
    request_framing,
    response_head,
)
from httpserver.limits import Limits
from httpserver.messages import (
    Address,
    ContentTooLarge,
    ExpectationFailed,
    HTTPError,
    Request,
    Response,
    error_response,
)
from httpserver.parser import find_head_end, parse_head


class State(Enum):
    IDLE = auto()  # nothing of a request has come
    HEAD = auto()  # a part of a head has come
    BODY = auto()  # the head is read, the body is on its way
    HANDLING = auto()  # a handler has the request
    SENDING = auto()  # the answer's head is out, its body follows
    DRAINING = auto()  # the last answer is out; what still comes is dropped
    CLOSED = auto()


# What may follow what. From everywhere to CLOSED: the client may leave at any time.
TRANSITIONS = {
    State.IDLE: {State.HEAD, State.CLOSED},
    State.HEAD: {State.BODY, State.HANDLING, State.CLOSED},
    State.BODY: {State.HANDLING, State.CLOSED},
    State.HANDLING: {State.SENDING, State.CLOSED},
    State.SENDING: {State.IDLE, State.DRAINING, State.CLOSED},
    State.DRAINING: {State.CLOSED},
    State.CLOSED: set(),
}

Admit = Callable[[Request], Response | None]
Step = Request | Response | None

_ids = itertools.count(1)


class Connection:
    """The protocol's side of one client."""

    __slots__ = (
        "_admit",
        "_body",
        "_body_length",
        "_buffer",
        "_dropped",
        "_input_ended",
        "_keep_alive",
        "_limits",
        "_linger",
        "_reader",
        "_scanned",
        "_served",
        "_skipped",
        "client",
        "closing",
        "id",
        "interim",
        "request",
        "server",
        "state",
    )

    def __init__(
        self,
        limits: Limits,
        client: Address = "",
        server: Address = "",
        admit: Admit | None = None,
    ) -> None:
        self.id = next(_ids)
        self.client = client
        self.server = server
        self.state = State.IDLE
        self.request: Request | None = None  # the one that is read or answered now
        self.closing = False  # set from outside: the next answer is the last
        self.interim = b""  # to be written now, before anything else: 100 Continue
        self._limits = limits
        self._admit = admit
        self._buffer = bytearray()
        self._scanned = 0  # how far the buffer was searched for the end of a head
        self._skipped = False  # an empty line before the request line
        self._reader: BodyReader | None = None
        self._body: BinaryIO | None = None
        self._body_length = 0
        self._served = 0
        self._keep_alive = True
        self._linger = False
        self._input_ended = False
        self._dropped = 0

    def _go(self, state: State) -> None:
        if state not in TRANSITIONS[self.state]:
            raise RuntimeError(f"A connection cannot go from {self.state} to {state}.")
        self.state = state

    # --- What comes ---

    def receive(self, data: bytes) -> Step:
        """Take bytes from the client; what to do now. b"" is the end of the input."""
        if observers and data:
            announce("bytes.received", connection=self.id, data=data)
        if self.state is State.CLOSED:
            return None
        if self.state is State.DRAINING:
            self._dropped += len(data)
            if not data or self._dropped > self._limits.linger_bytes:
                self._go(State.CLOSED)
            return None
        if not data:
            self._end_of_input()
            return None
        self._buffer += data
        return self.proceed()

    def _end_of_input(self) -> None:
        """The client sends no more. It may still read: what it asked for is answered."""
        self._input_ended = True
        if self.state in (State.IDLE, State.HEAD, State.BODY):
            self._close()

    def proceed(self) -> Step:
        """Go on with the bytes that are here already; what to do now."""
        try:
            if self.state in (State.IDLE, State.HEAD):
                step = self._read_head()
            elif self.state is State.BODY:
                step = self._read_body()
            else:
                return None  # read ahead: it waits for the present answer
        except HTTPError as error:
            return self.refuse(error_response(error.status, error.detail))
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
        if self.state is State.IDLE:
            self._go(State.HEAD)
        self._go(State.HANDLING)
        return response

    def _read_head(self) -> Step:
        buffer = self._buffer
        if self.state is State.IDLE and not self._skipped and buffer.startswith(b"\r\n"):
            # Old clients send one empty line too many after a body (RFC 9112, 2.2).
            del buffer[:2]
            self._skipped = True
        if not buffer or buffer == b"\r":
            return None
        if self.state is State.IDLE:
            self._go(State.HEAD)
        end = find_head_end(buffer, self._scanned, self._limits)
        if end < 0:
            self._scanned = len(buffer)
            return None
        head = buffer[:end]
        del buffer[:end]
        self._scanned = 0
        self._skipped = False
        request = self.request = parse_head(head, self._limits)
        request.client = self.client
        request.server = self.server
        self._served += 1
        self._keep_alive = self._wants_keep_alive(request)
        if observers:
            announce("head.parsed", connection=self.id, request=request)
        return self._expect_body(request)

    def _wants_keep_alive(self, request: Request) -> bool:
        """RFC 9112, 9.3: 1.1 goes on unless told to close, 1.0 closes unless asked not to."""
        if self._served >= self._limits.requests_per_connection or not self._limits.keep_alive:
            return False
        options = request.headers.tokens("connection")
        if request.version == "HTTP/1.0":
            return "keep-alive" in options and "close" not in options
        return "close" not in options

    def _expect_body(self, request: Request) -> Step:
        framing, length = request_framing(request.headers, request.version)
        if length > self._limits.body:
            raise ContentTooLarge(f"The body is longer than {self._limits.body} bytes.")
        expects = request.headers.tokens("expect") if request.version == "HTTP/1.1" else []
        if expects and expects != ["100-continue"]:
            raise ExpectationFailed(f"Only 100-continue can be expected, not {expects[0]!r}.")
        refusal = self._admit(request) if self._admit is not None else None
        if refusal is not None:
            return self.refuse(refusal)
        if framing is Framing.NONE:
            self._go(State.HANDLING)
            return request
        self._reader = (
            LengthReader(length) if framing is Framing.LENGTH else ChunkedReader(self._limits)
        )
        self._body = BytesIO()
        self._body_length = 0
        self._go(State.BODY)
        if expects and not self._buffer:
            self.interim = CONTINUE  # the client waits for this before it sends the body
        return self._read_body()

    def _read_body(self) -> Request | None:
        request, reader, body = self.request, self._reader, self._body
        assert request is not None
        assert reader is not None
        assert body is not None
        data = reader.read(self._buffer)
        if data:
            self._body_length += len(data)
            if self._body_length > self._limits.body_in_memory and isinstance(body, BytesIO):
                # A slow client with a large body costs a file, not memory and not a worker.
                spooled = tempfile.TemporaryFile()  # noqa: SIM115  (closed with the answer)
                spooled.write(body.getbuffer())
                body = self._body = spooled
            body.write(data)
        if not reader.complete:
            return None
        body.seek(0)
        request.body = body
        request.content_length = self._body_length
        request.trailers = reader.trailers
        self._reader = self._body = None
        if observers:
            announce("body.received", connection=self.id, request=request, length=self._body_length)
        self._go(State.HANDLING)
        return request

    @property
    def wants_input(self) -> bool:
        """Whether it makes sense to read from the client now: else let it wait."""
        if self._input_ended or self.state is State.CLOSED:
            return False
        if self.state in (State.HANDLING, State.SENDING):
            return len(self._buffer) < self._limits.pipelined
        return True

    # --- What goes ---

    def respond(self, response: Response, server_name: str = "") -> ResponseHead:
        """The head of the answer. Raises `HandlerError`, and then nothing has happened."""
        assert self.request is not None
        keep_alive = self._keep_alive and not self.closing
        head = response_head(self.request, response, keep_alive, server_name)
        self._keep_alive = head.keep_alive
        self._go(State.SENDING)
        if observers:
            announce("response.started", request=self.request, response=response, head=head.head)
        return head

    def answered(self) -> None:
        """The answer is out: to the next request, to the end, or to a lingering end.

        A socket that is closed with bytes unread sends a reset, and a reset makes the
        client's system forget the answer that it has not read yet. So where input is
        unread, the write side alone is shut, and input dropped for a while (RFC 9112, 9.6).
        """
        self.request = None
        if self._keep_alive:
            self._go(State.IDLE)
        elif (self._linger or self._buffer) and not self._input_ended:
            self._dropped = len(self._buffer)
            self._buffer.clear()
            self._go(State.DRAINING)
        else:
            self._go(State.CLOSED)

    def _close(self) -> None:
        self._go(State.CLOSED)
        self._discard()

    def abandon(self) -> None:
        """The socket is gone, in whatever state that finds us."""
        self.state = State.CLOSED
        self._discard()

    def _discard(self) -> None:
        """Let go of what was received of a request that will never be whole."""
        if self._body is not None:
            self._body.close()
            self._body = None
