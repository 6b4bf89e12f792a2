"""Dates, times and numbers as text: Django's format letters, in plain English.

Step 7. `{{ question.pub_date }}` reads "Jan. 1, 2026, noon", and `|date:"Y-m-d"` takes the
letters that Django took from PHP.
Django's documentation, the filter `date`; in Django: django.utils.dateformat and .formats.
"""

import datetime
import re
from calendar import isleap, monthrange
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from decimal import Decimal
from email.utils import format_datetime
from typing import Any
from zoneinfo import ZoneInfo

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

# Handed down by configure(): the zone of clocks on the wall (None: UTC), and whether datetimes
# that know their own zone are shown in it.
time_zone: datetime.tzinfo | None = None
use_tz = False

# Another zone for the time being: `{% timezone %}`, or a framework that activates a visitor's.
active_zone: ContextVar[datetime.tzinfo | None] = ContextVar("active_zone", default=None)
# What `{% localtime %}` and `{% localize %}` say; None where nothing has been said.
_use_tz: ContextVar[bool | None] = ContextVar("use_tz", default=None)
_use_l10n: ContextVar[bool | None] = ContextVar("use_l10n", default=None)


def current_zone() -> datetime.tzinfo:
    return active_zone.get() or time_zone or datetime.UTC


def now() -> datetime.datetime:
    return datetime.datetime.now(current_zone() if use_tz else time_zone)


@contextmanager
def in_zone(zone: datetime.tzinfo | str | None) -> Iterator[None]:
    """Another current zone inside the `with`; None is the configured one."""
    token = active_zone.set(ZoneInfo(zone) if isinstance(zone, str) else zone)
    try:
        yield
    finally:
        active_zone.reset(token)


@contextmanager
def shown(use_tz: bool | None = None, use_l10n: bool | None = None) -> Iterator[None]:
    """Inside the `with`: are datetimes moved to the current zone, and numbers made readable?"""
    tokens = [
        (setting, setting.set(value))
        for setting, value in ((_use_tz, use_tz), (_use_l10n, use_l10n))
        if value is not None
    ]
    try:
        yield
    finally:
        for setting, token in tokens:
            setting.reset(token)


def localtime(value: Any) -> Any:
    """A datetime that knows its zone, in the current one; anything else as it is."""
    if not isinstance(value, datetime.datetime) or value.utcoffset() is None:
        return value
    said = _use_tz.get()
    if not (use_tz if said is None else said) or not getattr(value, "convert_to_local_time", True):
        return value
    return value.astimezone(current_zone())


def is_decimal(value: object) -> bool:
    return isinstance(value, Decimal)


def localize(value: Any, use_l10n: bool | None = None) -> str:
    """A value's text where a template shows it without a filter."""
    if isinstance(value, (float, Decimal)):
        readable = _use_l10n.get() if use_l10n is None else use_l10n
        return str(value) if readable is False else number(value)
    if isinstance(value, datetime.datetime):
        return format_date(value, DATETIME_FORMAT)
    if isinstance(value, datetime.date):
        return format_date(value, DATE_FORMAT)
    if isinstance(value, datetime.time):
        return format_time(value, TIME_FORMAT)
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

    Raises TypeError where a date is asked for its hour, AttributeError where the value is no
    date at all.
    """
    return _format(value, letters, LETTERS)


def format_time(value: Any, letters: str) -> str:
    """The same with the letters that speak of hours; any other is an AttributeError."""
    return _format(value, letters, TIME_LETTERS)


def _format(value: Any, letters: str, known: "Letters") -> str:
    return LETTER.sub(lambda found: _letter(value, found, known), NAMED.get(letters, letters))


def _letter(value: Any, found: "re.Match[str]", known: "Letters") -> str:
    letter, escaped = found.groups()
    if letter is None:
        return str(escaped)
    if type(value) is datetime.date and letter in TIME_LETTERS:
        raise TypeError(f"A date has no time of day for the format's letter {letter!r}.")
    if letter not in known:
        raise AttributeError(f"The format's letter {letter!r} does not speak of the time of day.")
    return str(known[letter](value))


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


def _zone(value: Any) -> datetime.tzinfo | None:
    """What questions about the zone are asked of: naive datetimes are in the configured one.

    None for what is no datetime, and for an hour that comes twice or never, as when clocks are
    put forward or back.
    """
    if not isinstance(value, datetime.datetime):
        return None
    zone = (value.tzinfo if value.utcoffset() is not None else None) or time_zone or datetime.UTC
    other = value.replace(tzinfo=None, fold=not value.fold)
    same = zone.utcoffset(value.replace(tzinfo=None)) == zone.utcoffset(other)
    return zone if same or isinstance(zone, datetime.timezone) else None


def _aware(value: Any) -> Any:
    """The datetime, or the beginning of the day, in its zone."""
    moment = _moment(value)
    return moment if moment.utcoffset() is not None else moment.replace(tzinfo=_zone(moment))


def _of_zone(ask: Callable[[Any], object]) -> Callable[[Any], object]:
    """A letter that says something about the zone, and nothing where there is none."""
    return lambda value: "" if _zone(value) is None else ask(_aware(value))


def _moment(value: Any) -> datetime.datetime:
    if isinstance(value, datetime.datetime):
        return value
    return datetime.datetime.combine(value, datetime.time())


def _offset(value: Any) -> str:
    seconds = int(value.utcoffset().total_seconds())
    sign = "-" if seconds < 0 else "+"
    return f"{sign}{abs(seconds) // 3600:02}{abs(seconds) // 60 % 60:02}"


def _own_zone(value: Any) -> str:
    """Of the value itself only: a naive one has no name for its zone."""
    return "" if value.tzinfo is None or _zone(value) is None else value.tzname() or ""


Letters = dict[str, Callable[[Any], object]]

TIME_LETTERS: Letters = {
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
    "e": _own_zone,
    "T": _of_zone(lambda v: v.tzname()),
    "O": _of_zone(_offset),
    "Z": _of_zone(lambda v: int(v.utcoffset().total_seconds())),
}

LETTERS: Letters = TIME_LETTERS | {
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
    "I": _of_zone(lambda v: int(bool(v.dst()))),
    # all of it
    "c": lambda v: v.isoformat(),
    "r": lambda v: format_datetime(_aware(v)),
    "U": lambda v: int(_aware(v).timestamp()),
}

# One of the letters, or whatever a backslash stands before.
LETTER = re.compile(rf"(?<!\\)([{''.join(LETTERS)}])|\\(.)")
