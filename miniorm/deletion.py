"""Deleting a row, and what happens to the rows that point to it.

Step 6 of the trip. The database is not asked to cascade: what follows from a deletion is
the foreign key's `on_delete`, decided here in Python, so that it is the same on every
database, sends its signals, and can be seen. The collector first finds out everything
(and may refuse), then does it in one transaction.

Django's page "Model field reference", on_delete; in Django: `django.db.models.deletion`.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from miniorm import signals
from miniorm.connections import connections
from miniorm.errors import ProtectedError, RestrictedError
from miniorm.transaction import atomic
from miniorm.writing import delete, rows_of

# Keys in one statement: well below what either database takes.
CHUNK = 500

OnDelete = Callable[["Collector", Any, Sequence[Any], str], None]


# --- on_delete: what to do with the rows that point to one that goes ------------------


def CASCADE(collector: "Collector", field: Any, rows: Sequence[Any], using: str) -> None:  # noqa: N802
    """They go too."""
    collector.gather(rows)


def PROTECT(collector: "Collector", field: Any, rows: Sequence[Any], using: str) -> None:  # noqa: N802
    """Refuse to delete."""
    collector.protected.append((field, list(rows)))


def RESTRICT(collector: "Collector", field: Any, rows: Sequence[Any], using: str) -> None:  # noqa: N802
    """Refuse to delete, unless those rows go anyway, by another way."""
    collector.restricted.append((field, list(rows)))


def SET_NULL(collector: "Collector", field: Any, rows: Sequence[Any], using: str) -> None:  # noqa: N802
    """They point nowhere from now on."""
    collector.add_field_update(field, None, rows)


def SET_DEFAULT(collector: "Collector", field: Any, rows: Sequence[Any], using: str) -> None:  # noqa: N802
    """They point to the field's default."""
    collector.add_field_update(field, field.get_default(), rows)


def SET(value: Any) -> OnDelete:  # noqa: N802
    """They point to this, or to what this function returns."""

    def set_on_delete(collector: "Collector", field: Any, rows: Sequence[Any], using: str) -> None:
        found = value() if callable(value) else value
        key = getattr(found, field.target_field.attname) if hasattr(found, "_meta") else found
        collector.add_field_update(field, key, rows)

    set_on_delete.deconstruct = lambda: ("miniorm.models.SET", [value], {})  # type: ignore[attr-defined]
    return set_on_delete


def DO_NOTHING(collector: "Collector", field: Any, rows: Sequence[Any], using: str) -> None:  # noqa: N802
    """They stay as they are: the database will object, unless someone else sees to it."""


# --- the collector --------------------------------------------------------------------


class Collector:
    """Finds out what a deletion means, then does it."""

    def __init__(self, using: str, origin: Any = None) -> None:
        self.using = using
        self.origin = origin  # the instance or queryset whose delete() was called
        self.found: dict[Any, dict[Any, Any]] = {}  # model -> key -> instance, in order
        self.fast: list[Any] = []  # querysets that one DELETE each is enough for
        self.updates: list[tuple[Any, Any, list[Any]]] = []
        self.protected: list[tuple[Any, list[Any]]] = []
        self.restricted: list[tuple[Any, list[Any]]] = []

    # --- finding out ------------------------------------------------------------------

    def collect(self, instances: Iterable[Any], keep_parents: bool = False) -> None:
        """Take these in (all of one model), and whatever their foreign keys say follows.

        Raises ProtectedError or RestrictedError where that is that they must stay.
        """
        self.gather(instances, keep_parents)
        _refuse(self.protected, ProtectedError, "protected")
        # What points by RESTRICT to something that goes may go itself, by another way.
        staying = [(field, self._staying(rows)) for field, rows in self.restricted]
        _refuse([each for each in staying if each[1]], RestrictedError, "restricted")

    def gather(self, instances: Any, keep_parents: bool = False) -> None:
        """As `collect`, without the last word: for what follows from something else."""
        if hasattr(instances, "query") and self.can_fast_delete(instances.model):
            self.fast.append(instances)
            return
        new = self._not_found(instances)
        if not new:
            return
        model = type(new[0])
        meta = model._meta.concrete_model._meta
        self.found.setdefault(model, {}).update({each.pk: each for each in new})
        if not keep_parents:
            for link in meta.parents.values():
                self.gather([getattr(each, link.name) for each in new])
        for relation in meta.relations:
            if relation.on_delete in (None, DO_NOTHING):  # None: a many-to-many, whose links go
                continue
            for rows in self._rows_pointing_to(new, relation.field):
                if relation.on_delete is CASCADE and self.can_fast_delete(rows.model):
                    self.fast.append(rows)
                elif rows:
                    relation.on_delete(self, relation.field, list(rows), self.using)

    def can_fast_delete(self, model: Any) -> bool:
        """Whether nobody hears of its rows, and nothing follows from their going.

        Then nobody needs to know which they are: DELETE ... WHERE does it.
        """
        meta = model._meta.concrete_model._meta
        heard = signals.pre_delete.has_listeners(model) or signals.post_delete.has_listeners(model)
        alone = all(each.on_delete in (None, DO_NOTHING) for each in meta.relations)
        return alone and not meta.parents and (meta.auto_created or not heard)

    def add_field_update(self, field: Any, value: Any, instances: Iterable[Any]) -> None:
        """Have these rows changed instead: what an on_delete function of one's own may call."""
        self.updates.append((field, value, list(instances)))

    def _not_found(self, instances: Iterable[Any]) -> list[Any]:
        """Those that are not among what goes so far."""
        return [each for each in instances if not self._is_found(each)]

    def _is_found(self, instance: Any) -> bool:
        table = instance._meta.concrete_model
        return any(
            instance.pk in rows
            for model, rows in self.found.items()
            if model._meta.concrete_model is table
        )

    def _staying(self, rows: list[Any]) -> list[Any]:
        """Those that do not go, in one way or the other."""
        left = self._not_found(rows)
        for going in self.fast:
            if left and going.model._meta.concrete_model is left[0]._meta.concrete_model:
                found = going.filter(pk__in=[each.pk for each in left])
                keys = set(found.values_list("pk", flat=True))
                left = [each for each in left if each.pk not in keys]
        return left

    def _rows_pointing_to(self, instances: list[Any], field: Any) -> Iterable[Any]:
        keys = [getattr(each, field.target_field.attname) for each in instances]
        rows = field.model._base_manager.using(self.using)
        for chunk in _chunks(keys):
            yield rows.filter(**{f"{field.name}__in": chunk})

    # --- doing it ---------------------------------------------------------------------

    def delete(self) -> tuple[int, dict[str, int]]:
        """Do it: (how many rows, how many of each model)."""
        counts: dict[str, int] = {}
        with atomic(self.using, savepoint=False):
            self._send(signals.pre_delete)
            for rows in self.fast:
                _count(counts, rows.model, delete(connections[self.using], rows.query))
            for field, value, rows in self.updates:
                self._update(field, value, self._not_found(rows))
            # First what points to the others, should the database check at once.
            models = list(self.found)
            if len(models) > 1:
                from miniorm.schema import in_dependency_order

                models = in_dependency_order(models)
            for model in reversed(models):
                _count(counts, model, self._delete_rows(model, list(self.found[model])))
            self._send(signals.post_delete)
        for field, value, rows in self.updates:
            for row in rows:
                setattr(row, field.attname, value)
        for model, instances in self.found.items():
            for instance in instances.values():
                setattr(instance, model._meta.pk.attname, None)
        return sum(counts.values()), counts

    def _update(self, field: Any, value: Any, rows: list[Any]) -> None:
        for chunk in _chunks([row.pk for row in rows]):
            own = field.model._base_manager.using(self.using).filter(pk__in=chunk)
            own._update([(field, value)])

    def _delete_rows(self, model: Any, keys: list[Any]) -> int:
        connection = connections[self.using]
        return sum(delete(connection, rows_of(model, chunk)) for chunk in _chunks(keys))

    def _send(self, signal: signals.Signal) -> None:
        if not signal.receivers:
            return
        for model, instances in self.found.items():
            if model._meta.auto_created:  # links of a many-to-many have m2m_changed
                continue
            for instance in instances.values():
                signal.send(sender=model, instance=instance, using=self.using, origin=self.origin)


def _count(counts: dict[str, int], model: Any, count: int) -> None:
    if count:
        counts[model._meta.label] = counts.get(model._meta.label, 0) + count


def _refuse(found: list[tuple[Any, list[Any]]], error: Any, word: str) -> None:
    """Raise the error that names every foreign key and holds every row that objects."""
    if not found:
        return
    name = found[0][0].related_model.__name__
    fields = ", ".join(
        dict.fromkeys(f"'{field.model.__name__}.{field.name}'" for field, _ in found)
    )
    raise error(
        f"Cannot delete some instances of model {name!r} because they are referenced through "
        f"{word} foreign keys: {fields}.",
        {row for _, rows in found for row in rows},
    )


def _chunks(keys: list[Any]) -> Iterable[list[Any]]:
    for start in range(0, len(keys), CHUNK):
        yield keys[start : start + CHUNK]
