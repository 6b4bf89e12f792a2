"""How a table changes on SQLite: it is made anew beside the old one, and takes its place.

Before the trip. SQLite's ALTER TABLE can rename, and add a column that may be NULL; for the
rest its manual describes this procedure (sqlite.org/lang_altertable.html, 7): create the new
table, copy the rows, drop the old table, rename the new one. Nothing may be lost on the way:

- rows of other tables point here. Foreign keys are switched off before the transaction
  begins (inside one the switch does nothing), and all are checked before it commits;
- indexes, triggers and the counter of AUTOINCREMENT go with a dropped table, so they are
  made again.

In Django: `django.db.backends.sqlite3.schema`.
"""

from collections.abc import Sequence
from types import TracebackType
from typing import Any

from miniorm.definitions import (
    ModelClass,
    is_foreign_key,
    is_generated,
    object_name,
)
from miniorm.errors import IntegrityError, NotSupportedError
from miniorm.schema import SchemaEditor
from miniorm.transaction import atomic


class SQLiteSchemaEditor(SchemaEditor):
    """The editor of SQLite's tables."""

    def __enter__(self) -> "SchemaEditor":
        if self.collect_sql:
            return super().__enter__()
        if self.connection.in_atomic_block:
            raise NotSupportedError(
                "The schema editor of SQLite cannot work inside atomic(): foreign keys must be "
                "switched off while a table is made anew, and in a transaction they cannot be."
            )
        self.connection.execute("PRAGMA foreign_keys = OFF")
        try:
            return super().__enter__()
        except BaseException:
            self.connection.execute("PRAGMA foreign_keys = ON")
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            super().__exit__(kind, error, traceback)
        finally:
            if not self.collect_sql:
                self.connection.execute("PRAGMA foreign_keys = ON")

    def finish(self) -> None:
        super().finish()
        if self.collect_sql:
            return
        broken = self.connection.execute("PRAGMA foreign_key_check").fetchall()
        if broken:
            table, row, parent, _ = broken[0]
            raise IntegrityError(
                f"{len(broken)} rows would point to nothing; the first is row {row} of {table!r}, "
                f"which names a row of {parent!r} that is not there."
            )

    # --- columns ----------------------------------------------------------------------

    def add_field(self, model: ModelClass, field: Any) -> None:
        if field.db_type(self.connection) is None:
            return
        plain = field.null and not (field.primary_key or field.unique or is_generated(field))
        if plain and self.default_sql(field) is None and self.db_default_sql(field, model) is None:
            table = model._meta.db_table
            definition = self.column_sql(table, field, model)
            self.execute(f"ALTER TABLE {self.quote(table)} ADD COLUMN {definition}")
            if field.db_index:
                self.execute(self.field_index_sql(table, field))
        else:
            self.remake(model, [*model._meta.local_fields, field])

    def remove_field(self, model: ModelClass, field: Any) -> None:
        if field.db_type(self.connection) is not None:
            kept = [each for each in model._meta.local_fields if each.column != field.column]
            self.remake(model, kept)

    def alter_field(self, model: ModelClass, old_field: Any, new_field: Any) -> None:
        old, new = old_field, new_field
        if old.db_type(self.connection) is None or new.db_type(self.connection) is None:
            return
        table = model._meta.db_table
        if old.column != new.column:
            self.rename_column(table, old, new)
        if self._definition(table, old, new.column) == self._definition(table, new, new.column):
            return
        changed = [new if each.column == old.column else each for each in model._meta.local_fields]
        self.remake(model, changed, renamed={old.name: new}, filled=new if old.null else None)
        if old.db_type(self.connection) != new.db_type(self.connection):
            self._remake_those_that_point_to(new)

    def _remake_those_that_point_to(self, field: Any) -> None:
        """The columns of foreign keys have the type of what they point to."""
        for relation in field.model._meta.relations:
            key = relation.field
            if is_foreign_key(key) and key.target_field is field:
                self.remake(key.model)
                self._remake_those_that_point_to(key)

    def _definition(self, table: str, field: Any, column: str) -> tuple[Any, ...]:
        """What tells two columns of one name apart."""
        own = self.column_sql(table, field).replace(self.quote(field.column), self.quote(column))
        return own, field.db_index, field.unique

    # --- tables and constraints -------------------------------------------------------

    def alter_unique_together(self, model: ModelClass, old: Any, new: Any) -> None:
        if {*map(tuple, old)} != {*map(tuple, new)}:
            self.remake(model, unique_together=new)

    def add_constraint(self, model: ModelClass, constraint: Any) -> None:
        if constraint.constraint_sql(model, self) is None:
            super().add_constraint(model, constraint)
        else:
            self.remake(model, constraints=[*model._meta.constraints, constraint])

    def remove_constraint(self, model: ModelClass, constraint: Any) -> None:
        if constraint.constraint_sql(model, self) is None:
            super().remove_constraint(model, constraint)
        else:
            kept = [each for each in model._meta.constraints if each.name != constraint.name]
            self.remake(model, constraints=kept)

    def _rename_objects(
        self, table: str, old: list[tuple[str, str]], new: list[tuple[str, str]]
    ) -> None:
        # Constraints have their names within the table only; an index cannot be renamed.
        for (kind, before), (_, after) in zip(old, new, strict=True):
            found = self.connection.execute(
                "SELECT sql FROM sqlite_master WHERE type = 'index' AND name = %s", [before]
            ).fetchone()
            if kind == "idx" and found is not None:
                self.execute(f"DROP INDEX {self.quote(before)}")
                start = f"CREATE INDEX {self.quote(before)}"
                self.execute(found[0].replace(start, f"CREATE INDEX {self.quote(after)}", 1))

    # --- the table made anew ----------------------------------------------------------

    def remake(
        self,
        model: ModelClass,
        fields: Sequence[Any] | None = None,
        renamed: dict[str, Any] | None = None,
        filled: Any = None,
        unique_together: Any = None,
        constraints: Any = None,
    ) -> None:
        """Make the model's table anew with these fields, and put the rows into it.

        `renamed` has what Meta's options still call by an old name; in the rows where it is
        NULL, `filled` gets its default.
        """
        meta = model._meta
        draft = Draft(model, meta.local_fields if fields is None else fields, renamed or {})
        if unique_together is not None:
            draft.unique_together = unique_together
        if constraints is not None:
            draft.constraints = constraints
        table, aside = meta.db_table, f"new__{meta.db_table}"
        columns = {each.column for each in meta.local_fields} | {
            each.column for each in (renamed or {}).values()
        }
        source = {
            each.column: self._copied(each, columns, filled)
            for each in draft.local_fields
            if not is_generated(each) and each.db_type(self.connection) is not None
        }
        try:
            if self.atomic_migration or self.collect_sql:
                self._replace(draft, table, aside, source)
            else:
                with atomic(self.connection.alias):
                    self._replace(draft, table, aside, source)
        except IntegrityError as error:  # of the rows, and those know one table
            said = str(error).replace(f"{aside}.", f"{table}.")
            if said.startswith("NOT NULL"):
                said += ". Rows that are there have NULL in it: give them a value first."
            raise IntegrityError(said) from error.__cause__

    def _copied(self, field: Any, columns: set[str], filled: Any) -> str:
        """What the new table's column is filled with, in SELECT ... FROM the old one."""
        column = self.quote(field.column)
        default = self.db_default_sql(field) or self.default_sql(field)
        if field.column not in columns:
            return default or "NULL"
        if field is filled and not field.null and default is not None:
            return f"COALESCE({column}, {default})"
        return column

    def _replace(self, draft: "Draft", table: str, aside: str, source: dict[str, str]) -> None:
        leftovers = self._leftovers(draft, table)
        sequence = self._sequence(table)
        draft.db_table = aside
        self.execute(self.create_table_sql(draft))
        draft.db_table = table
        self.execute(
            f"INSERT INTO {self.quote(aside)} ({self._columns(source)}) "  # noqa: S608
            f"SELECT {', '.join(source.values())} FROM {self.quote(table)}"
        )
        self.execute(f"DROP TABLE {self.quote(table)}")
        # Else a view on the old table would be found broken before the new one has its name.
        self.execute("PRAGMA legacy_alter_table = ON")
        self.execute(f"ALTER TABLE {self.quote(aside)} RENAME TO {self.quote(table)}")
        self.execute("PRAGMA legacy_alter_table = OFF")
        for statement in [*sequence, *self.index_sql(draft), *leftovers]:
            self.execute(statement)

    def _leftovers(self, draft: "Draft", table: str) -> list[str]:
        """Triggers, and indexes that are no model's, as they were made."""
        cursor = self.connection.execute(
            "SELECT type, name, sql FROM sqlite_master WHERE tbl_name = %s AND sql IS NOT NULL "
            "AND type IN ('index', 'trigger')",
            [table],
        )
        found = cursor.fetchall()
        columns = {field.column for field in draft.local_fields}
        kept = []
        for kind, name, sql in found:
            of_index = kind == "index" and name in draft.own_names
            gone = kind == "index" and not self._index_columns(name) <= columns
            if not of_index and not gone:
                kept.append(sql)
        return kept

    def _index_columns(self, name: str) -> set[str]:
        rows = self.connection.execute(f"PRAGMA index_info({self.quote(name)})", None).fetchall()
        return {column for _, _, column in rows if column}

    def _sequence(self, table: str) -> list[str]:
        """What lets AUTOINCREMENT go on where it was, deleted rows counted."""
        exists = "SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'"
        if self.connection.execute(exists).fetchone() is None:
            return []
        found = self.connection.execute(
            "SELECT seq FROM sqlite_sequence WHERE name = %s", [table]
        ).fetchone()
        if found is None:
            return []
        name = self.connection.ops.literal(table)
        return [
            f"DELETE FROM sqlite_sequence WHERE name = {name}",  # noqa: S608
            f"INSERT INTO sqlite_sequence (name, seq) VALUES ({name}, {int(found[0])})",  # noqa: S608
        ]


class Draft:
    """A model's table as it is going to be; stands for the model, and for its _meta."""

    def __init__(self, model: ModelClass, fields: Sequence[Any], renamed: dict[str, Any]) -> None:
        meta = model._meta
        self._meta = self
        self.model = self.concrete_model = model
        self.db_table: str = meta.db_table
        self.object_name, self.label = meta.object_name, meta.label
        self.local_fields = self.fields = self.concrete_fields = list(fields)
        self.unique_together = meta.unique_together
        self.constraints = list(meta.constraints)
        self.indexes = list(meta.indexes)
        self.columns: dict[Any, Any] = {}
        self.changes = 0
        self.by_name: dict[str, Any] = dict(renamed)
        for field in fields:
            self.by_name.setdefault(field.attname, field)
            self.by_name[field.name] = field
            if field.primary_key:
                self.pk = self.by_name["pk"] = field
        known = set(self.by_name)
        # What a removed field leaves behind is gone from the next state as well.
        self.unique_together = [each for each in self.unique_together if known >= set(each)]

    @property
    def own_names(self) -> set[str]:
        """The names of the indexes that the model makes."""
        fields = (*self.model._meta.local_fields, *self.local_fields)  # one may be renamed now
        own = {object_name(self.db_table, [field.column], "idx") for field in fields}
        named = {each.name for each in [*self.indexes, *self.constraints]}
        return own | named

    def get_field(self, name: str) -> Any:
        return self.by_name[name]

    def links_to(self, owner: ModelClass) -> list[Any]:
        """The way to a parent's table: a definition knows only its own."""
        return []
