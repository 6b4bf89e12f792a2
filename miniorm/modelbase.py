"""From a class body to a model: what happens at `class Question(models.Model):`.

Before step 6, when the application's modules are imported. The names in the class body
become fields, managers and options, the class gets its `_meta`, its exceptions and, where
it names none, a primary key and `objects`; then the registry knows it.

The Python reference's "Metaclasses". Django's page "Models"; in Django:
`django.db.models.base` (ModelBase).
"""

from typing import Any

from miniorm import configuration, fields, registry, signals
from miniorm.errors import (
    FieldError,
    ImproperlyConfigured,
    MultipleObjectsReturned,
    ObjectDoesNotExist,
)
from miniorm.manager import Manager
from miniorm.options import Options


class ModelBase(type):
    """The metaclass of models.

    A class is itself an object, made when Python has executed the body of the `class`
    statement: it calls `metaclass(name, bases, namespace)` with the names that the body
    defined. A metaclass can therefore do with them what it likes before the class exists.
    This one keeps what knows its way around a model (fields, managers: whatever has
    `contribute_to_class`) out of the namespace, makes a plain class of the rest, gives it a
    `_meta`, and then lets each of those take its place: a foreign key puts two attributes
    on the class, a field with choices a method.
    """

    def __new__(
        mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **options: Any
    ) -> Any:
        parents = [base for base in bases if isinstance(base, ModelBase)]
        if not parents:  # Model itself
            return super().__new__(mcs, name, bases, namespace, **options)
        meta = namespace.pop("Meta", None)
        if meta is None:
            meta = next((base.Meta for base in parents if hasattr(base, "Meta")), None)
        parts = {key: value for key, value in namespace.items() if _contributes(value)}
        rest = {key: value for key, value in namespace.items() if key not in parts}
        cls: Any = super().__new__(mcs, name, bases, rest, **options)
        _check_parents(cls, parents)
        cls._meta = Options(name, cls.__module__, meta)
        cls._meta.model = cls
        _add_exceptions(cls, parents)
        for key, part in {**_inherited_parts(parents, namespace), **parts}.items():
            part.contribute_to_class(cls, key)
        # An abstract base keeps its parts to hand them to its heirs, and is no table.
        cls._parts = {**_inherited_parts(parents, namespace, copies=False), **parts}
        if cls._meta.abstract:
            # Abstract is the base alone: what inherits its Meta is a table.
            cls.Meta = type("Meta", (meta,), {"abstract": False})
        else:
            _complete(cls)
        return cls

    @property
    def _default_manager(cls: Any) -> Any:
        return cls._meta.default_manager

    _base_manager = _default_manager


def _contributes(value: Any) -> bool:
    return not isinstance(value, type) and hasattr(value, "contribute_to_class")


def _check_parents(cls: Any, parents: list[Any]) -> None:
    for parent in parents:
        if "_meta" in parent.__dict__ and not parent._meta.abstract:
            raise FieldError(
                f"{cls.__name__} inherits from the model {parent.__name__}, which has a table. "
                "Put the common fields in a base with Meta.abstract = True, or point to it "
                "with a OneToOneField."
            )


def _inherited_parts(
    parents: list[Any], namespace: dict[str, Any], copies: bool = True
) -> dict[str, Any]:
    """The fields and managers of the abstract bases, except those the class says anew."""
    return {
        name: part.clone() if copies else part
        for parent in reversed(parents)
        for name, part in getattr(parent, "_parts", {}).items()
        if name not in namespace
    }


def _add_exceptions(cls: Any, parents: list[Any]) -> None:
    """Model.DoesNotExist and Model.MultipleObjectsReturned, descending from the parents'."""
    for name, root in (
        ("DoesNotExist", ObjectDoesNotExist),
        ("MultipleObjectsReturned", MultipleObjectsReturned),
    ):
        inherited = tuple(vars(parent)[name] for parent in parents if name in vars(parent))
        place = {"__module__": cls.__module__, "__qualname__": f"{cls.__qualname__}.{name}"}
        setattr(cls, name, type(name, inherited or (root,), place))


def _complete(cls: Any) -> None:
    """The last steps of a model with a table: primary key, manager, registry."""
    if cls._meta.pk is None:
        field = _default_auto_field(cls)
        field.contribute_to_class(cls, "id")
    if not cls._meta.managers:
        Manager().contribute_to_class(cls, "objects")
    for index in cls._meta.indexes:
        if not index.name:
            index.set_name_with_model(cls)
    if cls.__doc__ is None:
        cls.__doc__ = f"{cls.__name__}({', '.join(field.name for field in cls._meta.fields)})"
    registry.register(cls)
    signals.class_prepared.send(sender=cls)


def _default_auto_field(cls: Any) -> Any:
    """The primary key of a model that names none; it comes before the other fields."""
    dotted = configuration.current().default_auto_field
    kind = getattr(fields, dotted.rpartition(".")[2], None)
    if not (isinstance(kind, type) and issubclass(kind, fields.AutoField)):
        raise ImproperlyConfigured(
            f"default_auto_field is {dotted!r}; expected 'miniorm.models.BigAutoField', "
            "'miniorm.models.AutoField' or 'miniorm.models.SmallAutoField'."
        )
    field = kind(verbose_name="ID", primary_key=True)
    field.creation_counter = -1
    return field
