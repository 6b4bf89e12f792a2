"""A group of servers behind this one: whose turn it is, and who is resting.

Step 1 of the trip, where the answer is another server's. One that fails is left alone for a
while, so that clients do not wait for it one after the other, and is then given a request
again. Connections that are idle are kept, since opening one costs a round trip.

Each worker keeps its own count: a server that is down is noticed once by each of them.

In Nginx: the block `upstream`; ngx_http_upstream_round_robin.c, ..._least_conn_module.c,
..._keepalive_module.c.
"""

import re
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from httpserver.addresses import ListenAddress, ListenError, parse_address


@dataclass(eq=False)
class Backend:
    """One server of a group. `weight` is its share; `max_fails` failures within
    `fail_timeout` seconds let it rest for as long."""

    address: str
    weight: int = 1
    max_fails: int = 1
    fail_timeout: float = 10.0

    where: ListenAddress = field(init=False)
    active: int = field(default=0, init=False)  # requests in progress
    credit: int = field(default=0, init=False)  # what makes it its turn
    fails: int = field(default=0, init=False)
    failed_at: float = field(default=0.0, init=False)  # the first of these failures
    rests_until: float = field(default=0.0, init=False)
    idle: list[tuple[float, socket.socket]] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        where = parse_upstream(self.address)
        if where.family != socket.AF_UNIX:
            # Names are looked up here, once: a look-up may take seconds, and blocks.
            try:
                found = socket.getaddrinfo(where.host, where.port, type=socket.SOCK_STREAM)
            except OSError as error:
                raise ListenError(f"No address is known for {where.host!r}: {error}.") from None
            family, _, _, _, name = found[0]
            where = ListenAddress(socket.AddressFamily(family), str(name[0]), where.port)
        self.where = where

    @property
    def target(self) -> tuple[str, int] | str:
        """What `socket.connect` wants."""
        return self.where.path or (self.where.host, self.where.port)


def parse_upstream(text: str) -> ListenAddress:
    """Read "http://127.0.0.1:8000", the same without the scheme or the port (80), or "unix:/path".

    Raises `ListenError` for what cannot be connected to.
    """
    scheme, separator, rest = text.strip().rpartition("://")
    if separator and scheme.lower() != "http":
        raise ListenError(f"{text!r}: only http:// is spoken to a server behind, not {scheme}://.")
    if rest.startswith("unix:"):
        rest = rest.removesuffix(":")  # as Nginx ends a path, to put another one behind it
    else:
        rest = rest.removesuffix("/")
        if "/" in rest:
            raise ListenError(f"{text!r} has a path: a request is passed on with its own path.")
        if rest and not rest.isdecimal() and not re.search(r":[0-9]+$", rest):
            rest += ":80"
    try:
        where = parse_address(rest)
    except ListenError:
        where = None
    if where is None or (where.family != socket.AF_UNIX and not where.port):
        raise ListenError(
            f"{text!r} is no address of a server. Write http://HOST:PORT or unix:/PATH."
        )
    return where


@dataclass(eq=False)
class Group:
    """Servers that can stand in for each other, and how patient we are with them.

    `balance` is "round robin" (by weight, evenly spread) or "least connections". Times are in
    seconds; `keep_alive` is how many idle connections are kept to each server.
    """

    backends: Sequence[Backend]
    balance: str = "round robin"
    keep_alive: int = 64
    idle_timeout: float = 60.0
    connect_timeout: float = 5.0
    send_timeout: float = 60.0
    read_timeout: float = 60.0
    tries: int = 3  # servers, or times, that a request is tried before the answer is 502

    def choose(self, tried: Sequence[Backend] = (), now: float | None = None) -> Backend | None:
        """Whose turn it is, among those that neither rest nor were tried; None: nobody's."""
        now = time.monotonic() if now is None else now
        if len(self.backends) == 1:
            return self.backends[0]  # there is nobody to take its place while it rests
        fit = [each for each in self.backends if each not in tried and each.rests_until <= now]
        if not fit:
            return None
        if self.balance == "least connections":
            least = min(each.active / each.weight for each in fit)
            fit = [each for each in fit if each.active / each.weight == least]
        # Everybody gains credit by weight, and the richest pays for all: with weights 3 and 1
        # that gives A A B A, where a plain count would give A A A B.
        for each in fit:
            each.credit += each.weight
        chosen = max(fit, key=lambda each: each.credit)
        chosen.credit -= sum(each.weight for each in fit)
        return chosen

    def failed(self, backend: Backend, now: float) -> None:
        """It could not be reached, or broke off: after so many times it rests."""
        if now - backend.failed_at > backend.fail_timeout:
            backend.fails, backend.failed_at = 0, now
        backend.fails += 1
        if backend.max_fails and backend.fails >= backend.max_fails:
            backend.rests_until = now + backend.fail_timeout

    def succeeded(self, backend: Backend) -> None:
        backend.fails = 0

    # --- Idle connections ---

    def take_idle(self, backend: Backend, now: float) -> socket.socket | None:
        """A connection that was kept and is still good, the youngest first."""
        while backend.idle:
            since, sock = backend.idle.pop()
            if now - since < self.idle_timeout and _is_silent(sock):
                return sock
            sock.close()
        return None

    def keep_idle(self, backend: Backend, sock: socket.socket, now: float) -> None:
        """Keep a connection for the next request, and let go of the oldest where it is one more
        than there should be."""
        backend.idle.append((now, sock))
        while len(backend.idle) > self.keep_alive or now - backend.idle[0][0] > self.idle_timeout:
            backend.idle.pop(0)[1].close()

    def close(self) -> None:
        for backend in self.backends:
            for _, sock in backend.idle:
                sock.close()
            backend.idle.clear()


def _is_silent(sock: socket.socket) -> bool:
    """Whether nothing has come on it: an end, or an answer that nobody has asked for, and that
    would be taken for the answer to the next request."""
    try:
        sock.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return True
    except OSError:
        pass
    return False
