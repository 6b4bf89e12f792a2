"""Servers in processes of their own, and the ports for them."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType

ROOT = Path(__file__).resolve().parent.parent
DEADLINE = 30.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(true: Callable[[], object], what: str, seconds: float = DEADLINE) -> None:
    """Ask again and again, for a bounded time; never sleeps longer than the thing takes."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds} seconds for {what}")
        time.sleep(0.02)


class Process:
    """A command that serves on 127.0.0.1, from its start until the `with` block ends."""

    def __init__(
        self, *command: str, port: int, cwd: Path = ROOT, env: Mapping[str, str] | None = None
    ) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **(env or {})}
        self.output_file = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            command,
            cwd=cwd,
            env=self.env,
            stdout=self.output_file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def __enter__(self) -> "Process":
        try:
            wait_until(self._answers, f"{self.process.args} to answer")
        except BaseException:
            output = self.output
            self._end()
            raise AssertionError(f"it did not come up:\n{output}") from None
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._end()

    def _end(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(10)
        self.output_file.close()

    def _answers(self) -> bool:
        """Whether a request is answered: a socket that listens may have nobody behind it yet."""
        if self.process.poll() is not None:
            raise AssertionError("it ended")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE)
        try:
            connection.request("GET", "/")
            connection.getresponse().read()
            return True
        except OSError:
            return False
        finally:
            connection.close()

    @property
    def output(self) -> str:
        self.output_file.seek(0)
        return self.output_file.read()

    def get(self, path: str, data: bytes | None = None, **headers: str) -> tuple[int, str]:
        """The status and the text of an answer, whatever the status."""
        request = urllib.request.Request(self.url + path, data, headers)
        try:
            with urllib.request.urlopen(request, timeout=DEADLINE) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()


def python(*arguments: str, port: int, **more: object) -> Process:
    return Process(sys.executable, *arguments, port=port, **more)  # type: ignore[arg-type]
