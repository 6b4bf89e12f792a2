"""Choices as an enumeration: `class Size(models.TextChoices): SMALL = "s", "Small"`.

Beside step 6. Each member is a value that a column can hold, and has a label for people.
The last text of a tuple is the label; else it is the name in words.

Django's page "Model field reference", "Enumeration types"; in Django:
`django.db.models.enums`.
"""

import enum
from typing import Any


class ChoicesType(enum.EnumType):
    """What the class as a whole knows: its choices, labels and values."""

    def __new__(mcs, *args: Any, **options: Any) -> Any:
        made: Any = super().__new__(mcs, *args, **options)
        return enum.unique(made)

    def __contains__(cls: Any, value: object) -> bool:
        return isinstance(value, cls) or value in cls.values

    @property
    def choices(cls: Any) -> list[tuple[Any, Any]]:
        """(value, label) of each member; `__empty__` is the label of None."""
        empty = [(None, cls.__empty__)] if hasattr(cls, "__empty__") else []
        return empty + [(each.value, each.label) for each in cls]

    @property
    def names(cls: Any) -> list[str]:
        empty = ["__empty__"] if hasattr(cls, "__empty__") else []
        return empty + [each.name for each in cls]

    @property
    def labels(cls: Any) -> list[Any]:
        return [label for _, label in cls.choices]

    @property
    def values(cls: Any) -> list[Any]:
        return [value for value, _ in cls.choices]


class Choices(enum.Enum, metaclass=ChoicesType):
    """The base of choices; beside a type of values: `class Day(datetime.date, Choices)`."""

    _label_: Any
    do_not_call_in_templates = enum.nonmember(True)

    def __new__(cls, *parts: Any) -> Any:
        *values, last = parts
        labelled = bool(values) and isinstance(last, str)
        values = values if labelled else [*values, last]
        kind: Any = cls._member_type_  # type: ignore[attr-defined]
        member = object.__new__(cls) if kind is object else kind.__new__(cls, *values)
        plain = values[0] if parts == (last,) else tuple(values)
        member._value_ = plain if kind is object else kind(*values)
        member._label_ = last if labelled else None
        return member

    @enum.property
    def label(self) -> Any:
        return self.name.replace("_", " ").title() if self._label_ is None else self._label_

    def __repr__(self) -> str:
        return f"{type(self).__qualname__}.{self.name}"


class IntegerChoices(Choices, enum.IntEnum):
    """Whole numbers as choices."""


class TextChoices(Choices, enum.StrEnum):
    """Texts as choices; `auto()` is the name."""

    @staticmethod
    def _generate_next_value_(name: str, start: int, count: int, last_values: list[Any]) -> str:
        return name
