"""A field of spans of time. Beside step 6.

ISO 8601, 4.4.2 (durations); Python's own text of a timedelta; PostgreSQL's manual, "Interval
Output". In Django: `DurationField` and `django.utils.dateparse.parse_duration`.
"""

import datetime
import re
from typing import Any

from miniorm.fields.base import Field

# "3 days, 4:05:06.7", "3 04:05:06", "05:06", "6.7"; each part may be missing from the left.
CLOCK = re.compile(
    r"(?:(?P<days>-?\d+)(?:\s+days?,?)?(?:\s+|$))?"
    r"(?P<sign>[-+]?)"
    r"(?:(?:(?P<hours>\d+):)?(?P<minutes>\d+):)?"
    r"(?P<seconds>\d+(?:[.,]\d{1,6}\d*)?)?"
)
# "P3DT4H5M6.7S"
ISO_8601 = re.compile(
    r"(?P<sign>[-+]?)P(?:(?P<days>\d+(?:[.,]\d+)?)D)?"
    r"(?:T(?:(?P<hours>\d+(?:[.,]\d+)?)H)?(?:(?P<minutes>\d+(?:[.,]\d+)?)M)?"
    r"(?:(?P<seconds>\d+(?:[.,]\d+)?)S)?)?"
)


def parse_duration(text: str) -> datetime.timedelta | None:
    """The timedelta of a text in one of the forms, or None."""
    match = (CLOCK.fullmatch(text) or ISO_8601.fullmatch(text)) if text.strip() else None
    if match is None or not any(value for name, value in match.groupdict().items()
                                if name != "sign"):  # fmt: skip
        return None
    parts = {
        name: float(value.replace(",", "."))
        for name, value in match.groupdict(default="0").items()
        if name != "sign"
    }
    sign = -1 if match["sign"] == "-" else 1
    days = datetime.timedelta(days=parts.pop("days"))
    if match.re is ISO_8601:  # its sign is that of the whole
        return sign * (days + datetime.timedelta(**parts))
    return days + sign * datetime.timedelta(**parts)


def duration_string(duration: datetime.timedelta) -> str:
    """ "3 04:05:06.000007": days where there are some, microseconds likewise."""
    minutes, seconds = divmod(duration.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days = f"{duration.days} " if duration.days else ""
    part = f".{duration.microseconds:06}" if duration.microseconds else ""
    return f"{days}{hours:02}:{minutes:02}:{seconds:02}{part}"


class DurationField(Field):
    """A span of time: datetime.timedelta, or text as "3 04:05:06"."""

    empty_strings_allowed = False
    type_name = "a datetime.timedelta"
    form_class = "DurationField"
    default_error_messages = {
        "invalid": "“%(value)s” is not a duration; expected [DD] [[HH:]MM:]SS[.ffffff].",
    }

    def to_python(self, value: Any) -> Any:
        if value is None or isinstance(value, datetime.timedelta):
            return value
        try:
            found = parse_duration(value)
        except (AttributeError, TypeError, OverflowError):
            found = None
        if found is None:
            raise self.invalid("invalid", value)
        return found

    def get_prep_value(self, value: Any) -> Any:
        if value is not None and not isinstance(value, datetime.timedelta):
            raise self.refuse(value)
        return value

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        value = value if prepared else self.get_prep_value(value)
        return connection.ops.adapt_durationfield_value(value)

    def value_to_string(self, obj: Any) -> str:
        value = self.value_from_object(obj)
        return "" if value is None else duration_string(value)
