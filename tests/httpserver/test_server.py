"""The server on real sockets, with the handler inline and in threads."""

import asyncio
import http.client
import io
import itertools
import os
import select
import socket
import struct
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

import httpserver.channel
import httpserver.loop
from httpserver import File, Limits, ListenError, Request, Response, Server, listen
from httpserver.events import observe
from httpserver.messages import Admission
from tests.httpserver import serving
from tests.httpserver.serving import read_all
from tests.processes import wait_until

pytestmark = pytest.mark.timeout(20)

TINY = Limits(head_timeout=0.15, body_timeout=0.15, keep_alive=0.15, linger_timeout=0.3)


LARGE = bytes(range(251)) * 80_000


class Site:
    """A handler with a page for every case, which remembers what it saw."""

    def __init__(self) -> None:
        self.threads: dict[str, set[str]] = {}
        self.closed = threading.Event()
        self.closes = 0
        self.entered = threading.Event()
        self.release = threading.Event()

    def __call__(self, request: Request) -> Response:
        name = request.path.strip("/") or "hello"
        page = getattr(self, name, None)
        return page(request) if page else Response(404)

    def hello(self, request: Request) -> Response:
        return Response(200, [("Content-Type", "text/plain")], b"hello")

    def echo(self, request: Request) -> Response:
        return Response(200, [], request.body.read())

    def parts(self, request: Request) -> Response:
        return Response(200, [], [b"one", b"", b"two"])

    def large(self, request: Request) -> Response:
        return Response(200, [], LARGE)

    def boom(self, request: Request) -> Response:
        raise ZeroDivisionError

    def exits(self, request: Request) -> Response:
        raise SystemExit(1)

    def cancelled(self, request: Request) -> Response:
        def body() -> Iterator[bytes]:
            yield b"one"
            raise asyncio.CancelledError

        return Response(200, [], body())

    def bad_field(self, request: Request) -> Response:
        return Response(200, [("A", "b\r\nC: d")], self._tracked(3))

    def breaks(self, request: Request) -> Response:
        def body() -> Iterator[bytes]:
            yield b"one"
            raise ZeroDivisionError

        return Response(200, [], body())

    def short(self, request: Request) -> Response:
        return Response(200, [("Content-Length", "10")], [b"short"])

    def long(self, request: Request) -> Response:
        return Response(200, [("Content-Length", "3")], [b"longer"])

    def endless(self, request: Request) -> Response:
        return Response(200, [], self._tracked(10**9))

    def five_and_more(self, request: Request) -> Response:
        return self._five(itertools.repeat(b"hello"))

    def five_and_silence(self, request: Request) -> Response:
        return self._five(itertools.chain([b"hello"], itertools.repeat(b"")))

    def _five(self, parts: Iterable[bytes]) -> Response:
        def body() -> Iterator[bytes]:
            try:
                yield from parts
            finally:
                self.closed.set()

        return Response(200, [("Content-Length", "5")], body())

    def patient(self, request: Request) -> Response:
        def body() -> Iterator[bytes]:
            yield b"one"
            self.entered.set()
            while not self.release.is_set():
                yield b""
            yield b"two"

        return Response(200, [("Content-Length", "6")], body())

    def bulk(self, request: Request) -> Response:
        def body() -> Iterator[bytes]:
            for number in range(6):
                if number == 2:
                    self.entered.set()
                yield b"x" * 4_000_000

        return Response(200, [("Content-Length", "24000000")], body())

    def tracked(self, request: Request) -> Response:
        return Response(200, [], self._tracked(3))

    def file(self, request: Request) -> Response:
        file = tempfile.TemporaryFile()
        file.write(b"0123456789" * 300_000)
        return Response(200, [], File(file, 5, 2_999_990))

    def memory_file(self, request: Request) -> Response:
        return Response(200, [], File(io.BytesIO(b"0123456789"), 2, 5))

    def wait(self, request: Request) -> Response:
        self.entered.set()
        assert self.release.wait(10)
        return Response(200, [], b"waited")

    def _tracked(self, count: int) -> "Tracked":
        return Tracked(self, count)


class Tracked:
    """A body that knows on which threads it was iterated, and that it was closed once."""

    def __init__(self, site: Site, count: int) -> None:
        self.site, self.count = site, count
        site.threads = {"call": {threading.current_thread().name}, "next": set(), "close": set()}

    def __iter__(self) -> Iterator[bytes]:
        for _ in range(self.count):
            self.site.threads["next"].add(threading.current_thread().name)
            yield b"x" * 1000

    def close(self) -> None:
        self.site.threads["close"].add(threading.current_thread().name)
        self.site.closes += 1
        self.site.closed.set()


class Running(serving.Running):
    """With the site that it serves, and what is asked of it most."""

    def __init__(self, site: Any, **options: Any) -> None:
        self.site = site
        super().__init__(site, **options)

    def get(self, path: str) -> tuple[int, bytes]:
        response, body = self.ask(path)
        return response.status, body


def wait_until_refused(web: Running) -> None:
    """Until the server has heard that it must stop: then nobody listens any more."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            web.connect().close()
        except ConnectionError:
            return
    raise AssertionError("the server still accepts")


@contextmanager
def running(site: Any = None, **options: Any) -> Iterator[Running]:
    server = Running(Site() if site is None else site, **options)
    try:
        yield server
    finally:
        server.site.release.set() if isinstance(server.site, Site) else None
        server.stop()


@pytest.fixture(params=[0, 2], ids=["inline", "threads"])
def web(request: pytest.FixtureRequest) -> Iterator[Running]:
    with running(threads=request.param) as server:
        yield server


GET = b"GET /%s HTTP/1.1\r\nHost: a\r\n\r\n"
LAST = b"GET /%s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"


def test_one_connection_carries_many_requests(web: Running) -> None:
    client = web.client()
    for _ in range(3):
        client.request("POST", "/echo", body=b"abc" * 1000)
        response = client.getresponse()
        assert (response.status, response.read()) == (200, b"abc" * 1000)
    client.close()


def test_pipelined_answers_come_in_order(web: Running) -> None:
    received = web.raw(GET % b"parts" + GET % b"nowhere" + GET % b"hello" + LAST % b"boom")
    statuses = [part[:3] for part in received.split(b"HTTP/1.1 ")[1:]]
    assert statuses == [b"200", b"404", b"200", b"500"]


def test_an_iterable_is_sent_in_chunks(web: Running) -> None:
    received = web.raw(LAST % b"parts")
    body = received.partition(b"\r\n\r\n")[2]
    # A thread may be ahead of the loop, which then sends what has gathered as one.
    assert body in (b"3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n", b"6\r\nonetwo\r\n0\r\n\r\n")


def test_http_1_0_gets_its_body_up_to_the_end(web: Running) -> None:
    received = web.raw(b"GET /parts HTTP/1.0\r\n\r\n")
    assert received.endswith(b"\r\n\r\nonetwo")
    assert b"Transfer-Encoding" not in received


def test_head_has_no_body(web: Running) -> None:
    received = web.raw(b"HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    assert b"Content-Length: 5" in received
    assert received.endswith(b"\r\n\r\n")


def test_a_handler_that_raises_gives_500_and_the_server_lives(web: Running) -> None:
    status, body = web.get("/boom")
    assert status == 500
    assert b"ZeroDivision" not in body
    assert web.get("/")[0] == 200


@pytest.mark.parametrize("page", ["exits", "cancelled"])
def test_no_request_ends_a_thread_or_the_server(web: Running, page: str) -> None:
    for _ in range(3):  # more often than there are threads
        received = web.raw(LAST % page.encode())
        assert received.startswith(b"HTTP/1.1 500 " if page == "exits" else b"HTTP/1.1 200 ")
        assert not received.endswith(b"0\r\n\r\n")
    assert web.get("/") == (200, b"hello")


def test_ctrl_c_in_the_loop_is_not_the_handlers() -> None:
    def interrupted(request: Request) -> Response:
        raise KeyboardInterrupt

    server = Server(interrupted, [])
    with pytest.raises(KeyboardInterrupt):
        server.handle(interrupted, Request("GET", "/"))
    server.loop.close()


def test_an_end_by_an_exception_closes_everything() -> None:
    ended: list[BaseException] = []
    listener = listen("127.0.0.1:0")
    server = Server(Site(), [listener])

    def run() -> None:
        try:
            server.run()
        except BaseException as error:
            ended.append(error)

    def interrupt() -> None:
        raise KeyboardInterrupt

    with socket.create_connection(listener.getsockname(), timeout=10) as sock:
        thread = threading.Thread(target=run)
        thread.start()
        sock.sendall(GET % b"hello")
        assert sock.recv(1000)
        server.loop.post(interrupt)
        assert sock.recv(1000) == b""
        thread.join(10)
    assert [type(error) for error in ended] == [KeyboardInterrupt]


def test_a_field_with_a_line_break_never_reaches_the_wire(web: Running) -> None:
    received = web.raw(LAST % b"bad_field")
    assert received.startswith(b"HTTP/1.1 500 ")
    assert b"C: d" not in received
    assert web.site.closed.wait(5)
    assert web.site.closes == 1


def test_a_body_that_breaks_is_not_ended(web: Running) -> None:
    with pytest.raises(http.client.IncompleteRead):
        web.get("/breaks")
    assert web.get("/")[0] == 200


def test_a_body_shorter_than_its_length_closes_the_connection(web: Running) -> None:
    with pytest.raises(http.client.IncompleteRead):
        web.get("/short")


def test_a_body_longer_than_its_length_is_cut(web: Running) -> None:
    received = web.raw(GET % b"long" + LAST % b"hello")
    assert b"\r\n\r\nlonHTTP/1.1 200 OK" in received


@pytest.mark.parametrize("page", [b"five_and_more", b"five_and_silence"])
def test_a_body_that_gave_its_length_is_asked_for_no_more(web: Running, page: bytes) -> None:
    received = web.raw(GET % page + LAST % b"hello")
    assert b"\r\n\r\nhelloHTTP/1.1 200 OK" in received
    assert web.site.closed.wait(10)


@pytest.mark.parametrize(("round_seconds", "expected"), [(60, [0, 0, 0]), (-1, [0, 1, 2])])
def test_answers_of_one_round_leave_together_unless_it_is_a_long_one(
    round_seconds: float, expected: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(httpserver.loop, "ROUND", round_seconds)
    clients: list[socket.socket] = []
    answered: list[int] = []
    held, everybody_has_asked, nobody_read_before = (threading.Event() for _ in range(3))

    def count(request: Request) -> Response:
        answered.append(len(select.select(clients, [], [], 0)[0]))
        if len(answered) == len(expected):
            nobody_read_before.set()
        return Response(200, [], b"ok")

    def hold() -> None:
        held.set()
        everybody_has_asked.wait(10)

    with running(count) as web, ExitStack() as stack:
        for _ in expected:  # each is known to the loop before the round begins
            sock = stack.enter_context(web.connect())
            sock.sendall(GET % b"")
            assert sock.recv(1000).endswith(b"ok")
            clients.append(sock)
        answered.clear()
        nobody_read_before.clear()
        web.server.loop.post(hold)
        assert held.wait(10)
        for sock in clients:
            sock.sendall(GET % b"")
        everybody_has_asked.set()
        assert nobody_read_before.wait(10)
        for sock in clients:
            assert sock.recv(1000).endswith(b"ok")
    assert answered == expected


def test_others_are_served_while_a_body_has_nothing_yet(web: Running) -> None:
    with web.connect() as sock:
        sock.sendall(LAST % b"patient")
        assert web.site.entered.wait(10)
        assert web.get("/")[0] == 200
        web.site.release.set()
        assert read_all(sock).endswith(b"\r\n\r\nonetwo")


def test_a_thread_whose_client_has_used_up_its_turn_is_heard(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(httpserver.channel, "TURN", 1)  # up after each write
    with running(threads=1) as web, web.connect() as sock:
        sock.sendall(LAST % b"bulk")
        assert web.site.entered.wait(10)  # one part is being sent, and the next one waits
        assert read_all(sock).endswith(b"x" * 24_000_000)


def test_one_request_stays_on_one_thread(web: Running) -> None:
    assert web.get("/tracked") == (200, b"x" * 3000)
    assert web.site.closed.wait(5)
    threads = web.site.threads
    assert threads["call"] == threads["next"] == threads["close"]
    assert len(threads["call"]) == 1
    assert web.site.closes == 1


def test_a_client_that_leaves_closes_the_iterable_once(web: Running) -> None:
    sock = web.connect()
    sock.sendall(GET % b"endless")
    assert sock.recv(1000).startswith(b"HTTP/1.1 200")
    sock.close()
    assert web.site.closed.wait(10)
    assert web.get("/")[0] == 200
    assert web.site.closes == 1


def test_an_endless_body_waits_for_a_slow_client_and_others_are_served(web: Running) -> None:
    with web.connect() as sock:
        sock.sendall(GET % b"endless")
        assert sock.recv(1000)
        assert web.get("/")[0] == 200
        assert not web.site.closed.is_set()
    assert web.site.closed.wait(10)


def test_a_file_is_sent_whole_from_its_offset(web: Running) -> None:
    status, body = web.get("/file")
    assert status == 200
    assert body == (b"0123456789" * 300_000)[5:-5]


def test_a_file_in_memory_is_sent_too(web: Running) -> None:
    assert web.get("/memory_file") == (200, b"23456")


def test_a_malformed_request_gets_400_and_the_end(web: Running) -> None:
    received = web.raw(b"GET / HTTP/1.1\r\nHost : a\r\n\r\n" + GET % b"hello")
    assert received.startswith(b"HTTP/1.1 400 ")
    assert b"Connection: close" in received
    assert received.count(b"HTTP/1.1 ") == 1
    assert web.log[-1][:2] == ("-", 400)


def test_100_continue_is_sent_when_the_body_is_wanted(web: Running) -> None:
    with web.connect() as sock:
        sock.sendall(
            b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n"
            b"Connection: close\r\nExpect: 100-continue\r\n\r\n"
        )
        assert sock.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        sock.sendall(b"ok")
        assert read_all(sock).endswith(b"\r\n\r\nok")


def test_no_100_continue_follows_the_answer() -> None:
    def refuse(request: Request) -> Response:
        return Response(403)

    refuse.admit = lambda request: Admission(stream=True)  # type: ignore[attr-defined]
    with running(refuse) as web:
        received = web.raw(
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
        )
    assert received.startswith(b"HTTP/1.1 403 ")
    assert received.count(b"HTTP/1.1 ") == 1


def test_a_half_closed_client_gets_its_answer(web: Running) -> None:
    with web.connect() as sock:
        sock.sendall(GET % b"parts")
        sock.shutdown(socket.SHUT_WR)
        assert read_all(sock).endswith(b"0\r\n\r\n")


@pytest.mark.parametrize("threads", [0, 2])
def test_a_half_closed_client_gets_all_answers_however_late_it_reads(threads: int) -> None:
    asked: list[Request] = []

    def handler(request: Request) -> Response:
        asked.append(request)
        return Response(200, [], b"#" * 60_000)

    with running(handler, threads=threads) as web, web.connect() as sock:
        sock.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 400)
        sock.shutdown(socket.SHUT_WR)
        wait_until(lambda: len(asked) > 10, "the server is asked")
        received = read_all(sock).count(b"#")
    assert received == 400 * 60_000


def test_who_waits_in_the_queue_when_the_server_stops_is_answered_however_many_they_are() -> None:
    with running() as web, ExitStack() as clients:
        busy = clients.enter_context(web.connect())
        busy.sendall(GET % b"wait")
        assert web.site.entered.wait(5)
        waiting = [clients.enter_context(web.connect()) for _ in range(200)]
        for sock in waiting:
            sock.sendall(GET % b"hello")
        web.server.stop()
        web.site.release.set()
        assert sum(read_all(sock).startswith(b"HTTP/1.1 200 ") for sock in waiting) == 200


def test_of_pipelined_answers_that_were_held_none_is_counted_as_sent() -> None:
    with running(
        lambda request: Response(200, [], b"#" * 300),
        limits=Limits(requests_per_connection=1_000_000),
    ) as web:
        with web.connect() as sock:
            sock.setblocking(False)
            while select.select([], [sock], [], 0.3)[1]:  # in the end nothing goes any more
                sock.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 600)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        wait_until(lambda: bool(web.log), "the answers are in the log")
    counts = [body_bytes for _, _, body_bytes in web.log]
    assert counts[-100:] == [0] * 100  # of `out_buffer`, each with its head took 400 bytes
    assert counts[0] == 300


def test_a_large_body_sees_its_413_and_no_reset() -> None:
    with running(limits=Limits(body=1000)) as web, web.connect() as sock:
        sock.sendall(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000\r\n\r\n")
        sock.sendall(b"x" * 5_000_000)
        sock.shutdown(socket.SHUT_WR)
        assert read_all(sock).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    "begun",
    [b"GET / HT", b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\na"],
    ids=["head", "body"],
)
def test_a_slow_request_gets_408(begun: bytes) -> None:
    with running(limits=TINY) as web, web.connect() as sock:
        sock.sendall(begun)
        received = b""
        while b"took too long" not in received:
            data = sock.recv(1000)
            assert data
            received += data
        assert received.startswith(b"HTTP/1.1 408 ")
        assert read_all(sock) == b""


def test_a_silent_client_is_closed_without_a_word() -> None:
    with running(limits=TINY) as web:
        assert web.raw(b"") == b""
        assert web.raw(GET % b"hello").count(b"HTTP/1.1") == 1


def test_a_client_that_does_not_read_is_left() -> None:
    with running(limits=Limits(write_timeout=0.2)) as web, web.connect() as sock:
        sock.sendall(GET % b"endless")
        assert web.site.closed.wait(10)


def test_a_client_that_sips_is_left() -> None:
    left = threading.Event()
    end = observe(lambda name, details: left.set() if name == "connection.close" else None)
    limits = Limits(write_timeout=0.2, write_rate=10**9)
    try:
        with running(limits=limits) as web, web.connect() as sock:
            sock.sendall(GET % b"large")
            for _ in range(1000):
                if left.wait(0.005):
                    break
                assert sock.recv(1000)
            assert left.is_set()
            assert web.log[0][2] < len(LARGE)
    finally:
        end()


def test_a_client_that_takes_everything_is_fast_enough() -> None:
    limits = Limits(write_timeout=0.2, write_rate=10**9)
    with running(limits=limits) as web:
        for _ in range(3):
            assert web.get("/tracked") == (200, b"x" * 3000)


def test_more_clients_than_the_limit_wait_for_their_turn() -> None:
    limits = Limits(connections=1)
    with running(limits=limits) as web, web.connect() as first, web.connect() as second:
        first.sendall(GET % b"hello")
        assert first.recv(1000).startswith(b"HTTP/1.1 200")
        second.sendall(LAST % b"hello")
        first.close()
        assert read_all(second).startswith(b"HTTP/1.1 200")


def test_stop_finishes_what_is_in_flight() -> None:
    with running(threads=1) as web, web.connect() as sock, web.connect() as idle:
        idle.sendall(GET % b"hello")
        assert idle.recv(1000)
        sock.sendall(GET % b"wait")
        assert web.site.entered.wait(5)
        web.server.stop()
        assert idle.recv(1000) == b""  # so it has begun to stop
        web.site.release.set()
        received = read_all(sock)
        assert received.endswith(b"waited")
        assert b"Connection: close" in received
        sock.close()  # until then it might have sent more, and is read
        web.thread.join(5)
        assert not web.thread.is_alive()
        with pytest.raises(ConnectionRefusedError):
            web.connect()


def test_a_client_accepted_before_the_stop_is_still_answered() -> None:
    with running(limits=Limits(silent_timeout=5)) as web:
        web.get("/")
        with web.connect() as sock, web.connect() as second:
            second.sendall(LAST % b"hello")
            assert read_all(second).endswith(b"hello")  # so the first is accepted, too
            web.server.stop()
            wait_until_refused(web)
            sock.sendall(GET % b"hello")
            received = read_all(sock)
            assert received.endswith(b"hello")
            assert b"Connection: close" in received


def test_an_answer_that_does_not_fit_arrives_whole(web: Running) -> None:
    """It is far larger than the system's buffers, and no two of its blocks are alike."""
    received = web.raw(LAST % b"large")
    assert received.partition(b"\r\n\r\n")[2] == LARGE


def test_stop_gives_up_after_the_graceful_time() -> None:
    with running(threads=1, limits=Limits(graceful_timeout=0.1)) as web, web.connect() as sock:
        sock.sendall(GET % b"wait")
        assert web.site.entered.wait(5)
        web.server.stop()
        web.thread.join(5)
        assert not web.thread.is_alive()


def test_the_access_log_is_told_what_was_sent(web: Running) -> None:
    received = web.raw(LAST % b"parts")
    web.stop()
    body = received.partition(b"\r\n\r\n")[2]
    assert web.log == [("/parts", 200, len(body))]


def test_the_trip_is_announced(web: Running) -> None:
    names: list[str] = []
    end = observe(lambda name, details: names.append(name))
    try:
        web.raw(LAST % b"hello")
        web.stop()
    finally:
        end()
    assert names == [
        "connection.open",
        "bytes.received",
        "head.parsed",
        "handler.start",
        "handler.end",
        "response.started",
        "bytes.sent",
        "connection.close",
    ]


def test_a_unix_socket_serves_and_its_stale_file_is_replaced(tmp_path: Path) -> None:
    path = os.fspath(tmp_path / "s")
    listen(f"unix:{path}").close()  # leaves its file behind
    server = Server(Site(), [listen(f"unix:{path}")])
    thread = threading.Thread(target=server.run)
    thread.start()
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(5)
        sock.connect(path)
        sock.sendall(LAST % b"hello")
        assert read_all(sock).endswith(b"hello")
    with pytest.raises(ListenError, match="in use"):
        listen(f"unix:{path}")
    server.stop()
    thread.join(5)
    assert server.addresses == [f"unix:{path}"]
