"""What `python -m wsgi` loses while it is reloaded, killed, upgraded: each request is counted."""

import http.client
import os
import signal
import socket
import time
from pathlib import Path

import pytest

from tests.processes import DEADLINE, Process, free_port, python, wait_until
from tests.wsgi.counting import CLIENTS, Load, ask_many

pytestmark = pytest.mark.timeout(120)

# Answers with its process id. What happened is noted in the folder; the files `go on`, `breaks`
# and `dies` there say how to behave.
APPLICATION = """
import ctypes, os, pathlib, signal, time

folder = pathlib.Path(__file__).parent


def note(what):
    with open(folder / "notes", "a") as notes:
        notes.write(f"{what}\\n")


def app(environ, start_response):
    if environ["PATH_INFO"] == "/stuck":
        ctypes.PyDLL(None).sleep(1000)  # nobody else gets the interpreter's lock
    if environ["PATH_INFO"] == "/raise":
        raise ValueError("as it was asked to")
    environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return held() if environ["PATH_INFO"] == "/held" else [b"%d" % os.getpid()]


def held():
    yield b"%-10d" % os.getpid()
    while not (folder / "go on").exists():
        time.sleep(0.01)
    yield b"done"


note("import")
if (folder / "breaks").exists():
    raise RuntimeError("it breaks at import")
if (folder / "dies").exists():
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "counted.py").write_text(APPLICATION)
    return tmp_path


def serve(folder: Path, *options: str) -> Process:
    port = free_port()
    arguments = ["-m", "wsgi", "counted:app", "--bind", f"127.0.0.1:{port}", *options]
    return python(*arguments, port=port, cwd=folder)


def imports(folder: Path) -> int:
    """How often a worker has imported the application."""
    return (folder / "notes").read_text().count("import")


def lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


# --- Signals to the master ---


@pytest.mark.parametrize("threads", ["0", "4"])
def test_hup_loses_no_request(folder: Path, threads: str) -> None:
    with serve(folder, "-w", "2", "--threads", threads) as server, Load(server.port) as load:
        for _ in range(4):
            server.process.send_signal(signal.SIGHUP)
            load.wait_new_workers(2)
    assert load.lost == []


def test_ttin_and_ttou_lose_no_request(folder: Path) -> None:
    with serve(folder) as server, Load(server.port) as load:
        for _ in range(3):
            before = set(load.seen)
            server.process.send_signal(signal.SIGTTIN)
            load.wait_new_workers(1)
            server.process.send_signal(signal.SIGTTOU)
            both = {*before, *load.seen}
            wait_until(lambda both=both: sum(map(lives, both)) == 1, "one worker to leave")
            load.wait_more(CLIENTS)
    assert load.lost == []


def test_usr2_loses_no_request(folder: Path) -> None:
    with serve(folder, "-w", "2", "--pid", "pid") as server, Load(server.port) as load:
        server.process.send_signal(signal.SIGUSR2)
        load.wait_new_workers(2)
        new = int((folder / "pid").read_text())
        try:
            server.process.terminate()
            assert server.process.wait(DEADLINE) == 0
            load.wait_more(10 * CLIENTS)
        finally:
            load.stop()
            os.kill(new, signal.SIGTERM)
            wait_until(lambda: not (folder / "pid").exists(), "the end of the new master")
    assert load.lost == []


def test_term_answers_all_that_was_accepted(folder: Path) -> None:
    with serve(folder, "-w", "2") as server:
        load = Load(server.port)
        with load:
            load.wait_more(10 * CLIENTS)
            server.process.terminate()
            assert server.process.wait(DEADLINE) == 0
    # Who was answered once had been accepted. After that, nobody listens to new connections.
    assert [each for each in load.lost if each.worker is not None] == []
    assert load.lost, "the clients are to have asked until the end"


# --- Workers that end ---


def ask_held(port: int, number: int) -> list[tuple[int, http.client.HTTPResponse]]:
    """So many answers that have begun and do not end, each with the worker that holds it."""
    found = []
    for _ in range(number):
        client = socket.create_connection(("127.0.0.1", port), DEADLINE)
        client.sendall(b"GET /held HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        response = http.client.HTTPResponse(client)
        response.begin()
        found.append((int(response.read(10)), response))
        client.close()  # the response keeps it open
    return found


def test_a_killed_worker_loses_the_requests_that_it_held_and_no_other(folder: Path) -> None:
    with serve(folder, "-w", "2", "--threads", "16") as server:
        held = ask_held(server.port, 8)
        victim = held[0][0]
        os.kill(victim, signal.SIGKILL)
        (folder / "go on").touch()
        for worker, response in held:
            if worker == victim:
                with pytest.raises((http.client.IncompleteRead, ConnectionError)):
                    response.read()
            else:
                assert response.read() == b"done"
            response.close()


def test_kill_9_of_workers_under_load_loses_at_most_what_they_held(folder: Path) -> None:
    kills = 4
    killed: set[int] = set()
    with serve(folder, "-w", "2") as server, Load(server.port) as load:
        for _ in range(kills):
            victim = next(pid for pid in load.seen - killed if lives(pid))
            os.kill(victim, signal.SIGKILL)
            killed.add(victim)
            load.wait_new_workers(1)
            load.wait_more(10 * CLIENTS)
    # A client has one request under way at a time, so each kill can cost it one.
    assert len(load.lost) <= kills * CLIENTS
    assert {each.worker for each in load.lost} <= {*killed, None}


def test_max_requests_loses_no_request(folder: Path) -> None:
    options = ("-w", "2", "--max-requests", "50", "--max-requests-jitter", "10")
    with serve(folder, *options) as server, Load(server.port) as load:
        load.wait_new_workers(10)
    assert load.lost == []


@pytest.mark.parametrize("threads", ["0", "4"])
def test_a_worker_stuck_in_c_is_replaced(folder: Path, threads: str) -> None:
    with serve(folder, "--timeout", "1", "--threads", threads) as server:
        first = int(server.get("/")[1])
        with socket.create_connection(("127.0.0.1", server.port), DEADLINE) as client:
            client.sendall(b"GET /stuck HTTP/1.1\r\nHost: a\r\n\r\n")
            began = time.monotonic()
            assert client.recv(1) == b"", "its own client sees the connection end"
            assert 1 < time.monotonic() - began < 10
        assert int(server.get("/")[1]) != first
        assert not lives(first)
        assert "in app" in server.output, "the stack"


def test_the_other_workers_requests_are_answered_while_one_is_stuck(folder: Path) -> None:
    with serve(folder, "-w", "2", "--timeout", "1") as server:
        with (
            socket.create_connection(("127.0.0.1", server.port), DEADLINE) as client,
            Load(server.port) as load,
        ):
            client.sendall(b"GET /stuck HTTP/1.1\r\nHost: a\r\n\r\n")
            assert client.recv(1) == b""
            load.wait_more(10 * CLIENTS)
        stuck = {each.worker for each in load.lost} - {None}
        assert len(load.lost) <= CLIENTS
        assert len(stuck) <= 1
        assert not any(map(lives, stuck))


# --- Imports that fail ---


def test_an_application_that_breaks_at_import_is_tried_once_by_each_worker(folder: Path) -> None:
    (folder / "breaks").touch()
    with pytest.raises(AssertionError, match="it breaks at import"), serve(folder, "-w", "2"):
        pass
    assert imports(folder) <= 2


@pytest.mark.parametrize("how", ["breaks", "dies"])
def test_a_reload_to_what_does_not_import_loses_no_request_and_does_not_spin(
    folder: Path, how: str
) -> None:
    with serve(folder, "-w", "2") as server, Load(server.port) as load:
        before = imports(folder)
        (folder / how).touch()
        server.process.send_signal(signal.SIGHUP)
        wait_until(lambda: imports(folder) > before, "the new code to be tried")
        time.sleep(1)  # time to spin
        load.wait_more(10 * CLIENTS)
        assert imports(folder) - before <= 12  # both workers, more and more slowly
        assert 1 <= len(load.seen) <= 2  # the old ones, and nobody else
        (folder / how).unlink()
        server.process.send_signal(signal.SIGHUP)
        load.wait_new_workers(2)
    assert load.lost == []


# --- Memory ---

KIB = 1024


def resident(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) * KIB


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's /proc")
@pytest.mark.parametrize(("threads", "requests"), [("0", 200_000), ("2", 20_000)])
def test_memory_is_after_many_requests_what_it_was_after_a_tenth(
    folder: Path, threads: str, requests: int
) -> None:
    with serve(folder, "--threads", threads) as server:
        worker = int(server.get("/")[1])
        ask_many(server.port, requests // 10)
        before = resident(worker)
        ask_many(server.port, requests - requests // 10)
        assert int(server.get("/")[1]) == worker
        # Three bytes kept of each of 200,000 requests would be more than this.
        assert resident(worker) - before < 512 * KIB
