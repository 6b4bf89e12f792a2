"""The polls site on the learner's own functions, with the real ones where theirs are not green.

Nothing is mixed inside of a function: a body is the learner's or the layer's. A file with a
green function in it is the learner's file, so that an import or a constant that they
added is there, with the real bodies put into its other exercises.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from lessons.exercises.blanking import BlankingError, transplant
from lessons.exercises.catalogue import Task
from lessons.exercises.judging import LIMITS, NEVER_COPIED, Limits, Verdict, check
from lessons.exercises.workspace import HIDDEN, State, Workspace, WorkspaceError
from lessons.places import LAYERS


@dataclass(frozen=True)
class Served:
    """A folder to serve from, and whose functions are in it."""

    folder: Path
    theirs: tuple[Task, ...]
    real: tuple[Task, ...]
    """Begun, and served by the layer's own body all the same."""
    problem: str = ""

    def command(self, *arguments: str) -> tuple[list[str], dict[str, str]]:
        """The command line and the environment in which these layers are what runs."""
        env = {name: value for name, value in os.environ.items() if name != "PYTHONHOME"}
        env |= {"PYTHONSAFEPATH": "1", "PYTHONPATH": str(self.folder)}
        # A database of its own: what a learner's ORM writes must not hurt the site's.
        inside = self.folder.parent.name == HIDDEN
        env["GLASSTACK_VAR"] = str((self.folder.parent if inside else self.folder) / "var")
        return [sys.executable, "-m", "lessons", *arguments], env


def layers_for_run(
    workspace: Workspace,
    as_is: bool = False,
    limits: Limits = LIMITS,
    *,
    record: Callable[[Verdict], None] | None = None,
    without: Collection[Task] = (),
) -> Served:
    """Build the folder from which `run` serves the learner's functions.

    With `as_is` all of them, right or wrong. Otherwise what is not known to be green is
    checked first, and `record` is told of it; and what is in `without` is left out.
    """
    theirs = list(workspace.started)
    if not as_is:
        theirs = [task for task in _green(workspace, limits, record) if task not in without]
    real = [task for task in workspace.started if task not in theirs]
    folder = _folder(workspace)
    _copy_real(workspace, folder)
    if as_is:
        _copy_learners(workspace, folder)
        return Served(folder, tuple(theirs), ())
    for file in dict.fromkeys(each.file for task in theirs for each in task.blanks):
        (folder / file).write_bytes(_mixed(workspace, file, real).encode())
    problem = _import_problem(folder) if theirs else ""
    if problem:
        _copy_real(workspace, folder)
        return Served(folder, (), tuple(workspace.started), problem)
    return Served(folder, tuple(theirs), tuple(real))


def _green(
    workspace: Workspace, limits: Limits, record: Callable[[Verdict], None] | None
) -> list[Task]:
    written = [task for task in workspace.started if workspace.state(task) is State.WRITTEN]
    unknown = [task for task in written if not workspace.is_done(task)]
    # A file that does not parse says nothing against what is green in the others.
    if unknown and not workspace.problems():
        for verdict in check(workspace, unknown, limits):
            workspace.mark(verdict.task, verdict.is_green)
            if record:
                record(verdict)
    return [task for task in written if workspace.is_done(task)]


def _mixed(workspace: Workspace, file: str, real: Sequence[Task]) -> str:
    """The learner's file with the real bodies in the exercises that are not green."""
    source, original = workspace.text(file), workspace.clone.read(file)
    try:
        for task in real:
            for each in task.blanks:
                if each.file == file:
                    source = transplant(source, each.name, original)
    except BlankingError:
        return original  # a definition is gone: the layer's own file, whole
    return source


def _folder(workspace: Workspace) -> Path:
    """A fresh folder in the workspace; where that cannot be written, a temporary one."""
    folder = workspace.folder / HIDDEN / "run"
    try:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
        return folder.resolve()
    except OSError:
        return Path(tempfile.mkdtemp(prefix="glasstack-run-")).resolve()


def _copy_real(workspace: Workspace, folder: Path) -> None:
    for part in (*LAYERS, "lessons"):
        source = workspace.clone.root / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=NEVER_COPIED, dirs_exist_ok=True)


def _copy_learners(workspace: Workspace, folder: Path) -> None:
    problems = workspace.problems()
    if problems:
        raise WorkspaceError("\n".join(problems))
    for part in (*LAYERS, "lessons"):
        source = workspace.folder / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=NEVER_COPIED, dirs_exist_ok=True)


def _import_problem(folder: Path) -> str:
    """Why the layers in that folder cannot be imported; "" where they can."""
    layers = [layer for layer in LAYERS if (folder / layer).is_dir()]
    try:
        result = subprocess.run(
            [sys.executable, "-c", f"import {', '.join(layers)}"],
            env={**os.environ, "PYTHONSAFEPATH": "1", "PYTHONPATH": str(folder)},
            capture_output=True, text=True, timeout=30,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return "importing your layers did not come to an end"
    if result.returncode == 0:
        return ""
    lines = result.stderr.strip().splitlines()
    return lines[-1] if lines else f"exit status {result.returncode}"
