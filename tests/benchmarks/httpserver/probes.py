"""How each figure is taken: wrk for requests a second, our own clients for the rest.

The clients here run on the client's core, in this process or in one of their own.
"""

import re
import resource
import select
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

from tests.benchmarks.httpserver.servers import PROGRAMS
from tests.benchmarks.rounds import Unavailable
from tests.benchmarks.servers import Servers
from tests.processes import ROOT, free_port

CONNECTIONS = 64
LOADS = {
    "hello": [],  # wrk's own head: a request line and Host
    "browser": ["--script", str(PROGRAMS / "browser.lua")],
    "pipelined": ["--script", str(PROGRAMS / "pipeline.lua")],
    "close": ["--header", "Connection: close"],
}
ANSWERS = re.compile(r"^Requests/sec:\s+([\d.]+)$", re.M)
REFUSALS = re.compile(r"^\s*Non-2xx or 3xx responses: \d+", re.M)
BROKEN = re.compile(
    r"^\s*Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", re.M
)
BEARABLE = 0.01  # of the answers: a few clients that waited too long are part of a full load

IDLE = 10_000
SPARE_FILES = 500
REQUEST = b"GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


# --- Requests a second ---


def wrk_command(load: str, port: int, path: str, seconds: int) -> list[str]:
    url = f"http://127.0.0.1:{port}{path}"
    shape = ["--threads", "1", "--connections", str(CONNECTIONS), "--duration", f"{seconds}s"]
    return ["wrk", *shape, *LOADS[load], url]


def requests_a_second(load: str, port: int, path: str, seconds: int) -> float:
    if shutil.which("wrk") is None:
        raise Unavailable("wrk is not installed (Debian: apt install wrk)")
    command = wrk_command(load, port, path, seconds)
    said = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 30).stdout
    found = ANSWERS.search(said)
    rate = float(found[1]) if found else 0.0
    broken = sum(map(int, match.groups())) if (match := BROKEN.search(said)) else 0
    if REFUSALS.search(said) or broken > rate * seconds * BEARABLE or not rate:
        raise Unavailable(f"{' '.join(command)} says:\n{said}")
    return rate


# --- Bytes a second ---


def bytes_a_second(port: int, path: str, size: int, seconds: int) -> float:
    """One client that takes one large file again and again, as fast as it can read."""
    buffer = memoryview(bytearray(1024 * 1024))
    taken = 0
    with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
        began = time.perf_counter()
        while (spent := time.perf_counter() - began) < seconds:
            client.sendall(REQUEST % path.encode())
            taken += take_answer(client, buffer, size)
    return taken / spent


def take_answer(client: socket.socket, buffer: memoryview, size: int) -> int:
    head = b""
    while b"\r\n\r\n" not in head:
        head += _received(client.recv(4096))
    if not head.startswith(b"HTTP/1.1 200 "):
        raise Unavailable(f"the file was answered by {head[:60]!r}")
    left = size - len(head.partition(b"\r\n\r\n")[2])
    while left:
        count = client.recv_into(buffer, min(left, len(buffer)))
        if not count:
            raise Unavailable(f"the server closed with {left} bytes of the file missing")
        left -= count
    return size


def _received(data: bytes) -> bytes:
    if not data:
        raise Unavailable("the server closed before it answered")
    return data


# --- Idle connections ---


def idle_count() -> int:
    """How many can be held open: each end is a process, bounded by its hard limit of files."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return IDLE if hard == resource.RLIM_INFINITY else min(IDLE, hard - SPARE_FILES)


def idle_connections(servers: Servers, seconds: int) -> tuple[float, float, float]:
    """The worker's memory for each idle connection in bytes; the 99th percentile of a busy
    client's waits in seconds, beside them and before they came.

    A fresh server each time: what a process has once had from the system it seldom gives back.
    """
    count = idle_count()
    port = free_port()
    module = "tests.benchmarks.httpserver.programs.roomy_server"
    command = [sys.executable, "-m", module, str(port), str(count + 100)]
    with servers.start("our roomy server", command, port) as server:
        alone = worst_of_a_hundred(port, seconds)
        before = resident(server.process.pid)
        with subprocess.Popen(
            [sys.executable, str(PROGRAMS / "idle_clients.py"), str(port), str(count)],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        ) as clients:  # fmt: skip
            try:
                expect(clients, "open")
                memory = (resident(server.process.pid) - before) / count
                beside = worst_of_a_hundred(port, seconds)
                assert clients.stdin is not None
                clients.stdin.close()
                expect(clients, "0")  # that many were closed by the server
            finally:
                clients.kill()
    return memory, beside, alone


def expect(clients: subprocess.Popen[str], word: str) -> None:
    assert clients.stdout is not None
    if not select.select([clients.stdout], [], [], 60)[0]:
        raise Unavailable("the idle clients took longer than a minute")
    said = clients.stdout.readline().strip()
    if said != word:
        raise Unavailable(f"the idle clients said {said!r} where {word!r} was expected")


def worst_of_a_hundred(port: int, seconds: int) -> float:
    """One client that asks again as soon as it is answered; the 99th percentile of its waits."""
    waits = []
    request = REQUEST % b"/"
    now = time.perf_counter
    with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        end = now() + seconds
        while (began := now()) < end:
            client.sendall(request)
            _received(client.recv(4096))  # so small an answer comes in one piece
            waits.append(now() - began)
    waits.sort()
    return waits[len(waits) * 99 // 100]


def resident(pid: int) -> int:
    """The memory of a process in bytes (proc(5))."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii")
    except FileNotFoundError:
        raise Unavailable("memory is read from /proc/PID/smaps_rollup, which this system lacks")
    found = re.search(r"^Rss:\s+(\d+) kB$", text, re.M)
    assert found is not None, text
    return int(found[1]) * 1024
