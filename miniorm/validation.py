"""Validation: whether an instance is as its model says, before the database is asked to keep it.

Beside the trip: `save()` checks nothing. Forms call `full_clean()`, and whoever takes values from
outside. Django's page "Model instance reference", "Validating objects"; in Django:
`django.db.models.base`.
"""

from collections.abc import Collection
from typing import Any

from miniorm import uniqueness
from miniorm.configuration import DEFAULT_ALIAS
from miniorm.errors import NON_FIELD_ERRORS, ValidationError
from miniorm.expressions import DatabaseDefault


class Validated:
    """The checks of a model's instance; each raises a ValidationError."""

    _meta: Any
    _state: Any

    def full_clean(
        self,
        exclude: Collection[str] | None = None,
        validate_unique: bool = True,
        validate_constraints: bool = True,
    ) -> None:
        """Check the fields, the model as a whole, uniqueness, constraints: ValidationError.

        `save()` does not call it: forms do, and whoever takes values from outside.
        """
        errors: dict[str, Any] = {}
        checks: list[Any] = [self.clean_fields, lambda skipped: self.clean()]
        if validate_unique:
            checks.append(self.validate_unique)
        if validate_constraints:
            checks.append(self.validate_constraints)
        for check in checks:
            try:  # what is wrong already is not looked at again
                check({*(exclude or ()), *(name for name in errors if name != NON_FIELD_ERRORS)})
            except ValidationError as error:
                errors = error.update_error_dict(errors)
        if errors:
            raise ValidationError(errors)

    def clean_fields(self, exclude: Collection[str] | None = None) -> None:
        errors: dict[str, Any] = {}
        for field in self._meta.fields:
            if field.generated or field.name in (exclude or ()):
                continue
            value = getattr(self, field.attname)
            if field.blank and value in field.empty_values:
                continue
            if isinstance(value, DatabaseDefault):  # it is not known so far
                continue
            try:
                setattr(self, field.attname, field.clean(value, self))
            except ValidationError as error:
                errors[field.name] = error.error_list
        if errors:
            raise ValidationError(errors)

    def clean(self) -> None:
        """For the model's author: what no single field can check."""

    def validate_unique(self, exclude: Collection[str] | None = None) -> None:
        """Look whether another row has what must be unique (the database has the last word)."""
        if errors := uniqueness.errors(self, exclude):
            raise ValidationError(errors)

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        """Ask each of Meta.constraints, a parent's too, for its own validate()."""
        using = self._state.db or DEFAULT_ALIAS
        errors: dict[str, Any] = {}
        for model, constraints in self.get_constraints():
            for constraint in constraints:
                try:
                    constraint.validate(model, self, exclude=exclude, using=using)
                except ValidationError as error:
                    if getattr(error, "code", None) == "unique" and len(constraint.fields) == 1:
                        errors.setdefault(constraint.fields[0], []).append(error)
                    else:
                        errors = error.update_error_dict(errors)
        if errors:
            raise ValidationError(errors)

    def get_constraints(self) -> list[tuple[Any, Any]]:
        """(model, its constraints), the parents' after its own."""
        models = [type(self), *self._meta.get_parent_list()]
        return [(each, each._meta.constraints) for each in models if each._meta.constraints]
