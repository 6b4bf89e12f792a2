"""From a query to SQL: the one place where joins are decided.

Step 6 of the trip. A compiler writes one SELECT of one query for one database. Columns
know the path of relations to their table; the first that asks for a path's alias has the
table joined. Whether INNER or LEFT is one question asked of the whole condition: can it be
true without this row? If not, the join is inner, and the database may begin with that table.

The SQL standard's SELECT; in Django: `django.db.models.sql.compiler`.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any

from miniorm import fields
from miniorm.conditions import AND, Condition, Group
from miniorm.errors import FieldError, NotSupportedError
from miniorm.expressions import SQL, Col, Expression, OrderBy, Random
from miniorm.lookups import Lookup
from miniorm.nested import aggregate_sql, combined_sql, qualified_sql
from miniorm.query import Path, Query, Scope, loaded_fields, parent_path


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
        kind = self._kind(path)
        same = f"{near_alias}.{self.quote(near.column)} = {alias}.{self.quote(far.column)}"
        place = len(self._joins)
        self._joins.append(f"{kind} {self._named(table, alias)} ON ({same})")
        if path[-1].alias:
            filtered = dict(self.query.filtered_relations)[path[-1].alias]
            condition, params = self.compile(filtered.resolved(self.query))
            self._joins[place] = f"{kind} {self._named(table, alias)} ON ({same} AND {condition})"
            self._join_params += params

    def _kind(self, path: Path) -> str:
        """INNER where a row is surely there, or where nothing is found without one; else LEFT."""
        last = path[-1]
        always_there = path[:-1] in self._inner and not last.relation.null and not last.alias
        if always_there or path in self._required:
            self._inner.add(path)
            return "INNER JOIN"
        return "LEFT OUTER JOIN"

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
        return [*own, *query.fetched_annotations]

    def _conditions(self) -> tuple[list[Any], list[Any]]:
        """WHERE, and HAVING for what can only be known of a group."""
        where: list[Any] = []
        having: list[Any] = []
        for each in _one_by_one(self.query.where):
            (having if each.contains_aggregate else where).append(each)
        return where, having

    def _all_of(self, conditions: list[Any]) -> SQL:
        if not conditions:
            return "", []
        if len(conditions) == 1:
            return self.compile(conditions[0])
        sql, params = self.compile(Group(AND, conditions))
        return sql[1:-1], params

    def _group_by(self, known: list[Any], ordering: Sequence[OrderBy]) -> SQL:
        """What rows of one group have in common, so that it is `known` of the group."""
        query = self.query
        if query.grouped_by is None:
            return "", []
        if query.grouped_by:
            scope = Scope(query)
            keys = [scope.reference(name) for name in query.grouped_by]
        else:
            keys = columns_at(query, ())
        keys += [*known, *(each.sources[0] for each in ordering)]
        parts = [self.compile(column) for each in keys for column in each.get_group_by_cols()]
        unique = [each for place, each in enumerate(parts) if each not in parts[:place]]
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

    def limits(self) -> str:
        query, parts = self.query, []
        if query.high is not None:
            parts.append(f"LIMIT {query.high - query.low}")
        elif query.low and self.connection.vendor == "sqlite":
            parts.append("LIMIT -1")  # SQLite takes no OFFSET alone
        if query.low:
            parts.append(f"OFFSET {query.low}")
        return " ".join(parts)

    # --- statements -------------------------------------------------------------------

    def as_sql(self, prefix: str = "") -> SQL:
        """The SELECT of the query. With a `prefix` the columns have names: col0, col1 ..."""
        query = self.query
        if query.combined:
            return combined_sql(self, prefix)
        ordering = self.ordering()
        if self.is_whole_objects and not prefix:
            return self._statement(self._objects(), [], [], ordering)
        columns = self.columns()
        selected = [expression for _, expression in columns]
        names = [alias for alias, _ in columns]
        if query.distinct and not query.distinct_on:
            # What DISTINCT rows are ordered by must be one of their columns.
            extra = [each.sources[0] for each in ordering]
            more = [each for each in extra if not self._is_among(each, selected)]
            selected += more
            names += [None] * len(more)
        if prefix:
            names = [f"{prefix}{index}" for index in range(len(selected))]
        if self.asks_of_windows:
            return qualified_sql(self, selected, names, ordering)
        return self.select(selected, names, ordering)

    @cached_property
    def asks_of_windows(self) -> bool:
        return any(each.contains_over_clause for each in self.query.where)

    @property
    def is_whole_objects(self) -> bool:
        """Whether its columns are all those of its models, and nothing else."""
        query = self.query
        computed = query.annotations or query.distinct or query.grouped_by is not None
        whole = query.values is None and not query.deferred[0]
        return whole and not (computed or self.asks_of_windows)

    @property
    def is_plain(self) -> bool:
        """Whether its rows are those of its tables, one by one."""
        query = self.query
        nested = query.is_sliced or query.distinct or query.combined or self.asks_of_windows
        return not nested and query.grouped_by is None

    def _distinct(self) -> str:
        if not self.query.distinct_on:
            return "DISTINCT " if self.query.distinct else ""
        if not self.connection.features.can_distinct_on_fields:
            raise NotSupportedError(
                f"DISTINCT ON fields is not supported by {self.connection.display_name}."
            )
        scope = Scope(self.query)
        columns = [scope.reference(name) for name in self.query.distinct_on]
        return f"DISTINCT ON ({self.compile_list(columns)[0]}) "

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
        of_rows, of_groups = self._conditions()
        where, having = self._all_of(of_rows), self._all_of(of_groups)
        group = self._group_by([*selected, *_compared(of_groups)], ordering)
        order = self.compile_list(ordering)
        parts = [f"SELECT {self._distinct()}{heads}"]
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
        if limits := self.limits():
            parts.append(limits)
        if self.query.lock and (lock := self.query.lock.sql(self)):
            parts.append(lock)
        return " ".join(parts), params

    def exists_sql(self) -> SQL:
        """SELECT 1 ...: for EXISTS(...), where the columns do not matter."""
        query = self.query
        if query.empty:
            return "SELECT 1 WHERE 1 = 0", []
        if not self.with_query(distinct=False).is_plain:
            return self.as_sql()
        return self.with_query(ordering=(), distinct=False, distinct_on=()).select([_One()])

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
        if not query.is_sliced and not query.distinct_on:
            query = query._replace(ordering=())
        return self.with_query(**query._asdict()).as_sql()

    def with_query(self, **changes: Any) -> "Compiler":
        """Another one, of a query that differs in this."""
        return type(self)(self.query._replace(**changes), self.connection, self.outer)

    def aggregate_sql(self, aggregates: Sequence[Expression]) -> SQL:
        """SELECT of aggregates over all rows of the query."""
        computed = any(
            each.contains_aggregate or each.contains_over_clause
            for _, each in self.query.annotations
        )
        if not self.is_plain or computed:
            return aggregate_sql(self, aggregates)
        plain = self.with_query(ordering=(), related=(), annotations=(), values=None, lock=None)
        return plain.select(list(aggregates))


class _One(Expression):
    _output_field = fields.IntegerField()

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        return "1", []


def _one_by_one(conditions: Iterable[Any]) -> Iterator[Any]:
    """All must hold: so of a group with AND, a part may stand in WHERE, and another in HAVING."""
    for each in conditions:
        if isinstance(each, Group) and each.connector == AND and each.contains_aggregate:
            yield from _one_by_one(each.sources)
        else:
            yield each


def _compared(conditions: Iterable[Any]) -> Iterator[Any]:
    """What the conditions compare. That it is known of a group is enough for them to be."""
    for each in conditions:
        if isinstance(each, Condition | Lookup):
            yield from _compared(each.sources)
        else:
            yield each


def columns_at(query: Query, path: Path) -> list[Col]:
    """Every column of the model at the end of the path."""
    model = path[-1].relation.related_model if path else query.model
    return [
        Col(parent_path(path, model, field.model), field)
        for field in loaded_fields(query, path, model)
    ]


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
