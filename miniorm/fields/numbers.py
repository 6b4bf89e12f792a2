"""Fields of numbers, and of yes and no: step 6 of the trip.

In Django: `django.db.models.fields`.
"""

from decimal import Decimal, InvalidOperation
from typing import Any

from miniorm.errors import DataError, ImproperlyConfigured, ValidationError
from miniorm.fields.base import Field
from miniorm.validators import MaxValueValidator, MinValueValidator

# What the widest column of whole numbers can hold, on either database.
SMALLEST, BIGGEST = -(2**63), 2**63 - 1
# No column of decimal numbers has more digits (PostgreSQL's manual, 8.1.2).
DECIMAL_DIGITS = 1000


class IntegerField(Field):
    """A whole number of 32 bits."""

    empty_strings_allowed = False
    type_name = "a number"
    low, high = -(2**31), 2**31 - 1

    def to_python(self, value: Any) -> Any:
        if value is None:
            return None
        try:
            return int(value)
        except (TypeError, ValueError, OverflowError):
            raise self.invalid("invalid", "“%(value)s” value must be an integer.", value) from None

    def get_prep_value(self, value: Any) -> Any:
        if value is None or type(value) is int:
            return value
        try:
            return int(value)
        except (ValueError, OverflowError) as error:
            raise self.refuse(value) from error
        except TypeError as error:
            raise TypeError(str(self.refuse(value))) from error

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        if type(value) is int and self.is_ours and self.low <= value <= self.high:
            return value
        # SQLite keeps 64 bits under any name; PostgreSQL refuses, and so do we.
        value = super().get_db_prep_save(value, connection)
        if isinstance(value, int) and not self.low <= value <= self.high:
            raise DataError(
                f"{self.name!r} is a {type(self).__name__}, from {self.low} to {self.high}, and "
                f"got {value}."
            )
        return value

    @property
    def validators(self) -> list[Any]:
        limits = [MinValueValidator(self.low), MaxValueValidator(self.high)]
        return [*super().validators, *limits]


class SmallIntegerField(IntegerField):
    low, high = -(2**15), 2**15 - 1


class BigIntegerField(IntegerField):
    low, high = SMALLEST, BIGGEST


class PositiveIntegerField(IntegerField):
    # Only validation refuses a negative number early: for save() it is a constraint of
    # the column (IntegrityError), as in Django.
    @property
    def validators(self) -> list[Any]:
        return [MinValueValidator(0), *super().validators]


class PositiveSmallIntegerField(PositiveIntegerField):
    low, high = -(2**15), 2**15 - 1


class PositiveBigIntegerField(PositiveIntegerField):
    low, high = SMALLEST, BIGGEST


class AutoField(IntegerField):
    """A primary key that the database numbers by itself."""

    def __init__(self, *args: Any, **options: Any) -> None:
        if not options.get("primary_key"):
            raise ImproperlyConfigured(
                f"A {type(self).__name__} must be the primary key: set primary_key=True."
            )
        options.setdefault("blank", True)
        super().__init__(*args, **options)

    def validate(self, value: Any, instance: Any) -> None:
        """Its value is the database's affair."""


class SmallAutoField(AutoField):
    low, high = -(2**15), 2**15 - 1


class BigAutoField(AutoField):
    low, high = SMALLEST, BIGGEST


class FloatField(Field):
    """A number with a binary fraction: quick, and 0.1 is only nearly 0.1."""

    empty_strings_allowed = False
    type_name = "a number"

    def to_python(self, value: Any) -> Any:
        if value is None:
            return None
        try:
            return float(value)
        except (TypeError, ValueError, OverflowError):
            raise self.invalid("invalid", "“%(value)s” value must be a float.", value) from None

    def get_prep_value(self, value: Any) -> Any:
        if value is None:
            return None
        try:
            return float(value)
        except (TypeError, ValueError, OverflowError) as error:
            raise self.refuse(value) from error


class DecimalField(Field):
    """A number with `max_digits` decimal digits, `decimal_places` of them after the point."""

    empty_strings_allowed = False
    type_name = "a decimal number"

    def __init__(
        self,
        verbose_name: str | None = None,
        name: str | None = None,
        max_digits: int | None = None,
        decimal_places: int | None = None,
        **options: Any,
    ) -> None:
        super().__init__(verbose_name, name, **options)
        if max_digits is None or decimal_places is None or max_digits < decimal_places:
            raise ImproperlyConfigured(
                "A DecimalField needs max_digits and decimal_places, as in "
                f"DecimalField(max_digits=8, decimal_places=2); it got {max_digits!r} and "
                f"{decimal_places!r}."
            )
        self.max_digits = max_digits
        self.decimal_places = decimal_places

    def to_python(self, value: Any) -> Any:
        if value is None:
            return None
        try:
            # A float's own digits, not the 55 of its exact binary value.
            number = Decimal(str(value) if isinstance(value, float) else value)
        except (InvalidOperation, TypeError, ValueError):
            number = Decimal("NaN")
        if not number.is_finite():
            raise self.invalid("invalid", "“%(value)s” value must be a decimal number.", value)
        return number

    def get_prep_value(self, value: Any) -> Any:
        try:
            number = self.to_python(value)
        except ValidationError as error:
            raise self.refuse(value) from error
        # "1e-999999999" is short, but written out it would fill the memory.
        if number is not None and number.as_tuple().exponent < -DECIMAL_DIGITS:
            raise self.refuse(value)
        return number

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        value = value if prepared else self.get_prep_value(value)
        return connection.ops.adapt_decimalfield_value(value)

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        value = self.get_prep_value(value)
        if value is None:
            return None
        rounded = self.rounded(value)
        if abs(rounded) >= Decimal(10) ** (self.max_digits - self.decimal_places):
            raise DataError(
                f"{self.name!r} holds {self.max_digits} digits, {self.decimal_places} of them "
                f"after the point, and got {value}."
            )
        return connection.ops.adapt_decimalfield_value(
            rounded, self.max_digits, self.decimal_places
        )

    def rounded(self, value: Decimal) -> Decimal:
        """At the field's scale, half away from zero as PostgreSQL rounds."""
        from decimal import ROUND_HALF_UP, localcontext

        with localcontext() as context:
            context.prec = max(len(value.as_tuple().digits) + self.decimal_places + 30, 60)
            return value.quantize(Decimal(1).scaleb(-self.decimal_places), ROUND_HALF_UP)

    def validate(self, value: Any, instance: Any) -> None:
        super().validate(value, instance)
        if value is None:
            return
        _, digits, exponent = value.as_tuple()
        places = max(-int(exponent), 0)
        whole = max(len(digits) + int(exponent), 0)
        if places > self.decimal_places or whole > self.max_digits - self.decimal_places:
            raise self.invalid(
                "max_digits",
                f"Ensure that there are no more than {self.max_digits} digits in total, "
                f"{self.decimal_places} of them after the point.",
                value,
            )


class BooleanField(Field):
    empty_strings_allowed = False
    type_name = "True or False"

    def to_python(self, value: Any) -> Any:
        if value is None and self.null:
            return None
        if value in (True, False):  # 1 and 0 too
            return bool(value)
        if value in ("t", "True", "1"):
            return True
        if value in ("f", "False", "0"):
            return False
        raise self.invalid("invalid", "“%(value)s” value must be either True or False.", value)

    def get_prep_value(self, value: Any) -> Any:
        if value is None:
            return None
        try:
            return self.to_python(value)
        except ValidationError as error:
            raise self.refuse(value) from error

    def validate(self, value: Any, instance: Any) -> None:
        # False is an answer, not a blank.
        if value is None and not self.null:
            raise self.invalid("null", "This field cannot be null.", value)
