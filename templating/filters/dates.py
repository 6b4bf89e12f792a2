"""Filters about dates and times.

Step 7. Django's documentation, "Built-in filter reference" and the filter `date` for the
letters; in Django: django.template.defaultfilters and django.utils.timesince.
"""

import datetime
from calendar import monthrange
from typing import Any

from templating import formats
from templating.library import Library

register = Library()


@register.filter(expects_localtime=True, is_safe=False)
def date(value: Any, arg: str | None = None) -> str:
    if value in (None, ""):
        return ""
    try:
        return formats.format_date(value, formats.DATE_FORMAT if arg is None else arg)
    except (AttributeError, TypeError):
        return ""


@register.filter(expects_localtime=True, is_safe=False)
def time(value: Any, arg: str | None = None) -> str:
    if value in (None, "") or not hasattr(value, "hour"):
        return ""
    try:
        return formats.format_date(value, formats.TIME_FORMAT if arg is None else arg)
    except (AttributeError, TypeError):
        return ""


@register.filter(is_safe=False)
def timesince(value: Any, arg: Any = None) -> str:
    """How long ago: at most two neighbouring units, such as "2 weeks, 3 days"."""
    if not value:
        return ""
    try:
        return _between(value, arg)
    except (ValueError, TypeError):
        return ""


@register.filter(is_safe=False)
def timeuntil(value: Any, arg: Any = None) -> str:
    """How long until then; nothing left is "0 minutes"."""
    if not value:
        return ""
    try:
        return _between(value, arg, until=True)
    except (ValueError, TypeError):
        return ""


UNITS = (("week", 7 * 86400), ("day", 86400), ("hour", 3600), ("minute", 60))


def _between(value: Any, other: Any, *, until: bool = False) -> str:
    start = _datetime(value)
    end = _datetime(other) if other else datetime.datetime.now(tz=start.tzinfo)
    if until:
        start, end = end, start
    if end <= start:
        return "0\xa0minutes"
    months = (end.year - start.year) * 12 + end.month - start.month
    if (end.day, end.time()) < (start.day, start.time()):
        months -= 1
    rest = int((end - _add_months(start, months)).total_seconds())
    counts = [("year", months // 12), ("month", months % 12)]
    for unit, seconds in UNITS:
        counts.append((unit, rest // seconds))
        rest %= seconds
    begin = next((place for place, (_, count) in enumerate(counts) if count), None)
    if begin is None:
        return "0\xa0minutes"
    shown = []
    for unit, count in counts[begin : begin + 2]:  # the next one only if it is not zero
        if count:
            shown.append(f"{count}\xa0{unit}{'' if count == 1 else 's'}")
    return ", ".join(shown)


def _datetime(value: Any) -> datetime.datetime:
    if isinstance(value, datetime.datetime):
        return value
    if isinstance(value, datetime.date):
        return datetime.datetime(value.year, value.month, value.day)
    raise TypeError(f"a date was expected, not {type(value).__name__}")


def _add_months(start: datetime.datetime, months: int) -> datetime.datetime:
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    day = min(start.day, monthrange(year, month + 1)[1])
    return start.replace(year=year, month=month + 1, day=day)
