"""The learner's folder: a copy of the layers, with blanks where there is something to write.

    workspace/httpserver ... templating     the copy; edit it
    workspace/backups/TIME-REASON/          what was there before a reset or a second start
    workspace/.glasstack/manifest.json      what was copied, and which exercises are begun
    workspace/.glasstack/original/          the layers as they were when copied

The one rule: what a learner wrote is never lost. Before a file of theirs is replaced it is
copied to `backups`, and whoever asked is told where.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any

from lessons.exercises.blanking import (
    BlankingError,
    Pointer,
    blank,
    body_texts,
    check_syntax,
    is_blank,
)
from lessons.exercises.carrying import carry, with_blanks
from lessons.exercises.catalogue import Blank, Clone, Section, Task, read

FORMAT = 1
HIDDEN = ".glasstack"
BACKUPS = "backups"


class WorkspaceError(Exception):
    """What the learner asked for cannot be done; the message says what to do instead."""


class State(Enum):
    """How far an exercise is, as its text tells."""

    NOT_STARTED = "not started"
    BLANK = "blank"  # nothing written yet
    PARTLY = "partly written"  # of several bodies, some
    WRITTEN = "written"  # whether it is right, a check says
    MISSING = "missing"  # the file or the definition is gone
    UNREADABLE = "unreadable"  # the file does not parse


@dataclass
class Report:
    """What `start` or `reset` did, for the command to say."""

    folder: Path
    made: bool = False
    blanked: list[Task] = field(default_factory=list)
    kept: list[Task] = field(default_factory=list)
    restored: list[str] = field(default_factory=list)
    backup: Path | None = None
    upgraded: bool = False
    carried: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


class Workspace:
    def __init__(self, folder: Path, clone: Clone) -> None:
        self.folder = folder
        self.clone = clone
        self.manifest = self._read_manifest()

    # What is there

    @property
    def started(self) -> list[Task]:
        """The exercises that are begun, in the order of the book."""
        return [task for slug, task in self.clone.tasks.items() if slug in self._entries]

    @property
    def sections(self) -> list[Section]:
        """The chapters of which an exercise is begun."""
        return [
            each
            for each in self.clone.sections
            if any(task.slug in self._entries for task in each.tasks)
        ]

    @property
    def is_current(self) -> bool:
        """Was it copied from the layers as they are now?"""
        return bool(self.manifest["files"] == hashes(self.clone))

    def text(self, file: str) -> str:
        return read(self.folder / file)

    def state(self, task: Task) -> State:
        if task.slug not in self._entries:
            return State.NOT_STARTED
        blanks = []
        for each in task.blanks:
            try:
                source = self.text(each.file)
                check_syntax(source, each.file)
                blanks.append(is_blank(source, each.name))
            except OSError:
                return State.MISSING
            except UnicodeDecodeError:
                return State.UNREADABLE
            except BlankingError as error:
                return State.UNREADABLE if hasattr(error, "line") else State.MISSING
        if all(blanks):
            return State.BLANK
        return State.PARTLY if any(blanks) else State.WRITTEN

    def problems(self) -> list[str]:
        """A sentence for each file that is gone or is not Python (yet)."""
        found = [
            f"{name} is gone from {self.folder}."
            f" `python -m lessons start` brings it back, blank where it was."
            for name in self.gone()
        ]
        for file, before in self.manifest["files"].items():
            path = self.folder / file
            try:
                # To parse all of them takes longer than most tests: what is as it came, is Python.
                if file.endswith(".py") and file_hash(path) != before:
                    check_syntax(read(path), file)
            except FileNotFoundError:
                continue  # said above
            except OSError as error:
                found.append(f"{file} cannot be read: {error.strerror}.")
            except UnicodeDecodeError as error:
                found.append(f"{file} is not UTF-8 text (byte {error.start}): save it as UTF-8.")
            except BlankingError as error:
                found.append(str(error))
        return found

    def gone(self) -> list[str]:
        """The files that were deleted; of a folder that was, only the folder."""
        names = []
        for file in self.manifest["files"]:
            if (self.folder / file).exists():
                continue
            folders = [each for each in Path(file).parents if not (self.folder / each).exists()]
            names.append(f"{folders[-1].as_posix()}/" if folders else file)
        return list(dict.fromkeys(names))

    def digest(self, task: Task) -> str:
        """Of what the learner wrote for an exercise; "" where it cannot be read."""
        digest = hashlib.sha256()
        try:
            for each in task.blanks:
                digest.update("\0".join(body_texts(self.text(each.file), each.name)).encode())
        except (OSError, UnicodeDecodeError, BlankingError):
            return ""
        return digest.hexdigest()

    def is_done(self, task: Task) -> bool:
        """Was it green, and has its text not changed since?"""
        done = self._entries.get(task.slug, {}).get("done")
        return bool(done) and done == self.digest(task)

    def was_done(self, task: Task) -> bool:
        """Was it green once?"""
        return bool(self._entries.get(task.slug, {}).get("done"))

    def mark(self, task: Task, done: bool) -> None:
        """Remember what a check said. A folder that cannot be written forgets."""
        entry = self._entries.get(task.slug)
        if entry is None:
            return
        value = self.digest(task) if done else None
        if entry.get("done") != value:
            entry["done"] = value
            try:
                self._write_manifest()
            except WorkspaceError:
                pass

    def hints(self, task: Task) -> int:
        """How many hints were shown."""
        return int(self._entries.get(task.slug, {}).get("hints", 0))

    def note_hints(self, task: Task, count: int) -> None:
        if task.slug in self._entries:
            self._entries[task.slug]["hints"] = count
            try:
                self._write_manifest()
            except WorkspaceError:
                pass

    # What changes it

    def begin(self, sections: Sequence[Section], report: Report, *, anew: bool = True) -> Report:
        """Blank the exercises of these chapters; what is done stays.

        One that was begun before is blanked again, after a backup, unless `anew` is False.
        """
        with self._writing():
            if not self.is_current:
                self._upgrade(report)
            self._restore(report)
            tasks = [task for each in sections for task in each.tasks]
            again = [task for task in tasks if task.slug in self._entries]
            report.kept += [task for task in again if self.is_done(task)]
            fresh = [task for task in tasks if task.slug not in self._entries]
            redo = [
                task
                for task in again
                if anew and task not in report.kept and self.state(task) != State.BLANK
            ]
            if redo and not report.upgraded:
                report.backup = self._backup(_files(redo), "start")
            self._blank([*fresh, *([] if report.upgraded else redo)], report)
        return report

    def reset(self, tasks: Sequence[Task]) -> Report:
        """Blank these exercises again, whatever is written there; a backup is kept."""
        report = Report(self.folder)
        with self._writing():
            report.backup = self._backup(_files(tasks), "reset")
            self._restore(report)
            self._blank(tasks, report)
        return report

    def _blank(self, tasks: Sequence[Task], report: Report) -> None:
        texts: dict[str, str] = {}
        for task in tasks:
            for each in task.blanks:
                texts[each.file] = self._blanked(each, task, texts, tasks, report)
        for file, text in texts.items():
            _write(self.folder / file, text)
        now = datetime.now().isoformat(timespec="seconds")
        for task in tasks:
            self._entries[task.slug] = {"chapter": task.chapter, "started": now, "done": None}
        report.blanked += tasks
        self._write_manifest()

    def _blanked(
        self, each: Blank, task: Task, texts: dict[str, str], tasks: Sequence[Task], report: Report
    ) -> str:
        if each.file in texts:
            source = texts[each.file]
        else:
            source = self.text(each.file)
        try:
            check_syntax(source, each.file)
        except BlankingError:
            if report.backup is None:
                raise
            # Nothing in it can be told apart: the whole file begins anew.
            report.lost.append(each.file)
            return with_blanks(self._original(each.file), self._blanks(each.file, tasks))
        try:
            return blank(source, each.name, task.pointer)
        except BlankingError:
            # The definition itself is gone or has another name: from the original, then.
            names = [
                blank.name for task in tasks for blank in task.blanks if blank.file == each.file
            ]
            original = self._original(each.file)
            carried = carry(source, original, original, self._blanks(each.file, tasks), names)
            return carried.text

    def _upgrade(self, report: Report) -> None:
        """Copy the layers anew, and carry what the learner wrote into them."""
        old = dict(self.manifest["files"])
        changed = [file for file in old if self._is_edited(file)]
        report.backup = self._backup(changed, "upgrade") if changed else None
        report.upgraded = True
        texts: dict[str, str] = {}
        new = hashes(self.clone)
        for slug in [slug for slug in self._entries if slug not in self.clone.tasks]:
            del self._entries[slug]
        for file in new:
            source = self.clone.read(file) if file.endswith(".py") else ""
            if not source:
                continue
            if file not in changed:
                texts[file] = with_blanks(source, self._blanks(file))
                continue
            try:
                carried = carry(self.text(file), self._original(file), source, self._blanks(file))
            except (BlankingError, OSError, UnicodeDecodeError):
                report.lost.append(file)
                texts[file] = with_blanks(source, self._blanks(file))
            else:
                texts[file] = carried.text
                report.carried += [f"{file}:{name}" for name in carried.kept]
                report.lost += [f"{file}:{name}" for name in carried.lost]
        report.lost += [file for file in changed if file not in new]
        for file in [file for file in old if file not in new]:
            (self.folder / file).unlink(missing_ok=True)
        self._copy(new, texts)
        for entry in self._entries.values():
            entry["done"] = None  # green in the old layers: to be checked in these
        self.manifest["files"] = new
        self._write_manifest()

    def _is_edited(self, file: str) -> bool:
        """Did the learner write in it? A file that is gone was not written in."""
        try:
            mine = (self.folder / file).read_bytes()
            original = self._original_path(file).read_bytes()
        except OSError:
            return (self.folder / file).is_file()
        if mine == original:
            return False
        try:
            return mine.decode("utf-8") != with_blanks(original.decode("utf-8"), self._blanks(file))
        except (UnicodeDecodeError, BlankingError):
            return True

    def _restore(self, report: Report) -> None:
        """Bring back what was deleted."""
        report.restored += self.gone()
        for file in self.manifest["files"]:
            if not (self.folder / file).exists():
                self._put(file, with_blanks_if_python(file, self, self._blanks(file)))

    def _blanks(self, file: str, more: Iterable[Task] = ()) -> list[tuple[str, Pointer]]:
        tasks = {task.slug: task for task in [*self.started, *more]}
        return [
            (each.name, task.pointer)
            for task in tasks.values()
            for each in task.blanks
            if each.file == file
        ]

    # Files

    def _original_path(self, file: str) -> Path:
        return self.folder / HIDDEN / "original" / file

    def _original(self, file: str) -> str:
        path = self._original_path(file)
        return read(path) if path.is_file() else self.clone.read(file)

    def _copy(self, files: Iterable[str], texts: dict[str, str]) -> None:
        for file in files:
            content = (self.clone.root / file).read_bytes()
            _write(self._original_path(file), content)
            _write(self.folder / file, texts.get(file, content))

    def _put(self, file: str, content: str | bytes) -> None:
        _write(self.folder / file, content)

    def _backup(self, files: Iterable[str], why: str) -> Path | None:
        """Copy what is there of these files; the folder they went to."""
        there = [file for file in files if (self.folder / file).is_file()]
        if not there:
            return None
        stamp = f"{datetime.now():%Y%m%d-%H%M%S}-{why}"
        target, count = self.folder / BACKUPS / stamp, 1
        while target.exists():
            count += 1
            target = self.folder / BACKUPS / f"{stamp}-{count}"
        for file in there:
            _write(target / file, (self.folder / file).read_bytes())
        self.manifest["backups"].append(target.relative_to(self.folder).as_posix())
        return target

    @property
    def _entries(self) -> dict[str, dict[str, Any]]:
        entries: dict[str, dict[str, Any]] = self.manifest["exercises"]
        return entries

    def _read_manifest(self) -> dict[str, Any]:
        path = self.folder / HIDDEN / "manifest.json"
        try:
            manifest = json.loads(path.read_text("utf-8"))
            if manifest["format"] != FORMAT:
                raise WorkspaceError(
                    f"{self.folder} was made by another version of glasstack, whose notes this one"
                    " cannot read. Start in another folder: python -m lessons start CHAPTER DIR"
                )
            if not isinstance(manifest["files"], dict) or not isinstance(
                manifest["exercises"], dict
            ):
                raise ValueError("not a manifest")
            manifest.setdefault("backups", [])
        except (FileNotFoundError, NotADirectoryError):
            raise WorkspaceError(
                f"There is no workspace in {self.folder} yet."
                " `python -m lessons start` makes one, with the next chapter's functions blank."
            ) from None
        except OSError as error:
            raise WorkspaceError(f"{path} cannot be read: {error.strerror}.") from None
        except (ValueError, KeyError, TypeError):
            raise WorkspaceError(
                f"{path} is damaged, so nobody knows what is whose. Your files are untouched:"
                " move the folder away, `start` again, and copy your functions over."
            ) from None
        found: dict[str, Any] = manifest
        return found

    def _write_manifest(self) -> None:
        write_manifest(self.folder, self.manifest)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise _cannot_write(self.folder, error) from None
        except BlankingError as error:
            raise WorkspaceError(
                f"{error}\nMend it first, or `python -m lessons reset` the exercise:"
                " a backup is kept."
            ) from None


def start(clone: Clone, folder: Path, sections: Sequence[Section], *, anew: bool = True) -> Report:
    """Make the workspace, or extend the one that is there, by these chapters."""
    if not clone.is_whole:
        raise WorkspaceError(
            "Exercises need a clone of glasstack, with the tests that judge them: an installed"
            " package has none. Clone the repository, and run `python -m lessons start` in it."
        )
    report = Report(folder)
    if not (folder / HIDDEN / "manifest.json").exists():
        if folder.is_file():
            raise WorkspaceError(
                f"{folder} is a file, not a folder. Name an empty or a new folder:"
                " python -m lessons start CHAPTER DIR"
            )
        try:
            if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
                raise WorkspaceError(
                    f"{folder} has something else in it, which shall not be overwritten. Name an"
                    " empty or a new folder: python -m lessons start CHAPTER DIR"
                )
            _make(clone, folder)
        except OSError as error:
            raise _cannot_write(folder, error) from None
        report.made = True
    return Workspace(folder, clone).begin(sections, report, anew=anew)


def _make(clone: Clone, folder: Path) -> None:
    files = hashes(clone)
    # First of all, so that a copy that was interrupted is taken up by the next `start`.
    write_manifest(folder, {"format": FORMAT, "files": files, "exercises": {}, "backups": []})
    for file in files:
        content = (clone.root / file).read_bytes()
        _write(folder / HIDDEN / "original" / file, content)
        _write(folder / file, content)


def with_blanks_if_python(
    file: str, workspace: Workspace, blanks: list[tuple[str, Pointer]]
) -> str | bytes:
    path = workspace._original_path(file)
    content = (path if path.is_file() else workspace.clone.root / file).read_bytes()
    return with_blanks(content.decode("utf-8"), blanks) if blanks else content


def hashes(clone: Clone) -> dict[str, str]:
    """The version of the layers: a hash for each file."""
    return {file: file_hash(clone.root / file) for file in clone.files()}


def file_hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    try:
        _write(folder / HIDDEN / "manifest.json", json.dumps(manifest, indent=1) + "\n")
    except OSError as error:
        raise _cannot_write(folder, error) from None


def _write(path: Path, content: str | bytes) -> None:
    """All of it or nothing: a full disk must not leave half of a learner's file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content.encode("utf-8") if isinstance(content, str) else content)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _files(tasks: Iterable[Task]) -> list[str]:
    return list(dict.fromkeys(each.file for task in tasks for each in task.blanks))


def _cannot_write(folder: Path, error: OSError) -> WorkspaceError:
    return WorkspaceError(
        f"{folder} cannot be written ({error.strerror or error}). Make it writable, or name"
        " another folder: python -m lessons start CHAPTER DIR"
    )
