"""SELECT over SELECT: what can only be asked of rows that are there already.

Step 6 of the trip. An aggregate of rows that are cut, unique or grouped; a condition on what
a window computes, since WHERE comes before it; several queries as one. In each case the rows are
a subquery in FROM, whose columns are called col0, col1 ..., and what is asked speaks of these.

The SQL standard's set operations and window functions; in Django: `django.db.models.sql.compiler`
(get_qualify_sql, get_combinator_sql) and `Query.get_aggregation`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from miniorm.conditions import AND, Group
from miniorm.errors import DatabaseError, FieldError
from miniorm.expressions import SQL, Col, Expression, OrderBy
from miniorm.query import Query

KEYWORDS = {"union": "UNION", "intersection": "INTERSECT", "difference": "EXCEPT"}


class Combined(NamedTuple):
    """Several queries as one: union() and its kin."""

    kind: str  # of KEYWORDS
    all: bool  # equal rows stay, as many as there are
    queries: tuple[Query, ...]


class SubqueryColumn(Expression):
    """A column of the subquery in FROM."""

    def __init__(self, sql: str, original: Any) -> None:
        self.sql = sql
        self.original = original

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        return self.sql, []

    def may_be_null(self) -> bool:
        return bool(self.original.may_be_null())

    def _resolve_output_field(self) -> Any:
        return self.original.output_field


def moved(expression: Any, column: Callable[[Any], Any]) -> Any:
    """The expression with what `column` finds in the subquery in the place of its own parts."""
    if (found := column(expression)) is not None:
        return found
    return expression.with_sources(each and moved(each, column) for each in expression.sources)


# --- aggregates ---------------------------------------------------------------------------


def aggregate_sql(compiler: Any, aggregates: Sequence[Any]) -> SQL:
    """The aggregates of what a subquery gives: its rows are cut, unique or grouped."""
    query = compiler.query
    changes: dict[str, Any] = {"related": (), "lock": None}
    if not query.distinct:
        changes["hidden"] = frozenset()
    if not query.is_sliced:
        changes["ordering"] = ()
    columns = compiler.with_query(**changes).columns()
    known: dict[Any, str] = {}
    for index, (_, expression) in enumerate(columns):
        known.setdefault(expression, f"col{index}")
    added: list[Col] = []

    def column(each: Any) -> Any:
        if each not in known and isinstance(each, Col):
            if query.combined:
                raise FieldError(f"Cannot aggregate {each!r}: it is no column of what is combined.")
            known[each] = f"col{len(columns) + len(added)}"
            added.append(each)
        name = known.get(each)
        return name and SubqueryColumn(f"{quote('subquery')}.{quote(name)}", each)

    def of_all(each: Any) -> Any:
        """An aggregate of all rows, though one like it may be a column of each."""
        if type(each).contains_aggregate is True:
            return each.with_sources(part and moved(part, column) for part in each.sources)
        return column(each)

    quote = compiler.quote
    heads, more = compiler.compile_list([moved(each, of_all) for each in aggregates])
    if added:  # as Django does: the rows are then those of these columns, too
        names = [f"added{index}" for index in range(len(added))]
        annotations = zip(names, added, strict=True)
        changes["annotations"] = (*query.annotations, *annotations)
        changes["values"] = query.values and (*query.values, *names)
    rows, params = compiler.with_query(**changes).as_sql("col")
    return f"SELECT {heads} FROM ({rows}) {quote('subquery')}", [*more, *params]  # noqa: S608


# --- conditions on windows ----------------------------------------------------------------


def qualified_sql(
    compiler: Any, selected: Sequence[Any], names: Sequence[Any], ordering: Sequence[OrderBy]
) -> SQL:
    """SELECT of rows of which a window's value is asked for."""
    query, quote = compiler.query, compiler.quote
    asked = list(_one_by_one(query.where))
    plain = tuple(each for each in asked if not each.contains_over_clause)
    inner = compiler.with_query(
        where=plain, ordering=(), distinct=False, low=0, high=None, lock=None
    )
    known: dict[Any, str] = {}

    def column(each: Any) -> Any:
        name = known.setdefault(each, f"col{len(known)}")
        return SubqueryColumn(f"{quote('qualify')}.{quote(name)}", each)

    def inside(each: Any) -> Any:
        """A window, an aggregate, a subquery or a column, whichever comes first."""
        kind = type(each)
        computed = kind.contains_over_clause is True or kind.contains_aggregate is True
        return column(each) if computed or isinstance(each, Col) or hasattr(each, "query") else None

    heads = []
    for index, each in enumerate(selected):
        sql = column(each).sql
        name = names[index] if names else None
        heads.append(f"{sql} AS {quote(name)}" if name else sql)
    conditions = [
        compiler.compile(moved(each, inside)) for each in asked if each.contains_over_clause
    ]
    order, order_params = compiler.compile_list(
        each.with_sources([column(each.sources[0])]) for each in ordering
    )
    rows, params = inner.select(list(known), list(known.values()))
    where = " AND ".join(sql for sql, _ in conditions)
    parts = [f"SELECT {'DISTINCT ' if query.distinct else ''}{', '.join(heads)}"]
    parts += [f"FROM ({rows}) {quote('qualify')} WHERE {where}"]
    parts += [f"ORDER BY {order}"] if order else []
    parts += [limits] if (limits := compiler.limits()) else []
    more = [param for _, some in conditions for param in some]
    return " ".join(parts), [*params, *more, *order_params]


def _one_by_one(conditions: Iterable[Any]) -> Iterator[Any]:
    """Of a group with AND each part: the windows look at rows for which the others hold."""
    for each in conditions:
        if each.contains_over_clause and isinstance(each, Group) and each.connector == AND:
            yield from _one_by_one(each.sources)
        else:
            yield each


# --- several queries as one -----------------------------------------------------------------


def combined_sql(compiler: Any, prefix: str = "") -> SQL:
    """UNION, INTERSECT or EXCEPT of queries, in an order of their columns."""
    query = compiler.query
    kind, keep_all, queries = query.combined
    if query.values != queries[0].values:
        queries = tuple(each._replace(values=query.values) for each in queries)
    parts = [_member(compiler, each, prefix) for each in queries]
    params = [param for _, some in parts for param in some]
    keyword = f" {KEYWORDS[kind]}{' ALL' if keep_all else ''} "
    words = [keyword.join(sql for sql, _ in parts)]
    if terms := [_term(compiler, each) for each in compiler.ordering()]:
        words.append(f"ORDER BY {', '.join(terms)}")
    if limits := compiler.limits():
        words.append(limits)
    return " ".join(words), params


def _member(compiler: Any, query: Query, prefix: str) -> SQL:
    """SQLite takes no brackets here; what is sliced or combined itself is a subquery."""
    nested = query.is_sliced or query.combined
    if not nested:
        query = query._replace(ordering=())
    sql, params = type(compiler)(query, compiler.connection, compiler.outer).as_sql(prefix)
    if nested:
        sql = f"SELECT * FROM ({sql}) {compiler.quote('part')}"  # noqa: S608
    return sql, params


def _term(compiler: Any, order: OrderBy) -> str:
    """One part of ORDER BY, which may name columns of the result only, by their number."""
    columns = [expression for _, expression in compiler.columns()]
    if order.sources[0] not in columns:
        raise DatabaseError("ORDER BY term does not match any column in the result set.")
    return f"{columns.index(order.sources[0]) + 1} {order.direction()}"
