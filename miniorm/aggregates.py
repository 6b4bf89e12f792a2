"""Aggregates: one value made of a group of rows.

Step 6 of the trip. `aggregate(Avg("votes"))` is one value of all rows of a query,
`annotate(Count("choice"))` one for each row, of those that are joined to it. What is
compared with an aggregate can be known of a group only: the compiler says it in HAVING.

The SQL standard's set functions, with FILTER. Django's page "Aggregation"; in Django:
`django.db.models.aggregates`.
"""

from typing import Any

from miniorm import fields
from miniorm.errors import FieldError
from miniorm.expressions import SQL, Func, Star
from miniorm.expressions.base import as_expression, output_field_of


class Aggregate(Func):
    """One value made of a group of rows; `filter` says of which, `default` what of none is."""

    template = "%(function)s(%(distinct)s%(expressions)s)"
    contains_aggregate = True
    window_compatible = True
    allow_distinct = False
    empty_result_set_value: Any = None

    def __init__(
        self,
        *expressions: Any,
        distinct: bool = False,
        filter: Any = None,
        default: Any = None,
        **extra: Any,
    ) -> None:
        name = type(self).__name__
        if distinct and not self.allow_distinct:
            raise TypeError(f"{name} does not allow distinct.")
        if default is not None and self.empty_result_set_value is not None:
            raise TypeError(f"{name} does not allow default.")
        super().__init__(*(Star() if each == "*" else each for each in expressions), **extra)
        self.distinct = distinct
        self.default = None if default is None else as_expression(default)
        self.has_filter = filter is not None
        if self.has_filter:
            self.sources = (*self.sources, filter)

    @property
    def filter(self) -> Any:
        return self.sources[-1] if self.has_filter else None

    @property
    def arguments(self) -> tuple[Any, ...]:
        return self.sources[:-1] if self.has_filter else self.sources

    @property
    def default_alias(self) -> str:
        name = getattr(self.arguments[0], "name", None) if len(self.arguments) == 1 else None
        if name is None:
            raise TypeError("Complex aggregates require an alias")
        return f"{name}__{type(self).__name__.lower()}"

    def resolve_expression(self, query: Any = None, *args: Any, **kwargs: Any) -> Any:
        twin = super().resolve_expression(query, *args, **kwargs)
        for each in twin.sources:
            if each.contains_aggregate and not query.summing_up:
                raise FieldError(f"{type(self).__name__} cannot be taken of an aggregate.")
            if each.contains_over_clause and not query.summing_up:
                raise FieldError(f"{type(self).__name__} cannot be taken of a window.")
        if self.default is not None:
            twin.default = self.default.resolve_expression(query)
        return twin

    def as_sql(self, compiler: Any, connection: Any, **extra: Any) -> SQL:
        plain = self.with_sources(self.arguments)
        plain.has_filter = False
        extra = {"distinct": "DISTINCT " if self.distinct else "", **extra}
        sql, params = super(Aggregate, plain).as_sql(compiler, connection, **extra)
        if self.filter is not None:
            condition, more = compiler.compile(self.filter)
            sql, params = f"{sql} FILTER (WHERE {condition})", [*params, *more]
        if self.default is not None:
            default, more = compiler.compile(self.default)
            sql, params = f"COALESCE({sql}, {default})", [*params, *more]
        return sql, params

    def get_group_by_cols(self) -> list[Any]:
        return []

    def may_be_null(self) -> bool:
        return self.empty_result_set_value is None and self.default is None

    def _resolve_output_field(self) -> fields.Field | None:
        return output_field_of(self.arguments[0])


class Count(Aggregate):
    """How many are not NULL; of "*", how many rows."""

    function = "COUNT"
    allow_distinct = True
    empty_result_set_value = 0
    _output_field = fields.BigIntegerField()


class Sum(Aggregate):
    function = "SUM"
    allow_distinct = True


class Min(Aggregate):
    function = "MIN"


class Max(Aggregate):
    function = "MAX"


class Average(Aggregate):
    """What is a float of whole numbers."""

    _of_numbers = fields.FloatField()

    def _resolve_output_field(self) -> fields.Field | None:
        found = super()._resolve_output_field()
        return self._of_numbers if isinstance(found, fields.IntegerField) else found


class Avg(Average):
    function = "AVG"
    allow_distinct = True


class StdDev(Average):
    """The standard deviation; `sample=True`: the rows are a sample of more."""

    name = "STDDEV"

    def __init__(self, expression: Any, sample: bool = False, **extra: Any) -> None:
        self.function = f"{self.name}_{'SAMP' if sample else 'POP'}"
        super().__init__(expression, **extra)


class Variance(StdDev):
    name = "VAR"
