"""A new master on the same sockets, and a master that rests."""

import os
import pty
import signal
import sys
from pathlib import Path

import pytest

from tests.httpserver.families import Family, family
from tests.processes import free_port, wait_until

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def listen() -> list[str]:
    return [f"127.0.0.1:{free_port()}"]


def ended(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def upgrade(running: Family) -> int:
    """The process id of the new master, when it serves."""
    count = len(running.wait_ready())
    running.tell(signal.SIGUSR2)
    return running.wait_ready(count + 1)[-1]


def test_a_new_master_takes_over_and_no_request_is_lost(tmp_path: Path, listen: list[str]) -> None:
    with family(tmp_path, listen=listen, master="{'workers': 2}") as running:
        running.wait_ready()
        with running.under_load() as seen:
            new = upgrade(running)
            assert new != running.process.pid
            wait_until(lambda: len(seen) >= 4, "the workers of both to answer")
            assert running.end() == 0
            before = set(seen)
            wait_until(lambda: seen - before or running.pid() in seen, "the new one answers")
        assert not ended(new)
        running.tell(signal.SIGTERM, new)
        wait_until(lambda: str(new) in running.notes("ended"), "the new one has ended, too")
        assert "Traceback" not in running.log()


def test_the_new_master_may_go_and_the_old_one_stay(tmp_path: Path, listen: list[str]) -> None:
    hooks = (
        "{'on_upgrade': lambda: note('hooks', 'upgrade'),"
        " 'on_upgrade_failed': lambda: note('hooks', 'failed')}"
    )
    with family(tmp_path, listen=listen, master=hooks) as running:
        running.wait_ready()
        before = running.pid()
        new = upgrade(running)
        running.tell(signal.SIGUSR2)
        running.wait_logged(f"a new master is there already: process {new}")
        running.tell(signal.SIGTERM, new)
        running.wait_logged("the new master exited with 0; this one goes on")
        wait_until(lambda: running.notes("hooks") == ["upgrade", "failed"], "both hooks")
        assert running.pid() == before

        (tmp_path / "no master").touch()
        running.tell(signal.SIGUSR2)
        running.wait_logged("the new master exited with 5; this one goes on")
        (tmp_path / "no master").unlink()
        assert upgrade(running) != new
        assert running.end() == 0


def test_the_file_of_a_socket_goes_with_the_last_master(tmp_path: Path) -> None:
    path = tmp_path / "web.sock"
    with family(tmp_path, listen=[f"unix:{path}"]) as running:
        new = upgrade(running)
        running.tell(signal.SIGTERM, new)
        running.wait_logged("the new master exited with 0")
        assert running.pid(), "the old one's file is there"

        second = upgrade(running)
        assert running.end() == 0
        assert running.pid(), "and the new one's"
        third = running.wait_ready()[-1]
        assert third == second
        running.tell(signal.SIGTERM, second)
        wait_until(lambda: not path.exists(), "the file goes")


def test_the_new_master_hears_signals_and_inherits_nothing_else(
    tmp_path: Path, listen: list[str]
) -> None:
    with family(tmp_path, listen=listen) as running:
        new = upgrade(running)
        if Path("/proc/self/fd").exists():
            count = [
                len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in (running.process.pid, new)
            ]
            assert count[0] == count[1]
        running.tell(signal.SIGHUP, new)
        running.wait_logged("reloaded: the new workers serve")
        running.tell(signal.SIGUSR2, new)
        running.wait_logged(f"before this one is there still: process {running.process.pid}")
        assert running.end() == 0
        running.tell(signal.SIGUSR2, new)  # the successor can have a successor
        assert running.wait_ready(3)[-1] not in (new, running.process.pid)


def test_a_paused_master_lets_clients_wait(tmp_path: Path, listen: list[str]) -> None:
    with family(tmp_path, listen=listen) as running:
        running.wait_ready()
        before = running.pid()
        running.tell(signal.SIGWINCH)
        wait_until(lambda: ended(before), "the worker has gone")
        with running.begin() as client:
            running.tell(signal.SIGHUP)
            assert client.recv(15) == b"HTTP/1.1 200 OK"
        assert running.pid() != before
        assert running.end() == 0


def test_a_paused_master_ends_when_it_is_told(tmp_path: Path, listen: list[str]) -> None:
    with family(tmp_path, listen=listen) as running:
        running.wait_ready()
        before = running.pid()
        running.tell(signal.SIGWINCH)
        wait_until(lambda: ended(before), "the worker has gone")
        assert running.end() == 0


def test_the_old_master_can_rest_and_come_back(tmp_path: Path, listen: list[str]) -> None:
    with family(tmp_path, listen=listen) as running:
        running.wait_ready()
        with running.under_load() as seen:
            before = running.pid()
            new = upgrade(running)
            running.tell(signal.SIGWINCH)
            wait_until(lambda: ended(before), "the old worker has gone")
            running.tell(signal.SIGHUP)
            running.wait_logged("reloaded: the new workers serve")
            running.tell(signal.SIGTERM, new)
            running.wait_logged("the new master exited with 0; this one goes on")
            assert running.pid() not in {before}
        assert len(seen) == 3


TERMINAL = """
from httpserver.signals import in_foreground

print(in_foreground())
"""


def test_the_size_of_a_terminals_window_is_not_meant() -> None:
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(sys.executable, [sys.executable, "-c", TERMINAL])
    try:
        told = b""
        while not told.endswith(b"\n"):
            told += os.read(terminal, 100)
    finally:
        os.close(terminal)
        os.waitpid(pid, 0)
    assert told.strip() == b"True"
