"""Related objects: what `choice.question` and `question.choice_set` do on an instance.

Step 6 of the trip. A foreign key puts a descriptor on either model: an object on a class
whose __get__ and __set__ run when the attribute is read or written on an instance (Python's
"Descriptor Guide"). Towards one object it fetches when first asked, and then keeps it;
towards many it gives a manager of those that point here.

Django's page "Related objects reference"; in Django:
`django.db.models.fields.related_descriptors`.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from miniorm.transaction import atomic

if TYPE_CHECKING:
    from miniorm.relations import ForeignKey, ManyToOneRel


class ForwardDescriptor:
    """`choice.question`: the object that the foreign key points to."""

    def __init__(self, field: "ForeignKey") -> None:
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

    def __init__(self, relation: "ManyToOneRel") -> None:
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

    def __init__(self, relation: "ManyToOneRel") -> None:
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

    def __init__(self, instance: Any, relation: "ManyToOneRel") -> None:
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
