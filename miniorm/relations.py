"""Relations: a foreign key, what it points to, and the way back.

Step 6 of the trip. `Choice.question = ForeignKey(Question)` makes three things:

- a column `question_id` in choices, with the attribute of that name;
- `choice.question`, which fetches the question when first asked and then keeps it;
- the way back, `question.choice_set`: a manager of the choices that point to it.

Queries go along a relation in both directions. So a `ForeignKey` and its way back, a
`ManyToOneRel`, answer the same questions: which model one comes to (`related_model`), on
which columns (`join_columns`), and whether several rows may be there (`multiple`).

Django's pages "Many-to-one relationships" and "Related objects reference"; in Django:
`django.db.models.fields.related` and `.reverse_related`.
"""

from collections.abc import Callable
from functools import cached_property
from typing import Any

from miniorm import registry
from miniorm.deletion import SET_DEFAULT, SET_NULL
from miniorm.errors import ImproperlyConfigured
from miniorm.fields.base import Field
from miniorm.related import ForwardDescriptor, ReverseManyDescriptor, ReverseOneDescriptor

ModelClass = Any
Limits = Any  # limit_choices_to: a Q, a dictionary of lookups, or a function that gives one


class ForeignObjectRel:
    """The way back along a relation, from the model that it points to."""

    is_relation = True
    concrete = False
    auto_created = True  # nobody wrote it into a class body
    editable = False
    null = True  # there may be no row at the other end
    multiple = True
    many_to_one = one_to_many = one_to_one = many_to_many = False

    def __init__(
        self,
        field: Any,
        to: Any,
        related_name: str | None = None,
        related_query_name: str | None = None,
        limit_choices_to: Limits = None,
        on_delete: Callable[..., Any] | None = None,
        parent_link: bool = False,
    ) -> None:
        self.field = field
        self.model = to  # where the field points: a class, or its name until it exists
        self.on_delete = on_delete
        self.related_name = related_name
        self.related_query_name = related_query_name
        self.limit_choices_to = limit_choices_to or {}
        self.parent_link = parent_link

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.field}>"

    def __reduce__(self) -> Any:
        return _relation_of, (self.field,)

    def __copy__(self) -> Any:
        twin = object.__new__(type(self))
        twin.__dict__.update(self.__dict__)
        return twin

    @property
    def remote_field(self) -> Any:
        return self.field

    @property
    def related_model(self) -> ModelClass:
        """The model that one comes to: the one with the field."""
        return self.field.model

    @property
    def name(self) -> str:
        """What a query calls it: `filter(choice__votes=3)`."""
        return self.related_query_name or self.related_name or self.field.model._meta.model_name

    @property
    def attname(self) -> str:
        return self.name

    @property
    def cache_name(self) -> str:
        """Under which name an instance keeps the objects once they are fetched."""
        return self.get_accessor_name() or f"{self.field.model._meta.label_lower}.{self.field.name}"

    def get_accessor_name(self) -> str | None:
        """The attribute on an instance: `question.choice_set`. None: related_name ends in "+"."""
        if self.hidden:
            return None
        default = self.field.model._meta.model_name + ("_set" if self.multiple else "")
        return self.related_name or default

    @property
    def hidden(self) -> bool:
        return bool(self.related_name) and str(self.related_name).endswith("+")

    def is_hidden(self) -> bool:
        return self.hidden

    def steps(self) -> tuple[Any, ...]:
        """The single steps from table to table that the relation consists of."""
        return (self,)


class ManyToOneRel(ForeignObjectRel):
    """The way back along a foreign key: from a question to its choices."""

    one_to_many = True

    @property
    def field_name(self) -> str:
        return self.field.target_field.name  # type: ignore[no-any-return]

    def get_related_field(self) -> Field:
        return self.field.target_field  # type: ignore[no-any-return]

    def join_columns(self) -> tuple[Field, Field]:
        """The fields to compare: on the near side, on the far side."""
        return self.field.target_field, self.field


class OneToOneRel(ManyToOneRel):
    """The way back along a one-to-one relation: to one row at most."""

    multiple = one_to_many = False
    one_to_one = True


def _relation_of(field: Any) -> Any:
    return field.remote_field


class RelatedField(Field):
    """What a foreign key and a many-to-many field share: another model, and the way back."""

    is_relation = True
    remote_field: Any
    to_field: str | None = None

    def resolve_names(self, cls: ModelClass) -> None:
        """Fill in the names on the way back: "%(app_label)s_%(class)s_related"."""
        meta, relation = cls._meta, self.remote_field
        names = {
            "class": meta.model_name,
            "model_name": meta.model_name,
            "app_label": meta.app_label,
        }
        name = relation.related_name or meta.default_related_name
        relation.related_name = name % names if name else name
        if relation.related_query_name:
            relation.related_query_name %= names

    def when_target_exists(self, cls: ModelClass, callback: Callable[[ModelClass], None]) -> None:
        """Call back with the model that the field points to."""
        target = self.remote_field.model
        if target == "self":
            callback(cls)
        elif isinstance(target, str):
            registry.when_defined(target, cls, callback)
        else:
            callback(target)

    def add_way_back(self, model: ModelClass) -> None:
        """The target exists: the way back is put on it, for queries and as an attribute."""
        relation = self.remote_field
        relation.model = model
        meta = model._meta.concrete_model._meta
        if not relation.hidden:
            accessor = relation.get_accessor_name()
            # In a migration's models a field may be there twice while it moves.
            moving = self.model.__module__ == "__fake__"
            for other in () if moving else meta.related_objects:
                if accessor == other.get_accessor_name() or relation.name == other.name:
                    raise ImproperlyConfigured(
                        f"{self} and {other.field} would both be {model.__name__}.{accessor}: "
                        "give one of them a related_name."
                    )
            setattr(model._meta.concrete_model, accessor, self.way_back())
        meta.add_related_object(relation)

    def way_back(self) -> Any:
        """The descriptor that stands on the other model."""
        raise NotImplementedError

    @property
    def cache_name(self) -> str:
        return self.name

    @property
    def related_model(self) -> ModelClass:
        model = self.remote_field.model
        if isinstance(model, str):
            raise ImproperlyConfigured(
                f"{self} points to {model!r}, which is not defined (or its module is not imported)."
            )
        return model

    def related_query_name(self) -> str:
        return self.remote_field.name  # type: ignore[no-any-return]

    def formfield(self, *args: Any, using: str | None = None, **options: Any) -> Any:
        """A form field that chooses among the other model's objects."""
        usual = {
            "queryset": self.related_model._default_manager.using(using),
            "limit_choices_to": self.remote_field.limit_choices_to,
        }
        if self.to_field:
            usual["to_field_name"] = self.to_field
        return super().formfield(*args, **{**usual, **options})

    def get_limit_choices_to(self) -> Limits:
        limits = self.remote_field.limit_choices_to
        return limits() if callable(limits) else limits

    def steps(self) -> tuple[Any, ...]:
        """The single steps from table to table that the relation consists of."""
        return (self,)


class ForeignKey(RelatedField):
    """A column that holds the key of a row elsewhere.

    `to` is a model class, its name ("Question", "polls.Question": it may be defined
    later), or "self".
    """

    multiple = False
    many_to_one = True
    empty_strings_allowed = False
    rel_class = ManyToOneRel
    form_class = "ModelChoiceField"
    default_error_messages = {
        "invalid": "%(model)s instance with %(field)s %(value)r does not exist."
    }

    def __init__(
        self,
        to: Any,
        on_delete: Callable[..., Any],
        related_name: str | None = None,
        related_query_name: str | None = None,
        limit_choices_to: Limits = None,
        parent_link: bool = False,
        to_field: str | None = None,
        db_constraint: bool = True,
        **options: Any,
    ) -> None:
        _check_on_delete(on_delete, options)
        options.setdefault("db_index", True)
        super().__init__(**options)
        self.to_field = to_field
        self.db_constraint = db_constraint
        self.remote_field = self.rel_class(
            self, to, related_name, related_query_name, limit_choices_to, on_delete, parent_link
        )

    # --- its place in the model -------------------------------------------------------

    def get_attname(self) -> str:
        return f"{self.name}_id"

    def contribute_to_class(self, cls: ModelClass, name: str, private_only: bool = False) -> None:
        self.__dict__.pop("target_field", None)  # of the field that it is a copy of
        super().contribute_to_class(cls, name)
        setattr(cls, name, ForwardDescriptor(self))
        if not cls._meta.abstract:  # each heir has a relation of its own
            self.resolve_names(cls)
            self.when_target_exists(cls, self.add_way_back)

    def way_back(self) -> Any:
        kind = ReverseManyDescriptor if self.remote_field.multiple else ReverseOneDescriptor
        return kind(self.remote_field)

    @cached_property
    def target_field(self) -> Field:
        """The field of the other model that the column holds a value of."""
        meta = self.related_model._meta
        return meta.get_field(self.to_field) if self.to_field else meta.pk  # type: ignore[no-any-return]

    def join_columns(self) -> tuple[Field, Field]:
        return self, self.target_field

    # --- values: all as the target's --------------------------------------------------

    def db_type(self, connection: Any) -> str | None:
        return self.target_field.rel_db_type(connection)

    def to_python(self, value: Any) -> Any:
        return self.target_field.to_python(value)

    def get_prep_value(self, value: Any) -> Any:
        return self.target_field.get_prep_value(value)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        return self.target_field.get_db_prep_value(value, connection, prepared)

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        return self.target_field.get_db_prep_save(value, connection)

    def converter(self, connection: Any) -> Callable[[Any], Any] | None:
        return self.target_field.converter(connection)

    def get_lookup(self, name: str) -> Any:
        return self.target_field.get_lookup(name)

    def get_transform(self, name: str) -> Any:
        return self.target_field.get_transform(name)

    def get_lookups(self) -> dict[str, Any]:
        return self.target_field.get_lookups()

    def get_default(self) -> Any:
        default = super().get_default()
        return getattr(default, self.target_field.attname) if _is_instance(default) else default

    def validate(self, value: Any, instance: Any) -> None:
        super().validate(value, instance)
        if value is None:
            return
        if self.remote_field.parent_link:
            return
        rows = self.related_model._base_manager.using(instance._state.db)
        rows = rows.filter(**{self.target_field.attname: value})
        if not rows.complex_filter(self.get_limit_choices_to()).exists():
            noun = self.related_model._meta.verbose_name
            raise self.invalid("invalid", value, model=noun, field=self.target_field.name)


class OneToOneField(ForeignKey):
    """A foreign key that is unique: at most one row here for each row there."""

    many_to_one = False
    one_to_one = True
    rel_class = OneToOneRel

    def __init__(self, to: Any, on_delete: Callable[..., Any], **options: Any) -> None:
        super().__init__(to, on_delete, **{**options, "unique": True})


def _check_on_delete(on_delete: Any, options: dict[str, Any]) -> None:
    if not callable(on_delete):
        raise TypeError(f"on_delete must be models.CASCADE or one of its kin, not {on_delete!r}.")
    if on_delete is SET_NULL and not options.get("null"):
        raise ImproperlyConfigured("on_delete=SET_NULL needs null=True.")
    if on_delete is SET_DEFAULT and "default" not in options:
        raise ImproperlyConfigured("on_delete=SET_DEFAULT needs a default.")


def _is_instance(value: Any) -> bool:
    return hasattr(value, "_state") and hasattr(value, "_meta")
