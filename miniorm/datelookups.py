"""Parts of dates in lookups: `pub_date__year`, `pub_date__date`, `opens__hour`.

Step 6 of the trip. A moment is one instant everywhere, but which day or year it falls in is
a question of where one stands: the answer here is that of the configured time zone. A year
that is compared with a number becomes a range of moments, for which an index serves.

Django's page "Field lookups", from "date" on; in Django: `django.db.models.functions` and
`django.db.models.lookups` (YearLookup).
"""

import datetime
from typing import Any

from miniorm import configuration, fields
from miniorm.errors import NotSupportedError
from miniorm.expressions import SQL
from miniorm.fields.times import configured_zone
from miniorm.lookups import (
    Comparison,
    Exact,
    GreaterThan,
    GreaterThanOrEqual,
    LessThan,
    LessThanOrEqual,
    Transform,
    register,
)


class DatePart(Transform):
    """A number out of a date or a moment, in the configured time zone."""

    part: str  # PostgreSQL's EXTRACT
    strftime: str  # SQLite's
    _output_field = fields.IntegerField()

    def as_postgresql(self, compiler: Any, connection: Any) -> SQL:
        sql, params = compiler.compile(self.sources[0])
        return f"EXTRACT({self.part} FROM {local(sql, self.sources[0])})::integer", params

    def as_sqlite(self, compiler: Any, connection: Any) -> SQL:
        refuse_zone(self.sources[0], self.lookup_name)
        sql, params = compiler.compile(self.sources[0])
        return f"CAST(STRFTIME('{self.strftime}', {sql}) AS INTEGER)", params


def is_moment(expression: Any) -> bool:
    return isinstance(expression.output_field, fields.DateTimeField)


def local(sql: str, expression: Any) -> str:
    """On PostgreSQL: the moment as a clock in the configured time zone shows it."""
    settings = configuration.current()
    if not is_moment(expression) or not settings.use_tz:
        return sql
    # The name was checked by configure(), and holds no quote.
    return f"({sql} AT TIME ZONE '{settings.time_zone}')"


def refuse_zone(expression: Any, name: str) -> None:
    settings = configuration.current()
    if is_moment(expression) and settings.use_tz and settings.time_zone != "UTC":
        raise NotSupportedError(
            f"On SQLite the lookup {name!r} of a moment works in UTC only, and the configured "
            f"time zone is {settings.time_zone!r}: compare with a range of moments instead."
        )


@register(fields.DateField, fields.DateTimeField)
class Month(DatePart):
    lookup_name, part, strftime = "month", "MONTH", "%%m"


@register(fields.DateField, fields.DateTimeField)
class Day(DatePart):
    lookup_name, part, strftime = "day", "DAY", "%%d"


@register(fields.TimeField, fields.DateTimeField)
class Hour(DatePart):
    lookup_name, part, strftime = "hour", "HOUR", "%%H"


@register(fields.TimeField, fields.DateTimeField)
class Minute(DatePart):
    lookup_name, part, strftime = "minute", "MINUTE", "%%M"


@register(fields.DateField, fields.DateTimeField)
class Year(DatePart):
    """The year. Compared with a number it becomes a range, for which an index serves."""

    lookup_name, part, strftime = "year", "YEAR", "%%Y"

    def get_lookup(self, name: str) -> Any:
        return YEAR_LOOKUPS.get(name) or super().get_lookup(name)


@register(fields.DateTimeField)
class Date(Transform):
    """The day of a moment, in the configured time zone."""

    lookup_name = "date"
    _output_field = fields.DateField()

    def as_postgresql(self, compiler: Any, connection: Any) -> SQL:
        sql, params = compiler.compile(self.sources[0])
        return f"{local(sql, self.sources[0])}::date", params

    def as_sqlite(self, compiler: Any, connection: Any) -> SQL:
        refuse_zone(self.sources[0], "date")
        sql, params = compiler.compile(self.sources[0])
        return f"DATE({sql})", params


def first_of_year(year: int, field: Any) -> datetime.date:
    if not isinstance(field, fields.DateTimeField):
        return datetime.date(year, 1, 1)
    zone = configured_zone() if configuration.current().use_tz else None
    return datetime.datetime(year, 1, 1, tzinfo=zone)


def year_lookup(comparison: type[Comparison], bounds: list[tuple[str, int]]) -> type[Comparison]:
    """A comparison of a year as comparisons with first days; 1 is the year after."""

    class YearLookup(comparison):  # type: ignore[valid-type, misc]
        def as_sql(self, compiler: Any, connection: Any) -> SQL:
            year = self.rhs
            if not isinstance(year, int) or not 1 < year < 9999:
                found: SQL = super().as_sql(compiler, connection)
                return found
            column = self.lhs.sources[0]
            field = column.output_field
            lhs, params = compiler.compile(column)
            parts, all_params = [], []
            for operator, later in bounds:
                first = field.get_db_prep_value(first_of_year(year + later, field), connection)
                parts.append(f"{lhs} {operator} %s")
                all_params += [*params, first]
            return f"({' AND '.join(parts)})", all_params

    return YearLookup


YEAR_LOOKUPS = {
    "exact": year_lookup(Exact, [(">=", 0), ("<", 1)]),
    "gt": year_lookup(GreaterThan, [(">=", 1)]),
    "gte": year_lookup(GreaterThanOrEqual, [(">=", 0)]),
    "lt": year_lookup(LessThan, [("<", 0)]),
    "lte": year_lookup(LessThanOrEqual, [("<", 1)]),
}
