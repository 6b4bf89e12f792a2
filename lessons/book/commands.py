"""The commands of a chapter, run, and their output compared with what the text shows.

    ```console
    $ python first/serve.py 8000 &
    Serving at http://127.0.0.1:8000/
    $ curl -s http://127.0.0.1:8000/
    <h1>Hello from a socket</h1>
    ```

A fence runs in one bash, in a copy of the chapter's folder of its own; `run_chapter` runs all of
them in one copy, as a learner does who types the whole chapter. A line that ends in
a backslash goes on in the next. A command that ends in ` &` runs on; what is shown below it
is what it prints at first, and is waited for. At the end of the fence it is stopped, with
everything that it started. `console norun` is for what cannot be run here;
`console norun postgres` is run by a test that starts a PostgreSQL for it.

What varies is masked on both sides (see `MASKS`). `...` in an expected line means any text,
alone on a line any lines. Ports that a fence names (127.0.0.1:8000) are exchanged for free
ones, in the commands and in the copied programs, so that a server of yours may go on running.
"""

import os
import re
import secrets
import select
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path

from lessons.book.chapters import OWN, Chapter
from lessons.book.errors import BookError, shown
from lessons.book.markdown import Document, Fence
from lessons.places import LESSONS, ROOT

LIMIT = 60.0  # seconds for a whole fence
START_LIMIT = 15.0  # seconds until a command in the background has printed what is shown
STOP_LIMIT = 5.0  # seconds between asking a process to stop and stopping it
LONGEST_OUTPUT = 1 << 20  # bytes; a command that prints without end is stopped
ANY = "..."

ADDRESS = r"(?:127\.0\.0\.1|0\.0\.0\.0|\[::1\]|localhost)"
MASKS = [
    (re.compile(pattern), replacement)
    for pattern, replacement in [
        (r"\b[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT\b", "<date>"),
        (r"\b\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\b", "<date>"),
        (
            r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?)?(?:Z|[+-]\d\d:?\d\d)?",
            "<date>",
        ),
        (r"\b\d\d:\d\d:\d\d(?:[.,]\d+)?", "<time>"),
        # A line of `python -m lessons trace` begins with its milliseconds, in columns.
        (r"^ *\d+\.\d\d(?: +\d+\.\d\d)? +", "<time> "),
        # Columns of times are padded: their spaces vary with them.
        (r"[ \t]*\b\d+(?:\.\d+)? ?(?:ns|µs|us|ms|s|seconds?)\b", " <time>"),
        (rf"({ADDRESS}(?::|', ?))\d+", r"\1<port>"),
        (r"(?i)\b(pid|process|worker)( |=|: ?)\d+", r"\1\2<pid>"),
        (r"\[\d{2,7}\]", "[<pid>]"),
        (r"\b0x[0-9a-f]{6,}\b", "<address>"),
    ]
]  # fmt: skip

# Not what a page of a book shows by accident: a wildcard must not hide them.
FAILURES = ("Traceback (most recent call last)", "command not found")


@dataclass(frozen=True)
class Command:
    text: str
    expected: tuple[str, ...]
    line: int  # in the file

    @property
    def in_background(self) -> bool:
        return self.text.endswith(" &")


class CommandFailed(Exception):
    """A command did not do what the text shows; the message is for the chapter's author."""


def console_fences(chapter: Chapter) -> list[Fence]:
    """The fences of a chapter that are to be run."""
    return [each for each in Document.of(chapter).fences if is_run(each)]


def is_run(fence: Fence) -> bool:
    return fence.language == "console" and "norun" not in fence.options


def commands(fence: Fence) -> list[Command]:
    """The commands of a fence, each with the output that is shown below it."""
    found: list[Command] = []
    lines = fence.body.splitlines()
    place = 0
    while place < len(lines):
        line, number = lines[place], fence.line + 1 + place
        place += 1
        if line.startswith("$ "):
            text = line[2:].rstrip()
            while text.endswith("\\") and place < len(lines):
                text += "\n" + lines[place].rstrip()
                place += 1
            found.append(Command(text, (), number))
        elif found:
            last = found[-1]
            found[-1] = Command(last.text, (*last.expected, line), last.line)
        else:
            raise BookError(f"line {number}: a console begins with a command (`$ ...`).")
    return found


def run_fence(chapter: Chapter, fence: Fence) -> str:
    """Run the commands of a fence; "" where all is as shown, else what is not."""
    with Shell(chapter.folder, ports_in(fence.body)) as shell:
        return _run_in(shell, chapter, fence)


def run_chapter(chapter: Chapter) -> tuple[str, list[str]]:
    """Run all fences, one after the other, in one copy of the folder: the first problem, and the
    files that are other or new afterwards, by their paths in the folder.
    """
    fences = console_fences(chapter)
    with Shell(chapter.folder, ports_in("".join(fence.body for fence in fences))) as shell:
        before = contents(shell.folder)
        for fence in fences:
            if problem := _run_in(shell, chapter, fence):
                return problem, []
            shell.begin_anew()
        after = contents(shell.folder)
    return "", sorted(name for name, data in after.items() if before.get(name) != data)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder by its path in it."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def _run_in(shell: "Shell", chapter: Chapter, fence: Fence) -> str:
    try:
        steps = commands(fence)
        for place, command in enumerate(steps):
            following = steps[place + 1].text if place + 1 < len(steps) else ""
            _run(shell, command, following)
    except (BookError, CommandFailed) as error:
        return f"{shown(chapter.readme)}:{fence.line}: {error}"
    return ""


def _run(shell: "Shell", command: Command, following: str) -> None:
    if command.in_background:
        printed = shell.start(command.text[:-2], lambda text: matches(command.expected, text))
        # It may say nothing, or too early: the port that the next command asks is the test.
        shell.wait_for_ports(ports_in(following))
        if not command.expected:
            return
    else:
        printed = shell.run(command.text)
    compare(command, printed)


def compare(command: Command, printed: str) -> None:
    """CommandFailed, with a diff, where `printed` is not what the text shows."""
    expected = "\n".join(command.expected)
    hidden = [each for each in FAILURES if each in printed and each not in expected]
    if matches(command.expected, printed) and not hidden:
        return
    left, right = [[mask(line) for line in tidy(text)] for text in (expected, printed)]
    diff = list(unified_diff(left, right, n=2, lineterm=""))[2:]
    message = f"line {command.line}: `{command.text}` does not print what is shown."
    if hidden:
        message += f" It says {hidden[0]!r}, which `{ANY}` must not hide."
    elif not left:
        message += f" Nothing is shown: write its output below it, or {ANY} for any."
    shown_lines = "\n".join("    " + line for line in diff[:40]) or "    (no difference by lines)"
    raise CommandFailed(f"{message}\n    -shown +printed\n{shown_lines}")


def matches(expected: Sequence[str], printed: str) -> bool:
    """Is this output what the text shows, but for what varies and for wildcards?"""
    patterns, lines = tidy("\n".join(expected)), tidy(printed)
    place = star = resume = 0
    seen_star = False
    line = 0
    while line < len(lines):
        if place < len(patterns) and patterns[place].strip() == ANY:
            # Any lines: at first none; one more each time what follows does not fit.
            seen_star, star, resume = True, place, line
            place += 1
        elif place < len(patterns) and line_matches(patterns[place], lines[line]):
            place, line = place + 1, line + 1
        elif seen_star:
            resume += 1
            place, line = star + 1, resume
        else:
            return False
    return all(pattern.strip() == ANY for pattern in patterns[place:])


def line_matches(expected: str, line: str) -> bool:
    return _fits(expected, line) or _fits(mask(expected), mask(line))


def _fits(expected: str, line: str) -> bool:
    """As str.startswith and str.find do it: a pattern with many `...` stays cheap."""
    first, *rest = expected.split(ANY)
    if not rest:
        return expected == line
    *middle, last = rest
    if not line.startswith(first):
        return False
    place = len(first)
    for piece in middle:
        place = line.find(piece, place)
        if place < 0:
            return False
        place += len(piece)
    return len(line) - place >= len(last) and line.endswith(last)


def mask(text: str) -> str:
    """The text with what varies from run to run replaced: times, dates, ports, ids."""
    for pattern, replacement in MASKS:
        text = pattern.sub(replacement, text)
    return text


def tidy(text: str) -> list[str]:
    """The lines, without spaces at their ends and empty lines at the end of all."""
    lines = [line.rstrip() for line in text.split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def ports_in(text: str) -> list[int]:
    return sorted({int(port) for port in re.findall(rf"{ADDRESS}:(\d{{4,5}})\b", text)})


class Shell:
    """A bash in a scratch copy of a folder. On leaving, all that it started is stopped."""

    def __init__(self, folder: Path, ports: Sequence[int] = (), limit: float = LIMIT) -> None:
        self.limit = limit
        self.scratch = Path(tempfile.mkdtemp(prefix="glasstack-")).resolve()
        self.folder = self.scratch / folder.name
        self.ports = free_ports(ports)
        self.background: list[Background] = []
        self.mark = f"--{secrets.token_hex(8)}--"
        try:
            self._copy(folder)
            self.process = self._start_bash()
        except BaseException:
            shutil.rmtree(self.scratch, ignore_errors=True)
            raise

    def __enter__(self) -> "Shell":
        return self

    def __exit__(self, *exception: object) -> None:
        self._stop()
        shutil.rmtree(self.scratch, ignore_errors=True)

    def begin_anew(self) -> None:
        """A new bash in the same folder, as if in a new terminal; what ran is stopped."""
        self._stop()
        self.background.clear()
        self.process = self._start_bash()

    def _start_bash(self) -> "subprocess.Popen[bytes]":
        self.deadline = time.monotonic() + self.limit
        return subprocess.Popen(
            [shutil.which("bash") or "bash", "--noprofile", "--norc"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # the shell's own; that of commands is with their output
            cwd=self.folder,
            env=self._environment(),
            start_new_session=True,  # a process group of its own, to be stopped as one
        )

    def _stop(self) -> None:
        # The shell last: it is the one that notices when those in the background have ended.
        stop_groups([each.group for each in self.background])
        stop_groups([self.process.pid], self.process)
        for pipe in (self.process.stdin, self.process.stdout):
            try:
                if pipe:
                    pipe.close()
            except OSError:
                pass  # a command that the shell did not live to read

    def _copy(self, folder: Path) -> None:
        def ignored(path: str, names: list[str]) -> set[str]:
            at_top = Path(path).parent == LESSONS  # a chapter's, where a reader may type along
            return {n for n in names if n == "__pycache__" or (at_top and not OWN.fullmatch(n))}

        shutil.copytree(folder, self.folder, ignore=ignored)
        for program in self.folder.rglob("*.py"):
            program.write_text(self._with_free_ports(program.read_text("utf-8")), "utf-8")
        programs = self.scratch / "bin"
        programs.mkdir()
        for name in ("python", "python3"):
            # Not a link: a virtual environment is known by where its python lies.
            program = programs / name
            program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@"\n')
            program.chmod(0o755)

    def _environment(self) -> dict[str, str]:
        unwanted = ("PYTEST_", "COVERAGE_", "PYTHON", "MINIFRAMEWORK_", "BASH_ENV", "DATABASE")
        path = (str(self.scratch / "bin"), os.environ.get("PATH", os.defpath))
        tools = str(Path(sys.executable).parent)  # those of the environment, such as gunicorn
        kept = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
        return kept | {
            "PATH": os.pathsep.join((*path, tools)),
            "PYTHONPATH": str(ROOT),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONUNBUFFERED": "1",
            "GLASSTACK_VAR": str(self.scratch / "var"),
            "NO_COLOR": "1",
            "TERM": "dumb",
            "COLUMNS": "80",
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
            "no_proxy": "127.0.0.1,localhost,::1",
        }

    def run(self, command: str) -> str:
        """Run a command to its end; what it printed."""
        quoted = shlex.quote(self._with_free_ports(command))
        # What `$?` says is what the command before left, not this machinery.
        script = f"(exit $STATUS)\neval {quoted} </dev/null 2>&1\nSTATUS=$?"
        return self._readable(self._say(script, command))

    def start(self, command: str, is_ready: Callable[[str], bool]) -> str:
        """Start a command that runs on; what it has printed when that is enough, or too late."""
        output = self.scratch / f"output-{len(self.background)}"
        program = self._with_free_ports(command)
        # A group of its own, and not deaf to Ctrl-C, as in a terminal.
        group = self._say(
            f"set -m; {program} >{shlex.quote(str(output))} 2>&1 </dev/null &\n"
            "set +m; printf %s $!",
            command,
        )
        if not group.isdecimal():
            raise CommandFailed(f"`{command} &` is nothing that bash could start.")
        background = Background(int(group), output)
        self.background.append(background)
        until = min(self.deadline, time.monotonic() + START_LIMIT)
        printed = self._readable(background.printed())
        while not is_ready(printed) and time.monotonic() < until and background.is_alive():
            time.sleep(0.02)
            printed = self._readable(background.printed())
        return self._readable(background.printed()) if not is_ready(printed) else printed

    def wait_for_ports(self, ports: Sequence[int]) -> None:
        """Until somebody listens at these ports, the last command in the background ends, or
        it is clear that nobody will: then the next command says so.
        """
        last = self.background[-1]
        until = min(self.deadline, time.monotonic() + START_LIMIT)
        for port in ports:
            free = self.ports.get(port, port)
            while not is_listening(free) and last.is_alive() and time.monotonic() < until:
                time.sleep(0.02)

    def _say(self, script: str, command: str) -> str:
        """Give bash a script and read until it is done with it."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(f"{script}\nprintf %s {self.mark}\n".encode())
            self.process.stdin.flush()
        except BrokenPipeError:
            raise CommandFailed(f"`{command}`: the shell has ended before it.")
        return self._read(command)

    def _read(self, command: str) -> str:
        assert self.process.stdout is not None
        descriptor, mark, data = self.process.stdout.fileno(), self.mark.encode(), b""
        while mark not in data:
            left = self.deadline - time.monotonic()
            if left <= 0 or not select.select([descriptor], [], [], left)[0]:
                raise CommandFailed(
                    f"`{command}` did not end within the {self.limit:g} seconds of its fence."
                    f" So far it printed:\n{self._readable(data.decode(errors='replace'))[-2000:]}"
                )
            piece = os.read(descriptor, 65536)
            data += piece
            if not piece:
                raise CommandFailed(
                    f"`{command}` has ended the shell, after printing:\n"
                    f"{self._readable(data.decode(errors='replace'))[-2000:]}"
                )
            if len(data) > LONGEST_OUTPUT:
                raise CommandFailed(f"`{command}` prints more than {LONGEST_OUTPUT} bytes.")
        return data.partition(mark)[0].decode(errors="replace")

    def _with_free_ports(self, text: str) -> str:
        for port, free in self.ports.items():
            text = re.sub(rf"(?<![\w.]){port}\b", str(free), text)
        return text

    def _readable(self, text: str) -> str:
        """The output as the reader would see it: the named ports, paths from where one is."""
        for port, free in self.ports.items():
            text = re.sub(rf"(?<![\w.]){free}\b", str(port), text)
        for folder in (self.folder, self.scratch, ROOT):
            text = text.replace(f"{folder}/", "")
        return text.replace("\r\n", "\n")


@dataclass(frozen=True)
class Background:
    """A command that runs on: its process group, and the file that it prints to."""

    group: int
    output: Path

    def printed(self) -> str:
        try:
            with self.output.open("rb") as file:
                return file.read(LONGEST_OUTPUT).decode(errors="replace")
        except FileNotFoundError:
            return ""

    def is_alive(self) -> bool:
        return group_exists(self.group)


def stop_groups(groups: Sequence[int], child: "subprocess.Popen[bytes] | None" = None) -> None:
    """Ask these process groups to stop, wait for it, then stop what is left of them."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        for group in groups:
            try:
                os.killpg(group, number)
            except (ProcessLookupError, PermissionError):
                pass
        until = time.monotonic() + STOP_LIMIT
        while time.monotonic() < until:
            if child is not None:
                child.poll()
            if not any(group_exists(group) for group in groups):
                return
            time.sleep(0.01)


def group_exists(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def free_ports(named: Sequence[int]) -> dict[int, int]:
    """For each named port a free one with as many digits, so that columns stay."""
    found: dict[int, int] = {}
    for port in named:
        low = 10 ** (len(str(port)) - 1)
        for _ in range(200):
            candidate = secrets.choice(range(max(low, 1024), min(low * 10, 30000)))
            if candidate not in found.values() and candidate not in named and _is_free(candidate):
                found[port] = candidate
                break
        else:
            raise CommandFailed("no free port was found.")
    return found


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def is_listening(port: int) -> bool:
    """Does anybody listen here? Asked of the system where it tells, since to connect would be
    a client of its own, whom a server for one client would answer."""
    tables = [Path("/proc/net/tcp"), Path("/proc/net/tcp6")]
    if tables[0].exists():
        ending, listen = f":{port:04X}", "0A"
        rows = (row.split() for each in tables if each.exists() for row in _rows(each))
        return any(row[1].endswith(ending) and row[3] == listen for row in rows)
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def _rows(table: Path) -> list[str]:
    return table.read_text().splitlines()[1:]
