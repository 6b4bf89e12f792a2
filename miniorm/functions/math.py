"""Functions of numbers: the shelf of step 6. Angles are in radians.

In Django: `django.db.models.functions.math`.
"""

from typing import Any

from miniorm import fields
from miniorm.expressions import SQL, Func, Random
from miniorm.expressions.base import as_expression, output_field_of
from miniorm.lookups import Transform


class OfNumbers(Func):
    """Of whole numbers the result is a float; of decimals a decimal, of whatever scale."""

    numeric = False  # whether PostgreSQL has the function of its "numeric" only

    def _resolve_output_field(self) -> fields.Field | None:
        found = [field for each in self.sources if (field := output_field_of(each))]
        decimals = [each for each in found if isinstance(each, fields.DecimalField)]
        return decimals[0] if decimals else fields.FloatField()

    def as_postgresql(self, compiler: Any, connection: Any) -> SQL:
        joiner = "::numeric, " if self.numeric else None
        template = "%(function)s(%(expressions)s::numeric)" if self.numeric else None
        return self.as_sql(compiler, connection, arg_joiner=joiner, template=template)


class OfNumber(OfNumbers, Transform):
    """A function of one number."""


class Abs(Transform):
    lookup_name, function = "abs", "ABS"


class ACos(OfNumber):
    lookup_name, function = "acos", "ACOS"


class ASin(OfNumber):
    lookup_name, function = "asin", "ASIN"


class ATan(OfNumber):
    lookup_name, function = "atan", "ATAN"


class ATan2(OfNumbers):
    function, arity = "ATAN2", 2


class Ceil(Transform):
    lookup_name, function = "ceil", "CEILING"


class Cos(OfNumber):
    lookup_name, function = "cos", "COS"


class Cot(OfNumber):
    lookup_name, function = "cot", "COT"


class Degrees(OfNumber):
    lookup_name, function = "degrees", "DEGREES"


class Exp(OfNumber):
    lookup_name, function = "exp", "EXP"


class Floor(Transform):
    lookup_name, function = "floor", "FLOOR"


class Ln(OfNumber):
    lookup_name, function = "ln", "LN"


class Log(OfNumbers):
    """The logarithm to the base of the first, of the second."""

    function, arity, numeric = "LOG", 2, True


class Mod(OfNumbers):
    function, arity, numeric = "MOD", 2, True


class Pi(OfNumbers):
    function, arity = "PI", 0

    def may_be_null(self) -> bool:
        return False


class Power(OfNumbers):
    function, arity = "POWER", 2


class Radians(OfNumber):
    lookup_name, function = "radians", "RADIANS"


class Round(Transform):
    """Half away from zero; `precision` is how many places stay, and may be negative."""

    lookup_name, function = "round", "ROUND"
    arity = None

    def __init__(self, expression: Any, precision: Any = 0, **extra: Any) -> None:
        super().__init__(expression, as_expression(precision), **extra)

    def as_postgresql(self, compiler: Any, connection: Any) -> SQL:
        return self.as_sql(compiler, connection, arg_joiner="::numeric, ")

    def as_sqlite(self, compiler: Any, connection: Any) -> SQL:
        return self.as_sql(compiler, connection, function="ROUND_TO")

    def _resolve_output_field(self) -> fields.Field | None:
        return output_field_of(self.lhs)


class Sign(Transform):
    lookup_name, function = "sign", "SIGN"


class Sin(OfNumber):
    lookup_name, function = "sin", "SIN"


class Sqrt(OfNumber):
    lookup_name, function = "sqrt", "SQRT"


class Tan(OfNumber):
    lookup_name, function = "tan", "TAN"


__all__ = ["Random"]
