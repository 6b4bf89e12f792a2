"""Steps of one's own: SQL, Python, and a database that is told other things than the state.

Django's page "Migration Operations", "Special Operations"; in Django:
`django.db.migrations.operations.special`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from miniorm.migrations.exceptions import IrreversibleError
from miniorm.migrations.operations.base import Operation, may_migrate
from miniorm.migrations.state import ProjectState

NOOP_SQL = ""


class RunSQL(Operation):
    """Run SQL: a text of one or more statements, or a list of them with their parameters."""

    noop = NOOP_SQL

    def __init__(
        self,
        sql: Any,
        reverse_sql: Any = None,
        state_operations: Sequence[Operation] | None = None,
        hints: Mapping[str, Any] | None = None,
        elidable: bool = False,
    ) -> None:
        self.sql = sql
        self.reverse_sql = reverse_sql
        self.state_operations = list(state_operations or ())
        self.hints = dict(hints or {})
        self.elidable = elidable

    usual = {"state_operations": [], "hints": {}}

    @property
    def reversible(self) -> bool:  # type: ignore[override]
        return self.reverse_sql is not None

    def state_forwards(self, app_label: str, state: ProjectState) -> ProjectState:
        return state_after(self.state_operations, app_label, state)

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        if may_migrate(schema_editor.connection.alias, app_label, **self.hints):
            self._run(schema_editor, self.sql)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        if self.reverse_sql is None:
            raise IrreversibleError("This RunSQL has no reverse_sql.")
        if may_migrate(schema_editor.connection.alias, app_label, **self.hints):
            self._run(schema_editor, self.reverse_sql)

    def _run(self, schema_editor: Any, sqls: Any) -> None:
        if isinstance(sqls, str):
            for statement in statements(sqls):
                schema_editor.execute(statement)
        else:
            for each in sqls:
                sql, params = each if isinstance(each, list | tuple) else (each, None)
                schema_editor.execute(sql, params)
        schema_editor.settle()

    def describe(self) -> str:
        return "Raw SQL operation"


def statements(sql: str) -> list[str]:
    """The statements of a text; semicolons in quotes and comments do not end one."""
    from sqlite3 import complete_statement

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


class RunPython(Operation):
    """Call `code(apps, schema_editor)`, where `apps.get_model()` gives the models of then."""

    reduces_to_sql = False
    noop = staticmethod(noop)

    def __init__(
        self,
        code: Callable[[Any, Any], None],
        reverse_code: Callable[[Any, Any], None] | None = None,
        atomic: bool | None = None,
        hints: Mapping[str, Any] | None = None,
        elidable: bool = False,
    ) -> None:
        if not callable(code) or not (reverse_code is None or callable(reverse_code)):
            raise ValueError("RunPython must be supplied with callables.")
        self.code = code
        self.reverse_code = reverse_code
        self.atomic = atomic  # type: ignore[assignment]
        self.hints = dict(hints or {})
        self.elidable = elidable

    usual = {"hints": {}}

    @property
    def reversible(self) -> bool:  # type: ignore[override]
        return self.reverse_code is not None

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Python changes rows, not models."""

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        self._call(self.code, app_label, schema_editor, from_state)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        if self.reverse_code is None:
            raise IrreversibleError("This RunPython has no reverse_code.")
        self._call(self.reverse_code, app_label, schema_editor, from_state)

    def _call(
        self, code: Callable[[Any, Any], None], app_label: str, editor: Any, state: ProjectState
    ) -> None:
        if may_migrate(editor.connection.alias, app_label, **self.hints):
            code(state.apps, editor)
            editor.settle()

    def describe(self) -> str:
        return "Raw Python operation"


class SeparateDatabaseAndState(Operation):
    """Do one thing to the database and tell the state another."""

    def __init__(
        self,
        database_operations: Sequence[Operation] | None = None,
        state_operations: Sequence[Operation] | None = None,
    ) -> None:
        self.database_operations = list(database_operations or ())
        self.state_operations = list(state_operations or ())

    usual = {"database_operations": [], "state_operations": []}

    def state_forwards(self, app_label: str, state: ProjectState) -> ProjectState:
        return state_after(self.state_operations, app_label, state)

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        for operation in self.database_operations:
            after = state_after([operation], app_label, from_state)
            operation.database_forwards(app_label, schema_editor, from_state, after)
            from_state = after

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        states = [to_state]
        for operation in self.database_operations:
            states.append(state_after([operation], app_label, states[-1]))
        for index in range(len(self.database_operations) - 1, -1, -1):
            operation = self.database_operations[index]
            operation.database_backwards(app_label, schema_editor, states[index + 1], states[index])

    def describe(self) -> str:
        return "Custom state/database change combination"


def state_after(
    operations: Sequence[Operation], app_label: str, state: ProjectState
) -> ProjectState:
    """The state after these steps."""
    for operation in operations:
        state = operation.state_forwards(app_label, state) or state
    return state
