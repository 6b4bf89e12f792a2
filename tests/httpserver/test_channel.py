"""The channel's small steps, with a loop and a socket that only write down what is asked.

Whole conversations are in test_server.py, on real sockets.
"""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from httpserver.channel import Channel
from httpserver.connection import AS_USUAL
from httpserver.loop import READ, WRITE

pytestmark = pytest.mark.timeout(10)


class Bare(Channel):
    """A channel without a client: `_took` only remembers what it was told."""

    took: list[tuple[int, bool]]

    def _took(self, sent: int, everything: bool) -> None:
        self.took.append((sent, everything))


def bare(sock: object, **slots: Any) -> Bare:
    channel = Bare.__new__(Bare)  # the constructor would want a server
    channel.took = []
    channel._sock = sock  # type: ignore[assignment]
    for name, value in slots.items():
        setattr(channel, name, value)
    return channel


# --- _listen_for ---

NAMES = {0: "nothing", READ: "READ", WRITE: "WRITE", READ | WRITE: "READ | WRITE"}
WISHES = list(NAMES)


class Watch:
    """A loop that writes down what it is asked."""

    def __init__(self) -> None:
        self.calls: list[tuple[object, ...]] = []
        self.posted: list[Callable[[], None]] = []

    def modify(self, descriptor: int, events: int) -> None:
        self.calls.append((descriptor, NAMES[events]))

    def post(self, job: Callable[[], None]) -> None:
        self.posted.append(job)


class Secret:
    """A TLS socket that has decrypted so many bytes more than were read."""

    def __init__(self, pending: int) -> None:
        self._pending = pending

    def fileno(self) -> int:
        return 7

    def pending(self) -> int:
        return self._pending


def watching(events: int, sock: object) -> tuple[Bare, Watch]:
    loop = Watch()
    return bare(sock, _events=events, _server=SimpleNamespace(loop=loop), closed=True), loop


@pytest.mark.parametrize("before", WISHES, ids=NAMES.get)
@pytest.mark.parametrize("wish", WISHES, ids=NAMES.get)
def test_the_loop_is_asked_for_what_is_new_and_for_nothing_else(before: int, wish: int) -> None:
    channel, loop = watching(before, SimpleNamespace(fileno=lambda: 7))
    channel._listen_for(wish)
    assert loop.calls == ([] if wish == before else [(7, NAMES[wish])])
    assert channel._events == wish
    channel._listen_for(wish)
    assert len(loop.calls) <= 1


@pytest.mark.parametrize(
    ("before", "wish", "pending", "posted"),
    [
        (0, READ, 5, 1),
        (WRITE, READ | WRITE, 5, 1),
        (0, READ, 0, 0),
        (READ, WRITE, 5, 0),
        (READ | WRITE, 0, 5, 0),
    ],
)
def test_decrypted_bytes_are_read_though_the_system_tells_of_none(
    before: int, wish: int, pending: int, posted: int
) -> None:
    channel, loop = watching(before, Secret(pending))
    channel._listen_for(wish)
    assert len(loop.posted) == posted


@pytest.mark.parametrize("closed", [False, True], ids=["open", "closed meanwhile"])
def test_decrypted_bytes_are_read_in_a_turn_of_their_own(closed: bool) -> None:
    turns: list[int] = []
    channel, loop = watching(0, Secret(5))
    channel._ready = turns.append  # type: ignore[assignment]
    channel.closed = False
    channel._listen_for(READ)
    assert turns == []
    channel.closed = closed
    loop.posted[0]()
    assert turns == ([] if closed else [READ])


# --- _flush ---


class Pipe:
    """A socket that takes so many bytes at each `send`, and then what it is told to raise."""

    def __init__(self, *turns: int | type[OSError]) -> None:
        self.turns = list(turns)
        self.refused = False
        self.taken = b""

    def send(self, data: bytes | bytearray | memoryview) -> int:
        # pytest.fail and not an error of the system's, which might be caught and retried.
        if self.refused:
            pytest.fail("the system took nothing more, and was asked again at once: a busy wait")
        if not data:
            pytest.fail("the system was asked to send nothing")
        if not self.turns:
            pytest.fail("the system was asked once more than there was something to send")
        turn = self.turns.pop(0)
        if not isinstance(turn, int):
            self.refused = True
            raise turn
        piece = bytes(data)[:turn]
        self.taken += piece
        return len(piece)


HELD = bytes(range(100))
FULL = BlockingIOError

# What is held; what the system takes at each call; the bytes that stay; the answer; what
# `_took` is told.
FLUSHES: dict[str, tuple[bytes, list[int | type[OSError]], bytes, bool, list[Any]]] = {
    "100 are taken": (HELD, [100], b"", True, [(100, True)]),
    "60, then it is full": (HELD, [60, FULL], HELD[60:], False, [(60, False)]),
    "60, then 40": (HELD, [60, 40], b"", True, [(60, False), (40, True)]),
    "30, 30, then it is full": (
        HELD, [30, 30, FULL], HELD[60:], False, [(30, False), (30, False)],
    ),
    "it is full at once": (HELD, [FULL], HELD, False, []),
    "nothing is held": (b"", [], b"", True, []),
}  # fmt: skip


@pytest.mark.parametrize(
    ("held", "turns", "left", "all_went", "told"), FLUSHES.values(), ids=FLUSHES
)
def test_what_fits_is_written_and_the_rest_is_kept(
    held: bytes, turns: list[int | type[OSError]], left: bytes, all_went: bool, told: list[Any]
) -> None:
    pipe = Pipe(*turns)
    channel = bare(pipe, _out=bytearray(held), _connection=SimpleNamespace(interim=b""))
    assert channel._flush() is all_went
    assert bytes(channel._out) == left
    assert pipe.taken + left == held
    assert channel.took == told
    assert not pipe.turns, "the system would have taken more, or was not asked whether it would"


def test_what_was_kept_is_written_the_next_time() -> None:
    connection = SimpleNamespace(interim=b"")
    channel = bare(Pipe(60, FULL), _out=bytearray(HELD), _connection=connection)
    assert channel._flush() is False
    pipe = Pipe(100)
    channel._sock = pipe  # type: ignore[assignment]
    assert channel._flush() is True
    assert pipe.taken == HELD[60:]
    assert channel.took == [(60, False), (40, True)]


@pytest.mark.parametrize("held", [b"", b"an answer, "], ids=["nothing held", "behind an answer"])
def test_an_interim_answer_is_written_once_at_the_end(held: bytes) -> None:
    connection = SimpleNamespace(interim=b"100 Continue")
    pipe = Pipe(1000)
    channel = bare(pipe, _out=bytearray(held), _connection=connection)
    assert channel._flush() is True
    assert channel._flush() is True
    assert pipe.taken == held + b"100 Continue"
    assert connection.interim == b""


def test_an_interim_answer_that_does_not_fit_is_held() -> None:
    connection = SimpleNamespace(interim=b"100 Continue")
    channel = bare(Pipe(FULL), _out=bytearray(b"before "), _connection=connection)
    assert channel._flush() is False
    assert bytes(channel._out) == b"before 100 Continue"
    assert connection.interim == b""


def test_a_client_that_left_is_not_hidden_from_the_caller() -> None:
    connection = SimpleNamespace(interim=b"")
    channel = bare(Pipe(60, BrokenPipeError), _out=bytearray(HELD), _connection=connection)
    with pytest.raises(BrokenPipeError):
        channel._flush()


# --- _leave ---


class Body:
    """A request's body that writes down that it was closed, and may not like it."""

    def __init__(self, error: type[Exception] | None = None) -> None:
        self.closed = False
        self._error = error

    def close(self) -> None:
        self.closed = True
        if self._error is not None:
            raise self._error


def leaving(body: Body, pool: object = None, closed: bool = False) -> Channel:
    request = SimpleNamespace(content_length=1, body=body)
    connection = SimpleNamespace(request=request, admission=AS_USUAL)
    server = SimpleNamespace(pool=pool)
    return bare(None, closed=closed, _connection=connection, _server=server)


def test_a_body_that_cannot_be_closed_keeps_no_client() -> None:
    body = Body(BufferError)  # what an io.BytesIO raises while somebody has its buffer
    leaving(body)._leave()
    assert body.closed


@pytest.mark.parametrize(
    ("pool", "left", "closed"),
    [("threads", True, False), ("threads", False, True), (None, True, True)],
    ids=["a thread may read it", "the thread has answered", "no thread"],
)
def test_a_body_is_not_closed_under_the_thread_that_reads_it(
    pool: object, left: bool, closed: bool
) -> None:
    body = Body()
    leaving(body, pool, closed=left)._leave()
    assert body.closed is closed
