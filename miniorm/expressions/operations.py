"""Operations: operators and functions of SQL over other expressions.

Step 6 of the trip. `F("a") + 1` is a CombinedExpression; what SQL writes with brackets is a
Func. What a Func's template says is written into the SQL as it is: names and values belong
into its expressions.

The databases disagree about dates. PostgreSQL computes with them, SQLite has numbers and
text only: there, two functions of ours stand for the operators.

In Django: `django.db.models.expressions` (CombinedExpression, Func, RawSQL).
"""

from typing import Any

from miniorm import configuration, fields
from miniorm.errors import FieldError
from miniorm.expressions.base import (
    SQL,
    Expression,
    Value,
    as_expression,
    as_reference,
    common_field,
    output_field_of,
)
from miniorm.query import Path

# What SQLite has no operator for, and by which function it is said there.
SQLITE_FUNCTIONS = {"^": "POWER", "#": "BITXOR"}

TEMPORAL = ("DateTimeField", "DateField", "TimeField", "DurationField")


class CombinedExpression(Expression):
    """Two expressions and an operator between them."""

    def __init__(self, left: Any, operator: str, right: Any, output_field: Any = None) -> None:
        self.sources = (as_expression(left), as_expression(right))
        self.operator = operator
        self._output_field = output_field

    def __repr__(self) -> str:
        left, right = self.sources
        return f"<{left!r} {self.operator} {right!r}>"

    def _sides(self, compiler: Any) -> tuple[str, str, list[Any]]:
        left, left_params = compiler.compile(self.sources[0])
        right, right_params = compiler.compile(self.sources[1])
        return left, right, [*left_params, *right_params]

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        left, right, params = self._sides(compiler)
        return f"({left} {self.operator} {right})", params

    def as_postgresql(self, compiler: Any, connection: Any) -> SQL:
        sql, params = self.as_sql(compiler, connection)
        kinds = self._temporal()
        if kinds == ("DateField", "DateField"):  # there, a number of days
            return f"(interval '1 day' * {sql})", params
        if kinds == ("DateField", "DurationField") and configuration.current().use_tz:
            return f"({sql})::timestamptz", params
        return sql, params

    def as_sqlite(self, compiler: Any, connection: Any) -> SQL:
        left, right, params = self._sides(compiler)
        kinds = self._temporal()
        if kinds and kinds[0] == kinds[1] != "DurationField":
            return f"TIME_DIFFERENCE({left}, {right})", params
        if kinds and kinds[0] != "DurationField":
            return f"TIME_SHIFT({left}, {self.operator}{right})", params
        if function := SQLITE_FUNCTIONS.get(self.operator):
            return f"{function}({left}, {right})", params
        return f"({left} {self.operator} {right})", params

    def _temporal(self) -> tuple[str, str] | None:
        """The kinds of a sum or difference of dates and durations, the date first."""
        first, second = (_kind(each) for each in self.sources)
        if self.operator not in "+-" or not {first, second} & {*TEMPORAL}:
            return None
        if not {first, second} <= {*TEMPORAL}:
            raise FieldError(f"Cannot infer type of '{self.operator}' of {first} and {second}.")
        return first, second

    def resolve_expression(self, *args: Any, **kwargs: Any) -> Any:
        twin = super().resolve_expression(*args, **kwargs)
        kinds = twin._temporal()
        if kinds and kinds[0] == "DurationField" and kinds[1] != "DurationField":
            if self.operator == "-":
                raise FieldError("A date cannot be taken from a duration.")
            return twin.with_sources(reversed(twin.sources))  # a date first
        return twin

    def required(self) -> frozenset[Path]:
        return frozenset[Path]().union(*(each.required() for each in self.sources))

    def _resolve_output_field(self) -> fields.Field | None:
        if kinds := self._temporal():
            return self._temporal_field(*kinds)
        if self.operator in "*/" and "DurationField" in map(_kind, self.sources):
            return fields.DurationField()
        plain = [each for each in self.sources if not isinstance(each, Value)] or self.sources
        own, full = (
            common_field([field for field in map(output_field_of, some) if field])
            for some in (plain, self.sources)
        )
        # F("whole") * 1.5 is a float, F("price") * 2 at the price's scale.
        return own if isinstance(own, fields.DecimalField) else full

    def _temporal_field(self, first: str, second: str) -> fields.Field:
        if first == second:
            if first == "DurationField" or self.operator == "-":
                return fields.DurationField()
        elif second == "DurationField":
            return fields.TimeField() if first == "TimeField" else fields.DateTimeField()
        raise FieldError(f"Cannot infer type of '{self.operator}' of {first} and {second}.")


def _kind(expression: Any) -> str:
    field = output_field_of(expression)
    return field.get_internal_type() if field is not None else "unknown"


class ExpressionWrapper(Expression):
    """An expression, with the field that its result is of."""

    def __init__(self, expression: Any, output_field: fields.Field) -> None:
        self.sources = (as_expression(expression),)
        self._output_field = output_field

    @property
    def expression(self) -> Any:
        return self.sources[0]

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        return compiler.compile(self.sources[0])  # type: ignore[no-any-return]

    def get_group_by_cols(self) -> list[Any]:
        return self.sources[0].get_group_by_cols()  # type: ignore[no-any-return]


class DatabaseDefault(ExpressionWrapper):
    """What an instance has where the database will give the value (db_default)."""

    def __init__(self, expression: Any, output_field: fields.Field) -> None:
        plain = not hasattr(expression, "resolve_expression")
        super().__init__(Value(expression, output_field) if plain else expression, output_field)


class NegatedExpression(ExpressionWrapper):
    """The opposite of a condition: `~F("closed")`."""

    def __init__(self, expression: Any) -> None:
        super().__init__(expression, fields.BooleanField())

    def __invert__(self) -> Any:
        return self.sources[0]

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        sql, params = compiler.compile(self.sources[0])
        return f"NOT ({sql})", params


class Func(Expression):
    """A function of SQL: `Func(F("name"), function="LOWER")`. Strings are names."""

    function: str | None = None
    template = "%(function)s(%(expressions)s)"
    arg_joiner = ", "
    arity: int | None = None  # how many expressions it takes

    def __init__(self, *expressions: Any, output_field: Any = None, **extra: Any) -> None:
        if self.arity is not None and len(expressions) != self.arity:
            raise TypeError(
                f"{type(self).__name__!r} takes exactly {self.arity} "
                f"argument{'' if self.arity == 1 else 's'} ({len(expressions)} given)"
            )
        super().__init__(output_field)
        self.sources = tuple(map(as_reference, expressions))
        self.extra = extra  # for the template

    @property
    def source_expressions(self) -> list[Any]:
        return list(self.sources)

    def as_sql(self, compiler: Any, connection: Any, **extra_context: Any) -> SQL:
        """The template filled in; `function`, `template` or `arg_joiner` may be told anew."""
        told = {name: each for name, each in extra_context.items() if each is not None}
        own = {"template": self.template, "arg_joiner": self.arg_joiner, "function": self.function}
        context = {**own, **self.extra, **told}
        parts = [compiler.compile(each) for each in self.sources]
        joined = context["arg_joiner"].join(sql for sql, _ in parts)
        sql: str = context["template"] % {**context, "expressions": joined, "field": joined}
        return sql, [param for _, params in parts for param in params]

    def may_be_null(self) -> bool:
        return True


class Typed(Func):
    """A value, of a type that PostgreSQL can see: a bare NULL or text has none."""

    def as_sql(self, compiler: Any, connection: Any, **extra: Any) -> SQL:
        sql, params = compiler.compile(self.sources[0])
        return f"CAST({sql} AS {self.output_field.db_type(connection)})", params

    def as_sqlite(self, compiler: Any, connection: Any) -> SQL:
        return compiler.compile(self.sources[0])  # type: ignore[no-any-return]


class ExpressionList(Func):
    """Several expressions, with commas between them."""

    template = "%(expressions)s"


class Star(Expression):
    """All columns: COUNT(*)."""

    def __repr__(self) -> str:
        return "'*'"

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        return "*", []


class RawSQL(Expression):
    """SQL of your own, with its parameters apart: `RawSQL("votes > %s", [3])`."""

    def __init__(self, sql: str, params: Any, output_field: Any = None) -> None:
        self._output_field = output_field or fields.Field()
        self.sql, self.params = sql, params

    def __repr__(self) -> str:
        return f"RawSQL({self.sql}, {self.params})"

    def __hash__(self) -> int:
        return hash((self.sql, repr(self.params)))

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        return f"({self.sql})", list(self.params)

    def may_be_null(self) -> bool:
        return True


def sliced(name: Any, part: Any) -> Func:
    """`F("title")[1:4]`, the characters from 1 to before 4; `F("title")[0]`, one."""
    if isinstance(part, int):
        part = slice(part, part + 1)
    if not isinstance(part, slice):
        raise TypeError("Argument to slice must be either int or slice instance.")
    if part.step is not None:
        raise ValueError("Step argument is not supported.")
    start, stop = part.start or 0, part.stop
    if start < 0 or (stop is not None and stop < 0):
        raise ValueError("Negative indexing is not supported.")
    if stop is not None and stop < start:
        raise ValueError("Slice stop must be greater or equal to slice start.")
    length = [] if stop is None else [Value(stop - start)]
    return Func(name, Value(start + 1), *length, function="SUBSTR", output_field=fields.TextField())
