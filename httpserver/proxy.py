"""A request passed on to another server, and its answer passed back: by the loop itself.

Step 1 of the trip, and step 10, where the answer is made elsewhere. An `Exchange` is one
client's request on its way through one or, when that fails, several servers behind us. It
has states of its own and never waits, so that a slow server there stalls nobody here. What
it holds is bounded in both directions: it reads from either side only as fast as the other
side takes.

RFC 9110, section 7.6; RFC 9112, section 9.  In Nginx: ngx_http_upstream.c.
"""

import errno
import logging
import os
import socket
import time
from collections.abc import Callable
from enum import IntEnum, auto

from httpserver.balancing import Backend, Group
from httpserver.forwarding import (
    IDEMPOTENT,
    BadGateway,
    Reply,
    find_reply,
    hops_left,
    parse_reply,
    reply_fields,
    request_head,
    wanted_upgrade,
)
from httpserver.framing import (
    CHUNKED,
    CLOSE,
    LAST_CHUNK,
    LENGTH,
    NONE,
    BodyReader,
    ChunkedReader,
    Framing,
    LengthReader,
    RawReader,
    chunk,
)
from httpserver.limits import Limits
from httpserver.loop import READ, WRITE, Loop
from httpserver.messages import (
    Admission,
    HTTPError,
    Request,
    Response,
    Source,
    Upstream,
    error_response,
)

RECEIVE_SIZE = 64 * 1024
PART = 64 * 1024  # of a buffered body, read for the upstream at once
INTERNAL_REDIRECTS = 5  # upstreams that send a request on to each other, in a circle perhaps

log = logging.getLogger(__name__)


class State(IntEnum):
    CHOOSING = auto()  # no server yet, or the next one
    CONNECTING = auto()
    SENDING = auto()  # the request goes out
    AWAITING = auto()  # it is out, the answer's head is to come
    RECEIVING = auto()  # the answer's body comes
    TUNNEL = auto()  # bytes in both directions
    DONE = auto()


CHOOSING, CONNECTING, SENDING, AWAITING, RECEIVING, TUNNEL, DONE = State

TRANSITIONS = {
    CHOOSING: {CONNECTING, SENDING, CHOOSING, DONE},  # CHOOSING: it cannot be reached at all
    CONNECTING: {SENDING, CHOOSING, DONE},
    # An answer may come before the request is out: "too large", "who are you?".
    SENDING: {AWAITING, RECEIVING, TUNNEL, CHOOSING, DONE},
    AWAITING: {RECEIVING, TUNNEL, CHOOSING, DONE},
    RECEIVING: {DONE, CHOOSING},  # CHOOSING: the answer names another place (X-Accel-Redirect)
    TUNNEL: {DONE},
    DONE: {CHOOSING},  # as before, of an answer that was here whole
}


class Proxy:
    """A handler that has a group of servers answer.

    `host` is sent in place of the client's Host field. With `stream_body` the request is passed
    on while its body is still coming; else the body is buffered first, so that a slow client
    holds none of the servers' workers. With `upgrade`, a client may change to another protocol.
    """

    def __init__(
        self,
        group: Group,
        *,
        host: str | None = None,
        stream_body: bool = False,
        upgrade: bool = False,
    ) -> None:
        self.group = group
        self.host = host
        self.stream_body = stream_body
        self.upgrade = upgrade

    def admit(self, request: Request) -> Admission | None:
        return Admission(stream=True) if self.stream_body else None

    def __call__(self, request: Request) -> Upstream | Response:
        if hops_left(request) == 0:
            return Response(204) if request.method == "OPTIONS" else error_response(405)
        return Upstream(self.group, request, host=self.host, upgrade=self.upgrade)


class UpstreamBody(Source):
    """The body of an answer, as it comes from the server behind us."""

    def __init__(self, exchange: "Exchange") -> None:
        self._exchange = exchange
        self._parts: list[bytes] = []
        self.held = 0
        self.finished = False
        self.failed = False

    def put(self, part: bytes) -> None:
        self._parts.append(part)
        self.held += len(part)

    def take(self) -> tuple[bytes | None, bool]:
        if self.failed and not self._parts:
            return None, True
        data = b"".join(self._parts)
        self._parts.clear()
        self.held = 0
        if data:
            self._exchange.taken()
        return data, self.finished and not self.failed

    def abandon(self) -> None:
        self._exchange.abandon()


class Exchange:
    """One request with the servers behind us, up to the end of the answer."""

    def __init__(
        self,
        upstream: Upstream,
        loop: Loop,
        limits: Limits,
        respond: Callable[[Response], None],
        wake: Callable[[], None],
    ) -> None:
        self.state = CHOOSING
        self._upstream = upstream
        self._request = upstream.request
        self._loop = loop
        self._limits = limits
        self._respond = respond  # told the answer, once its head is here
        self._wake = wake  # told that there is more of it, or room for more of the request
        self._streams = False
        self._redirects = 0
        self._failures = 0
        self._last_status = 502  # of the last failure
        self._forget_tries()

    def _forget_tries(self) -> None:
        self._tried: list[Backend] = []
        self._backend: Backend | None = None
        self._sock: socket.socket | None = None
        self._events = 0
        self._out = bytearray()
        self._in = bytearray()
        self._unsent = 0  # bytes of a buffered body that are still to be read
        self._body_ended = True  # nothing of the request's body is still to be sent
        self._framing: Framing = NONE  # of the request's body
        self._was_sent = False  # the server has some of the request
        self._was_idle = False  # the connection was used before
        self._replayable = True  # the request can be sent once more
        self._reply: Reply | None = None
        self._reader: BodyReader | None = None
        self._body: UpstreamBody | None = None
        self._since = time.monotonic()

    def _go(self, state: State) -> None:
        if state not in TRANSITIONS[self.state]:
            raise RuntimeError(f"An exchange cannot go from {self.state!r} to {state!r}.")
        self.state = state
        self._since = self._loop.now

    # --- Called by the channel ---

    def start(self, streams: bool) -> None:
        """Begin. `streams` is whether the request's body is still to come: see `send_body`."""
        self._streams = streams
        # Not at once: the caller is in the middle of something, and we may fail at once.
        self._loop.post(self._try_next)

    @property
    def wants_body(self) -> bool:
        """Whether more of a streamed body, or of what the client says in a tunnel, fits in."""
        if self.state is TUNNEL:
            return len(self._out) < self._limits.out_buffer
        return self.state is SENDING and len(self._out) < self._limits.out_buffer

    @property
    def waits_for_client(self) -> bool:
        """Whether it is the client's body that does not come, and not the server that waits."""
        return self.state is SENDING and not self._out

    def send_body(self, data: bytes, complete: bool) -> None:
        """A part of a streamed body."""
        self._replayable = False
        self._out += chunk(data) if self._framing is CHUNKED else data
        if complete:
            self._body_ended = True
            if self._framing is CHUNKED:
                self._out += LAST_CHUNK
        self._guarded(self._push)

    def end_of_input(self) -> bool:
        """The client sends no more. True where that is no fault: in a tunnel."""
        if self.state is not TUNNEL:
            return False
        self._body_ended = True
        self._guarded(self._push)
        return True

    def taken(self) -> None:
        """The client has taken what was held for it: read on."""
        if self.state in (RECEIVING, TUNNEL):
            self._since = self._loop.now
            self._watch()

    def abandon(self) -> None:
        """The client has gone, or has what it needs."""
        self._let_go()
        if self.state is not DONE:
            self._go(DONE)

    def check_deadline(self, now: float) -> None:
        """Called every little while: is the server too slow?"""
        group = self._upstream.group
        waited = now - self._since
        if self.state is CONNECTING and waited >= group.connect_timeout:
            self._fail("did not accept the connection in time", 504)
        elif self.state is SENDING and self._out and waited >= group.send_timeout:
            self._fail("did not take the request in time", 504)
        elif self.state is AWAITING and waited >= group.read_timeout:
            self._fail("did not answer in time", 504)
        elif self.state is RECEIVING and self._events & READ and waited >= group.read_timeout:
            self._fail("stopped in the middle of its answer", 504)
        elif self.state is TUNNEL and waited >= group.read_timeout:
            self.abandon_tunnel()

    def abandon_tunnel(self) -> None:
        assert self._body is not None
        self._body.finished = True
        self.abandon()
        self._wake()

    # --- Which server ---

    def _try_next(self) -> None:
        if self.state is DONE:
            return
        group = self._upstream.group
        self._since = self._loop.now
        backend = group.choose(self._tried, self._loop.now)
        if backend is None:
            if not self._tried:
                log.error("all servers rest that could answer %s", self._request.target)
            self._give_up(self._last_status)
            return
        self._tried.append(backend)
        self._backend = backend
        backend.active += 1
        self._was_sent = False
        sock = group.take_idle(backend, self._loop.now)
        self._was_idle = sock is not None
        try:
            if sock is not None:
                self._adopt(sock, READ)
                self._connected()
            else:
                self._connect(backend)
        except OSError as error:
            self._fail(f"cannot be reached: {error.strerror or error}", 502)

    def _connect(self, backend: Backend) -> None:
        sock = socket.socket(backend.where.family, socket.SOCK_STREAM)
        sock.setblocking(False)
        try:
            if backend.where.family != socket.AF_UNIX:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            number = sock.connect_ex(backend.target)
            if number not in (0, errno.EINPROGRESS):
                # EAGAIN: the queue of a Unix socket is full.
                raise OSError(number, os.strerror(number))
        except BaseException:
            sock.close()
            raise
        self._go(CONNECTING)
        self._adopt(sock, WRITE)

    def _adopt(self, sock: socket.socket, events: int) -> None:
        self._sock = sock
        self._events = events
        self._loop.register(sock.fileno(), events, self._ready)

    def _connected(self) -> None:
        """Put the request's head together, and begin to send."""
        upstream, request = self._upstream, self._request
        upgrade = wanted_upgrade(request) if upstream.upgrade else ""
        length = request.content_length
        framing = LENGTH if length or "content-length" in request.headers.by_name else NONE
        if self._streams:
            told = request.headers.by_name.get("content-length")
            framing, length = (LENGTH, int(told)) if told else (CHUNKED, 0)
        self._framing = framing
        self._body_ended = not self._streams
        self._unsent = 0 if self._streams else length
        if self._unsent:
            request.body.seek(0)
        self._out += request_head(request, upstream.host, upgrade, framing, length)
        self._go(SENDING)
        self._push()
        if self._streams:
            self._wake()  # there is room for the body now

    # --- Bytes out ---

    def _ready(self, events: int) -> None:
        self._guarded(lambda: self._do(events))

    def _guarded(self, job: Callable[[], None]) -> None:
        """A server that breaks off is no error of ours, and one that cannot be understood is
        no error of the client's."""
        try:
            job()
        except HTTPError as error:
            self._fail(f"cannot be understood: {error.detail}", 502)
        except OSError as error:
            what = "cannot be reached" if self.state is CONNECTING else "broke off"
            self._fail(f"{what}: {error.strerror or error}", 502)

    def _do(self, events: int) -> None:
        assert self._sock is not None
        if self.state is CONNECTING:
            number = self._sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if number:
                raise OSError(number, os.strerror(number))
            self._connected()
            return
        if events & ~WRITE:
            self._receive()
        if events & WRITE and self._sock is not None:
            self._push()

    def _push(self) -> None:
        """Send what there is to send, as far as the server takes it."""
        sock = self._sock
        if sock is None or self.state in (CHOOSING, CONNECTING, DONE):
            return
        while True:
            if not self._out and self._unsent:
                part = self._request.body.read(min(PART, self._unsent))
                if not part:
                    raise OSError(errno.EIO, "the buffered body is shorter than it was")
                self._unsent -= len(part)
                self._out += part
            if not self._out:
                break
            try:
                sent = sock.send(self._out)
            except (BlockingIOError, InterruptedError):
                break
            except BrokenPipeError:
                # It takes no more, and may have said why: "too large", "who are you?".
                self._out.clear()
                self._unsent = 0
                self._receive()
                return
            self._was_sent = True
            self._since = self._loop.now
            del self._out[:sent]
        if not self._out and self._body_ended and not self._unsent:
            if self.state is SENDING:
                self._go(AWAITING)
            elif self.state is TUNNEL:
                sock.shutdown(socket.SHUT_WR)
        elif not self._out and self._streams:
            self._loop.post(self._wake)  # there is room again
        self._watch()

    def _watch(self) -> None:
        """Have the loop tell us of what we can make use of now."""
        if self._sock is None:
            return
        full = self._body is not None and self._body.held >= self._limits.out_buffer
        events = (0 if full else READ) | (WRITE if self._out or self._unsent else 0)
        if events != self._events:
            self._events = events
            self._loop.modify(self._sock.fileno(), events)

    # --- Bytes in ---

    def _receive(self) -> None:
        assert self._sock is not None
        try:
            data = self._sock.recv(RECEIVE_SIZE)
        except (BlockingIOError, InterruptedError):
            return
        self._since = self._loop.now
        self._in += data
        if self.state in (SENDING, AWAITING):
            if not data:
                raise ConnectionResetError(errno.ECONNRESET, "it closed without an answer")
            self._read_head()
        if self.state in (RECEIVING, TUNNEL):
            self._read_body(ended=not data)

    def _read_head(self) -> None:
        while self.state in (SENDING, AWAITING):
            end = find_reply(self._in, self._limits)
            if end < 0:
                return
            head = self._in[:end]
            del self._in[:end]
            reply = parse_reply(head, self._request.method, self._limits)
            if reply.status == 101:
                if not (self._upstream.upgrade and wanted_upgrade(self._request)):
                    raise BadGateway("It changes to a protocol that nobody asked for.")
                if not reply.headers.get("upgrade"):
                    raise BadGateway("It changes to a protocol that it does not name.")
            elif reply.status < 200:
                continue  # 100, 103: news of the way, not the answer
            self._begin(reply)

    def _begin(self, reply: Reply) -> None:
        """The head of the answer is here."""
        self._reply = reply
        self._upstream.group.succeeded(self._backend)  # type: ignore[arg-type]
        if reply.status == 101:
            self._open_tunnel(reply)
            return
        if reply.framing is LENGTH:
            self._reader = LengthReader(reply.length)
        elif reply.framing is CHUNKED:
            self._reader = ChunkedReader(self._limits, bounded=False)
        elif reply.framing is CLOSE:
            self._reader = RawReader()
        data = self._reader.read(self._in) if self._reader is not None else b""
        self._go(RECEIVING)  # after what may raise: from here on there is no other try
        self._body = UpstreamBody(self)
        fields = reply_fields(reply)
        response = Response(reply.status, fields, b"", reply.reason)
        if self._reader is None or self._reader.complete:
            response.body = data  # all is here: most answers are short
            self._finish()
            self._answer(response)
            return
        if data:
            self._body.put(data)
        response.body = self._body
        self._answer(response)

    def _open_tunnel(self, reply: Reply) -> None:
        self._go(TUNNEL)
        self._body = UpstreamBody(self)
        self._reader = RawReader()
        self._framing = NONE
        self._body_ended = False
        self._streams = True
        fields = reply_fields(reply)
        fields.append(("Upgrade", reply.headers.get("upgrade", "") or ""))
        self._respond(Response(101, fields, self._body, reply.reason))

    def _answer(self, response: Response) -> None:
        """Hand the answer on, unless it says that something else is to be sent in its place."""
        finish = self._upstream.finish
        if finish is None:
            self._respond(response)
            return
        assert self._reply is not None
        try:
            result = finish(response, self._reply.headers)
        except Exception:
            log.exception("the answer to %s cannot be finished", self._request.target)
            self.abandon()
            result = response = error_response(500)
        if result is response:
            self._respond(response)
            return
        if isinstance(result, Response):
            self.abandon()
            self._respond(result)
            return
        self._redirects += 1
        if self._redirects > INTERNAL_REDIRECTS:
            log.error("%s is sent from one upstream to the next", self._request.target)
            self._give_up(500)
            return
        self._let_go()
        self._upstream = result
        self._request = result.request
        self._streams = False
        self._go(CHOOSING)
        self._forget_tries()
        self._loop.post(self._try_next)

    def _read_body(self, ended: bool) -> None:
        body, reader = self._body, self._reader
        if body is None or reader is None:
            return
        data = reader.read(self._in)
        if data:
            body.put(data)
        if ended and not isinstance(reader, RawReader):
            raise ConnectionResetError(errno.ECONNRESET, "it closed in the middle of its answer")
        if ended or reader.complete:
            body.finished = True
            self._finish()
        else:
            self._watch()
        if data or body.finished:
            self._wake()

    # --- The end ---

    def _finish(self) -> None:
        """The answer is here to its last byte. Is the connection good for another request?"""
        if self.state is not RECEIVING and self.state is not TUNNEL:
            return  # another upstream has the request by now
        reply, sock = self._reply, self._sock
        is_good = (
            reply is not None
            and reply.keep_alive
            and self.state is RECEIVING
            and self._body_ended
            and not self._out
            and not self._unsent
            and not self._in  # what nobody asked for would be taken for the next answer
        )
        if is_good and sock is not None and self._backend is not None:
            self._loop.unregister(sock.fileno())
            self._sock = None
            self._upstream.group.keep_idle(self._backend, sock, self._loop.now)
        self._let_go()
        self._go(DONE)

    def _let_go(self) -> None:
        """Of the connection, and of the server's place in the count."""
        if self._sock is not None:
            self._loop.unregister(self._sock.fileno())
            self._sock.close()
            self._sock = None
        if self._backend is not None:
            self._backend.active -= 1
            self._backend = None

    def _fail(self, why: str, status: int) -> None:
        """This server has failed. Try another, where that cannot do anything twice."""
        backend, group = self._backend, self._upstream.group
        began = self.state in (RECEIVING, TUNNEL)
        # An idle connection may have been closed while our request was on its way.
        is_excused = self._was_idle and status != 504
        if backend is not None and not is_excused:
            group.failed(backend, self._loop.now)
        name = backend.address if backend else "-"
        log.error("upstream %s %s (%s %s)", name, why, self._request.method, self._request.target)
        self._let_go()
        if began:
            assert self._body is not None
            self._body.failed = True
            self._go(DONE)
            self._wake()
            return
        if is_excused and backend is not None and self._tried:
            self._tried.pop()
        is_safe = not self._was_sent or self._request.method in IDEMPOTENT
        # Where one server is all there is, and it cannot be reached, it is asked once.
        is_worth_it = self._was_sent or is_excused or len(group.backends) > 1
        self._failures += 1
        self._last_status = status
        if is_safe and is_worth_it and self._replayable and self._failures < group.tries:
            self._out.clear()
            self._in.clear()
            self._go(CHOOSING)
            self._try_next()
        else:
            self._give_up(status)

    def _give_up(self, status: int) -> None:
        self.abandon()
        detail = {
            502: "The server behind this one did not answer.",
            504: "The server behind this one took too long to answer.",
        }
        response = error_response(status, detail.get(status, ""))
        finish = self._upstream.finish
        if finish is not None:
            try:
                result = finish(response, None)
                response = result if isinstance(result, Response) else response
            except Exception:
                log.exception("the error page for %s failed", self._request.target)
        self._respond(response)
