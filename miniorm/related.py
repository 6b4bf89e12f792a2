"""Related objects: what `choice.question` and `question.choice_set` do on an instance.

Step 6 of the trip. A foreign key puts a descriptor on either model: an object on a class
whose __get__ and __set__ run when the attribute is read or written on an instance (Python's
"Descriptor Guide"). Towards one object it fetches when first asked, and then keeps it;
towards many it gives a manager of those that point here.

Django's page "Related objects reference"; in Django:
`django.db.models.fields.related_descriptors`.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from miniorm.listlookups import In
from miniorm.prefetch import among
from miniorm.query import Scope
from miniorm.transaction import atomic

if TYPE_CHECKING:
    from miniorm.relations import ForeignKey, ManyToOneRel

# What prefetch_related() is told: a queryset of all rows that belong to these instances, a
# function that gives a row's key, one that gives the key of the instance it belongs to,
# whether each has one row only, where to keep them, and whether that name is a descriptor's.
Prefetched = tuple[Any, Callable[[Any], Any], Callable[[Any], Any], bool, str, bool]


class OneObject:
    """What both descriptors share that lead to one object."""

    @property
    def related_model(self) -> Any:
        raise NotImplementedError

    @cached_property
    def RelatedObjectDoesNotExist(self) -> Any:  # noqa: N802 (Django's name)
        """There is no such object: an AttributeError too, so that hasattr() gives an answer."""
        bases = (self.related_model.DoesNotExist, AttributeError)
        return type("RelatedObjectDoesNotExist", bases, {"__module__": __name__})

    def get_queryset(self, instance: Any) -> Any:
        """Where the object is looked for: among all rows, whatever the managers hide."""
        return self.related_model._base_manager.using(instance._state.db)


class ForwardDescriptor(OneObject):
    """`choice.question`: the object that the foreign key points to."""

    def __init__(self, field: "ForeignKey") -> None:
        self.field = field

    @property
    def related_model(self) -> Any:
        return self.field.related_model

    def is_cached(self, instance: Any) -> bool:
        return self.field.name in instance._state.fields_cache

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
            found = self._fetch(instance, key)
            self._keep(instance, found)
            return found
        if field.null:
            return None
        raise self.RelatedObjectDoesNotExist(f"{type(instance).__name__} has no {field.name}.")

    def _fetch(self, instance: Any, key: Any) -> Any:
        field = self.field
        if field.remote_field.parent_link and isinstance(instance, field.related_model):
            # The parent's row was fetched with the child's: its values are all here.
            names = [each.attname for each in field.related_model._meta.fields]
            if all(name in instance.__dict__ for name in names):
                values = [getattr(instance, name) for name in names]
                return field.related_model.from_db(instance._state.db, names, values)
        return self.get_queryset(instance).get(**{field.target_field.attname: key})

    def _keep(self, instance: Any, found: Any) -> None:
        instance._state.fields_cache[self.field.name] = found
        relation = self.field.remote_field
        if not relation.multiple and not relation.hidden:
            found._state.fields_cache[relation.cache_name] = instance

    def __set__(self, instance: Any, value: Any) -> None:
        field = self.field
        allowed = field.related_model._meta.concrete_model
        if value is not None and not isinstance(value, allowed):
            raise ValueError(
                f"Cannot assign {value!r}: {type(instance).__name__}.{field.name} must be a "
                f"{field.related_model.__name__} instance."
            )
        key = None if value is None else getattr(value, field.target_field.attname)
        setattr(instance, field.attname, key)
        forgotten = instance._state.fields_cache.pop(field.name, None)
        if value is not None:
            self._keep(instance, value)
            if field.remote_field.parent_link:  # the parent's key is the child's as well
                setattr(instance, field.target_field.attname, key)
        elif forgotten is not None and not field.remote_field.multiple:
            forgotten._state.fields_cache.pop(field.remote_field.cache_name, None)

    def get_prefetch_querysets(
        self, instances: Sequence[Any], querysets: Sequence[Any] | None = None
    ) -> Prefetched:
        field = self.field
        target = field.target_field.attname
        keys = {getattr(each, field.attname) for each in instances} - {None}
        rows = given(querysets, instances)
        if rows is None:
            rows = self.get_queryset(instances[0])
        rows = rows.filter(**{f"{target}__in": list(keys)})
        if not field.remote_field.multiple:
            owners = {getattr(each, field.attname): each for each in instances}
            for row in rows:
                row._state.fields_cache[field.remote_field.cache_name] = owners[
                    getattr(row, target)
                ]
        return rows, attrgetter(target), attrgetter(field.attname), True, field.name, False


class ReverseOneDescriptor(OneObject):
    """`place.restaurant`: the one row whose OneToOneField points here."""

    def __init__(self, relation: "ManyToOneRel") -> None:
        self.relation = relation

    @property
    def related_model(self) -> Any:
        return self.relation.related_model

    def is_cached(self, instance: Any) -> bool:
        return self.relation.cache_name in instance._state.fields_cache

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        if instance is None:
            return self
        relation, name = self.relation, self.relation.cache_name
        cache = instance._state.fields_cache
        if name not in cache:
            found = None
            if getattr(instance, relation.field.target_field.attname) is not None:
                rows = self.get_queryset(instance).filter(**{relation.field.name: instance})
                found = rows.first()
            if found is not None:
                found._state.fields_cache[relation.field.name] = instance
            cache[name] = found
        if cache[name] is None:
            raise self.RelatedObjectDoesNotExist(f"{type(instance).__name__} has no {name}.")
        return cache[name]

    def __set__(self, instance: Any, value: Any) -> None:
        relation, cache = self.relation, instance._state.fields_cache
        if value is None:
            former = cache.pop(relation.cache_name, None)
            if former is not None:
                setattr(former, relation.field.name, None)
            return
        if not isinstance(value, relation.related_model):
            raise ValueError(
                f"Cannot assign {value!r}: {type(instance).__name__}.{relation.cache_name} must be "
                f"a {relation.related_model.__name__} instance."
            )
        setattr(value, relation.field.name, instance)
        cache[relation.cache_name] = value

    def get_prefetch_querysets(
        self, instances: Sequence[Any], querysets: Sequence[Any] | None = None
    ) -> Prefetched:
        field = self.relation.field
        owners = {getattr(each, field.target_field.attname): each for each in instances}
        rows = given(querysets, instances)
        if rows is None:
            rows = self.get_queryset(instances[0])
        rows = rows.filter(**{f"{field.name}__in": list(instances)})
        row_key, owner_key = attrgetter(field.attname), attrgetter(field.target_field.attname)
        for row in rows:
            row._state.fields_cache[field.name] = owners[row_key(row)]
        return rows, row_key, owner_key, True, self.relation.cache_name, False


def given(querysets: Sequence[Any] | None, instances: Sequence[Any]) -> Any:
    """The queryset of a Prefetch object, on the instances' database unless it says another."""
    if not querysets:
        return None
    if len(querysets) != 1:
        raise ValueError(
            "querysets argument of get_prefetch_querysets() should have a length of 1."
        )
    (rows,) = querysets
    return rows if rows._db else rows.using(instances[0]._state.db)


class ReverseManyDescriptor:
    """`question.choice_set`: a manager of the rows that point here."""

    def __init__(self, relation: "ManyToOneRel") -> None:
        self.rel = self.relation = relation
        self.field = relation.field

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        if instance is None:
            return self
        return self.manager_class(instance, self.relation)

    def __set__(self, instance: Any, value: Any) -> None:
        name = self.relation.get_accessor_name()
        raise TypeError(
            f"Direct assignment to the reverse side of a related set is prohibited. Use "
            f"{name}.set() instead."
        )

    @property
    def manager_class(self) -> Any:
        return related_manager(RelatedMethods, self.relation.related_model._default_manager)

    @property
    def related_manager_cls(self) -> Any:
        return self.manager_class


_classes: dict[tuple[Any, Any], Any] = {}


def related_manager(methods: Any, manager: Any) -> Any:
    """The class of a related manager: its methods above those of the model's own manager."""
    pair = (methods, type(manager))
    if pair not in _classes:
        _classes[pair] = type(methods.class_name, pair, {})
    return _classes[pair]


class RelatedSet:
    """What every manager of related objects has beyond the other model's own manager."""

    class_name = "RelatedManager"
    do_not_call_in_templates = True
    model: Any
    instance: Any
    _db: Any

    def _begin(self, instance: Any, relation: Any, model: Any, manager: Any) -> None:
        # A manager of one's own may have attributes that its __init__ did not set.
        self.__dict__.update(manager.__dict__)
        self.instance = instance
        self.relation = relation
        self.model = model

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)

    @property
    def cache_name(self) -> str:
        """Under which name the instance keeps what was prefetched."""
        raise NotImplementedError

    def _all_rows(self) -> Any:
        return super().get_queryset().using(self._alias())  # type: ignore[misc]

    def _alias(self) -> Any:
        return self._db or self.instance._state.db

    def _prefetched(self) -> Any:
        return self.instance.__dict__.get("_prefetched_objects_cache", {}).get(self.cache_name)

    def _forget_prefetched(self) -> None:
        self.instance.__dict__.get("_prefetched_objects_cache", {}).pop(self.cache_name, None)


class RelatedMethods(RelatedSet):
    """Of the rows whose foreign key points to an instance: `question.choice_set`."""

    def __init__(self, instance: Any, relation: "ManyToOneRel", manager: Any = None) -> None:
        manager = manager or relation.related_model._default_manager
        self._begin(instance, relation, relation.related_model, manager)
        self.field = relation.field

    def __call__(self, *, manager: str) -> Any:
        """The same by another of the model's managers: `question.choice_set(manager="open")`."""
        other = self.model._meta.managers_map[manager]
        return related_manager(RelatedMethods, other)(self.instance, self.relation, other)

    @property
    def cache_name(self) -> str:
        return self.relation.cache_name  # type: ignore[no-any-return]

    def get_queryset(self) -> Any:
        """The rows that point to the instance; what was prefetched, where it was."""
        prefetched = self._prefetched()
        if prefetched is not None:
            return prefetched
        self._check_saved()
        return self._all_rows()._of_instance(self.field, self.instance)

    def get_prefetch_querysets(
        self, instances: Sequence[Any], querysets: Sequence[Any] | None = None
    ) -> Prefetched:
        field = self.field
        row_key, owner_key = attrgetter(field.attname), attrgetter(field.target_field.attname)
        owners = {owner_key(each): each for each in instances}
        rows = given(querysets, instances)
        if rows is None:
            rows = self._all_rows()
        column = Scope(rows.query).reference(field.name)
        rows = among(rows, In(column, list(instances)), column)
        for row in rows:
            row._state.fields_cache.setdefault(field.name, owners[row_key(row)])
        return rows, row_key, owner_key, False, self.cache_name, False

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
                name = self.model._meta.object_name
                raise TypeError(f"{name!r} instance expected, got {each!r}")
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
        """Have exactly these rows point here; `clear` takes the others away first of all."""
        wanted = list(objects)
        with atomic(self._alias()):
            if self.field.null and clear:
                self.clear(bulk=bulk)
            elif self.field.null:
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

    def _own_rows(self) -> Any:
        return self._all_rows().filter(**{self.field.name: self.instance})

    def _check_saved(self) -> Any:
        if getattr(self.instance, self.field.target_field.attname) is None:
            raise ValueError(
                f"{self.instance!r} needs to be saved before "
                f"{self.cache_name!r} can be used: it has no key to point to."
            )
        return self.instance


for _name in ("create", "get_or_create", "update_or_create", "add", "remove", "clear", "set"):
    getattr(RelatedMethods, _name).alters_data = True  # templates must not call it
