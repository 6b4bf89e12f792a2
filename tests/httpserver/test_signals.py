"""The queue of signals, on this process itself."""

import os
import select
import signal
from collections.abc import Iterator

import pytest

from httpserver.signals import SignalQueue

pytestmark = pytest.mark.timeout(20)

HUP, USR1, USR2 = signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2


@pytest.fixture
def queue() -> Iterator[SignalQueue]:
    queue = SignalQueue([HUP, USR2], also_held=[USR1])
    yield queue
    queue.close()


def is_waiting(queue: SignalQueue) -> bool:
    return bool(select.select([queue], [], [], 0)[0])


def test_signals_wait_in_order(queue: SignalQueue) -> None:
    os.kill(os.getpid(), USR2)
    os.kill(os.getpid(), HUP)
    assert is_waiting(queue)
    assert list(queue.get()) == [USR2, HUP]


def test_an_empty_queue_does_not_block(queue: SignalQueue) -> None:
    assert not is_waiting(queue)
    assert queue.get() == b""


def test_a_signal_during_a_fork_comes_after_it(queue: SignalQueue) -> None:
    with queue.held():
        signal.raise_signal(HUP)  # to this thread: the master has one, this process may have more
        assert queue.get() == b""
    assert list(queue.get()) == [HUP]


def test_what_a_child_is_told_is_held_too(queue: SignalQueue) -> None:
    with queue.held():
        assert {HUP, USR1, USR2} <= signal.pthread_sigmask(signal.SIG_BLOCK, [])
    assert not {HUP, USR1, USR2} & signal.pthread_sigmask(signal.SIG_BLOCK, [])


def test_a_closed_queue_leaves_the_handlers_as_they_were() -> None:
    heard: list[int] = []
    before = signal.signal(HUP, lambda number, frame: heard.append(number))
    try:
        SignalQueue([HUP]).close()
        os.kill(os.getpid(), HUP)
    finally:
        signal.signal(HUP, before)
    assert heard == [HUP]
