"""INSERT, UPDATE and DELETE: the statements that change rows.

Step 6 of the trip. Each takes one table. So where the rows to change are found by way of
others (`filter(question__closed=True).delete()`), their keys come from a subquery. The keys
that the database gives to new rows come back from INSERT itself, by RETURNING.

The SQL standard's data change statements; in Django: `django.db.models.sql.compiler`
(SQLInsertCompiler and its kin) and `.subqueries`.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from miniorm.compiler import Compiler
from miniorm.conditions import Q
from miniorm.errors import FieldError
from miniorm.expressions import SQL, Col, F, Subquery
from miniorm.listlookups import In
from miniorm.lookups import Exact
from miniorm.query import Query, Scope
from miniorm.rows import values_loader
from miniorm.transaction import atomic

# Parameters in one INSERT where the database sets no limit of its own.
MAX_PARAMS = 30_000


class WritingCompiler(Compiler):
    """A query on its way to the statement that changes its rows."""

    def update_sql(self, values: Sequence[tuple[Any, Any]]) -> SQL:
        """UPDATE: `values` are fields with what each becomes, a value or an expression."""
        parts, params = [], []
        for field, value in values:
            sql, some = self._assigned(field, value)
            parts.append(f"{self.quote(field.column)} = {sql}")
            params += some
        where, more = self._own_rows()
        table = self.quote(self.meta.db_table)
        sql = f"UPDATE {table} SET {', '.join(parts)}{' WHERE ' if where else ''}{where}"  # noqa: S608
        return sql, [*params, *more]

    def _assigned(self, field: Any, value: Any) -> SQL:
        if not hasattr(value, "resolve_expression"):
            return "%s", [field.get_db_prep_save(value, self.connection)]
        resolved = value.resolve_expression(Scope(self.query), for_save=True)
        if resolved.contains_aggregate:
            raise FieldError(f"An aggregate cannot be assigned ({field.name}={value!r}).")
        if any(column.path for column in resolved.columns()):
            raise FieldError(
                f"Joined field references are not permitted in this query: {field.name}={value!r}."
            )
        return self.compile(resolved)

    def delete_sql(self) -> SQL:
        where, params = self._own_rows()
        table = self.quote(self.meta.db_table)
        return f"DELETE FROM {table}{' WHERE ' if where else ''}{where}", params  # noqa: S608

    def _own_rows(self) -> SQL:
        """WHERE for a statement that takes one table: what needs others is a subquery."""
        where, having = self._conditions()
        sql = self._all_of(where)
        if not self.has_joins and not having and not self.asks_of_windows:
            return sql
        keys = self.query._replace(ordering=(), related=(), values=None)
        return self.compile(In(Col((), self.meta.pk), Subquery(keys)))


def fields_of_insert(table: Any, numbered: bool) -> tuple[list[Any], list[Any]]:
    """The fields that a new row is given, and those that the database decides and tells.

    `numbered`: the key is one of the latter.
    """
    meta = table._meta
    key = [meta.pk] if numbered else []
    given = [each for each in meta.local_fields if not (each.generated or each in key)]
    return given, [*key, *meta.returned_fields]


def insert(
    connection: Any,
    model: Any,
    columns: Sequence[Any],
    rows: Sequence[Sequence[Any]],
    returned: Sequence[Any],
    conflict: str = "",
) -> list[Sequence[Any]]:
    """INSERT rows of values for these fields; of each new row the fields that are `returned`.

    `conflict` is what is said of a row that is there already.
    """
    if not columns:
        return [_insert_some(connection, model, (), [()], returned, conflict)[0] for _ in rows]
    limit = connection.features.max_query_params or MAX_PARAMS
    size = max(limit // len(columns), 1)
    found: list[Sequence[Any]] = []
    for start in range(0, len(rows), size):
        some = rows[start : start + size]
        found += _insert_some(connection, model, columns, some, returned, conflict)
    return found


def _insert_some(
    connection: Any,
    model: Any,
    columns: Sequence[Any],
    rows: Sequence[Sequence[Any]],
    returned: Sequence[Any],
    conflict: str,
) -> list[Sequence[Any]]:
    meta, quote = model._meta, connection.ops.quote_name
    if any(hasattr(value, "resolve_expression") for row in rows for value in row):
        compiler = Compiler(Query(model), connection)
        parts = [_inserted(compiler, columns, row) for row in rows]
        groups, params = [sql for sql, _ in parts], [each for _, some in parts for each in some]
    else:
        groups = [f"({', '.join(['%s'] * len(columns))})"] * len(rows)
        savers = [field.get_db_prep_save for field in columns]
        params = [
            save(value, connection) for row in rows for save, value in zip(savers, row, strict=True)
        ]
    names = ", ".join([quote(field.column) for field in columns])
    values = f"({names}) VALUES {', '.join(groups)}" if columns else "DEFAULT VALUES"
    sql = f"INSERT INTO {quote(meta.db_table)} {values}{' ' if conflict else ''}{conflict}"
    if not returned:
        connection.execute(sql, params)
        return [()] * len(rows)
    asked = ", ".join(quote(field.column) for field in returned)
    cursor = connection.execute(f"{sql} RETURNING {asked}", params)
    with connection.wrap_database_errors():
        found = cursor.fetchall()
    return values_loader([Col((), field) for field in returned], connection)(found)


def _inserted(compiler: Compiler, columns: Sequence[Any], row: Sequence[Any]) -> SQL:
    """A row in which the database computes something."""
    parts = [_value(compiler, field, value) for field, value in zip(columns, row, strict=True)]
    params = [each for _, some in parts for each in some]
    return f"({', '.join(sql for sql, _ in parts)})", params


def _value(compiler: Compiler, field: Any, value: Any) -> SQL:
    if not hasattr(value, "resolve_expression"):
        return "%s", [field.get_db_prep_save(value, compiler.connection)]
    if isinstance(value, F) or any(True for _ in _names_in(value)):
        raise ValueError(
            f"{field.name!r} is to be inserted as {value!r}, but a new row has no columns yet "
            "to compute with: F() can only be used to update."
        )
    return compiler.compile(value.resolve_expression(Scope(compiler.query)))


def _names_in(expression: Any) -> Iterable[F]:
    for each in getattr(expression, "sources", ()):
        if isinstance(each, F):
            yield each
        else:
            yield from _names_in(each)


def rows_of(model: Any, keys: Sequence[Any]) -> Query:
    """The rows with these keys."""
    own = Col((), model._meta.pk)
    return Query(model, where=(Exact(own, keys[0]) if len(keys) == 1 else In(own, keys),))


def update(connection: Any, query: Query, values: Sequence[tuple[Any, Any]]) -> int:
    """UPDATE the rows of a query; how many there were."""
    if query.empty or not values:
        return 0
    meta = query.model._meta.concrete_model._meta
    if not meta.parents or all(field in meta.local_fields for field, _ in values):
        sql, params = WritingCompiler(query, connection).update_sql(values)
        with connection.write():
            return int(connection.execute(sql, params).rowcount)
    return _update_tables(connection, query, values)


def _update_tables(connection: Any, query: Query, values: Sequence[tuple[Any, Any]]) -> int:
    """UPDATE fields of a model and of its parents, which are in several tables."""
    by_table: dict[Any, list[tuple[Any, Any]]] = {}
    for field, value in values:
        by_table.setdefault(field.model._meta.concrete_model, []).append((field, value))
    with atomic(connection.alias, savepoint=False):
        # The keys first: what the first statement changes may be what the rows are found by.
        own = query._replace(ordering=(), related=(), annotations=(), values=("pk",))
        cursor = connection.execute(*Compiler(own, connection).as_sql())
        with connection.wrap_database_errors():
            keys = [key for (key,) in cursor.fetchall()]
        for table, changes in by_table.items():
            rows = Query(table).filtered(Q(pk__in=keys))
            if keys:
                connection.execute(*WritingCompiler(rows, connection).update_sql(changes))
    return len(keys)


def delete(connection: Any, query: Query) -> int:
    """DELETE the rows of a query, and nothing else; how many there were."""
    if query.empty:
        return 0
    sql, params = WritingCompiler(query, connection).delete_sql()
    with connection.write():
        return int(connection.execute(sql, params).rowcount)
