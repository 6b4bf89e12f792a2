"""Counting clients across workers: the bucket that leaks, and what is in progress."""

import os
import signal
import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from httpserver import zones
from httpserver.zones import WAYS, Refusal, Zone

pytestmark = pytest.mark.timeout(60)

ANNA = ("192.0.2.1", 50000)
BERT = ("192.0.2.2", 50000)


def forked(job: Callable[[], int]) -> int:
    """Run `job` in a child, whose exit status it returns; the child's process id."""
    pid = os.fork()
    if pid == 0:
        status = 255
        try:
            status = job()
        finally:
            os._exit(status)
    return pid


def result(pid: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


# --- The rate ---

# At two a second with a burst of two: (moment, what comes of it)
BUCKET = [
    (0.0, 0.0),  # in time
    (0.0, 0.5),  # one ahead: waits for its turn
    (0.0, 1.0),  # two ahead
    (0.0, Refusal(503, 1)),  # three are too many
    (0.4, Refusal(503, 1)),  # still
    (0.5, 1.0),  # one has leaked out
    (9.0, 0.0),  # long ago
]


def test_the_bucket_leaks() -> None:
    zone = Zone(rate=2, burst=2)
    assert [zone.enter(ANNA, now) for now, _ in BUCKET] == [outcome for _, outcome in BUCKET]


def test_without_delay_the_burst_passes_at_once() -> None:
    zone = Zone(rate=2, burst=2, delay=False)
    outcomes = [zone.enter(ANNA, 0.0) for _ in range(4)]
    assert outcomes == [0.0, 0.0, 0.0, Refusal(503, 1)]


def test_a_refusal_says_when_it_may_go_better() -> None:
    zone = Zone(rate=0.1, status=429)
    zone.enter(ANNA, 0.0)
    assert zone.enter(ANNA, 0.0) == Refusal(429, 10)
    assert zone.enter(ANNA, 7.5) == Refusal(429, 3)


def test_clients_are_counted_apart_and_connections_of_one_together() -> None:
    zone = Zone(rate=1)
    assert zone.enter(ANNA, 0.0) == 0.0
    assert zone.enter(BERT, 0.0) == 0.0
    assert zone.enter(("192.0.2.1", 60000), 0.0) == Refusal(503, 1)


def test_an_ipv6_network_is_one_client() -> None:
    zone = Zone(rate=1)
    assert zone.enter(("2001:db8::1", 1), 0.0) == 0.0
    assert zone.enter(("2001:db8::ffff:1%eth0", 1), 0.0) == Refusal(503, 1)
    assert zone.enter(("2001:db8:0:1::1", 1), 0.0) == 0.0


def test_ipv4_clients_of_a_socket_that_hears_both_are_counted_apart() -> None:
    zone = Zone(rate=1)
    assert zone.enter(("::ffff:192.0.2.1", 1), 0.0) == 0.0
    assert zone.enter(("::ffff:192.0.2.2", 1), 0.0) == 0.0
    assert zone.enter(ANNA, 0.0) == Refusal(503, 1)


def test_who_comes_by_a_unix_socket_is_not_counted() -> None:
    zone = Zone(rate=1, connections=1)
    assert [zone.enter("", 0.0) for _ in range(9)] == [0.0] * 9
    zone.leave("")


@pytest.mark.parametrize("rate", [0.0, -1.0, float("inf"), float("nan")])
def test_what_is_no_rate_is_refused(rate: float) -> None:
    with pytest.raises(ValueError, match="requests a second"):
        Zone(rate=rate)


@settings(max_examples=100, deadline=None)
@given(
    rate=st.floats(0.1, 100),
    burst=st.integers(0, 5),
    steps=st.lists(st.tuples(st.integers(1, 3), st.floats(0, 3)), max_size=40),
)
def test_it_is_what_a_dict_of_numbers_would_be(
    rate: float, burst: int, steps: list[tuple[int, float]]
) -> None:
    zone = Zone(rate=rate, burst=burst, clients=64)
    excesses: dict[int, tuple[float, float]] = {}
    now = 1000.0
    for number, pause in steps:
        now += pause
        excess, moment = excesses.get(number, (0.0, now))
        excess = max(0.0, excess - rate * (now - moment)) + 1
        outcome = zone.enter((f"192.0.2.{number}", 1), now)
        if excess > burst + 1:
            assert isinstance(outcome, Refusal)
        else:
            assert outcome == pytest.approx((excess - 1) / rate)
            excesses[number] = (excess, now)


# --- What is in progress ---


def test_so_many_at_a_time() -> None:
    zone = Zone(connections=2)
    assert [zone.enter(ANNA), zone.enter(ANNA)] == [0.0, 0.0]
    assert zone.enter(ANNA) == Refusal(503, 1)
    zone.leave(ANNA)
    assert zone.enter(ANNA) == 0.0
    assert zone.enter(BERT) == 0.0


def test_leaving_more_often_than_entering_changes_nothing() -> None:
    zone = Zone(connections=1)
    zone.leave(ANNA)
    zone.enter(ANNA)
    zone.leave(ANNA)
    zone.leave(ANNA)
    assert zone.enter(ANNA) == 0.0
    assert isinstance(zone.enter(ANNA), Refusal)


def test_a_refusal_of_the_one_kind_does_not_count_for_the_other() -> None:
    zone = Zone(rate=1, burst=1, delay=False, connections=1)
    assert zone.enter(ANNA, 0.0) == 0.0
    assert [zone.enter(ANNA, 0.0) for _ in range(5)] == [Refusal(503, 1)] * 5  # one is at work
    zone.leave(ANNA)
    assert zone.enter(ANNA, 0.0) == 0.0  # the bucket was not filled by them
    zone.leave(ANNA)
    assert zone.enter(ANNA, 0.0) == Refusal(503, 1)  # now it is full
    assert zone.enter(ANNA, 1.0) == 0.0  # and who was refused is not at work


# --- Across processes ---


@pytest.mark.parametrize("workers", [2, 4])
def test_workers_count_together(workers: int) -> None:
    zone = Zone(rate=0.001, burst=2999, connections=4000)
    reader, writer = os.pipe()

    def worker(slot: int) -> int:
        zone.claim(slot)
        let_in = sum(isinstance(zone.enter(ANNA), float) for _ in range(2000))
        os.write(writer, b"%d " % let_in)
        return 0

    children = [forked(lambda slot=slot: worker(slot)) for slot in range(workers)]  # type: ignore[misc]
    assert [result(child) for child in children] == [0] * workers
    assert sum(map(int, os.read(reader, 1000).split())) == 3000
    os.close(reader)
    os.close(writer)


def test_what_a_killed_worker_had_in_progress_is_cleared() -> None:
    zone = Zone(connections=3)
    reader, writer = os.pipe()

    def worker() -> int:
        zone.claim(1)
        zone.enter(ANNA)
        zone.enter(ANNA)
        os.write(writer, b"!")
        time.sleep(30)
        return 0

    zone.enter(ANNA)  # one of our own, in slot 0
    child = forked(worker)
    os.read(reader, 1)
    assert isinstance(zone.enter(ANNA), Refusal)
    os.kill(child, signal.SIGKILL)
    result(child)
    assert isinstance(zone.enter(ANNA), Refusal)
    zone.clear(1)
    assert [zone.enter(ANNA), zone.enter(ANNA)] == [0.0, 0.0]
    assert isinstance(zone.enter(ANNA), Refusal)  # ours still counts
    os.close(reader)
    os.close(writer)


@pytest.mark.parametrize("workers", [2, 4])
def test_never_more_are_in_progress_than_may_be(workers: int) -> None:
    zone = Zone(connections=3)
    inside = Zone(connections=3)  # entered by whoever was let in: full only if too many were

    def worker(slot: int) -> int:
        zone.claim(slot)
        inside.claim(slot)
        for _ in range(2000):
            if zone.enter(ANNA) == 0.0:
                if inside.enter(ANNA) != 0.0:
                    return 1
                inside.leave(ANNA)
                zone.leave(ANNA)
        return 0

    children = [forked(lambda slot=slot: worker(slot)) for slot in range(workers)]  # type: ignore[misc]
    assert [result(child) for child in children] == [0] * workers
    assert [zone.enter(ANNA) for _ in range(4)] == [0.0, 0.0, 0.0, Refusal(503, 1)]


def killed_at(step: int, act: Callable[[], object]) -> int:
    """Run `act` in a child that is killed before the zone's line number `step` of it, counted
    from 0 as they are executed; its exit status, which is 0 when there are no more lines."""

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal step
        if frame.f_code.co_filename != zones.__file__:
            return None
        if event == "line":
            if step == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            step -= 1
        return trace

    def job() -> int:
        sys.settrace(trace)
        act()
        sys.settrace(None)
        return 0

    return result(forked(job))


@pytest.mark.parametrize("act", ["enter", "leave"])
def test_whichever_line_a_worker_is_killed_at_nothing_of_it_stays(act: str) -> None:
    for step in range(200):
        zone = Zone(rate=1000, burst=1000, delay=False, connections=2, clients=WAYS)
        zone.claim(1)
        if act == "leave":
            zone.enter(ANNA)  # which the child, a copy of us, does as its own
        status = killed_at(step, lambda zone=zone: getattr(zone, act)(ANNA))  # type: ignore[misc]
        zone.clear(1)
        zone.claim(1)
        for _ in range(3):  # a wrong sum may show only when it is counted down, or cleared
            outcomes = [zone.enter(ANNA) for _ in range(3)]
            assert outcomes == [0.0, 0.0, Refusal(503, 1)], f"killed at step {step}"
            zone.leave(ANNA)
            zone.clear(1)
        if status == 0:
            break
        assert status == -signal.SIGKILL
    assert status == 0  # all of them were tried
    assert step > 10


# --- A full table ---


def test_the_one_not_seen_for_longest_makes_room() -> None:
    zone = Zone(rate=0.001, clients=WAYS)
    for number in range(WAYS + 1):
        assert zone.enter((f"192.0.2.{number}", 1), float(number)) == 0.0
    assert zone.enter(("192.0.2.0", 1), 20.0) == 0.0  # forgotten
    assert isinstance(zone.enter((f"192.0.2.{WAYS}", 1), 21.0), Refusal)  # remembered


def test_who_is_refused_again_and_again_is_not_forgotten_for_it() -> None:
    zone = Zone(rate=0.001, clients=WAYS)
    zone.enter(ANNA, 0.0)
    for number in range(1, 3 * WAYS):
        assert isinstance(zone.enter(ANNA, float(number)), Refusal)
        zone.enter((f"198.51.100.{number}", 1), number + 0.5)


def test_who_is_at_work_is_not_forgotten() -> None:
    zone = Zone(connections=1, clients=WAYS)
    for number in range(WAYS):
        zone.enter((f"192.0.2.{number}", 1))
    assert zone.enter(("198.51.100.1", 1)) == Refusal(503, 1)
    zone.leave(("192.0.2.3", 1))
    assert zone.enter(("198.51.100.1", 1)) == 0.0


def test_the_place_of_one_who_was_at_work_starts_at_nothing() -> None:
    zone = Zone(rate=0.001, connections=1, clients=WAYS)
    for number in range(3 * WAYS):
        client = (f"192.0.2.{number}", 1)
        assert zone.enter(client, float(number)) == 0.0
        zone.leave(client)
