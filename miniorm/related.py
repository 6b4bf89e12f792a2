"""Related objects: what `choice.question` and `question.choice_set` do on an instance.

Step 6 of the trip. A foreign key puts a descriptor on either model: an object on a class
whose __get__ and __set__ run when the attribute is read or written on an instance (Python's
"Descriptor Guide"). Towards one object it fetches when first asked, and then keeps it;
towards many it gives a manager of those that point here (`relatedset`).

Django's page "Related objects reference"; in Django:
`django.db.models.fields.related_descriptors`.
"""

from collections.abc import Sequence
from functools import cached_property
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from miniorm.prefetch import Prefetched, given
from miniorm.relatedset import RelatedMethods, related_manager

if TYPE_CHECKING:
    from miniorm.relations import ForeignKey, ManyToOneRel


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
