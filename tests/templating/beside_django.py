"""One way to render a template by both: by ours and by the real Django.

`Safe("<b>")` among the values is a safe string of whoever renders.
"""

import contextlib
import datetime
from collections.abc import Iterator
from typing import Any

from django.template import Context as DjangoContext
from django.template import Engine as DjangoEngine
from django.utils.safestring import mark_safe as django_safe

from templating import Context, Engine, formats
from templating.safe import mark_safe
from tests.templating.django_settings import django_zone

OURS = Engine()
DJANGO = DjangoEngine(
    libraries={name: f"django.templatetags.{name}" for name in ("i18n", "l10n", "tz")}
)

# What a template does: the text that it gives, or the kind of error that it ends in.
Outcome = str | type[Exception]

WHEN = datetime.datetime(2026, 1, 2, 15, 4, 5, 678)


class Thing:
    """Something to look into: attributes, and methods with and without arguments."""

    name = "thing"

    def method(self) -> str:
        return "called"

    def needs(self, argument: object) -> object:
        return argument

    def delete(self) -> str:
        return "deleted"

    delete.alters_data = True  # type: ignore[attr-defined]

    def __str__(self) -> str:
        return "<thing>"


class Safe(str):
    """A text that is to be a safe string on either side."""


def for_side(value: Any, safe: Any) -> Any:
    if isinstance(value, Safe):
        return safe(str(value))
    if type(value) in (list, tuple):
        return type(value)(for_side(item, safe) for item in value)
    return value


def ours(text: str, values: dict[str, Any]) -> Outcome:
    mine = {name: for_side(value, mark_safe) for name, value in values.items()}
    try:
        return OURS.from_string(text).render(Context(mine))
    except Exception as error:
        return type(error)


def djangos(text: str, values: dict[str, Any]) -> Outcome:
    theirs = {name: for_side(value, django_safe) for name, value in values.items()}
    try:
        return DJANGO.from_string(text).render(DjangoContext(theirs))
    except Exception as error:
        return type(error)


@contextlib.contextmanager
def time_zone(name: str) -> Iterator[None]:
    """Both show datetimes in this zone."""
    from zoneinfo import ZoneInfo

    before = formats.time_zone, formats.use_tz
    formats.time_zone, formats.use_tz = ZoneInfo(name), True
    try:
        with django_zone(True, name):
            yield
    finally:
        formats.time_zone, formats.use_tz = before
