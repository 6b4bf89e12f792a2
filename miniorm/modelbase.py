"""From a class body to a model: what happens at `class Question(models.Model):`.

Before step 6, when the application's modules are imported. The names in the class body
become fields, managers and options, the class gets its `_meta`, its exceptions and, where
it names none, a primary key and `objects`; then the registry knows it.

The Python reference's "Metaclasses". Django's page "Models"; in Django:
`django.db.models.base` (ModelBase).
"""

from typing import Any

from miniorm import configuration, fields, inheritance, ordered, registry, signals
from miniorm.errors import ImproperlyConfigured, MultipleObjectsReturned, ObjectDoesNotExist
from miniorm.manager import Manager
from miniorm.options import Options
from miniorm.ordered import neighbour


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
        cls._meta = Options(name, cls.__module__, meta)
        cls._meta.model = cls._meta.concrete_model = cls
        _add_exceptions(cls, parents)
        parts = {**inheritance.inherited_fields(parents, namespace), **parts}
        if cls._meta.abstract:
            # It keeps its fields to hand them to its heirs, and is no table itself.
            cls._parts = {
                key: part for key, part in parts.items() if isinstance(part, fields.Field)
            }
            # Abstract is the base alone: what inherits its Meta is a table.
            cls.Meta = type("Meta", (meta,), {"abstract": False})
        else:
            parts = {**inheritance.join_parents(cls, parents, parts), **parts}
        for key, part in parts.items():
            part.contribute_to_class(cls, key)
        if not cls._meta.abstract:
            _complete(cls)
        return cls

    def add_to_class(cls: Any, name: str, value: Any) -> None:
        """Give the model one more field, manager or attribute, after its class statement."""
        if _contributes(value):
            value.contribute_to_class(cls, name)
        else:
            setattr(cls, name, value)

    @property
    def _default_manager(cls: Any) -> Any:
        return cls._meta.default_manager

    @property
    def _base_manager(cls: Any) -> Any:
        return cls._meta.base_manager


def _contributes(value: Any) -> bool:
    return not isinstance(value, type) and hasattr(value, "contribute_to_class")


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
    meta = cls._meta
    if meta.pk is None:
        _default_auto_field(cls).contribute_to_class(cls, "id")
    if meta.order_with_respect_to:
        ordered.prepare(cls)
    if not meta.managers:
        manager = Manager()
        manager.auto_created = True
        manager.contribute_to_class(cls, "objects")
    for index in meta.indexes:
        if not index.name:
            index.set_name_with_model(cls)
    if cls.__doc__ is None:
        cls.__doc__ = f"{cls.__name__}({', '.join(field.name for field in meta.fields)})"
    registry.register(cls)
    for field in meta.local_many_to_many:
        field.make_through()
    for field in meta.local_fields:
        if isinstance(field, fields.DateField | fields.DateTimeField) and not field.null:
            _add_neighbours(cls, field)
    signals.class_prepared.send(sender=cls)


def _add_neighbours(cls: Any, field: Any) -> None:
    """`get_next_by_pub_date()` and `get_previous_by_pub_date()`: the rows beside this one."""

    def next_by(self: Any, **conditions: Any) -> Any:
        return neighbour(self, field, "gt", conditions)

    def previous_by(self: Any, **conditions: Any) -> Any:
        return neighbour(self, field, "lt", conditions)

    setattr(cls, f"get_next_by_{field.name}", next_by)
    setattr(cls, f"get_previous_by_{field.name}", previous_by)


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
    field.auto_created = True
    return field
