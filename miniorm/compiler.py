"""From a query to SQL: the one place where joins are decided.

Step 6 of the trip. A compiler writes one SELECT of one query for one database. Columns
know the path of relations to their table; the first that asks for a path's alias has the
table joined. Whether INNER or LEFT is one question asked of the whole condition: can it be
true without this row? If not, the join is inner, and the database may begin with that table.

The SQL standard's SELECT; in Django: `django.db.models.sql.compiler`.
"""

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

from miniorm import fields
from miniorm.conditions import AND, Group
from miniorm.errors import FieldError
from miniorm.expressions import SQL, Col, Expression, OrderBy, Random
from miniorm.query import Path, Query, Scope, parent_path


class Compiler:
    """One query on its way to SQL."""

    def __init__(self, query: Query, connection: Any, outer: "Compiler | None" = None) -> None:
        self.query = query
        self.connection = connection
        self.outer = outer
        self.depth: int = outer.depth + 1 if outer else 0
        self.quote = connection.ops.quote_name
        self.meta = query.model._meta
        self._vendor_method = f"as_{connection.vendor}"
        self._aliases: dict[Path, str] = {}
        self._inner: set[Path] = {()}
        self._joins: list[str] = []
        self._join_params: list[Any] = []
        self._aliases[()] = self._new_alias(self.meta.db_table)

    @cached_property
    def _required(self) -> frozenset[Path]:
        return frozenset[Path]().union(*(each.required() for each in self.query.where))

    # --- what expressions ask ---------------------------------------------------------

    def compile(self, expression: Any) -> SQL:
        """SQL and parameters of an expression, by its own method for this database if any."""
        method = getattr(expression, self._vendor_method, None) or expression.as_sql
        found: SQL = method(self, self.connection)
        return found

    def compile_list(self, expressions: Iterable[Any]) -> SQL:
        parts = [self.compile(each) for each in expressions]
        return ", ".join(sql for sql, _ in parts), [each for _, params in parts for each in params]

    def inner(self, query: Query) -> "Compiler":
        """The compiler of a subquery."""
        return Compiler(query, self.connection, outer=self)

    def alias(self, path: Path) -> str:
        """The quoted name of the table at the end of `path`, which is joined if need be."""
        if path not in self._aliases:
            self._join(path)
        return self._aliases[path]

    @property
    def has_joins(self) -> bool:
        return bool(self._joins)

    # --- joins ------------------------------------------------------------------------

    def _join(self, path: Path) -> None:
        near_alias = self.alias(path[:-1])
        relation = path[-1].relation
        near, far = relation.join_columns()
        table = relation.related_model._meta.db_table
        alias = self._aliases[path] = self._new_alias(table)
        always_there = path[:-1] in self._inner and not relation.null and not path[-1].alias
        if always_there or path in self._required:
            self._inner.add(path)
            kind = "INNER JOIN"
        else:
            kind = "LEFT OUTER JOIN"
        same = f"{near_alias}.{self.quote(near.column)} = {alias}.{self.quote(far.column)}"
        place = len(self._joins)
        self._joins.append(f"{kind} {self._named(table, alias)} ON ({same})")
        if path[-1].alias:
            filtered = dict(self.query.filtered_relations)[path[-1].alias]
            condition, params = self.compile(filtered.resolved(self.query))
            self._joins[place] = f"{kind} {self._named(table, alias)} ON ({same} AND {condition})"
            self._join_params += params

    def _new_alias(self, table: str) -> str:
        """The table's own name where it is free; in a subquery U0, U1 ... (V0 inside that)."""
        if self.depth:
            letter = "UVWXYZ"[min(self.depth, 6) - 1]
            extra = str(self.depth) + "_" if self.depth > 6 else ""
            return self.quote(f"{letter}{extra}{len(self._aliases)}")  # type: ignore[no-any-return]
        own: str = self.quote(table)
        taken = own in self._aliases.values()
        return self.quote(f"T{len(self._aliases) + 1}") if taken else own

    def _named(self, table: str, alias: str) -> str:
        quoted: str = self.quote(table)
        return quoted if quoted == alias else f"{quoted} {alias}"

    def _from(self) -> str:
        """FROM with every join that was asked for: to be written last."""
        return " ".join([self._named(self.meta.db_table, self._aliases[()]), *self._joins])

    # --- the parts of SELECT ----------------------------------------------------------

    def columns(self) -> list[tuple[str | None, Any]]:
        """What is fetched, as (alias or None, expression)."""
        query = self.query
        if query.values is not None:
            annotations = dict(query.annotations)
            scope = Scope(query)
            return [
                (name if name in annotations else None, scope.reference(name))
                for name in query.values
            ]
        own = [
            (None, column) for path in ((), *query.related) for column in columns_at(query, path)
        ]
        return [*own, *query.annotations]

    def _conditions(self) -> tuple[SQL, SQL]:
        """WHERE, and HAVING for what can only be known of a group."""
        where: list[Any] = []
        having: list[Any] = []
        for each in self.query.where:
            (having if each.contains_aggregate else where).append(each)
        return self._all_of(where), self._all_of(having)

    def _all_of(self, conditions: list[Any]) -> SQL:
        if not conditions:
            return "", []
        if len(conditions) == 1:
            return self.compile(conditions[0])
        sql, params = self.compile(Group(AND, conditions))
        return sql[1:-1], params

    def _group_by(self, selected: list[Any], ordering: list[OrderBy]) -> SQL:
        query = self.query
        if query.grouped_by is None:
            return "", []
        if query.grouped_by:
            scope = Scope(query)
            keys = [scope.reference(name) for name in query.grouped_by]
        else:
            keys = columns_at(query, ())
        keys += [*selected, *(each.sources[0] for each in ordering)]
        parts = [self.compile(each) for each in keys if not each.contains_aggregate]
        unique = dict.fromkeys((sql, tuple(params)) for sql, params in parts if "RANDOM" not in sql)
        return ", ".join(sql for sql, _ in unique), [each for _, some in unique for each in some]

    def ordering(self) -> list[OrderBy]:
        """What the rows are ordered by; for each group, Meta.ordering says nothing."""
        query = self.query
        wanted = query.ordering
        if wanted is None:
            wanted = () if query.grouped_by else self.meta.ordering
        if not wanted:
            return []
        found = [each for name in wanted for each in order_by(name, Scope(query))]
        return [each.reversed() for each in found] if query.reverse else found

    def _limits(self) -> str:
        query, parts = self.query, []
        if query.high is not None:
            parts.append(f"LIMIT {query.high - query.low}")
        elif query.low and self.connection.vendor == "sqlite":
            parts.append("LIMIT -1")  # SQLite takes no OFFSET alone
        if query.low:
            parts.append(f"OFFSET {query.low}")
        return " ".join(parts)

    # --- statements -------------------------------------------------------------------

    def as_sql(self) -> SQL:
        """The SELECT of the query."""
        query, ordering = self.query, self.ordering()
        computed = query.annotations or query.distinct or query.grouped_by is not None
        if query.values is None and not computed:
            return self._statement(self._objects(), [], [], ordering)
        columns = self.columns()
        selected = [expression for _, expression in columns]
        names = [alias for alias, _ in columns]
        if query.distinct:
            # What DISTINCT rows are ordered by must be one of their columns.
            extra = [each.sources[0] for each in ordering]
            more = [each for each in extra if not self._is_among(each, selected)]
            selected += more
            names += [None] * len(more)
        return self.select(selected, names, ordering)

    def _is_among(self, expression: Any, selected: list[Any]) -> bool:
        return self.compile(expression) in [self.compile(each) for each in selected]

    def select(
        self,
        selected: list[Any],
        names: Sequence[str | None] = (),
        ordering: Sequence[OrderBy] = (),
    ) -> SQL:
        """SELECT with these columns, and with all that the query asks for besides."""
        heads, params = [], []
        for index, expression in enumerate(selected):
            sql, some = self.compile(expression)
            name = names[index] if names else None
            heads.append(f"{sql} AS {self.quote(name)}" if name else sql)
            params += some
        return self._statement(", ".join(heads), params, selected, ordering)

    def _objects(self) -> str:
        """The columns of whole objects: the names in the tables, which are known for long."""
        heads = []
        for path in ((), *self.query.related):
            meta = path[-1].relation.related_model._meta if path else self.meta
            if meta.parents:
                heads += [self.compile(each)[0] for each in columns_at(self.query, path)]
            else:
                alias = self.alias(path)
                if alias not in meta.heads:
                    names = (f"{alias}.{self.quote(field.column)}" for field in meta.fields)
                    meta.heads[alias] = ", ".join(names)
                heads.append(meta.heads[alias])
        return ", ".join(heads)

    def _statement(
        self, heads: str, params: list[Any], selected: list[Any], ordering: Sequence[OrderBy]
    ) -> SQL:
        where, having = self._conditions()
        group = self._group_by(selected, list(ordering))
        order = self.compile_list(ordering)
        parts = [f"SELECT {'DISTINCT ' if self.query.distinct else ''}{heads}"]
        parts.append(f"FROM {self._from()}")
        params += self._join_params
        for keyword, (sql, some) in (
            ("WHERE", where),
            ("GROUP BY", group),
            ("HAVING", having),
            ("ORDER BY", order),
        ):
            if sql:
                parts.append(f"{keyword} {sql}")
                params += some
        if limits := self._limits():
            parts.append(limits)
        return " ".join(parts), params

    def exists_sql(self) -> SQL:
        """SELECT 1 ...: for EXISTS(...), where the columns do not matter."""
        query = self.query
        if query.is_sliced or query.grouped_by is not None:
            return self.as_sql()
        if query.empty:
            return "SELECT 1 WHERE 1 = 0", []
        return self._with(ordering=(), distinct=False).select([_One()])

    def keys_sql(self) -> SQL:
        """The values that `x__in=queryset` compares with: its one column, or its keys."""
        query = self.query
        if query.values is None:
            query = query._replace(values=("pk",), related=())
        elif len(query.values) != 1:
            raise ValueError(
                "A queryset after __in must fetch one column: it is values() or values_list() of "
                f"{len(query.values)}."
            )
        if not query.is_sliced:
            query = query._replace(ordering=())
        return self._with(**query._asdict()).as_sql()

    def _with(self, **changes: Any) -> "Compiler":
        return Compiler(self.query._replace(**changes), self.connection, self.outer)

    def aggregate_sql(self, aggregates: Sequence[Expression]) -> SQL:
        """SELECT of aggregates over all rows of the query."""
        query = self.query
        if not (query.is_sliced or query.distinct or query.grouped_by is not None):
            plain = self._with(ordering=(), related=(), annotations=(), values=None)
            return plain.select(list(aggregates))
        return self._aggregate_over_rows(list(aggregates))

    def _aggregate_over_rows(self, aggregates: list[Any]) -> SQL:
        """The aggregates of what a subquery gives: its rows are cut, unique or grouped."""
        inner = self._with(related=())
        columns = inner.columns()
        known: dict[Any, str] = {}
        for index, (_, expression) in enumerate(columns):
            known.setdefault(_identity(expression), f"col{index}")
        extra = [
            column
            for each in aggregates
            for column in each.columns()
            if _identity(column) not in known and not self.query.values and not column.path
        ]
        selected = [*(each for _, each in columns), *extra]
        ordering = inner.ordering() if self.query.is_sliced else []
        rows, params = inner.select(selected, [f"col{i}" for i in range(len(selected))], ordering)
        outer = [_over_rows(each, known, self.quote) for each in aggregates]
        heads, more = self.compile_list(outer)
        sql = f"SELECT {heads} FROM ({rows}) {self.quote('subquery')}"  # noqa: S608
        return sql, [*more, *params]


class _One(Expression):
    _output_field = fields.IntegerField()

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        return "1", []


class _SubqueryColumn(Expression):
    """A column of the subquery in FROM."""

    def __init__(self, sql: str, output_field: Any) -> None:
        self.sql = sql
        self._output_field = output_field

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        return self.sql, []


def _identity(expression: Any) -> Any:
    """What two columns or expressions that are the same have in common."""
    if isinstance(expression, Col):
        return (expression.path, expression.field)
    return id(expression)


def _over_rows(aggregate: Any, known: dict[Any, str], quote: Any) -> Any:
    """The aggregate with the subquery's columns in place of its own."""

    def moved(each: Any) -> Any:
        if name := known.get(_identity(each)):
            return _SubqueryColumn(f"{quote('subquery')}.{quote(name)}", each.output_field)
        if isinstance(each, Col):
            raise FieldError(
                f"Cannot aggregate {each!r} over rows that are sliced, unique or grouped: it is "
                "not one of their columns."
            )
        twin = each.with_sources(moved(source) for source in each.sources)
        if getattr(each, "filter", None) is not None:
            twin.filter = moved(each.filter)
        return twin

    return moved(aggregate)


def columns_at(query: Query, path: Path) -> list[Col]:
    """Every column of the model at the end of the path."""
    model = path[-1].relation.related_model if path else query.model
    return [Col(parent_path(path, model, field.model), field) for field in model._meta.fields]


def order_by(item: Any, scope: Scope) -> list[OrderBy]:
    """What one argument of order_by() means: "-pub_date", "?", F("x").desc() ..."""
    if not isinstance(item, str):
        if not hasattr(item, "resolve_expression"):
            raise FieldError(f"order_by() takes names and expressions, and got {item!r}.")
        resolved = item if isinstance(item, OrderBy) else OrderBy(item)
        return [resolved.resolve_expression(scope)]
    if item in ("?", "-?"):
        return [OrderBy(Random())]
    descending = item.startswith("-")
    name = item.lstrip("+-") if item[:2] not in ("--", "+-", "-+") else item
    expression = scope.reference(name)
    relation: Any = getattr(expression, "relation", None)
    by_object = relation is not None and name.rpartition("__")[2] == relation.name
    if by_object and (ordering := relation.related_model._meta.ordering):
        return _by_object(name, ordering, descending, scope)
    return [OrderBy(expression, descending)]


def _by_object(name: str, ordering: Any, descending: bool, scope: Scope) -> list[OrderBy]:
    """To order by a related object is to order as its model does."""
    found: list[OrderBy] = []
    for each in ordering:
        if isinstance(each, str) and each != "?":
            related = f"{name}__{each.lstrip('-')}"
            # A model that is ordered by an object of its own kind would go on forever.
            for part in [OrderBy(scope.reference(related), each.startswith("-"))]:
                found.append(part.reversed() if descending else part)
    return found or [OrderBy(scope.reference(name), descending)]
