"""A worker process from inside; what its master sees of it is in test_master."""

import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from httpserver.worker import (
    FILES_OF_A_CLIENT,
    FILES_OF_A_WORKER,
    NOT_OURS,
    raise_file_limit,
)
from tests.httpserver.families import family
from tests.processes import free_port, wait_until

pytestmark = pytest.mark.timeout(60)


def run(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, timeout=15, text=True
    )


def test_no_application_can_catch_the_masters_quit() -> None:
    ended = run("""
import os, signal
from httpserver.worker import _own_signals

_own_signals([])
try:
    os.kill(os.getpid(), signal.SIGQUIT)
except BaseException:
    print("caught")
""")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_programs_that_an_application_starts_hear_signals() -> None:
    ended = run("""
import signal, subprocess, sys
from httpserver.worker import NOT_OURS, TOLD, _own_signals

_own_signals(TOLD)
told = [int(each) for each in (*NOT_OURS, *TOLD)]
look = f"import _signal; print([_signal.getsignal(each) for each in {told}])"
print(subprocess.run([sys.executable, "-S", "-c", look], capture_output=True, text=True).stdout)
""")
    assert ended.stdout.startswith("["), ended.stderr
    assert "1" not in ended.stdout  # SIG_IGN; 0 is SIG_DFL


def test_a_process_that_an_application_forks_ends_when_told() -> None:
    ended = run("""
import multiprocessing, os, signal, threading
from httpserver.worker import TOLD, _own_signals

_own_signals(TOLD)
signal.signal(signal.SIGTERM, lambda number, frame: None)  # as `serve` has one


def work():
    os.write(writer, b"!")
    threading.Event().wait()


def fork():
    process = multiprocessing.get_context("fork").Process(target=work)
    process.start()
    os.read(reader, 1)
    process.terminate()
    process.join(10)
    print(process.exitcode)
    process.kill()


reader, writer = os.pipe()
thread = threading.Thread(target=fork)  # of the pool: no signal handler could be set there
thread.start()
thread.join()
""")
    assert (ended.stdout, ended.stderr) == (f"{-signal.SIGTERM}\n", "")


# What has come while the signals were held, and what becomes of the process.
HELD = """
import os, signal
from httpserver.worker import TOLD, _own_signals

signal.pthread_sigmask(signal.SIG_BLOCK, TOLD)
for number in TOLD:
    signal.signal(number, lambda number, frame: print("the master's handler"))
os.kill(os.getpid(), signal.{name})
_own_signals(TOLD, lambda: print("reopened"))
print("goes on")
"""


@pytest.mark.parametrize(
    ("name", "status", "output"),
    [
        ("SIGTERM", -signal.SIGTERM, ""),
        ("SIGQUIT", 0, ""),
        ("SIGINT", 0, "goes on\n"),
        ("SIGHUP", 0, "goes on\n"),
        ("SIGUSR1", 0, "reopened\ngoes on\n"),
    ],
)
def test_a_signal_that_came_during_the_fork_is_heard(name: str, status: int, output: str) -> None:
    ended = run(HELD.format(name=name))
    assert (ended.returncode, ended.stdout, ended.stderr) == (status, output, "")


def test_a_log_that_cannot_be_opened_again_does_not_end_the_worker() -> None:
    ended = run("""
import os, signal
from httpserver.worker import _own_signals

_own_signals([], lambda: open("/nowhere/at/all"))
os.kill(os.getpid(), signal.SIGUSR1)
print("goes on")
""")
    assert (ended.returncode, ended.stdout) == (0, "goes on\n")
    assert "the logs were not opened anew: [Errno 2]" in ended.stderr


def limited(soft: int, hard: int, connections: int) -> list[int]:
    """With these limits: the clients that are allowed, and the limit afterwards."""
    ended = run(f"""
import resource
from httpserver.worker import raise_file_limit

resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard}))
print(raise_file_limit({connections}), resource.getrlimit(resource.RLIMIT_NOFILE)[0])
""")
    assert ended.returncode == 0, ended.stderr
    return [int(number) for number in ended.stdout.split()]


def test_the_file_limit_is_raised_to_what_is_needed() -> None:
    assert limited(100, 1000, 300) == [300, FILES_OF_A_WORKER + FILES_OF_A_CLIENT * 300]


def test_the_file_limit_is_raised_no_further_than_the_system_allows() -> None:
    assert limited(100, 264, 300) == [100, 264]


def test_a_file_limit_that_is_high_enough_stays() -> None:
    assert limited(900, 1000, 10) == [10, 900]


def test_at_least_one_client_is_allowed() -> None:
    assert limited(20, 20, 300) == [1, 20]


def test_without_a_limit_all_clients_are_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    monkeypatch.setattr(resource, "getrlimit", lambda which: unlimited)
    monkeypatch.setattr(resource, "setrlimit", lambda which, limits: pytest.fail("not needed"))
    assert raise_file_limit(10**6) == 10**6


# Its end, with a master


@pytest.fixture
def listen() -> list[str]:
    return [f"127.0.0.1:{free_port()}"]


@pytest.mark.parametrize("threads", [0, 3])
def test_workers_that_are_spent_are_replaced_and_no_request_is_lost(
    tmp_path: Path, listen: list[str], threads: int
) -> None:
    options = f"{{'max_requests': 50, 'threads': {threads}}}"
    with family(tmp_path, listen=listen, server=options, master="{'workers': 2}") as running:
        running.wait_ready()
        with running.under_load() as seen:
            wait_until(lambda: len(seen) >= 6, "six workers, one after the other")
        assert "ERROR" not in running.log()
        assert running.end() == 0


def test_who_is_spent_serves_until_another_one_does(tmp_path: Path, listen: list[str]) -> None:
    with family(tmp_path, listen=listen, server="{'max_requests': 3}") as running:
        running.wait_ready()
        (tmp_path / "breaks").touch()  # the next one cannot be had for now
        pids = {running.pid() for _ in range(20)}
        running.wait_logged("next try in 0.1 s")
        pids.add(running.pid())
        assert len(pids) == 1
        (tmp_path / "breaks").unlink()
        wait_until(lambda: running.pid() not in pids, "another one answers")


def test_a_server_without_a_master_stops_when_it_is_spent() -> None:
    ended = run("""
import http.client, threading
from httpserver import Response, Server, listen

listener = listen("127.0.0.1:0")
server = Server(lambda request: Response(200, [], b"."), [listener], max_requests=2)
thread = threading.Thread(target=server.run)
address = listener.getsockname()
thread.start()
for _ in range(2):
    client = http.client.HTTPConnection(*address)
    client.request("GET", "/")
    print(client.getresponse().status)
thread.join()
""")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "200\n200\n", "")


HOOKS = """{
    'worker_exit': lambda worker: note('hooks', f'end {worker.number} {os.getpid()}'),
}"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGQUIT])
def test_the_hook_is_called_in_the_worker(
    tmp_path: Path, listen: list[str], number: signal.Signals
) -> None:
    with family(tmp_path, listen=listen, master=HOOKS) as running:
        running.wait_ready()
        pid = running.pid()
        running.tell(number)
        assert running.process.wait(20) == 0
        assert running.notes("hooks") == [f"end 1 {pid}"]


def test_a_hook_that_fails_is_logged(tmp_path: Path, listen: list[str]) -> None:
    failing = "{'worker_exit': lambda worker: __import__('sys').exit('well, no')}"
    with family(tmp_path, listen=listen, master=failing) as running:
        running.wait_ready()
        assert running.end() == 0
        running.wait_logged("SystemExit: well, no")


def test_a_worker_may_use_what_its_master_has_loaded(tmp_path: Path) -> None:
    ended = run("""
import os
from httpserver.master import Master

loaded = ["in", os.getpid()]


def run_worker(worker):
    worker.ready()
    print("with what was loaded", *loaded[:1], "another process:", loaded[1] != os.getpid())
    os.kill(loaded[1], 15)


print(Master(run_worker, []).run())
""")
    assert ended.stdout == "with what was loaded in another process: True\n0\n"


@pytest.mark.parametrize("number", NOT_OURS)
def test_a_worker_is_deaf_to_what_its_master_alone_understands(
    tmp_path: Path, listen: list[str], number: signal.Signals
) -> None:
    with family(tmp_path, listen=listen) as running:
        running.wait_ready()
        pid = running.pid()
        running.tell(number, pid)
        assert running.pid() == pid
