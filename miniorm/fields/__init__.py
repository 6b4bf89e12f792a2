"""The fields of models, by kind; `miniorm.models` has them all."""

from miniorm.fields.base import NOT_PROVIDED, Field
from miniorm.fields.data import BinaryField, JSONField, UUIDField
from miniorm.fields.durations import DurationField
from miniorm.fields.files import FilePathField
from miniorm.fields.generated import GeneratedField
from miniorm.fields.network import GenericIPAddressField
from miniorm.fields.numbers import (
    AutoField,
    BigAutoField,
    BigIntegerField,
    BooleanField,
    DecimalField,
    FloatField,
    IntegerField,
    PositiveBigIntegerField,
    PositiveIntegerField,
    PositiveSmallIntegerField,
    SmallAutoField,
    SmallIntegerField,
)
from miniorm.fields.text import CharField, EmailField, SlugField, TextField, URLField
from miniorm.fields.times import DateField, DateTimeField, TimeField

__all__ = [
    "NOT_PROVIDED",
    "AutoField",
    "BigAutoField",
    "BigIntegerField",
    "BinaryField",
    "BooleanField",
    "CharField",
    "DateField",
    "DateTimeField",
    "DecimalField",
    "DurationField",
    "EmailField",
    "Field",
    "FilePathField",
    "FloatField",
    "GeneratedField",
    "GenericIPAddressField",
    "IntegerField",
    "JSONField",
    "PositiveBigIntegerField",
    "PositiveIntegerField",
    "PositiveSmallIntegerField",
    "SlugField",
    "SmallAutoField",
    "SmallIntegerField",
    "TextField",
    "TimeField",
    "URLField",
    "UUIDField",
]
