"""Fields of dates and times: step 6 of the trip.

With `use_tz` a moment is an aware datetime everywhere in Python, and UTC in the database;
a time zone is for people, and comes in where something is shown or typed. A naive datetime
is taken for one in the configured time zone, with a warning. Django: its page "Time zones".
"""

import datetime
import re
import warnings
from typing import Any
from zoneinfo import ZoneInfo

from miniorm import configuration
from miniorm.errors import ImproperlyConfigured, ValidationError
from miniorm.fields.base import Field

# What is well formed, and yet there is no such day or time: its own error code.
WELL_FORMED = [
    ("invalid_datetime", re.compile(r"\d{4}-\d\d?-\d\d?[T ]\d\d?:\d\d?")),
    ("invalid_date", re.compile(r"\d{4}-\d\d?-\d\d?$")),
    ("invalid_time", re.compile(r"\d\d?:\d\d?")),
]
# "2024-5-1 9:05" is what people type; ISO 8601 wants two digits.
SINGLE_DIGIT = re.compile(r"(?<![\d.,])\d(?!\d)")


def configured_zone() -> datetime.tzinfo:
    """The time zone in which people mean a date; UTC needs no data on the machine."""
    name = configuration.current().time_zone
    return datetime.UTC if name == "UTC" else ZoneInfo(name)


def now() -> datetime.datetime:
    """This moment, as fields hold it: aware with use_tz, else naive."""
    if configuration.current().use_tz:
        return datetime.datetime.now(datetime.UTC)
    return datetime.datetime.now()


class _TimeLikeField(Field):
    """What DateField, DateTimeField and TimeField share: auto_now and auto_now_add."""

    empty_strings_allowed = False
    kind: Any  # the type in Python

    def __init__(
        self,
        verbose_name: str | None = None,
        name: str | None = None,
        auto_now: bool = False,
        auto_now_add: bool = False,
        **options: Any,
    ) -> None:
        if [auto_now, auto_now_add, "default" in options or "db_default" in options].count(
            True
        ) > 1:
            raise ImproperlyConfigured(
                f"auto_now, auto_now_add and a default exclude each other; a {type(self).__name__} "
                "has one of them at most."
            )
        if auto_now or auto_now_add:
            options.setdefault("editable", False)
            options.setdefault("blank", True)
        super().__init__(verbose_name, name, **options)
        self.auto_now = auto_now
        self.auto_now_add = auto_now_add

    def current(self) -> Any:
        raise NotImplementedError

    def parsed(self, text: Any) -> Any:
        """The value of text in the form of ISO 8601; raises ValidationError."""
        try:
            return self.kind.fromisoformat(SINGLE_DIGIT.sub(r"0\g<0>", text))
        except (TypeError, ValueError):
            forms = [code for code, form in WELL_FORMED if code in self.error_messages
                     and isinstance(text, str) and form.match(text)]  # fmt: skip
            raise self.invalid(forms[0] if forms else "invalid", text) from None

    def pre_save(self, instance: Any, add: bool) -> Any:
        if self.auto_now or (self.auto_now_add and add):
            setattr(instance, self.attname, self.current())
        return getattr(instance, self.attname)

    def get_prep_value(self, value: Any) -> Any:
        try:
            return self.to_python(value)
        except ValidationError as error:
            raise self.refuse(value) from error

    def value_to_string(self, obj: Any) -> str:
        value = self.value_from_object(obj)
        return "" if value is None else str(value.isoformat())


class DateField(_TimeLikeField):
    """A day: datetime.date, or text as "2024-05-01"."""

    type_name = "a date as YYYY-MM-DD"
    kind = datetime.date
    form_class = "DateField"
    default_error_messages = {
        "invalid": "“%(value)s” is not a valid date; expected YYYY-MM-DD.",
        "invalid_date": "“%(value)s” has the form of a date, and there is no such day.",
    }

    def current(self) -> datetime.date:
        return datetime.datetime.now(configured_zone()).date()

    def to_python(self, value: Any) -> Any:
        if isinstance(value, datetime.datetime):
            # A moment is a different day in a different place; the configured one counts.
            return (value.astimezone(configured_zone()) if value.tzinfo else value).date()
        if value is None or isinstance(value, datetime.date):
            return value
        return self.parsed(value)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        value = value if prepared else self.get_prep_value(value)
        return connection.ops.adapt_datefield_value(value)


class DateTimeField(_TimeLikeField):
    """A moment: datetime.datetime, or text as "2024-05-01T12:30:00+02:00"."""

    type_name = "a date and time as YYYY-MM-DD HH:MM[:SS[.ffffff]][+HH:MM]"
    kind = datetime.datetime
    form_class = "DateTimeField"
    default_error_messages = {
        "invalid": (
            "“%(value)s” is not a valid date and time; expected "
            "YYYY-MM-DD HH:MM[:SS[.ffffff]][+HH:MM]."
        ),
        "invalid_date": "“%(value)s” has the form of a date, and there is no such day.",
        "invalid_datetime": "“%(value)s” has the form of a date and time, and there is none such.",
    }

    def current(self) -> datetime.datetime:
        return now()

    def to_python(self, value: Any) -> Any:
        if value is None or isinstance(value, datetime.datetime):
            return value
        if isinstance(value, datetime.date):
            return datetime.datetime(value.year, value.month, value.day)
        return self.parsed(value)

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        if value is None or value.tzinfo is not None or not configuration.current().use_tz:
            return value
        warnings.warn(
            f"DateTimeField {getattr(self, 'name', '?')!r} received a naive datetime ({value}) "
            "while time zone support is active.",
            RuntimeWarning,
            stacklevel=4,
        )
        return value.replace(tzinfo=configured_zone())

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        value = value if prepared else self.get_prep_value(value)
        return connection.ops.adapt_datetimefield_value(value)


class TimeField(_TimeLikeField):
    """A time of day, without a time zone."""

    type_name = "a time as HH:MM[:SS[.ffffff]]"
    kind = datetime.time
    form_class = "TimeField"
    default_error_messages = {
        "invalid": "“%(value)s” is not a valid time; expected HH:MM[:SS].",
        "invalid_time": "“%(value)s” has the form of a time, and there is no such time.",
    }

    def current(self) -> datetime.time:
        return datetime.datetime.now(configured_zone()).time()

    def to_python(self, value: Any) -> Any:
        if isinstance(value, datetime.datetime):
            return value.time()
        if value is None or isinstance(value, datetime.time):
            return value
        return self.parsed(value)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        value = value if prepared else self.get_prep_value(value)
        return connection.ops.adapt_timefield_value(value)
