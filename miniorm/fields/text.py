"""Fields of text: step 6 of the trip. In Django: `django.db.models.fields`."""

from typing import Any, ClassVar

from miniorm.errors import DataError, ImproperlyConfigured
from miniorm.fields.base import Field
from miniorm.validators import (
    MaxLengthValidator,
    ProhibitNullCharactersValidator,
    URLValidator,
    validate_email,
    validate_slug,
    validate_unicode_slug,
)


class _Text(Field):
    """What all text shares."""

    type_name = "text"
    form_options: ClassVar[tuple[str, ...]] = ("max_length",)
    default_validators = [ProhibitNullCharactersValidator()]

    def __init__(self, *args: Any, db_collation: str | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.db_collation = db_collation

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

    def db_parameters(self, connection: Any) -> dict[str, Any]:
        return {**super().db_parameters(connection), "collation": self.db_collation}


class TextField(_Text):
    """Text of any length."""

    widget = "Textarea"


class CharField(_Text):
    """Text of at most `max_length` characters; None: of any length."""

    default_max_length: int | None = None

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("max_length", self.default_max_length)
        super().__init__(*args, **options)
        length = self.max_length
        if length is None:
            return
        if isinstance(length, bool) or not isinstance(length, int) or length < 1:
            raise ImproperlyConfigured(
                f"max_length of a {type(self).__name__} is a number of characters from 1, not "
                f"{length!r}."
            )
        self.own_validators.append(MaxLengthValidator(length))

    def db_type(self, connection: Any) -> str | None:
        return super().db_type(connection) if self.max_length else "varchar"

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
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
    form_class = "SlugField"
    form_options = ("max_length", "allow_unicode")

    def __init__(self, *args: Any, allow_unicode: bool = False, **options: Any) -> None:
        options.setdefault("db_index", True)
        super().__init__(*args, **options)
        self.allow_unicode = allow_unicode

    @property
    def validators(self) -> list[Any]:
        allowed = validate_unicode_slug if self.allow_unicode else validate_slug
        return [allowed, *super().validators]


class EmailField(CharField):
    default_max_length = 254  # RFC 3696, erratum 1690
    form_class = "EmailField"
    default_validators = [validate_email, *_Text.default_validators]


class URLField(CharField):
    default_max_length = 200
    form_class = "URLField"
    default_validators = [URLValidator(), *_Text.default_validators]
