"""Who is stuck is found out, says where, and is replaced; who is only busy is left alone."""

import os
import signal
from pathlib import Path

import pytest

from httpserver.loop import Loop
from httpserver.pulse import ASLEEP, Pulses
from tests.httpserver.families import family, is_cut
from tests.processes import free_port, wait_until

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def listen() -> list[str]:
    return [f"127.0.0.1:{free_port()}"]


def test_a_number_that_stays_is_a_call_that_lasts(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    pulses = Pulses(2)
    pulse = pulses.begin(1)
    now = 103.0
    assert pulses.stands_still(1) == 3.0, "it boots"
    pulse[0] = 7
    assert pulses.stands_still(1) == 0.0
    now = 105.0
    assert pulses.stands_still(1) == 2.0
    pulse[0] = ASLEEP
    assert pulses.stands_still(1) == 0.0
    now = 200.0
    assert pulses.stands_still(1) == 0.0, "it sleeps, as long as it likes"
    pulse[0] = 8
    assert pulses.stands_still(1) == 0.0
    pulses.begin(1)
    assert pulses.stands_still(1) == 0.0, "another worker has nothing of the one before"


def test_what_a_child_writes_its_parent_reads() -> None:
    pulses = Pulses(1)
    pulse = pulses.begin(0)
    pid = os.fork()
    if pid == 0:
        pulse[0] = 42
        os._exit(0)
    os.waitpid(pid, 0)
    assert pulse[0] == 42


def test_a_loop_counts_awake_and_is_asleep_in_between() -> None:
    loop = Loop()
    numbers: list[int] = []
    for _ in range(2):
        loop.post(lambda: numbers.append(loop.pulse[0]))
        loop.run_once()
    loop._poll = Asleep(loop, numbers)  # type: ignore[assignment]
    loop.run_once()
    assert numbers == [1, 2, ASLEEP]


class Asleep:
    def __init__(self, loop: Loop, numbers: list[int]) -> None:
        self.loop, self.numbers = loop, numbers

    def poll(self, timeout: float | None) -> list[tuple[int, int]]:
        self.numbers.append(self.loop.pulse[0])
        return []


@pytest.mark.parametrize(("path", "where"), [("/c", "hang_in_c"), ("/python", "hang_in_python")])
def test_a_worker_stuck_in_a_call_writes_its_stacks_and_is_replaced(
    tmp_path: Path, listen: list[str], path: str, where: str
) -> None:
    with family(tmp_path, listen=listen, master="{'timeout': 0.5}") as running:
        running.wait_ready()
        stuck = running.pid()
        with running.begin(path) as client:
            assert is_cut(client), "the connection ends with the worker"
        assert running.pid() != stuck
        running.wait_logged("ERROR httpserver.master: worker 1 has been in one call for ")
        running.wait_logged(f"in {where}\n")
        assert "did not end in time" not in running.log(), "it wrote and ended by itself"
        assert running.end() == 0


def test_a_worker_that_hangs_while_it_boots_is_replaced(tmp_path: Path, listen: list[str]) -> None:
    (tmp_path / "hangs").touch()
    with family(tmp_path, listen=listen, master="{'timeout': 0.5}") as running:
        running.wait_logged("worker 1 has been booting for ")
        (tmp_path / "hangs").unlink()
        running.wait_ready()
        assert running.pid()


def test_a_worker_that_does_not_even_abort_is_killed(tmp_path: Path, listen: list[str]) -> None:
    with family(tmp_path, listen=listen, master="{'timeout': 0.5}") as running:
        running.wait_ready()
        stuck = running.pid()
        with running.begin("/python") as client:
            wait_until(lambda: running.notes("hanging"), "the call")
            running.tell(signal.SIGSTOP, stuck)  # in which ABRT waits, and KILL does not
            assert is_cut(client)
        running.wait_logged("did not end in time and is killed")
        assert running.pid() != stuck


def test_many_short_calls_are_not_one_long_one(tmp_path: Path, listen: list[str]) -> None:
    with family(tmp_path, listen=listen, master="{'timeout': 0.8}") as running:
        running.wait_ready()
        before = running.pid()
        with running.connect() as client:
            client.sendall(b"GET /nap HTTP/1.1\r\nHost: a\r\n\r\n" * 6)  # one round of the loop
            answers = b""
            while answers.count(b"200 OK") < 6:
                data = client.recv(10_000)
                assert data, running.log()
                answers += data
        assert running.pid() == before
        assert "in one call" not in running.log()


def test_one_that_sleeps_is_not_stuck(tmp_path: Path, listen: list[str]) -> None:
    with family(tmp_path, listen=listen, master="{'timeout': 0.2, 'workers': 2}") as running:
        running.wait_ready()
        with running.begin("/nap") as client:  # the other one has nothing to do meanwhile
            assert is_cut(client), "this one is stuck: the looks have been made"
        running.wait_logged("in one call")
        assert running.log().count("in one call") == 1


THREADS = "{'threads': 2, 'timeout': 0.4}"


def test_a_stuck_thread_is_logged_once_and_its_place_filled(
    tmp_path: Path, listen: list[str]
) -> None:
    with family(tmp_path, listen=listen, server=THREADS) as running:
        running.wait_ready()
        before = running.pid()
        with running.begin("/python") as client:
            running.wait_logged("has been in one call for more than 0.4 s")
            running.wait_logged("in hang_in_python")
            with running.begin("/nap") as one, running.begin("/nap") as other:
                assert one.recv(4) == other.recv(4) == b"HTTP", "two threads are there for them"
            (tmp_path / "go on").touch()
            assert client.recv(15) == b"HTTP/1.1 200 OK", "late is better than never"
        assert running.pid() == before
        assert running.log().count("has been in one call") == 1


def test_with_all_threads_stuck_the_worker_aborts(tmp_path: Path, listen: list[str]) -> None:
    with family(tmp_path, listen=listen, server=THREADS) as running:
        running.wait_ready()
        before = running.pid()
        with running.begin("/python"), running.begin("/python") as client:
            assert is_cut(client)
        running.wait_logged("all threads are stuck: the process aborts")
        running.wait_logged("worker 1 was killed by SIGABRT")
        running.wait_logged("Fatal Python error: Aborted")
        assert running.pid() != before


def test_a_body_that_comes_part_by_part_is_not_stuck(tmp_path: Path, listen: list[str]) -> None:
    with family(tmp_path, listen=listen, server=THREADS) as running:
        running.wait_ready()
        assert running.get("/parts") == b"part" * 6
        assert "in one call" not in running.log()


def test_a_thread_that_hangs_the_loop_too_is_noticed_by_the_master(
    tmp_path: Path, listen: list[str]
) -> None:
    with family(tmp_path, listen=listen, server=THREADS, master="{'timeout': 0.6}") as running:
        running.wait_ready()
        before = running.pid()
        with running.begin("/c") as client:
            assert is_cut(client)
        running.wait_logged("worker 1 has been in one call for ")
        assert running.pid() != before
