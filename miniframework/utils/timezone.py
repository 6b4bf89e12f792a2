"""The time now, and here: aware datetimes in the project's time zone.

Steps 5 to 7 of the trip: models store moments in UTC, templates show them in the current
time zone. A naive datetime says the hour but not where, so with USE_TZ none is used.

Django: https://docs.djangoproject.com/en/5.2/topics/i18n/timezones/
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from miniframework.conf import settings
from templating import formats

utc = UTC
# The templates' own, so that what is activated here is what they show.
_active: ContextVar[tzinfo | None] = formats.active_zone


def now() -> datetime:
    """This moment; aware if USE_TZ."""
    return datetime.now(UTC) if settings.USE_TZ else datetime.now()


@lru_cache(maxsize=64)
def zone(name: str) -> tzinfo:
    return ZoneInfo(name)


def get_default_timezone() -> tzinfo:
    """That of settings.TIME_ZONE."""
    return zone(settings.TIME_ZONE)


def get_current_timezone() -> tzinfo:
    """The one that was activated for this request, or the default."""
    return _active.get() or get_default_timezone()


def get_current_timezone_name() -> str:
    return str(get_current_timezone())


def get_fixed_timezone(offset: int | timedelta) -> tzinfo:
    """A zone so many minutes east of UTC."""
    return timezone(offset if isinstance(offset, timedelta) else timedelta(minutes=offset))


def activate(time_zone: tzinfo | str) -> None:
    _active.set(zone(time_zone) if isinstance(time_zone, str) else time_zone)


def deactivate() -> None:
    _active.set(None)


@contextmanager
def override(time_zone: tzinfo | str | None) -> Iterator[None]:
    """Another current time zone inside the `with`; None is the default one."""
    token = _active.set(zone(time_zone) if isinstance(time_zone, str) else time_zone)
    try:
        yield
    finally:
        _active.reset(token)


def is_aware(value: datetime) -> bool:
    return value.utcoffset() is not None


def is_naive(value: datetime) -> bool:
    return value.utcoffset() is None


def make_aware(value: datetime, timezone: tzinfo | None = None) -> datetime:
    """A naive datetime, read as the clock on the wall in that time zone."""
    if is_aware(value):
        raise ValueError(f"make_aware expects a naive datetime, and {value!r} is aware.")
    return value.replace(tzinfo=timezone or get_current_timezone())


def make_naive(value: datetime, timezone: tzinfo | None = None) -> datetime:
    """The clock on the wall in that time zone, its zone forgotten."""
    return localtime(value, timezone).replace(tzinfo=None)


def localtime(value: datetime | None = None, timezone: tzinfo | None = None) -> datetime:
    """An aware datetime as the clocks in the current time zone show it."""
    value = datetime.now(UTC) if value is None else value
    if is_naive(value):
        raise ValueError(f"localtime expects an aware datetime, and {value!r} is naive.")
    return value.astimezone(timezone or get_current_timezone())


def localdate(value: datetime | None = None, timezone: tzinfo | None = None) -> date:
    return localtime(value, timezone).date()
