"""A worker process from inside; what its master sees of it is in test_master."""

import resource
import signal
import subprocess
import sys

import pytest

from httpserver.worker import FILES_OF_A_CLIENT, FILES_OF_A_WORKER, raise_file_limit

pytestmark = pytest.mark.timeout(20)


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
