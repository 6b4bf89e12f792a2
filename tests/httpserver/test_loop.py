"""One round of the loop: in which order, and what does not wait for the end of it."""

import socket
from collections.abc import Callable, Iterator

import pytest

import httpserver.loop
from httpserver.loop import READ, Loop

A_LONG_TIME, NO_TIME = 60.0, -1.0


@pytest.fixture
def loop() -> Iterator[Loop]:
    made = Loop()
    yield made
    made.close()


@pytest.fixture
def pairs() -> Iterator[list[tuple[socket.socket, socket.socket]]]:
    made = [socket.socketpair() for _ in range(3)]
    yield made
    for pair in made:
        for sock in pair:
            sock.close()


def ready(loop: Loop, pairs: list[tuple[socket.socket, socket.socket]], call: Callable[[], None]):
    """All the pairs have something to be read, and the loop calls `call` for each."""
    for ours, theirs in pairs:
        loop.register(ours.fileno(), READ, lambda events: call())
        theirs.send(b"x")


def test_first_who_is_ready_then_what_was_posted_then_what_is_due(loop, pairs, monkeypatch) -> None:
    monkeypatch.setattr(httpserver.loop, "ROUND", A_LONG_TIME)
    said: list[str] = []

    def turn() -> None:
        said.append("ready")
        loop.post(lambda: said.append("posted"))

    loop.call_later(0, lambda: said.append("due"))
    ready(loop, pairs, turn)
    loop.run_once()
    assert said == ["ready"] * 3 + ["posted"] * 3 + ["due"]


def test_in_a_long_round_what_was_posted_waits_for_one_turn_only(loop, pairs, monkeypatch) -> None:
    monkeypatch.setattr(httpserver.loop, "ROUND", NO_TIME)
    said: list[str] = []

    def turn() -> None:
        said.append("ready")
        loop.post(lambda: said.append("posted"))

    ready(loop, pairs, turn)
    loop.run_once()
    assert said == ["ready", "posted"] * 3


def test_what_a_post_posts_is_for_the_next_round_which_does_not_sleep(loop) -> None:
    said: list[int] = []
    loop.post(lambda: loop.post(lambda: said.append(1)))
    loop.run_once()
    assert said == []
    loop.run_once()
    assert said == [1]


def test_what_is_watched_no_longer_may_be_let_go_twice(loop, pairs) -> None:
    (ours, theirs), *_ = pairs
    loop.register(ours.fileno(), READ, lambda events: pytest.fail("it was let go"))
    theirs.send(b"x")
    loop.unregister(ours.fileno())
    loop.unregister(ours.fileno())
    loop.post(lambda: None)
    loop.run_once()
