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

# Keys in one statement: well below what either database takes.
CHUNK = 500

OnDelete = Callable[["Collector", Any, Sequence[Any], str], None]


# --- on_delete: what to do with the rows that point to one that goes ------------------


def CASCADE(collector: "Collector", field: Any, rows: Sequence[Any], using: str) -> None:  # noqa: N802
    """They go too."""
    collector.collect(rows)


def PROTECT(collector: "Collector", field: Any, rows: Sequence[Any], using: str) -> None:  # noqa: N802
    """Refuse to delete."""
    raise ProtectedError(
        f"Cannot delete some instances of model {field.related_model.__name__!r} because they "
        f"are referenced through protected foreign keys: '{field}'.",
        rows,
    )


def RESTRICT(collector: "Collector", field: Any, rows: Sequence[Any], using: str) -> None:  # noqa: N802
    """Refuse to delete, unless those rows go anyway, by another way."""
    collector.restricted.append((field, list(rows)))


def SET_NULL(collector: "Collector", field: Any, rows: Sequence[Any], using: str) -> None:  # noqa: N802
    """They point nowhere from now on."""
    collector.updates.append((field, None, list(rows)))


def SET_DEFAULT(collector: "Collector", field: Any, rows: Sequence[Any], using: str) -> None:  # noqa: N802
    """They point to the field's default."""
    collector.updates.append((field, field.get_default(), list(rows)))


def SET(value: Any) -> OnDelete:  # noqa: N802
    """They point to this, or to what this function returns."""

    def set_on_delete(collector: "Collector", field: Any, rows: Sequence[Any], using: str) -> None:
        found = value() if callable(value) else value
        collector.updates.append((field, getattr(found, "pk", found), list(rows)))

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
        self.updates: list[tuple[Any, Any, list[Any]]] = []
        self.restricted: list[tuple[Any, list[Any]]] = []

    def collect(self, instances: Iterable[Any]) -> None:
        """Take these in (all of one model), and whatever their foreign keys say follows."""
        new = [each for each in instances if self._is_new(each)]
        if not new:
            return
        model = type(new[0])
        self.found.setdefault(model, {}).update({each.pk: each for each in new})
        for relation in _pointing_to(model):
            field = relation.field
            if relation.on_delete is DO_NOTHING:
                continue
            for rows in self._rows_pointing_to(new, field):
                relation.on_delete(self, field, rows, self.using)

    def _is_new(self, instance: Any) -> bool:
        return instance.pk not in self.found.get(type(instance), {})

    def _rows_pointing_to(self, instances: list[Any], field: Any) -> Iterable[list[Any]]:
        keys = [getattr(each, field.target_field.attname) for each in instances]
        rows = field.model._default_manager.raw_queryset(self.using)
        for chunk in _chunks(keys):
            if found := list(rows.filter(**{f"{field.name}__in": chunk})):
                yield found

    def delete(self) -> tuple[int, dict[str, int]]:
        """Do it: (how many rows, how many of each model)."""
        self._check_restricted()
        counts: dict[str, int] = {}
        with atomic(self.using, savepoint=False):
            self._send(signals.pre_delete)
            for field, value, rows in self.updates:
                self._update(field, value, rows)
            # What was found last points to what was found before it.
            for model, instances in reversed(self.found.items()):
                count = self._delete_rows(model, list(instances))
                if count:
                    counts[model._meta.label] = count
            self._send(signals.post_delete)
        for instances in self.found.values():
            for instance in instances.values():
                instance.pk = None
        return sum(counts.values()), counts

    def _check_restricted(self) -> None:
        for field, rows in self.restricted:
            if staying := [row for row in rows if self._is_new(row)]:
                raise RestrictedError(
                    f"Cannot delete some instances of model {field.related_model.__name__!r} "
                    f"because they are referenced through restricted foreign keys: '{field}'.",
                    staying,
                )

    def _update(self, field: Any, value: Any, rows: list[Any]) -> None:
        manager = field.model._default_manager
        for chunk in _chunks([row.pk for row in rows]):
            manager.raw_queryset(self.using).filter(pk__in=chunk)._update([(field, value)])

    def _delete_rows(self, model: Any, keys: list[Any]) -> int:
        from miniorm.writing import delete

        rows = model._default_manager.raw_queryset(self.using)
        return sum(
            delete(connections[self.using], rows.filter(pk__in=chunk).query)
            for chunk in _chunks(keys)
        )

    def _send(self, signal: signals.Signal) -> None:
        if not signal.receivers:
            return
        for model, instances in self.found.items():
            for instance in instances.values():
                signal.send(sender=model, instance=instance, using=self.using, origin=self.origin)


def _pointing_to(model: Any) -> list[Any]:
    """The relations of all foreign keys to `model`, those without a way back too."""
    from miniorm.registry import get_models

    return [
        field.remote_field
        for other in get_models()
        for field in other._meta.fields
        if field.is_relation and field.remote_field.model is model
    ]


def _chunks(keys: list[Any]) -> Iterable[list[Any]]:
    for start in range(0, len(keys), CHUNK):
        yield keys[start : start + CHUNK]
