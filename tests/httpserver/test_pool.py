"""The relay between a thread that produces a body and the loop that sends it."""

import threading
from collections.abc import Iterator

from httpserver.pool import Relay


def test_what_came_before_a_failure_is_still_taken() -> None:
    def body() -> Iterator[bytes]:
        yield b"one "
        yield b"two"
        raise ZeroDivisionError

    relay = Relay(limit=1000, wake=lambda: None)
    relay.pump(body())
    assert relay.take() == (b"one two", False)
    assert relay.take() == (None, True)


def test_an_abandoned_body_ends_at_its_next_part_even_if_that_is_empty() -> None:
    pulled = []

    def body() -> Iterator[bytes]:
        while len(pulled) < 3:
            pulled.append(b"")
            yield b""

    relay = Relay(limit=1000, wake=lambda: None)
    relay.abandon()
    relay.pump(body())
    assert pulled == [b""]


class TakenFrom(threading.Condition):
    """Whoever waits for it is served by the loop at once: the relay is taken from."""

    def __init__(self, relay: Relay) -> None:
        super().__init__()
        self.relay = relay
        self.taken: list[tuple[bytes | None, bool]] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.taken.append(self.relay.take())
        return True


def test_a_thread_waits_while_too_much_is_held() -> None:
    relay = Relay(limit=10, wake=lambda: None)
    relay._changed = changed = TakenFrom(relay)
    relay.pump([b"six...", b"six...", b"four", b"six...", b"last"])
    assert changed.taken == [(b"six...six...", False), (b"foursix...", False)]
    assert relay.take() == (b"last", True)


def test_the_loop_is_told_of_the_first_part_and_of_the_end() -> None:
    told = []
    relay = Relay(limit=1000, wake=lambda: told.append(relay._held))
    relay.pump([b"", b"one", b"", b"two", b"three"])
    assert told == [3, 11]
    assert relay.take() == (b"onetwothree", True)


def test_what_was_taken_makes_room_and_is_taken_once() -> None:
    relay = Relay(limit=3, wake=lambda: None)
    for part in [b"one", b"two", b"three"]:
        assert relay._put(part)
        assert relay.take() == (part, False)
    assert relay.take() == (b"", False)
