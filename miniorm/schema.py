"""From a model class to its table: CREATE TABLE, indexes, constraints and foreign keys.

Before the trip: a request finds its tables made. What a table is as SQL stands in
`definitions`; how one that exists is changed differs between the two databases, and stands with
them (`backends/postgresql_schema`, `backends/sqlite3_schema`).

    from miniorm.schema import create_tables
    create_tables()                        # whatever is missing, in the right order

    with connection.schema_editor() as editor:      # what migrations use
        editor.add_field(Question, field)

In Django: `django.db.backends.base.schema`.
"""

from collections.abc import Iterable
from types import TracebackType
from typing import Any

from miniorm.backends.base import DatabaseWrapper
from miniorm.configuration import DEFAULT_ALIAS
from miniorm.connections import connections
from miniorm.definitions import (
    Definitions,
    ModelClass,
    has_index,
    is_foreign_key,
    object_name,
    unique_columns,
)
from miniorm.transaction import Atomic, atomic


class SchemaEditor(Definitions):
    """Writes the tables of models, as SQL or into its connection's database.

    As a context manager it is one transaction (unless `atomic` is False). With
    `collect_sql` it changes nothing and keeps the statements in `collected_sql`.
    """

    def __init__(
        self, connection: DatabaseWrapper, collect_sql: bool = False, atomic: bool = True
    ) -> None:
        super().__init__(connection)
        self.collect_sql = collect_sql
        self.collected_sql: list[str] = []
        self.atomic_migration = atomic
        self._atomic: Atomic | None = None
        # Foreign keys to tables that do not exist so far: (target table, statement).
        self._waiting: list[tuple[str, str]] = []

    def __enter__(self) -> "SchemaEditor":
        if self.atomic_migration and not self.collect_sql:
            self._atomic = atomic(self.connection.alias)
            self._atomic.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                self.finish()
        except BaseException as late:
            kind, error, traceback = type(late), late, late.__traceback__
            raise
        finally:
            if self._atomic is not None:
                self._atomic.__exit__(kind, error, traceback)

    def finish(self) -> None:
        """The last statements: foreign keys to tables that came later."""
        for _, statement in self._waiting:
            self.execute(statement)
        self._waiting = []

    def execute(self, sql: str, params: Any = None) -> Any:
        """Run a statement, or keep it where they are collected."""
        if not self.collect_sql:
            return self.connection.execute(sql, params)
        literal = self.connection.ops.literal
        text = sql % tuple(map(literal, params)) if params else sql
        self.collected_sql.append(text if text.rstrip().endswith(";") else text + ";")
        return None

    def settle(self) -> None:
        """Have what was deferred to the end of the transaction checked now.

        After rows were changed, and before a table is: PostgreSQL alters no table on which
        checks are still due.
        """

    # --- tables -----------------------------------------------------------------------

    def create_model(self, model: ModelClass) -> None:
        """Create the model's table with its indexes, and the foreign keys now possible.

        The tables of its many-to-many fields' links too.
        """
        for each in (model, *link_tables(model)):
            self._create_table(each)
        self._add_foreign_keys()

    def _create_table(self, model: ModelClass) -> None:
        statements = [self.create_table_sql(model), *self.index_sql(model)]
        for statement in [*statements, *self.comments_sql(model)]:
            self.execute(statement)
        self._waiting += self._foreign_keys(model)

    def delete_model(self, model: ModelClass) -> None:
        """Drop the model's table, and on PostgreSQL the foreign keys that point to it."""
        for through in link_tables(model):
            self.delete_model(through)
        cascade = "" if self.connection.features.foreign_keys_inline else " CASCADE"
        table = self.quote(model._meta.db_table)
        self.execute(f"DROP TABLE {table}{cascade}")

    def alter_db_table(self, model: ModelClass, old: str, new: str) -> None:
        """Rename a table. Foreign keys that point to it go along."""
        if old != new:
            self.execute(f"ALTER TABLE {self.quote(old)} RENAME TO {self.quote(new)}")
            self._rename_objects(new, self._own(model, old), self._own(model, new))

    def _own(self, model: ModelClass, table: str) -> list[tuple[str, str]]:
        """(kind, name) of each index and constraint that is named after table and columns."""
        meta = model._meta
        found = [entry for each in meta.local_fields for entry in self._own_of(table, each)]
        together = unique_columns(meta, meta.unique_together)
        return found + [("uniq", object_name(table, columns, "uniq")) for columns in together]

    def _own_of(self, table: str, field: Any) -> list[tuple[str, str]]:
        kinds = [("idx", has_index(field)), ("fk", is_foreign_key(field))]
        return [(kind, object_name(table, [field.column], kind)) for kind, has in kinds if has]

    def _rename_objects(
        self, table: str, old: list[tuple[str, str]], new: list[tuple[str, str]]
    ) -> None:
        """Rename indexes and constraints along with what they are named after.

        Else the names would still be taken when another table or column comes by the old one.
        """
        raise NotImplementedError

    def _add_foreign_keys(self) -> None:
        """Add the foreign keys that wait, as far as their tables exist."""
        if not self._waiting or self.collect_sql:
            return
        existing = set(self.connection.introspection.table_names())
        ready = [statement for target, statement in self._waiting if target in existing]
        self._waiting = [entry for entry in self._waiting if entry[0] not in existing]
        for statement in ready:
            self.execute(statement)

    # --- what each database does in its own way ---------------------------------------

    def add_field(self, model: ModelClass, field: Any) -> None:
        """Add the field's column, with its default in the rows that are there."""
        raise NotImplementedError

    def remove_field(self, model: ModelClass, field: Any) -> None:
        raise NotImplementedError

    def alter_field(self, model: ModelClass, old_field: Any, new_field: Any) -> None:
        """Make the column of `old_field` that of `new_field`."""
        raise NotImplementedError

    def rename_column(self, table: str, old_field: Any, new_field: Any) -> None:
        """Rename a column, with the index and the foreign key that are named after it."""
        names = f"{self.quote(old_field.column)} TO {self.quote(new_field.column)}"
        self.execute(f"ALTER TABLE {self.quote(table)} RENAME COLUMN {names}")
        known = [name for name, _ in self._own_of(table, new_field)]
        old, new = (
            [entry for entry in self._own_of(table, field) if entry[0] in known]
            for field in (old_field, new_field)
        )
        if len(old) == len(new):
            self._rename_objects(table, old, new)

    def alter_unique_together(self, model: ModelClass, old: Any, new: Any) -> None:
        raise NotImplementedError

    def alter_db_table_comment(self, model: ModelClass, old: Any, new: Any) -> None:
        """Nothing, where the database keeps no comments."""

    # --- indexes and constraints ------------------------------------------------------

    def add_index(self, model: ModelClass, index: Any) -> None:
        self.execute(index.create_sql(model, self))

    def remove_index(self, model: ModelClass, index: Any) -> None:
        self.execute(index.remove_sql(model, self))

    def rename_index(self, model: ModelClass, old_index: Any, new_index: Any) -> None:
        self.remove_index(model, old_index)
        self.add_index(model, new_index)

    def add_constraint(self, model: ModelClass, constraint: Any) -> None:
        self.execute(constraint.create_sql(model, self))

    def remove_constraint(self, model: ModelClass, constraint: Any) -> None:
        self.execute(constraint.remove_sql(model, self))


# --- all tables -----------------------------------------------------------------------


def create_tables(
    models: Iterable[ModelClass] | None = None, using: str = DEFAULT_ALIAS
) -> list[str]:
    """Create the tables that are missing, in one transaction; the names of those made.

    `models` of None means all that are defined. A table that exists is left as it is,
    whatever its columns: changing tables is the work of migrations.
    """
    if models is None:
        from miniorm.registry import get_models  # it needs models, and they may need this file

        models = get_models()
    connection = connections[using]
    editor = SchemaEditor(connection)
    made = []
    with atomic(using):
        if lock := connection.ops.schema_lock_sql():
            connection.execute(lock)
        existing = set(connection.introspection.table_names())
        for model in in_dependency_order(models):
            for each in (model, *link_tables(model)):
                table = each._meta.db_table
                if table not in existing and _has_table(each):
                    editor._create_table(each)
                    existing.add(table)
                    made.append(table)
        editor._add_foreign_keys()
    return made


def _has_table(model: ModelClass) -> bool:
    meta = model._meta
    return bool(meta.managed and not meta.proxy)


def in_dependency_order(models: Iterable[ModelClass]) -> list[ModelClass]:
    """Each model after those it points to, as far as circles allow; else the order given."""
    models = list(models)
    wanted, placed, result = set(models), set(), []

    def place(model: ModelClass) -> None:
        if model in placed:  # placed, or being placed: a circle ends here
            return
        placed.add(model)
        for field in model._meta.local_fields:
            if is_foreign_key(field) and field.remote_field.model in wanted:
                place(field.remote_field.model)
        result.append(model)

    for model in models:
        place(model)
    return result


def link_tables(model: ModelClass) -> list[ModelClass]:
    """The models of the links of its many-to-many fields that nobody wrote."""
    fields = model._meta.local_many_to_many
    throughs = [field.remote_field.through for field in fields]
    return [through for through in throughs if through._meta.auto_created]
