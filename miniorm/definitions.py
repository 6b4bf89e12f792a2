"""What a table is, as SQL: its columns, indexes, constraints and foreign keys, as text.

Before the trip, when tables are made (`schema`). Nothing here asks the database.

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
from miniorm.errors import FieldError

# PostgreSQL cuts a name after so many bytes (NAMEDATALEN - 1), silently: two long names
# would become one.
NAME_LIMIT = 63

ModelClass = Any  # a model class; what is read of it is its _meta


class Definitions:
    """The definitions of models' tables for one database."""

    def __init__(self, connection: DatabaseWrapper) -> None:
        self.connection = connection
        self.quote = connection.ops.quote_name

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
        lines += [sql for each in meta.constraints if (sql := each.constraint_sql(model, self))]
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
        found += [each.create_sql(model, self) for each in meta.indexes]
        found += [each.create_sql(model, self) for each in meta.constraints
                  if each.is_index]  # fmt: skip
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
        sql += self.nulls_sql(index.nulls_distinct)
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


def definition_sql(model: ModelClass, condition: Any, connection: Any) -> str:
    """A condition or expression as a table's definition has it: bare columns, no parameters."""
    from miniorm.compiler import Compiler
    from miniorm.conditions import resolve
    from miniorm.expressions import Col
    from miniorm.query import Query, Scope

    class Bare(Col):
        def as_sql(self, compiler: Any, connection: Any) -> Any:
            return compiler.quote(self.field.column), []

    def bare(column: Col) -> Col:
        if column.path:
            raise FieldError(f"A table's definition knows only its own columns, not {column!r}.")
        return Bare((), column.field, column.relation)

    query = Query(model)
    resolved = resolve(condition, Scope(query)).map_columns(bare)
    sql, params = Compiler(query, connection).compile(resolved)
    return str(sql % tuple(connection.ops.literal(each) for each in params))


# --- small words of fields and names ------------------------------------------------------


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
    return bool(field.remote_field is not None and field.column is not None and field.db_constraint)


def has_index(field: Any) -> bool:
    return bool(field.db_index and not (field.unique or field.primary_key))


def is_generated(field: Any) -> bool:
    return bool(getattr(field, "generated", False))


def unique_columns(meta: Any, together: Any) -> list[list[str]]:
    """The columns of each set of fields that is unique together."""
    return [[meta.get_field(name).column for name in names] for names in together]


def object_name(table: str, columns: Sequence[str], suffix: str) -> str:
    """A name for an index or constraint: always the same for the same, never too long.

    "polls_choice_question_id_3f1c8a2b_idx". The hash keeps names apart that would be cut
    to the same beginning.
    """
    digest = hashlib.md5("\0".join([table, *columns]).encode(), usedforsecurity=False)
    ending = f"_{digest.hexdigest()[:8]}_{suffix}"
    beginning = "_".join([table, *columns]).encode()[: NAME_LIMIT - len(ending)]
    return beginning.decode(errors="ignore") + ending
