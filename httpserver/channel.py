"""One client's socket: the bytes between the wire and the connection's states.

Steps 1 and 10 of the trip. The connection decides what to do; the channel reads, writes and
waits. It never blocks: what cannot be written now is held, an endless body is pulled only
as fast as the client takes it, and a client that leaves ends the body's iteration.

In Nginx: ngx_recv.c, ngx_http_write_filter_module.c, ngx_linux_sendfile_chain.c.
"""

import logging
import socket
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from httpserver.answer import Answer, BodyFailed
from httpserver.bodies import close_body, dispose
from httpserver.connection import (
    AS_USUAL,
    BODY,
    CLOSED,
    DRAINING,
    HANDLING,
    HEAD,
    IDLE,
    SENDING,
    Connection,
    State,
    Step,
)
from httpserver.events import announce, observers
from httpserver.framing import HandlerError
from httpserver.loop import READ, WRITE
from httpserver.messages import (
    Address,
    File,
    HTTPError,
    Request,
    Response,
    Source,
    Upstream,
    client_name,
    error_response,
)
from httpserver.pool import Pool, Relay
from httpserver.proxy import Exchange
from httpserver.tls import TLSSocket, is_tls, speak_https, speak_tls

if TYPE_CHECKING:
    from httpserver.server import Listener, Server

RECEIVE_SIZE = 64 * 1024
TURN = 1024 * 1024  # bytes that one client may take before it is another's turn

# The limit for each thing that we wait for.
PATIENCE = {
    IDLE: "keep_alive",
    HEAD: "head_timeout",
    BODY: "body_timeout",
    SENDING: "write_timeout",
    DRAINING: "linger_timeout",
}

log = logging.getLogger(__name__)


class Channel:
    """A connected client. All of it runs on the loop's thread, but `_handle_in_pool`."""

    __slots__ = (
        "_answer",
        "_connection",
        "_delayed",
        "_events",
        "_exchange",
        "_out",
        "_sent",
        "_server",
        "_shut",
        "_since",
        "_sock",
        "_started",
        "_taken",
        "_turn",
        "_until",
        "_waiting",
        "client",
        "closed",
        "listener",
    )

    def __init__(
        self,
        server: "Server",
        sock: socket.socket,
        client: Address,
        local: Address,
        listener: "Listener",
    ) -> None:
        limits = server.limits
        now = server.loop.now
        scheme = "https" if listener.tls else "http"
        self.client = client
        self.listener = listener
        self.closed = False
        self._server = server
        self._sock = sock
        self._connection = Connection(limits, client, local, listener.admit, scheme)
        self._out = bytearray()  # to be written
        self._answer: Answer | None = None  # whose body is not all in `_out` yet
        self._exchange: Exchange | None = None  # with the server behind us that will answer
        self._sent: list[Answer] = []  # all in `_out`; to be logged when written
        self._started = 0.0  # when the present request was whole
        self._events = READ
        self._waiting: State | None = None  # what we wait for, and
        self._since = now  # since when
        self._until = now + limits.lifetime  # then the next answer is the last
        self._turn = TURN  # what may still be written before it is another client's turn
        self._taken = 0  # bytes that the client took since `_since`
        self._shut = False
        self._delayed = False  # the request has waited for its turn
        server.loop.register(sock.fileno(), READ, self._knock if listener.tls else self._ready)
        if observers:
            connection = self._connection
            announce("connection.open", connection=connection.id, client=client, server=local)

    # --- Called by the loop and the server ---

    def _knock(self, events: int) -> None:
        self._guarded(lambda: self._greet(events))

    def _greet(self, events: int) -> None:
        """The first bytes on a TLS port: a handshake, or somebody who speaks plain HTTP here."""
        assert self.listener.tls is not None
        loop = self._server.loop
        try:
            if is_tls(self._sock):
                # Of a client that has reset meanwhile, `wrap_socket` closes the descriptor.
                loop.unregister(self._sock.fileno())
                self._sock = speak_tls(self._sock, self.listener.tls)
                loop.register(self._sock.fileno(), READ, self._ready)
            else:
                self._connection.admit = speak_https
                self._connection.scheme = "http"
                loop.hand_over(self._sock.fileno(), self._ready)
        except BlockingIOError:
            return
        except OSError:
            self.close("the client left")
            return
        self._ready(events)

    def _ready(self, events: int) -> None:
        try:
            if events & READ:
                self._read()
            elif events & WRITE:
                self._run(None)
            else:
                self.close("the client left")
        except ConnectionError:
            self.close("the client left")
        except Exception:
            log.exception("an error on the connection of %s", client_name(self.client))
            self.close("an error in the server")

    def check_deadline(self, now: float) -> None:
        """Called every little while: is the client too slow?"""
        if self._exchange is not None:
            self._exchange.check_deadline(now)
        waiting = self._waiting
        limits = self._connection.admission.limits or self._server.limits
        if waiting is None:
            patience = limits.head_timeout  # the client is new, and has sent nothing
        elif waiting is HANDLING:
            # A handler takes the time that it takes; so does the maker of a live stream.
            exchange = self._exchange
            if exchange is None or not exchange.waits_for_client or not self._connection.streams:
                return
            waiting = BODY
            patience = limits.body_timeout
        else:
            patience = getattr(limits, PATIENCE[waiting])
        if waiting is BODY and limits.body_rate:
            patience += self._connection.body_length / limits.body_rate
        if now - self._since < patience:
            return
        if waiting in (HEAD, BODY) and not self._out and not self._answer:
            what = "head" if waiting is HEAD else "body"
            late = error_response(408, f"The request's {what} took too long to come.")
            self._guarded_run(self._connection.refuse(late))
        else:
            self.close("the client was too slow" if self._out else "nothing came any more")

    def finish(self) -> None:
        """The server stops: the next answer is the last."""
        self._connection.closing = True

    def dismiss_if_silent(self) -> None:
        """Let go of a client that asks for nothing; one that has begun to ask is answered."""
        if self._connection.state is IDLE and not self._out:
            self._ready(READ)  # what has arrived by now still counts
        if not self.closed and self._connection.state is IDLE and not self._out:
            self.close("the server stops")

    def _guarded_run(self, step: Step, relay: Relay | None = None) -> None:
        """`_run` where it was not the socket's readiness that called."""
        self._guarded(lambda: self._run(step, relay))

    def _guarded(self, turn: Callable[[], None]) -> None:
        """An error in one client's turn ends that client, and no other."""
        try:
            if not self.closed:
                turn()
        except ConnectionError:
            self.close("the client left")
        except Exception:
            log.exception("an error on the connection of %s", client_name(self.client))
            self.close("an error in the server")

    # --- Step 1: what comes ---

    def _read(self) -> None:
        try:
            data = self._sock.recv(RECEIVE_SIZE)
        except (BlockingIOError, InterruptedError):
            return
        step = self._connection.receive(data)
        if self._exchange is not None:
            self._feed(self._exchange)
        self._run(step)

    def _run(self, step: Step, relay: Relay | None = None) -> None:
        """Go on until the client, a thread or the system has to be waited for."""
        connection = self._connection
        self._turn = TURN
        while not self.closed:
            if isinstance(step, Request):
                step = self._handle(step)
            elif step is not None:
                self._begin(step, relay)
                step = None
            elif self._answer is not None:
                if not self._flush() or self._turn <= 0 or not self._pull(self._answer):
                    break
            else:
                # Answers to pipelined requests gather, and leave in one write.
                if len(self._out) >= self._server.limits.out_buffer and not self._flush():
                    break
                step = connection.proceed() if connection.unread else None
                if step is None:
                    if self._out and self._server.pool is None:
                        # Those of one round leave together: they wake their readers once.
                        self._server.loop.post(self._send_gathered)
                        return
                    self._flush()
                    break
        if not self.closed:
            self._settle()

    def _send_gathered(self) -> None:
        """The round is over, or has taken long enough."""
        self._guarded(self._send)

    def _send(self) -> None:
        self._flush()
        self._settle()

    # --- Between: the handler ---

    def _handle(self, request: Request) -> Response | None:
        """Call the handler; None where its answer has to be waited for."""
        server = self._server
        connection = self._connection
        if connection.admission.delay and not self._delayed:
            self._delayed = True
            server.loop.call_later(connection.admission.delay, lambda: self._handle_late(request))
            return None
        self._delayed = False
        if server.pool is not None:
            pool = server.pool
            self._started = time.monotonic()
            pool.submit(lambda: self._handle_in_pool(pool, request))
            return None
        if server.access_log is not None or observers:
            self._started = time.monotonic()
        result = server.handle(self.listener.handler, request)
        if isinstance(result, Upstream):
            self._pass_on(result)
            return None
        return result

    def _handle_late(self, request: Request) -> None:
        """The request has waited for its turn."""
        self._guarded_run(request)

    def _handle_in_pool(self, pool: Pool, request: Request) -> None:
        """On a thread of the pool, from the handler's call to the body's `close()`."""
        loop = self._server.loop
        result = self._server.handle(self.listener.handler, request)
        if isinstance(result, Upstream):
            loop.post(lambda: self._pass_on(result))
        elif isinstance(result.body, (bytes, File, Source)):
            loop.post(lambda: self._deliver(result))
        else:
            wake = lambda: loop.post(self._resume)  # noqa: E731
            relay = Relay(self._server.limits.out_buffer, wake, pool)
            loop.post(lambda: self._deliver(result, relay))
            relay.pump(result.body)

    def _deliver(self, response: Response, relay: Relay | None = None) -> None:
        """A thread's or an upstream's response has come to the loop; the client may have left."""
        if self.closed:
            dispose(response, relay)
        else:
            self._guarded_run(response, relay)

    def _resume(self) -> None:
        """There is more of the body, or room for more of what is passed on."""
        if not self.closed:
            if self._exchange is not None:
                self._feed(self._exchange)
            self._guarded_run(None)

    # --- Or: the server behind us ---

    def _pass_on(self, upstream: Upstream) -> None:
        if self.closed:
            return
        self._exchange = Exchange(
            upstream, self._server.loop, self._server.limits, self._deliver, self._resume
        )
        self._exchange.start(streams=self._connection.streams)
        self._feed(self._exchange)
        self._settle()

    def _feed(self, exchange: Exchange) -> None:
        """Pass on what has come of a streamed body, as fast as the upstream takes it."""
        connection = self._connection
        try:
            while connection.streams and exchange.wants_body:
                data, complete = connection.read_stream()
                if not data and not complete:
                    break
                exchange.send_body(data, complete)
        except HTTPError as error:
            self._abort_exchange()
            if connection.state is HANDLING:
                refusal = connection.refuse(error_response(error.status, error.detail))
                self._guarded_run(refusal)
            else:
                self.close("the body was malformed")
            return
        # Where the upstream takes nothing yet, what is left of the body may be here already.
        is_short = connection.streams and connection.input_ended and exchange.wants_body
        if is_short and not exchange.end_of_input():
            self.close("the client left in the middle of its body")

    def _abort_exchange(self) -> None:
        if self._exchange is not None:
            self._exchange.abandon()
            self._exchange = None

    # --- Step 10: what goes ---

    def _begin(self, response: Response, relay: Relay | None = None) -> None:
        """Put the head into the buffer, and of the body what is here already."""
        connection = self._connection
        request = connection.request
        assert request is not None
        server = self._server
        if server.loop.now > self._until:
            connection.closing = True
        try:
            head, framing, length, _ = connection.respond(response, server.server_name)
        except HandlerError as error:
            log.error("%s %s: %s", request.method, request.target, error)
            dispose(response, relay)
            response, relay = error_response(500), None
            head, framing, length, _ = connection.respond(response, server.server_name)
        self._out += head
        body = response.body
        heard = server.access_log is not None or observers
        if not heard and body.__class__ is bytes and length <= server.limits.out_buffer:
            # The usual case: all is here, and nobody asks what was sent, or how long it took.
            if length:
                self._out += body
            self._over(request)
            return
        if response.status == 101:
            connection.open_tunnel()
        started = self._started or server.loop.now  # a refusal was never handled
        answer = Answer(request, response, len(head), framing, length, relay, started)
        answer.begin(self._out, kernel_sends=self.listener.tls is None)
        if answer.complete:
            self._end(answer)
        else:
            self._answer = answer

    def _pull(self, answer: Answer) -> bool:
        """Move the body one part further; False where it has to be waited for."""
        try:
            moved = answer.pull(self._out, self._sock, self._took)
        except BodyFailed as error:
            log.error("%s %s: %s", answer.request.method, answer.request.target, error)
            self._flush()
            self.close(str(error))
            return False
        if answer.complete:
            self._end(answer)
        return moved

    def _end(self, answer: Answer) -> None:
        """The answer is in the buffer to its last byte."""
        self._answer = None
        answer.dispose()
        self._sent.append(answer)
        self._started = 0.0
        self._over(answer.request)

    def _over(self, request: Request) -> None:
        """This request is answered: on to the next one."""
        connection = self._connection
        if self._exchange is not None:
            self._abort_exchange()
        if request.content_length or connection.admission is not AS_USUAL:
            self._leave()
        connection.answered()
        # What comes now has its own time, also where a deadline is looked at before `_settle`.
        self._waiting = None
        self._since = self._server.loop.now

    def _leave(self) -> None:
        """The request is over: what it was counted for, and what it holds, is given back."""
        connection = self._connection
        request = connection.request
        # Of a client that has left, a thread may read the body still: it goes with the request.
        is_read = self.closed and self._server.pool is not None
        if request is not None and request.content_length and not is_read:
            close_body(request.body)
        leave = connection.admission.leave
        connection.admission = AS_USUAL
        if leave is not None:
            leave()

    def _flush(self) -> bool:
        """Write what is held; whether all of it went."""
        out = self._out
        if self._connection.interim:
            out += self._connection.interim
            self._connection.interim = b""
        while out:
            try:
                sent = self._sock.send(out)
            except (BlockingIOError, InterruptedError):
                return False
            del out[:sent]
            self._took(sent, not out)
        return True

    def _took(self, sent: int, everything: bool) -> None:
        """The client took these bytes. For everything that was held, or for enough of it,
        it gets a new time to wait; for a trickle it does not."""
        limits = self._server.limits
        self._turn -= sent
        self._taken += sent
        if everything or self._taken >= limits.write_rate * limits.write_timeout:
            self._waiting = None

    # --- What to wait for, and how long ---

    def _settle(self) -> None:
        connection = self._connection
        state = connection.state
        answer = self._answer
        writes = bool(self._out)
        if not writes:
            if self._sent:
                self._report()
            if state is CLOSED:
                if isinstance(self._sock, TLSSocket):
                    self._sock.say_goodbye()  # what is cut off is left without this word
                self.close("all is said")
                return
            if state is DRAINING and not self._shut:
                self._shut = True
                try:
                    self._sock.shutdown(socket.SHUT_WR)
                except OSError:  # ENOTCONN: a reset came meanwhile
                    self.close("the client left")
                    return
            if answer is not None:
                # What comes by itself says when there is more. Where our turn was up we have
                # not asked it: there may be more already.
                writes = self._turn <= 0 or not answer.comes_by_itself
        if state is IDLE:
            # Who takes no answers may ask no more: each would be held for him, too.
            wanted = READ if len(self._out) < self._server.limits.out_buffer else 0
        else:
            wanted = READ if connection.wants_input else 0
        if writes:
            wanted |= WRITE
        if wanted != self._events:
            self._listen_for(wanted)
        if writes:
            state = SENDING
        elif state is SENDING:
            state = HANDLING  # somebody is at work on the body, and the client waits for it
        # A head or body has one deadline for all its bytes: a trickle does not move it.
        if state is not self._waiting:
            self._waiting = state
            self._since = self._server.loop.now
            self._taken = 0

    def _listen_for(self, events: int) -> None:
        """Have the loop watch for these events, where they are not what it watches for now."""
        if events == self._events:
            return
        self._server.loop.modify(self._sock.fileno(), events)
        self._events = events
        if events & READ and getattr(self._sock, "pending", int)():
            # A TLS record is decrypted whole: what of it was not read, the system does not see.
            self._server.loop.post(lambda: None if self.closed else self._ready(READ))

    # --- The end ---

    def _report(self) -> None:
        """Tell the log and the observers of the answers that are out."""
        now = time.monotonic()
        for answer in self._sent:
            if observers:
                announce(
                    "bytes.sent",
                    connection=self._connection.id,
                    count=answer.sent,
                    request=answer.request,
                )
            body_bytes = max(0, answer.sent - answer.head_length)
            self._server.log_access(
                answer.request, answer.response.status, body_bytes, now - answer.started
            )
        self._sent.clear()

    def close(self, reason: str) -> None:
        """Leave this client, whatever state it is in."""
        if self.closed:
            return
        self.closed = True
        if self._answer is not None:
            self._answer.dispose()
            self._sent.append(self._answer)
            self._answer = None
        self._abort_exchange()
        held = len(self._out)  # and never to be sent
        for answer in reversed(self._sent):
            unsent = min(held, answer.sent)
            answer.sent -= unsent
            held -= unsent
        self._report()
        if self._sock.fileno() >= 0:  # else it was closed under us, see `_greet`
            self._server.loop.unregister(self._sock.fileno())
        self._sock.close()
        self._leave()
        self._connection.abandon()
        self._server.forget(self)
        if observers:
            announce("connection.close", connection=self._connection.id, reason=reason)
