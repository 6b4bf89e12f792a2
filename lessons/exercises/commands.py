"""start, check, watch, hint, reset, solution, progress, next: what a learner types.

Each command takes its parsed options and gives the exit status: 0 where all is well (of a
check: everything green), 1 where not yet, 2 where the learner must do something first,
which is then said in a sentence.
"""

import argparse
import difflib
import os
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

from lessons.book.errors import BookError
from lessons.exercises.blanking import BlankingError, definition_text
from lessons.exercises.catalogue import Clone, NoSuchChapter, Section, Task
from lessons.exercises.judging import Failure, Limits, Mood, Verdict, check
from lessons.exercises.output import Output
from lessons.exercises.store import MemoryStore, Standing, Store, open_store
from lessons.exercises.watching import saves, stamps
from lessons.exercises.workspace import (
    HIDDEN,
    Report,
    State,
    Workspace,
    WorkspaceError,
    start,
)
from miniframework.suggest import did_you_mean

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
WHAT = "the chapter, by slug or number, or the exercise, by slug"
BAR = 20


class Desk:
    """What a command works with: the clone, the workspace, the store, the output."""

    def __init__(self, clone: Clone, folder: Path, store: Store) -> None:
        self.clone = clone
        self.folder = folder
        self.store = store
        self.out = Output()

    @property
    def workspace(self) -> Workspace:
        return Workspace(self.folder, self.clone)

    def workspace_or_none(self) -> Workspace | None:
        try:
            return self.workspace
        except WorkspaceError:
            return None

    def tasks(self, wanted: str) -> list[Task]:
        """The exercises of a chapter, or the one of that slug."""
        if wanted in self.clone.tasks:
            return [self.clone.tasks[wanted]]
        try:
            section = self.clone.section(wanted)
        except NoSuchChapter as error:
            known = [*(each.slug for each in self.clone.sections), *self.clone.tasks]
            near = difflib.get_close_matches(wanted, known, 1)
            raise NoSuchChapter(
                f"There is no chapter or exercise {wanted!r}. Did you mean {near[0]!r}?"
                if near
                else str(error)
            ) from None
        if not section.tasks:
            raise NoSuchChapter(f"Chapter {section.slug!r} has no exercises: read it.")
        return list(section.tasks)

    def wanted(self, chapter: str, exercise: str) -> str:
        """The exercise, where it is one of that chapter: NoSuchChapter says which there are."""
        slugs = [task.slug for task in self.tasks(chapter)]
        if exercise not in slugs:
            hint = did_you_mean(exercise, slugs) or f" There are: {', '.join(slugs)}."
            raise NoSuchChapter(f"{chapter!r} has no exercise {exercise!r}.{hint}")
        return exercise

    def record(self, workspace: Workspace, verdict: Verdict) -> None:
        """Write down what a check said, in the workspace and in the store alike."""
        workspace.mark(verdict.task, verdict.is_green)
        self.store.checked(verdict)

    def reconcile(self) -> None:
        """Tell the store of what is done in the workspace: it may be a new database."""
        workspace = self.workspace_or_none()
        if workspace is None:
            return
        standings = self.store.standings()
        for task in workspace.started:
            if workspace.was_done(task) and not standings.get(task.slug, Standing()).done:
                self.store.finished(task)

    def done(self) -> set[str]:
        """The exercises that are done, as the database or the workspace knows."""
        found = {slug for slug, standing in self.store.standings().items() if standing.done}
        workspace = self.workspace_or_none()
        if workspace:
            found |= {task.slug for task in workspace.started if workspace.was_done(task)}
        return found & set(self.clone.tasks)


def add_commands(subparsers: Commands) -> None:
    """Register the learner's commands, in the order in which they are needed."""
    each = _add(subparsers, "start", do_start, "blank a chapter's functions in your workspace")
    each.add_argument("chapter", nargs="?", help="slug or number (the next one that is not done)")
    each.add_argument("folder", nargs="?", type=Path, metavar="DIR", help="where (workspace)")
    each.add_argument("--part", help="all chapters of a part of the book: Server, Templates ...")
    each = _add(subparsers, "check", do_check, "judge what you wrote with the layers' own tests")
    _add_what(each, f"{WHAT} (what you are at)")
    each.add_argument("--all", type=Path, metavar="FOLDER", help="a table of many workspaces")
    each.add_argument("-v", "--verbose", action="store_true", help="every red test, not the first")
    each = _add(subparsers, "watch", do_watch, "check again at each save, until Ctrl-C")
    _add_what(each, f"{WHAT} (what you are at)")
    each = _add(subparsers, "hint", do_hint, "the next hint for the first exercise not done")
    _add_what(each, WHAT)
    each = _add(subparsers, "reset", do_reset, "blank an exercise again; a backup is kept")
    _add_what(each, WHAT, required=True)
    each = _add(subparsers, "solution", do_solution, "from your function to the real one: a diff")
    _add_what(each, WHAT, required=True)
    _add(subparsers, "progress", do_progress, "how far you are, in each part of the book")
    _add(subparsers, "next", do_next, "what to do next")


def _add(
    subparsers: Commands,
    name: str,
    function: Callable[[argparse.Namespace, Desk], int],
    help: str,
) -> argparse.ArgumentParser:
    parser = subparsers.add_parser(name, help=help, description=f"{help[0].upper()}{help[1:]}.")
    parser.add_argument(
        "--workspace", type=Path, metavar="DIR", help="your workspace (workspace/ in the clone)"
    )
    parser.add_argument(
        "--database",
        default=os.environ.get("DATABASE") or "sqlite",
        metavar="WHICH",
        help="where progress is kept: sqlite (default) or a URL",
    )
    parser.set_defaults(command=lambda options: run_command(function, options))
    return parser


def _add_what(parser: argparse.ArgumentParser, help: str, required: bool = False) -> None:
    parser.add_argument("chapter", nargs=None if required else "?", help=help)
    parser.add_argument("exercise", nargs="?", help="one of that chapter only")


def run_command(
    function: Callable[[argparse.Namespace, Desk], int],
    options: argparse.Namespace,
    clone: Clone | None = None,
) -> int:
    """Run one command; what must be mended is a sentence, and never a traceback."""
    clone = clone or Clone()
    if not clone.is_whole:
        print(
            "Exercises need a clone of glasstack, with the tests that judge them: an installed"
            " package has none. Clone the repository, and run this in it.",
            file=sys.stderr,
        )
        return 2
    named = options.workspace or getattr(options, "folder", None)
    with open_store(options.database) as store:
        desk = Desk(clone, named or default_folder(clone), store)
        try:
            desk.reconcile()
            if exercise := getattr(options, "exercise", None):
                options.chapter = desk.wanted(options.chapter, exercise)
            status = function(options, desk)
            sys.stdout.flush()
        except BrokenPipeError:
            # Whoever read has left (`check | head`). What is still unsaid goes nowhere.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 1
        except (WorkspaceError, NoSuchChapter, BookError) as error:
            desk.out.complain(str(error))
            return 2
        except KeyboardInterrupt:
            return 130
        if store.problem:
            desk.out.complain(store.problem)
        return status


def default_folder(clone: Clone) -> Path:
    """The workspace that one stands in, else the clone's own."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / HIDDEN / "manifest.json").is_file():
            return folder
    return clone.root / "workspace"


# start


def do_start(options: argparse.Namespace, desk: Desk) -> int:
    anew = True
    if options.part:
        if options.chapter and not options.folder and not options.workspace:
            desk.folder = Path(options.chapter)  # `start --part Templates DIR`
        sections = [each for each in desk.clone.part(options.part) if each.tasks]
    elif options.chapter:
        sections = [desk.clone.section(options.chapter)]
    else:
        section = _next_section(desk)
        if section is None:
            desk.out.say("Every exercise of the book is done.", "bold green")
            if desk.workspace_or_none():
                report = start(desk.clone, desk.folder, [])
                _say_report(desk, report)
            return 0
        sections, anew = [section], False
    for section in sections:
        if not section.tasks:
            desk.out.say(f"Chapter {section.slug!r} has no exercises: read it.")
    if not any(section.tasks for section in sections):
        first_with = next((each for each in desk.clone.sections if each.tasks), None)
        if first_with:
            desk.out.say(f"The first that has some: python -m lessons start {first_with.slug}")
        return 0
    report = start(desk.clone, desk.folder, sections, anew=anew)
    for task in report.blanked:
        desk.store.started(task)
    _say_report(desk, report)
    first = next((task for task in report.blanked), None)
    if first:
        desk.out.say(f"Read {first.place}, write, then: python -m lessons check {first.chapter}")
    elif sections and not report.kept:
        desk.out.say(f"You are at {sections[0].slug}: python -m lessons check {sections[0].slug}")
    return 0


def _say_report(desk: Desk, report: Report) -> None:
    out = desk.out
    if report.made:
        out.say(f"Made {report.folder}, with a copy of the layers to work in.")
    if report.upgraded:
        out.say(f"Brought {report.folder} up to date with the layers as they are now.")
    if report.carried:
        out.say(f"Carried over what you wrote: {', '.join(report.carried)}.")
    for file in report.restored:
        out.say(f"{file} was gone: it is back, blank where it was.")
    for task in report.kept:
        out.say(f"{task.slug} is done and stays as it is.")
    for task in report.blanked:
        where = ", ".join(str(each) for each in task.blanks)
        out.parts(("  blank  ", "yellow"), (f"{task.slug}: {task.title} ", ""), (where, "dim"))
    for name in dict.fromkeys(report.lost):
        out.complain(f"Not carried over: {name} has no place in the file now.")
    if report.backup:
        out.say(f"What was there before is kept in {report.backup}")


def _next_section(desk: Desk) -> Section | None:
    done = desk.done()
    for section in desk.clone.sections:
        if any(task.slug not in done for task in section.tasks):
            return section
    return None


# check and watch


def do_check(options: argparse.Namespace, desk: Desk) -> int:
    if options.all:
        return check_all(options.all, options.chapter, desk)
    workspace = desk.workspace
    tasks = _at(desk, workspace, options.chapter)
    return check_and_say(desk, workspace, tasks, verbose=options.verbose)


def _at(desk: Desk, workspace: Workspace, wanted: str | None) -> list[Task]:
    """The exercises that are meant: those named, else the first begun chapter not yet done."""
    if wanted:
        tasks = desk.tasks(wanted)
        if all(workspace.state(task) is State.NOT_STARTED for task in tasks):
            raise WorkspaceError(
                f"{wanted!r} is not begun in {workspace.folder}:"
                f" python -m lessons start {tasks[0].chapter}"
            )
        return tasks
    for section in workspace.sections:
        if not all(workspace.is_done(task) for task in section.tasks):
            return list(section.tasks)
    if not workspace.started:
        raise WorkspaceError("No chapter is begun yet: python -m lessons start")
    return workspace.started


def check_and_say(
    desk: Desk,
    workspace: Workspace,
    tasks: Sequence[Task],
    *,
    verbose: bool = False,
    limits: Limits | None = None,
) -> int:
    with desk.out.patience("Still waiting for the tests: an endless loop is ended soon ..."):
        verdicts = check(workspace, tasks, limits or Limits())
    problems = list(dict.fromkeys(each.problem for each in verdicts if each.problem))
    for verdict in verdicts:
        if verdict.mood is not Mood.BLANK:
            desk.record(workspace, verdict)
        say_verdict(desk.out, verdict, verbose, common=len(verdicts) > 1 and len(problems) == 1)
    if len(verdicts) > 1 and len(problems) == 1:
        desk.out.say()
        desk.out.say(problems[0], "red")
    green = sum(verdict.is_green for verdict in verdicts)
    desk.out.say()
    desk.out.say(f"{green} of {len(verdicts)} exercises done.", "bold" if green else "")
    return 0 if green == len(verdicts) else 1


SIGNS = {
    Mood.GREEN: ("✓", "bold green"),
    Mood.RED: ("✗", "bold red"),
    Mood.BLANK: ("·", "yellow"),
    Mood.BROKEN: ("!", "bold red"),
}


def say_verdict(out: Output, verdict: Verdict, verbose: bool, common: bool = False) -> None:
    """What a check says of one exercise. `common`: its problem is everyone's, and said once."""
    task = verdict.task
    sign, style = SIGNS[verdict.mood]
    tests = f"{verdict.passed} of {verdict.total} tests are green"
    if verdict.mood is Mood.BLANK:
        tests = "still blank"
    elif verdict.mood is Mood.BROKEN and not verdict.total:
        tests = "could not be judged"
    if verdict.skipped:
        tests += f" ({verdict.skipped} skipped: what they need is missing here)"
    out.parts((f"{sign} ", style), (task.slug, "bold"), (f"  {task.title}: {tests}", ""))
    if verdict.problem and not common:
        for line in verdict.problem.splitlines():
            out.say(f"    {line}", "red")
    shown = sorted(verdict.failures, key=lambda failure: bool(failure.turn))
    for failure in shown if verbose else shown[:1]:
        say_failure(out, failure, task)
    if not verbose and len(shown) > 1:
        out.say(f"    and {len(shown) - 1} more are red (--verbose shows them)", "dim")
    if verdict.mood in (Mood.RED, Mood.BLANK) or (verdict.problem and not common):
        out.parts(("    read      ", "dim"), (task.place, "cyan"))


def say_failure(out: Output, failure: Failure, task: Task) -> None:
    out.parts(("    a test    ", "dim"), (failure.fact, "italic"))
    if failure.turn and failure.turn.rpartition("/")[2] != task.slug:
        out.parts(
            ("    stops at  ", "dim"), (f"the blank of {failure.turn}: write that one first", "")
        )
        return
    if failure.given:
        out.parts(("    given     ", "dim"), (failure.given, ""))
    if failure.turn:
        out.parts(("    stops at  ", "dim"), ("a body that is still blank", ""))
    else:
        out.parts(("    expected  ", "dim"), (failure.expected, "green"))
        out.parts(("    came      ", "dim"), (failure.came, "red"))
    if failure.where:
        out.parts(("    at        ", "dim"), (failure.where, ""))
    out.parts(("    see       ", "dim"), (failure.test, "dim"))


def check_all(folder: Path, wanted: str | None, desk: Desk) -> int:
    """A table of the workspaces in a folder: one line each, for a class."""
    if not folder.is_dir():
        raise WorkspaceError(f"{folder} is no folder: name the one that holds the workspaces.")
    found = sorted(each for each in folder.iterdir() if (each / HIDDEN / "manifest.json").is_file())
    if not found:
        raise WorkspaceError(f"There is no workspace in {folder}: expected a folder for each.")
    width = max(len(each.name) for each in found)
    for each in found:
        try:
            workspace = Workspace(each, desk.clone)
            tasks = desk.tasks(wanted) if wanted else workspace.started
            verdicts = check(workspace, tasks)
        except WorkspaceError as error:
            desk.out.say(f"{each.name:<{width}}  {str(error).splitlines()[0]}", "red")
            continue
        signs = "".join(SIGNS[verdict.mood][0] for verdict in verdicts)
        green = sum(verdict.is_green for verdict in verdicts)
        not_done = ", ".join(v.task.slug for v in verdicts if not v.is_green)
        desk.out.say(f"{each.name:<{width}}  {signs}  {green}/{len(verdicts)}  {not_done}".rstrip())
    return 0


def do_watch(options: argparse.Namespace, desk: Desk) -> int:
    return watch(desk, options.chapter, threading.Event())


def watch(desk: Desk, wanted: str | None, stop: threading.Event, poll: bool | None = None) -> int:
    """Check now, and again at each save, until Ctrl-C or `stop`."""
    workspace = desk.workspace
    changes = saves(workspace.folder, stop, poll=poll)
    status = 1
    while True:
        before = stamps(workspace.folder)
        try:
            workspace = desk.workspace
            status = check_and_say(desk, workspace, _at(desk, workspace, wanted))
        except WorkspaceError as error:
            desk.out.complain(str(error))
        if stamps(workspace.folder) != before and not stop.is_set():
            continue  # saved while the check ran
        desk.out.say("Waiting for the next save (Ctrl-C ends) ...", "dim")
        if next(changes, None) is None:
            return status


# hint, reset, solution


def do_hint(options: argparse.Namespace, desk: Desk) -> int:
    workspace = desk.workspace
    tasks = _at(desk, workspace, options.chapter)
    task = next((each for each in tasks if not workspace.is_done(each)), None)
    if task is None:
        desk.out.say("There is nothing to hint at: all of that is done.")
        return 0
    if not task.hints:
        desk.out.say(f"{task.slug} has no hints. Its text: {task.place}")
        return 0
    standing = desk.store.standings().get(task.slug, Standing())
    count = min(max(standing.hints, workspace.hints(task)) + 1, len(task.hints))
    desk.store.hint_shown(task, count)
    workspace.note_hints(task, count)
    desk.out.parts((f"{task.slug}, hint {count} of {len(task.hints)}: ", "bold"))
    desk.out.say(task.hints[count - 1])
    if count == len(task.hints):
        desk.out.say(
            f"That was the last. The answer: python -m lessons solution {task.slug}", "dim"
        )
    return 0


def do_reset(options: argparse.Namespace, desk: Desk) -> int:
    workspace = desk.workspace
    if not workspace.is_current:
        raise WorkspaceError(
            "The layers have changed since this workspace was made: run `python -m lessons start`"
            " first, which brings it up to date and keeps what you wrote."
        )
    tasks = _at(desk, workspace, options.chapter)
    report = workspace.reset(tasks)
    for task in tasks:
        desk.store.forgotten(task)
    _say_report(desk, report)
    return 0


def do_solution(options: argparse.Namespace, desk: Desk) -> int:
    """From the learner's definition to the real one, as a unified diff."""
    workspace = desk.workspace
    for task in desk.tasks(options.chapter):
        for each in task.blanks:
            real = definition_text(desk.clone.read(each.file), each.name)
            mine, why = "", ""
            try:
                mine = definition_text(workspace.text(each.file), each.name)
            except OSError:
                why = f"{each.file} is gone from your workspace: all of this is new to it."
            except (BlankingError, UnicodeDecodeError) as error:
                why = f"{error} (So all of it is shown.)"
            if why:
                desk.out.complain(why)
            if mine == real:
                desk.out.say(f"{each}: yours is the real one, letter for letter.")
                continue
            for line in difflib.unified_diff(
                mine.splitlines(), real.splitlines(), f"yours: {each}", f"real: {each}", lineterm=""
            ):
                style = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1], "")
                desk.out.say(line, style)
    return 0


# progress and next


def do_progress(options: argparse.Namespace, desk: Desk) -> int:
    done = desk.done()
    parts: dict[str, list[Task]] = {}
    for section in desk.clone.sections:
        if section.tasks:
            parts.setdefault(section.part or "The round trip", []).extend(section.tasks)
    width = max(map(len, parts), default=0)
    for part, tasks in parts.items():
        count = sum(task.slug in done for task in tasks)
        full = BAR * count // len(tasks)
        desk.out.parts(
            (f"{part:<{width}}  ", "bold"),
            ("█" * full, "green"), ("░" * (BAR - full), "dim"),
            (f"  {count}/{len(tasks)}", ""),
        )  # fmt: skip
    total = sum(map(len, parts.values()))
    desk.out.say(f"{len(done)} of {total} exercises done.")
    return 0


def do_next(options: argparse.Namespace, desk: Desk) -> int:
    section = _next_section(desk)
    if section is None:
        desk.out.say("Every exercise of the book is done.", "bold green")
        return 0
    done = desk.done()
    task = next(task for task in section.tasks if task.slug not in done)
    desk.out.say(f"{task.title} ({task.slug}), in chapter {section.number}: {section.title}")
    desk.out.say(f"  read   {task.place}")
    workspace = desk.workspace_or_none()
    if workspace is None or workspace.state(task) is State.NOT_STARTED:
        desk.out.say(f"  begin  python -m lessons start {section.slug}")
    else:
        for each in task.blanks:
            desk.out.say(f"  write  {workspace.folder / each.file}: {each.name}")
        desk.out.say(f"  then   python -m lessons check {task.slug}")
    return 0


__all__ = ["Desk", "MemoryStore", "add_commands", "run_command"]
