"""Functions that compare and convert: the shelf of step 6.

In Django: `django.db.models.functions.comparison`.
"""

import re
from typing import Any

from miniorm import fields
from miniorm.expressions import SQL, Func
from miniorm.expressions.base import output_field_of

# How SQLite, which converts to numbers and text only, makes a value of these.
SQLITE_CASTS = {
    "DateField": "DATE({})",
    "DateTimeField": "TIME_SHIFT({}, 0)",
    "TimeField": "TIME_TRUNC('time', {}, '')",
    "UUIDField": "REPLACE({}, '-', '')",
    "JSONField": "{}",
    "BooleanField": "CAST({} AS integer)",
}


class Cast(Func):
    """A value as one of another field: `Cast("pages", output_field=FloatField())`."""

    function = "CAST"
    template = "%(function)s(%(expressions)s AS %(db_type)s)"

    def __init__(self, expression: Any, output_field: Any) -> None:
        super().__init__(expression, output_field=output_field)

    def as_sql(self, compiler: Any, connection: Any, **extra: Any) -> SQL:
        return super().as_sql(compiler, connection, db_type=self._type(connection), **extra)

    def _type(self, connection: Any) -> str:
        return self.output_field.db_type(connection) or ""

    def as_sqlite(self, compiler: Any, connection: Any) -> SQL:
        sql, params = compiler.compile(self.sources[0])
        field, source = self.output_field, output_field_of(self.sources[0])
        if cast := SQLITE_CASTS.get(field.get_internal_type()):
            return cast.format(sql), params
        if isinstance(field, fields.DecimalField):
            return f"ROUND_TO(CAST({sql} AS NUMERIC), {field.decimal_places})", params
        if isinstance(field, fields.CharField) and field.max_length is not None:
            return f"SUBSTR(CAST({sql} AS text), 1, {field.max_length})", params
        if isinstance(field, fields.IntegerField) and isinstance(
            source, fields.FloatField | fields.DecimalField
        ):
            sql = f"ROUND_TO({sql}, 0)"  # SQLite would cut the fraction off
        return f"CAST({sql} AS {self._type(connection)})", params


class Coalesce(Func):
    """The first that is not NULL."""

    function = "COALESCE"

    def __init__(self, *expressions: Any, **extra: Any) -> None:
        _at_least_two(self, expressions)
        super().__init__(*expressions, **extra)

    def may_be_null(self) -> bool:
        return all(each.may_be_null() for each in self.sources)

    @property
    def empty_result_set_value(self) -> Any:
        known = (each.empty_result_set_value for each in self.sources)
        return next((value for value in known if value is not None), None)


class Collate(Func):
    """A text in the order of another collation."""

    function = "COLLATE"
    template = "%(expressions)s %(function)s %(collation)s"
    allowed = re.compile(r"[\w-]+")  # with dots and quotes in it, it could be something else

    def __init__(self, expression: Any, collation: str) -> None:
        if not (collation and self.allowed.fullmatch(collation)):
            raise ValueError(f"Invalid collation name: {collation!r}.")
        self.collation = collation
        super().__init__(expression)

    def as_sql(self, compiler: Any, connection: Any, **extra: Any) -> SQL:
        name = connection.ops.quote_name(self.collation)
        return super().as_sql(compiler, connection, collation=name, **extra)


class Greatest(Func):
    """The greatest of several; NULL where all of them are."""

    function = "GREATEST"

    def __init__(self, *expressions: Any, **extra: Any) -> None:
        _at_least_two(self, expressions)
        super().__init__(*expressions, **extra)


class Least(Greatest):
    function = "LEAST"


class NullIf(Func):
    """NULL where both are equal, else the first."""

    function = "NULLIF"
    arity = 2


def _at_least_two(function: Any, expressions: Any) -> None:
    if len(expressions) < 2:
        raise ValueError(f"{type(function).__name__} must take at least two expressions")
