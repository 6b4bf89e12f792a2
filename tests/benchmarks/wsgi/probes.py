"""How the figures are taken that are not requests a second alone."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

from tests.benchmarks.httpserver.probes import REQUEST, requests_a_second, resident
from tests.benchmarks.machine import SERVER_CORE, on_core
from tests.benchmarks.rounds import Unavailable
from tests.benchmarks.servers import Servers
from tests.benchmarks.wsgi.servers import PROGRAMS
from tests.processes import DEADLINE, ROOT, free_port
from tests.wsgi.counting import ask_many

SLOW_KIND = "queries"  # so slow that wrk has next to nothing to do beside it
REQUESTS_A_SECOND = 100_000  # 200,000 by default, for which it takes longer


# --- Requests a second ---


def rate(servers: Servers, name: str, path: str, seconds: int) -> tuple[float]:
    server = servers.process(name)
    try:
        return (requests_a_second("hello", server.port, path, seconds),)
    finally:
        # wrk leaves with 64 requests unanswered. A server that still works on slow ones would
        # take its time from the next that is measured; this one is answered after them.
        wait_for_answer(server.port)


# --- Two workers ---


def rate_and_cost(servers: Servers, name: str, seconds: int) -> tuple[float, float]:
    """Requests a second, and requests for each second of CPU of the master and its workers."""
    server = servers.process(name)
    before, began = cpu_seconds(server.process.pid), time.perf_counter()
    (reached,) = rate(servers, name, f"/{SLOW_KIND}?queries=20", seconds)
    spent = cpu_seconds(server.process.pid) - before
    return reached, reached * (time.perf_counter() - began) / spent


def cpu_seconds(master: int) -> float:
    return sum(map(cpu_seconds_of, [master, *children(master)]))


def cpu_seconds_of(pid: int) -> float:
    """User and system time (proc(5): the fields 14 and 15 of stat, the name may hold blanks)."""
    fields = proc(pid, "stat").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def children(pid: int) -> list[int]:
    return list(map(int, proc(pid, f"task/{pid}/children").split()))


def proc(pid: int, name: str) -> str:
    try:
        return Path(f"/proc/{pid}/{name}").read_text("ascii")
    except FileNotFoundError:
        raise Unavailable(f"processes are looked at in /proc/PID/{name}, which this system lacks")


# --- Start ---


def start(servers: Servers, seconds: int) -> tuple[float]:
    """Milliseconds from the start of the command to its first answer, less those of Python.

    With the modules compiled, as they are from the second start on.
    """
    port = free_port()
    command = [sys.executable, "-m", "wsgi", "hello:app", "--bind", f"127.0.0.1:{port}"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)

    def run(*arguments: str) -> None:
        subprocess.run([sys.executable, *arguments], cwd=PROGRAMS, env=environment, check=True)

    with on_core(SERVER_CORE):
        run("-c", "import wsgi.__main__, hello")
        began = time.perf_counter()
        run("-c", "pass")
        python = time.perf_counter() - began
        began = time.perf_counter()
        server = subprocess.Popen(
            command, cwd=PROGRAMS, env=environment,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
    try:
        wait_for_answer(port)
        ours = time.perf_counter() - began
    finally:
        server.terminate()
        server.wait(DEADLINE)
    return ((ours - python) * 1000,)


def wait_for_answer(port: int) -> None:
    deadline = time.monotonic() + DEADLINE
    while time.monotonic() < deadline:
        with socket.socket() as client:
            client.settimeout(DEADLINE)
            if client.connect_ex(("127.0.0.1", port)) == 0:
                client.sendall(REQUEST % b"/")
                if client.recv(4096):
                    return
        time.sleep(0.001)
    raise Unavailable(f"no answer in {DEADLINE:g} seconds")


# --- Memory ---


def memory(servers: Servers, seconds: int) -> tuple[float, float]:
    """The worker's memory after a tenth of the requests and after all of them, in bytes.

    A fresh server each time, whose first requests are the ones that are looked at.
    """
    port = free_port()
    command = [sys.executable, "-m", "wsgi", "hello:app", "--bind", f"127.0.0.1:{port}"]
    with servers.start("ours", command, port) as server:
        (worker,) = children(server.process.pid)
        requests = seconds * REQUESTS_A_SECOND
        ask_many(port, requests // 10)
        before = resident(worker)
        ask_many(port, requests - requests // 10)
        return before, resident(worker)
