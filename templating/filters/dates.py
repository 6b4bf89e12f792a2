"""Filters about dates and times.

Step 7. Django's documentation, "Built-in filter reference" and the filter `date` for the
letters; in Django: django.template.defaultfilters and django.utils.timesince.
"""

import datetime
from typing import Any

from templating import formats
from templating.library import Library

register = Library()


@register.filter(expects_localtime=True, is_safe=False)
def date(value: Any, arg: str | None = None) -> str:
    """By the letters of the format; an hour of a date, which has none, is a TypeError."""
    if value in (None, ""):
        return ""
    try:
        return formats.format_date(value, arg or formats.DATE_FORMAT)
    except AttributeError:
        return ""


@register.filter(expects_localtime=True, is_safe=False)
def time(value: Any, arg: str | None = None) -> str:
    """The same with the letters that speak of hours; nothing, where there are others."""
    if value in (None, ""):
        return ""
    try:
        return formats.format_time(value, arg or formats.TIME_FORMAT)
    except (AttributeError, TypeError):
        return ""


@register.filter(is_safe=False)
def timesince(value: Any, arg: Any = None) -> str:
    """How long ago: at most two neighbouring units, such as "2 weeks, 3 days"."""
    return _between(value, arg)


@register.filter(is_safe=False)
def timeuntil(value: Any, arg: Any = None) -> str:
    """How long until then; nothing left is "0 minutes"."""
    return _between(value, arg, until=True)


UNITS = (("week", 7 * 86400), ("day", 86400), ("hour", 3600), ("minute", 60))

# A month after January 31 is February 28, in leap years too.
DAYS_OF_MONTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def _between(value: Any, other: Any, *, until: bool = False) -> str:
    start = _datetime(value)
    if start is None:
        return ""
    end = _datetime(other) if other else datetime.datetime.now(start.tzinfo)
    if end is None or (start.utcoffset() is None) != (end.utcoffset() is None):
        return ""  # nobody knows how far a clock without a zone is from one that has it
    if end.tzinfo is not None:
        end = end.astimezone(start.tzinfo)
    if until:
        start, end = end, start
    months = (end.year - start.year) * 12 + end.month - start.month
    if (end.day, end.time()) < (start.day, start.time()):
        months -= 1
    counts = [("year", months // 12), ("month", months % 12)]
    rest = int((end - _add_months(start, months)).total_seconds()) if end > start else 0
    for unit, seconds in UNITS:
        counts.append((unit, rest // seconds))
        rest %= seconds
    begin = next((place for place, (_, count) in enumerate(counts) if count), None)
    if begin is None or end <= start:
        return "0\xa0minutes"
    # The second unit only if it follows on the first: "1 year, 1 month", never "1 year, 1 day".
    shown = [
        f"{count}\xa0{unit}{'' if count == 1 else 's'}"
        for unit, count in counts[begin : begin + 2]
        if count
    ]
    return ", ".join(shown)


def _datetime(value: Any) -> datetime.datetime | None:
    if isinstance(value, datetime.datetime):
        return value
    if isinstance(value, datetime.date):
        return datetime.datetime(value.year, value.month, value.day)
    return None


def _add_months(start: datetime.datetime, months: int) -> datetime.datetime:
    if not months:
        return start
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    day = min(start.day, DAYS_OF_MONTHS[month])
    return start.replace(year=year, month=month + 1, day=day, microsecond=0)
