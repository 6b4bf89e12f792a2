"""The proof for every exercise of the book: blank is red, for the right reason; solved is green."""

import ast
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from pathlib import Path

import pytest

from lessons.exercises.blanking import find_definition, is_blank
from lessons.exercises.catalogue import Clone, Section, Task
from lessons.exercises.judging import Limits, Mood, Verdict, check, take_compiled
from lessons.exercises.workspace import Workspace, start
from lessons.places import LAYERS

pytestmark = pytest.mark.timeout(180)

CLONE = Clone()
SECTIONS = [section for section in CLONE.sections if section.tasks]
exercises = pytest.mark.parametrize(
    "task", CLONE.tasks.values(), ids=lambda task: f"{task.chapter}/{task.slug}"
)
chapters = pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.slug)


def begun(folder: Path, section: Section) -> Workspace:
    start(CLONE, folder, [section])
    return Workspace(folder, CLONE)


@pytest.fixture(scope="module")
def blanked(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Workspace]:
    """The workspace of a chapter with nothing written in it: made once, and only read."""
    return cache(lambda chapter: begun(tmp_path_factory.mktemp(chapter), CLONE.section(chapter)))


def check_solved(folder: Path, section: Section) -> list[Verdict]:
    workspace = begun(folder, section)
    for file in {each.file for task in section.tasks for each in task.blanks}:
        (workspace.folder / file).write_bytes((CLONE.root / file).read_bytes())
    return check(workspace, section.tasks)


Checks = dict[str, "Future[list[Verdict]]"]


@pytest.fixture(scope="module")
def checks(
    request: pytest.FixtureRequest,
    blanked: Callable[[str], Workspace],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Checks]:
    """The checks of all the tests that are to run, by their names; several at a time.

    Not in threads: ast.parse() of Python 3.11 fails at times where two threads are in it.
    """
    pool = ProcessPoolExecutor(min(4, os.cpu_count() or 1), get_context("spawn"))
    found: Checks = {}
    for item in request.session.items:
        if not isinstance(item, pytest.Function):
            continue
        if item.function is test_blank_is_red_for_the_right_reason:
            task = item.callspec.params["task"]
            found[item.nodeid] = pool.submit(
                check, blanked(task.chapter), [task], Limits(enough=2), blanks=True
            )
        elif item.function is test_solved_is_green:
            section = item.callspec.params["section"]
            folder = tmp_path_factory.mktemp(section.slug)
            found[item.nodeid] = pool.submit(check_solved, folder, section)
    yield found
    pool.shutdown(cancel_futures=True)


@exercises
def test_the_metadata_names_what_is_there(task: Task) -> None:
    for each in task.blanks:
        assert find_definition(CLONE.read(each.file), each.name)
        assert each.file.startswith((*(f"{layer}/" for layer in LAYERS), "lessons/xray/"))
    for test in task.tests:
        assert (CLONE.root / test.partition("::")[0]).is_file()
    assert len(task.hints) == 3


def test_no_two_exercises_have_one_name() -> None:
    slugs = [task.slug for section in SECTIONS for task in section.tasks]
    assert sorted(slugs) == sorted(set(slugs))


def imported(path: Path, seen: set[Path]) -> Iterator[str]:
    """The packages that a test file needs, through other files of `tests/` as well."""
    seen.add(path)
    for node in ast.parse(path.read_text("utf-8")).body:
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in names:
            other = CLONE.root / (name.replace(".", "/") + ".py")
            if not name.startswith("tests."):
                yield name.partition(".")[0]
            elif other.is_file() and other not in seen:
                yield from imported(other, seen)


@exercises
def test_what_judges_needs_only_what_make_run_installs(task: Task) -> None:
    locked = (CLONE.root / "requirements" / "run.txt").read_text().splitlines()
    there = {line.partition("==")[0].replace("-", "_") for line in locked}
    there |= {*sys.stdlib_module_names, *LAYERS, "lessons", "tests"}
    for test in task.tests:
        path = CLONE.root / test.partition("::")[0]
        conftests = [each for each in (d / "conftest.py" for d in path.parents) if each.is_file()]
        needed = {name for file in (path, *conftests) for name in imported(file, set())}
        assert needed <= there


@exercises
def test_blank_is_red_for_the_right_reason(
    task: Task, checks: Checks, request: pytest.FixtureRequest
) -> None:
    (verdict,) = checks[request.node.nodeid].result()
    assert verdict.mood is Mood.RED, verdict.problem
    accidents = [
        failure
        for failure in verdict.failures
        if not failure.turn
        and failure.came.startswith(
            ("ImportError", "ModuleNotFoundError", "SyntaxError", "fixture")
        )
    ]
    assert not accidents
    mine = f"{task.chapter}/{task.slug}"
    assert any(failure.turn == mine for failure in verdict.failures) or any(
        not failure.turn for failure in verdict.failures
    )


@chapters
def test_solved_is_green(section: Section, checks: Checks, request: pytest.FixtureRequest) -> None:
    for verdict in checks[request.node.nodeid].result():
        red = [(failure.test, failure.came) for failure in verdict.failures]
        assert verdict.is_green, (verdict.task.slug, verdict.problem, red)


@chapters
def test_a_blanked_workspace_can_be_imported(
    section: Section, blanked: Callable[[str], Workspace]
) -> None:
    workspace = blanked(section.slug)
    for task in section.tasks:
        for each in task.blanks:
            assert is_blank(workspace.text(each.file), each.name)
    for layer in LAYERS:
        take_compiled(CLONE.root, workspace.folder, layer)
    modules = ", ".join([*LAYERS, *(f"{layer}.__main__" for layer in LAYERS)])
    code = f"import {modules}; print(*({', '.join(f'{layer}.__file__' for layer in LAYERS)},))"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60,
        env={**os.environ, "PYTHONSAFEPATH": "1", "PYTHONPATH": str(workspace.folder)},
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert all(name.startswith(str(workspace.folder)) for name in result.stdout.split())
