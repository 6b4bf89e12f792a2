"""Fields of other data: UUIDs, JSON and bytes. Step 6 of the trip.

In Django: `django.db.models.fields` and `django.db.models.fields.json`.
"""

import json
import uuid
from base64 import b64decode, b64encode
from collections.abc import Callable
from functools import partial
from typing import Any

from miniorm.errors import ValidationError
from miniorm.fields.base import Field
from miniorm.validators import MaxLengthValidator


class UUIDField(Field):
    """A universally unique identifier (RFC 9562): uuid.UUID, or its text."""

    empty_strings_allowed = False
    type_name = "a UUID"
    form_class = "UUIDField"
    default_error_messages = {"invalid": "“%(value)s” is not a valid UUID."}

    def to_python(self, value: Any) -> Any:
        if value is None or isinstance(value, uuid.UUID):
            return value
        try:
            return uuid.UUID(**{"int" if isinstance(value, int) else "hex": value})
        except (AttributeError, TypeError, ValueError):
            raise self.invalid("invalid", value) from None

    def get_prep_value(self, value: Any) -> Any:
        try:
            return self.to_python(value)
        except ValidationError as error:
            raise self.refuse(value) from error

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        value = value if prepared else self.get_prep_value(value)
        return connection.ops.adapt_uuidfield_value(value)


class JSONField(Field):
    """Lists, dictionaries, text, numbers, True, False and None, kept as JSON (RFC 8259).

    `encoder` and `decoder` are classes for json.dumps() and json.loads(). Assigned None is
    NULL; `Value(None, JSONField())` is JSON's own null, and so is None in a query.
    """

    empty_strings_allowed = False
    type_name = "what JSON can hold"
    form_class = "JSONField"
    form_options = ("encoder", "decoder")
    default_error_messages = {"invalid": "Value must be valid JSON."}

    def __init__(
        self,
        verbose_name: str | None = None,
        name: str | None = None,
        encoder: Any = None,
        decoder: Any = None,
        **options: Any,
    ) -> None:
        for option, given in (("encoder", encoder), ("decoder", decoder)):
            if given and not callable(given):
                raise ValueError(f"The {option} parameter must be a callable object.")
        super().__init__(verbose_name, name, **options)
        self.encoder = encoder
        self.decoder = decoder

    def get_transform(self, lookup_name: str) -> Any:
        from miniorm.fields.json import KeyTransform

        return super().get_transform(lookup_name) or partial(KeyTransform, lookup_name)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        return connection.ops.adapt_json_value(value, self.encoder)

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        return None if value is None else self.get_db_prep_value(value, connection)

    def converter(self, connection: Any) -> Callable[[Any], Any] | None:
        first = super().converter(connection)
        return partial(json.loads, cls=self.decoder) if self.decoder else first

    def validate(self, value: Any, instance: Any) -> None:
        super().validate(value, instance)
        try:
            json.dumps(value, cls=self.encoder, allow_nan=False)
        except (TypeError, ValueError):
            raise self.invalid("invalid", value) from None

    def value_to_string(self, obj: Any) -> Any:
        return self.value_from_object(obj)


class BinaryField(Field):
    """Bytes."""

    type_name = "bytes"
    empty_strings_allowed = False
    form_class = None
    empty_values = [*Field.empty_values, b""]

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("editable", False)
        super().__init__(*args, **options)
        if self.max_length is not None:
            self.own_validators.append(MaxLengthValidator(self.max_length))

    def get_default(self) -> Any:
        default = super().get_default()
        return b"" if default is None and not self.null else default

    def get_prep_value(self, value: Any) -> Any:
        if value is None or isinstance(value, bytes):
            return value
        try:
            return bytes(memoryview(value))
        except TypeError as error:
            raise self.refuse(value) from error

    def converter(self, connection: Any) -> Any:
        return super().converter(connection) or bytes

    def value_to_string(self, obj: Any) -> str:
        """In base 64 (RFC 4648)."""
        return b64encode(self.value_from_object(obj)).decode("ascii")

    def to_python(self, value: Any) -> Any:
        return memoryview(b64decode(value)) if isinstance(value, str) else value
