"""Lookups: the comparisons that a name in filter() can end in.

Step 6 of the trip. `filter(votes__gt=3)` is `GreaterThan(Col(votes), 3)`. A lookup is
registered on a field class under its name; a Transform makes another value of a column
first (`pub_date__year`), and then that value's lookups apply. The answer is the same on
both databases, PostgreSQL's: "contains" knows upper from lower case, "icontains" does not,
beyond ASCII too.

Django's pages "Field lookups" and "Custom lookups"; in Django: `django.db.models.lookups`.
"""

import datetime
import json
import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from miniorm import configuration, fields
from miniorm.errors import NotSupportedError
from miniorm.expressions import SQL, Expression, Func
from miniorm.fields.numbers import BIGGEST, DECIMAL_DIGITS, SMALLEST
from miniorm.fields.times import configured_zone
from miniorm.query import Path

# A longer list of keys travels as one parameter.
LONG_LIST = 500


class Transform(Func):
    """A function of one value that a lookup's name can hold: `pub_date__year`."""

    lookup_name: str

    def __init__(self, expression: Any) -> None:
        super().__init__(expression)

    def required(self) -> frozenset[Path]:
        found: frozenset[Path] = self.sources[0].required()
        return found

    def may_be_null(self) -> bool:
        return bool(self.sources[0].may_be_null())


class Lookup(Expression):
    """A comparison of an expression with a value, or with another expression."""

    lookup_name: str
    prepare_rhs = True  # the value is one of the left side's field
    _output_field = fields.BooleanField()

    def __init__(self, lhs: Any, rhs: Any) -> None:
        self.rhs = rhs
        self.sources = (lhs, rhs) if isinstance(rhs, Expression) else (lhs,)
        if len(self.sources) == 1:
            self.rhs = self.get_prep_lookup()

    @property
    def lhs(self) -> Any:
        return self.sources[0]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.lhs!r}, {self.rhs!r})"

    def with_sources(self, sources: Any) -> Any:
        twin = super().with_sources(sources)
        if len(twin.sources) == 2:
            twin.rhs = twin.sources[1]
        return twin

    def required(self) -> frozenset[Path]:
        return frozenset[Path]().union(*(each.required() for each in self.sources))

    def get_prep_lookup(self) -> Any:
        """The value, checked and made one of the field; raises ValueError or TypeError."""
        return self.prepared(self.rhs) if self.prepare_rhs else self.rhs

    def prepared(self, value: Any) -> Any:
        return self.lhs.output_field.get_prep_value(self.key_of(value))

    def lies_between(self, value: Any) -> bool:
        """Whether whole numbers are compared with something like 1.5, which none of them is."""
        return (
            isinstance(value, float | Decimal)
            and isinstance(self.lhs.output_field, fields.IntegerField)
            and math.isfinite(value)
            and value != int(value)
        )

    def key_of(self, value: Any) -> Any:
        """The key of a model instance, which must be one of the relation's; else the value."""
        if not hasattr(value, "_meta") or isinstance(value, type):
            return value
        relation: Any = getattr(self.lhs, "relation", None)
        if relation is not None and not isinstance(value, relation.related_model):
            raise ValueError(
                f"Cannot query {str(value)!r}: Must be "
                f"{relation.related_model.__name__!r} instance."
            )
        concrete = relation is not None and relation.concrete
        attname = relation.target_field.attname if concrete else value._meta.pk.attname
        key = getattr(value, attname)
        if key is None:
            raise ValueError(
                f"Model instances passed to related filters must be saved: {value!r} is not."
            )
        return key

    def process_lhs(self, compiler: Any, connection: Any) -> SQL:
        return compiler.compile(self.lhs)  # type: ignore[no-any-return]

    def process_rhs(self, compiler: Any, connection: Any) -> SQL:
        if isinstance(self.rhs, Expression):
            return compiler.compile(self.rhs)  # type: ignore[no-any-return]
        field = self.lhs.output_field if self.prepare_rhs else None
        if field is None:
            return "%s", [self.rhs]
        value = field.get_db_prep_value(self.rhs, connection, prepared=True)
        return self.placeholder(connection), [value]

    def placeholder(self, connection: Any) -> str:
        # A decimal travels to SQLite as text. A column makes a number of it; what is
        # computed has no type there, and would find every number less than any text.
        computed = not hasattr(self.lhs, "path")
        is_decimal = isinstance(self.lhs.output_field, fields.DecimalField)
        sqlite = connection.vendor == "sqlite"
        return "CAST(%s AS NUMERIC)" if sqlite and computed and is_decimal else "%s"


def register(*field_classes: Any) -> Callable[[Any], Any]:
    """Register the decorated lookup on these field classes, under its own name."""

    def decorate(lookup: Any) -> Any:
        for field_class in field_classes:
            field_class.register_lookup(lookup)
        return lookup

    return decorate


# --- comparing ------------------------------------------------------------------------


def in_no_row(value: Any) -> bool:
    """Whether no column can hold the value. It comes from a URL, and not every driver takes it."""
    if isinstance(value, int):
        return not SMALLEST <= value <= BIGGEST
    if isinstance(value, Decimal):
        return value.adjusted() >= DECIMAL_DIGITS
    return isinstance(value, str) and "\0" in value


class Comparison(Lookup):
    """Two values and an operator."""

    operator: str
    when_too_big: bool  # what the comparison is with a number beyond every column's
    when_too_small: bool
    # Of a number that lies between two whole ones: n > 1.5 is n > 1, n < 1.5 is n < 2.
    rounded: Any = staticmethod(math.floor)

    def prepared(self, value: Any) -> Any:
        return super().prepared(self.rounded(value) if self.lies_between(value) else value)

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        lhs, params = self.process_lhs(compiler, connection)
        if in_no_row(self.rhs):
            return (f"{lhs} IS NOT NULL", params) if self._beyond() else ("1 = 0", [])
        rhs, more = self.process_rhs(compiler, connection)
        return f"{lhs} {self.operator} {rhs}", [*params, *more]

    def _beyond(self) -> bool:
        """What the comparison is with a value that no row has."""
        if isinstance(self.rhs, str):
            return False
        return self.when_too_big if self.rhs > 0 else self.when_too_small


@register(fields.Field)
class Exact(Comparison):
    lookup_name, operator = "exact", "="
    when_too_big = when_too_small = False

    def prepared(self, value: Any) -> Any:
        # Nothing is equal to 1.5 where all are whole, nor to a number beyond them.
        return BIGGEST + 1 if self.lies_between(value) else super().prepared(value)


@register(fields.Field)
class GreaterThan(Comparison):
    lookup_name, operator = "gt", ">"
    when_too_big, when_too_small = False, True


@register(fields.Field)
class GreaterThanOrEqual(Comparison):
    lookup_name, operator = "gte", ">="
    when_too_big, when_too_small = False, True
    rounded = staticmethod(math.ceil)


@register(fields.Field)
class LessThan(Comparison):
    lookup_name, operator = "lt", "<"
    when_too_big, when_too_small = True, False
    rounded = staticmethod(math.ceil)


@register(fields.Field)
class LessThanOrEqual(Comparison):
    lookup_name, operator = "lte", "<="
    when_too_big, when_too_small = True, False


@register(fields.Field)
class IsNull(Lookup):
    lookup_name = "isnull"

    def get_prep_lookup(self) -> Any:
        if not isinstance(self.rhs, bool):
            raise ValueError(f"isnull takes True or False, and got {self.rhs!r}.")
        return self.rhs

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        lhs, params = self.process_lhs(compiler, connection)
        return f"{lhs} IS {'' if self.rhs else 'NOT '}NULL", params

    def required(self) -> frozenset[Path]:
        return frozenset() if self.rhs else super().required()

    def may_be_null(self) -> bool:
        return False


@register(fields.Field)
class In(Lookup):
    """One of several values, or of the rows of a queryset."""

    lookup_name = "in"

    def get_prep_lookup(self) -> Any:
        if hasattr(self.rhs, "query"):
            return self.rhs.query
        if isinstance(self.rhs, str | bytes) or not hasattr(self.rhs, "__iter__"):
            raise TypeError(f"in takes a list, a set, a queryset..., and got {self.rhs!r}.")
        # NULL is equal to nothing, so None can be left out; duplicates too.
        wanted = [each for each in self.rhs if each is not None and not self.lies_between(each)]
        values = dict.fromkeys(self.prepared(value) for value in wanted)
        return [value for value in values if not in_no_row(value)]

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        lhs, params = self.process_lhs(compiler, connection)
        if not self.rhs or getattr(self.rhs, "empty", False):
            return "1 = 0", []
        if not isinstance(self.rhs, list):
            sql, more = compiler.inner(self.rhs).keys_sql()
            return f"{lhs} IN ({sql})", [*params, *more]
        field = self.lhs.output_field
        values = [field.get_db_prep_value(each, connection, prepared=True) for each in self.rhs]
        if len(values) > LONG_LIST and connection.vendor == "sqlite" and is_json(values):
            return f"{lhs} IN (SELECT value FROM json_each(%s))", [*params, json.dumps(values)]  # noqa: S608
        places = ", ".join([self.placeholder(connection)] * len(values))
        return f"{lhs} IN ({places})", [*params, *values]


def is_json(values: list[Any]) -> bool:
    """Whether JSON holds these values just as a parameter would."""
    return all(type(value) in (int, str) for value in values)


@register(fields.Field)
class Range(Lookup):
    """Between two values, both included."""

    lookup_name = "range"

    def get_prep_lookup(self) -> Any:
        try:
            low, high = self.rhs
        except (TypeError, ValueError):
            raise ValueError(f"range takes a pair (low, high), and got {self.rhs!r}.") from None
        return GreaterThanOrEqual(self.lhs, low).rhs, LessThanOrEqual(self.lhs, high).rhs

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        if any(map(in_no_row, self.rhs)):
            return self._as_comparisons(compiler)
        lhs, params = self.process_lhs(compiler, connection)
        field = self.lhs.output_field
        pair = [field.get_db_prep_value(each, connection, prepared=True) for each in self.rhs]
        place = self.placeholder(connection)
        return f"{lhs} BETWEEN {place} AND {place}", [*params, *pair]

    def _as_comparisons(self, compiler: Any) -> SQL:
        """The same as two comparisons, which know what to make of a value that no row has."""
        low, high = self.rhs
        above, params = compiler.compile(GreaterThanOrEqual(self.lhs, low))
        below, more = compiler.compile(LessThanOrEqual(self.lhs, high))
        return f"({above} AND {below})", [*params, *more]


# --- text -----------------------------------------------------------------------------


class TextLookup(Lookup):
    """Part of a text. `%(lhs)s` and `%(rhs)s` in the templates; `folded` ignores case."""

    prepare_rhs = False
    folded = False
    sqlite: str
    before, after = "", ""  # what LIKE puts around the value

    def get_prep_lookup(self) -> Any:
        return str(self.rhs)

    def _sides(self, compiler: Any, connection: Any) -> tuple[str, str, list[Any], list[Any]]:
        lhs, params = self.process_lhs(compiler, connection)
        rhs, more = self.process_rhs(compiler, connection)
        if connection.vendor == "postgresql":
            lhs = f"{lhs}::text"
            rhs = f"{rhs}::text"
        if self.folded:
            lhs, rhs = f"LOWER({lhs})", f"LOWER({rhs})"
        return lhs, rhs, params, more

    def as_sqlite(self, compiler: Any, connection: Any) -> SQL:
        if in_no_row(self.rhs):
            return "1 = 0", []
        # LIKE of SQLite takes "a" for "A"; these compare exactly, and need no escapes.
        lhs, rhs, params, more = self._sides(compiler, connection)
        sql, all_params = "", []
        for piece in self.sqlite.split("|"):
            sql += {"lhs": lhs, "rhs": rhs}.get(piece, piece)
            all_params += {"lhs": params, "rhs": more}.get(piece, [])
        return sql, all_params

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        if in_no_row(self.rhs):
            return "1 = 0", []
        lhs, rhs, params, more = self._sides(compiler, connection)
        if isinstance(self.rhs, Expression):
            rhs = rf"REPLACE(REPLACE(REPLACE({rhs}, '\', '\\'), '%%', '\%%'), '_', '\_')"
            rhs = " || ".join(part for part in (self.before, rhs, self.after) if part)
        else:
            before, after = ("%" if part else "" for part in (self.before, self.after))
            more = [f"{before}{escaped(value)}{after}" for value in more]
        return f"{lhs} LIKE {rhs}", [*params, *more]


def escaped(text: str) -> str:
    """`text` for LIKE, with its own wildcards taken literally."""
    return text.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")


@register(fields.Field)
class Contains(TextLookup):
    lookup_name = "contains"
    sqlite = "INSTR(|lhs|, |rhs|) > 0"
    before = after = "'%%'"


@register(fields.Field)
class StartsWith(TextLookup):
    lookup_name = "startswith"
    sqlite = "SUBSTR(|lhs|, 1, LENGTH(|rhs|)) = |rhs"
    after = "'%%'"


@register(fields.Field)
class EndsWith(TextLookup):
    lookup_name = "endswith"
    sqlite = "SUBSTR(|lhs|, LENGTH(|lhs|) - LENGTH(|rhs|) + 1) = |rhs"
    before = "'%%'"


@register(fields.Field)
class IExact(TextLookup):
    lookup_name, folded = "iexact", True
    sqlite = "|lhs| = |rhs"


@register(fields.Field)
class IContains(Contains):
    lookup_name, folded = "icontains", True


@register(fields.Field)
class IStartsWith(StartsWith):
    lookup_name, folded = "istartswith", True


@register(fields.Field)
class IEndsWith(EndsWith):
    lookup_name, folded = "iendswith", True


@register(fields.Field)
class Regex(Lookup):
    """A regular expression is found in it: Python's on SQLite, PostgreSQL's own there."""

    lookup_name = "regex"
    prepare_rhs = False
    sqlite, postgresql = "{lhs} REGEXP {rhs}", "{lhs}::text ~ {rhs}"

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        if in_no_row(self.rhs):
            return "1 = 0", []
        lhs, params = self.process_lhs(compiler, connection)
        rhs, more = self.process_rhs(compiler, connection)
        template = self.sqlite if connection.vendor == "sqlite" else self.postgresql
        return template.format(lhs=lhs, rhs=rhs), [*params, *more]


@register(fields.Field)
class IRegex(Regex):
    lookup_name = "iregex"
    sqlite, postgresql = "{lhs} REGEXP ('(?i)' || {rhs})", "{lhs}::text ~* {rhs}"


# --- parts of dates -------------------------------------------------------------------


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
