"""Migrations applied to a database, and undone.

The history is played again in memory to know the models before each step; what the database
lacks is done on the way. Each migration is one transaction, and its entry in the record is
part of it: a migration is there whole, and known to be, or not at all.

In Django: `django.db.migrations.executor`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from miniorm.migrations.loader import MigrationLoader
from miniorm.migrations.migration import Migration, Name
from miniorm.migrations.operations import CreateModel
from miniorm.migrations.recorder import MigrationRecorder
from miniorm.migrations.state import ProjectState

Progress = Callable[[str, Migration, bool], None]  # "apply" or "unapply", and whether faked


class PlannedMigration(NamedTuple):
    """One step of the plan."""

    migration: Migration
    backwards: bool


def _silent(action: str, migration: Migration, fake: bool) -> None:
    pass


class MigrationExecutor:
    """Brings one database to the migrations that are wanted."""

    def __init__(
        self,
        connection: Any,
        progress: Progress | None = None,
        modules: Mapping[str, str] | None = None,
    ) -> None:
        self.connection = connection
        self.loader = MigrationLoader(connection, modules)
        self.recorder = MigrationRecorder(connection)
        self.progress = progress or _silent

    def migration_plan(
        self, targets: Sequence[tuple[str, str | None]] | None = None
    ) -> list[PlannedMigration]:
        """What is to be done to come to these migrations (None: to the last of each app).

        A target (app, None) undoes all of the app; one that is applied already undoes what
        came after it.
        """
        graph, applied = self.loader.graph, set(self.loader.applied)
        plan: list[PlannedMigration] = []
        for app_label, name in graph.leaf_nodes() if targets is None else targets:
            if name is None:
                undone = [key for root in graph.root_nodes(app_label)
                          for key in graph.backwards_order(root)]  # fmt: skip
            elif targets is not None and (app_label, name) in applied:
                later = sorted(each for each in graph.children[app_label, name]
                               if each[0] == app_label)  # fmt: skip
                undone = [key for child in later for key in graph.backwards_order(child)]
            else:
                for key in graph.order([(app_label, name)]):
                    if key not in applied:
                        plan.append(PlannedMigration(graph.nodes[key], False))
                        applied.add(key)
                continue
            for key in dict.fromkeys(undone):
                if key in applied:
                    plan.append(PlannedMigration(graph.nodes[key], True))
                    applied.discard(key)
        return plan

    def migrate(
        self,
        targets: Sequence[tuple[str, str | None]] | None = None,
        plan: Sequence[PlannedMigration] | None = None,
        fake: bool = False,
        fake_initial: bool = False,
    ) -> ProjectState:
        """Carry out the plan; the state after it. With `fake` only the record changes."""
        plan = self.migration_plan(targets) if plan is None else plan
        self.recorder.ensure_schema()
        for step in plan:
            if step.backwards:
                self._unapply(step.migration, fake)
        wanted = {step.migration.key for step in plan if not step.backwards}
        state = self.loader.base_state()
        for key in self.loader.graph.order():
            migration = self.loader.graph.nodes[key]
            if key in wanted:
                state = self._apply(migration, state, fake, fake_initial)
            elif key in self.loader.applied:
                state = migration.mutate_state(state)
        return state

    def _apply(
        self, migration: Migration, state: ProjectState, fake: bool, fake_initial: bool
    ) -> ProjectState:
        after = migration.mutate_state(state)
        if not fake and fake_initial:
            fake = self.tables_are_there(migration, after)
        self.progress("apply_start", migration, fake)
        with self.connection.schema_editor(atomic=migration.atomic) as editor:
            lock = self.connection.ops.schema_lock_sql()
            if lock and migration.atomic:
                self.connection.execute(lock)
            # Another process may have been quicker while this one waited for its turn.
            if not self.recorder.is_applied(migration.key):
                if not fake:
                    migration.apply(state, editor)
                self.recorder.record_applied(migration.key)
                editor.settle()
        self.loader.applied.add(migration.key)
        self.progress("apply_success", migration, fake)
        return after

    def _unapply(self, migration: Migration, fake: bool) -> None:
        self.progress("unapply_start", migration, fake)
        before = self._state_before(migration)
        with self.connection.schema_editor(atomic=migration.atomic) as editor:
            if not fake:
                migration.unapply(before, editor)
            self.recorder.record_unapplied(migration.key)
            editor.settle()
        self.loader.applied.discard(migration.key)
        self.progress("unapply_success", migration, fake)

    def _state_before(self, migration: Migration) -> ProjectState:
        """The state of the database without this migration, with all others it has had."""
        state = self.loader.base_state()
        for key in self.loader.graph.order():
            if key in self.loader.applied and key != migration.key:
                state = self.loader.graph.nodes[key].mutate_state(state)
        return state

    def tables_are_there(self, migration: Migration, after: ProjectState) -> bool:
        """Whether an initial migration's tables exist, made by other means."""
        tables = self.connection.introspection.table_names()
        made = [
            after.model_class(migration.app_label, each.name)._meta
            for each in migration.operations
            if isinstance(each, CreateModel)
        ]
        links = [
            field.remote_field.through._meta for meta in made for field in meta.local_many_to_many
        ]
        wanted = [meta.db_table for meta in [*made, *links] if meta.managed and not meta.proxy]
        roots = self.loader.graph.root_nodes(migration.app_label)
        is_initial = migration.initial or (migration.initial is None and migration.key in roots)
        return bool(is_initial and wanted) and all(table in tables for table in wanted)

    def collect_sql(self, key: Name, backwards: bool = False) -> list[str]:
        """The SQL of one migration, not run."""
        graph = self.loader.graph
        migration = graph.nodes[key]
        before = self.loader.base_state()
        for each in graph.order([key]):
            if each != key:
                before = graph.nodes[each].mutate_state(before)
        editor = self.connection.schema_editor(collect_sql=True, atomic=migration.atomic)
        with editor:
            if backwards:
                migration.unapply(before, editor)
            else:
                migration.apply(before, editor)
        found: list[str] = editor.collected_sql
        return found
