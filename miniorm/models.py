"""The public face: everything that a model's author writes after `models.`.

Step 6 of the trip; `from miniorm import models`. In Django: `django.db.models`.
"""

from miniorm.aggregates import Aggregate, Avg, Count, Max, Min, Sum
from miniorm.conditions import Q
from miniorm.constraints import BaseConstraint, CheckConstraint, Deferrable, UniqueConstraint
from miniorm.deletion import (
    CASCADE,
    DO_NOTHING,
    PROTECT,
    RESTRICT,
    SET,
    SET_DEFAULT,
    SET_NULL,
)
from miniorm.enums import Choices, IntegerChoices, TextChoices
from miniorm.errors import ObjectDoesNotExist, ProtectedError, RestrictedError
from miniorm.expressions import (
    Exists,
    Expression,
    ExpressionWrapper,
    F,
    Func,
    OrderBy,
    Value,
)
from miniorm.fields import (
    NOT_PROVIDED,
    AutoField,
    BigAutoField,
    BigIntegerField,
    BinaryField,
    BooleanField,
    CharField,
    DateField,
    DateTimeField,
    DecimalField,
    DurationField,
    EmailField,
    Field,
    FilePathField,
    FloatField,
    GeneratedField,
    GenericIPAddressField,
    IntegerField,
    JSONField,
    PositiveBigIntegerField,
    PositiveIntegerField,
    PositiveSmallIntegerField,
    SlugField,
    SmallAutoField,
    SmallIntegerField,
    TextField,
    TimeField,
    URLField,
    UUIDField,
)
from miniorm.fields.composite import CompositePrimaryKey
from miniorm.filtered import FilteredRelation
from miniorm.indexes import Index
from miniorm.lookups import Lookup, Transform
from miniorm.manager import BaseManager, Manager
from miniorm.manytomany import ManyToManyField, ManyToManyRel
from miniorm.model import Model
from miniorm.ordered import OrderWrt
from miniorm.prefetch import Prefetch, prefetch_related_objects
from miniorm.queryset import QuerySet
from miniorm.relations import (
    ForeignKey,
    ForeignObjectRel,
    ManyToOneRel,
    OneToOneField,
    OneToOneRel,
)

__all__ = [
    "CASCADE",
    "DO_NOTHING",
    "NOT_PROVIDED",
    "PROTECT",
    "RESTRICT",
    "SET",
    "SET_DEFAULT",
    "SET_NULL",
    "Aggregate",
    "AutoField",
    "Avg",
    "BaseConstraint",
    "BaseManager",
    "BigAutoField",
    "BigIntegerField",
    "BinaryField",
    "BooleanField",
    "CharField",
    "CheckConstraint",
    "Choices",
    "CompositePrimaryKey",
    "Count",
    "DateField",
    "DateTimeField",
    "DecimalField",
    "Deferrable",
    "DurationField",
    "EmailField",
    "Exists",
    "Expression",
    "ExpressionWrapper",
    "F",
    "Field",
    "FilePathField",
    "FilteredRelation",
    "FloatField",
    "ForeignKey",
    "ForeignObjectRel",
    "Func",
    "GeneratedField",
    "GenericIPAddressField",
    "Index",
    "IntegerChoices",
    "IntegerField",
    "JSONField",
    "Lookup",
    "Manager",
    "ManyToManyField",
    "ManyToManyRel",
    "ManyToOneRel",
    "Max",
    "Min",
    "Model",
    "ObjectDoesNotExist",
    "OneToOneField",
    "OneToOneRel",
    "OrderBy",
    "OrderWrt",
    "PositiveBigIntegerField",
    "PositiveIntegerField",
    "PositiveSmallIntegerField",
    "Prefetch",
    "ProtectedError",
    "Q",
    "QuerySet",
    "RestrictedError",
    "SlugField",
    "SmallAutoField",
    "SmallIntegerField",
    "Sum",
    "TextChoices",
    "TextField",
    "TimeField",
    "Transform",
    "URLField",
    "UUIDField",
    "UniqueConstraint",
    "Value",
    "prefetch_related_objects",
]
