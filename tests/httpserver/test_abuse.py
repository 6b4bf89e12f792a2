"""Clients that mean harm: whatever they do, the others are served, and nothing is left behind.

The server runs in a process of its own (abused.py), the abuser in another (abusers.py), and
while the abuse stands a good client asks one thing after the other from here. Afterwards
the server must be as it was: the same descriptors, no client and no body held, no traceback.
"""

import hashlib
import http.client
import json
import os
import random
import ssl
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.processes import ROOT, Process, free_port, wait_until

pytestmark = [
    pytest.mark.timeout(120),
    pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="it looks into /proc"),
]

MIB = 1024 * 1024
LARGE = 50 * MIB
HERE = Path(__file__).parent

# What a handler gives as bytes is one object for all clients; none has a copy.
MUCH = 40 * MIB

ENDLESS = 1e9  # seconds, where a limit must not be what ends the abuse


class Abused(Process):
    """The server: what it holds of the system, and what it has written into its log."""

    def __init__(self, *, trust: ssl.SSLContext | None = None, **wishes: Any) -> None:
        port = free_port()
        script = str(HERE / "abused.py")
        super().__init__(sys.executable, script, str(port), json.dumps(wishes), port=port)
        self.trust = trust  # of its clients, where it speaks TLS

    @property
    def _proc(self) -> Path:
        return Path("/proc", str(self.process.pid))

    def memory(self, name: str = "VmRSS") -> int:
        """Bytes in memory now; "VmHWM": when they were most."""
        status = (self._proc / "status").read_text()
        return int(status.partition(f"{name}:")[2].split()[0]) * 1024

    def forget_peak(self) -> int:
        """From here on "VmHWM" begins anew (proc(5), clear_refs): at so many bytes."""
        (self._proc / "clear_refs").write_text("5")
        return self.memory()

    def descriptors(self) -> int:
        return len(os.listdir(self._proc / "fd"))

    def cpu_seconds(self) -> float:
        fields = (self._proc / "stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def client(self) -> http.client.HTTPConnection:
        if self.trust is not None:
            return http.client.HTTPSConnection(
                "localhost", self.port, timeout=60, context=self.trust
            )
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def ask(self, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        client = self.client()
        try:
            client.request("POST" if body else "GET", path, body)
            response = client.getresponse()
            return response.status, response.read()
        finally:
            client.close()

    def serves(self) -> None:
        """What comes and what goes is whole."""
        body = random.randbytes(40_000)
        assert self.ask("/digest", body) == (200, hashlib.sha256(body).hexdigest().encode())
        assert self.ask("/kilos") == (200, b"k" * 64 * 1024)

    def held(self) -> dict[str, int]:
        """What the server itself says it holds, without the client that asks."""
        held: dict[str, int] = json.loads(self.ask("/held")[1])
        return {**held, "clients": held["clients"] - 1}


@contextmanager
def abused(*, memory: int, logs: int = 0, **wishes: Any) -> Iterator[Abused]:
    """A server that may grow by so many bytes of memory and write so many lines, and must be
    well when all is over."""
    with Abused(**wishes) as server:
        server.serves()  # what is needed once is there from here on
        descriptors = server.descriptors()
        before = server.forget_peak()
        yield server
        grown = server.memory("VmHWM") - before
        wait_until(lambda: server.held() == {"clients": 0, "bodies": 0}, "everything to be let go")
        wait_until(lambda: server.descriptors() <= descriptors, "the descriptors to be given back")
        server.serves()
        assert grown < memory, f"it grew by {grown / MIB:.1f} MiB"
        lines = server.output.splitlines()
        assert "Traceback (most recent call last):" not in lines, server.output
        assert len(lines) <= logs, server.output
        server.process.terminate()
        assert server.process.wait(20) == 0


class GoodClient:
    """Asks all the time, on one connection that it keeps and, if `fresh`, on new ones: every
    answer must be right."""

    def __init__(self, server: Abused, fresh: bool = True) -> None:
        self.answers = 0
        self.wrong: list[str] = []
        self._server = server
        self._kept = server.client()
        self._kept.connect()
        self._fresh = fresh
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        try:
            while not self._ends.wait(0.01):  # a client, and no flood
                self._ask(self._kept)
                if self._fresh:
                    client = self._server.client()
                    try:
                        self._ask(client)
                    finally:
                        client.close()
        except Exception as error:
            self.wrong.append(repr(error))

    def _ask(self, client: http.client.HTTPConnection) -> None:
        body = random.randbytes(random.choice([1, 1000, 40_000]))
        client.request("POST", "/digest", body)
        response = client.getresponse()
        answer = response.read().decode()
        if (response.status, answer) != (200, hashlib.sha256(body).hexdigest()):
            self.wrong.append(f"{response.status} {answer[:100]}")
        self.answers += 1

    def wait_for_more(self, count: int = 5) -> None:
        """Until so many more answers have come, or a wrong one."""
        enough = self.answers + count
        wait_until(lambda: self.wrong or self.answers >= enough, "the good client's answers")

    def __enter__(self) -> "GoodClient":
        self._thread.start()
        self.wait_for_more()
        return self

    def __exit__(self, *details: object) -> None:
        self._ends.set()
        self._thread.join(60)
        self._kept.close()
        assert not self.wrong


class Abuser:
    """An abuse, from the moment it stands."""

    def __init__(self, server: Abused, name: str, **details: Any) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "abusers.py"), name, str(server.port), json.dumps(details)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )

    def __enter__(self) -> "Abuser":
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n"
        return self

    def end(self) -> Any:
        """Let go, if it is one that holds something: what became of it."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        return json.loads(self.process.stdout.readline())

    def __exit__(self, *details: object) -> None:
        self.process.kill()
        self.process.__exit__(None, None, None)  # closes its pipes and waits


def abuse(server: Abused, name: str, **details: Any) -> Any:
    """Abuse from its beginning to its end, with the good client beside it: what became of it."""
    with GoodClient(server) as good, Abuser(server, name, **details) as abuser:
        good.wait_for_more()
        result = abuser.end()
        good.wait_for_more()
    return result


def idles(server: Abused, until: Callable[[], object]) -> bool:
    """Whether the server takes less than a third of a processor until this is true, and for
    a second at least: one that asks in a circle takes all it can get."""
    began, cpu = time.monotonic(), server.cpu_seconds()
    wait_until(lambda: time.monotonic() - began > 1 and until(), "what the server waits for")
    return server.cpu_seconds() - cpu < (time.monotonic() - began) / 3


both = pytest.mark.parametrize("threads", [0, 24], ids=["inline", "threads"])


@pytest.fixture(scope="module")
def large_file(tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("large") / "file"
    with file.open("wb") as opened:
        opened.truncate(LARGE)
    return str(file)


def test_two_thousand_slow_heads(large_file: str) -> None:
    limits = {"connections": 2500, "head_timeout": 1.0}
    with abused(memory=10 * MIB, limits=limits, file=large_file) as server:
        assert abuse(server, "slow_heads", count=2000) == {"408": 2000}


def test_slow_bodies_wait_on_the_disk(large_file: str) -> None:
    limits = {"body_timeout": 1.0, "body_rate": 0, "body_in_memory": 64 * 1024}
    with abused(memory=25 * MIB, limits=limits, file=large_file) as server:
        # 100 MiB in all, if they were kept in memory
        assert abuse(server, "slow_bodies", count=400, begun=256 * 1024) == {"408": 400}


@both
def test_slow_readers_of_large_answers(large_file: str, threads: int) -> None:
    limits = {"write_timeout": 1.0, "write_rate": MIB}
    paths = ["/iterable", "/file"] * 30 + ["/bytes"] * 30  # 4500 MiB in all
    with (
        abused(memory=MUCH, limits=limits, threads=threads, file=large_file) as server,
        GoodClient(server) as good,
        Abuser(server, "slow_readers", paths=paths) as abuser,
    ):
        good.wait_for_more()
        wait_until(lambda: server.held()["clients"] <= 1, "all but the good one to be cut off")
        taken = abuser.end()
        assert all(0 < taken[path] / paths.count(path) < 2 * MIB for path in set(paths))


def test_ten_thousand_idle_connections(large_file: str) -> None:
    limits = {"connections": 12_000, "keep_alive": ENDLESS}
    with abused(memory=40 * MIB, limits=limits, file=large_file) as server:
        with GoodClient(server) as good, Abuser(server, "idle", count=10_000) as abuser:
            good.wait_for_more()
            held = server.held()["clients"]
            result = abuser.end()
        if result["opened"] < 10_000:
            warnings.warn(f"scaled: the system allows {result['opened']} connections", stacklevel=1)
        assert result["still open"] == result["opened"]
        assert held >= result["opened"]


@both
def test_half_closed_clients(large_file: str, threads: int) -> None:
    limits = {"write_timeout": 1.5}
    deaf_to = ["/iterable", "/file", "/bytes"] * 10
    with (
        abused(memory=MUCH, limits=limits, threads=threads, file=large_file) as server,
        GoodClient(server) as good,
        Abuser(server, "half_closed", each=10, deaf_to=deaf_to) as abuser,
    ):
        good.wait_for_more()
        assert idles(server, until=lambda: server.held()["clients"] <= 1)
        good.wait_for_more()
        assert abuser.end() == {"closed": 10, "answered": 10, "cut": len(deaf_to)}


@both
def test_clients_that_reset_in_the_middle_of_an_answer(large_file: str, threads: int) -> None:
    paths = ["/iterable", "/file", "/kilos", "/digest"] * 10 + ["/bytes"]
    with abused(memory=MUCH, threads=threads, file=large_file) as server:
        # Each round asks for 1000 MiB; of the last ones some may not be noticed yet.
        result = abuse(server, "resetters", paths=paths, rounds=2)
        assert result == {"reset": 2 * len(paths)}


def test_a_full_disk_for_bodies(large_file: str) -> None:
    limits = {"body_in_memory": 64 * 1024}
    sizes = [10_000, 500_000, 3_000_000] * 20
    wishes = {"limits": limits, "file_size": MIB, "file": large_file}
    # A line for each body that cannot be kept.
    with abused(memory=20 * MIB, logs=20, **wishes) as server:
        assert abuse(server, "disk_fillers", sizes=sizes) == [200, 200, 507] * 20
        wait_until(lambda: "cannot be kept: File too large" in server.output, "the line")


def test_descriptors_that_have_run_out(large_file: str) -> None:
    limits = {"keep_alive": ENDLESS, "head_timeout": ENDLESS}
    wishes = {"limits": limits, "descriptors": 64, "file": large_file}
    # A line whenever there is no room; by far not one for each that waits.
    with abused(memory=30 * MIB, logs=20, **wishes) as server, GoodClient(server, False) as good:
        answers: list[tuple[int, bytes]] = []
        late = threading.Thread(target=lambda: answers.append(server.ask("/")))
        with Abuser(server, "hoarders", count=200) as abuser:
            wait_until(lambda: server.descriptors() >= 63, "the last descriptor to be taken")
            late.start()
            assert idles(server, until=lambda: "for now" in server.output)
            good.wait_for_more()  # who is in is served
            assert not answers
            abuser.end()
        late.join(30)
        assert answers == [(200, b"hello")]  # and who waited, when there is room again
        good.wait_for_more()


def test_a_crowd_at_the_door_when_descriptors_are_few(large_file: str) -> None:
    wishes = {"descriptors": 64, "file": large_file}
    with (
        abused(memory=30 * MIB, logs=100, **wishes) as server,
        GoodClient(server, False) as good,
        Abuser(server, "passers_by", count=800) as abuser,
    ):
        good.wait_for_more()
        assert abuser.end() == {"answered": 800}


@both
def test_a_flood_of_requests_from_who_reads_no_answer(large_file: str, threads: int) -> None:
    limits = {"write_timeout": 1.0, "linger_bytes": 8 * MIB}
    with abused(memory=MUCH, limits=limits, threads=threads, file=large_file) as server:
        paths = ["/", "/kilos", "/nowhere", "/bytes"]
        result = abuse(server, "pipeliners", paths=paths, most=100 * MIB)
        assert result["closed"] == 4
        assert result["most sent"] < 50 * MIB  # what the system holds on the way, too


def test_a_body_for_ever_after_413(large_file: str) -> None:
    limits = {"body": 50_000, "linger_timeout": 1.0, "linger_bytes": 8 * MIB}
    # A line for each refusal.
    with abused(memory=20 * MIB, logs=20, limits=limits, file=large_file) as server:
        result = abuse(server, "unstoppable", count=20, most=100 * MIB)
        assert result["statuses"] == {"413": 20}
        assert result["closed"] == 20
        assert result["most sent"] < 60 * MIB  # what the system holds on the way, too


def test_tls_handshakes_that_are_never_finished(large_file: str, tmp_path: Path) -> None:
    authority = trustme.CA()
    issued = authority.issue_cert("localhost")
    chain, key = tmp_path / "chain.pem", tmp_path / "key.pem"
    chain.write_bytes(b"".join(pem.bytes() for pem in issued.cert_chain_pems))
    issued.private_key_pem.write_to_path(str(key))
    context = ssl.create_default_context()
    authority.configure_trust(context)
    wishes = {"limits": {"head_timeout": 1.0}, "tls": [str(chain), str(key)], "file": large_file}
    with abused(memory=30 * MIB, trust=context, **wishes) as server:
        assert abuse(server, "handshakes", each=40) == {"ended": 200}
