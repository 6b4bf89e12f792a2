"""Functions of dates: the shelf of step 6. What takes parts out is in `miniorm.datelookups`.

In Django: `django.db.models.functions.datetime`.
"""

from collections.abc import Callable
from typing import Any

from miniorm import configuration, fields
from miniorm.datelookups import TIMES, Zoned, is_moment, quoted
from miniorm.expressions import SQL, Func
from miniorm.fields.times import configured_zone

KINDS = ("year", "quarter", "month", "week", "day", *TIMES)

# For PostgreSQL, by what the result is.
CASTS = {"DateField": "::date", "TimeField": "::time"}


class Now(Func):
    """The moment at which the statement began."""

    template = "CURRENT_TIMESTAMP"
    _output_field = fields.DateTimeField()

    def as_postgresql(self, compiler: Any, connection: Any) -> SQL:
        # CURRENT_TIMESTAMP is when the transaction began.
        return self.as_sql(compiler, connection, template="STATEMENT_TIMESTAMP()")

    def as_sqlite(self, compiler: Any, connection: Any) -> SQL:
        return "STRFTIME('%%Y-%%m-%%d %%H:%%M:%%f', 'now')", []

    def may_be_null(self) -> bool:
        return False


class Trunc(Zoned):
    """A date cut to its year, its month ...: `Trunc("pub_date", "month")`."""

    kind: Any = None

    def __init__(
        self,
        expression: Any,
        kind: str | None = None,
        output_field: Any = None,
        tzinfo: Any = None,
        **extra: Any,
    ) -> None:
        if self.kind is None:
            self.kind = kind
        if self.kind not in KINDS:  # it is written into the SQL
            raise ValueError(f"kind must be one of {', '.join(KINDS)}, not {kind!r}.")
        self.tzinfo = tzinfo
        super().__init__(expression, output_field=output_field, **extra)

    def resolve_expression(self, *args: Any, **kwargs: Any) -> Any:
        twin = super().resolve_expression(*args, **kwargs)
        given, result = (
            each.get_internal_type() for each in (twin.lhs.output_field, twin.output_field)
        )
        if given not in ("DateTimeField", "DateField", "TimeField"):
            raise TypeError(f"{twin.lhs!r} isn't a DateField, TimeField, or DateTimeField.")
        is_time = self.kind in TIMES
        possible = {
            "DateTimeField": ("DateTimeField", "DateField", "TimeField"),
            "TimeField": ("TimeField",) if is_time else (),
            "DateField": () if is_time else ("DateField",),
        }
        if result not in possible.get(given, ()):
            raise ValueError(
                f"Cannot truncate {given} {twin.lhs!r} to {self.kind!r} as a {result}."
            )
        return twin

    def as_postgresql(self, compiler: Any, connection: Any) -> SQL:
        sql, params = compiler.compile(self.lhs)
        sql = f"DATE_TRUNC('{self.kind}', {self.local(sql)})"
        zone = quoted(self.zone())
        if zone and is_moment(self):
            return f"({sql} AT TIME ZONE {zone})", params
        return f"{sql}{CASTS.get(self.output_field.get_internal_type(), '')}", params

    def as_sqlite(self, compiler: Any, connection: Any) -> SQL:
        sql, params = compiler.compile(self.lhs)
        sql = f"TIME_TRUNC('{self.kind}', {sql}, '{self.zone()}')"
        if is_moment(self.lhs) and not is_moment(self):
            half = "date" if isinstance(self.output_field, fields.DateField) else "time"
            sql = f"TIME_TRUNC('{half}', {sql}, '{self.zone()}')"
        return sql, params

    def converter(self, connection: Any) -> Callable[[Any], Any] | None:
        convert = super().converter(connection)
        if not is_moment(self) or not configuration.current().use_tz:
            return convert
        zone = self.tzinfo or configured_zone()  # a month begins where one stands
        return lambda value: (convert(value) if convert else value).astimezone(zone)


class TruncYear(Trunc):
    kind = "year"


class TruncQuarter(Trunc):
    kind = "quarter"


class TruncMonth(Trunc):
    kind = "month"


class TruncWeek(Trunc):
    kind = "week"


class TruncDay(Trunc):
    kind = "day"


class TruncHour(Trunc):
    kind = "hour"


class TruncMinute(Trunc):
    kind = "minute"


class TruncSecond(Trunc):
    kind = "second"
