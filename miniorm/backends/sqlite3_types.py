"""What SQLite's columns hold: Python's values as numbers, text and bytes, and back.

Step 6 of the trip, its lower end. SQLite knows five types, and a column's declared type is
a wish. So a moment, a decimal, a duration has one form here in which it is kept, chosen so
that it sorts and compares as the values do.

Rules: sqlite.org/datatype3.html, /autoinc.html. In Django: `django.db.backends.sqlite3.base`
(data_types) and `.operations`.
"""

import json
import re
import sqlite3
from datetime import UTC, date, datetime, time, timedelta
from decimal import Context, Decimal
from functools import partial
from typing import Any
from uuid import UUID

from miniorm import configuration
from miniorm.backends.operations import Converter, DatabaseOperations
from miniorm.errors import DataError

# A declared type decides a column's affinity only (datatype3.html, 3.1): "char(32)" and
# "text" hold text, "integer" whole numbers, "decimal" and "date" what looks like a number
# as one, anything else as the text it is.
DATA_TYPES = {
    "AutoField": "integer",
    "BigAutoField": "integer",
    "SmallAutoField": "integer",
    "BinaryField": "BLOB",
    "BooleanField": "bool",
    "CharField": "varchar(%(max_length)s)",
    "DateField": "date",
    "DateTimeField": "datetime",
    "DecimalField": "decimal",
    "DurationField": "bigint",
    "EmailField": "varchar(%(max_length)s)",
    "FilePathField": "varchar(%(max_length)s)",
    "FloatField": "real",
    "GenericIPAddressField": "char(39)",
    "IntegerField": "integer",
    "SmallIntegerField": "smallint",
    "BigIntegerField": "bigint",
    "PositiveIntegerField": "integer unsigned",
    "PositiveSmallIntegerField": "smallint unsigned",
    "PositiveBigIntegerField": "bigint unsigned",
    "JSONField": "text",
    "SlugField": "varchar(%(max_length)s)",
    "TextField": "text",
    "TimeField": "time",
    "URLField": "varchar(%(max_length)s)",
    "UUIDField": "char(32)",
}

# AUTOINCREMENT: the number of a deleted row is never given to another (autoinc.html).
AUTO = dict.fromkeys(("AutoField", "BigAutoField", "SmallAutoField"), "AUTOINCREMENT")

CHECKS = {
    "PositiveIntegerField": "%(column)s >= 0",
    "PositiveSmallIntegerField": "%(column)s >= 0",
    "PositiveBigIntegerField": "%(column)s >= 0",
    "JSONField": "JSON_VALID(%(column)s) OR %(column)s IS NULL",
}

# As JSON writes it. After another backslash the backslash is a letter like others.
ZERO_BYTE = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


FIFTEEN_DIGITS = Context(prec=15)

# --- values -----------------------------------------------------------------------------


def to_decimal(value: float | int | str, quantum: Decimal | None = None) -> Decimal:
    """A NUMERIC column holds 1.10 as the number 1.1; the field's scale gives back the zero."""
    number = Decimal(str(value))
    if quantum is not None:
        return number.quantize(quantum)
    # What is computed there is a binary fraction, of which 15 digits are right.
    return FIFTEEN_DIGITS.create_decimal(number) if isinstance(value, float) else number


def to_computed_decimal(value: float | int | str, quantum: Decimal) -> Decimal:
    """What is computed of decimals may have more places than they have, and never fewer."""
    number = to_decimal(value)
    short = number.quantize(quantum)
    return short if short == number else number.normalize()


def to_aware_datetime(value: str) -> datetime:
    # One C call; datetime.replace(tzinfo=UTC) afterwards would cost seven times as much.
    return datetime.fromisoformat(value + "+00:00")


def to_duration(value: int) -> timedelta:
    return timedelta(microseconds=value)


CONVERTERS: dict[str, Converter] = {
    "BooleanField": bool,
    "DateField": date.fromisoformat,
    "DurationField": to_duration,
    "JSONField": json.loads,
    "TimeField": time.fromisoformat,
    "UUIDField": UUID,
}


class SQLiteOperations(DatabaseOperations):
    """SQLite knows numbers, text and bytes: all else travels as one of these."""

    def literal(self, value: Any) -> str:
        self.connection.ensure_connection()
        (text,) = self.connection.connection.execute("SELECT quote(?)", [value]).fetchone()
        return str(text)

    def explain_query_prefix(self, format: str | None = None, **options: Any) -> str:
        if format:
            raise ValueError(f"{format} is not a recognized format. SQLite has no formats.")
        if options:
            raise ValueError(f"Unknown options: {', '.join(sorted(options))}")
        return "EXPLAIN QUERY PLAN"

    def adapt_datetimefield_value(self, value: Any) -> Any:
        """An aware datetime as text in UTC, "2024-05-01 12:30:00"; a naive one as it is.

        Text in this form sorts as the times do, which makes `<` and ORDER BY right.
        """
        if not isinstance(value, datetime):
            return value
        if value.tzinfo is not None:
            if not configuration.current().use_tz:
                raise ValueError(
                    f"{value!r} has a time zone, which SQLite cannot keep without use_tz=True."
                )
            value = value.astimezone(UTC).replace(tzinfo=None)
        return str(value)

    def adapt_datefield_value(self, value: Any) -> Any:
        return value.isoformat() if isinstance(value, date) else value

    def adapt_timefield_value(self, value: Any) -> Any:
        if not isinstance(value, time):
            return value
        if value.tzinfo is not None:
            raise ValueError(f"{value!r} has a time zone; a time of day is kept without one.")
        return str(value)

    def adapt_decimalfield_value(
        self, value: Any, max_digits: int | None = None, decimal_places: int | None = None
    ) -> Any:
        if not isinstance(value, Decimal):
            return value
        if decimal_places is not None and value.is_finite():
            value = value.quantize(Decimal(1).scaleb(-decimal_places))
        return format(value, "f")

    def adapt_durationfield_value(self, value: Any) -> Any:
        return value // timedelta(microseconds=1) if isinstance(value, timedelta) else value

    def adapt_uuidfield_value(self, value: Any) -> Any:
        return value.hex if isinstance(value, UUID) else value

    def adapt_json_value(self, value: Any, encoder: Any = None) -> Any:
        text = json.dumps(value, cls=encoder, allow_nan=False)
        if "\\u0000" in text and ZERO_BYTE.search(text):
            raise DataError("JSON cannot hold a zero byte in its text: PostgreSQL has none.")
        return text

    def one_of_many(self, values: list[Any]) -> tuple[str, Any] | None:
        # SQLite has no arrays, but it reads JSON, which holds these as a parameter would.
        if not all(type(value) in (int, str) for value in values):
            return None
        return "IN (SELECT value FROM json_each(%s))", json.dumps(values)

    def get_db_converter(
        self, internal_type: str, decimal_places: int | None = None
    ) -> Converter | None:
        if internal_type == "DecimalField":
            if decimal_places is None:
                return to_decimal
            return partial(to_decimal, quantum=Decimal(1).scaleb(-decimal_places))
        if internal_type == "DateTimeField":
            aware = configuration.current().use_tz
            return to_aware_datetime if aware else datetime.fromisoformat
        return CONVERTERS.get(internal_type)

    def get_computed_decimal_converter(self, decimal_places: int | None) -> Converter:
        if decimal_places is None:
            return to_decimal
        return partial(to_computed_decimal, quantum=Decimal(1).scaleb(-decimal_places))


# The sqlite3 module adapts by itself what it knows. These it does not know, or will not
# for long (its own for dates are deprecated since Python 3.12); the register is one for
# the whole process, as is Django's.
def _datetime_text(value: datetime) -> str:
    return str(value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value)


sqlite3.register_adapter(Decimal, lambda value: format(value, "f"))
sqlite3.register_adapter(UUID, lambda value: value.hex)
sqlite3.register_adapter(date, lambda value: value.isoformat())
sqlite3.register_adapter(time, str)
sqlite3.register_adapter(datetime, _datetime_text)
