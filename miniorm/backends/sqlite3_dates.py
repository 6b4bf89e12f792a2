"""Dates on SQLite: what PostgreSQL does with EXTRACT, DATE_TRUNC and its operators.

Step 6 of the trip, its lower end. SQLite keeps a date as text ("2024-05-01"), a moment as text
in UTC, a duration as a number of microseconds; Python, called in the middle of the query, reads
the text and writes text of the same form.

Rule: sqlite.org/appfunc.html. In Django: `django.db.backends.sqlite3._functions`.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

# What of a moment or a date stays when it is cut to its week, its quarter ...
DAYS: dict[str, Callable[[date], date]] = {
    "year": lambda day: day.replace(month=1, day=1),
    "quarter": lambda day: day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1),
    "month": lambda day: day.replace(day=1),
    "week": lambda day: day - timedelta(days=day.weekday()),
    "day": lambda day: day,
}
TIMES: dict[str, dict[str, int]] = {
    "hour": {"minute": 0, "second": 0, "microsecond": 0},
    "minute": {"second": 0, "microsecond": 0},
    "second": {"microsecond": 0},
}
PARTS: dict[str, Callable[[Any], int]] = {
    "quarter": lambda moment: (moment.month + 2) // 3,
    "iso_year": lambda moment: moment.isocalendar().year,
    "week": lambda moment: moment.isocalendar().week,
    "week_day": lambda moment: moment.isoweekday() % 7 + 1,
    "iso_week_day": lambda moment: moment.isoweekday(),
}


@lru_cache(maxsize=64)
def _zone(name: str) -> tzinfo:
    if name[0] in "+-":
        offset = datetime.fromisoformat(f"2000-01-01T00:00{name}").utcoffset()
        return timezone(offset or timedelta())
    return ZoneInfo(name)


def _read(text: str) -> Any:
    """A time, or a moment (a date is its midnight)."""
    return time.fromisoformat(text) if text[2:3] == ":" else datetime.fromisoformat(text)


def _local(text: str, zone: str) -> Any:
    """As a clock in that time zone shows it."""
    found = _read(text)
    return found.replace(tzinfo=UTC).astimezone(_zone(zone)).replace(tzinfo=None) if zone else found


def _utc(moment: datetime, zone: str) -> datetime:
    return moment.replace(tzinfo=_zone(zone)).astimezone(UTC).replace(tzinfo=None)


def time_extract(part: str, text: str | None, zone: str) -> int | None:
    if text is None:
        return None
    found = _local(text, zone)
    return PARTS[part](found) if part in PARTS else int(getattr(found, part))


def time_trunc(kind: str, text: str | None, zone: str) -> str | None:
    """Text of the same form; kind "date" and "time" give that half of a moment."""
    if text is None:
        return None
    found = _local(text, zone)
    if kind in ("date", "time"):
        return str(getattr(found, kind)())
    if kind in TIMES:
        found = found.replace(**TIMES[kind])
    else:
        found = datetime.combine(DAYS[kind](found.date()), time())
    if len(text) == 10:  # it was a date
        return str(found.date())
    return str(_utc(found, zone) if zone else found)


def time_shift(text: str | None, microseconds: float | None) -> str | None:
    if text is None or microseconds is None:
        return None
    found, by = _read(text), timedelta(microseconds=microseconds)
    if isinstance(found, time):  # past midnight, it is early again
        return str((datetime.combine(date(2000, 1, 1), found) + by).time())
    return str(found + by)


def time_difference(left: str | None, right: str | None) -> int | None:
    if left is None or right is None:
        return None
    first, second = _read(left), _read(right)
    if isinstance(first, time):
        day = date(2000, 1, 1)
        first, second = datetime.combine(day, first), datetime.combine(day, second)
    difference: timedelta = first - second
    return difference // timedelta(microseconds=1)


FUNCTIONS: list[tuple[str, int, Callable[..., Any]]] = [
    ("time_extract", 3, time_extract),
    ("time_trunc", 3, time_trunc),
    ("time_shift", 2, time_shift),
    ("time_difference", 2, time_difference),
]
