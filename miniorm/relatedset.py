"""The manager of those that point to an instance: `question.choice_set`.

Step 6 of the trip. It is the other model's own manager with the methods of this module above it:
so `question.choice_set.published()` works where `Choice.objects.published()` does, and asks for
this question's choices only.

Django's page "Related objects reference"; in Django:
`django.db.models.fields.related_descriptors` (create_reverse_many_to_one_manager).
"""

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from miniorm.listlookups import In
from miniorm.prefetch import Prefetched, among, given
from miniorm.query import Scope
from miniorm.transaction import atomic

if TYPE_CHECKING:
    from miniorm.relations import ManyToOneRel

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
