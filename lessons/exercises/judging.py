"""The layers' own tests, run on the learner's layers and on nothing else.

A check takes a picture of the workspace: a temporary folder with the learner's layers, what
the judging tests need of the clone's `tests` and `lessons`, and no other code of ours. pytest
runs there, in a process that can import the layers from that folder only. The tests
themselves stand in the picture, so that what they take for the root of the project, and give
to the processes that they start, is the picture too.

Tried and worse: links to the clone's tests (a test that asks where it is finds the clone,
and starts its servers with the real layers); pytest's default import mode and `python -m
pytest` (both put the current folder first).

Where the learner's body of another exercise stands, or a blank, the real body is put in: a
wrong `find_head_end` is no reason for `parse_head` to be red. Exercises that are judged
together see each other's first, because one run is quicker; what is not green in it is
judged again, alone.
"""

import difflib
import filecmp
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from lessons.exercises.blanking import BlankingError, find_definition, transplant
from lessons.exercises.catalogue import XRAY, Task, read
from lessons.exercises.workspace import State, Workspace, WorkspaceError
from lessons.places import LAYERS

PLUGIN = Path(__file__).with_name("plugin.py")
PLUGIN_NAME = "glasstack_judge"
PLUGINS = ("pytest_timeout", "_hypothesis_pytestplugin", PLUGIN_NAME)
LOOK_SECONDS = 0.25  # between two looks at how far a run is
NEVER = ("__pycache__", "*.pyc", ".pytest_cache")
NEVER_COPIED = shutil.ignore_patterns(*NEVER)
UNICODE = ".hypothesis/unicode_data"
CHAPTERS = "[0-9][0-9]-*"
TESTS_IMPORT = re.compile(r"^\s*(?:from|import) tests\.(\w+)", re.MULTILINE)


@dataclass(frozen=True)
class Limits:
    """Of one run: seconds for all of it and for one test, megabytes for its memory.

    `load_seconds` is for importing everything. A test that goes on for twice its seconds
    catches what should have ended it: then the run ends. `enough` red tests end it too, where
    it is not 0: who wants to know only whether it is red need not wait for all of them.
    """

    seconds: float = 90.0
    test_seconds: float = 10.0
    megabytes: int = 3072
    load_seconds: float = 15.0
    enough: int = 0


LIMITS = Limits()


class Mood(Enum):
    """How a check of one exercise ended."""

    GREEN = "green"
    RED = "red"
    BLANK = "blank"  # nothing written, nothing run
    BROKEN = "broken"  # it could not be run: not Python, deleted, a crash, no end


@dataclass(frozen=True)
class Failure:
    """One red test, in words: what the test states, what it expected, what came, where."""

    test: str
    fact: str
    expected: str
    came: str
    where: str  # "httpserver/parser.py, line 12, in parse_head" or ""
    turn: str = ""  # the exercise whose blank it ran into: "chapter/exercise"
    given: str = ""  # the test's parameters: "a = 1, b = 2"


@dataclass(frozen=True)
class Verdict:
    """What a check says of one exercise."""

    task: Task
    mood: Mood
    passed: int = 0
    failures: tuple[Failure, ...] = ()
    skipped: int = 0
    problem: str = ""  # why there is no answer for every test, and what to do
    seconds: float = 0.0

    @property
    def total(self) -> int:
        return self.passed + len(self.failures)

    @property
    def is_green(self) -> bool:
        return self.mood is Mood.GREEN


@dataclass
class Run:
    """What the plugin reported, and how the process ended."""

    events: list[dict[str, Any]] = field(default_factory=list)
    output: str = ""
    status: int | None = None  # None: it had to be stopped
    seconds: float = 0.0

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["event"] == kind]

    @property
    def is_loaded(self) -> bool:
        """Were the tests and the layers imported, so that what follows is about functions?"""
        return bool(self.of("collected")) and not self.of("broken") and not self.of("elsewhere")

    @property
    def at(self) -> str:
        """The test in which the run stopped; "" before the first."""
        started = [event["test"] for event in self.of("start")]
        return started[-1] if started else ""


class JudgingError(WorkspaceError):
    """Nothing could be judged, and not for a reason in the learner's code."""


def check(
    workspace: Workspace, tasks: Sequence[Task], limits: Limits = LIMITS, *, blanks: bool = False
) -> list[Verdict]:
    """Judge these exercises on the workspace.

    One that is still blank is not run: that it is blank is all there is to say. With
    `blanks` it is run all the same, which is how the book's own tests show that a blank
    exercise is red.
    """
    for each in ("pytest", "pytest_timeout", "hypothesis"):
        if find_spec(each) is None:
            raise JudgingError(
                f"Checking runs the layers' tests, and {each} is not installed in this Python."
                ' In a clone, `make test` installs it; elsewhere: pip install "glasstack[test]"'
            )
    if not workspace.is_current:
        raise JudgingError(
            f"The layers have changed since {workspace.folder} was made, and the tests with them."
            " `python -m lessons start` brings it up to date; what you wrote is carried over."
        )
    verdicts: dict[str, Verdict] = {}
    problems = workspace.problems()
    for task in tasks:
        state = workspace.state(task)
        if problems:
            verdicts[task.slug] = Verdict(task, Mood.BROKEN, problem="\n".join(problems))
        elif state is State.MISSING:
            verdicts[task.slug] = Verdict(task, Mood.BROKEN, problem=_missing(workspace, task))
        elif state in (State.BLANK, State.NOT_STARTED) and not blanks:
            verdicts[task.slug] = Verdict(task, Mood.BLANK)
    runnable = [task for task in tasks if task.slug not in verdicts]
    if runnable:
        run, line_of = _run(workspace, runnable, limits)
        for task in runnable:
            verdict = judge(task, run, limits, line_of)
            if not verdict.is_green and run.is_loaded and len(runnable) > 1:
                alone, line_of_alone = _run(workspace, [task], limits)
                verdict = judge(task, alone, limits, line_of_alone)
            verdicts[task.slug] = verdict
    return [verdicts[task.slug] for task in tasks]


def _missing(workspace: Workspace, task: Task) -> str:
    gone = []
    for each in task.blanks:
        try:
            find_definition(workspace.text(each.file), each.name)
        except BlankingError as error:
            gone.append(f"{each.file}: {error}")
        except OSError as error:
            gone.append(f"{each.file} cannot be read: {error.strerror}.")
    return "\n".join(
        [*gone, f"`python -m lessons reset {task.slug}` brings it back, and keeps a backup."]
    )


# The picture


@contextmanager
def picture(workspace: Workspace, judged: Sequence[Task]) -> Iterator[Path]:
    """A folder with the learner's layers and the tests that judge, until the block ends."""
    with tempfile.TemporaryDirectory(prefix="glasstack-check-") as name:
        root, clone = Path(name).resolve(), workspace.clone.root
        folders = test_folders(clone / "tests", judged)
        _copy_tests(clone / "tests", root / "tests", folders)
        if (clone / "lessons").is_dir():
            shutil.copytree(clone / "lessons", root / "lessons", ignore=_unread(folders))
        # Whole folders: with what the learner added, a module of their own beside the layer's.
        for part in (*LAYERS, XRAY):
            if (workspace.folder / part).is_dir():
                shutil.copytree(
                    workspace.folder / part, root / part, ignore=NEVER_COPIED, dirs_exist_ok=True
                )
        fill_others(workspace, root, judged)
        for layer in folders.intersection(LAYERS):
            take_compiled(clone, root, layer)
        # A table of all characters that hypothesis makes for itself, in longer than most checks.
        if (clone / UNICODE).is_dir():
            shutil.copytree(clone / UNICODE, root / UNICODE)
        # Some tests ask for it; and it ends pytest's search for settings here.
        shutil.copyfile(clone / "pyproject.toml", root / "pyproject.toml")
        shutil.copyfile(PLUGIN, root / f"{PLUGIN_NAME}.py")
        yield root


def test_folders(tests: Path, judged: Sequence[Task]) -> set[str]:
    """The folders of `tests` in which the judging tests stand, and those that they import."""
    files = [test.partition("::")[0] for task in judged for test in task.tests]
    wanted = {part for file in files for part in Path(file).parts[1:2]}
    found: set[str] = set()
    while wanted - found:
        folder = (wanted - found).pop()
        found.add(folder)
        for path in (tests / folder).rglob("*.py"):
            wanted.update(TESTS_IMPORT.findall(path.read_text("utf-8")))
    return found


def _copy_tests(tests: Path, target: Path, folders: set[str]) -> None:
    def unneeded(folder: str, names: list[str]) -> set[str]:
        others: set[str] = set()
        if Path(folder) == tests:
            others = {name for name in names if (tests / name).is_dir()} - folders
        return NEVER_COPIED(folder, names) | others

    shutil.copytree(tests, target, ignore=unneeded)


def _unread(folders: set[str]) -> Callable[[str, list[str]], set[str]]:
    """The chapters are half of all files, and only the book's own tests read them."""
    if "lessons" in folders:
        return NEVER_COPIED
    return shutil.ignore_patterns(*NEVER, CHAPTERS)


def take_compiled(clone: Path, root: Path, layer: str) -> None:
    """Bring what Python has compiled of the clone, for sources that are the clone's own.

    They must be so byte for byte. A compiled file is recognised by its source's second and
    size, so the source gets the clone's time as well; where anything is the learner's, no
    compiled file is there to be taken for it.
    """
    for compiled in (clone / layer).rglob(f"*.{sys.implementation.cache_tag}.pyc"):
        original = compiled.parents[1] / f"{compiled.name.partition('.')[0]}.py"
        source = root / original.relative_to(clone)
        if source.is_file() and filecmp.cmp(original, source, shallow=False):
            shutil.copystat(original, source)
            target = root / compiled.relative_to(clone)
            target.parent.mkdir(exist_ok=True)
            shutil.copyfile(compiled, target)


def fill_others(workspace: Workspace, root: Path, judged: Sequence[Task]) -> None:
    """Put the real bodies into the exercises that are not judged."""
    slugs = {task.slug for task in judged}
    for task in workspace.started:
        if task.slug not in slugs:
            for each in task.blanks:
                _put_body(root / each.file, each.name, workspace.clone.read(each.file))
    # One exercise may lie inside of another: what is judged is the learner's in any case.
    for task in judged:
        for each in task.blanks:
            _put_body(root / each.file, each.name, workspace.text(each.file))


def _put_body(path: Path, name: str, donor: str) -> None:
    try:
        path.write_bytes(transplant(read(path), name, donor).encode())
    except (OSError, UnicodeDecodeError, BlankingError):
        pass  # the run will say what is wrong with it


def environment(root: Path) -> dict[str, str]:
    """In which only what stands in `root` can be imported of ours, by child processes too."""
    env = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "PYTEST", "COV_"))
    }
    return {
        **env,
        "PYTHONSAFEPATH": "1",  # the current folder is not searched
        "PYTHONPATH": str(root),
        # A compiled file is recognised by its second and size: two quick saves look alike. So
        # there are only those that `take_compiled` has brought.
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
        "PYTHONIOENCODING": "utf-8",
        # Only the plugins that are named: what else is installed has no say. And of one that
        # is found by itself, pytest compiles the whole package anew: with hypothesis, that
        # takes longer than most checks.
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "GLASSTACK_JUDGED": str(root),
        "GLASSTACK_VAR": str(root / "var"),
    }


def _run(
    workspace: Workspace, tasks: Sequence[Task], limits: Limits
) -> tuple[Run, "LinesOfWorkspace"]:
    with picture(workspace, tasks) as root:
        lines = LinesOfWorkspace(workspace, root)
        return run_tests(root, tasks, limits), lines


def run_tests(root: Path, tasks: Sequence[Task], limits: Limits = LIMITS) -> Run:
    """Run the tests that judge these exercises in the picture at `root`."""
    report = root / "report.jsonl"
    files = list(dict.fromkeys(test.partition("::")[0] for task in tasks for test in task.tests))
    gone = [file for file in files if not (root / file).exists()]
    if gone or not files:
        slugs = ", ".join(task.slug for task in tasks)
        raise JudgingError(
            f"The tests that judge {slugs} are not there: {', '.join(gone) or 'none'}"
        )
    plan = {
        "report": str(report),
        "layers": [layer for layer in LAYERS if (root / layer).is_dir()],
        "memory": limits.megabytes,
        "timeout": limits.test_seconds,
        # Of several exercises, each is run again alone: there is the place to wait twice.
        "timeouts": 1 if len(tasks) > 1 else 2,
        "tasks": [{"slug": t.slug, "tests": t.tests, "select": t.select} for t in tasks],
    }
    command = [
        sys.executable, "-m", "pytest", "-c", "pyproject.toml", "--rootdir", str(root),
        "--import-mode=importlib", "-o", f"pythonpath={root}", "-o", "addopts=",
        "-o", "timeout_method=signal", "-p", "no:cacheprovider",
        *(f"-p{name}" for name in PLUGINS),
        # A folder of its own: in the usual one, pytest clears away after all runs of the machine.
        "--basetemp", str(root / "tmp"), f"--maxfail={limits.enough}",
        "-q", "--tb=native", "--no-header", "--color=no", *files,
    ]  # fmt: skip
    env = {**environment(root), "GLASSTACK_PLAN": json.dumps(plan)}
    begin = time.monotonic()
    output = root / "output.txt"
    with open(output, "wb") as stream:
        process = subprocess.Popen(
            command, cwd=root, env=env, stdin=subprocess.DEVNULL, stdout=stream,
            stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        status = _wait(process, report, limits)
    seconds = time.monotonic() - begin
    text = output.read_bytes()[-200_000:].decode("utf-8", "replace")
    return Run(_events(report), text, status, seconds)


def _wait(process: subprocess.Popen[bytes], report: Path, limits: Limits) -> int | None:
    """The exit status; None where it had to be stopped. Its children end with it."""
    begin = time.monotonic()
    try:
        while _is_in_time(begin, report, limits):
            try:
                return process.wait(LOOK_SECONDS)
            except subprocess.TimeoutExpired:
                continue
        # pytest has Python's faulthandler on: this makes it print where it is.
        process.send_signal(signal.SIGABRT)
        try:
            process.wait(2)
        except subprocess.TimeoutExpired:
            pass
        return None
    finally:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass
        process.wait()


def _is_in_time(begin: float, report: Path, limits: Limits) -> bool:
    """Is the run within its seconds, and so is what it is at?"""
    now = time.monotonic() - begin
    if now > limits.seconds:
        return False
    try:
        quiet = time.time() - report.stat().st_mtime  # each thing that happens is a line in it
        is_loaded = report.stat().st_size > 0
    except OSError:
        return now <= limits.load_seconds
    if not is_loaded:
        return now <= limits.load_seconds
    return quiet <= 2 * limits.test_seconds


def _events(report: Path) -> list[dict[str, Any]]:
    try:
        lines = report.read_text("utf-8").splitlines()
    except OSError:
        return []
    events = []
    for line in lines:
        try:
            events.append(json.loads(line))
        except ValueError:
            continue  # the last one, of a process that ended while it wrote
    return events


class LinesOfWorkspace:
    """From a line of the picture to that of the learner's file: filled blanks moved some."""

    def __init__(self, workspace: Workspace, root: Path) -> None:
        self._moved: dict[str, tuple[list[str], list[str]]] = {}
        for task in workspace.started:
            for each in task.blanks:
                try:
                    mine, run = workspace.text(each.file), read(root / each.file)
                except (OSError, UnicodeDecodeError):
                    continue
                if mine != run:
                    self._moved[each.file] = (run.splitlines(), mine.splitlines())

    def __call__(self, file: str, line: int) -> int:
        if file not in self._moved:
            return line
        run, mine = self._moved[file]
        matcher = difflib.SequenceMatcher(None, run, mine, autojunk=False)
        for start, target, size in matcher.get_matching_blocks():
            if start <= line - 1 < start + size:
                return line - start + target
        return line


# From what was reported to words


def judge(task: Task, run: Run, limits: Limits, line_of: LinesOfWorkspace) -> Verdict:
    """What the run says of one exercise."""
    broken = problem = _problem(task, run, limits, line_of)
    chosen: set[str] = set()
    for event in run.of("collected"):
        chosen = {test for test, slugs in event["tests"].items() if task.slug in slugs}
    last: dict[str, dict[str, Any]] = {}
    for event in run.of("result"):
        if event["test"] in chosen and (
            event["outcome"] == "failed" or last.get(event["test"], {}).get("outcome") != "failed"
        ):
            last[event["test"]] = event
    passed = sum(event["outcome"] == "passed" for event in last.values())
    skipped = sum(event["outcome"] == "skipped" for event in last.values())
    failures = tuple(
        _failure(event, line_of) for event in last.values() if event["outcome"] == "failed"
    )
    unrun = len(chosen) - len(last)
    if not problem and unrun and not 0 < limits.enough <= len(failures):
        problem = (
            f"{unrun} of {len(chosen)} tests were not run: too many before them did not end"
            f" within {limits.test_seconds:g} seconds each."
        )
    if not problem and not chosen:
        raise JudgingError(f"No test judges {task.slug!r}: its metadata selects none.")
    if not problem and not passed and not failures:
        problem = (
            f"All {skipped} tests of {task.slug} were skipped: what they need is missing here."
        )
    # A red test says enough, whatever was not run after it.
    is_red = bool(failures) and not broken
    mood = Mood.RED if is_red else Mood.BROKEN if problem else Mood.GREEN
    return Verdict(task, mood, passed, failures, skipped, problem, run.seconds)


def _problem(task: Task, run: Run, limits: Limits, line_of: LinesOfWorkspace) -> str:
    """Why the run has no answer for every test; "" where it has."""
    for event in run.of("elsewhere"):
        return (
            f"Stopped: {event['layer']} was imported from {event['origin']}, and not from your"
            " workspace, so nothing was judged."
        )
    ended = run.of("ended")
    if ended and not run.of("collected"):
        how, frames = ended[0]["how"], ended[0]["frames"]
        own = [frame for frame in frames if _layer_file("/" + frame[0])]
        if own:
            file, line, *_ = own[-1]
            return (
                f"{file} ends the program when it is imported ({how}, line {line_of(file, line)})."
            )
    broken = run.of("broken")
    if broken:
        text = broken[0]["text"]
        last = next(
            (line[1:].strip() for line in reversed(text.splitlines()) if line.startswith("E ")),
            text.strip().splitlines()[-1] if text.strip() else "",
        )
        turn = broken[0]["turn"]
        return (
            f"The tests in {broken[0]['where']} could not be loaded with your layers: {last}"
            + (f"\nIt runs into the blank of {turn}." if turn else "")
            + _place(_last_place(text), line_of)
        )
    if run.of("finished") and run.of("collected"):
        return ""  # also where the process did not leave after it
    during = f" during the test that {fact(run.at)!r}" if run.at else " while the tests were loaded"
    if run.status is None:
        return (
            f"No end within {round(run.seconds)} seconds{during}: an endless loop, most likely."
            + _place(_crash_place(run.output), line_of)
        )
    if run.status < 0:
        name = signal.Signals(-run.status).name
        return f"Python itself crashed ({name}){during}." + _place(
            _crash_place(run.output), line_of
        )
    if run.at or run.of("collected"):
        return (
            f"The process was ended{during}, with exit status {run.status}: does something call"
            " os._exit() or sys.exit()?"
        )
    tail = "\n".join(run.output.strip().splitlines()[-8:])
    if not tail:
        return (
            f"Importing your layers ended the program (exit status {run.status}): does a module"
            " call sys.exit() or os._exit() outside of its functions?"
        )
    return f"The tests ended before they began (exit status {run.status}):\n{tail}"


def _place(found: tuple[str, int, str] | None, line_of: LinesOfWorkspace) -> str:
    if found is None:
        return ""
    file, line, name = found
    inside = f", in {name}" if name else ""
    return f"\nIt was at {file}, line {line_of(file, line)}{inside}."


def _crash_place(output: str) -> tuple[str, int, str] | None:
    """The innermost of the learner's lines in what faulthandler printed (innermost first)."""
    dump = output[output.find("most recent call first") :]
    for path, line, name in re.findall(r'File "([^"]+)", line (\d+) in (\S+)', dump):
        file = _layer_file(path)
        if file:
            return file, int(line), name
    return None


def _last_place(text: str) -> tuple[str, int, str] | None:
    """The innermost of the learner's lines in pytest's short traceback (innermost last)."""
    for path, line in reversed(re.findall(r"^(\S+\.py):(\d+): ", text, re.MULTILINE)):
        file = _layer_file(path)
        if file:
            return file, int(line), ""
    return None


def _layer_file(path: str) -> str:
    parts = Path(path).parts
    for index, part in enumerate(parts[:-1]):
        if part in LAYERS and "tests" not in parts[:index]:
            return "/".join(parts[index:])
    return ""


def _failure(event: dict[str, Any], line_of: LinesOfWorkspace) -> Failure:
    own = [frame for frame in event["frames"] if _layer_file("/" + frame[0])]
    where = ""
    if own:
        file, line, name, _ = own[-1]
        where = f"{file}, line {line_of(file, line)}, in {name}"
    expected, came = _words(event)
    return Failure(
        event["test"], fact(event["test"]), expected, came, where, event["turn"], event["given"]
    )


WORDS = {
    "==": "{}", "!=": "anything but {}", "in": "something in {}", "not in": "something not in {}",
    "is": "{}", "is not": "something that is not {}", "<": "less than {}", ">": "more than {}",
    "<=": "at most {}", ">=": "at least {}",
}  # fmt: skip


NO_MATCH = re.compile(
    r"Regex pattern did not match\.\s+(?:Expected regex|Regex): (.*)\n\s*"
    r"(?:Actual message|Input): (.*)",
    re.DOTALL,
)


def _words(event: dict[str, Any]) -> tuple[str, str]:
    """(what was expected, what came), as plainly as the report allows."""
    message = event["message"].strip()
    first = message.partition("\n")[0]
    if event["error"] == "Timeout":
        return "an answer", "none in time: an endless loop, or something waits for ever"
    if event["error"] == "Failed" and "DID NOT RAISE" in message:
        wanted = re.search(r"DID NOT RAISE (?:<class '(?:[\w.]*\.)?(\w+)'>|(.*))", message)
        return (wanted[1] or wanted[2] if wanted else "an exception") + " to be raised", "no error"
    pattern = NO_MATCH.search(message)
    if pattern:
        return f"an error whose message matches {pattern[1]}", f"the message {pattern[2]}"
    if event["compared"]:
        op, left, right = event["compared"]
        return WORDS.get(op, op + " {}").format(right), left
    if event["error"] == "AssertionError":
        claim, *rest = message.removeprefix("assert ").splitlines() or [""]
        if rest and rest[0].startswith(" +  where"):  # of what it is said: "not True" says little
            claim += ", " + rest[0].lstrip(" +")
        return "that this holds", f"it does not: {claim}" if claim else "it does not"
    came = f"{event['error']}: {first}" if first else event["error"]
    if event["error"] == "MemoryError":
        came += " (the memory of a check is limited: does something grow for ever?)"
    if event["error"] == "SystemExit":
        came += " (something called sys.exit())"
    return "no error", came


def fact(test: str) -> str:
    """A test's name as the sentence it is: "repeated lengths are refused (two)"."""
    path, _, case = test.partition("[")  # first of all: "::" may stand in a case
    name = path.rpartition("::")[2]
    words = name.removeprefix("test_").replace("_", " ")
    return f"{words} ({case[:-1]})" if case else words
