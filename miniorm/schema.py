"""From a model class to its table: CREATE TABLE, indexes and foreign keys.

Before the trip: a request finds its tables made. This is the part that turns one model
into SQL, for both databases:

    from miniorm.schema import create_tables
    create_tables()                        # whatever is missing, in the right order

A foreign key is checked by the database when the transaction ends ("deferrable initially
deferred"), so that rows which point at each other can be written in any order, and never
cascades there: what happens to the other rows is the model's on_delete, in Python, where
signals are sent and everyone can see it.

Rules: the SQL standard's data definition; sqlite.org/lang_createtable.html and
postgresql.org/docs (sql-createtable). In Django: `django.db.backends.base.schema`.
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

from miniorm.backends.base import DatabaseWrapper
from miniorm.configuration import DEFAULT_ALIAS
from miniorm.connections import connections
from miniorm.transaction import atomic

# PostgreSQL cuts a name after so many bytes (NAMEDATALEN - 1), silently: two long names
# would become one.
NAME_LIMIT = 63

ModelClass = Any  # a model class; what is read of it is its _meta


class SchemaEditor:
    """Writes the tables of models, as SQL or into its connection's database."""

    def __init__(self, connection: DatabaseWrapper) -> None:
        self.connection = connection
        self.quote = connection.ops.quote_name
        # Foreign keys to tables that do not exist so far: (target table, statement).
        self._waiting: list[tuple[str, str]] = []

    def __enter__(self) -> "SchemaEditor":
        return self

    def __exit__(self, *exc_info: object) -> None:
        pass

    # --- what is done -----------------------------------------------------------------

    def create_model(self, model: ModelClass) -> None:
        """Create the model's table with its indexes, and the foreign keys now possible.

        The tables of its many-to-many fields' links too.
        """
        self._create_table(model)
        for through in link_tables(model):
            self._create_table(through)
        self._add_foreign_keys()

    def _create_table(self, model: ModelClass) -> None:
        for statement in [self.create_table_sql(model), *self.index_sql(model)]:
            self.connection.execute(statement, None)
        self._waiting += self._foreign_keys(model)

    def delete_model(self, model: ModelClass) -> None:
        """Drop the model's table, and on PostgreSQL the foreign keys that point to it."""
        for through in link_tables(model):
            self.delete_model(through)
        cascade = "" if self.connection.features.foreign_keys_inline else " CASCADE"
        table = self.quote(model._meta.db_table)
        self.connection.execute(f"DROP TABLE {table}{cascade}", None)

    def _add_foreign_keys(self) -> None:
        if not self._waiting:
            return
        existing = set(self.connection.introspection.table_names())
        for target, statement in self._waiting:
            if target in existing:
                self.connection.execute(statement, None)
        self._waiting = [entry for entry in self._waiting if entry[0] not in existing]

    # --- the SQL ----------------------------------------------------------------------

    def table_sql(self, model: ModelClass) -> list[str]:
        """Every statement that makes the model's table, in order."""
        foreign_keys = [statement for _, statement in self._foreign_keys(model)]
        return [self.create_table_sql(model), *self.index_sql(model), *foreign_keys]

    def create_table_sql(self, model: ModelClass) -> str:
        meta = model._meta
        lines = [
            self.column_sql(meta.db_table, field)
            for field in meta.local_fields
            if field.db_type(self.connection) is not None
        ]
        for columns in _unique_together(meta):
            name = object_name(meta.db_table, columns, "uniq")
            lines.append(f"CONSTRAINT {self.quote(name)} UNIQUE ({self._columns(columns)})")
        body = ",\n    ".join(lines)
        return f"CREATE TABLE {self.quote(meta.db_table)} (\n    {body}\n)"

    def column_sql(self, table: str, field: Any) -> str:
        """A column's line: name, type, whether NULL, and its constraints."""
        column = self.quote(field.column)
        internal_type = field.get_internal_type()
        parts = [column, field.db_type(self.connection), "NULL" if field.null else "NOT NULL"]
        if field.primary_key:
            parts.append("PRIMARY KEY")
        elif field.unique:
            parts.append("UNIQUE")
        if suffix := self.connection.data_types_suffix.get(internal_type):
            parts.append(suffix)
        if check := self.connection.data_type_check_constraints.get(internal_type):
            parts.append(f"CHECK ({check % {'column': column}})")
        if _is_foreign_key(field) and self.connection.features.foreign_keys_inline:
            parts.append(self._references(field))
        return " ".join(parts)

    def index_sql(self, model: ModelClass) -> list[str]:
        """An index for each column that is looked up: db_index, which foreign keys have.

        A unique column has one already, as part of being unique.
        """
        table = model._meta.db_table
        return [
            f"CREATE INDEX {self.quote(object_name(table, [field.column], 'idx'))} "
            f"ON {self.quote(table)} ({self.quote(field.column)})"
            for field in model._meta.local_fields
            if field.db_index and not (field.unique or field.primary_key)
        ]

    def _foreign_keys(self, model: ModelClass) -> list[tuple[str, str]]:
        """What adds the foreign keys afterwards, where the table could not have them at once."""
        if self.connection.features.foreign_keys_inline:
            return []
        table = model._meta.db_table
        return [
            (
                field.remote_field.model._meta.db_table,
                f"ALTER TABLE {self.quote(table)} "
                f"ADD CONSTRAINT {self.quote(object_name(table, [field.column], 'fk'))} "
                f"FOREIGN KEY ({self.quote(field.column)}) {self._references(field)}",
            )
            for field in model._meta.local_fields
            if _is_foreign_key(field)
        ]

    def _references(self, field: Any) -> str:
        target = self.quote(field.remote_field.model._meta.db_table)
        column = self.quote(field.target_field.column)
        return f"REFERENCES {target} ({column}) DEFERRABLE INITIALLY DEFERRED"

    def _columns(self, columns: Iterable[str]) -> str:
        return ", ".join(map(self.quote, columns))


def link_tables(model: ModelClass) -> list[ModelClass]:
    """The models of the links of its many-to-many fields that nobody wrote."""
    fields = getattr(model._meta, "local_many_to_many", ())
    return [field.through for field in fields if field.through._meta.auto_created]


def _is_foreign_key(field: Any) -> bool:
    return (
        field.remote_field is not None
        and field.column is not None
        and getattr(field, "db_constraint", True)
    )


def _unique_together(meta: Any) -> list[list[str]]:
    """The columns of each set of fields that is unique together."""
    return [[meta.get_field(name).column for name in names] for names in meta.unique_together]


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
            if _is_foreign_key(field) and field.remote_field.model in wanted:
                place(field.remote_field.model)
        result.append(model)

    for model in models:
        place(model)
    return result
