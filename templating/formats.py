"""Dates, times and numbers as text: Django's format letters, in plain English.

Step 7. `{{ question.pub_date }}` reads "Jan. 1, 2026, noon", and `|date:"Y-m-d"` takes the
letters that Django took from PHP.
Django's documentation, the filter `date`; in Django: django.utils.dateformat and .formats.
"""

import datetime
import re
from calendar import isleap, monthrange
from collections.abc import Callable
from decimal import Decimal
from email.utils import format_datetime
from typing import Any

DATE_FORMAT = "N j, Y"
DATETIME_FORMAT = "N j, Y, P"
TIME_FORMAT = "P"
NAMED = {
    "DATE_FORMAT": DATE_FORMAT,
    "DATETIME_FORMAT": DATETIME_FORMAT,
    "TIME_FORMAT": TIME_FORMAT,
    "SHORT_DATE_FORMAT": "m/d/Y",
    "SHORT_DATETIME_FORMAT": "m/d/Y P",
    "YEAR_MONTH_FORMAT": "F Y",
    "MONTH_DAY_FORMAT": "F j",
}

DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
MONTHS = [
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
]
# Associated Press style: short months are not shortened.
AP_MONTHS = [
    *("Jan.", "Feb.", "March", "April", "May", "June", "July"),
    *("Aug.", "Sept.", "Oct.", "Nov.", "Dec."),
]

# Handed down by configure(): where datetimes that know their zone are shown.
time_zone: datetime.tzinfo | None = None


def localtime(value: Any) -> Any:
    """An aware datetime in the configured time zone; anything else as it is."""
    if time_zone is None or not isinstance(value, datetime.datetime) or value.tzinfo is None:
        return value
    return value.astimezone(time_zone)


def is_decimal(value: object) -> bool:
    return isinstance(value, Decimal)


def localize(value: Any) -> str:
    """A value's text where a template shows it without a filter."""
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, (float, Decimal)):
        return number(value)
    if isinstance(value, datetime.datetime):
        return format_date(localtime(value), DATETIME_FORMAT)
    if isinstance(value, datetime.date):
        return format_date(value, DATE_FORMAT)
    if isinstance(value, datetime.time):
        return format_date(value, TIME_FORMAT)
    return str(value)


def number(value: float | Decimal) -> str:
    """Digits rather than an exponent, up to 200 of them."""
    if isinstance(value, float):
        if "e" not in repr(value):
            return repr(value)
        value = Decimal(str(value))
    _, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int):  # NaN and infinity
        return str(value)
    if abs(exponent) + len(digits) > 200:
        return f"{value:e}"
    return f"{value:f}"


def format_date(value: Any, letters: str) -> str:
    """`value` by the letters of the format; a backslash lets a letter stand for itself.

    Raises TypeError for a letter that needs what the value has not (an hour of a date).
    """
    letters = NAMED.get(letters, letters)
    return re.sub(r"\\(.)|([a-zA-Z])", lambda found: _letter(value, found), letters)


def _letter(value: Any, found: "re.Match[str]") -> str:
    escaped, letter = found.groups()
    if escaped is not None:
        return str(escaped)
    if letter not in LETTERS:
        return str(letter)
    try:
        return str(LETTERS[letter](value))
    except AttributeError:
        raise TypeError(
            f"The format letter {letter!r} does not apply to a {type(value).__name__}."
        ) from None


def _half_day(value: Any) -> str:
    return "p.m." if value.hour > 11 else "a.m."


def _hour12(value: Any) -> int:
    return int(value.hour % 12 or 12)


def _clock(value: Any) -> str:
    """12-hour time, without minutes on the hour."""
    return f"{_hour12(value)}:{value.minute:02}" if value.minute else str(_hour12(value))


def _friendly_time(value: Any) -> str:
    if (value.hour, value.minute) == (0, 0):
        return "midnight"
    if (value.hour, value.minute) == (12, 0):
        return "noon"
    return f"{_clock(value)} {_half_day(value)}"


def _suffix(value: Any) -> str:
    if value.day in (11, 12, 13):
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(value.day % 10, "th")


def _aware(value: Any) -> Any:
    """What questions about the zone are asked of: naive datetimes count as UTC."""
    if isinstance(value, datetime.datetime) and value.tzinfo is None:
        return value.replace(tzinfo=time_zone or datetime.UTC)
    return value


def _offset(value: Any) -> str:
    if isinstance(value, datetime.time):
        return ""
    seconds = int(_aware(value).utcoffset().total_seconds())
    sign = "-" if seconds < 0 else "+"
    return f"{sign}{abs(seconds) // 3600:02}{abs(seconds) // 60 % 60:02}"


def _rfc(value: Any) -> str:
    if not isinstance(value, datetime.datetime):
        value = datetime.datetime.combine(value, datetime.time())
    return format_datetime(_aware(value))


LETTERS: dict[str, Callable[[Any], object]] = {
    # the day
    "d": lambda v: f"{v.day:02}",
    "j": lambda v: v.day,
    "D": lambda v: DAYS[v.weekday()][:3],
    "l": lambda v: DAYS[v.weekday()],
    "S": _suffix,
    "w": lambda v: (v.weekday() + 1) % 7,
    "z": lambda v: v.timetuple().tm_yday,
    "W": lambda v: v.isocalendar()[1],
    # the month
    "m": lambda v: f"{v.month:02}",
    "n": lambda v: v.month,
    "M": lambda v: MONTHS[v.month - 1][:3],
    "b": lambda v: MONTHS[v.month - 1][:3].lower(),
    "E": lambda v: MONTHS[v.month - 1],
    "F": lambda v: MONTHS[v.month - 1],
    "N": lambda v: AP_MONTHS[v.month - 1],
    "t": lambda v: monthrange(v.year, v.month)[1],
    # the year
    "y": lambda v: f"{v.year % 100:02}",
    "Y": lambda v: f"{v.year:04}",
    "L": lambda v: isleap(v.year),
    "o": lambda v: v.isocalendar()[0],
    # the time
    "g": _hour12,
    "G": lambda v: v.hour,
    "h": lambda v: f"{_hour12(v):02}",
    "H": lambda v: f"{v.hour:02}",
    "i": lambda v: f"{v.minute:02}",
    "s": lambda v: f"{v.second:02}",
    "u": lambda v: f"{v.microsecond:06}",
    "a": _half_day,
    "A": lambda v: "PM" if v.hour > 11 else "AM",
    "f": _clock,
    "P": _friendly_time,
    # the zone
    "e": lambda v: _aware(v).tzname() or "",
    "T": lambda v: _aware(v).tzname() or "",
    "O": _offset,
    "Z": lambda v: int(_aware(v).utcoffset().total_seconds()),
    "I": lambda v: int(bool(_aware(v).dst())),
    # all of it
    "c": lambda v: v.isoformat(),
    "r": _rfc,
    "U": lambda v: int(_aware(v).timestamp()),
}
