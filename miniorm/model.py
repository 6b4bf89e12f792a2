"""A model: a class is a table, an instance is a row.

Step 6 of the trip. The class body lists the fields; `modelbase` turns it into a model:

    class Question(models.Model):
        question_text = models.CharField(max_length=200)

    Question(question_text="Why?").save()

What is known of a row besides its columns (which database, whether it is new, the related
objects fetched so far) lies in one `_state`, so that the instance's other attributes are
the plain values. Django's pages "Models" and "Model instance reference"; in Django:
`django.db.models.base`.
"""

from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from miniorm import configuration, fields, ordered, signals
from miniorm.connections import connections
from miniorm.deletion import Collector
from miniorm.errors import DatabaseError
from miniorm.modelbase import ModelBase
from miniorm.state import AltersData, ModelState
from miniorm.suggest import did_you_mean
from miniorm.transaction import atomic
from miniorm.validation import Validated
from miniorm.writing import insert, rows_of, update

DEFAULT_ALIAS = configuration.DEFAULT_ALIAS


class Writing(NamedTuple):
    """How `save()` is to write: what it was told, for each of its tables."""

    using: str
    insert: bool
    update: bool
    fields: frozenset[str] | None
    raw: bool


class Model(Validated, AltersData, metaclass=ModelBase):
    """The base of all models."""

    _meta: Any
    _state: ModelState
    DoesNotExist: Any
    MultipleObjectsReturned: Any
    objects: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        cls, meta = type(self), getattr(self, "_meta", None)
        if meta is None or meta.abstract:
            raise TypeError(f"{cls.__name__} is abstract: it has no table, and no instances.")
        if signals.pre_init.receivers:
            signals.pre_init.send(sender=cls, args=args, kwargs=kwargs)
        self._state = ModelState()
        if args:
            kwargs = self._named(args, kwargs)
        rest = meta.fill(self, **kwargs)
        if rest:
            self._take(rest)
        if signals.post_init.receivers:
            signals.post_init.send(sender=cls, instance=self)

    def _take(self, rest: dict[str, Any]) -> None:
        """What is no column: a relation's object, "pk", a property."""
        for name in list(rest):
            if name in self._meta.by_name or isinstance(getattr(type(self), name, None), property):
                setattr(self, name, rest.pop(name))
        if rest:
            raise _unexpected(type(self), rest)

    def _named(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        """The values that were given by position, in the order of the fields, by name as well."""
        fields, name = self._meta.fields, type(self).__name__
        if len(args) > len(fields):
            raise IndexError(
                f"{name}() got {len(args)} positional values for its {len(fields)} fields."
            )
        for field in fields[: len(args)]:
            if field.name in kwargs or field.attname in kwargs:
                raise TypeError(f"{name}() got {field.name!r} both by position and by name.")
        return {**kwargs, **dict(zip((field.attname for field in fields), args, strict=False))}

    @classmethod
    def from_db(cls, db: str, field_names: Collection[str], values: Iterable[Any]) -> Any:
        """An instance of a row. A model that overrides it gets all its rows through it."""
        instance = cls(**dict(zip(field_names, values, strict=True)))
        if len(field_names) < len(cls._meta.fields):
            for name in {field.attname for field in cls._meta.fields}.difference(field_names):
                instance.__dict__.pop(name, None)
        instance._state.adding = False
        instance._state.db = db
        return instance

    def __getattr__(self, name: str) -> Any:
        """A field that defer() left out is fetched when it is asked for."""
        state = self.__dict__.get("_state")
        if state is None or state.adding or name not in self.get_deferred_fields():
            return object.__getattribute__(self, name)  # raises again what was raised
        self.refresh_from_db(fields=[name])
        return self.__dict__[name]

    def get_deferred_fields(self) -> set[str]:
        """The attributes that were not fetched so far."""
        return {each.attname for each in self._meta.fields}.difference(self.__dict__)

    # --- what it is -------------------------------------------------------------------

    @property
    def pk(self) -> Any:
        return getattr(self, self._meta.pk.attname)

    @pk.setter
    def pk(self, value: Any) -> None:
        for link in self._meta.parents.values():
            if link is not None and link is not self._meta.pk:
                setattr(self, link.target_field.attname, value)
        setattr(self, self._meta.pk.attname, value)

    def __str__(self) -> str:
        return f"{type(self).__name__} object ({self.pk})"

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self}>"

    def __eq__(self, other: object) -> bool:
        """The same row of the same table; an instance without a key equals itself only."""
        if not isinstance(other, Model):
            return NotImplemented
        if self._meta.concrete_model is not other._meta.concrete_model:
            return False
        return self is other if self.pk is None else bool(self.pk == other.pk)

    def __hash__(self) -> int:
        if self.pk is None:
            raise TypeError("Model instances without primary key value are unhashable")
        return hash(self.pk)

    def serializable_value(self, field_name: str) -> Any:
        return getattr(self, self._meta.get_field(field_name).attname)

    # --- to the database --------------------------------------------------------------

    def save(
        self,
        force_insert: bool = False,
        force_update: bool = False,
        using: str | None = None,
        update_fields: Iterable[str] | None = None,
    ) -> None:
        """Write the instance: UPDATE where it is known, else INSERT.

        `update_fields` names the only fields to write. Raises DatabaseError where an
        update was demanded and there is no such row.
        """
        if force_insert and (force_update or update_fields is not None):
            raise ValueError("save() cannot be forced to insert and to update at once.")
        using = using or self._state.db or DEFAULT_ALIAS
        self._check_related_objects_saved()
        names = None
        if update_fields is not None:
            names = self._names_to_update(update_fields)
            if not names:
                return
        elif not force_insert and using == self._state.db and (left := self.get_deferred_fields()):
            loaded = (each for each in self._meta.fields if each.attname not in left)
            names = frozenset(each.name for each in loaded if not each.primary_key)
        self.save_base(using, force_insert, force_update, names)

    save.alters_data = True  # type: ignore[attr-defined]  # templates must not call it

    def save_base(
        self,
        using: str = DEFAULT_ALIAS,
        force_insert: bool = False,
        force_update: bool = False,
        update_fields: frozenset[str] | None = None,
        raw: bool = False,
    ) -> None:
        """The writing part of `save()`: between the two signals, without the checks.

        `raw` (loading saved rows) writes what is there: no auto_now.
        """
        sender, table = type(self), self._meta.concrete_model
        details = {"instance": self, "raw": raw, "using": using, "update_fields": update_fields}
        if signals.pre_save.receivers:
            signals.pre_save.send(sender=sender, **details)
        how = Writing(using, force_insert, force_update, update_fields, raw)
        with atomic(using, savepoint=False) if table._meta.parents else connections[using].write():
            new_above = not raw and self._save_parents(table, how)
            created = self._save_table(table, how._replace(insert=True) if new_above else how)
        self._state.db = using
        self._state.adding = False
        if signals.post_save.receivers:
            signals.post_save.send(sender=sender, created=created, **details)

    save_base.alters_data = True  # type: ignore[attr-defined]

    def _save_parents(self, table: Any, how: "Writing") -> bool:
        """Write the rows of the models above that have tables; whether one is new."""
        created = False
        for parent, link in table._meta.parents.items():
            # The link here and the key there are one value, whichever of them was given.
            key = link.target_field.attname
            if getattr(self, key) is None and getattr(self, link.attname) is not None:
                setattr(self, key, getattr(self, link.attname))
            new_above = self._save_parents(parent, how)
            if self._save_table(parent, how._replace(insert=new_above)):
                created = True
            setattr(self, link.attname, getattr(self, key))
            self._state.fields_cache.pop(link.name, None)
        return created

    def _save_table(self, table: Any, how: "Writing") -> bool:
        """Write one row; whether it is a new one."""
        if self._updated(table, how):
            return False
        if table._meta.order_with_respect_to and not how.raw:
            ordered.give_place(self, how.using)
        self._insert(table, how)
        return True

    def _updated(self, table: Any, how: "Writing") -> bool:
        """Try the UPDATE; whether that did it, so that no INSERT is needed."""
        if how.insert:
            return False
        meta = table._meta
        key = getattr(self, meta.pk.attname)
        must = how.update or how.fields is not None
        if key is None:
            if must:
                raise ValueError(f"An update of a {type(self).__name__} needs its primary key.")
            return False
        # A new instance whose key came from a default cannot be in the table.
        given = meta.pk.has_default() or meta.pk.has_db_default()
        if self._state.adding and not must and given:
            return False
        values = [
            (field, getattr(self, field.attname) if how.raw else field.pre_save(self, add=False))
            for field in meta.local_fields
            if not (field.primary_key or field.generated)
            and (how.fields is None or field.name in how.fields)
        ]
        if not values and how.fields is not None:  # it is another table's fields that change
            return True
        found = self._found(table, key, values, how.using)
        if must and not found:
            raise DatabaseError(
                f"An update was demanded of {self!r}, and no row with the key {key!r} is in "
                f"{meta.db_table!r}."
            )
        return found

    def _found(self, table: Any, key: Any, values: list[tuple[Any, Any]], using: str) -> bool:
        """Whether the row is there, of which these values are written."""
        manager = table._base_manager
        if values and manager is table._meta.plain_manager:
            return bool(update(connections[using], rows_of(table, [key]), values))
        rows = manager.using(using).filter(pk=key)
        return bool(rows._update(values)) if values else bool(rows.exists())

    def _insert(self, table: Any, how: "Writing") -> None:
        meta = table._meta
        numbered = getattr(self, meta.pk.attname) is None and isinstance(meta.pk, fields.AutoField)
        new = meta.new_rows(numbered)
        (found,) = insert(connections[how.using], new, new.values([self], how.raw))
        for field, value in zip(new.told, found, strict=True):
            setattr(self, field.attname, value)

    def _names_to_update(self, update_fields: Iterable[str]) -> frozenset[str]:
        allowed = {
            name: field.name
            for field in self._meta.fields
            if not (field.primary_key or field.generated)
            for name in (field.name, field.attname)
        }
        wanted = list(update_fields)
        for name in wanted:
            if name not in allowed:
                raise ValueError(
                    f"update_fields names {name!r}, which is no field of {self._meta.label} that "
                    f"can be updated; there are {', '.join(sorted(set(allowed.values())))}."
                    f"{did_you_mean(name, allowed)}"
                )
        return frozenset(allowed[name] for name in wanted)

    def _check_related_objects_saved(self) -> None:
        """A row cannot point to one that is not there; and it may have got its key since."""
        for field in self._meta.fields if self._state.fields_cache else ():
            if not field.is_relation:
                continue
            related = self._state.fields_cache.get(field.name)
            if related is None:
                continue
            key = getattr(related, field.target_field.attname)
            if related.pk is None or key is None:
                raise ValueError(
                    f"save() prohibited to prevent data loss due to unsaved related object "
                    f"{field.name!r}: save it first."
                )
            if getattr(self, field.attname) in field.empty_values:
                setattr(self, field.attname, key)

    def delete(
        self, using: str | None = None, keep_parents: bool = False
    ) -> tuple[int, dict[str, int]]:
        """Delete the row and what depends on it; (how many, how many of each model)."""
        if self.pk is None:
            raise ValueError(
                f"{type(self).__name__} object can't be deleted because its "
                f"{self._meta.pk.attname} attribute is set to None."
            )
        collector = Collector(using or self._state.db or DEFAULT_ALIAS, origin=self)
        collector.collect([self], keep_parents)
        return collector.delete()

    delete.alters_data = True  # type: ignore[attr-defined]

    def refresh_from_db(
        self,
        using: str | None = None,
        fields: Iterable[str] | None = None,
        from_queryset: Any = None,
    ) -> None:
        """Take the values (or those of `fields`) from the database anew."""
        rows = type(self)._base_manager.all() if from_queryset is None else from_queryset
        wanted = None if fields is None else set(fields)
        if wanted is None and (left := self.get_deferred_fields()):
            wanted = {each.attname for each in self._meta.fields} - left
        if wanted is not None:
            rows = rows.only(*wanted)
        row = rows.using(using or self._state.db).get(pk=self.pk)
        for field in self._meta.fields:
            if wanted is None or field.name in wanted or field.attname in wanted:
                setattr(self, field.attname, getattr(row, field.attname))
                self._state.fields_cache.pop(field.name, None)
        if wanted is None:
            self._state.fields_cache.clear()
            self.__dict__.pop("_prefetched_objects_cache", None)
        self._state.db = row._state.db


def _unexpected(cls: Any, rest: dict[str, Any]) -> TypeError:
    known = [field.name for field in cls._meta.fields]
    hint = did_you_mean(next(iter(rest)), known)
    return TypeError(
        f"{cls.__name__}() got unexpected keyword arguments: "
        f"{', '.join(map(repr, rest))}. Its fields are {', '.join(known)}.{hint}"
    )
