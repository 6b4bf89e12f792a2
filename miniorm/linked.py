"""Linked objects: what `article.publications` does.

Step 6 of the trip. The manager on an instance gives the objects at the other end of its
links, and makes and deletes links: rows of the many-to-many relation's `through` model. Both
ends have one; they differ in which of the two foreign keys is the near one.

Django's pages "Many-to-many relationships" and "Related objects reference"; in Django:
`create_forward_many_to_many_manager` in `django.db.models.fields.related_descriptors`.
"""

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any

from miniorm import signals
from miniorm.conditions import Q
from miniorm.errors import IntegrityError
from miniorm.expressions import Col
from miniorm.listlookups import In
from miniorm.lookups import Exact
from miniorm.prefetch import Prefetched, among, given
from miniorm.query import Join, Path
from miniorm.relatedset import RelatedSet, related_manager
from miniorm.transaction import atomic


class ManyToManyDescriptor:
    """`article.publications`, and on the other side `publication.article_set`."""

    def __init__(self, rel: Any, reverse: bool) -> None:
        self.rel = rel
        self.field = rel.field
        self.reverse = reverse

    @property
    def through(self) -> Any:
        return self.field.through

    @property
    def model(self) -> Any:
        """The model of the objects that one comes to."""
        return self.field.model if self.reverse else self.field.related_model

    @property
    def related_manager_cls(self) -> Any:
        return related_manager(LinkedMethods, self.model._default_manager)

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        if instance is None:
            return self
        return self.related_manager_cls(instance, self)

    def __set__(self, instance: Any, value: Any) -> None:
        side = "reverse" if self.reverse else "forward"
        name = self.rel.get_accessor_name() if self.reverse else self.field.name
        raise TypeError(
            f"Direct assignment to the {side} side of a many-to-many set is prohibited. Use "
            f"{name}.set() instead."
        )


class LinkedMethods(RelatedSet):
    """Of the objects that are linked to an instance."""

    class_name = "ManyRelatedManager"

    def __init__(
        self, instance: Any, descriptor: ManyToManyDescriptor, manager: Any = None
    ) -> None:
        model = descriptor.model
        self._begin(instance, descriptor.rel, model, manager or model._default_manager)
        self.descriptor = descriptor
        self.reverse = descriptor.reverse
        self.through = descriptor.through
        self.symmetrical = descriptor.rel.symmetrical and descriptor.rel.hidden
        source, target = descriptor.field.links
        # The link's foreign key to the instance, and the one to the objects linked to it.
        self.source, self.target = (target, source) if self.reverse else (source, target)
        self.key = getattr(instance, self.source.target_field.attname)
        if self.key is None:
            raise ValueError(
                f'"{instance!r}" needs to have a value for field '
                f'"{self.source.target_field.name}" before this many-to-many relationship can be '
                "used."
            )

    def __call__(self, *, manager: str) -> Any:
        """The same by another of the model's managers: `article.publications(manager="x")`."""
        other = self.model._meta.managers_map[manager]
        return related_manager(LinkedMethods, other)(self.instance, self.descriptor, other)

    @property
    def source_field_name(self) -> str:
        return self.source.name  # type: ignore[no-any-return]

    @property
    def target_field_name(self) -> str:
        return self.target.name  # type: ignore[no-any-return]

    @property
    def cache_name(self) -> str:
        field = self.descriptor.field
        return self.relation.cache_name if self.reverse else field.name  # type: ignore[no-any-return]

    # --- the objects at the other end -------------------------------------------------

    def get_queryset(self) -> Any:
        """The objects linked to the instance; what was prefetched, where it was."""
        prefetched = self._prefetched()
        if prefetched is not None:
            return prefetched
        rows = self._all_rows()
        column = Col(self._way_to_links(rows), self.source)
        return self._where(rows, Exact(column, self.key))

    def _way_to_links(self, rows: Any) -> Path:
        """From the other model to the links, as the next filter() of it will go too."""
        back = self.target.remote_field
        parents = [Join(link) for link in self.model._meta.links_to(back.model)]
        return (*parents, Join(back, rows.query.filters + 1))

    def _where(self, rows: Any, condition: Any) -> Any:
        # The count of filters stays: `article.publications.filter(membership__since=...)`
        # asks of the very link by which the publication is one of this article.
        rows._refuse_slice("filter")
        return rows._clone(where=(*rows.query.where, condition))

    def get_prefetch_querysets(
        self, instances: Sequence[Any], querysets: Sequence[Any] | None = None
    ) -> Prefetched:
        rows = given(querysets, instances)
        if rows is None:
            rows = self._all_rows()
        owner_key = attrgetter(self.source.target_field.attname)
        column = Col(self._way_to_links(rows), self.source)
        rows = among(rows, In(column, [owner_key(each) for each in instances]), column)
        # Each row says whose it is: one object linked to two instances comes twice.
        name = f"_prefetch_related_val_{self.source.attname}"
        rows = rows._clone(annotations=(*rows.query.annotations, (name, column)))
        return rows, attrgetter(name), owner_key, False, self.cache_name, False

    # --- making and deleting links ----------------------------------------------------

    def add(self, *objects: Any, through_defaults: Any = None) -> None:
        """Link these objects (or keys) to the instance, those that are not linked yet."""
        self._forget_prefetched()
        with atomic(self._alias(), savepoint=False):
            self._link(self.source, self.target, objects, through_defaults)
            if self.symmetrical:
                self._link(self.target, self.source, objects, through_defaults)

    def _link(self, source: Any, target: Any, objects: Sequence[Any], defaults: Any) -> None:
        keys = self._keys(target, objects)
        if not keys:
            return
        missing = self._missing(source, target, keys)
        loud = source is self.source or self.reverse  # a symmetrical link's mirror is not told
        if loud:
            self._send("pre_add", set(missing))
        values = {
            name: value() if callable(value) else value for name, value in (defaults or {}).items()
        }
        for _ in range(2):
            try:
                with atomic(self._alias()):
                    self._insert(source, target, missing, values)
                break
            except IntegrityError:
                # Someone else made one of these links meanwhile: then it is there.
                if len(again := self._missing(source, target, keys)) == len(missing):
                    raise
                missing = again
        if loud:
            self._send("post_add", set(missing))

    def _insert(self, source: Any, target: Any, keys: list[Any], values: dict[str, Any]) -> None:
        links = [
            self.through(**values, **{source.attname: self.key, target.attname: key})
            for key in keys
        ]
        if links:
            self._links().bulk_create(links)

    def _missing(self, source: Any, target: Any, keys: dict[Any, None]) -> list[Any]:
        rows = self._links().filter(
            **{source.attname: self.key, f"{target.attname}__in": list(keys)}
        )
        there = set(rows.values_list(target.attname, flat=True))
        return [key for key in keys if key not in there]

    def _keys(self, target: Any, objects: Iterable[Any]) -> dict[Any, None]:
        """What a link holds of these objects, or keys; each once, in order."""
        found: dict[Any, None] = {}
        for each in objects:
            if isinstance(each, self.model._meta.concrete_model):
                key = getattr(each, target.target_field.attname)
                if key is None:
                    raise ValueError(
                        f'Cannot add "{each!r}": the value for field "{target.name}" is None'
                    )
            elif hasattr(each, "_meta"):
                raise TypeError(f"{self.model._meta.object_name!r} instance expected, got {each!r}")
            else:
                key = target.target_field.to_python(target.get_prep_value(each))
            found[key] = None
        return found

    def remove(self, *objects: Any) -> None:
        """Delete the links to these objects (or keys)."""
        self._forget_prefetched()
        keys = list(self._keys(self.target, objects))
        if keys:
            self._unlink("remove", keys)

    def clear(self) -> None:
        """Delete all links of the instance."""
        self._forget_prefetched()
        self._unlink("clear", None)

    def _unlink(self, action: str, keys: list[Any] | None) -> None:
        pk_set = None if keys is None else set(keys)
        with atomic(self._alias(), savepoint=False):
            self._send(f"pre_{action}", pk_set)
            # A manager that hides objects does not delete the links to them.
            visible = self._all_rows()
            if visible.query.where:
                name = self.target.target_field.attname
                if keys is not None:
                    visible = visible.filter(**{f"{name}__in": keys})
                keys = list(visible.values_list(name, flat=True))
            wanted = self._own_links(self.source, self.target, keys)
            if self.symmetrical:
                wanted |= self._own_links(self.target, self.source, keys)
            self._links().filter(wanted).delete()
            self._send(f"post_{action}", pk_set)

    def _own_links(self, source: Any, target: Any, keys: list[Any] | None) -> Q:
        own = Q((source.attname, self.key))
        return own if keys is None else own & Q((f"{target.attname}__in", keys))

    def set(
        self, objects: Iterable[Any], *, clear: bool = False, through_defaults: Any = None
    ) -> None:
        """Have links to exactly these; those that stay are left alone, unless `clear`."""
        wanted = list(objects)
        with atomic(self._alias(), savepoint=False):
            if clear:
                self.clear()
                self.add(*wanted, through_defaults=through_defaults)
                return
            name = self.target.target_field.attname
            before = set(self._fresh().values_list(name, flat=True))
            keys = self._keys(self.target, wanted)
            self.remove(*(key for key in before if key not in keys))
            new = [key for key in keys if key not in before]
            self.add(*new, through_defaults=through_defaults)

    def _fresh(self) -> Any:
        self._forget_prefetched()
        return self.get_queryset()

    def create(self, *, through_defaults: Any = None, **values: Any) -> Any:
        """A new object, saved and linked."""
        with atomic(self._alias(), savepoint=False):
            found = self._all_rows().create(**values)
            self.add(found, through_defaults=through_defaults)
        return found

    def get_or_create(
        self, defaults: Any = None, *, through_defaults: Any = None, **values: Any
    ) -> Any:
        with atomic(self._alias(), savepoint=False):
            found, created = self.get_queryset().get_or_create(defaults, **values)
            if created:
                self.add(found, through_defaults=through_defaults)
        return found, created

    def update_or_create(
        self, defaults: Any = None, *, through_defaults: Any = None, **values: Any
    ) -> Any:
        with atomic(self._alias(), savepoint=False):
            found, created = self.get_queryset().update_or_create(defaults, **values)
            if created:
                self.add(found, through_defaults=through_defaults)
        return found, created

    def _links(self) -> Any:
        return self.through._default_manager.using(self._alias())

    def _send(self, action: str, pk_set: Any) -> None:
        if signals.m2m_changed.receivers:
            signals.m2m_changed.send(
                sender=self.through,
                action=action,
                instance=self.instance,
                reverse=self.reverse,
                model=self.model,
                pk_set=pk_set,
                using=self._alias() or "default",
            )


for _name in ("create", "get_or_create", "update_or_create", "add", "remove", "clear", "set"):
    getattr(LinkedMethods, _name).alters_data = True  # templates must not call it
