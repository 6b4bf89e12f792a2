"""Aggregates: one value made of a group of rows.

Step 6 of the trip. `aggregate(Avg("votes"))` is one value of all rows of a query,
`annotate(Count("choice"))` one for each row, of those that are joined to it. What is
compared with an aggregate can be known of a group only: the compiler says it in HAVING.

The SQL standard's set functions, with FILTER. Django's page "Aggregation"; in Django:
`django.db.models.aggregates`.
"""

from collections.abc import Callable
from typing import Any

from miniorm import fields
from miniorm.errors import FieldError
from miniorm.expressions import SQL, Col, Func
from miniorm.query import Scope


class Aggregate(Func):
    """One value made of a group of rows."""

    contains_aggregate_itself = True
    empty_value: Any = None  # of no rows

    def __init__(
        self,
        expression: Any,
        distinct: bool = False,
        filter: Any = None,
        default: Any = None,
        output_field: Any = None,
    ) -> None:
        self.star = expression == "*"
        super().__init__(*([] if self.star else [expression]), output_field=output_field)
        self.distinct = distinct
        self.filter = filter
        self.default = default

    @property
    def default_alias(self) -> str:
        name = getattr(self.sources[0], "name", None) if self.sources else None
        if name is None:
            raise TypeError("Complex aggregates require an alias")
        return f"{name}__{type(self).__name__.lower()}"

    def resolve_expression(self, query: Scope) -> Any:
        from miniorm.conditions import resolve

        twin = super().resolve_expression(query)
        for each in twin.sources:
            if each.contains_aggregate and not query.summing_up:
                raise FieldError(f"{type(self).__name__} cannot be taken of an aggregate.")
        if self.filter is not None:
            twin.filter = resolve(self.filter, query)
        return twin

    def map_columns(self, change: Callable[[Col], Any]) -> Any:
        twin = super().map_columns(change)
        twin.filter = self.filter and self.filter.map_columns(change)
        return twin

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        sql, params = ("*", []) if self.star else compiler.compile_list(self.sources)
        sql = f"{self.function}({'DISTINCT ' if self.distinct else ''}{sql})"
        if self.filter is not None:
            condition, more = compiler.compile(self.filter)
            sql, params = f"{sql} FILTER (WHERE {condition})", [*params, *more]
        if self.default is not None:
            sql, params = f"COALESCE({sql}, %s)", [*params, self.default]
        return sql, params

    def may_be_null(self) -> bool:
        return self.empty_value is None and self.default is None

    def converter(self, connection: Any) -> Callable[[Any], Any] | None:
        # PostgreSQL sums integers to a "numeric", that is a Decimal.
        if isinstance(self.output_field, fields.IntegerField):
            return int
        if isinstance(self.output_field, fields.FloatField):
            return float
        return super().converter(connection)


class Count(Aggregate):
    function = "COUNT"
    empty_value = 0
    _of_count = fields.BigIntegerField()

    @property
    def output_field(self) -> fields.Field:
        return self._of_count

    def converter(self, connection: Any) -> None:
        """Either database counts in whole numbers."""


class Sum(Aggregate):
    function = "SUM"


class Min(Aggregate):
    function = "MIN"


class Max(Aggregate):
    function = "MAX"


class Avg(Aggregate):
    function = "AVG"
    _of_average = fields.FloatField()

    @property
    def output_field(self) -> fields.Field:
        found = self._output_field or self.sources[0].output_field
        return self._of_average if isinstance(found, fields.IntegerField) else found
