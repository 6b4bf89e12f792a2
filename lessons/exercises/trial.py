"""One request to the site on a learner's functions, before anything says "Serving".

Green tests are a strong hint and no proof: a function may pass them all and still leave the
site without an answer. So the server is started once as `run` would start it, on a port and
with a database of its own, and asked for the home page.
"""

import os
import re
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from lessons.exercises.blanking import BlankingError, find_definition
from lessons.exercises.catalogue import Task, read
from lessons.exercises.serving import Served

SECONDS = 12.0  # to start and to answer; about one is usual
ADDRESS = re.compile(rb"http://127\.0\.0\.1:(\d+)/")
REQUEST = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
# In a traceback, and in what faulthandler prints.
PLACE = re.compile(r'File "([^"]+)", line (\d+)')


@dataclass(frozen=True)
class Trouble:
    """Why there was no good answer, and the learner's exercises that have a part in it."""

    why: str
    guilty: tuple[Task, ...]


def trouble_with(served: Served, seconds: float = SECONDS) -> Trouble | None:
    """Ask the site on these layers for its home page; None where it answers 200."""
    with tempfile.TemporaryDirectory(prefix="glasstack-trial-") as name:
        folder = Path(name)
        command, env = served.command("serve", "--port", "0", "--database", "sqlite")
        env |= {"GLASSTACK_VAR": str(folder), "PYTHONFAULTHANDLER": "1", "PYTHONUNBUFFERED": "1"}
        out, err = folder / "out.txt", folder / "err.txt"
        with open(out, "wb") as stdout, open(err, "wb") as stderr:
            process = subprocess.Popen(
                command, env=env, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr,
                start_new_session=True,
            )  # fmt: skip
        try:
            came = _ask(process, out, time.monotonic() + seconds)
            if " 200 " in came:
                return None
            if not came:  # it waits, or runs in circles: faulthandler prints where
                _signal(process, signal.SIGABRT)
                time.sleep(0.3)
        finally:
            _signal(process, signal.SIGKILL)
            process.wait()
        text = err.read_text("utf-8", "replace")
        why = _last_error(text) or came or f"nothing came within {seconds:g} seconds"
        return Trouble(why, _in_traceback(served, text))


def _ask(process: "subprocess.Popen[bytes]", out: Path, end: float) -> str:
    """The status line of the answer; "" where none came in time."""
    while time.monotonic() < end:
        found = ADDRESS.search(out.read_bytes())
        if found:
            return _status_line(int(found[1]), end)
        if process.poll() is not None:
            return f"the server ended with exit status {process.returncode}"
        time.sleep(0.05)
    return ""


def _status_line(port: int, end: float) -> str:
    line = b""
    try:
        with socket.create_connection(("127.0.0.1", port), 1.0) as connection:
            connection.sendall(REQUEST)
            while b"\r\n" not in line and len(line) < 1000:
                connection.settimeout(max(0.01, end - time.monotonic()))
                data = connection.recv(1000)
                if not data:
                    return "the connection was closed without an answer"
                line += data
    except TimeoutError:
        return ""
    except OSError as error:
        return f"the connection failed ({error.strerror or error})"
    return line.partition(b"\r\n")[0].decode("latin-1")


def _signal(process: "subprocess.Popen[bytes]", number: signal.Signals) -> None:
    """To the master and its workers: they are a process group of their own."""
    try:
        os.killpg(process.pid, number)
    except (ProcessLookupError, PermissionError):
        pass


def _last_error(text: str) -> str:
    """The line that ends the last traceback: "KeyError: 'host'"."""
    _, found, rest = text.rpartition("Traceback (most recent call last):")
    lines = rest.splitlines()[1:] if found else []
    return next((line for line in lines if line and not line.startswith(" ")), "")


def _in_traceback(served: Served, text: str) -> tuple[Task, ...]:
    """The learner's exercises with a line of theirs in a traceback of `text`."""
    places = {(Path(path), int(line)) for path, line in PLACE.findall(text)}
    return tuple(
        task
        for task in served.theirs
        if any(
            (served.folder / blank.file, line) in places
            for blank in task.blanks
            for line in _lines(served.folder / blank.file, blank.name)
        )
    )


def _lines(path: Path, name: str) -> list[int]:
    try:
        nodes = find_definition(read(path), name)
    except (OSError, UnicodeDecodeError, BlankingError):
        return []
    return [line for node in nodes for line in range(node.lineno, (node.end_lineno or 0) + 1)]
