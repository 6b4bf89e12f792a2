"""Expressions: what stands in SQL where a value can stand.

Step 6 of the trip. `F("votes") + 1` is computed by the database, on what is in the row at
that moment. An expression is made without knowing its model; `resolve_expression` gives a
copy in which the names are columns, and `as_sql(compiler, connection)` its SQL with the
parameters apart. A method `as_sqlite` or `as_postgresql` is preferred on that database.

Django's page "Query Expressions"; in Django: `django.db.models.expressions`.
"""

import copy
import datetime
import decimal
import uuid
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from miniorm import fields
from miniorm.errors import FieldError, NotSupportedError
from miniorm.query import Path, Query, Scope

SQL = tuple[str, list[Any]]  # with "%s" for each parameter

# The field whose habits a plain Python value has; in this order, since a bool is an int
# and a datetime a date.
FIELD_OF_TYPE: list[tuple[type, Callable[[], fields.Field]]] = [
    (bool, fields.BooleanField),
    (int, fields.BigIntegerField),
    (float, fields.FloatField),
    (decimal.Decimal, lambda: fields.DecimalField(max_digits=1000, decimal_places=500)),
    (str, fields.TextField),
    (datetime.datetime, fields.DateTimeField),
    (datetime.date, fields.DateField),
    (datetime.time, fields.TimeField),
    (datetime.timedelta, fields.DurationField),
    (uuid.UUID, fields.UUIDField),
    (bytes, fields.BinaryField),
]


class Combinable:
    """Python's operators on expressions: each makes a CombinedExpression."""

    def _combined(self, operator: str, other: Any, swapped: bool = False) -> Any:
        left, right = (other, self) if swapped else (self, other)
        return CombinedExpression(_expression(left), operator, _expression(right))

    def __neg__(self) -> Any:
        return self._combined("*", -1)

    def __add__(self, other: Any) -> Any:
        return self._combined("+", other)

    def __sub__(self, other: Any) -> Any:
        return self._combined("-", other)

    def __mul__(self, other: Any) -> Any:
        return self._combined("*", other)

    def __truediv__(self, other: Any) -> Any:
        return self._combined("/", other)

    def __mod__(self, other: Any) -> Any:
        return self._combined("%%", other)

    def __radd__(self, other: Any) -> Any:
        return self._combined("+", other, swapped=True)

    def __rsub__(self, other: Any) -> Any:
        return self._combined("-", other, swapped=True)

    def __rmul__(self, other: Any) -> Any:
        return self._combined("*", other, swapped=True)

    def __rtruediv__(self, other: Any) -> Any:
        return self._combined("/", other, swapped=True)

    def __rmod__(self, other: Any) -> Any:
        return self._combined("%%", other, swapped=True)

    def asc(self, nulls_first: bool | None = None, nulls_last: bool | None = None) -> "OrderBy":
        return OrderBy(self, False, nulls_first, nulls_last)

    def desc(self, nulls_first: bool | None = None, nulls_last: bool | None = None) -> "OrderBy":
        return OrderBy(self, True, nulls_first, nulls_last)


def _expression(value: Any) -> Any:
    return value if hasattr(value, "resolve_expression") else Value(value)


class F(Combinable):
    """A name, to be looked up where the expression is used."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"F({self.name})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, F) and other.name == self.name

    def __hash__(self) -> int:
        return hash(self.name)

    def resolve_expression(self, query: Scope) -> "Expression":
        found: Expression = query.reference(self.name)
        return found


class Expression(Combinable):
    """A node of the tree. Once made it is not changed: `with_sources` gives another."""

    sources: tuple[Any, ...] = ()
    contains_aggregate_itself = False
    _output_field: fields.Field | None = None

    def with_sources(self, sources: Iterable[Any]) -> Any:
        """The same expression over others."""
        twin = copy.copy(self)
        twin.sources = tuple(sources)
        return twin

    def resolve_expression(self, query: Scope) -> Any:
        """A copy in which every name is a column of the query's model, or of one joined."""
        return self.with_sources(each.resolve_expression(query) for each in self.sources)

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        raise NotImplementedError(f"{type(self).__name__} has no as_sql().")

    # --- what the compiler asks -------------------------------------------------------

    @property
    def contains_aggregate(self) -> bool:
        return self.contains_aggregate_itself or any(
            each.contains_aggregate for each in self.sources
        )

    def columns(self) -> Iterator["Col"]:
        """Every column in here."""
        for each in self.sources:
            yield from each.columns()

    def map_columns(self, change: Callable[["Col"], Any]) -> Any:
        """A copy with every column exchanged for what `change(column)` gives."""
        return self.with_sources(each.map_columns(change) for each in self.sources)

    def required(self) -> frozenset[Path]:
        """The joined rows without which this is surely NULL (or, of a condition, not true)."""
        return frozenset()

    def may_be_null(self) -> bool:
        return any(each.may_be_null() for each in self.sources)

    # --- what kind of value it is -----------------------------------------------------

    @property
    def output_field(self) -> fields.Field:
        if self._output_field is not None:
            return self._output_field
        return common_field([each.output_field for each in self.sources])

    def converter(self, connection: Any) -> Callable[[Any], Any] | None:
        """What makes a Python value of the database's; None: nothing to do."""
        return self.output_field.converter(connection)

    def get_lookup(self, name: str) -> Any:
        return self.output_field.get_lookup(name)

    def get_transform(self, name: str) -> Any:
        return self.output_field.get_transform(name)

    def get_lookups(self) -> dict[str, Any]:
        return self.output_field.get_lookups()

    def describe(self) -> str:
        return f"{type(self).__name__} ({type(self.output_field).__name__})"


def common_field(candidates: list[fields.Field]) -> fields.Field:
    """The field of a result of several: with a Decimal or a Float in it, it is one too."""
    if not candidates:
        raise FieldError("An expression without operands needs an output_field.")
    for kind in (fields.FloatField, fields.DecimalField, fields.DateTimeField, fields.DateField):
        for each in candidates:
            if isinstance(each, kind):
                return each
    return candidates[0]


class Col(Expression):
    """A column of the model's own table, or of the one that `path` leads to."""

    contains_aggregate = False  # it has no sources to be asked

    def __init__(self, path: Path, field: Any, relation: Any = None) -> None:
        self.path = path
        self.field = field
        # Where an object may stand for its key: the relation that it must be of.
        self.relation = relation or (field if field.is_relation else None)

    def __repr__(self) -> str:
        names = [join.relation.name for join in self.path]
        return f"Col({'__'.join([*names, self.field.name])})"

    def resolve_expression(self, query: Scope) -> "Col":
        return self

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        return f"{compiler.alias(self.path)}.{compiler.quote(self.field.column)}", []

    def columns(self) -> Iterator["Col"]:
        yield self

    def map_columns(self, change: Callable[["Col"], Any]) -> Any:
        return change(self)

    def required(self) -> frozenset[Path]:
        return frozenset(self.path[:count] for count in range(1, len(self.path) + 1))

    def may_be_null(self) -> bool:
        return bool(self.field.null) or any(join.relation.null or join.alias for join in self.path)

    @property
    def output_field(self) -> fields.Field:
        field = self.field
        while field.is_relation:
            field = field.target_field
        return field.output_field if field.generated else field  # type: ignore[no-any-return]

    def describe(self) -> str:
        return f"{type(self.field).__name__} {self.field.name!r}"


class Outer(Expression):
    """In a subquery: an expression over the query around it."""

    def __init__(self, expression: Expression) -> None:
        self.expression = expression

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        return compiler.outer.compile(self.expression)  # type: ignore[no-any-return]

    def may_be_null(self) -> bool:
        return self.expression.may_be_null()

    @property
    def output_field(self) -> fields.Field:
        return self.expression.output_field


class Value(Expression):
    """A Python value as a parameter."""

    def __init__(self, value: Any, output_field: fields.Field | None = None) -> None:
        self.value = value
        self._output_field = output_field

    def __repr__(self) -> str:
        return f"Value({self.value!r})"

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        if self.value is None and self._output_field is None:
            return "NULL", []
        value = self.output_field.get_db_prep_value(self.value, connection)
        return ("NULL", []) if value is None else ("%s", [value])

    def may_be_null(self) -> bool:
        return self.value is None

    @property
    def output_field(self) -> fields.Field:
        if self._output_field is not None:
            return self._output_field
        for kind, field in FIELD_OF_TYPE:
            if isinstance(self.value, kind):
                return field()
        raise FieldError(f"Cannot tell the field of the value {self.value!r}: give output_field.")


class CombinedExpression(Expression):
    """Two expressions and an operator between them."""

    def __init__(self, left: Any, operator: str, right: Any) -> None:
        self.sources = (left, right)
        self.operator = operator

    def __repr__(self) -> str:
        left, right = self.sources
        return f"<{left!r} {self.operator} {right!r}>"

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        left, left_params = compiler.compile(self.sources[0])
        right, right_params = compiler.compile(self.sources[1])
        return f"({left} {self.operator} {right})", [*left_params, *right_params]

    def as_sqlite(self, compiler: Any, connection: Any) -> SQL:
        if isinstance(self.output_field, fields.DateField | fields.DateTimeField):
            raise NotSupportedError(
                "Arithmetic on dates inside the database needs PostgreSQL; on SQLite compute the "
                "date in Python and give it as a value."
            )
        return self.as_sql(compiler, connection)

    def required(self) -> frozenset[Path]:
        return frozenset[Path]().union(*(each.required() for each in self.sources))

    @property
    def output_field(self) -> fields.Field:
        plain = [each for each in self.sources if not isinstance(each, Value)] or self.sources
        own, full = (
            common_field([each.output_field for each in some]) for some in (plain, self.sources)
        )
        # F("whole") * 1.5 is a float, F("price") * 2 at the price's scale.
        return own if isinstance(own, fields.DecimalField) else full


class ExpressionWrapper(Expression):
    """An expression, with the field that its result is of."""

    def __init__(self, expression: Any, output_field: fields.Field) -> None:
        self.sources = (_expression(expression),)
        self._output_field = output_field

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        return compiler.compile(self.sources[0])  # type: ignore[no-any-return]


class DatabaseDefault(ExpressionWrapper):
    """What an instance has where the database will give the value (db_default)."""

    def __init__(self, expression: Any, output_field: fields.Field) -> None:
        plain = not hasattr(expression, "resolve_expression")
        super().__init__(Value(expression, output_field) if plain else expression, output_field)


class Func(Expression):
    """A function of SQL: `Func(F("name"), function="LOWER")`. Strings are names."""

    function = ""
    template = "%(function)s(%(expressions)s)"

    def __init__(self, *expressions: Any, output_field: Any = None, **extra: Any) -> None:
        self.function = extra.get("function", self.function)
        self.sources = tuple(
            F(each) if isinstance(each, str) else _expression(each) for each in expressions
        )
        self._output_field = output_field or self._output_field

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        sql, params = compiler.compile_list(self.sources)
        return self.template % {"function": self.function, "expressions": sql}, params

    def may_be_null(self) -> bool:
        return True


class OrderBy(Expression):
    """An expression to order by, with its direction and the place of NULL."""

    def __init__(
        self,
        expression: Any,
        descending: bool = False,
        nulls_first: bool | None = None,
        nulls_last: bool | None = None,
    ) -> None:
        if nulls_first and nulls_last:
            raise ValueError("nulls_first and nulls_last are mutually exclusive")
        self.sources = (_expression(expression),)
        self.descending = descending
        self.nulls_first = True if nulls_first else (False if nulls_last else None)

    def reversed(self) -> "OrderBy":
        twin = copy.copy(self)
        twin.descending = not self.descending
        twin.nulls_first = None if self.nulls_first is None else not self.nulls_first
        return twin

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        sql, params = compiler.compile(self.sources[0])
        # To PostgreSQL NULL is greater than all, to SQLite less. Said, it is one answer.
        first = self.descending if self.nulls_first is None else self.nulls_first
        nulls = ""
        if self.sources[0].may_be_null():
            nulls = " NULLS FIRST" if first else " NULLS LAST"
        return f"{sql} {'DESC' if self.descending else 'ASC'}{nulls}", params


class Random(Expression):
    """`order_by("?")`."""

    _output_field = fields.FloatField()

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        return "RANDOM()", []


class Exists(Expression):
    """Whether a subquery has a row."""

    _output_field = fields.BooleanField()

    def __init__(self, queryset: Any) -> None:
        self.query: Query = getattr(queryset, "query", queryset)

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        sql, params = compiler.inner(self.query).exists_sql()
        return f"EXISTS({sql})", params

    def may_be_null(self) -> bool:
        return False

    def __invert__(self) -> Any:
        from miniorm.conditions import Not

        return Not(self)
