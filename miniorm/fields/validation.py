"""How a field checks a value: null, blank, choices, validators, and what it says then.

Before step 6: `full_clean()` asks each field, and `save()` none. Django's page "Validating
objects"; in Django: `django.db.models.fields`.
"""

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, ClassVar

from miniorm.errors import ValidationError
from miniorm.fields import choices as choices_of
from miniorm.validators import EMPTY_VALUES


class FieldValidation:
    """The part of every field that refuses values."""

    empty_values: ClassVar[list[Any]] = [*EMPTY_VALUES]
    default_validators: ClassVar[list[Callable[[Any], None]]] = []
    # What a class says when it refuses a value; its bases' messages hold as well.
    default_error_messages: ClassVar[dict[str, str]] = {
        "invalid_choice": "Value %(value)r is not a valid choice.",
        "null": "This field cannot be null.",
        "blank": "This field cannot be blank.",
        "unique": "%(model_name)s with this %(field_label)s already exists.",
        "unique_for_date": (
            "%(field_label)s must be unique for %(date_field_label)s %(lookup_type)s."
        ),
    }

    # What Field has.
    to_python: Any
    editable: bool
    null: bool
    blank: bool
    own_validators: list[Callable[[Any], None]]
    given_choices: Any
    error_messages: dict[str, str]

    @property
    def validators(self) -> list[Callable[[Any], None]]:
        return [*self.default_validators, *self.own_validators]

    @property
    def choices(self) -> Any:
        """The choices as pairs, or None; a function is asked for them each time."""
        given = self.given_choices
        return choices_of.normalized(given()) if callable(given) else given

    @choices.setter
    def choices(self, value: Any) -> None:
        self.given_choices = choices_of.normalized(value)

    @property
    def flatchoices(self) -> list[tuple[Any, Any]]:
        """The choices as (value, label) without their groups."""
        return choices_of.flattened(self.choices)

    def clean(self, value: Any, instance: Any) -> Any:
        """The value made Python and checked; raises ValidationError."""
        value = self.to_python(value)
        self.validate(value, instance)
        self.run_validators(value)
        return value

    def validate(self, value: Any, instance: Any) -> None:
        """Null, blank and the choices."""
        if not self.editable:
            return
        if self.choices and value not in self.empty_values:
            if value in [choice for choice, _ in self.flatchoices]:
                return
            raise self.invalid("invalid_choice", value)
        if value is None and not self.null:
            raise self.invalid("null", value)
        if not self.blank and value in self.empty_values:
            raise self.invalid("blank", value)

    def run_validators(self, value: Any) -> None:
        if value in self.empty_values:
            return
        errors: list[ValidationError] = []
        for validator in self.validators:
            try:
                validator(value)
            except ValidationError as error:
                if (code := getattr(error, "code", None)) in self.error_messages:
                    error.message = self.error_messages[code]
                errors.extend(error.error_list)
        if errors:
            raise ValidationError(errors)

    def invalid(self, code: str, value: Any, **params: Any) -> ValidationError:
        """The error of that name, with the field's message."""
        params["value"] = value
        return ValidationError(self.error_messages[code], code=code, params=params)


def validators_of(cls: Any, given: Any) -> list[Callable[[Any], None]]:
    if not isinstance(given, Iterable):
        raise TypeError(f"{cls.__name__} got validators={given!r}; expected a list of functions.")
    return list(given)


@lru_cache(maxsize=512)
def messages_of(cls: Any) -> dict[str, str]:
    """The error messages of a field class, the nearest class's first."""
    found: dict[str, str] = {}
    for each in reversed(cls.__mro__):
        found.update(vars(each).get("default_error_messages", {}))
    return found
