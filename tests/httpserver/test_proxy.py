"""Requests passed on to real servers behind this one, good and bad."""

import hashlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from httpserver import Limits, Request, Response, listen
from httpserver.balancing import Backend, Group
from httpserver.loop import Loop
from httpserver.messages import Upstream
from httpserver.proxy import (
    AWAITING,
    CONNECTING,
    DONE,
    RECEIVING,
    SENDING,
    Exchange,
    Proxy,
    State,
    UpstreamBody,
)
from httpserver.server import Server
from tests.httpserver.serving import Running, Scripted, read_all, read_head, running
from tests.processes import wait_until

pytestmark = pytest.mark.timeout(30)


def echo(request: Request) -> Response:
    """Everything that arrived, as text, and the body."""
    if request.path == "/parts":
        return Response(200, [], iter([b"one ", b"two ", b"three"]))
    if request.path == "/large":
        return Response(200, [], iter([b"x" * 100_000] * 50))
    if request.path == "/close":
        return Response(200, [("Connection", "close"), ("X-Accel-Nonsense", "1")], b"closing")
    lines = [f"{request.method} {request.target}"]
    lines += [f"{name}: {value}" for name, value in request.headers.items()]
    body = "\n".join(lines).encode("latin-1") + b"\n\n" + request.body.read()
    return Response(200, [("X-From", "behind"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")], body)


@pytest.fixture(scope="module")
def behind() -> Iterator[Running]:
    with running(echo) as server:
        yield server


def group(*urls: str, **options: Any) -> Group:
    return Group([Backend(url) for url in urls], **options)


@pytest.fixture(params=[0, 2], ids=["inline", "threads"])
def front(behind: Running, request: pytest.FixtureRequest) -> Iterator[Running]:
    with running(Proxy(group(behind.url)), threads=request.param) as server:
        yield server


def test_a_request_goes_through_and_its_answer_comes_back(front: Running) -> None:
    response, body = front.ask("/a?b=c", X_Own="1")
    assert response.status == 200
    assert response.getheader("X-From") == "behind"
    assert response.headers.get_all("Set-Cookie") == ["a=1", "b=2"]
    assert response.getheader("Via") == "1.1 glasstack"
    assert b"GET /a?b=c\n" in body
    assert b"\nX-Own: 1\n" in body
    assert f"\nHost: 127.0.0.1:{front.address[1]}\n".encode() in body


@pytest.mark.parametrize("size", [0, 3, 100_000, 3_000_000])
def test_bodies_arrive_whole(front: Running, size: int) -> None:
    sent = bytes(range(256)) * (size // 256) + b"z" * (size % 256)
    _response, body = front.ask("/", "POST", sent)
    head, _, got = body.partition(b"\n\n")
    assert hashlib.sha256(got).digest() == hashlib.sha256(sent).digest()
    assert f"Content-Length: {size}".encode() in head


def test_answers_of_unknown_length_are_chunked_again(front: Running) -> None:
    response, body = front.ask("/large")
    assert response.getheader("Transfer-Encoding") == "chunked"
    assert len(body) == 5_000_000
    assert front.ask("/parts")[1] == b"one two three"
    assert front.raw(b"GET /parts HTTP/1.0\r\n\r\n").endswith(b"\r\n\r\none two three")


def test_head_has_no_body(front: Running) -> None:
    client = front.client()
    client.request("HEAD", "/parts")
    assert client.getresponse().read() == b""
    client.request("GET", "/parts")
    assert client.getresponse().read() == b"one two three"
    client.close()


def test_what_strangers_say_of_themselves_is_replaced(front: Running) -> None:
    _response, body = front.ask(
        "/",
        X_Forwarded_For="10.0.0.1",
        X_Forwarded_Proto="https",
        X_Real_IP="10.0.0.1",
        Forwarded="for=10.0.0.1",
        X_Accel_Redirect="/secret",
        Via="1.0 other",
    )
    fields = dict(
        line.split(": ", 1) for line in body.decode().partition("\n\n")[0].split("\n")[1:]
    )
    assert fields["X-Forwarded-For"] == "127.0.0.1"
    assert fields["X-Forwarded-Proto"] == "http"
    assert fields["X-Forwarded-Host"] == f"127.0.0.1:{front.address[1]}"
    assert fields["Forwarded"].startswith("for=127.0.0.1;proto=http;host=")
    assert fields["Via"] == "1.0 other, 1.1 glasstack"
    assert "X-Real-IP" not in fields
    assert "X-Accel-Redirect" not in fields


def test_fields_of_the_connection_end_here(front: Running) -> None:
    received = front.raw(
        b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close, X-Mine, X-Forwarded-For\r\nX-Mine: 1\r\n"
        b"TE: trailers\r\nKeep-Alive: 5\r\nProxy-Connection: x\r\nUpgrade: websocket\r\n"
        b"X_Mine: 2\r\n\r\n"
    )
    for name in (b"X-Mine", b"TE:", b"Keep-Alive", b"Proxy-Connection", b"Upgrade", b"X_Mine"):
        assert name not in received
    assert b"X-Forwarded-For: 127.0.0.1" in received


def test_a_chunked_request_is_passed_on_with_its_length(front: Running) -> None:
    received = front.raw(
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
        b"3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nX-Trailer: 1\r\n\r\n"
    )
    assert b"Content-Length: 5\n" in received
    assert b"Transfer-Encoding" not in received
    assert b"X-Trailer" not in received
    assert received.endswith(b"\n\nabcde")


def test_connections_are_kept_and_used_again(behind: Running) -> None:
    with running(Proxy(group(behind.url))) as front:
        before = len(behind.log)
        client = front.client()
        for _ in range(5):
            client.request("GET", "/a")
            client.getresponse().read()
        client.close()
        proxy = front.server._listeners[0].handler
        assert isinstance(proxy, Proxy)
        assert len(proxy.group.backends[0].idle) == 1
        wait_until(lambda: len(behind.log) - before == 5, "the log of five requests")


def test_a_connection_that_was_closed_meanwhile_is_not_used() -> None:
    def one_answer(sock: socket.socket) -> None:
        read_head(sock)
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    with Scripted(one_answer) as backend, running(Proxy(group(backend.url))) as front:
        for number in (1, 2, 3):
            assert front.ask("/", "POST", b"x")[1] == b"ok"
            wait_until(lambda: backend.closed == number, "the end of the connection")  # noqa: B023
        assert backend.connections == 3


def free_url() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


def test_nobody_there_is_502() -> None:
    with running(Proxy(group(free_url()))) as front:
        response, _body = front.ask("/")
        assert response.status == 502


def test_a_server_that_is_down_is_passed_over_and_rests(behind: Running) -> None:
    servers = group(free_url(), behind.url)
    with running(Proxy(servers)) as front:
        for _ in range(6):
            assert front.ask("/", "POST", b"once")[0].status == 200
    assert servers.backends[0].fails == 1
    assert servers.backends[0].rests_until > time.monotonic()


def test_a_silent_server_is_504_and_its_client_told_in_time() -> None:
    release = threading.Event()

    def silent(sock: socket.socket) -> None:
        read_head(sock)
        release.wait(10)

    with Scripted(silent) as backend:
        patient = group(backend.url, read_timeout=0.2, tries=1)
        with running(Proxy(patient), limits=Limits(head_timeout=0.4)) as front:
            assert front.ask("/")[0].status == 504
            release.set()


@pytest.mark.parametrize("threads", [0, 2])
def test_a_client_that_has_waited_longer_than_it_may_ask_is_told_504(threads: int) -> None:
    release = threading.Event()

    def silent(sock: socket.socket) -> None:
        read_head(sock)
        release.wait(10)

    with Scripted(silent) as backend:
        patient = group(backend.url, read_timeout=0.6, tries=1)
        limits = Limits(head_timeout=0.2)
        with running(Proxy(patient), limits=limits, threads=threads) as front:
            assert front.ask("/")[0].status == 504
            release.set()


@pytest.mark.parametrize("threads", [0, 2])
def test_a_client_may_say_that_it_ends_before_its_streamed_body_is_passed_on(threads: int) -> None:
    head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n"
    with running(echo) as backend:
        proxy = Proxy(group(backend.url), stream_body=True)
        with running(proxy, threads=threads) as front:
            for _ in range(5):
                with front.connect() as sock:
                    sock.sendall(head + b"hello")
                    sock.shutdown(socket.SHUT_WR)
                    assert read_all(sock).endswith(b"hello")
                with front.connect() as sock:
                    sock.sendall(head + b"hel")
                    sock.shutdown(socket.SHUT_WR)
                    assert read_all(sock) == b""


BAD_ANSWERS = {
    "no status line": b"hello\r\n\r\n",
    "another protocol": b"HTTP/2.0 200 OK\r\n\r\n",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
    "length and coding": b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a folded field": b"HTTP/1.1 200 OK\r\nA: b\r\n c\r\nContent-Length: 0\r\n\r\n",
    "a bare line feed": b"HTTP/1.1 200 OK\nContent-Length: 0\n\n\r\n\r\n",
    "an endless head": b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 12_000,
    "a malformed chunk in one piece with its head": b"HTTP/1.1 200 OK\r\n"
    b"Transfer-Encoding: chunked\r\n\r\nZZ\r\n",
    "an upgrade nobody asked for": b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n",
    "nothing": b"",
}


@pytest.mark.parametrize("answer", BAD_ANSWERS.values(), ids=BAD_ANSWERS)
def test_an_answer_that_leaves_doubt_is_502(answer: bytes) -> None:
    def script(sock: socket.socket) -> None:
        read_head(sock)
        sock.sendall(answer)

    with Scripted(script) as backend, running(Proxy(group(backend.url))) as front:
        assert front.ask("/", "POST", b"x")[0].status == 502
        assert backend.connections == 1  # what may have done something is not repeated


def test_what_is_idempotent_is_tried_again(behind: Running) -> None:
    def breaks_off(sock: socket.socket) -> None:
        read_head(sock)

    with Scripted(breaks_off) as bad, running(Proxy(group(bad.url, behind.url))) as front:
        assert front.ask("/")[0].status == 200
        assert bad.connections == 1


def test_an_answer_that_breaks_off_breaks_off_here_too() -> None:
    def script(sock: socket.socket) -> None:
        read_head(sock)
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")

    with Scripted(script) as backend, running(Proxy(group(backend.url))) as front:
        received = front.raw(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert received.endswith(b"\r\n\r\nhalf")
        assert b"Content-Length: 10" in received


def test_news_of_the_way_is_not_the_answer() -> None:
    def script(sock: socket.socket) -> None:
        read_head(sock)
        sock.sendall(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    with Scripted(script) as backend, running(Proxy(group(backend.url))) as front:
        assert front.ask("/")[1] == b"ok"


def test_a_second_answer_is_nobodys() -> None:
    """Response smuggling: what follows an answer unasked for is not the next client's."""

    def script(sock: socket.socket) -> None:
        read_head(sock)
        # In one piece: what comes later cannot be told from an answer to the next request.
        evil = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" + evil)
        read_all(sock)

    with Scripted(script) as backend, running(Proxy(group(backend.url))) as front:
        for _ in range(3):
            assert front.ask("/")[1] == b"ok"


def test_a_slow_upstream_stalls_nobody(behind: Running) -> None:
    release = threading.Event()

    def silent(sock: socket.socket) -> None:
        read_head(sock)
        release.wait(10)
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate")

    with Scripted(silent) as slow:
        slow_proxy, quick_proxy = Proxy(group(slow.url)), Proxy(group(behind.url))

        def choose(request: Request) -> Any:
            return (slow_proxy if request.path == "/slow" else quick_proxy)(request)

        with running(choose) as front:
            client = front.client()
            client.request("GET", "/slow")
            for _ in range(20):
                assert front.ask("/quick")[0].status == 200
            release.set()
            assert client.getresponse().read() == b"late"
            client.close()


def test_a_client_that_leaves_ends_the_exchange() -> None:
    gone = threading.Event()

    def endless(sock: socket.socket) -> None:
        read_head(sock)
        sock.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        try:
            while True:
                sock.sendall(b"x" * 65536)
        except OSError:
            gone.set()

    with Scripted(endless) as backend, running(Proxy(group(backend.url))) as front:
        with front.connect() as sock:
            sock.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            assert sock.recv(100)
        assert gone.wait(10)


def test_an_endless_answer_waits_for_a_client_that_does_not_read() -> None:
    sent = [0]
    stop = threading.Event()

    def endless(sock: socket.socket) -> None:
        read_head(sock)
        sock.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        sock.settimeout(0.5)
        try:
            while not stop.is_set():
                sent[0] += sock.send(b"x" * 65536)
        except OSError:
            stop.set()

    with (
        Scripted(endless) as backend,
        running(Proxy(group(backend.url))) as front,
        front.connect() as sock,
    ):
        sock.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert stop.wait(20)  # the upstream could send no more
        assert sent[0] < 30_000_000  # what the kernel's buffers hold, and little of ours


# --- What a failure leads to ---


@pytest.fixture
def failing() -> Iterator[Callable[..., Exchange]]:
    """Exchanges with one of two servers, in a state, and what they have answered."""
    made: list[Exchange] = []
    loop = Loop()

    def wake() -> None:
        pass

    def make(state: State, method: str = "GET", **more: Any) -> Exchange:
        answers: list[int] = []
        servers = group(*(f"127.0.0.1:{listener.getsockname()[1]}" for listener in listeners))
        upstream = Upstream(servers, Request(method, "/"))
        exchange = Exchange(
            upstream, loop, Limits(), lambda response: answers.append(response.status), wake
        )
        exchange.state = state
        exchange._backend = servers.backends[0]
        exchange._tried = [servers.backends[0]]
        servers.backends[0].active = 1
        exchange._was_sent = state is not CONNECTING
        vars(exchange).update(more, answers=answers)
        made.append(exchange)
        return exchange

    with (
        socket.create_server(("127.0.0.1", 0)) as one,
        socket.create_server(("127.0.0.1", 0)) as two,
    ):
        listeners = (one, two)
        yield make
        for exchange in made:
            exchange.abandon()
    loop.close()


@pytest.mark.parametrize(
    ("state", "method", "more", "again"),
    [
        (CONNECTING, "GET", {}, True),
        (CONNECTING, "POST", {}, True),  # it has seen nothing of it
        (SENDING, "POST", {}, False),
        (AWAITING, "POST", {}, False),
        (AWAITING, "PATCH", {}, False),
        (SENDING, "PUT", {}, True),
        (AWAITING, "GET", {}, True),
        (SENDING, "PUT", {"_replayable": False}, False),  # its body has gone by
        (AWAITING, "GET", {"_failures": 1}, True),
        (AWAITING, "GET", {"_failures": 2}, False),  # three times is enough
        (AWAITING, "POST", {"_was_idle": True}, False),
    ],
)
def test_what_may_have_done_something_is_not_tried_again(
    failing: Callable[..., Exchange], state: State, method: str, more: Any, again: bool
) -> None:
    exchange: Any = failing(state, method, **more)
    first, second = exchange._upstream.group.backends
    exchange._fail("was too slow", 504)
    assert exchange.answers == ([] if again else [504])
    assert exchange.state is (CONNECTING if again else DONE)
    assert (first.active, second.active) == (0, int(again))


@pytest.mark.parametrize("was_idle", [False, True])
def test_an_idle_connection_that_was_closed_is_no_fault(
    failing: Callable[..., Exchange], was_idle: bool
) -> None:
    exchange: Any = failing(SENDING, _was_idle=was_idle)
    first, second = exchange._upstream.group.backends
    exchange._fail("broke off", 502)
    assert (first.fails, first.rests_until > 0) == ((0, False) if was_idle else (1, True))
    assert exchange._tried == ([first] if was_idle else [first, second])


def test_an_answer_that_has_begun_is_not_asked_for_again(
    failing: Callable[..., Exchange],
) -> None:
    exchange: Any = failing(RECEIVING)
    body = exchange._body = UpstreamBody(exchange)
    woken: list[bool] = []
    exchange._wake = lambda: woken.append(body.failed)
    exchange._fail("broke off", 502)
    assert woken == [True], "the channel is told when the body says that it failed"
    assert exchange.answers == []
    assert exchange.state is DONE
    assert exchange._upstream.group.backends[0].active == 0


# --- A streamed request body ---


def test_a_streamed_body_is_passed_on_as_it_comes() -> None:
    first = threading.Event()
    got: list[bytes] = []

    def script(sock: socket.socket) -> None:
        data = read_head(sock)
        while b"one" not in data:
            data += sock.recv(65536)
        first.set()
        while not data.endswith(b"0\r\n\r\n"):
            data += sock.recv(65536)
        got.append(data)
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    with (
        Scripted(script) as backend,
        running(Proxy(group(backend.url), stream_body=True)) as front,
        front.connect() as sock,
    ):
        sock.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        sock.sendall(b"3\r\none\r\n")
        assert first.wait(10)  # it has come, though the body is not whole
        sock.sendall(b"3\r\ntwo\r\n0\r\n\r\n")
        assert sock.recv(65536).startswith(b"HTTP/1.1 200 OK")
    assert got[0].endswith(b"3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n")


@pytest.mark.parametrize("size", [1, 70_000, 5_000_000])
def test_a_streamed_body_arrives_whole(behind: Running, size: int) -> None:
    with running(Proxy(group(behind.url), stream_body=True)) as front:
        _response, body = front.ask("/", "POST", b"a" * size)
        assert len(body.partition(b"\n\n")[2]) == size


def test_a_malformed_streamed_body_is_refused_and_not_completed() -> None:
    data = bytearray()
    ended = threading.Event()

    def script(sock: socket.socket) -> None:
        try:
            data.extend(read_all(sock))
        finally:
            ended.set()

    with (
        Scripted(script) as backend,
        running(Proxy(group(backend.url), stream_body=True)) as front,
    ):
        received = front.raw(
            b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\nzz\r\n"
        )
        assert received.startswith(b"HTTP/1.1 400")
        assert ended.wait(10)
    assert not data.endswith(b"0\r\n\r\n")


def test_an_early_answer_to_a_streamed_body_is_passed_on() -> None:
    def script(sock: socket.socket) -> None:
        read_head(sock)
        sock.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno")
        read_all(sock)

    with (
        Scripted(script) as backend,
        running(Proxy(group(backend.url), stream_body=True)) as front,
        front.connect() as sock,
    ):
        sock.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nabc")
        received = read_all(sock)
    assert received.startswith(b"HTTP/1.1 413 Too Large")
    assert b"Connection: close" in received


# --- Upgrade ---


def test_an_upgrade_opens_a_tunnel() -> None:
    def script(sock: socket.socket) -> None:
        head = read_head(sock)
        assert b"Upgrade: echo\r\n" in head
        assert b"Connection: Upgrade\r\n" in head
        sock.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\n\r\nwelcome ")
        while data := sock.recv(100):
            sock.sendall(data.upper())

    with (
        Scripted(script) as backend,
        running(Proxy(group(backend.url), upgrade=True)) as front,
        front.connect() as sock,
    ):
        sock.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n")
        received = b""
        while not received.endswith(b"welcome "):
            received += sock.recv(65536)
        assert received.startswith(b"HTTP/1.1 101 Switching Protocols\r\n")
        assert b"Connection: Upgrade\r\n" in received
        for word in (b"one", b"two" * 1000):
            sock.sendall(word)
            got = b""
            while len(got) < len(word):
                got += sock.recv(65536)
            assert got == word.upper()
        sock.shutdown(socket.SHUT_WR)
        assert sock.recv(10) == b""


def test_without_being_allowed_an_upgrade_is_not_passed_on(front: Running) -> None:
    received = front.raw(
        b"GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade, close\r\nUpgrade: echo\r\n\r\n"
    )
    assert received.startswith(b"HTTP/1.1 200 OK")
    assert b"Upgrade" not in received


def test_unix_sockets(tmp_path: Any) -> None:
    path = str(tmp_path / "s")
    server = Server(echo, [listen(f"unix:{path}")])
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        with running(Proxy(group(f"unix:{path}"))) as front:
            assert front.ask("/x")[0].status == 200
    finally:
        server.stop()
        thread.join(10)


def test_what_is_said_while_a_large_body_is_sent_is_heard() -> None:
    heard = threading.Event()

    def too_large(sock: socket.socket) -> None:
        read_head(sock)
        sock.sendall(b"HTTP/1.1 413 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        assert heard.wait(10)  # it reads no more, and its end would be a reset

    limits = Limits(body=50_000_000)
    with (
        Scripted(too_large) as backend,
        running(Proxy(group(backend.url)), limits=limits) as front,
    ):
        response, _ = front.ask("/", "POST", b"x" * 30_000_000)
        assert (response.status, response.reason) == (413, "No")
        heard.set()


def test_a_request_that_may_go_no_further_is_answered_here(front: Running) -> None:
    response, body = front.ask("/", "OPTIONS", Max_Forwards="0")
    assert (response.status, response.getheader("X-From")) == (204, None)
    response, body = front.ask("/", "OPTIONS", Max_Forwards="3")
    assert b"\nMax-Forwards: 2\n" in body
    assert b"\nMax-Forwards: 0\n" in front.ask("/", Max_Forwards="0")[1]  # not of a GET
