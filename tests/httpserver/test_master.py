"""The master with real processes: what dies is replaced, and nothing outlives its end."""

import os
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from httpserver.master import BOOT_FAILED, Master

pytestmark = pytest.mark.timeout(60)
DEADLINE = 15.0

# A server of a few lines: it answers with its process id and the version it was loaded with.
PROGRAM = """
import os, pathlib, signal, socket, sys, threading, time
from httpserver.logs import set_up_error_log
from httpserver.master import BootError, Master, serve

folder = pathlib.Path(sys.argv[1])
set_up_error_log("INFO")


class PidServer:
    def __init__(self, listeners):
        with (folder / "starts").open("a") as starts:
            starts.write("x")
        self.version = (folder / "version").read_text()
        if self.version == "broken":
            raise BootError("the application cannot be loaded")
        if self.version == "raises":
            1 / 0
        if self.version == "crashes":
            os._exit(9)
        self.listener, self.going = listeners[0], True
        self.listener.settimeout(0.02)

    def stop(self):
        self.going = False

    def run(self):
        while self.going:
            try:
                client, _ = self.listener.accept()
            except OSError:
                continue
            with client:
                client.settimeout(None)
                if client.recv(4) == b"slow":
                    (folder / "waiting").touch()
                    while not (folder / "go on").exists():
                        time.sleep(0.01)
                client.sendall(f"{os.getpid()} {self.version}".encode())


listener = socket.create_server(("127.0.0.1", 0))
ready = lambda: print(listener.getsockname()[1], flush=True)
sys.exit(
    Master(
        serve(PidServer), [listener], int(sys.argv[2]), on_ready=ready,
        graceful_timeout=float(sys.argv[3]),
    ).run()
)
"""


def until(condition: Callable[[], bool], what: str) -> None:
    """Poll, with a limit: nothing here waits for a fixed time."""
    end = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < end, f"not within {DEADLINE} seconds: {what}"
        time.sleep(0.01)


class Running:
    """The program in a process of its own, in a process group of its own."""

    def __init__(self, folder: Path, workers: int = 1, graceful_timeout: float = 10) -> None:
        self.folder = folder
        self.errors = folder / "errors"
        with self.errors.open("w") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-c", PROGRAM, folder, str(workers), str(graceful_timeout)],
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
                cwd=Path(__file__).parents[2],
            )
        self.port = 0

    def wait_ready(self) -> "Running":
        assert self.process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            assert selector.select(DEADLINE), "no word that it is ready"
        line = self.process.stdout.readline()
        assert line, self.errors.read_text()
        self.port = int(line)
        return self

    def connect(self, word: bytes = b"ask!") -> socket.socket:
        client = socket.create_connection(("127.0.0.1", self.port), DEADLINE)
        client.sendall(word)
        return client

    def ask(self) -> tuple[int, str]:
        with self.connect() as client:
            pid, version = client.recv(100).decode().split()
            return int(pid), version

    def pids(self, count: int) -> set[int]:
        """The processes that answer, when there are `count` of them."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        if children.exists():
            until(lambda: len(children.read_text().split()) == count, f"{count} workers")
            return {int(pid) for pid in children.read_text().split()}
        found: set[int] = set()
        until(lambda: found.add(self.ask()[0]) or len(found) >= count, f"{count} workers")  # type: ignore[func-returns-value]
        return found

    def tell(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def end(self) -> int:
        return self.process.wait(DEADLINE)

    def is_listening(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), DEADLINE).close()
        except ConnectionError:
            return False
        return True

    def close(self) -> None:
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait(DEADLINE)
        assert self.process.stdout is not None
        self.process.stdout.close()


Start = Callable[..., Running]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    (tmp_path / "version").write_text("1")
    started: list[Running] = []

    def start(**options: float) -> Running:
        started.append(Running(tmp_path, **options))  # type: ignore[arg-type]
        return started[-1]

    yield start
    for running in started:
        running.close()


def test_a_master_needs_a_worker() -> None:
    with pytest.raises(ValueError, match="at least one worker"):
        Master(lambda worker: None, [], 0)


def test_the_workers_serve_and_the_master_does_not(start: Start) -> None:
    running = start(workers=2).wait_ready()
    pids = running.pids(2)
    assert running.process.pid not in pids
    assert running.ask()[0] in pids


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGQUIT])
def test_it_ends_with_status_0_and_nothing_is_left(start: Start, number: signal.Signals) -> None:
    running = start(workers=2).wait_ready()
    running.tell(number)
    assert running.end() == 0
    assert not running.is_listening()
    assert "Traceback" not in running.errors.read_text()


def test_ctrl_c_reaches_all_processes_and_stops_once(start: Start) -> None:
    running = start(workers=2).wait_ready()
    os.killpg(running.process.pid, signal.SIGINT)
    assert running.end() == 0
    assert running.errors.read_text() == ""


def test_a_killed_worker_is_replaced(start: Start) -> None:
    running = start().wait_ready()
    pid, _ = running.ask()
    os.kill(pid, signal.SIGKILL)
    assert running.ask()[0] != pid
    assert "was killed by SIGKILL" in running.errors.read_text()


def test_a_killed_master_leaves_no_orphans(start: Start) -> None:
    running = start(workers=2).wait_ready()
    running.tell(signal.SIGKILL)
    running.end()
    until(lambda: not running.is_listening(), "the workers end by themselves")


def test_term_finishes_what_is_in_flight(start: Start) -> None:
    running = start().wait_ready()
    with running.connect(b"slow") as client:
        until((running.folder / "waiting").exists, "the request is in flight")
        running.tell(signal.SIGTERM)
        until(lambda: "draining" in running.errors.read_text(), "the master drains")
        (running.folder / "go on").touch()
        assert client.recv(100).endswith(b" 1")
    assert running.end() == 0


def test_what_does_not_drain_in_time_is_killed(start: Start) -> None:
    running = start(graceful_timeout=0.1).wait_ready()
    with running.connect(b"slow"):
        until((running.folder / "waiting").exists, "the request is in flight")
        running.tell(signal.SIGTERM)
        assert running.end() == 0
    assert "did not end in time and is killed" in running.errors.read_text()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_stops_at_once(start: Start, number: signal.Signals) -> None:
    running = start(graceful_timeout=600).wait_ready()
    with running.connect(b"slow"):
        until((running.folder / "waiting").exists, "the request is in flight")
        running.tell(signal.SIGTERM)
        until(lambda: "draining" in running.errors.read_text(), "the master drains")
        running.tell(number)
        assert running.end() == 0


def test_hup_renews_the_workers_and_loses_nothing(start: Start) -> None:
    running = start(workers=2).wait_ready()
    before = running.pids(2)
    failures: list[BaseException] = []
    answers = 0
    enough = threading.Event()

    def keep_asking() -> None:
        nonlocal answers
        while not enough.is_set():
            try:
                running.ask()
                answers += 1
            except Exception as error:
                failures.append(error)

    client = threading.Thread(target=keep_asking)
    client.start()
    try:
        (running.folder / "version").write_text("2")
        running.tell(signal.SIGHUP)
        until(lambda: all(running.ask()[1] == "2" for _ in range(20)), "the new version answers")
        until(lambda: not before & running.pids(2), "the old workers have gone")
    finally:
        enough.set()
        client.join(DEADLINE)
    assert failures == []
    assert answers > 0


def test_a_reload_that_fails_leaves_the_old_workers_serving(start: Start) -> None:
    running = start(workers=2).wait_ready()
    before = running.pids(2)
    (running.folder / "version").write_text("broken")
    running.tell(signal.SIGHUP)
    until(lambda: "the reload failed" in running.errors.read_text(), "the failure is logged")
    assert running.pids(2) == before
    assert running.ask()[1] == "1"

    (running.folder / "version").write_text("3")
    running.tell(signal.SIGHUP)
    until(lambda: all(running.ask()[1] == "3" for _ in range(20)), "the mended version answers")


def test_more_and_fewer_workers_on_ttin_and_ttou(start: Start) -> None:
    running = start().wait_ready()
    running.tell(signal.SIGTTIN)
    assert len(running.pids(2)) == 2
    running.tell(signal.SIGTTOU)
    assert len(running.pids(1)) == 1
    running.tell(signal.SIGTTOU)
    assert running.ask()[1] == "1", "the last one stays"


@pytest.mark.parametrize(
    ("version", "told"),
    [("broken", "the application cannot be loaded"), ("raises", "ZeroDivisionError")],
)
def test_when_none_can_start_the_master_gives_up(
    start: Start, tmp_path: Path, version: str, told: str
) -> None:
    (tmp_path / "version").write_text(version)
    running = start(workers=2)
    assert running.end() == BOOT_FAILED
    errors = running.errors.read_text()
    assert told in errors
    assert ("Traceback" in errors) is (version == "raises")


def test_a_worker_that_crashes_is_tried_again_more_and_more_slowly(
    start: Start, tmp_path: Path
) -> None:
    (tmp_path / "version").write_text("crashes")
    running = start()
    until(lambda: "next try in 0.4 s" in running.errors.read_text(), "the third failure")
    assert "next try in 0.1 s" in running.errors.read_text()
    assert len((tmp_path / "starts").read_text()) <= 4
    (tmp_path / "version").write_text("1")
    assert running.wait_ready().ask()[1] == "1"
