"""Methods that write: new rows, other values, fewer rows.

Step 6 of the trip. Those for many rows at once call neither save() nor send signals; delete()
does both where it must. Django's page "QuerySet API reference"; in Django:
`django.db.models.query`.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from miniorm import fields
from miniorm.connections import connections
from miniorm.deletion import Collector
from miniorm.errors import FieldError, IntegrityError
from miniorm.expressions import Case, Typed, Value, When
from miniorm.querysets.answering import Answering
from miniorm.suggest import did_you_mean
from miniorm.transaction import atomic
from miniorm.writing import insert, update


class Changing(Answering):
    """What changes rows."""

    # --- one object -------------------------------------------------------------------

    def create(self, *args: Any, **values: Any) -> Any:
        """A new object, saved."""
        if args:
            name = self.model.__name__
            raise TypeError(f"{name}.objects.create() takes values by name, and got {args[0]!r}.")
        instance = self.model(**values)
        instance.save(force_insert=True, using=self.db)
        return instance

    def get_or_create(self, defaults: Mapping[str, Any] | None = None, **kwargs: Any) -> Any:
        """(the object, whether it was created).

        Two may try at once: where a unique constraint lets only one of them create it, the
        other gets what the first has made.
        """
        self._refuse_combined("get_or_create")
        try:
            return self.get(**kwargs), False
        except self.model.DoesNotExist:
            pass
        values = _values_to_create(kwargs, defaults)
        try:
            with atomic(self.db):
                return self.create(**values), True
        except IntegrityError:
            try:
                return self.get(**kwargs), False
            except self.model.DoesNotExist:
                pass
            raise

    def update_or_create(
        self,
        defaults: Mapping[str, Any] | None = None,
        create_defaults: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> Any:
        """(the object with `defaults` set, whether it was created, with `create_defaults`)."""
        changes = dict(defaults or {})
        with atomic(self.db):
            # Nobody else changes it from here to save().
            rows = self.select_for_update()
            initial = changes if create_defaults is None else create_defaults
            instance, created = rows.get_or_create(initial, **kwargs)
            if not created:
                for name, value in changes.items():
                    setattr(instance, name, value() if callable(value) else value)
                instance.save(using=self.db, update_fields=self._fields_to_save(changes))
        return instance, created

    def _fields_to_save(self, changes: Mapping[str, Any]) -> set[str] | None:
        """The fields that were set, and those that save() sets; None: it cannot be told."""
        meta = self.model._meta
        own = {
            name: field
            for field in meta.local_fields
            for name in (field.name, field.attname)
            if not field.primary_key
        }
        if not own.keys() >= changes.keys():
            return None
        decided = [f for f in own.values() if type(f).pre_save is not fields.Field.pre_save]
        return {own[name].name for name in changes} | {field.name for field in decided}

    # --- many objects -----------------------------------------------------------------

    def bulk_create(
        self,
        objs: Iterable[Any],
        batch_size: int | None = None,
        ignore_conflicts: bool = False,
        update_conflicts: bool = False,
        update_fields: Sequence[str] | None = None,
        unique_fields: Sequence[str] | None = None,
    ) -> list[Any]:
        """Save many new objects with few statements; neither save() nor signals are called.

        A row that is there already is an error, unless such are to be ignored, or to be updated
        in `update_fields`.
        """
        objects = list(objs)
        if batch_size is not None and batch_size <= 0:
            raise ValueError("Batch size must be a positive integer.")
        if self.model._meta.concrete_model._meta.parents:
            raise ValueError("Can't bulk create a multi-table inherited model")
        if not objects:
            return objects
        if ignore_conflicts and update_conflicts:
            raise ValueError("ignore_conflicts and update_conflicts are mutually exclusive.")
        conflict = "ON CONFLICT DO NOTHING" if ignore_conflicts else ""
        if update_conflicts:
            conflict = self._upsert(update_fields, unique_fields)
        size = batch_size or len(objects)
        pk = self.model._meta.pk
        for each in objects:
            each._check_related_objects_saved()
        with atomic(self.db, savepoint=False):
            for start in range(0, len(objects), size):
                batch = objects[start : start + size]
                keyless = [each for each in batch if getattr(each, pk.attname) is None]
                if len(keyless) < len(batch):
                    keyed = [each for each in batch if each.pk is not None]
                    self._insert_batch(keyed, False, conflict)
                self._insert_batch(keyless, True, conflict)
        return objects

    def _upsert(self, update_fields: Any, unique_fields: Any) -> str:
        """What a row does that is there already: take the new values."""
        if not update_fields:
            raise ValueError(
                "Fields that will be updated when a row insertion fails on conflicts must be "
                "provided."
            )
        if not unique_fields:
            raise ValueError("Unique fields that can trigger the upsert must be provided.")
        wanted = [self._column("bulk_create", name) for name in update_fields]
        if any(field.primary_key for field in wanted):
            raise ValueError("bulk_create() cannot be used with primary keys in update_fields.")
        quote = connections[self.db].ops.quote_name
        unique = [quote(self._column("bulk_create", name).column) for name in unique_fields]
        changed = (quote(field.column) for field in wanted)
        changes = ", ".join(f"{column} = EXCLUDED.{column}" for column in changed)
        return f"ON CONFLICT ({', '.join(unique)}) DO UPDATE SET {changes}"

    def _column(self, method: str, name: str) -> Any:
        field = self.model._meta.by_name.get(name)
        if field is None or not field.concrete or field.many_to_many or field.generated:
            known = [each.name for each in self.model._meta.fields if not each.generated]
            raise FieldError(
                f"{method}() got {name!r}, which is no column of {self.model._meta.label}; there "
                f"are {', '.join(known)}.{did_you_mean(name, known)}"
            )
        return field

    def _insert_batch(self, objects: list[Any], numbered: bool, conflict: str) -> None:
        """INSERT objects; `numbered`: the database gives them their keys."""
        if not objects:
            return
        new = self.model._meta.concrete_model._meta.new_rows(numbered)
        alias = self.db
        found = insert(connections[alias], new, new.values(objects), conflict)
        if len(found) < len(objects):  # which were ignored, nobody knows
            return
        for each, values in zip(objects, found, strict=True):
            for field, value in zip(new.told, values, strict=True):
                setattr(each, field.attname, value)
            state = each._state
            state.adding, state.db = False, alias

    def bulk_update(
        self, objs: Iterable[Any], fields: Iterable[str], batch_size: int | None = None
    ) -> int:
        """Write these fields of many objects with few statements; how many rows there were."""
        objects = tuple(objs)
        if batch_size is not None and batch_size <= 0:
            raise ValueError("Batch size must be a positive integer.")
        names = list(fields)
        known = self.model._meta.by_name
        if any(name in known and not known[name].concrete for name in names):
            raise ValueError("bulk_update() can only be used with concrete fields.")
        columns = [self._column("bulk_update", name) for name in names]
        if not columns:
            raise ValueError("Field names must be given to bulk_update().")
        if any(each.primary_key for each in columns):
            raise ValueError("bulk_update() cannot be used with primary key fields.")
        if not all(each.pk is not None for each in objects):
            raise ValueError("All bulk_update() objects must have a primary key set.")
        for each in objects:
            each._check_related_objects_saved()
        # For each object its key and, for each field, the key again with the value.
        most = (connections[self.db].features.max_query_params or 30_000) // (1 + 2 * len(columns))
        size = min(batch_size or most, most)
        rows = self.model._base_manager.using(self.db)
        with atomic(self.db, savepoint=False):
            return sum(
                _update_batch(rows, objects[start : start + size], columns)
                for start in range(0, len(objects), size)
            )

    def update(self, **values: Any) -> int:
        """Change these fields in all rows, in one statement; how many rows there were."""
        self._refuse_combined("update")
        self._refuse_slice("update")
        if self.query.distinct_on:
            raise TypeError("Cannot call update() after .distinct(*fields).")
        found = [(self._column("update", name), value) for name, value in values.items()]
        changes = [(field, _assignable(field, value)) for field, value in found]
        self._result_cache = None
        return self._update(changes)

    def _update(self, changes: Sequence[tuple[Any, Any]]) -> int:
        return update(connections[self.db], self.query, changes)

    def delete(self) -> tuple[int, dict[str, int]]:
        """Delete the rows and what depends on them; (how many, how many of each model)."""
        self._refuse_combined("delete")
        if self.query.is_sliced:
            raise TypeError("Cannot use 'limit' or 'offset' with delete().")
        if self._shape != "objects":
            raise TypeError("Cannot call delete() after .values() or .values_list()")
        if self.query.distinct:
            raise TypeError("Cannot call delete() after .distinct().")
        collector = Collector(self.db, origin=self)
        with atomic(self.db, savepoint=False):
            collector.collect(self._clone(ordering=(), related=(), lock=None))
            answer = collector.delete()
        self._result_cache = None
        return answer

    delete.queryset_only = True  # type: ignore[attr-defined]


for _name in (
    "create", "get_or_create", "update_or_create", "bulk_create", "bulk_update", "update", "delete",
):  # fmt: skip
    getattr(Changing, _name).alters_data = True  # templates must not call it


def _update_batch(rows: Any, objects: Sequence[Any], columns: Sequence[Any]) -> int:
    """One UPDATE: for each field, CASE says which object's value it is."""
    changes = []
    for field in columns:
        whens = []
        for each in objects:
            value = getattr(each, field.attname)
            if not hasattr(value, "resolve_expression"):
                value = Value(value, output_field=field)
            whens.append(When(pk=each.pk, then=value))
        changes.append((field, Typed(Case(*whens, output_field=field), output_field=field)))
    found: int = rows.filter(pk__in=[each.pk for each in objects])._update(changes)
    return found


def _values_to_create(kwargs: dict[str, Any], defaults: Mapping[str, Any] | None) -> Any:
    """What was looked for by equality, and the defaults (called where they are functions)."""
    values = {name: value for name, value in kwargs.items() if "__" not in name}
    for name, value in (defaults or {}).items():
        values[name] = value() if callable(value) else value
    return values


def _assignable(field: Any, value: Any) -> Any:
    """An object as its key."""
    if not field.is_relation or not hasattr(value, "_meta"):
        return value
    if not isinstance(value, field.related_model._meta.concrete_model):
        raise ValueError(
            f"Cannot assign {value!r}: {field} must be a {field.related_model.__name__} instance."
        )
    return getattr(value, field.target_field.attname)
