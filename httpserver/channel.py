"""One client's socket: the bytes between the wire and the connection's states.

Steps 1 and 10 of the trip. The connection decides what to do; the channel reads, writes and
waits. It never blocks: what cannot be written now is held, an endless body is pulled only
as fast as the client takes it, and a client that leaves ends the body's iteration.

In Nginx: ngx_recv.c, ngx_http_write_filter_module.c, ngx_linux_sendfile_chain.c.
"""

import logging
import math
import os
import socket
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from httpserver.connection import Connection, State, Step
from httpserver.events import announce, observers
from httpserver.framing import LAST_CHUNK, Framing, HandlerError, ResponseHead, chunk
from httpserver.loop import READ, WRITE
from httpserver.messages import Address, File, Request, Response, error_response
from httpserver.pool import Pool, Relay, close_body

if TYPE_CHECKING:
    from httpserver.server import Server

RECEIVE_SIZE = 64 * 1024
SLICE = 512 * 1024  # of a file, given to the kernel at once
TURN = 1024 * 1024  # bytes that one client may take before it is another's turn

log = logging.getLogger(__name__)


class Answer:
    """A response on its way out."""

    __slots__ = ("framing", "head_length", "missing", "request", "response", "sent", "source")

    def __init__(
        self, request: Request, response: Response, head: ResponseHead, relay: Relay | None
    ) -> None:
        self.request = request
        self.response = response
        self.framing = head.framing
        self.missing = head.length  # of what Content-Length promised
        self.head_length = len(head.head)
        self.sent = self.head_length  # bytes on the wire
        self.source: Iterator[bytes] | Relay | File | None = relay  # of the body's rest

    def dispose(self) -> None:
        """Close the body, on the thread that pulls it. Called once, at the end."""
        _dispose(self.response, self.source if isinstance(self.source, Relay) else None)


class Channel:
    """A connected client. All of it runs on the loop's thread, but `_handle_in_pool`."""

    __slots__ = (
        "_address",
        "_answer",
        "_connection",
        "_deadline",
        "_events",
        "_out",
        "_sent",
        "_server",
        "_shut",
        "_sock",
        "_started",
        "_taken",
        "_turn",
        "_waiting",
        "closed",
    )

    def __init__(
        self, server: "Server", sock: socket.socket, client: Address, address: Address
    ) -> None:
        self._server = server
        self._sock = sock
        self._connection = Connection(server.limits, client, address, server.admit)
        self._out = bytearray()  # to be written
        self._answer: Answer | None = None  # whose body is not all in `_out` yet
        self._sent: list[tuple[Answer, float]] = []  # all in `_out`; to be logged when written
        self._started = 0.0  # when the present request was whole
        self._events = READ
        self._waiting: State | None = None  # what `_deadline` is for
        self._deadline = server.loop.now + server.limits.head_timeout
        self._turn = TURN  # what may still be written before it is another client's turn
        self._taken = 0  # bytes that the client took since `_deadline` was set
        self._shut = False
        self.closed = False
        server.loop.register(sock, READ, self._ready)
        if observers:
            announce(
                "connection.open", connection=self._connection.id, client=client, server=address
            )

    # --- Called by the loop and the server ---

    def _ready(self, events: int) -> None:
        try:
            if events & READ:
                self._read()
            elif events & WRITE:
                self._run(None)
        except ConnectionError:
            self.close("the client left")
        except Exception:
            log.exception("an error on the connection of %s", self._connection.client)
            self.close("an error in the server")

    def check_deadline(self, now: float) -> None:
        """Called every little while: is the client too slow?"""
        if now < self._deadline:
            return
        state = self._connection.state
        if state in (State.HEAD, State.BODY) and not self._out:
            what = "head" if state is State.HEAD else "body"
            late = error_response(408, f"The request's {what} took too long to come.")
            self._guarded_run(self._connection.refuse(late))
        else:
            self.close("the client was too slow" if self._out else "nothing came any more")

    def finish(self) -> None:
        """The server stops: the next answer is the last."""
        self._connection.closing = True

    def dismiss_if_silent(self) -> None:
        """Let go of a client that asks for nothing; one that has begun to ask is answered."""
        if self._connection.state is State.IDLE and not self._out:
            self._ready(READ)  # what has arrived by now still counts
        if not self.closed and self._connection.state is State.IDLE and not self._out:
            self.close("the server stops")

    def _guarded_run(self, step: Step, relay: Relay | None = None) -> None:
        """`_run` where it was not the socket's readiness that called."""
        try:
            self._run(step, relay)
        except ConnectionError:
            self.close("the client left")
        except Exception:
            log.exception("an error on the connection of %s", self._connection.client)
            self.close("an error in the server")

    # --- Step 1: what comes ---

    def _read(self) -> None:
        try:
            data = self._sock.recv(RECEIVE_SIZE)
        except (BlockingIOError, InterruptedError):
            return
        self._run(self._connection.receive(data))

    def _run(self, step: Step, relay: Relay | None = None) -> None:
        """Go on until the client, a thread or the system has to be waited for."""
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
                step = self._connection.proceed()
                if step is None:
                    self._flush()
                    break
        if not self.closed:
            self._settle()

    # --- Between: the handler ---

    def _handle(self, request: Request) -> Response | None:
        self._started = time.monotonic()
        pool = self._server.pool
        if pool is None:
            return self._server.handle(request)
        pool.submit(lambda: self._handle_in_pool(pool, request))
        return None

    def _handle_in_pool(self, pool: Pool, request: Request) -> None:
        """On a thread of the pool, from the handler's call to the body's `close()`."""
        loop = self._server.loop
        response = self._server.handle(request)
        if isinstance(response.body, (bytes, File)):
            loop.post(lambda: self._deliver(response))
        else:
            wake = lambda: loop.post(self._resume)  # noqa: E731
            relay = Relay(self._server.limits.out_buffer, wake)
            loop.post(lambda: self._deliver(response, relay))
            relay.pump(response.body)

    def _deliver(self, response: Response, relay: Relay | None = None) -> None:
        """A thread's response has come to the loop; the client may have left by now."""
        if not self.closed:
            self._guarded_run(response, relay)
        elif relay is not None:
            relay.abandon()
        elif isinstance(response.body, File):
            response.body.file.close()

    def _resume(self) -> None:
        """A thread has more of the body."""
        if not self.closed:
            self._guarded_run(None)

    # --- Step 10: what goes ---

    def _begin(self, response: Response, relay: Relay | None = None) -> None:
        """Put the head into the buffer, and of the body what is here already."""
        request = self._connection.request
        assert request is not None
        self._started = self._started or time.monotonic()  # a refusal was never handled
        try:
            head = self._connection.respond(response, self._server.server_name)
        except HandlerError as error:
            log.error("%s %s: %s", request.method, request.target, error)
            _dispose(response, relay)
            response, relay = error_response(500), None
            head = self._connection.respond(response, self._server.server_name)
        answer = self._answer = Answer(request, response, head, relay)
        self._out += head.head
        body = response.body
        if head.framing is Framing.NONE or (head.framing is Framing.LENGTH and not head.length):
            self._end(answer)
        elif isinstance(body, bytes):
            self._out += body
            answer.sent += len(body)
            answer.missing = 0
            self._end(answer)
        elif relay is None:
            answer.source = _file_source(body) if isinstance(body, File) else iter(body)

    def _pull(self, answer: Answer) -> bool:
        """Move the body one part further; False where it has to be waited for."""
        source = answer.source
        if isinstance(source, File):
            return self._send_file(answer, source)
        part, finished = source.take() if isinstance(source, Relay) else self._next_part(answer)
        if part is None:
            # The head is out, so no error page can follow. The end that never comes (the
            # last chunk, the length's last byte) tells the client.
            self.close("the handler's body failed")
            return False
        framed = self._framed(answer, part)
        if finished and answer.framing is Framing.CHUNKED:
            framed += LAST_CHUNK
        self._out += framed
        answer.sent += len(framed)
        # What has given its length is asked for no more: it might never end (PEP 3333).
        if finished or (answer.framing is Framing.LENGTH and not answer.missing):
            self._end(answer)
            return True
        return bool(part)  # b"": nothing yet, so it is the others' turn

    def _next_part(self, answer: Answer) -> tuple[bytes | None, bool]:
        """As `Relay.take`, of a body that is iterated here."""
        assert isinstance(answer.source, Iterator)
        try:
            return next(answer.source), False
        except StopIteration:
            return b"", True
        except KeyboardInterrupt:
            raise
        except BaseException:
            request = answer.request
            log.exception("the body of %s %s failed", request.method, request.target)
            return None, True

    def _framed(self, answer: Answer, part: bytes) -> bytes:
        """A part of the body as it goes on the wire."""
        if answer.framing is Framing.CHUNKED:
            return chunk(part)
        if answer.framing is Framing.LENGTH:
            if len(part) > answer.missing:
                # What is too much would be read as the beginning of the next answer.
                log.error(
                    "the body of %s %s is longer than its Content-Length; cut",
                    answer.request.method,
                    answer.request.target,
                )
                part = part[: answer.missing]
            answer.missing -= len(part)
        return part

    def _send_file(self, answer: Answer, source: File) -> bool:
        """A slice of a file, from the disk's cache to the socket without passing here."""
        done = source.length - answer.missing
        count = min(answer.missing, SLICE)
        try:
            sent = os.sendfile(
                self._sock.fileno(), source.file.fileno(), source.offset + done, count
            )
        except (BlockingIOError, InterruptedError):
            return False
        if sent == 0:
            log.error("%s shrank while it was sent", getattr(source.file, "name", "a file"))
            self.close("the file shrank")
            return False
        answer.sent += sent
        answer.missing -= sent
        self._took(sent, sent == count)
        if not answer.missing:
            self._end(answer)
        return True

    def _end(self, answer: Answer) -> None:
        """The answer is in the buffer to its last byte, or as far as its body goes."""
        self._answer = None
        self._sent.append((answer, self._started))
        self._started = 0.0
        answer.dispose()
        if answer.missing and answer.framing is Framing.LENGTH:
            log.error(
                "the body of %s %s ended %d bytes before its Content-Length",
                answer.request.method,
                answer.request.target,
                answer.missing,
            )
            self._flush()
            self.close("the handler's body was too short")
            return
        answer.request.body.close()
        self._connection.answered()
        self._waiting = None

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
        state = self._connection.state
        if not self._out:
            if self._sent:
                self._report()
            if state is State.CLOSED:
                self.close("all is said")
                return
            if state is State.DRAINING and not self._shut:
                self._shut = True
                self._sock.shutdown(socket.SHUT_WR)
        # A thread says when it has more. Where the turn was up we have not asked: it may have.
        waits_for_thread = (
            self._turn > 0 and self._answer is not None and isinstance(self._answer.source, Relay)
        )
        writes = bool(self._out) or (self._answer is not None and not waits_for_thread)
        self._listen_for((READ if self._connection.wants_input else 0) | (WRITE if writes else 0))
        if writes:
            state = State.SENDING
        elif state is State.SENDING:
            state = State.HANDLING  # a thread is at work, and the client waits for it
        self._set_deadline(state)

    def _listen_for(self, events: int) -> None:
        """Have the loop watch for these events, where they are not what it watches for now."""
        if events == self._events:
            return
        loop = self._server.loop
        if not self._events:
            loop.register(self._sock, events, self._ready)
        elif not events:
            loop.unregister(self._sock)
        else:
            loop.modify(self._sock, events, self._ready)
        self._events = events

    def _set_deadline(self, waiting: State) -> None:
        """A head or body has one deadline for all its bytes: a trickle does not move it."""
        if waiting is self._waiting:
            return
        limits = self._server.limits
        seconds = {
            State.IDLE: limits.keep_alive,
            State.HEAD: limits.head_timeout,
            State.BODY: limits.body_timeout,
            State.SENDING: limits.write_timeout,
            State.DRAINING: limits.linger_timeout,
        }
        self._waiting = waiting
        self._taken = 0
        # A handler takes the time that it takes; so does the thread of a live stream.
        self._deadline = self._server.loop.now + seconds.get(waiting, math.inf)

    # --- The end ---

    def _report(self) -> None:
        """Tell the log and the observers of the answers that are out."""
        now = time.monotonic()
        for answer, started in self._sent:
            if observers:
                announce(
                    "bytes.sent",
                    connection=self._connection.id,
                    count=answer.sent,
                    request=answer.request,
                )
            body_bytes = max(0, answer.sent - answer.head_length)
            self._server.log_access(
                answer.request, answer.response.status, body_bytes, now - started
            )
        self._sent.clear()

    def close(self, reason: str) -> None:
        """Leave this client, whatever state it is in."""
        if self.closed:
            return
        self.closed = True
        if self._answer is not None:
            self._answer.dispose()
            self._sent.append((self._answer, self._started))
            self._answer = None
        if self._sent:
            self._sent[-1][0].sent -= len(self._out)  # held, and never to be sent
        self._report()
        if self._events:
            self._server.loop.unregister(self._sock)
        self._sock.close()
        self._connection.abandon()
        self._server.forget(self)
        if observers:
            announce("connection.close", connection=self._connection.id, reason=reason)


def _file_source(body: File) -> Iterator[bytes] | File:
    """The file itself where the kernel can send it, else its parts (an io.BytesIO)."""
    try:
        body.file.fileno()
    except (OSError, ValueError, AttributeError):
        return _read_parts(body)
    return body


def _read_parts(body: File) -> Iterator[bytes]:
    body.file.seek(body.offset)
    left = body.length
    while left and (part := body.file.read(min(left, RECEIVE_SIZE))):
        left -= len(part)
        yield part


def _dispose(response: Response, relay: Relay | None) -> None:
    """Close a body that is not sent, on the thread that would have pulled it."""
    if relay is not None:
        relay.abandon()  # its thread closes the body
    elif isinstance(response.body, File):
        response.body.file.close()
    elif not isinstance(response.body, bytes):
        close_body(response.body)
