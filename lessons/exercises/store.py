"""Progress written down: in the database where there is one, and nowhere where there is none.

An exercise can be taken, checked and finished without a database; the learner is told once
that nothing is written down, and the workspace itself still knows what is done.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from lessons.exercises.catalogue import Task
from lessons.exercises.judging import Verdict


@dataclass
class Standing:
    """What is known of one exercise."""

    passed: int = 0
    total: int = 0
    attempts: int = 0
    hints: int = 0
    done: bool = False


class Store(Protocol):
    problem: str
    """Why nothing is written down; "" where it is."""

    def standings(self) -> dict[str, Standing]: ...
    def started(self, task: Task) -> None: ...
    def checked(self, verdict: Verdict) -> None: ...
    def finished(self, task: Task) -> None: ...
    def hint_shown(self, task: Task, count: int) -> None: ...
    def forgotten(self, task: Task) -> None: ...


class MemoryStore:
    """For as long as one command takes."""

    def __init__(self, problem: str = "") -> None:
        self.problem = problem
        self._standings: dict[str, Standing] = {}

    def standings(self) -> dict[str, Standing]:
        return self._standings

    def _of(self, task: Task) -> Standing:
        return self._standings.setdefault(task.slug, Standing())

    def started(self, task: Task) -> None:
        self._of(task)

    def checked(self, verdict: Verdict) -> None:
        standing = self._of(verdict.task)
        standing.passed, standing.total = verdict.passed, verdict.total
        standing.attempts += 1
        standing.done = verdict.is_green

    def finished(self, task: Task) -> None:
        self._of(task).done = True

    def hint_shown(self, task: Task, count: int) -> None:
        self._of(task).hints = count

    def forgotten(self, task: Task) -> None:
        standing = self._of(task)
        standing.done, standing.passed, standing.hints = False, 0, 0


class DatabaseStore:
    """In the tables of `lessons.exercises.models`.

    A database that stops answering, or that may only be read, is noticed at the first
    write: from there on it goes as without one, and `problem` says why.
    """

    def __init__(self) -> None:
        from lessons.database import bring_up_to_date
        from lessons.exercises.models import Attempt, Progress

        self.problem = ""
        self.Progress, self.Attempt = Progress, Attempt
        try:
            Progress.objects.count()
        except _database_errors():
            bring_up_to_date()

    def standings(self) -> dict[str, Standing]:
        with self._noticing():
            return {
                row.exercise: Standing(row.passed, row.total, row.attempts, row.hints, row.is_done)
                for row in self.Progress.objects.all()
            }
        return {}

    def started(self, task: Task) -> None:
        with self._noticing():
            self._row(task)

    def checked(self, verdict: Verdict) -> None:
        from miniorm import transaction

        with self._noticing(), transaction.atomic():
            row = self._row(verdict.task)
            row.passed, row.total = verdict.passed, verdict.total
            row.attempts += 1
            if not verdict.is_green:
                row.done_at = None
            elif row.done_at is None:
                row.done_at = self._now()
            self._save(row)
            self.Attempt.objects.create(
                progress=row, mood=verdict.mood.value, passed=verdict.passed,
                total=verdict.total, seconds=verdict.seconds,
            )  # fmt: skip

    def finished(self, task: Task) -> None:
        with self._noticing():
            row = self._row(task)
            row.done_at = row.done_at or self._now()
            self._save(row)

    def hint_shown(self, task: Task, count: int) -> None:
        with self._noticing():
            row = self._row(task)
            row.hints = count
            self._save(row)

    def forgotten(self, task: Task) -> None:
        with self._noticing():
            row = self._row(task)
            row.done_at, row.passed, row.hints = None, 0, 0
            self._save(row)

    def _row(self, task: Task) -> Any:
        now = self._now()
        found, _ = self.Progress.objects.get_or_create(
            exercise=task.slug,
            defaults={"chapter": task.chapter, "started_at": now, "changed_at": now},
        )
        return found

    def _save(self, row: Any) -> None:
        row.changed_at = self._now()
        row.save()

    @staticmethod
    def _now() -> Any:
        from miniframework.utils import timezone

        return timezone.now()

    @contextmanager
    def _noticing(self) -> Iterator[None]:
        try:
            yield
        except _database_errors() as error:
            self.problem = self.problem or unwritten(error)


def _database_errors() -> tuple[type[Exception], ...]:
    from miniorm.errors import Error

    return (Error, OSError)


def unwritten(error: BaseException) -> str:
    first = str(error).strip().partition("\n")[0] or type(error).__name__
    return f"Your progress is not written down, for the database cannot be used: {first}"


@contextmanager
def open_store(which: str) -> Iterator[Store]:
    """The store in the database of that name or URL; one in memory where it cannot be had."""
    from lessons.database import database
    from lessons.site import set_up

    try:
        manager = database(which)
        manager.__enter__()
    except Exception as error:  # whatever a database, its driver or its settings may raise
        yield MemoryStore(unwritten(error))
        return
    try:
        store: Store
        try:
            set_up()
            store = DatabaseStore()
        except Exception as error:
            store = MemoryStore(unwritten(error))
        yield store
    finally:
        import miniorm

        miniorm.connections.close_all()
        manager.__exit__(None, None, None)
