"""INSERT, UPDATE and DELETE: the statements that change rows.

Step 6 of the trip. Each takes one table. So where the rows to change are found by way of
others (`filter(question__closed=True).delete()`), their keys come from a subquery. The keys
that the database gives to new rows come back from INSERT itself, by RETURNING.

The SQL standard's data change statements; in Django: `django.db.models.sql.compiler`
(SQLInsertCompiler and its kin) and `.subqueries`.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from operator import attrgetter
from typing import Any

from miniorm.compiler import Compiler
from miniorm.errors import FieldError
from miniorm.expressions import SQL, Col, F, Subquery
from miniorm.fields import Field
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


class NewRows:
    """How a table gets new rows: the fields that are given, those that the database tells.

    `numbered`: the key is one of the latter. One for each table (`Options.new_rows`).
    """

    def __init__(self, table: Any, numbered: bool) -> None:
        meta = table._meta
        key = [meta.pk] if numbered else []
        self.table = table
        self.given = [each for each in meta.local_fields if not (each.generated or each in key)]
        self.told = [*key, *meta.returned_fields]
        self._decided = any(type(each).pre_save is not Field.pre_save for each in self.given)
        self._taken = take(*(field.attname for field in self.given))

    def values(self, instances: Sequence[Any], raw: bool = False) -> list[Sequence[Any]]:
        """What each is to be saved with; some fields decide it just now, unless `raw`."""
        if raw or not self._decided:
            return list(map(self._taken, instances))
        return [[field.pre_save(each, add=True) for field in self.given] for each in instances]

    def statement(self, connection: Any, conflict: str) -> tuple[str, str, str, Any]:
        """The text before the rows, for each row, behind them; what makes values of the answer.

        The connection keeps them.
        """
        kept = connection.kept.get((self, conflict))
        if kept is None:
            quote = connection.ops.quote_name
            names = ", ".join(quote(field.column) for field in self.given)
            head = f"INSERT INTO {quote(self.table._meta.db_table)} "
            head += f"({names}) VALUES " if names else "DEFAULT VALUES"
            row = f"({', '.join(['%s'] * len(self.given))})" if names else ""
            tail = f" {conflict}" if conflict else ""
            if self.told:
                tail += f" RETURNING {', '.join(quote(field.column) for field in self.told)}"
            load = values_loader([Col((), field) for field in self.told], connection)
            kept = connection.kept[self, conflict] = head, row, tail, load
        return kept  # type: ignore[no-any-return]


def take(*names: str) -> Callable[[Any], Sequence[Any]]:
    """What gives the values of these attributes of an object."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda instance: [getattr(instance, name) for name in names]


def insert(
    connection: Any, new: NewRows, rows: Sequence[Sequence[Any]], conflict: str = ""
) -> list[Sequence[Any]]:
    """INSERT rows of values for the fields that are given; of each the fields that are told.

    `conflict` is what is said of a row that is there already: if it is left out, the list
    is shorter.
    """
    if not new.given:  # with nothing given, nothing is there already
        return [_insert_some(connection, new, [()], "")[0] for _ in rows]
    limit = connection.features.max_query_params or MAX_PARAMS
    size = max(limit // len(new.given), 1)
    found: list[Sequence[Any]] = []
    for start in range(0, len(rows), size):
        found += _insert_some(connection, new, rows[start : start + size], conflict)
    return found


def _insert_some(
    connection: Any, new: NewRows, rows: Sequence[Sequence[Any]], conflict: str
) -> list[Sequence[Any]]:
    head, group, tail, load = new.statement(connection, conflict)
    kinds = set(map(type, chain.from_iterable(rows)))
    if any(hasattr(kind, "resolve_expression") for kind in kinds):
        compiler = Compiler(Query(new.table), connection)
        parts = [_inserted(compiler, new.given, row) for row in rows]
        groups, params = [sql for sql, _ in parts], [each for _, some in parts for each in some]
    else:
        groups = [group] * len(rows)
        savers = [field.get_db_prep_save for field in new.given]
        params = [
            save(value, connection) for row in rows for save, value in zip(savers, row, strict=True)
        ]
    sql = f"{head}{', '.join(groups)}{tail}"
    if new.told:
        return load(connection.fetch(sql, params))  # type: ignore[no-any-return]
    return [()] * connection.execute(sql, params).rowcount


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
        keys = [key for (key,) in connection.fetch(*Compiler(own, connection).as_sql())]
        for table, changes in by_table.items():
            rows = rows_of(table, keys)
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
