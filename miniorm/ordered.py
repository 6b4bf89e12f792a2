"""Which row comes next: by a date, and by Meta.order_with_respect_to.

Beside step 6. `order_with_respect_to = "question"` gives a choice a column `_order`, by which
it is sorted; a new one comes last. The question can tell and set the order of the keys:
`question.get_choice_order()`, `question.set_choice_order([2, 1])`, and a choice its
neighbours: `get_next_in_order()`, `get_previous_in_order()`.

Django's page "Model Meta options"; in Django: `django.db.models.fields.proxy` and `.base`.
"""

from functools import partial
from typing import Any

from miniorm import fields, registry
from miniorm.conditions import Q
from miniorm.transaction import atomic


class OrderWrt(fields.IntegerField):
    """The place of a row among those of the same object."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "name": "_order", "editable": False})

    def get_internal_type(self) -> str:
        return "IntegerField"


def prepare(cls: Any) -> None:
    """Give the model its column, its order, and the methods on both sides."""
    meta = cls._meta
    meta.order_with_respect_to = meta.get_field(meta.order_with_respect_to)
    meta.ordering = ("_order",)
    if not any(field.name == "_order" for field in meta.fields):
        OrderWrt().contribute_to_class(cls, "_order")
    cls.get_next_in_order = lambda self: _beside(self, "gt", "_order")
    cls.get_previous_in_order = lambda self: _beside(self, "lt", "-_order")
    to = meta.order_with_respect_to.remote_field.model
    if isinstance(to, str):
        registry.when_defined(to, cls, partial(_add_methods, cls))
    else:
        _add_methods(cls, to)


def _add_methods(cls: Any, owner: Any) -> None:
    def get_order(self: Any) -> Any:
        return _rows_of(cls, self).values_list("pk", flat=True)

    def set_order(self: Any, keys: Any, using: str | None = None) -> None:
        rows = _rows_of(cls, self).using(using or self._state.db)
        with atomic(rows.db, savepoint=False):
            for place, key in enumerate(keys):
                rows.filter(pk=key).update(_order=place)

    set_order.alters_data = True  # type: ignore[attr-defined]
    setattr(owner, f"get_{cls.__name__.lower()}_order", get_order)
    setattr(owner, f"set_{cls.__name__.lower()}_order", set_order)


def _rows_of(cls: Any, owner: Any) -> Any:
    field = cls._meta.order_with_respect_to
    rows = cls._default_manager.using(owner._state.db)
    return rows.filter(**{field.attname: getattr(owner, field.target_field.attname)})


def give_place(instance: Any, using: str) -> None:
    """A new row comes after all others of its object."""
    field = instance._meta.order_with_respect_to
    rows = type(instance)._base_manager.using(using)
    rows = rows.filter(**{field.attname: getattr(instance, field.attname)})
    last = rows.order_by("-_order").values_list("_order", flat=True).first()
    instance._order = 0 if last is None else last + 1


def _beside(instance: Any, lookup: str, order: str) -> Any:
    field = instance._meta.order_with_respect_to
    rows = type(instance)._default_manager.using(instance._state.db)
    same = rows.filter(**{field.attname: getattr(instance, field.attname)})
    return same.filter(**{f"_order__{lookup}": instance._order}).order_by(order)[:1].get()


def neighbour(instance: Any, field: Any, lookup: str, conditions: dict[str, Any]) -> Any:
    """The row that comes next ("gt") or before ("lt") by a date; among equal ones, by the key."""
    if instance.pk is None:
        raise ValueError("get_next/get_previous cannot be used on unsaved objects.")
    sign, value = "-" if lookup == "lt" else "", getattr(instance, field.attname)
    further = Q((f"{field.name}__{lookup}", value))
    equal = Q((field.name, value), (f"pk__{lookup}", instance.pk))
    rows = type(instance)._default_manager.using(instance._state.db).filter(**conditions)
    found = rows.filter(further | equal).order_by(f"{sign}{field.name}", f"{sign}pk").first()
    if found is None:
        raise type(instance).DoesNotExist(
            f"{instance._meta.object_name} matching query does not exist."
        )
    return found
