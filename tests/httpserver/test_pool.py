"""The relay between a thread that produces a body and the loop that sends it."""

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
