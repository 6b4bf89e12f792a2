"""Fields of text: step 6 of the trip. In Django: `django.db.models.fields`."""

from typing import Any

from miniorm.errors import DataError, ImproperlyConfigured
from miniorm.fields.base import Field
from miniorm.validators import MaxLengthValidator, URLValidator, validate_email, validate_slug


class TextField(Field):
    """Text of any length."""

    type_name = "text"

    def to_python(self, value: Any) -> Any:
        return value if value is None or isinstance(value, str) else str(value)

    def get_prep_value(self, value: Any) -> Any:
        return self.to_python(value)

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        # PostgreSQL's text holds every character but this one; what SQLite would do with it
        # is "undefined" (sqlite.org/nulinstr.html).
        value = super().get_db_prep_save(value, connection)
        if isinstance(value, str) and "\0" in value:
            raise DataError(
                f"{self.name!r} cannot hold a zero byte, and got one at character "
                f"{value.index(chr(0))} of {value[:60]!r}."
            )
        return value


class CharField(TextField):
    """Text of at most `max_length` characters."""

    default_max_length: int | None = None

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("max_length", self.default_max_length)
        super().__init__(*args, **options)
        length = self.max_length
        if isinstance(length, bool) or not isinstance(length, int) or length < 1:
            raise ImproperlyConfigured(
                f"A {type(self).__name__} needs max_length, a number of characters from 1, and "
                f"got {length!r}. A TextField has no limit."
            )
        self.own_validators.append(MaxLengthValidator(length))

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        fits = type(value) is str and self.max_length and len(value) <= self.max_length
        if fits and self.is_ours and "\0" not in value:
            return value
        # SQLite takes "varchar(20)" for a comment. PostgreSQL refuses what is longer, and
        # so do we, so that a program written on the one runs on the other.
        value = super().get_db_prep_save(value, connection)
        if isinstance(value, str) and self.max_length and len(value) > self.max_length:
            raise DataError(
                f"{self.name!r} holds at most {self.max_length} characters and got "
                f"{len(value)}: {value[:60]!r}..."
            )
        return value


class SlugField(CharField):
    """A short label for URLs: letters, digits, "_" and "-". Indexed."""

    default_max_length = 50
    default_validators = [validate_slug]

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("db_index", True)
        super().__init__(*args, **options)


class EmailField(CharField):
    default_max_length = 254  # RFC 3696, erratum 1690
    default_validators = [validate_email]


class URLField(CharField):
    default_max_length = 200
    default_validators = [URLValidator()]
