"""A worker: listening sockets on one side, a handler on the other, one loop between.

Steps 1 and 10 of the trip. The server accepts clients up to its limit, gives each a channel,
calls the handler (in place, or on a thread of the pool), keeps the time, and stops without
losing an answer that is on its way. Processes are multiplied by `master`, not here.

In Nginx: ngx_process_cycle.c's worker and ngx_event_accept.c; in Gunicorn: workers/.
"""

import errno
import itertools
import logging
import os
import socket
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from httpserver.addresses import ListenError, listen, parse_address, url_of
from httpserver.channel import Channel
from httpserver.events import announce, observers
from httpserver.limits import Limits
from httpserver.logfile import close_logs
from httpserver.loop import READ, Loop
from httpserver.messages import (
    Address,
    Admit,
    Handler,
    HTTPError,
    Request,
    Response,
    Upstream,
    error_response,
)
from httpserver.pool import Pool

if TYPE_CHECKING:
    from httpserver.worker import Worker
    from httpserver.zones import Zone

__all__ = ["AccessLog", "ListenError", "Listener", "Server", "listen", "parse_address"]

# Told the request, the answer's status, the bytes sent after its head (as Nginx counts
# $body_bytes_sent), and the seconds from the request's last byte to the answer's.
AccessLog = Callable[[Request, int, int, float], None]

ACCEPT_AT_ONCE = 64  # new clients, before the present ones have their turn
TOO_MANY = b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
OUT_OF_FILES = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Listener:
    """A listening socket, who answers what comes in there, and whether it speaks TLS."""

    sock: socket.socket
    handler: Handler
    tls: ssl.SSLContext | None = None

    @property
    def admit(self) -> Admit | None:
        """A handler may refuse a request when its head is read, before the body comes."""
        return getattr(self.handler, "admit", None)

    @property
    def url(self) -> str:
        return url_of(self.sock, "https" if self.tls else "http")


class Server:
    """Serves `handler` on `listeners` until `stop()`.

    A listener is a socket, or a `Listener` with a handler of its own. With `threads=0` handlers
    run in the loop: the fastest way, for handlers that never wait. With `threads=N` they run on
    one of N threads. `per_client` counts the connections of each address.

    With threads, a call longer than `timeout` seconds (0: no matter) is stuck: it is logged, and
    another thread takes its place; with N of them stuck the process aborts. Without threads it is
    the master that notices. After `max_requests` (0: no matter) the server calls `on_spent`: it
    stops, or has its master replace it.
    """

    def __init__(
        self,
        handler: Handler,
        listeners: Sequence[socket.socket | Listener],
        *,
        limits: Limits | None = None,
        threads: int = 0,
        access_log: AccessLog | None = None,
        server_name: str = "glasstack",
        per_client: "Zone | None" = None,
        timeout: float = 0.0,
        max_requests: int = 0,
    ) -> None:
        self.limits = limits or Limits()
        self.loop = Loop()
        self.pool: Pool | None = None
        self.server_name = server_name
        self._listeners = [
            each if isinstance(each, Listener) else Listener(each, handler) for each in listeners
        ]
        self.addresses = [listener.url for listener in self._listeners]
        self._threads = threads
        self._timeout = timeout
        self._max_requests = max_requests
        self._handled = itertools.count(1)  # which several threads may ask for its next
        self.on_spent: Callable[[], None] = self.stop
        self._per_client = per_client
        self.access_log = access_log
        self._channels: set[Channel] = set()
        self._accepting = False
        self._accept_after = 0.0  # a moment of the loop: there were no descriptors left
        self._stopping = False

    # --- Life ---

    def run(self) -> None:
        """Serve until stopped. The listeners are the server's from here on: it closes them."""
        if self._threads:
            self.pool = Pool(self._threads, self._timeout)
        try:
            for listener in self._listeners:
                listener.sock.setblocking(False)
            self._accept_clients(True)
            self._sweep()
            self.loop.run()
        finally:
            self._close()

    def stop(self) -> None:
        """Stop accepting, finish what is in flight, let `run()` return.

        From any thread or a signal handler. What takes longer than
        `limits.graceful_timeout` is cut off.
        """
        self.loop.post(self._begin_stop)

    def report_to(self, worker: "Worker") -> None:
        """Let the master of this worker process know how it goes."""
        self.loop.pulse = worker.pulse
        # A thread may keep the interpreter's lock, and the loop, which sleeps, could not wake.
        self.loop.is_awake_always = bool(self._threads and self._timeout)
        self.on_spent = worker.spent

    def _begin_stop(self) -> None:
        if self._stopping:
            return
        self._stopping = True
        for listener in self._listeners:
            accepted = -1
            while accepted < len(self._channels):  # who waits in the queue would get a reset
                accepted = len(self._channels)
                self._accept(listener, READ)
        self._accept_clients(False)
        for listener in self._listeners:
            listener.sock.close()
        for channel in list(self._channels):
            channel.finish()
        if self._channels:
            # Not at once: a request may be on its way, of a client just accepted even likely.
            self.loop.call_later(self.limits.silent_timeout, self._dismiss_silent)
            self.loop.call_later(self.limits.graceful_timeout, self.loop.stop)
        else:
            self.loop.stop()

    def _dismiss_silent(self) -> None:
        for channel in list(self._channels):
            channel.dismiss_if_silent()

    def _close(self) -> None:
        self._stopping = True  # also where `stop()` was never called: nobody is accepted again
        self._accept_clients(False)
        for listener in self._listeners:
            listener.sock.close()
        for channel in list(self._channels):
            channel.close("the server has stopped")
        if self.pool is not None:
            self.pool.close(0.5)
        self.loop.close()

    # --- Clients ---

    def _accept_clients(self, accepting: bool) -> None:
        """Listen for new clients, or let them wait in the kernel's queue."""
        if accepting is self._accepting:
            return
        self._accepting = accepting
        for listener in self._listeners:
            if accepting:
                accept = partial(self._accept, listener)
                self.loop.register(listener.sock.fileno(), READ, accept)
            else:
                self.loop.unregister(listener.sock.fileno())

    def _accept(self, listener: Listener, events: int) -> None:
        for _ in range(ACCEPT_AT_ONCE):
            if len(self._channels) >= self.limits.connections:
                self._accept_clients(False)  # until one leaves: see `forget`
                return
            try:
                sock, peer = listener.sock.accept()
            except (BlockingIOError, ConnectionAbortedError):
                return
            except OSError as error:
                if error.errno not in OUT_OF_FILES:
                    raise
                log.error("no more clients can be accepted for now: %s", error.strerror)
                self._accept_clients(False)
                self._accept_after = self.loop.now + 1.0
                self.loop.call_later(1.0, self._accept_again)
                return
            try:
                self._welcome(sock, _address(peer), listener)
            except OSError:
                sock.close()  # gone before it was greeted

    def _welcome(self, sock: socket.socket, client: Address, listener: Listener) -> None:
        sock.setblocking(False)
        if self._per_client is not None and not isinstance(self._per_client.enter(client), float):
            if not listener.tls:
                sock.send(TOO_MANY)
            sock.close()
            return
        if sock.family != socket.AF_UNIX:
            # Answers leave in few large writes, so waiting to fill a packet only delays them.
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        local = _address(sock.getsockname())
        self._channels.add(Channel(self, sock, client, local, listener))

    def forget(self, channel: Channel) -> None:
        """A channel has closed."""
        self._channels.discard(channel)
        if self._per_client is not None:
            self._per_client.leave(channel.client)
        if not self._stopping:
            self._accept_again()
        elif not self._channels:
            self.loop.stop()

    def _accept_again(self) -> None:
        if (
            not self._stopping
            and self.loop.now >= self._accept_after
            and len(self._channels) < self.limits.connections
        ):
            self._accept_clients(True)

    def _sweep(self) -> None:
        """Look at every client's deadline. One walk now and then costs less than a timer
        that each request would set and call off again."""
        for channel in list(self._channels):
            channel.check_deadline(self.loop.now)
        if self.pool is not None and not self.pool.replace_stuck():
            self._abort()
        limits = self.limits
        shortest = min(
            limits.head_timeout,
            limits.body_timeout,
            limits.keep_alive or 1,
            limits.write_timeout,
            limits.linger_timeout,
            self._timeout or 1,
        )
        self.loop.call_later(min(1.0, max(0.01, shortest / 4)), self._sweep)

    def _abort(self) -> None:
        """No thread is left that could answer, and no way to end one. A master starts anew."""
        log.critical("all threads are stuck: the process aborts")
        close_logs()
        os.abort()

    # --- The handler ---

    def handle(self, handler: Handler, request: Request) -> Response | Upstream:
        """Call the handler. Whatever it raises becomes a response; the server lives."""
        if self.pool is None:
            self.loop.beat()
        if self._max_requests and next(self._handled) == self._max_requests:
            self.on_spent()
        if observers:
            announce("handler.start", request=request)
        response: Response | Upstream | None = None
        failure: BaseException | None = None
        try:
            response = handler(request)
            if not isinstance(response, (Response, Upstream)):
                raise TypeError(f"The handler returned {response!r}, not a Response.")
        except HTTPError as error:
            failure = error
            response = error_response(error.status, error.detail)
        except BaseException as error:
            # SystemExit and asyncio's CancelledError, too: no request may end the server.
            if isinstance(error, KeyboardInterrupt) and self.pool is None:
                raise  # Ctrl-C, which Python raises on the main thread: it is not the handler's
            failure = error
            log.exception("the handler failed: %s %s", request.method, request.target)
            response = error_response(500)
        finally:
            if observers:
                announce("handler.end", request=request, response=response, error=failure)
        return response

    def log_access(self, request: Request, status: int, body_bytes: int, seconds: float) -> None:
        if self.access_log is None:
            return
        try:
            self.access_log(request, status, body_bytes, seconds)
        except Exception:
            log.exception("the access log failed")


def _address(name: object) -> Address:
    """A socket's name as (host, port), or as a Unix socket's path.

    An IPv4 client of an IPv6 socket has an address like ::ffff:192.0.2.1 there. It is the one
    without that prefix in every rule, count and log.
    """
    if isinstance(name, tuple):
        host = str(name[0])
        return host[7:] if host.startswith("::ffff:") and "." in host else host, int(name[1])
    return name if isinstance(name, str) else ""
