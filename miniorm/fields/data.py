"""Fields of other data: UUIDs, JSON and bytes. Step 6 of the trip.

In Django: `django.db.models.fields` and `django.db.models.fields.json`.
"""

import json
import uuid
from typing import Any

from miniorm.errors import ValidationError
from miniorm.fields.base import Field


class UUIDField(Field):
    """A universally unique identifier (RFC 9562): uuid.UUID, or its text."""

    empty_strings_allowed = False
    type_name = "a UUID"

    def to_python(self, value: Any) -> Any:
        if value is None or isinstance(value, uuid.UUID):
            return value
        try:
            return uuid.UUID(**{"int" if isinstance(value, int) else "hex": value})
        except (AttributeError, TypeError, ValueError):
            raise self.invalid("invalid", "“%(value)s” is not a valid UUID.", value) from None

    def get_prep_value(self, value: Any) -> Any:
        try:
            return self.to_python(value)
        except ValidationError as error:
            raise self.refuse(value) from error

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        value = value if prepared else self.get_prep_value(value)
        return connection.ops.adapt_uuidfield_value(value)


class JSONField(Field):
    """Lists, dictionaries, text, numbers, True, False and None, kept as JSON (RFC 8259)."""

    empty_strings_allowed = False
    type_name = "what JSON can hold"

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        return None if value is None else connection.ops.adapt_json_value(value)

    def validate(self, value: Any, instance: Any) -> None:
        super().validate(value, instance)
        try:
            json.dumps(value)
        except (TypeError, ValueError):
            raise self.invalid("invalid", "Value must be valid JSON.", value) from None

    def value_to_string(self, instance: Any) -> str:
        return json.dumps(self.value_from_object(instance))


class BinaryField(Field):
    """Bytes."""

    type_name = "bytes"
    empty_strings_allowed = False

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
        return bytes
