"""What every expression is; and Value, the simplest.

Step 6 of the trip. An expression is a node over others, its `sources`. What is asked of a
tree (does it hold an aggregate, which columns are in it, may it be NULL) is asked of the
sources in turn, and to change a tree is to make the same nodes over other sources.

In Django: `django.db.models.expressions` (BaseExpression, Value).
"""

import copy
import datetime
import decimal
import uuid
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from miniorm import fields
from miniorm.errors import FieldError
from miniorm.expressions.combinable import Combinable, F
from miniorm.query import Path, Scope

SQL = tuple[str, list[Any]]  # with "%s" for each parameter

# The field whose habits a plain Python value has; in this order, since a bool is an int
# and a datetime a date.
FIELD_OF_TYPE: list[tuple[type, Callable[[], fields.Field]]] = [
    (bool, fields.BooleanField),
    (int, fields.BigIntegerField),
    (float, fields.FloatField),
    (decimal.Decimal, fields.DecimalField),
    (str, fields.TextField),
    (datetime.datetime, fields.DateTimeField),
    (datetime.date, fields.DateField),
    (datetime.time, fields.TimeField),
    (datetime.timedelta, fields.DurationField),
    (uuid.UUID, fields.UUIDField),
    (bytes, fields.BinaryField),
]

# Families of fields: what is mixed of one is of one kind, the first that is in it.
FAMILIES: list[tuple[type[fields.Field], ...]] = [
    (fields.FloatField, fields.DecimalField, fields.IntegerField, fields.BooleanField),
    (fields.TextField, fields.CharField),
    (fields.DateTimeField, fields.DateField),
]


def as_expression(value: Any) -> Any:
    return value if hasattr(value, "resolve_expression") else Value(value)


def as_reference(value: Any) -> Any:
    """As an expression; a text is the name of a column."""
    return F(value) if isinstance(value, str) else as_expression(value)


class Expression(Combinable):
    """A node of the tree. Once made it is not changed: `with_sources` gives another."""

    sources: tuple[Any, ...] = ()
    _output_field: fields.Field | None = None
    filterable = True
    window_compatible = False
    empty_result_set_value: Any = NotImplemented

    def __init__(self, output_field: fields.Field | None = None) -> None:
        self._output_field = output_field or self._output_field

    def __init_subclass__(cls) -> None:
        """A class written for Django says its sources by two methods; here they are read."""
        super().__init_subclass__()
        if "get_source_expressions" in cls.__dict__:
            cls.sources = property(  # type: ignore[assignment]
                lambda self: tuple(self.get_source_expressions()),
                lambda self, sources: self.set_source_expressions(list(sources)),
            )

    def get_source_expressions(self) -> list[Any]:
        return list(self.sources)

    def set_source_expressions(self, exprs: Iterable[Any]) -> None:
        self.sources = tuple(exprs)

    def copy(self) -> Any:
        return copy.copy(self)

    def with_sources(self, sources: Iterable[Any]) -> Any:
        """The same expression over others."""
        twin = self.copy()
        twin.set_source_expressions(tuple(sources))
        return twin

    def resolve_expression(
        self,
        query: Any = None,
        allow_joins: bool = True,
        reuse: Any = None,
        summarize: bool = False,
        for_save: bool = False,
    ) -> Any:
        """A copy in which every name is a column of the query's model, or of one joined.

        `query` is the Scope in which names are looked up; the rest is Django's, and unused.
        """
        return self.with_sources(
            each
            and each.resolve_expression(query, allow_joins, reuse, summarize, for_save=for_save)
            for each in self.sources
        )

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        raise NotImplementedError(f"{type(self).__name__} has no as_sql().")

    def __eq__(self, other: object) -> bool:
        """The same expression: of the same class, over the same, with the same options."""
        if not isinstance(other, Expression):
            return NotImplemented
        return type(self) is type(other) and self._options() == other._options()

    def __hash__(self) -> int:
        return hash((type(self), tuple(map(repr, self.sources))))

    def _options(self) -> dict[str, Any]:
        plain = dict(vars(self))
        field = plain.get("_output_field")
        if field is not None and not hasattr(field, "model"):
            plain["_output_field"] = field.deconstruct()[1:]
        return plain

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, self.sources))})"

    # --- what the compiler asks -------------------------------------------------------

    @property
    def contains_aggregate(self) -> bool:
        return any(each.contains_aggregate for each in self.sources if each)

    @property
    def contains_over_clause(self) -> bool:
        return any(each.contains_over_clause for each in self.sources if each)

    def get_group_by_cols(self) -> list[Any]:
        """What has to be in GROUP BY for this to be known of a group."""
        if not self.contains_aggregate:
            return [self]
        return [column for each in self.sources if each for column in each.get_group_by_cols()]

    def columns(self, depth: int = 0) -> Iterator[Any]:
        """Every column in here; in a subquery so deep, those of the query around it."""
        for each in self.sources:
            if each:
                yield from each.columns(depth)

    def map_columns(self, change: Callable[[Any], Any], depth: int = 0) -> Any:
        """A copy with every column exchanged for what `change(column)` gives."""
        return self.with_sources(each and each.map_columns(change, depth) for each in self.sources)

    def bind(self, scope: Scope, depth: int) -> Any:
        """In a subquery: a copy in which every OuterRef is a column of the query around it."""
        return self.with_sources(each and each.bind(scope, depth) for each in self.sources)

    def required(self) -> frozenset[Path]:
        """The joined rows without which this is surely NULL (or, of a condition, not true)."""
        return frozenset()

    def may_be_null(self) -> bool:
        return any(each.may_be_null() for each in self.sources if each)

    # --- what kind of value it is -----------------------------------------------------

    @property
    def output_field(self) -> fields.Field:
        if self._output_field is not None:
            return self._output_field
        found = self._resolve_output_field()
        if found is None:
            raise FieldError("Cannot resolve expression type, unknown output_field")
        return found

    @output_field.setter
    def output_field(self, field: fields.Field) -> None:
        self._output_field = field

    def _resolve_output_field(self) -> fields.Field | None:
        return common_field([each for each in map(output_field_of, self.sources) if each])

    @property
    def conditional(self) -> bool:  # type: ignore[override]
        return isinstance(output_field_of(self), fields.BooleanField)

    def converter(self, connection: Any) -> Callable[[Any], Any] | None:
        """What makes a Python value of the database's; None: nothing to do."""
        field = self.output_field
        first = field.converter(connection)
        if isinstance(field, fields.DecimalField) and not hasattr(field, "from_db_value"):
            first = connection.ops.get_computed_decimal_converter(field.decimal_places)
        # What is computed of integers may come as a Decimal (PostgreSQL's SUM) or a float.
        for kind, number in ((fields.IntegerField, int), (fields.FloatField, float)):
            if first is None and isinstance(field, kind):
                first = number
        own: Any = getattr(self, "convert_value", None)
        if own is None:
            return first
        return lambda value: own(first(value) if first else value, self, connection)

    def get_lookup(self, name: str) -> Any:
        return self.output_field.get_lookup(name)

    def get_transform(self, name: str) -> Any:
        return self.output_field.get_transform(name)

    def get_lookups(self) -> dict[str, Any]:
        return self.output_field.get_lookups()

    def describe(self) -> str:
        return f"{type(self).__name__} ({type(self.output_field).__name__})"

    def reversed(self) -> Any:
        """The other way round, where it is something to order by."""
        return self


def output_field_of(expression: Any) -> fields.Field | None:
    """The field of its value, or None where that cannot be told (of NULL)."""
    try:
        return expression.output_field if expression is not None else None
    except (FieldError, AttributeError):  # a name that is not resolved yet
        return None


def common_field(candidates: list[fields.Field]) -> fields.Field | None:
    """The field of a result of several: with a Decimal or a Float in it, it is one too.

    Raises FieldError where they are of different families.
    """
    if not candidates:
        return None
    first = candidates[0]
    for family in FAMILIES:
        if isinstance(first, family) and all(isinstance(each, family) for each in candidates):
            return next(each for kind in family for each in candidates if isinstance(each, kind))
    kinds = dict.fromkeys(each.get_internal_type() for each in candidates)
    if len(kinds) > 1:
        raise FieldError(
            f"Expression contains mixed types: {', '.join(kinds)}. You must set output_field."
        )
    return first


class Value(Expression):
    """A Python value as a parameter."""

    for_save = False  # to be written to the column of its field

    def __init__(self, value: Any, output_field: fields.Field | None = None) -> None:
        self.value = value
        self._output_field = output_field

    def __repr__(self) -> str:
        return f"Value({self.value!r})"

    def __hash__(self) -> int:
        return hash(repr(self.value))

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        if self.value is None and self._output_field is None:
            return "NULL", []
        field = self.output_field
        prepare = field.get_db_prep_save if self.for_save else field.get_db_prep_value
        value = prepare(self.value, connection)
        return ("NULL", []) if value is None else ("%s", [value])

    def resolve_expression(self, *args: Any, **kwargs: Any) -> Any:
        if not kwargs.get("for_save") or not hasattr(self._output_field, "model"):
            return self
        twin = self.copy()
        twin.for_save = True
        return twin

    def as_sqlite(self, compiler: Any, connection: Any) -> SQL:
        sql, params = self.as_sql(compiler, connection)
        # A decimal travels as text, and every text is more than any number.
        is_decimal = params and isinstance(self.output_field, fields.DecimalField)
        return (f"CAST({sql} AS NUMERIC)" if is_decimal else sql), params

    def get_group_by_cols(self) -> list[Any]:
        return []  # it is the same for all rows, and a number there would mean a column

    def may_be_null(self) -> bool:
        return self.value is None

    @property
    def empty_result_set_value(self) -> Any:
        return self.value

    def _resolve_output_field(self) -> fields.Field | None:
        if self.value is None:
            return None
        for kind, field in FIELD_OF_TYPE:
            if isinstance(self.value, kind):
                return field()
        raise FieldError(f"Cannot tell the field of the value {self.value!r}: give output_field.")
