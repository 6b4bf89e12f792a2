"""The master with real processes: what dies is replaced, and nothing outlives its end."""

import http.client
import json
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
from typing import Any

import pytest

from httpserver import master as master_module
from httpserver.children import MOST_WORKERS
from httpserver.master import BOOT_FAILED, Master

pytestmark = pytest.mark.timeout(60)
DEADLINE = 15.0

# A server of a few lines: it answers with its process id, the version of the "code" that it was
# loaded with, and its slot. Files in the folder tell it how to behave.
PROGRAM = """
import errno, json, os, pathlib, select, signal, sys, time
from httpserver.addresses import listen_at, url_of
from httpserver.logs import set_up_error_log
from httpserver.master import BootError, Generation, Master, serve

folder = pathlib.Path(sys.argv[1])
set_up_error_log("INFO")


def note(file, what):
    with (folder / file).open("a") as notes:
        notes.write(f"{what}\\n")


def wait_for(file):
    while not (folder / file).exists():
        time.sleep(0.01)


class PidServer:
    def __init__(self, listeners, slot):
        note("starts", time.monotonic())
        self.listeners, self.slot, self.going = listeners, slot, True
        self.version = (folder / "version").read_text()
        if self.version == "broken":
            raise BootError("the application cannot be loaded")
        if self.version == "raises":
            1 / 0
        if self.version == "crashes":
            os._exit(9)
        if self.version == "waits":
            note("booting", os.getpid())
            wait_for("boot on")

    def stop(self):
        self.going = False

    def run(self):
        if self.version == "ends":
            return
        if self.version == "deaf":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        while self.going:
            select.select(self.listeners, [], [], 0.02)
            self.accept()
        self.accept()  # who is in the queue has been accepted, as far as clients know

    def accept(self):
        for listener in self.listeners:
            try:
                client, _ = listener.accept()
            except BlockingIOError:
                continue
            self.answer(client)

    def answer(self, client):
        with client:
            client.setblocking(True)
            if client.recv(4) == b"slow":
                note("waiting", os.getpid())
                wait_for("go on")
            client.sendall(f"{os.getpid()} {self.version} {self.slot}".encode())


def run_worker(worker):
    serve(lambda listeners: PidServer(listeners, worker.slot))(worker)


def read_config():
    config = json.loads((folder / "config").read_text())
    return listen_at(config["listen"], master.listeners if master else ()), config["workers"]


def fork():
    if (folder / "no fork").exists():
        raise OSError(errno.EAGAIN, "no more processes")
    return real_fork()


real_fork, os.fork = os.fork, fork
master = None
listeners, workers = read_config()
master = Master(
    run_worker,
    listeners,
    workers,
    graceful_timeout=float(sys.argv[2]),
    on_ready=lambda: print(url_of(listeners[0]).rpartition(":")[2], flush=True),
    on_reload=(lambda: Generation(run_worker, *read_config())) if "config" in sys.argv else None,
    on_reopen=lambda: note("reopened", os.getpid()),
    on_exit=lambda slot: note("exits", slot),
)
sys.exit(master.run())
"""


def until(condition: Callable[[], bool], what: str) -> None:
    """Poll, with a limit: nothing here waits for a fixed time."""
    end = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < end, f"not within {DEADLINE} seconds: {what}"
        time.sleep(0.01)


class Running:
    """The program in a process of its own, in a process group of its own."""

    def __init__(
        self,
        folder: Path,
        workers: int = 1,
        graceful_timeout: float = 10,
        reads_config: bool = False,
        listen: tuple[str, ...] = ("127.0.0.1:0",),
    ) -> None:
        self.folder = folder
        self.errors = folder / "errors"
        self.configure(workers, *listen)
        with self.errors.open("w") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-c", PROGRAM, folder, str(graceful_timeout)]
                + ["config"] * reads_config,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
                cwd=Path(__file__).parents[2],
            )
        self.port = 0

    def configure(self, workers: int, *listen: str) -> None:
        (self.folder / "config").write_text(json.dumps({"workers": workers, "listen": listen}))

    def notes(self, file: str) -> list[str]:
        path = self.folder / file
        return path.read_text().split() if path.exists() else []

    def noted(self, file: str) -> bool:
        """Whether something stands in that file: it is there a moment before its content."""
        return bool(self.notes(file))

    def wait_ready(self) -> "Running":
        assert self.process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            assert selector.select(DEADLINE), "no word that it is ready"
        line = self.process.stdout.readline()
        assert line, self.errors.read_text()
        if line.strip().isdigit():
            self.port = int(line)
        return self

    def wait_logged(self, words: str) -> None:
        until(lambda: words in self.errors.read_text(), f"the log says {words!r}")

    def connect(self, word: bytes = b"ask!", path: Path | None = None) -> socket.socket:
        if path is None:
            client = socket.create_connection(("127.0.0.1", self.port), DEADLINE)
        else:
            client = socket.socket(socket.AF_UNIX)
            client.settimeout(DEADLINE)
            client.connect(os.fspath(path))
        client.sendall(word)
        return client

    def answer(self, path: Path | None = None) -> tuple[int, str, int]:
        with self.connect(path=path) as client:
            pid, version, slot = client.recv(100).decode().split()
            return int(pid), version, int(slot)

    def ask(self, path: Path | None = None) -> tuple[int, str]:
        return self.answer(path)[:2]

    def is_answering(self, path: Path) -> bool:
        try:
            return bool(self.ask(path))
        except (FileNotFoundError, ConnectionRefusedError):  # bound already, and not listening yet
            return False

    def wait_version(self, version: str, path: Path | None = None) -> None:
        until(lambda: all(self.ask(path)[1] == version for _ in range(20)), f"{version!r} answers")

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

    def start(**options: Any) -> Running:
        started.append(Running(tmp_path, **options))
        return started[-1]

    yield start
    for running in started:
        running.close()


def test_a_master_needs_a_worker() -> None:
    with pytest.raises(ValueError, match="at least one worker"):
        Master(lambda worker: None, [], 0)
    with pytest.raises(ValueError, match=f"at most {MOST_WORKERS}"):
        Master(lambda worker: None, [], MOST_WORKERS + 1)


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
        until(lambda: running.noted("waiting"), "the request is in flight")
        running.tell(signal.SIGTERM)
        running.wait_logged("draining")
        (running.folder / "go on").touch()
        assert client.recv(100).split()[1] == b"1"
    assert running.end() == 0


def test_what_does_not_drain_in_time_is_killed(start: Start) -> None:
    running = start(graceful_timeout=0.1).wait_ready()
    with running.connect(b"slow"):
        until(lambda: running.noted("waiting"), "the request is in flight")
        running.tell(signal.SIGTERM)
        assert running.end() == 0
    assert "did not end in time and is killed" in running.errors.read_text()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_stops_at_once(start: Start, number: signal.Signals) -> None:
    running = start(graceful_timeout=600).wait_ready()
    with running.connect(b"slow"):
        until(lambda: running.noted("waiting"), "the request is in flight")
        running.tell(signal.SIGTERM)
        running.wait_logged("draining")
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
        running.wait_version("2")
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
    running.wait_logged("the reload failed")
    assert running.pids(2) == before
    assert running.ask()[1] == "1"

    (running.folder / "version").write_text("3")
    running.tell(signal.SIGHUP)
    running.wait_version("3")


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
    running.wait_logged("next try in 0.4 s")
    assert "next try in 0.1 s" in running.errors.read_text()
    assert len(running.notes("starts")) <= 4
    (tmp_path / "version").write_text("1")
    assert running.wait_ready().ask()[1] == "1"


def test_workers_that_die_together_count_as_one_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(master_module.time, "monotonic", lambda: now)
    master = Master(lambda worker: None, [])
    delays = []
    for moment in [1000.0, 1000.0, 1000.05, 1000.2, 1000.3, 1001.0, 1100.0]:
        now = moment
        delays.append(round(master._back_off(), 2))
    assert delays == [0.1, 0.1, 0.05, 0.2, 0.1, 0.4, 0.1]


def test_a_worker_that_ends_well_but_at_once_does_not_spin(start: Start, tmp_path: Path) -> None:
    (tmp_path / "version").write_text("ends")
    running = start()
    until(lambda: len(running.notes("starts")) >= 4, "four workers, one after the other")
    running.tell(signal.SIGTERM)
    running.end()
    starts = [float(moment) for moment in running.notes("starts")]
    # A worker notes its start when it has started, some time after the master counts it.
    assert starts[3] - starts[0] > 0.2


OWN_TABLE_PROGRAM = """
import signal
from httpserver.master import Master


def run_worker(worker):
    worker.ready()
    print(worker.number, flush=True)
    if worker.number > 1:
        signal.pause()


Master(run_worker, [], signals={signal.SIGTERM: Master.stop}).run()
"""


def test_a_table_of_ones_own_still_hears_of_the_end_of_a_worker() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", OWN_TABLE_PROGRAM],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    with process:
        assert process.stdout is not None
        try:
            assert [process.stdout.readline() for _ in range(2)] == [b"1\n", b"2\n"]
        finally:
            process.terminate()
        assert process.wait(DEADLINE) == 0


def test_where_no_process_can_be_had_the_master_tries_again(start: Start) -> None:
    running = start().wait_ready()
    (running.folder / "no fork").touch()
    os.kill(running.ask()[0], signal.SIGKILL)
    running.wait_logged("no worker can be started: [Errno")
    (running.folder / "no fork").unlink()
    assert running.ask()[1] == "1"


def test_the_old_worker_serves_until_the_new_one_does(start: Start) -> None:
    running = start().wait_ready()
    old = running.ask()[0]
    (running.folder / "version").write_text("waits")
    running.tell(signal.SIGHUP)
    until(lambda: running.noted("booting"), "the new worker boots")
    assert running.ask()[0] == old
    (running.folder / "boot on").touch()
    running.wait_version("waits")
    assert running.pids(1) == {running.ask()[0]} != {old}


def test_of_two_reloads_one_after_the_other_the_second_counts(start: Start) -> None:
    running = start(workers=2).wait_ready()
    old = running.pids(2)
    (running.folder / "version").write_text("waits")
    running.tell(signal.SIGHUP)
    until(lambda: len(running.notes("booting")) == 2, "the workers of the first boot")
    assert running.pids(4) > old, "no worker that serves went for one that does not"
    (running.folder / "version").write_text("2")
    running.tell(signal.SIGHUP)
    running.wait_version("2")
    new = running.pids(2)
    assert not new & (old | {int(pid) for pid in running.notes("booting")})


def test_a_second_reload_that_fails_leaves_the_first_workers_serving(start: Start) -> None:
    running = start().wait_ready()
    old = running.ask()[0]
    (running.folder / "version").write_text("waits")
    running.tell(signal.SIGHUP)
    until(lambda: running.noted("booting"), "the worker of the first reload boots")
    (running.folder / "version").write_text("broken")
    running.tell(signal.SIGHUP)
    running.wait_logged("the reload failed: the old workers go on serving")
    assert running.pids(1) == {old} == {running.ask()[0]}


def test_a_reload_during_a_drain_changes_nothing(start: Start) -> None:
    running = start().wait_ready()
    with running.connect(b"slow") as client:
        until(lambda: running.noted("waiting"), "the request is in flight")
        running.tell(signal.SIGTERM)
        running.wait_logged("draining")
        running.tell(signal.SIGHUP)
        (running.folder / "go on").touch()
        assert client.recv(100).split()[1] == b"1"
    assert running.end() == 0
    assert len(running.notes("starts")) == 1


def test_term_during_a_reload_ends_old_and_new(start: Start) -> None:
    running = start(graceful_timeout=600).wait_ready()
    (running.folder / "version").write_text("waits")
    running.tell(signal.SIGHUP)
    until(lambda: running.noted("booting"), "the new worker boots")
    running.tell(signal.SIGTERM)
    assert running.end() == 0
    with pytest.raises(ProcessLookupError):
        os.kill(int(running.notes("booting")[0]), 0)


def test_a_worker_deaf_to_term_is_killed_and_the_new_ones_serve(start: Start) -> None:
    running = start(graceful_timeout=0.1)
    (running.folder / "version").write_text("deaf")
    running.wait_ready()
    running.wait_version("deaf")
    (running.folder / "version").write_text("2")
    running.tell(signal.SIGHUP)
    running.wait_logged("did not end in time and is killed")
    running.wait_version("2")
    assert len(running.pids(1)) == 1


def test_a_slot_is_the_smallest_that_no_living_worker_has(start: Start) -> None:
    running = start(workers=2).wait_ready()
    until(lambda: {running.answer()[2] for _ in range(20)} == {0, 1}, "both slots answer")
    with running.connect(b"slow") as client:
        until(lambda: running.noted("waiting"), "a worker is busy")
        os.kill(int(running.notes("waiting")[0]), signal.SIGKILL)
        assert client.recv(100) == b""
    until(lambda: len(running.notes("exits")) == 1, "its end is told")
    until(lambda: {running.answer()[2] for _ in range(20)} == {0, 1}, "both slots answer again")

    running.tell(signal.SIGHUP)
    until(lambda: len(running.notes("exits")) == 3, "the old workers have gone")
    assert {running.answer()[2] for _ in range(20)} <= {2, 3}, "0 and 1 were not free yet"


def test_usr1_opens_the_logs_anew_in_all_processes(start: Start) -> None:
    running = start(workers=2).wait_ready()
    pids = running.pids(2) | {running.process.pid}
    running.tell(signal.SIGUSR1)
    until(lambda: len(running.notes("reopened")) == 3, "all have opened their logs")
    assert {int(pid) for pid in running.notes("reopened")} == pids


def test_usr1_does_not_end_a_worker_that_boots(start: Start, tmp_path: Path) -> None:
    (tmp_path / "version").write_text("waits")
    running = start()
    until(lambda: running.noted("booting"), "the worker boots")
    running.tell(signal.SIGUSR1)
    until(lambda: len(running.notes("reopened")) == 2, "both have opened their logs")
    (tmp_path / "boot on").touch()
    assert str(running.wait_ready().ask()[0]) == running.notes("booting")[0]


# A new configuration


def test_a_reload_changes_workers_and_listeners(start: Start, tmp_path: Path) -> None:
    first, second = tmp_path / "1.sock", tmp_path / "2.sock"
    running = start(reads_config=True, listen=("127.0.0.1:0", f"unix:{first}")).wait_ready()
    running.configure(2, f"unix:{second}")
    (tmp_path / "version").write_text("2")
    running.tell(signal.SIGHUP)
    until(lambda: running.is_answering(second), "the new address is there")
    running.wait_version("2", second)
    assert len(running.pids(2)) == 2
    until(lambda: not first.exists(), "the file of the old address has gone")
    until(lambda: not running.is_listening(), "no worker holds the old address")

    running.configure(1, f"unix:{second}", f"unix:{first}")
    (tmp_path / "version").write_text("3")
    running.tell(signal.SIGHUP)
    until(lambda: running.is_answering(first), "the old address is there again")
    running.wait_version("3", first)
    running.wait_version("3", second)
    assert len(running.pids(1)) == 1


def test_a_configuration_that_does_not_load_changes_nothing(start: Start, tmp_path: Path) -> None:
    running = start(reads_config=True).wait_ready()
    old = running.ask()
    added = tmp_path / "added.sock"
    running.configure(2, "127.0.0.1:0", f"unix:{added}", "no address")
    running.tell(signal.SIGHUP)
    running.wait_logged("the reload failed: 'no address' is not an address to listen at")
    running.wait_logged("the old goes on")
    running.configure(0, "127.0.0.1:0")
    running.tell(signal.SIGHUP)
    running.wait_logged("the reload failed: a master needs at least one worker")
    assert running.ask() == old
    assert running.pids(1) == {old[0]}
    assert not added.exists()
    assert "Traceback" not in running.errors.read_text()


def test_workers_that_do_not_boot_bring_the_old_configuration_back(
    start: Start, tmp_path: Path
) -> None:
    added = tmp_path / "added.sock"
    running = start(reads_config=True, workers=2).wait_ready()
    old = running.pids(2)
    running.configure(1, f"unix:{added}")
    (tmp_path / "version").write_text("broken")
    running.tell(signal.SIGHUP)
    running.wait_logged("the reload failed: the old workers go on serving")
    until(lambda: not added.exists(), "the new address has gone")
    assert running.pids(2) == old

    (tmp_path / "version").write_text("3")
    os.kill(old.pop(), signal.SIGKILL)
    until(lambda: running.ask()[1] == "3", "the old address is the replacement's, too")
    assert len(running.pids(2)) == 2, "as many as before"


def test_the_file_of_a_socket_goes_with_its_master(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "web.sock"
    running = start(listen=(f"unix:{path}",)).wait_ready()
    os.kill(running.ask(path)[0], signal.SIGKILL)
    assert running.ask(path)[1] == "1", "not with a worker"
    running.tell(signal.SIGTERM)
    assert running.end() == 0
    assert not path.exists()


def test_reloads_leave_no_descriptors_behind(start: Start) -> None:
    running = start(workers=2, reads_config=True).wait_ready()
    descriptors = Path(f"/proc/{running.process.pid}/fd")
    if not descriptors.exists():
        pytest.skip("the system does not tell the descriptors of a process")
    before = len(list(descriptors.iterdir()))
    for version in "23456789":
        (running.folder / "version").write_text(version)
        running.tell(signal.SIGHUP)
        running.wait_version(version)
    running.pids(2)
    assert len(list(descriptors.iterdir())) == before


# The real server under the master

WEB_PROGRAM = """
import os, sys
from httpserver import Limits, Response, Server, listen
from httpserver.master import Master, serve


def handler(request):
    return Response(200, [], str(os.getpid()).encode() * 1000)


limits = Limits(silent_timeout=5, requests_per_connection=10_000)
listener = listen("127.0.0.1:0")
Master(
    serve(lambda listeners: Server(handler, listeners, limits=limits)), [listener], 2,
    on_ready=lambda: print(listener.getsockname()[1], flush=True),
).run()
"""


def test_reloads_under_load_lose_no_request() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", WEB_PROGRAM], stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]
    )
    assert process.stdout is not None
    failures: list[BaseException] = []
    seen: set[bytes] = set()
    enough = threading.Event()

    def keep_asking(keep_alive: bool) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE)
        while not enough.is_set():
            try:
                connection.request(
                    "GET", "/", headers={} if keep_alive else {"Connection": "close"}
                )
                body = connection.getresponse().read()
            except Exception as error:
                failures.append(error)
                break
            pid = body[: len(body) // 1000]
            seen.add(pid if body == pid * 1000 else b"garbled")
        connection.close()

    def have_answered(workers: int) -> Callable[[], bool]:
        return lambda: len(seen) >= workers

    clients = [threading.Thread(target=keep_asking, args=(n % 2 == 0,)) for n in range(6)]
    try:
        port = int(process.stdout.readline())
        for client in clients:
            client.start()
        for workers in range(2, 12, 2):
            until(have_answered(workers), "both workers of this generation have answered")
            process.send_signal(signal.SIGHUP)
        until(have_answered(12), "the last two have answered")
    finally:
        enough.set()
        for client in clients:
            client.join(DEADLINE)
        process.terminate()
        process.wait(DEADLINE)
        process.stdout.close()
    assert failures == []
    assert b"garbled" not in seen
