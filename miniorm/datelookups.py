"""Parts of dates in lookups: `pub_date__year`, `pub_date__date`, `opens__hour`.

Step 6 of the trip. A moment is one instant everywhere, but which day or year it falls in is
a question of where one stands: the answer here is that of the configured time zone. A year
that is compared with a number becomes a range of moments, for which an index serves.

Django's pages "Field lookups", from "date" on, and "Database Functions", "Extract"; in Django:
`django.db.models.functions.datetime` and `django.db.models.lookups` (YearLookup).
"""

import datetime
from typing import Any

from miniorm import configuration, fields
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
)

# Each part as PostgreSQL has it; of SQLite the back end's function TIME_EXTRACT is asked.
PARTS = {
    "year": "EXTRACT(YEAR FROM {})",
    "iso_year": "EXTRACT(ISOYEAR FROM {})",
    "quarter": "EXTRACT(QUARTER FROM {})",
    "month": "EXTRACT(MONTH FROM {})",
    "week": "EXTRACT(WEEK FROM {})",  # of the ISO year
    "week_day": "EXTRACT(DOW FROM {}) + 1",  # 1 is Sunday
    "iso_week_day": "EXTRACT(ISODOW FROM {})",  # 1 is Monday
    "day": "EXTRACT(DAY FROM {})",
    "hour": "EXTRACT(HOUR FROM {})",
    "minute": "EXTRACT(MINUTE FROM {})",
    "second": "FLOOR(EXTRACT(SECOND FROM {}))",
}
TIMES = ("hour", "minute", "second")


class Zoned(Transform):
    """What is asked of a moment in a time zone, the configured one unless told otherwise."""

    tzinfo: Any = None

    def zone(self) -> str:
        """The zone's name, or its offset as "+02:00"; "" where moments have none."""
        if not is_moment(self.lhs) or not configuration.current().use_tz:
            return ""
        zone = self.tzinfo or configured_zone()
        name = getattr(zone, "key", None)
        return name or datetime.datetime(2000, 1, 1, tzinfo=zone).isoformat()[19:]

    def local(self, sql: str) -> str:
        """On PostgreSQL: the moment as a clock in that time zone shows it."""
        zone = quoted(self.zone())
        return f"({sql} AT TIME ZONE {zone})" if zone else sql


def quoted(zone: str) -> str:
    """A zone for PostgreSQL. A name of ZoneInfo's is a file's, and holds no quote."""
    return f"INTERVAL '{zone}'" if zone[:1] in ("+", "-") else f"'{zone}'" if zone else ""


def is_moment(expression: Any) -> bool:
    return isinstance(expression.output_field, fields.DateTimeField)


class Extract(Zoned):
    """A number out of a date, a time or a moment: `Extract("pub_date", "year")`."""

    _output_field = fields.IntegerField()

    def __init__(
        self, expression: Any, lookup_name: str | None = None, tzinfo: Any = None, **extra: Any
    ) -> None:
        if self.lookup_name is None:
            self.lookup_name = lookup_name
        if self.lookup_name not in PARTS:  # it is written into the SQL
            raise ValueError(f"lookup_name must be one of {', '.join(PARTS)}, not {lookup_name!r}.")
        self.tzinfo = tzinfo
        super().__init__(expression, **extra)

    def resolve_expression(self, *args: Any, **kwargs: Any) -> Any:
        twin = super().resolve_expression(*args, **kwargs)
        kind, name = twin.lhs.output_field.get_internal_type(), self.lookup_name
        is_time = name in TIMES
        if kind not in ("DateTimeField", "TimeField" if is_time else "DateField"):
            raise ValueError(f"Cannot extract component {name!r} from {twin.lhs.describe()}.")
        return twin

    def as_postgresql(self, compiler: Any, connection: Any) -> SQL:
        sql, params = compiler.compile(self.lhs)
        return f"({PARTS[self.lookup_name].format(self.local(sql))})::integer", params

    def as_sqlite(self, compiler: Any, connection: Any) -> SQL:
        sql, params = compiler.compile(self.lhs)
        return f"TIME_EXTRACT('{self.lookup_name}', {sql}, '{self.zone()}')", params


class ExtractYear(Extract):
    lookup_name = "year"


class ExtractIsoYear(Extract):
    lookup_name = "iso_year"


class ExtractQuarter(Extract):
    lookup_name = "quarter"


class ExtractMonth(Extract):
    lookup_name = "month"


class ExtractWeek(Extract):
    lookup_name = "week"


class ExtractWeekDay(Extract):
    lookup_name = "week_day"


class ExtractIsoWeekDay(Extract):
    lookup_name = "iso_week_day"


class ExtractDay(Extract):
    lookup_name = "day"


class ExtractHour(Extract):
    lookup_name = "hour"


class ExtractMinute(Extract):
    lookup_name = "minute"


class ExtractSecond(Extract):
    lookup_name = "second"


class TruncDate(Zoned):
    """The day of a moment."""

    lookup_name = "date"
    _output_field: Any = fields.DateField()

    def __init__(self, expression: Any, tzinfo: Any = None, **extra: Any) -> None:
        self.tzinfo = tzinfo
        super().__init__(expression, **extra)

    def as_postgresql(self, compiler: Any, connection: Any) -> SQL:
        sql, params = compiler.compile(self.lhs)
        return f"{self.local(sql)}::{self.lookup_name}", params

    def as_sqlite(self, compiler: Any, connection: Any) -> SQL:
        sql, params = compiler.compile(self.lhs)
        return f"TIME_TRUNC('{self.lookup_name}', {sql}, '{self.zone()}')", params


class TruncTime(TruncDate):
    """The time of day of a moment."""

    lookup_name = "time"
    _output_field = fields.TimeField()


for part in Extract.__subclasses__():
    is_time = part.lookup_name in TIMES
    for kind in (fields.DateTimeField, fields.TimeField if is_time else fields.DateField):
        kind.register_lookup(part)
fields.DateTimeField.register_lookup(TruncDate)
fields.DateTimeField.register_lookup(TruncTime)


# --- a year as a range --------------------------------------------------------------------


def first_of_year(year: int, transform: Any) -> datetime.date:
    is_iso = transform.lookup_name == "iso_year"
    day = datetime.date.fromisocalendar(year, 1, 1) if is_iso else datetime.date(year, 1, 1)
    if not is_moment(transform.lhs):
        return day
    zone = configured_zone() if configuration.current().use_tz else None
    return datetime.datetime(day.year, day.month, day.day, tzinfo=transform.tzinfo or zone)


class YearLookup(Comparison):
    """A comparison of a year as comparisons with first days; 1 is the year after."""

    bounds: tuple[tuple[str, int], ...]

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        year = self.rhs
        if not isinstance(year, int) or not 1 < year < 9999:
            return super().as_sql(compiler, connection)
        column = self.lhs.lhs
        lhs, params = compiler.compile(column)
        parts, all_params = [], []
        for operator, later in self.bounds:
            first = first_of_year(year + later, self.lhs)
            value = column.output_field.get_db_prep_value(first, connection)
            parts.append(f"{lhs} {operator} %s")
            all_params += [*params, value]
        return f"({' AND '.join(parts)})", all_params


class YearExact(YearLookup, Exact):
    bounds = ((">=", 0), ("<", 1))


class YearGt(YearLookup, GreaterThan):
    bounds = ((">=", 1),)


class YearGte(YearLookup, GreaterThanOrEqual):
    bounds = ((">=", 0),)


class YearLt(YearLookup, LessThan):
    bounds = (("<", 0),)


class YearLte(YearLookup, LessThanOrEqual):
    bounds = (("<", 1),)


for lookup in (YearExact, YearGt, YearGte, YearLt, YearLte):
    ExtractYear.register_lookup(lookup)
    ExtractIsoYear.register_lookup(lookup)
