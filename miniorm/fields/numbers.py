"""Fields of numbers, and of yes and no: step 6 of the trip.

In Django: `django.db.models.fields`.
"""

from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

from miniorm.errors import DataError, ImproperlyConfigured, ValidationError
from miniorm.fields.base import Field
from miniorm.validators import DecimalValidator, MaxValueValidator, MinValueValidator

# What the widest column of whole numbers can hold, on either database.
SMALLEST, BIGGEST = -(2**63), 2**63 - 1
# No column of decimal numbers has more digits (PostgreSQL's manual, 8.1.2).
DECIMAL_DIGITS = 1000


class IntegerField(Field):
    """A whole number of 32 bits."""

    empty_strings_allowed = False
    type_name = "a number"
    form_class: ClassVar[str | None] = "IntegerField"
    default_error_messages = {"invalid": "“%(value)s” value must be an integer."}
    low, high = -(2**31), 2**31 - 1

    def to_python(self, value: Any) -> Any:
        if value is None:
            return None
        try:
            return int(value)
        except (TypeError, ValueError, OverflowError):
            raise self.invalid("invalid", value) from None

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

    def formfield(self, *args: Any, **options: Any) -> Any:
        return super().formfield(*args, **{"min_value": 0, **options})


class PositiveSmallIntegerField(PositiveIntegerField):
    low, high = -(2**15), 2**15 - 1


class PositiveBigIntegerField(PositiveIntegerField):
    low, high = SMALLEST, BIGGEST


class AutoField(IntegerField):
    """A primary key that the database numbers by itself."""

    form_class = None
    number_class = IntegerField  # of a column that points to it

    def __init__(self, *args: Any, **options: Any) -> None:
        if not options.get("primary_key"):
            raise ImproperlyConfigured(
                f"A {type(self).__name__} must be the primary key: set primary_key=True."
            )
        options.setdefault("blank", True)
        super().__init__(*args, **options)

    def validate(self, value: Any, instance: Any) -> None:
        """Its value is the database's affair."""

    def rel_db_type(self, connection: Any) -> str | None:
        return self.number_class().db_type(connection)


class SmallAutoField(AutoField):
    number_class = SmallIntegerField
    low, high = -(2**15), 2**15 - 1


class BigAutoField(AutoField):
    number_class = BigIntegerField
    low, high = SMALLEST, BIGGEST


class FloatField(Field):
    """A number with a binary fraction: quick, and 0.1 is only nearly 0.1."""

    empty_strings_allowed = False
    type_name = "a number"
    form_class = "FloatField"
    default_error_messages = {"invalid": "“%(value)s” value must be a float."}

    def to_python(self, value: Any) -> Any:
        if value is None:
            return None
        try:
            return float(value)
        except (TypeError, ValueError, OverflowError):
            raise self.invalid("invalid", value) from None

    def get_prep_value(self, value: Any) -> Any:
        if value is None:
            return None
        try:
            return float(value)
        except (TypeError, ValueError, OverflowError) as error:
            raise self.refuse(value) from error

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        if type(value) is float and value == value and self.is_ours:
            return value
        value = super().get_db_prep_save(value, connection)
        if value != value and not connection.features.supports_nan:
            raise DataError(f"{self.name!r} got NaN, which {connection.display_name} cannot keep.")
        return value


class DecimalField(Field):
    """A number with `max_digits` decimal digits, `decimal_places` of them after the point."""

    empty_strings_allowed = False
    type_name = "a decimal number"
    form_class = "DecimalField"
    form_options = ("max_digits", "decimal_places")
    default_error_messages = {"invalid": "“%(value)s” value must be a decimal number."}

    def __init__(
        self,
        verbose_name: str | None = None,
        name: str | None = None,
        max_digits: int | None = None,
        decimal_places: int | None = None,
        **options: Any,
    ) -> None:
        super().__init__(verbose_name, name, **options)
        self.max_digits: Any = max_digits
        self.decimal_places: Any = decimal_places
        if max_digits is not None or decimal_places is not None:
            self._check_digits()

    def _check_digits(self) -> None:
        digits, places = self.max_digits, self.decimal_places
        if digits is None or places is None or digits < places:
            raise ImproperlyConfigured(
                "A DecimalField needs max_digits and decimal_places, as in "
                f"DecimalField(max_digits=8, decimal_places=2); it got {digits!r} and {places!r}."
            )

    def contribute_to_class(self, cls: Any, name: str, private_only: bool = False) -> None:
        self._check_digits()  # the output_field of an expression needs none
        super().contribute_to_class(cls, name, private_only)

    def to_python(self, value: Any) -> Any:
        if value is None:
            return None
        try:
            # A float's own digits, not the 55 of its exact binary value.
            number = Decimal(str(value) if isinstance(value, float) else value)
        except (InvalidOperation, TypeError, ValueError):
            number = Decimal("NaN")
        if not number.is_finite():
            raise self.invalid("invalid", value)
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

    @property
    def validators(self) -> list[Any]:
        return [*super().validators, DecimalValidator(self.max_digits, self.decimal_places)]


class BooleanField(Field):
    empty_strings_allowed = False
    type_name = "True or False"
    default_error_messages = {"invalid": "“%(value)s” value must be either True or False."}

    def to_python(self, value: Any) -> Any:
        if value is None and self.null:
            return None
        if value in (True, False):  # 1 and 0 too
            return bool(value)
        if value in ("t", "True", "1"):
            return True
        if value in ("f", "False", "0"):
            return False
        raise self.invalid("invalid", value)

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
            raise self.invalid("null", value)

    def formfield(self, *args: Any, **options: Any) -> Any:
        usual: dict[str, Any] = {} if self.choices else {
            "form_class": "NullBooleanField" if self.null else "BooleanField", "required": False
        }  # fmt: skip
        return super().formfield(*args, **{**usual, **options})
