"""A master with real servers, in processes of their own, which can be made to hang."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.processes import ROOT, wait_until

# Answers with the process id. The folder has notes of what happened, and files that say how to
# behave; the options of the server and the master come as Python.
PROGRAM = """
import ctypes, os, pathlib, sys, time
from httpserver import Limits, Response, Server
from httpserver.addresses import inherited_listeners, listen_at
from httpserver.logs import set_up_error_log
from httpserver.master import Master, serve

folder = pathlib.Path(sys.argv[1])
listen, server, master = map(eval, sys.argv[2:])
set_up_error_log("INFO", path=folder / "errors")
loaded = object()


def note(file, what):
    with (folder / file).open("a") as notes:
        notes.write(f"{what}\\n")


def hang_in_c():
    ctypes.PyDLL(None).sleep(1000)  # and nobody else gets the interpreter's lock


def hang_in_python():
    note("hanging", os.getpid())
    while not (folder / "go on").exists():
        time.sleep(0.01)



def handler(request):
    if request.path == "/c":
        hang_in_c()
    if request.path == "/python":
        hang_in_python()
    if request.path == "/nap":
        time.sleep(0.3)
    if request.path == "/parts":
        def body():
            for _ in range(6):
                time.sleep(0.3)
                yield b"part"
        return Response(200, [], body())
    return Response(200, [], str(os.getpid()).encode())


def make_server(listeners):
    if (folder / "hangs").exists():
        hang_in_c()
    if (folder / "breaks").exists():
        raise SystemExit("it is broken")
    return Server(handler, listeners, **{"limits": Limits(silent_timeout=0.3), **server})


if (folder / "no master").exists():
    sys.exit(5)
listeners = listen_at(listen, inherited_listeners())
status = Master(
    serve(make_server), listeners, on_ready=lambda: note("ready", os.getpid()), **master
).run()
note("ended", os.getpid())
sys.exit(status)
"""


class Family:
    def __init__(self, folder: Path, listen: Sequence[str], server: str, master: str) -> None:
        self.folder = folder
        name = listen[0]
        self.address = name.removeprefix("unix:")
        self.is_unix = name.startswith("unix:")
        command = [sys.executable, "-c", PROGRAM, str(folder), repr(listen), server, master]
        self.output = (folder / "output").open("w")
        self.process = subprocess.Popen(
            command,
            stdout=self.output,
            stderr=self.output,
            cwd=ROOT,
            start_new_session=True,
        )

    def notes(self, file: str) -> list[str]:
        path = self.folder / file
        return path.read_text().splitlines() if path.exists() else []

    def log(self) -> str:
        return "\n".join(self.notes("errors"))

    def wait_logged(self, words: str, times: int = 1) -> None:
        try:
            wait_until(lambda: self.log().count(words) >= times, f"{words!r} in the log")
        except AssertionError:
            raise AssertionError(f"{words!r} is not in the log:\n{self.log()}") from None

    def wait_ready(self, masters: int = 1) -> list[int]:
        """The process ids of as many masters as have come up."""
        wait_until(lambda: len(self.notes("ready")) >= masters, f"{masters} to be ready")
        return [int(pid) for pid in self.notes("ready")]

    def connect(self) -> socket.socket:
        if self.is_unix:
            client = socket.socket(socket.AF_UNIX)
            client.settimeout(20)
            client.connect(self.address)
            return client
        host, port = self.address.split(":")
        return socket.create_connection((host, int(port)), 20)

    def begin(self, path: str = "/") -> socket.socket:
        """Ask, and do not wait for the answer."""
        client = self.connect()
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
        return client

    def get(self, path: str = "/") -> bytes:
        with self.begin(path) as client:
            response = http.client.HTTPResponse(client)
            response.begin()
            return response.read()

    def pid(self) -> int:
        return int(self.get())

    def tell(self, number: signal.Signals, pid: int | None = None) -> None:
        os.kill(pid or self.process.pid, number)

    def end(self) -> int:
        self.tell(signal.SIGTERM)
        return self.process.wait(20)

    def close(self) -> None:
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait(20)
        self.output.close()

    @contextmanager
    def under_load(self, clients: int = 3) -> Iterator[set[int]]:
        """Ask without a pause. Yields the processes that have answered so far; fails at the end
        if one request was lost."""
        seen: set[int] = set()
        lost: list[Exception] = []
        enough = threading.Event()

        def keep_asking() -> None:
            while not enough.is_set():
                try:
                    seen.add(self.pid())
                except Exception as error:
                    lost.append(error)

        threads = [threading.Thread(target=keep_asking) for _ in range(clients)]
        for thread in threads:
            thread.start()
        try:
            yield seen
        finally:
            enough.set()
            for thread in threads:
                thread.join(20)
        assert lost == []


def is_cut(client: socket.socket) -> bool:
    """Wait for what comes: whether it is the end of the connection, without an answer."""
    try:
        return client.recv(1) == b""
    except ConnectionResetError:
        return True


@contextmanager
def family(
    folder: Path, *, listen: Sequence[str], server: str = "{}", master: str = "{}"
) -> Iterator[Family]:
    running = Family(folder, listen, server, master)
    try:
        yield running
    finally:
        running.close()
