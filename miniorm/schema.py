"""From a model class to its table: CREATE TABLE, indexes, constraints and foreign keys.

Before the trip: a request finds its tables made. This is the part that turns one model
into SQL, for both databases; how a table that exists is changed differs between the two, and
stands with them (`backends/postgresql_schema`, `backends/sqlite3_schema`).

    from miniorm.schema import create_tables
    create_tables()                        # whatever is missing, in the right order

    with connection.schema_editor() as editor:      # what migrations use
        editor.add_field(Question, field)

A foreign key is checked by the database when the transaction ends ("deferrable initially
deferred"), so that rows which point at each other can be written in any order, and never
cascades there: what happens to the other rows is the model's on_delete, in Python, where
signals are sent and everyone can see it.

Rules: the SQL standard's data definition; sqlite.org/lang_createtable.html and
postgresql.org/docs (sql-createtable). In Django: `django.db.backends.base.schema`.
"""

import hashlib
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Any

from miniorm.backends.base import DatabaseWrapper
from miniorm.configuration import DEFAULT_ALIAS
from miniorm.connections import connections
from miniorm.indexes import definition_sql
from miniorm.transaction import Atomic, atomic

# PostgreSQL cuts a name after so many bytes (NAMEDATALEN - 1), silently: two long names
# would become one.
NAME_LIMIT = 63

ModelClass = Any  # a model class; what is read of it is its _meta


class SchemaEditor:
    """Writes the tables of models, as SQL or into its connection's database.

    As a context manager it is one transaction (unless `atomic` is False). With
    `collect_sql` it changes nothing and keeps the statements in `collected_sql`.
    """

    def __init__(
        self, connection: DatabaseWrapper, collect_sql: bool = False, atomic: bool = True
    ) -> None:
        self.connection = connection
        self.quote = connection.ops.quote_name
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

    # --- the SQL ----------------------------------------------------------------------

    def table_sql(self, model: ModelClass) -> list[str]:
        """Every statement that makes the model's table, in order."""
        foreign_keys = [statement for _, statement in self._foreign_keys(model)]
        return [self.create_table_sql(model), *self.index_sql(model), *foreign_keys]

    def create_table_sql(self, model: ModelClass) -> str:
        meta = model._meta
        lines = [
            self.column_sql(meta.db_table, field, model)
            for field in meta.local_fields
            if field.db_type(self.connection) is not None
        ]
        lines += [
            f"CONSTRAINT {self.quote(object_name(meta.db_table, columns, 'uniq'))} "
            f"UNIQUE ({self._columns(columns)})"
            for columns in unique_columns(meta, meta.unique_together)
        ]
        lines += [sql for each in _constraints(meta) if (sql := each.constraint_sql(model, self))]
        body = ",\n    ".join(lines)
        return f"CREATE TABLE {self.quote(meta.db_table)} (\n    {body}\n)"

    def column_sql(self, table: str, field: Any, model: ModelClass = None) -> str:
        """A column's line: name, type, whether NULL, and its constraints."""
        column = self.quote(field.column)
        internal_type = field.get_internal_type()
        parts = [column, field.db_type(self.connection)]
        if collation := getattr(field, "db_collation", None):
            parts.append(f"COLLATE {self.quote(collation)}")
        if is_generated(field):
            parts.append(self._generated(field, model))
        if default := self.db_default_sql(field, model):
            parts.append(f"DEFAULT {default}")
        parts.append("NULL" if field.null else "NOT NULL")
        if field.primary_key:
            parts.append("PRIMARY KEY")
        elif field.unique:
            parts.append("UNIQUE")
        if suffix := self.connection.data_types_suffix.get(internal_type):
            parts.append(suffix)
        if check := self.check_sql(field):
            parts.append(f"CHECK ({check})")
        if is_foreign_key(field) and self.connection.features.foreign_keys_inline:
            parts.append(self._references(field))
        return " ".join(parts)

    def check_sql(self, field: Any) -> str | None:
        """The condition that the field's type puts on every value."""
        check = self.connection.data_type_check_constraints.get(field.get_internal_type())
        return check % {"column": self.quote(field.column)} if check else None

    def definition_sql(self, model: ModelClass, condition: Any) -> str:
        return definition_sql(model, condition, self.connection)

    def db_default_sql(self, field: Any, model: ModelClass = None) -> str | None:
        """The default that the database itself gives (db_default), as an expression."""
        value = getattr(field, "db_default", None)
        if value is None or isinstance(value, type):  # NOT_PROVIDED
            return None
        if hasattr(value, "resolve_expression"):
            return f"({self.definition_sql(model or field.model, value)})"
        return self.connection.ops.literal(field.get_db_prep_save(value, self.connection))

    def _generated(self, field: Any, model: ModelClass) -> str:
        expression = self.definition_sql(model or field.model, field.expression)
        stored = "STORED" if getattr(field, "db_persist", True) else "VIRTUAL"
        return f"GENERATED ALWAYS AS ({expression}) {stored}"

    def index_sql(self, model: ModelClass) -> list[str]:
        """The indexes: for each column that is looked up, then those of Meta.

        db_index, which foreign keys have; a unique column has one already, as part of being
        unique. A unique constraint that is an index comes here too.
        """
        meta = model._meta
        found = [self.field_index_sql(meta.db_table, each) for each in meta.local_fields
                 if has_index(each)]  # fmt: skip
        found += [each.create_sql(model, self) for each in getattr(meta, "indexes", ())]
        found += [each.create_sql(model, self) for each in _constraints(meta)
                  if getattr(each, "is_index", False)]  # fmt: skip
        return found

    def field_index_sql(self, table: str, field: Any) -> str:
        name = self.quote(object_name(table, [field.column], "idx"))
        return f"CREATE INDEX {name} ON {self.quote(table)} ({self.quote(field.column)})"

    def create_index_sql(self, model: ModelClass, index: Any, unique: bool = False) -> str:
        """CREATE INDEX for an Index or a UniqueConstraint that is one."""
        get_field = model._meta.get_field
        parts = [self._index_part(model, each) for each in index.expressions]
        classes = [*index.opclasses] if self.connection.vendor == "postgresql" else []
        for number, (name, order) in enumerate(index.fields_orders):
            kind = classes[number] if classes else ""
            parts.append(" ".join(filter(None, [self.quote(get_field(name).column), kind, order])))
        sql = (
            f"CREATE {'UNIQUE ' if unique else ''}INDEX {self.quote(index.name)} "
            f"ON {self.quote(model._meta.db_table)} ({', '.join(parts)})"
        )
        if index.include and self.connection.vendor == "postgresql":
            sql += f" INCLUDE ({self._columns(get_field(name).column for name in index.include)})"
        sql += self.nulls_sql(getattr(index, "nulls_distinct", None))
        if index.condition is not None:
            sql += f" WHERE {self.definition_sql(model, index.condition)}"
        return sql

    def _index_part(self, model: ModelClass, expression: Any) -> str:
        """An expression in an index; brackets, unless it is a column; its order comes after."""
        if not hasattr(expression, "descending"):
            sql = self.definition_sql(model, expression)
            return sql if sql.startswith('"') and sql.count('"') == 2 else f"({sql})"
        inside = self._index_part(model, expression.sources[0])
        return f"{inside} DESC" if expression.descending else inside

    def nulls_sql(self, nulls_distinct: bool | None) -> str:
        """Whether NULL differs from NULL in something unique; SQLite knows one answer."""
        if nulls_distinct is None or self.connection.vendor != "postgresql":
            return ""
        return " NULLS DISTINCT" if nulls_distinct else " NULLS NOT DISTINCT"

    def comments_sql(self, model: ModelClass) -> list[str]:
        """Statements that keep db_comment and db_table_comment in the database."""
        return []

    def _foreign_keys(self, model: ModelClass) -> list[tuple[str, str]]:
        """What adds the foreign keys afterwards, where the table could not have them at once."""
        if self.connection.features.foreign_keys_inline:
            return []
        table = model._meta.db_table
        fields = [field for field in model._meta.local_fields if is_foreign_key(field)]
        return [self.foreign_key_sql(table, field) for field in fields]

    def foreign_key_sql(self, table: str, field: Any) -> tuple[str, str]:
        """(target table, statement) of a foreign key that is added to a table."""
        return (
            field.remote_field.model._meta.db_table,
            f"ALTER TABLE {self.quote(table)} "
            f"ADD CONSTRAINT {self.quote(object_name(table, [field.column], 'fk'))} "
            f"FOREIGN KEY ({self.quote(field.column)}) {self._references(field)}",
        )

    def _references(self, field: Any) -> str:
        target = self.quote(field.remote_field.model._meta.db_table)
        column = self.quote(field.target_field.column)
        return f"REFERENCES {target} ({column}) DEFERRABLE INITIALLY DEFERRED"

    def _columns(self, columns: Iterable[str]) -> str:
        return ", ".join(map(self.quote, columns))

    def default_sql(self, field: Any) -> str | None:
        """What rows that are there get in a new column, as SQL; None: NULL, or as db_default."""
        value = effective_default(field)
        if value is None:
            return None
        return self.connection.ops.literal(field.get_db_prep_save(value, self.connection))


def effective_default(field: Any) -> Any:
    """The value for rows that were there before the field was, or None."""
    if is_generated(field) or (field.has_db_default() and not field.has_default()):
        return None
    if field.has_default():
        return field.get_default()
    if not field.null and field.blank and field.empty_strings_allowed:
        return field.get_default()
    if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
        return field.current()
    return None


def is_foreign_key(field: Any) -> bool:
    """Whether the database checks that what the column names exists."""
    return (
        field.remote_field is not None
        and field.column is not None
        and getattr(field, "db_constraint", True)
    )


def has_index(field: Any) -> bool:
    return bool(field.db_index and not (field.unique or field.primary_key))


def is_generated(field: Any) -> bool:
    return bool(getattr(field, "generated", False))


def unique_columns(meta: Any, together: Any) -> list[list[str]]:
    """The columns of each set of fields that is unique together."""
    return [[meta.get_field(name).column for name in names] for names in together]


def _constraints(meta: Any) -> Iterable[Any]:
    return getattr(meta, "constraints", ())


def link_tables(model: ModelClass) -> list[ModelClass]:
    """The models of the links of its many-to-many fields that nobody wrote."""
    fields = getattr(model._meta, "local_many_to_many", ())
    throughs = [field.remote_field.through for field in fields]
    return [through for through in throughs if through._meta.auto_created]


def object_name(table: str, columns: Sequence[str], suffix: str) -> str:
    """A name for an index or constraint: always the same for the same, never too long.

    "polls_choice_question_id_3f1c8a2b_idx". The hash keeps names apart that would be cut
    to the same beginning.
    """
    digest = hashlib.md5("\0".join([table, *columns]).encode(), usedforsecurity=False)
    ending = f"_{digest.hexdigest()[:8]}_{suffix}"
    beginning = "_".join([table, *columns]).encode()[: NAME_LIMIT - len(ending)]
    return beginning.decode(errors="ignore") + ending


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
    return getattr(meta, "managed", True) and not getattr(meta, "proxy", False)


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
