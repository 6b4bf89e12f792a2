"""Relations: a foreign key, what it points to, and the way back.

Step 6 of the trip. `Choice.question = ForeignKey(Question)` makes three things:

- a column `question_id` in choices, with the attribute of that name;
- `choice.question`, which fetches the question when first asked and then keeps it;
- the way back, `question.choice_set`: a manager of the choices that point to it.

Queries go along a relation in both directions. So a `ForeignKey` and its way back, a
`ManyToOneRel`, answer the same questions: which model one comes to (`related_model`), on
which columns (`join_columns`), and whether several rows may be there (`multiple`).

Django's pages "Many-to-one relationships" and "Related objects reference"; in Django:
`django.db.models.fields.related` and `.related_descriptors`.
"""

from collections.abc import Callable, Iterable
from typing import Any

from miniorm import registry
from miniorm.deletion import SET_DEFAULT, SET_NULL
from miniorm.errors import ImproperlyConfigured, ValidationError
from miniorm.fields.base import Field
from miniorm.transaction import atomic

ModelClass = Any


class ManyToOneRel:
    """The way back along a foreign key: from a question to its choices."""

    multiple = True
    is_relation = True
    concrete = False
    null = True  # there may be no row at the other end

    def __init__(
        self,
        field: "ForeignKey",
        to: Any,
        on_delete: Callable[..., Any],
        related_name: str | None = None,
        related_query_name: str | None = None,
    ) -> None:
        self.field = field
        self.model = to  # where the foreign key points: a class, or its name until it exists
        self.on_delete = on_delete
        self.related_name = related_name
        self.related_query_name = related_query_name

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.field}>"

    @property
    def related_model(self) -> ModelClass:
        """The model that one comes to: the one with the foreign key."""
        return self.field.model

    @property
    def name(self) -> str:
        """What a query calls it: `filter(choice__votes=3)`."""
        return self.related_query_name or self.related_name or self.field.model._meta.model_name

    @property
    def attname(self) -> str:
        return self.name

    def get_accessor_name(self) -> str | None:
        """The attribute on an instance: `question.choice_set`. None: related_name ends in "+"."""
        if self.is_hidden():
            return None
        default = self.field.model._meta.model_name + ("_set" if self.multiple else "")
        return self.related_name or default

    def is_hidden(self) -> bool:
        return bool(self.related_name) and str(self.related_name).endswith("+")

    def join_columns(self) -> tuple[Field, Field]:
        """The fields to compare: on the near side, on the far side."""
        return self.field.target_field, self.field


class OneToOneRel(ManyToOneRel):
    """The way back along a one-to-one relation: to one row at most."""

    multiple = False


class ForeignKey(Field):
    """A column that holds the key of a row elsewhere.

    `to` is a model class, its name ("Question", "polls.Question": it may be defined
    later), or "self".
    """

    is_relation = True
    multiple = False
    empty_strings_allowed = False
    rel_class = ManyToOneRel

    def __init__(
        self,
        to: Any,
        on_delete: Callable[..., Any],
        related_name: str | None = None,
        related_query_name: str | None = None,
        to_field: str | None = None,
        db_constraint: bool = True,
        **options: Any,
    ) -> None:
        _check_on_delete(on_delete, options)
        options.setdefault("db_index", True)
        super().__init__(**options)
        self.to_field = to_field
        self.db_constraint = db_constraint
        self.remote_field = self.rel_class(self, to, on_delete, related_name, related_query_name)

    # --- its place in the model -------------------------------------------------------

    def get_attname(self) -> str:
        return f"{self.name}_id"

    def contribute_to_class(self, cls: ModelClass, name: str) -> None:
        super().contribute_to_class(cls, name)
        setattr(cls, name, ForwardDescriptor(self))
        if cls._meta.abstract:  # each heir has a relation of its own
            return
        names = {"class": cls._meta.model_name, "app_label": cls._meta.app_label}
        if self.remote_field.related_name:
            self.remote_field.related_name %= names
        target = self.remote_field.model
        if target == "self":
            self._point_to(cls)
        elif isinstance(target, str):
            registry.when_defined(target, cls, self._point_to)
        else:
            self._point_to(target)

    def _point_to(self, model: ModelClass) -> None:
        """The target exists: the way back is put on it."""
        relation = self.remote_field
        relation.model = model
        if relation.is_hidden():
            return
        accessor = relation.get_accessor_name()
        for other in model._meta.related_objects:
            same_place = (other.get_accessor_name(), other.name)
            if accessor == same_place[0] or relation.name == same_place[1]:
                raise ImproperlyConfigured(
                    f"{self} and {other.field} would both be {model.__name__}.{accessor}: give "
                    "one of them a related_name."
                )
        model._meta.add_related_object(relation)
        descriptor = ReverseManyDescriptor if relation.multiple else ReverseOneDescriptor
        setattr(model, accessor, descriptor(relation))

    @property
    def related_model(self) -> ModelClass:
        model = self.remote_field.model
        if isinstance(model, str):
            raise ImproperlyConfigured(
                f"{self} points to the model {model!r}, which is not defined (or its module is "
                "not imported)."
            )
        return model

    @property
    def target_field(self) -> Field:
        """The field of the other model that the column holds a value of."""
        meta = self.related_model._meta
        return meta.get_field(self.to_field) if self.to_field else meta.pk  # type: ignore[no-any-return]

    def join_columns(self) -> tuple[Field, Field]:
        return self, self.target_field

    # --- values: all as the target's --------------------------------------------------

    def db_type(self, connection: Any) -> str | None:
        return self.target_field.db_type(connection)

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

    def get_lookups(self) -> dict[str, Any]:
        return self.target_field.get_lookups()

    def get_default(self) -> Any:
        default = super().get_default()
        return getattr(default, self.target_field.attname) if _is_instance(default) else default

    def validate(self, value: Any, instance: Any) -> None:
        super().validate(value, instance)
        if value is None:
            return
        rows = self.related_model._default_manager.using(instance._state.db)
        if not rows.filter(**{self.target_field.attname: value}).exists():
            noun = self.related_model._meta.verbose_name
            raise ValidationError(
                f"{noun} instance with {self.target_field.name} %(value)r does not exist.",
                code="invalid",
                params={"value": value},
            )


class OneToOneField(ForeignKey):
    """A foreign key that is unique: at most one row here for each row there."""

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


# --- attributes on instances ----------------------------------------------------------
# A descriptor is an object on a class whose __get__ and __set__ run when the attribute is
# read or written on an instance (Python's "Descriptor Guide").


class ForwardDescriptor:
    """`choice.question`: the object that the foreign key points to."""

    def __init__(self, field: ForeignKey) -> None:
        self.field = field

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        if instance is None:
            return self
        field = self.field
        key = getattr(instance, field.attname)
        found = instance._state.fields_cache.get(field.name)
        # Someone may have set question_id since: then what was fetched is another row.
        if found is not None and getattr(found, field.target_field.attname) in (key, None):
            return found
        if key is not None:
            rows = field.related_model._default_manager.raw_queryset(instance._state.db)
            found = rows.get(**{field.target_field.attname: key})
            instance._state.fields_cache[field.name] = found
            return found
        if field.null:
            return None
        raise field.related_model.DoesNotExist(f"{type(instance).__name__} has no {field.name}.")

    def __set__(self, instance: Any, value: Any) -> None:
        field = self.field
        if value is not None and not isinstance(value, field.related_model):
            raise ValueError(
                f"Cannot assign {value!r}: {type(instance).__name__}.{field.name} must be a "
                f"{field.related_model.__name__} instance."
            )
        key = None if value is None else getattr(value, field.target_field.attname)
        setattr(instance, field.attname, key)
        instance._state.fields_cache.pop(field.name, None)
        if value is not None:
            instance._state.fields_cache[field.name] = value
            if not field.remote_field.multiple:
                value._state.fields_cache[field.remote_field.get_accessor_name()] = instance


class ReverseOneDescriptor:
    """`place.restaurant`: the one row whose OneToOneField points here."""

    def __init__(self, relation: ManyToOneRel) -> None:
        self.relation = relation

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        if instance is None:
            return self
        relation, name = self.relation, self.relation.get_accessor_name()
        if name not in instance._state.fields_cache:
            rows = relation.related_model._default_manager.raw_queryset(instance._state.db)
            found = None
            if instance.pk is not None:
                found = rows.filter(**{relation.field.name: instance}).first()
            if found is not None:
                found._state.fields_cache[relation.field.name] = instance
            instance._state.fields_cache[name] = found
        found = instance._state.fields_cache[name]
        if found is None:
            raise relation.related_model.DoesNotExist(f"{type(instance).__name__} has no {name}.")
        return found

    def __set__(self, instance: Any, value: Any) -> None:
        instance._state.fields_cache[self.relation.get_accessor_name()] = value
        if value is not None:
            setattr(value, self.relation.field.name, instance)


class ReverseManyDescriptor:
    """`question.choice_set`: a manager of the rows that point here."""

    def __init__(self, relation: ManyToOneRel) -> None:
        self.relation = relation
        self._manager_class: Any = None

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        if instance is None:
            return self
        # The default manager's class is the base, so that its own methods are here too;
        # looked up late, when the other model is certainly complete.
        base = type(self.relation.related_model._default_manager)
        if self._manager_class is None or self._manager_class.__bases__[1] is not base:
            self._manager_class = type("RelatedManager", (RelatedMethods, base), {})
        return self._manager_class(instance, self.relation)

    def __set__(self, instance: Any, value: Any) -> None:
        self.__get__(instance).set(value)


class RelatedMethods:
    """What a related manager has beyond the model's own manager."""

    name: Any
    model: Any
    _db: Any

    def __init__(self, instance: Any, relation: ManyToOneRel) -> None:
        super().__init__()
        # A manager of one's own may have attributes that its __init__ did not set.
        self.__dict__.update(relation.related_model._default_manager.__dict__)
        self.instance = instance
        self.relation = relation
        self.field = relation.field
        self.model = relation.related_model

    def get_queryset(self) -> Any:
        """The rows that point to the instance; what was prefetched, where it was."""
        prefetched = self.instance.__dict__.get("_prefetched_objects_cache", {})
        name = self.relation.get_accessor_name()
        if name in prefetched:
            return prefetched[name]
        self._check_saved()
        rows: Any = super().get_queryset()  # type: ignore[misc]
        rows = rows.using(self._db or self.instance._state.db)
        return rows._of_instance(self.field, self.instance)

    def create(self, **values: Any) -> Any:
        """A new row that points to the instance, saved."""
        return self._all_rows().create(**values, **{self.field.name: self._check_saved()})

    def get_or_create(self, defaults: Any = None, **values: Any) -> Any:
        values[self.field.name] = self._check_saved()
        return self._all_rows().get_or_create(defaults, **values)

    def update_or_create(self, defaults: Any = None, **values: Any) -> Any:
        values[self.field.name] = self._check_saved()
        return self._all_rows().update_or_create(defaults, **values)

    def add(self, *objects: Any, bulk: bool = True) -> None:
        """Point these rows here; with `bulk=False` each is saved, new ones too."""
        self._check_saved()
        for each in objects:
            if not isinstance(each, self.model):
                raise TypeError(f"{self.model.__name__} instance expected, got {each!r}")
            if bulk and each._state.adding:
                raise ValueError(f"{each!r} is not saved: use bulk=False or save it first.")
            setattr(each, self.field.name, self.instance)
        self._forget_prefetched()
        if bulk:
            keys = [each.pk for each in objects]
            self._all_rows().filter(pk__in=keys).update(**{self.field.name: self.instance})
            return
        with atomic(self._alias()):
            for each in objects:
                each.save()

    def remove(self, *objects: Any, bulk: bool = True) -> None:
        """Have these rows point nowhere; only for a foreign key that may be NULL."""
        key = getattr(self.instance, self.field.target_field.attname)
        for each in objects:
            if getattr(each, self.field.attname) != key:
                raise self.field.related_model.DoesNotExist(
                    f"{each!r} is not related to {self.instance!r}."
                )
        self._detach(self._own_rows().filter(pk__in=[each.pk for each in objects]))

    def clear(self, bulk: bool = True) -> None:
        """Have all rows that point here point nowhere."""
        self._detach(self._own_rows())

    def set(self, objects: Iterable[Any], bulk: bool = True, clear: bool = False) -> None:
        """Have exactly these rows point here."""
        wanted = list(objects)
        with atomic(self._alias()):
            if self.field.null:
                self._detach(self._own_rows().exclude(pk__in=[each.pk for each in wanted]))
            self.add(*wanted, bulk=bulk)

    def _detach(self, rows: Any) -> None:
        if not self.field.null:
            raise AttributeError(
                f"{self.field} cannot be NULL, so its rows cannot be removed from here: delete "
                "them, or give them to another object."
            )
        self._forget_prefetched()
        rows.update(**{self.field.name: None})

    def _all_rows(self) -> Any:
        return super().get_queryset().using(self._alias())  # type: ignore[misc]

    def _own_rows(self) -> Any:
        return self._all_rows().filter(**{self.field.name: self.instance})

    def _alias(self) -> Any:
        return self._db or self.instance._state.db

    def _check_saved(self) -> Any:
        if getattr(self.instance, self.field.target_field.attname) is None:
            raise ValueError(
                f"{self.instance!r} needs to be saved before "
                f"{self.relation.get_accessor_name()!r} can be used: it has no key to point to."
            )
        return self.instance

    def _forget_prefetched(self) -> None:
        cache = self.instance.__dict__.get("_prefetched_objects_cache", {})
        cache.pop(self.relation.get_accessor_name(), None)


for _name in ("create", "get_or_create", "update_or_create", "add", "remove", "clear", "set"):
    getattr(RelatedMethods, _name).alters_data = True  # templates must not call it


# --- prefetching ----------------------------------------------------------------------


def prefetch(instances: list[Any], lookups: Iterable[str]) -> None:
    """Fetch the objects related to many instances with one query for each relation.

    "choice_set", "question", and on from there: "choice_set__votes_cast".
    """
    done: set[str] = set()
    for lookup in lookups:
        level, so_far = instances, ""
        for name in lookup.split("__"):
            so_far = f"{so_far}__{name}" if so_far else name
            level = [each for each in level if each is not None]
            if not level:
                break
            descriptor = getattr(type(level[0]), name, None)
            if isinstance(descriptor, ForwardDescriptor):
                level = _prefetch_forward(level, descriptor.field, fetch=so_far not in done)
            elif isinstance(descriptor, ReverseManyDescriptor):
                level = _prefetch_reverse(level, descriptor.relation, fetch=so_far not in done)
            else:
                raise AttributeError(
                    f"Cannot find {name!r} on {type(level[0]).__name__}: {lookup!r} is an invalid "
                    "parameter to prefetch_related()."
                )
            done.add(so_far)


def _prefetch_forward(instances: list[Any], field: ForeignKey, fetch: bool) -> list[Any]:
    if fetch:
        keys = {getattr(each, field.attname) for each in instances} - {None}
        target = field.target_field.attname
        rows = field.related_model._default_manager.raw_queryset(instances[0]._state.db)
        by_key = {getattr(row, target): row for row in rows.filter(**{f"{target}__in": list(keys)})}
        for each in instances:
            if (row := by_key.get(getattr(each, field.attname))) is not None:
                each._state.fields_cache[field.name] = row
    return [each._state.fields_cache.get(field.name) for each in instances]


def _prefetch_reverse(instances: list[Any], relation: ManyToOneRel, fetch: bool) -> list[Any]:
    name, field = relation.get_accessor_name(), relation.field
    if fetch:
        owners = {getattr(each, field.target_field.attname): each for each in instances}
        rows = relation.related_model._default_manager.using(instances[0]._state.db)
        groups: dict[Any, list[Any]] = {key: [] for key in owners}
        for row in rows.filter(**{f"{field.name}__in": list(owners)}):
            key = getattr(row, field.attname)
            row._state.fields_cache[field.name] = owners[key]
            groups[key].append(row)
        for each in instances:
            found = getattr(each, str(name)).get_queryset()
            found._result_cache = groups[getattr(each, field.target_field.attname)]
            each.__dict__.setdefault("_prefetched_objects_cache", {})[name] = found
    return [row for each in instances for row in each._prefetched_objects_cache[name]]
