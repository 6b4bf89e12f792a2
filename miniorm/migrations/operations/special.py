"""Steps of one's own: SQL, Python, and a database that is told other things than the state.

Django's page "Migration Operations", "Special Operations"; in Django:
`django.db.migrations.operations.special`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from sqlite3 import complete_statement
from typing import Any

from miniorm.migrations.exceptions import IrreversibleError
from miniorm.migrations.operations.base import Move, Operation, may_migrate
from miniorm.migrations.state import ProjectState


class _Code(Operation):
    """A step that its author wrote out: the way there, and perhaps the way back."""

    written: tuple[str, str]  # the attributes that have them
    hints: Mapping[str, Any] | None

    def run(self, code: Any, schema_editor: Any, state: ProjectState) -> None:
        raise NotImplementedError

    @property
    def reversible(self) -> bool:  # type: ignore[override]
        return getattr(self, self.written[1]) is not None

    def take(self, move: Move) -> None:
        code = getattr(self, self.written[move.backwards])
        if code is None:
            raise IrreversibleError(f"This {type(self).__name__} has no {self.written[1]}.")
        if may_migrate(move.editor.connection.alias, move.app_label, **(self.hints or {})):
            self.run(code, move.editor, move.before)
            move.editor.settle()


@dataclass(eq=False, repr=False)
class RunSQL(_Code):
    """Run SQL: a text of one or more statements, or a list of them with their parameters."""

    sql: Any
    reverse_sql: Any = None
    state_operations: Sequence[Operation] | None = None
    hints: Mapping[str, Any] | None = None
    elidable: bool = False

    noop = ""
    written = ("sql", "reverse_sql")
    told = "Raw SQL operation"

    def state_forwards(self, app_label: str, state: ProjectState) -> ProjectState:
        return state_after(self.state_operations or (), app_label, state)

    def run(self, code: Any, schema_editor: Any, state: ProjectState) -> None:
        for each in statements(code) if isinstance(code, str) else code:
            sql, params = each if isinstance(each, list | tuple) else (each, None)
            schema_editor.execute(sql, params)


def statements(sql: str) -> list[str]:
    """The statements of a text; semicolons in quotes and comments do not end one."""
    found, current = [], ""
    for piece in sql.split(";"):
        current += piece
        # SQLite's own idea of a whole statement knows quotes, comments and triggers.
        if complete_statement(current + ";"):
            found.append(current.strip())
            current = ""
        else:
            current += ";"
    found.append(current.strip().rstrip(";"))
    return [each for each in found if _says_something(each)]


def _says_something(sql: str) -> bool:
    return any(line.strip() and not line.strip().startswith("--") for line in sql.splitlines())


def noop(apps: Any, schema_editor: Any) -> None:
    """For RunPython, where one way nothing is to be done."""


@dataclass(eq=False, repr=False)
class RunPython(_Code):
    """Call `code(apps, schema_editor)`, where `apps.get_model()` gives the models of then."""

    code: Callable[[Any, Any], None]
    reverse_code: Callable[[Any, Any], None] | None = None
    atomic: bool | None = None
    hints: Mapping[str, Any] | None = None
    elidable: bool = False

    reduces_to_sql = False
    noop = staticmethod(noop)
    written = ("code", "reverse_code")
    told = "Raw Python operation"

    def __post_init__(self) -> None:
        if not callable(self.code) or not (
            self.reverse_code is None or callable(self.reverse_code)
        ):
            raise ValueError("RunPython must be supplied with callables.")

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Python changes rows, not models."""

    def run(self, code: Any, schema_editor: Any, state: ProjectState) -> None:
        code(state.apps, schema_editor)


@dataclass(eq=False, repr=False)
class SeparateDatabaseAndState(Operation):
    """Do one thing to the database and tell the state another."""

    database_operations: Any = None
    state_operations: Any = None

    told = "Custom state/database change combination"

    def __post_init__(self) -> None:
        self.database_operations = list(self.database_operations or ())
        self.state_operations = list(self.state_operations or ())

    def state_forwards(self, app_label: str, state: ProjectState) -> ProjectState:
        return state_after(self.state_operations, app_label, state)

    def take(self, move: Move) -> None:
        first = move.after if move.backwards else move.before
        taken = steps(self.database_operations, move.app_label, first)
        for operation, before, after in reversed(taken) if move.backwards else taken:
            if move.backwards:
                operation.database_backwards(move.app_label, move.editor, after, before)
            else:
                operation.database_forwards(move.app_label, move.editor, before, after)


def steps(
    operations: Sequence[Operation], app_label: str, state: ProjectState
) -> list[tuple[Operation, ProjectState, ProjectState]]:
    """Each of these operations with the states before and after it."""
    found = []
    for operation in operations:
        after = operation.state_forwards(app_label, state) or state
        found.append((operation, state, after))
        state = after
    return found


def state_after(
    operations: Sequence[Operation], app_label: str, state: ProjectState
) -> ProjectState:
    """The state after these steps."""
    for operation in operations:
        state = operation.state_forwards(app_label, state) or state
    return state
