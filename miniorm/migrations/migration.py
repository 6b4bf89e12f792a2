"""One migration: what it needs, and the steps it is made of.

In Django: `django.db.migrations.migration`.
"""

import re
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

from miniorm.migrations.exceptions import IrreversibleError
from miniorm.migrations.operations.base import Operation
from miniorm.migrations.operations.special import state_after, steps
from miniorm.migrations.state import ProjectState
from miniorm.transaction import atomic

Name = tuple[str, str]  # app label, name: ("polls", "0001_initial")
NAME_LIMIT = 52  # characters of a name that is put together


class Migration:
    """The base of the class `Migration` in each file; one instance is made of it."""

    operations: Sequence[Operation] = ()
    dependencies: Sequence[Name] = ()
    run_before: Sequence[Name] = ()
    initial: bool | None = None
    atomic = True  # all of it in one transaction

    def __init__(self, name: str, app_label: str) -> None:
        self.name = name
        self.app_label = app_label
        self.operations = list(type(self).operations)
        self.dependencies = list(type(self).dependencies)
        self.run_before = list(type(self).run_before)

    @property
    def key(self) -> Name:
        return self.app_label, self.name

    def __str__(self) -> str:
        return f"{self.app_label}.{self.name}"

    def __repr__(self) -> str:
        return f"<Migration {self}>"

    def mutate_state(self, state: ProjectState) -> ProjectState:
        """The state after this migration."""
        return state_after(self.operations, self.app_label, state)

    def apply(self, state: ProjectState, schema_editor: Any) -> ProjectState:
        """Take each step, in the database and in the state; the state after it."""
        for operation, before, after in steps(self.operations, self.app_label, state):
            if self._announced(operation, schema_editor):
                with self._own_transaction(operation, schema_editor):
                    operation.database_forwards(self.app_label, schema_editor, before, after)
            state = after
        return state

    def unapply(self, state: ProjectState, schema_editor: Any) -> None:
        """Undo the steps, the last one first; `state` is the one before this migration."""
        for operation in self.operations:
            if not operation.reversible:
                raise IrreversibleError(f"{self} cannot be undone: {operation.describe()}.")
        for operation, before, after in reversed(steps(self.operations, self.app_label, state)):
            if self._announced(operation, schema_editor):
                with self._own_transaction(operation, schema_editor):
                    operation.database_backwards(self.app_label, schema_editor, after, before)

    def _announced(self, operation: Operation, schema_editor: Any) -> bool:
        """Write a comment into collected SQL; whether the step can be run or collected."""
        if not schema_editor.collect_sql:
            return True
        schema_editor.collected_sql += ["--", f"-- {operation.describe()}", "--"]
        if not operation.reduces_to_sql:
            schema_editor.collected_sql.append("-- This step cannot be written as SQL.")
        return operation.reduces_to_sql

    def _own_transaction(self, operation: Operation, schema_editor: Any) -> Any:
        """A transaction for one step, where the migration as a whole is none."""
        own = operation.atomic and not self.atomic and not schema_editor.collect_sql
        return atomic(schema_editor.connection.alias) if own else nullcontext()

    def suggest_name(self) -> str:
        """A name that tells what is in it: "question_votes"; without its number."""
        if self.initial:
            return "initial"
        fragments = [each.migration_name_fragment for each in self.operations]
        parts = [re.sub(r"\W+", "_", each) for each in fragments if each]
        if not parts or len(parts) != len(self.operations):
            return "changes" if self.operations else "empty"
        name = parts[0]
        for part in parts[1:]:
            longer = f"{name}_{part}"
            if len(longer) > NAME_LIMIT:
                return f"{name}_and_more"
            name = longer
        return name
