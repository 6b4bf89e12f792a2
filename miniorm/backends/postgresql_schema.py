"""How a table changes on PostgreSQL: ALTER TABLE, a statement for each difference.

Before the trip. What depends on a column that changes its type (the foreign keys of others,
checks, uniqueness) is found in the database's own catalogue, not guessed from the model, and
put back as it was.

postgresql.org/docs, "ALTER TABLE". In Django: `django.db.backends.postgresql.schema` and
`_alter_field` of the base.
"""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from miniorm.definitions import (
    ModelClass,
    has_index,
    is_foreign_key,
    is_generated,
    object_name,
    unique_columns,
)
from miniorm.schema import SchemaEditor


class PostgreSQLSchemaEditor(SchemaEditor):
    """The editor of PostgreSQL's tables."""

    @property
    def catalogue(self) -> Any:
        return self.connection.introspection

    def settle(self) -> None:
        if not self.collect_sql:
            self.connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
            self.connection.execute("SET CONSTRAINTS ALL DEFERRED")

    # --- columns ----------------------------------------------------------------------

    def add_field(self, model: ModelClass, field: Any) -> None:
        table, column = model._meta.db_table, field.column
        if field.db_type(self.connection) is None:
            return
        definition = self.column_sql(table, field, model)
        default = None if self.db_default_sql(field, model) else self.default_sql(field)
        given = f" DEFAULT {default}" if default is not None else ""
        self.alter(table, f"ADD COLUMN {definition}{given}")
        if given:  # defaults are Python's affair
            self.alter_column(table, column, "DROP DEFAULT")
        if has_index(field):
            self.execute(self.field_index_sql(table, field))
        if comment := getattr(field, "db_comment", None):
            self.execute(self._comment(table, column, comment))
        if is_foreign_key(field):
            self._add_foreign_key(table, field)

    def remove_field(self, model: ModelClass, field: Any) -> None:
        if field.db_type(self.connection) is not None:
            self.alter(model._meta.db_table, f"DROP COLUMN {self.quote(field.column)} CASCADE")

    def alter_field(self, model: ModelClass, old_field: Any, new_field: Any) -> None:
        table, old, new = model._meta.db_table, old_field, new_field
        if old.db_type(self.connection) is None or new.db_type(self.connection) is None:
            return
        if is_generated(old) or is_generated(new):
            if self.column_sql(table, old, model) != self.column_sql(table, new, model):
                self.remove_field(model, old)
                self.add_field(model, new)
            return
        if old.column != new.column:
            self.rename_column(table, old, new)
        other_type = self._type(old) != self._type(new)
        points_anew = other_type or self._target(old) != self._target(new)
        if points_anew and is_foreign_key(old):
            self._drop(table, new.column, "f")
        with self._foreign_keys_following(table, new) if other_type else nullcontext():
            self._loosen(model, old, new)
            if other_type:
                self._change_type(table, new)
            self._tighten(model, old, new)
            if points_anew and is_foreign_key(new):
                self._add_foreign_key(table, new)

    def _add_foreign_key(self, table: str, field: Any) -> None:
        self._waiting.append(self.foreign_key_sql(table, field))
        self._add_foreign_keys()

    @contextmanager
    def _foreign_keys_following(self, table: str, field: Any) -> Iterator[None]:
        """While a column gets another type, none points there; then theirs is the same."""
        incoming = self._incoming(table, field.column)
        for source, name, *_ in incoming:
            self.alter(source, f"DROP CONSTRAINT {self.quote(name)}")
        yield
        kind = field.db_type(self.connection)
        for source, name, column, definition in incoming:
            self.alter_column(source, column, f"TYPE {kind} USING {self.quote(column)}::{kind}")
            self.alter(source, f"ADD CONSTRAINT {self.quote(name)} {definition}")

    def _loosen(self, model: ModelClass, old: Any, new: Any) -> None:
        """Take away what the new column is no longer held to."""
        table, column = model._meta.db_table, new.column
        if old.primary_key and not new.primary_key:
            self._drop(table, column, "p")
        if old._unique and not old.primary_key and not new.unique:
            self._drop(table, column, "u", model)
        if has_index(old) and not has_index(new):
            for name in self.catalogue.indexes_on(table, column):
                if name not in {index.name for index in model._meta.indexes}:
                    self.execute(f"DROP INDEX {self.quote(name)}")
        if self.check_sql(old) and self._check_kind(old) != self._check_kind(new):
            self._drop(table, column, "c", model)
        if self._is_numbered(old) and not self._is_numbered(new):
            self.alter_column(table, column, "DROP IDENTITY IF EXISTS")
        if self.db_default_sql(old) and self.db_default_sql(old) != self.db_default_sql(new):
            self.alter_column(table, column, "DROP DEFAULT")
        if new.null and not old.null and not new.primary_key:
            self.alter_column(table, column, "DROP NOT NULL")

    def _tighten(self, model: ModelClass, old: Any, new: Any) -> None:
        """Hold the column to what is new."""
        table, column = model._meta.db_table, new.column
        quoted = self.quote(column)
        default = self.db_default_sql(new, model)
        if default and default != self.db_default_sql(old):
            self.alter_column(table, column, f"SET DEFAULT {default}")
        if old.null and not new.null:
            value = default or self.default_sql(new)
            if value is not None:
                self.execute(
                    f"UPDATE {self.quote(table)} SET {quoted} = {value} "  # noqa: S608
                    f"WHERE {quoted} IS NULL"
                )
                self.settle()
            self.alter_column(table, column, "SET NOT NULL")
        if self._is_numbered(new) and not self._is_numbered(old):
            self.alter_column(table, column, "ADD GENERATED BY DEFAULT AS IDENTITY")
            self.execute(
                f"SELECT setval(pg_get_serial_sequence('{self.quote(table)}', '{column}'), "  # noqa: S608
                f"COALESCE(MAX({quoted}), 0) + 1, FALSE) FROM {self.quote(table)}"
            )
        if self.check_sql(new) and self._check_kind(old) != self._check_kind(new):
            self.alter(table, f"ADD CHECK ({self.check_sql(new)})")
        if new.primary_key and not old.primary_key:
            self._drop(table, None, "p")
            self.alter(table, f"ADD PRIMARY KEY ({quoted})")
        if new._unique and not new.primary_key and not old.unique:
            name = self.quote(object_name(table, [column], "uniq"))
            self.alter(table, f"ADD CONSTRAINT {name} UNIQUE ({quoted})")
        if has_index(new) and not has_index(old):
            self.execute(self.field_index_sql(table, new))
        comment = getattr(new, "db_comment", None)
        if comment != getattr(old, "db_comment", None):
            self.execute(self._comment(table, column, comment))

    def _change_type(self, table: str, new: Any) -> None:
        kind = new.db_type(self.connection)
        collation = getattr(new, "db_collation", None)
        collate = f" COLLATE {self.quote(collation)}" if collation else ""
        using = f"USING {self.quote(new.column)}::{kind}"
        self.alter_column(table, new.column, f"TYPE {kind}{collate} {using}")

    # --- tables and constraints -------------------------------------------------------

    def alter_unique_together(self, model: ModelClass, old: Any, new: Any) -> None:
        table, meta = model._meta.db_table, model._meta
        before, after = (unique_columns(meta, each) for each in (old, new))
        named = {constraint.name for constraint in meta.constraints}
        for columns in before:
            if columns not in after:
                found = self.catalogue.constraint_names(table, columns, "u")
                for name in found - named or [object_name(table, columns, "uniq")]:
                    self.alter(table, f"DROP CONSTRAINT {self.quote(name)}")
        for columns in after:
            if columns not in before:
                name = self.quote(object_name(table, columns, "uniq"))
                self.alter(table, f"ADD CONSTRAINT {name} UNIQUE ({self._columns(columns)})")

    def rename_index(self, model: ModelClass, old_index: Any, new_index: Any) -> None:
        names = f"{self.quote(old_index.name)} RENAME TO {self.quote(new_index.name)}"
        self.execute(f"ALTER INDEX {names}")

    def alter_db_table_comment(self, model: ModelClass, old: Any, new: Any) -> None:
        if (old or None) != (new or None):
            self.execute(self._comment(model._meta.db_table, None, new))

    def comments_sql(self, model: ModelClass) -> list[str]:
        meta = model._meta
        found = [
            self._comment(meta.db_table, field.column, field.db_comment)
            for field in meta.local_fields
            if getattr(field, "db_comment", None)
        ]
        if comment := meta.db_table_comment:
            found.append(self._comment(meta.db_table, None, comment))
        return found

    def _comment(self, table: str, column: str | None, text: str | None) -> str:
        what = f"TABLE {self.quote(table)}"
        if column:
            what = f"COLUMN {self.quote(table)}.{self.quote(column)}"
        return f"COMMENT ON {what} IS {self.connection.ops.literal(text)}"

    def _rename_objects(
        self, table: str, old: list[tuple[str, str]], new: list[tuple[str, str]]
    ) -> None:
        known = self.catalogue.own_names(table)
        for (kind, before), (_, after) in zip(old, new, strict=True):
            if before not in known and not self.collect_sql:
                continue
            names = f"{self.quote(before)} TO {self.quote(after)}"
            if kind == "idx":
                self.execute(f"ALTER INDEX {names.replace(' TO ', ' RENAME TO ', 1)}")
            else:
                self.alter(table, f"RENAME CONSTRAINT {names}")

    # --- small words ------------------------------------------------------------------

    def alter(self, table: str, action: str) -> None:
        self.execute(f"ALTER TABLE {self.quote(table)} {action}")

    def alter_column(self, table: str, column: str, action: str) -> None:
        self.alter(table, f"ALTER COLUMN {self.quote(column)} {action}")

    def _drop(
        self, table: str, column: str | None, kind: str, model: ModelClass | None = None
    ) -> None:
        """Drop the constraints of this kind on just this column, but for those of Meta."""
        columns = None if column is None else [column]
        named = {constraint.name for constraint in model._meta.constraints} if model else set()
        for name in self.catalogue.constraint_names(table, columns, kind) - named:
            self.alter(table, f"DROP CONSTRAINT {self.quote(name)}")

    def _incoming(self, table: str, column: str) -> list[tuple[str, str, str, str]]:
        return self.catalogue.incoming_foreign_keys(table, column)  # type: ignore[no-any-return]

    def _type(self, field: Any) -> tuple[Any, Any]:
        return field.db_type(self.connection), getattr(field, "db_collation", None)

    def _target(self, field: Any) -> tuple[str, str] | None:
        """The table and column that a foreign key points to."""
        if not is_foreign_key(field):
            return None
        return field.remote_field.model._meta.db_table, field.target_field.column

    def _check_kind(self, field: Any) -> str | None:
        return self.connection.data_type_check_constraints.get(field.get_internal_type())

    def _is_numbered(self, field: Any) -> bool:
        return field.get_internal_type() in self.connection.data_types_suffix
