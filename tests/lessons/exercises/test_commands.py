"""Every command on a small book, and every way in which it can go wrong."""

import argparse
import os
import py_compile
import re
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

import pytest

from lessons.exercises import commands
from lessons.exercises.blanking import blank
from lessons.exercises.catalogue import Clone
from lessons.exercises.judging import Limits, Mood, check, picture
from lessons.exercises.output import Output
from lessons.exercises.serving import layers_for_run
from lessons.exercises.store import MemoryStore
from lessons.exercises.trial import trouble_with
from lessons.exercises.watching import saves
from lessons.exercises.workspace import Workspace, start
from tests.processes import ROOT

pytestmark = pytest.mark.timeout(120)
SUMS = "httpserver/sums.py"
Run = Callable[..., tuple[int, str]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "mine"


@pytest.fixture
def run(clone: Clone, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> Run:
    store = MemoryStore()

    @contextmanager
    def opened(which: str):
        yield store

    monkeypatch.setattr(commands, "open_store", opened)

    def run(*arguments: str, clone: Clone = clone) -> tuple[int, str]:
        parser = argparse.ArgumentParser()
        commands.add_commands(parser.add_subparsers())
        name, *rest = arguments
        options = parser.parse_args([name, "--workspace", str(folder), *rest])
        status = commands.run_command(getattr(commands, f"do_{name}"), options, clone)
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        return status, captured.out + captured.err

    return run


def write(folder: Path, old: str, new: str, count: int = 1) -> None:
    path = folder / SUMS
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, count))


def solve(folder: Path, exercise: str, body: str) -> None:
    path = folder / SUMS
    lines = path.read_text().splitlines(keepends=True)
    at = next(i for i, line in enumerate(lines) if f"/{exercise}" in line)
    indent = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
    lines[at - 1 : at + 1] = [f"{indent}{line}\n" for line in body.splitlines()]
    path.write_text("".join(lines))


def test_from_start_to_finish(run: Run, folder: Path) -> None:
    status, said = run("start")
    assert status == 0
    assert "Made" in said
    assert "lessons/01-adding/README.md#add" in said
    assert "your turn: adding/add" in (folder / SUMS).read_text()
    status, said = run("check")
    assert (status, said.count("still blank")) == (1, 2)
    solve(folder, "add", "return a - b")
    status, said = run("check")
    assert status == 1
    assert "two numbers are added (1-2-3)" in said
    assert "expected  3" in said
    assert "came      -1" in said
    assert "1 of 3 tests are green" in said
    write(folder, "a - b", "a + b")
    solve(folder, "double", "return add(a, a)")
    status, said = run("check")
    assert status == 0, said
    assert "2 of 2 exercises done" in said
    assert "chapter 2: Counting" in run("next")[1]
    assert "2 of 3 exercises done" in run("progress")[1]
    assert run("start")[0] == 0
    text = (folder / SUMS).read_text()
    assert "a + b" in text
    assert "your turn: counting/count" in text


def test_an_exercise_may_be_named_behind_its_chapter(run: Run) -> None:
    run("start", "1")
    assert "double" in run("hint", "adding", "double")[1]
    assert "0 of 1 exercises done" in run("check", "adding", "double")[1]
    status, said = run("solution", "adding", "dubble")
    assert (status, said) == (2, "'adding' has no exercise 'dubble'. Did you mean 'double'?\n")


def test_hints_come_one_after_the_other(run: Run) -> None:
    run("start", "1")
    said = [run("hint")[1] for _ in range(4)]
    assert ["Look at the signs" in said[0], "between" in said[1], "It is +" in said[2]] == [
        True
    ] * 3
    assert "It is +" in said[3]
    assert "solution add" in said[3]


def test_a_solution_is_a_diff_with_ones_own(run: Run, folder: Path) -> None:
    run("start", "adding")
    solve(folder, "add", "return b + a")
    _, said = run("solution", "add")
    assert "-    return b + a" in said
    assert "+    return a + b" in said


def test_reset_keeps_a_backup_and_says_where(run: Run, folder: Path) -> None:
    run("start", "adding")
    solve(folder, "add", "return 42")
    solve(folder, "double", "return a * 2")
    _, said = run("reset", "add")
    kept = next((folder / "backups").glob("*-reset"))
    assert str(kept) in said
    assert "return 42" in (kept / SUMS).read_text()
    text = (folder / SUMS).read_text()
    assert "return 42" not in text
    assert "return a * 2" in text


def test_a_second_start_keeps_a_backup_and_what_is_done(run: Run, folder: Path) -> None:
    run("start", "adding")
    solve(folder, "add", "return a + b")
    run("check", "add")
    solve(folder, "double", "return 42")
    _, said = run("start", "adding")
    kept = next((folder / "backups").glob("*-start"))
    assert str(kept) in said
    assert "return 42" in (kept / SUMS).read_text()
    assert "return 42" not in (folder / SUMS).read_text()
    assert "return a + b" in (folder / SUMS).read_text()


@pytest.mark.parametrize("name", ["check", "watch", "hint"])
def test_without_a_workspace_it_says_how_to_make_one(run: Run, name: str) -> None:
    status, said = run(name)
    assert status == 2
    assert "python -m lessons start" in said


def test_from_a_wheel_it_says_that_a_clone_is_needed(run: Run, clone: Clone) -> None:
    (clone.root / "pyproject.toml").unlink()
    status, said = run("start")
    assert status == 2
    assert "clone" in said


@pytest.mark.parametrize(
    ("wanted", "words"), [("addin", "'adding'"), ("9", "There are:"), ("doubel", "'double'")]
)
def test_a_chapter_that_is_none_is_said(run: Run, wanted: str, words: str) -> None:
    run("start", "adding")
    status, said = run("check", wanted)
    assert status == 2
    assert words in said


def test_a_file_that_does_not_parse_is_said_with_its_line(run: Run, folder: Path) -> None:
    run("start", "adding")
    write(folder, "def add(a, b):", "def add(a, b:")
    status, said = run("check")
    assert status == 1
    assert f"{SUMS}, line 6, is not Python yet" in said
    before = (folder / SUMS).read_text()
    status, said = run("start", "counting")
    assert status == 2
    assert "reset" in said
    assert (folder / SUMS).read_text() == before
    run("reset", "add")
    assert before == (next((folder / "backups").glob("*-reset")) / SUMS).read_text()
    assert run("check")[0] == 1


def test_a_deleted_file_comes_back(run: Run, folder: Path) -> None:
    run("start", "adding")
    (folder / SUMS).unlink()
    status, said = run("check")
    assert status == 1
    assert "is gone" in said
    assert "it is back" in run("start")[1]
    assert "your turn: adding/add" in (folder / SUMS).read_text()


def test_a_deleted_definition_comes_back_and_the_others_stay(run: Run, folder: Path) -> None:
    run("start", "adding")
    solve(folder, "double", "return a * 2")
    write(folder, "def add(", "def plus(")
    status, said = run("check", "add")
    assert status == 1
    assert "There is no 'add' here" in said
    assert "reset add" in said
    assert run("reset", "add")[0] == 0
    text = (folder / SUMS).read_text()
    assert "your turn: adding/add" in text
    assert "return a * 2" in text


def test_a_folder_that_cannot_be_written_is_said(run: Run, clone: Clone, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for bad in ("/proc/nothing/here", str(tmp_path / "file" / "below")):
        status, said = run("start", "adding", "--workspace", bad)
        assert status == 2
        assert "cannot be written" in said


def test_a_folder_of_something_else_is_left_alone(run: Run, folder: Path) -> None:
    folder.mkdir()
    (folder / "thesis.txt").write_text("mine")
    status, said = run("start")
    assert status == 2
    assert "something else" in said
    assert [each.name for each in folder.iterdir()] == ["thesis.txt"]


def test_a_damaged_manifest_is_said(run: Run, folder: Path) -> None:
    run("start")
    (folder / ".glasstack" / "manifest.json").write_text("{")
    status, said = run("check")
    assert status == 2
    assert "damaged" in said


def test_a_workspace_of_older_layers_is_upgraded_with_the_work_in_it(
    run: Run, folder: Path, clone: Clone
) -> None:
    run("start", "adding")
    solve(folder, "add", "return sub(a, -b)")
    write(folder, "LIMIT = 10", "import math\n\nLIMIT = 10\n\n\ndef sub(a, b):\n    return a - b")
    solve(folder, "double", "return 2 * a")
    real = clone.root / SUMS
    new = real.read_text().replace("LIMIT = 10", "LIMIT = 20\nMORE = 1").replace("double", "twice")
    real.write_text(new)
    chapter = clone.root / "lessons/01-adding/chapter.toml"
    chapter.write_text(chapter.read_text().replace("sums.py:double", "sums.py:twice"))
    newer = Clone(clone.root)
    status, said = run("check", clone=newer)
    assert status == 2
    assert "start" in said
    status, said = run("start", clone=newer)
    assert status == 0
    text = (folder / SUMS).read_text()
    for expected in ("LIMIT = 20", "MORE = 1", "return sub(a, -b)", "def sub(a, b)", "import math"):
        assert expected in text
    assert "return 2 * a" not in text
    assert "double" in said  # it has no place now: said, and kept in the backup
    assert "return 2 * a" in (next((folder / "backups").glob("*-upgrade")) / SUMS).read_text()
    (clone.root / "tests/httpserver/test_sums.py").write_text(
        (clone.root / "tests/httpserver/test_sums.py").read_text().replace("double", "twice")
    )
    assert "3 of 3 tests are green" in run("check", "add", clone=newer)[1]


BAD = {
    "an endless loop": ("while True: pass", "none in time|endless loop"),
    "a loop that catches all": (
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
        "endless loop"),
    "sys.exit": ("import sys; sys.exit(3)", r"sys\.exit\(\)"),
    "os._exit": ("import os; os._exit(3)", r"exit status 3"),
    "a segfault": ("import ctypes; ctypes.string_at(0)", r"crashed \(SIGSEGV\)"),
    "memory": ("x = []\nwhile True: x.append(bytearray(2**24))", "MemoryError"),
    "recursion": ("return add(a, b)", "RecursionError"),
}  # fmt: skip


@pytest.mark.parametrize(("body", "words"), BAD.values(), ids=list(BAD))
def test_what_does_not_end_well_is_explained(
    clone: Clone, folder: Path, body: str, words: str
) -> None:
    start(clone, folder, [clone.section("adding")])
    solve(folder, "add", body)
    workspace = Workspace(folder, clone)
    # Only what never ends needs a short limit; to fill the memory takes a busy machine a while.
    limits = Limits(6, 0.4, 1024) if "while True: pass" in body else Limits(40, 15, 1024)
    verdict = check(workspace, [clone.tasks["add"]], limits)[0]
    assert verdict.mood in (Mood.BROKEN, Mood.RED)
    text = verdict.problem + "".join(failure.came for failure in verdict.failures)
    assert re.search(words, text), text
    if verdict.problem and "SIG" in verdict.problem:
        assert f"{SUMS}, line" in verdict.problem


def test_a_red_test_says_enough_where_the_rest_was_not_run(clone: Clone, folder: Path) -> None:
    (clone.root / "tests/httpserver/test_sums.py").write_text(
        "import pytest\nfrom httpserver.sums import add\n\n"
        "@pytest.mark.parametrize('n', range(5))\n"
        "def test_numbers_are_added(n):\n    assert add(n, 1) == n + 1\n"
    )
    start(clone, folder, [clone.section("adding")])
    solve(folder, "add", "while True: pass")
    verdict = check(Workspace(folder, clone), [clone.tasks["add"]], Limits(40, 1.5, 1024))[0]
    assert (verdict.mood, len(verdict.failures)) == (Mood.RED, 2)
    assert verdict.problem.startswith("3 of 5 tests were not run")
    write(folder, "while True: pass", "return a - b")
    for enough, red in ((2, 2), (0, 5)):
        verdict = check(Workspace(folder, clone), [clone.tasks["add"]], Limits(enough=enough))[0]
        assert (verdict.mood, len(verdict.failures), verdict.problem) == (Mood.RED, red, "")


def test_a_process_that_does_not_leave_has_said_all_the_same(clone: Clone, folder: Path) -> None:
    (clone.root / "tests/httpserver/test_sums.py").write_text(
        "import threading, time\nfrom httpserver.sums import add\n\n"
        "def test_numbers_are_added():\n"
        "    threading.Thread(target=time.sleep, args=(60,)).start()\n    assert add(1, 1) == 2\n"
    )
    start(clone, folder, [clone.section("adding")])
    solve(folder, "add", "return a + b")
    verdict = check(Workspace(folder, clone), [clone.tasks["add"]], Limits(40, 1, 1024))[0]
    assert (verdict.mood, verdict.problem) == (Mood.GREEN, "")


def test_code_that_stops_while_imported_is_explained(clone: Clone, folder: Path) -> None:
    start(clone, folder, [clone.section("adding")])
    solve(folder, "add", "return a + b")
    write(folder, "LIMIT = 10", "LIMIT = 1 / 0")
    verdict = check(Workspace(folder, clone), [clone.tasks["add"]])[0]
    assert verdict.mood is Mood.BROKEN
    assert "ZeroDivisionError" in verdict.problem


def test_one_that_crashes_does_not_hide_the_others(clone: Clone, folder: Path) -> None:
    start(clone, folder, [clone.section("adding"), clone.section("counting")])
    solve(folder, "double", "import os; os._exit(1)")
    solve(folder, "add", "return a + b")
    moods = [each.mood for each in check(Workspace(folder, clone), list(clone.tasks.values()))]
    assert moods == [Mood.GREEN, Mood.BROKEN, Mood.BLANK]


def test_compiled_files_come_along_for_what_is_not_the_learners(clone: Clone, folder: Path) -> None:
    for file in (SUMS, "httpserver/__init__.py"):
        py_compile.compile(str(clone.root / file))
    start(clone, folder, [clone.section("adding")])
    # As long as the real text, and as old.
    (folder / SUMS).write_text((clone.root / SUMS).read_text().replace("a + b", "a - b"))
    shutil.copystat(clone.root / SUMS, folder / SUMS)
    with picture(Workspace(folder, clone), clone.section("adding").tasks) as root:
        compiled = [path.name.partition(".")[0] for path in root.rglob("*.pyc")]
        assert compiled == ["__init__"]
        code = "import httpserver.sums as s; print(s.add(3, 1), s.__cached__, s.add.__code__)"
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=root, capture_output=True, text=True,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(root)},
        )  # fmt: skip
    assert done.stdout.startswith("2 "), done.stderr
    assert f'file "{root}' in done.stdout
    (verdict, _) = check(Workspace(folder, clone), clone.section("adding").tasks)
    assert verdict.mood is Mood.RED


def test_a_check_copies_the_tests_that_judge_and_those_that_they_import(
    clone: Clone, folder: Path
) -> None:
    for file, text in {
        "tests/conftest.py": "",
        "tests/httpserver/test_sums.py": "from tests.more.helper import x\n",
        "tests/more/helper.py": "x = 1\n",
        "tests/other/test_other.py": "",
    }.items():
        (clone.root / file).parent.mkdir(exist_ok=True)
        (clone.root / file).write_text(text)
    start(clone, folder, [clone.section("adding")])
    with picture(Workspace(folder, clone), clone.section("adding").tasks) as root:
        found = {path.relative_to(root).as_posix() for path in (root / "tests").rglob("*.py")}
        assert not list((root / "lessons").glob("[0-9]*"))
    assert found == {"tests/conftest.py", "tests/httpserver/test_sums.py", "tests/more/helper.py"}


def test_processes_that_a_test_starts_import_the_learners_layers(
    clone: Clone, folder: Path
) -> None:
    start(clone, folder, [clone.section("counting")])
    workspace, task = Workspace(folder, clone), clone.tasks["count"]
    assert check(workspace, [task], blanks=True)[0].mood is Mood.RED
    solve(folder, "count", "self.count += 1\nreturn self.count")
    assert check(workspace, [task])[0].is_green
    write(folder, "self.count += 1", "self.count += 2")
    assert check(workspace, [task])[0].failures[0].came.strip("'\"") == "4"


def test_a_layer_from_elsewhere_stops_the_check(clone: Clone, folder: Path) -> None:
    start(clone, folder, [clone.section("adding")])
    solve(folder, "add", "return a + b")
    (clone.root / "tests/httpserver/conftest.py").write_text(
        f"import sys\nsys.path.insert(0, {str(clone.root)!r})\n"
    )
    verdict = check(Workspace(folder, clone), [clone.tasks["add"]])[0]
    assert verdict.mood is Mood.BROKEN
    assert "imported from" in verdict.problem


def test_what_runs_is_the_learners_where_it_is_green(clone: Clone, folder: Path) -> None:
    start(clone, folder, [clone.section("adding"), clone.section("counting")])
    solve(folder, "add", "return b + a")
    solve(folder, "double", "return 42")
    workspace = Workspace(folder, clone)
    served = layers_for_run(workspace)
    text = (served.folder / SUMS).read_text()
    assert [task.slug for task in served.theirs] == ["add"]
    assert [task.slug for task in served.real] == ["double", "count"]
    assert "return b + a" in text
    assert "return 42" not in text
    assert "your turn" not in text
    as_is = layers_for_run(workspace, as_is=True)
    assert "return 42" in (as_is.folder / SUMS).read_text()


@pytest.mark.parametrize("poll", [True, False], ids=["polling", "watchfiles"])
def test_a_save_is_noticed(clone: Clone, folder: Path, poll: bool) -> None:
    if not poll:
        pytest.importorskip("watchfiles")
    start(clone, folder, [clone.section("adding")])
    stop = threading.Event()
    found: list[set[str]] = []

    def wait() -> None:
        found.append(next(saves(folder, stop, poll=poll), set()))

    thread = threading.Thread(target=wait)
    thread.start()
    while thread.is_alive():  # saved again and again: the watcher may not be up at once
        (folder / SUMS).write_text((folder / SUMS).read_text() + "\n")
        thread.join(0.4)
    assert found == [{SUMS}]


def test_a_table_for_a_class(run: Run, tmp_path: Path, clone: Clone) -> None:
    for name in ("ada", "grace"):
        start(clone, tmp_path / "class" / name, [clone.section("adding")])
    solve(tmp_path / "class" / "ada", "add", "return a + b")
    status, said = run("check", "--all", str(tmp_path / "class"))
    assert status == 0
    assert "ada    ✓·  1/2  double" in said
    assert "grace  ··  0/2" in said


COMMAND = (
    "import argparse, sys; from lessons.exercises.commands import add_commands;"
    "p = argparse.ArgumentParser(); add_commands(p.add_subparsers());"
    "o = p.parse_args(sys.argv[1:]); sys.exit(o.command(o))"
)


def command(var: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", COMMAND, *arguments], cwd=ROOT, text=True, capture_output=True,
        env={**os.environ, "GLASSTACK_VAR": str(var), "DATABASE": "sqlite", **env}, timeout=60,
    )  # fmt: skip


def test_progress_is_written_to_the_database(tmp_path: Path) -> None:
    where = ("--workspace", str(tmp_path / "ws"))
    assert command(tmp_path, "start", *where).returncode == 0
    hinted = [command(tmp_path, "hint", *where).stdout for _ in range(2)]
    assert "hint 1 of" in hinted[0]
    assert "hint 2 of" in hinted[1]
    assert "written down" not in command(tmp_path, "progress", *where).stderr
    with sqlite3.connect(tmp_path / "site.sqlite3") as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master")]
        table = next(name for name in tables if name.endswith("exercises_progress"))
        assert database.execute(f"SELECT max(hints) FROM {table}").fetchone() == (2,)


@pytest.mark.parametrize("url", ["sqlite:////proc/none/x.db", "postgresql://nobody@127.0.0.1:1/x"])
def test_without_a_database_it_goes_on_and_says_so(tmp_path: Path, url: str) -> None:
    result = command(tmp_path, "start", "--database", url, "--workspace", str(tmp_path / "ws"))
    assert result.returncode == 0
    assert "not written down" in result.stderr
    assert "Traceback" not in result.stderr


# What a learner is told


def test_a_wrong_function_does_not_turn_another_exercise_red(clone: Clone, folder: Path) -> None:
    start(clone, folder, [clone.section("adding")])
    solve(folder, "add", "return a - b")
    solve(folder, "double", "return add(a, a)")
    moods = [each.mood for each in check(Workspace(folder, clone), clone.sections[1].tasks)]
    assert moods == [Mood.RED, Mood.GREEN]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("import sys; sys.exit()", f"{SUMS} ends the program when it is imported (sys.exit, line"),
        ("import os; os._exit(0)", f"{SUMS} ends the program when it is imported (os._exit, line"),
        ("while True: pass", "No end within 2 seconds while the tests were loaded"),
    ],
    ids=["sys.exit", "os._exit", "an endless loop"],
)
def test_a_module_that_ends_while_imported_is_named(
    clone: Clone, folder: Path, code: str, words: str
) -> None:
    start(clone, folder, [clone.section("adding")])
    solve(folder, "add", "return a + b")
    write(folder, "LIMIT = 10", code)
    verdict = check(Workspace(folder, clone), [clone.tasks["add"]], Limits(load_seconds=1.8))[0]
    assert verdict.mood is Mood.BROKEN
    assert words in verdict.problem
    assert verdict.seconds < 10


TELLING = """
import pytest
from httpserver.sums import add

@pytest.mark.parametrize("raw", [b"[::1]:80"], ids=["[::1]:80"])
def test_an_address_is_added(raw):
    assert len(raw) == add(1, 1)

def test_bytes_are_added():
    assert add(b"a" * 5000, b"b") == b"a" * 5000 + b"b"

def test_what_is_refused_is_added():
    with pytest.raises(ValueError, match="no number: None"):
        add(None, 1)

def test_nothing_is_added():
    assert not add(0, 1)
"""


def test_a_red_test_tells_what_was_given_and_where_it_differs(
    run: Run, folder: Path, clone: Clone
) -> None:
    (clone.root / "tests/httpserver/test_sums.py").write_text(TELLING)
    run("start", "adding")
    solve(folder, "add", "if a is None: raise ValueError('sorry')\nreturn a + b * 2")
    said = run("check", "add", "-v")[1]
    assert "an address is added ([::1]:80)" in said
    assert "given     raw = b'[::1]:80'" in said
    assert "expected  5001 bytes, first difference at byte 5001: ...b'aaa" in said
    assert "came      5002 bytes, first difference at byte 5001: ...b'aaa" in said
    assert "expected  an error whose message matches 'no number: None'" in said
    assert "came      the message 'sorry'" in said
    assert "came      it does not: not 2, where 2 = add(0, 1)" in said


def test_what_run_finds_green_is_progress_too(run: Run, folder: Path, clone: Clone) -> None:
    run("start", "adding")
    solve(folder, "add", "return a + b")
    verdicts = []
    layers_for_run(Workspace(folder, clone), record=verdicts.append)
    assert [verdict.task.slug for verdict in verdicts if verdict.is_green] == ["add"]


def test_a_chapter_without_exercises_makes_nothing(run: Run, folder: Path) -> None:
    status, said = run("start", "0")
    assert status == 0
    assert "has no exercises" in said
    assert "python -m lessons start adding" in said
    assert not folder.exists()


def test_a_file_in_place_of_a_folder_is_said(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    status, said = run("start", "1", "--workspace", str(tmp_path / "file"))
    assert status == 2
    assert "is a file, not a folder" in said


def test_of_a_deleted_folder_one_line_is_said(run: Run, folder: Path) -> None:
    run("start", "adding")
    shutil.rmtree(folder / "httpserver")
    said = run("check")[1]
    assert said.count("is gone") == 1
    assert "httpserver/ is gone" in said
    assert run("start")[1].count("it is back") == 1
    assert (folder / SUMS).is_file()


@pytest.mark.parametrize("is_terminal", [True, False], ids=["terminal", "pipe"])
def test_only_at_a_terminal_it_asks_for_patience(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, is_terminal: bool
) -> None:
    out = Output()
    said = threading.Event()
    monkeypatch.setattr(out, "say", lambda text, style: said.set())
    monkeypatch.setattr(sys.stdout, "isatty", lambda: is_terminal)
    with out.patience("Still waiting", 0.01):
        assert said.wait(5 if is_terminal else 0.1) is is_terminal


def test_a_reader_that_leaves_is_no_error(tmp_path: Path) -> None:
    end, begin = os.pipe()
    os.close(end)
    with os.fdopen(begin, "wb") as pipe:
        result = subprocess.run(
            [sys.executable, "-c", COMMAND, "progress"], cwd=ROOT, stdout=pipe,
            stderr=subprocess.PIPE, text=True, timeout=60,
            env={**os.environ, "GLASSTACK_VAR": str(tmp_path), "DATABASE": "sqlite"},
        )  # fmt: skip
    assert result.stderr == ""


def test_the_database_learns_what_is_done_in_the_workspace(tmp_path: Path) -> None:
    book = Clone()
    section = next(each for each in book.sections if each.tasks)
    start(book, tmp_path / "ws", [section])
    workspace = Workspace(tmp_path / "ws", book)
    workspace.mark(section.tasks[0], True)
    result = command(tmp_path, "progress", "--workspace", str(tmp_path / "ws"))
    assert f"1 of {len(book.tasks)} exercises done" in result.stdout
    with sqlite3.connect(tmp_path / "site.sqlite3") as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master")]
        table = next(name for name in tables if name.endswith("exercises_progress"))
        done = f"SELECT exercise FROM {table} WHERE done_at IS NOT NULL"
        assert database.execute(done).fetchall() == [(section.tasks[0].slug,)]


@pytest.mark.parametrize(
    ("body", "words", "guilty"),
    [
        ("return None", "", []),
        ("raise KeyError('host')", "KeyError: 'host'", ["find-head-end"]),
    ],
    ids=["as it should be", "an error"],
)
def test_the_site_is_asked_once_before_it_is_served(
    tmp_path: Path, body: str, words: str, guilty: list[str]
) -> None:
    book = Clone()
    task = book.tasks["find-head-end"]
    start(book, tmp_path / "ws", [book.section(task.chapter)])
    file = tmp_path / "ws" / task.blanks[0].file
    real = book.read(task.blanks[0].file)
    if words:
        wrong = blank(real, task.blanks[0].name, task.pointer)
        place = wrong.index("raise NotImplementedError", wrong.index(repr(task.slug)))
        line = wrong[place:].partition("\n")[0]
        real = wrong.replace(line, body)
    file.write_text(real)
    workspace = Workspace(tmp_path / "ws", book)
    for each in workspace.started:
        workspace.mark(each, each is task)
    served = layers_for_run(workspace, without=[t for t in workspace.started if t is not task])
    trouble = trouble_with(served, 8)
    if not words:
        assert trouble is None
    else:
        assert trouble is not None
        assert words in trouble.why
        assert [each.slug for each in trouble.guilty] == guilty


def test_watch_checks_again_at_each_save(clone: Clone, folder: Path) -> None:
    start(clone, folder, [clone.section("adding")])
    desk = commands.Desk(clone, folder, MemoryStore())
    stop = threading.Event()
    statuses: list[int] = []
    thread = threading.Thread(
        target=lambda: statuses.append(commands.watch(desk, "add", stop, poll=True))
    )
    thread.start()
    try:
        solve(folder, "add", "return a + b")
        deadline = time.monotonic() + 40
        while "add" not in desk.done():  # also where the one save came during the first check
            assert time.monotonic() < deadline
            thread.join(0.1)
    finally:
        stop.set()
        thread.join(30)
    assert statuses == [0]
