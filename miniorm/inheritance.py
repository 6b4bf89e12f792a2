"""What a model has from its base classes: the three ways to inherit.

Before step 6, when a class statement is executed. A model may descend from

- an abstract base, which is no table: its fields are copied into each heir;
- a model with a table, which keeps its columns: the heir has a table of its own, with a
  one-to-one link to the parent's row ("multi-table inheritance"), and its fields are both;
- a model whose table it shares, as its proxy: other methods, order and managers, same rows.

A query that names a parent's field goes along the link, as along any relation.

Django's page "Models", the part "Model inheritance"; in Django: `django.db.models.base`.
"""

from typing import Any

from miniorm.deletion import CASCADE
from miniorm.errors import FieldError, ImproperlyConfigured
from miniorm.relations import OneToOneField

ModelClass = Any


def inherited_fields(parents: list[ModelClass], namespace: dict[str, Any]) -> dict[str, Any]:
    """Copies of the abstract bases' fields, but for the names that the class gives anew.

    `name = None` in the class body is such a name too: it takes the field away.
    """
    return {
        name: part.clone()
        for parent in reversed(parents)
        for name, part in vars(parent).get("_parts", {}).items()
        if name not in namespace
    }


def join_parents(
    cls: ModelClass, parents: list[ModelClass], parts: dict[str, Any]
) -> dict[str, Any]:
    """Tie the model to those above that have tables; the links that have to be added to it."""
    meta, tables = cls._meta, _with_tables(parents)
    if meta.proxy:
        _share_table(cls, tables)
        return {}
    added: dict[str, Any] = {}
    for base in tables:
        link = _link_among(parts, base)
        if link is None:
            link = OneToOneField(base, on_delete=CASCADE, parent_link=True)
            link.auto_created, link.creation_counter = True, -1
            added[f"{base._meta.model_name}_ptr"] = link
        meta.parents[base] = link
    if meta.parents and not any(getattr(part, "primary_key", False) for part in parts.values()):
        first = next(iter(meta.parents.values()))
        if not first.remote_field.parent_link:
            raise ImproperlyConfigured(f"Add parent_link=True to the link from {meta.label}.")
        first.primary_key = True
    _check_names(cls, parts)
    # The nearest parent's order holds for its heirs, which are among its rows.
    for option in ("ordering", "get_latest_by"):
        if tables and option not in meta.given and not meta.order_with_respect_to:
            setattr(meta, option, getattr(tables[0]._meta, option))
    return added


def _with_tables(parents: list[ModelClass]) -> list[ModelClass]:
    """The nearest models above with tables of their own, also by way of an abstract one."""
    found: list[ModelClass] = []
    for parent in parents:
        if "_meta" not in vars(parent):  # Model itself
            continue
        if parent._meta.abstract:
            found += _with_tables(list(parent.__bases__))
        else:
            found.append(parent._meta.concrete_model)
    return list(dict.fromkeys(found))


def _share_table(cls: ModelClass, tables: list[ModelClass]) -> None:
    """Make the model a proxy of the one above."""
    if len(tables) != 1:
        raise TypeError(
            f"The proxy model {cls.__name__!r} needs exactly one model with a table above it, and "
            f"has {len(tables)}."
        )
    meta, (base,) = cls._meta, tables
    above = next(each for each in cls.__mro__[1:] if "_meta" in vars(each))
    meta.proxy_for_model, meta.concrete_model = above, base
    meta.parents = {base: None}
    meta.pk, meta.db_table = base._meta.pk, base._meta.db_table
    for option in ("ordering", "get_latest_by"):
        if option not in meta.given:
            setattr(meta, option, getattr(above._meta, option))


def _link_among(parts: dict[str, Any], base: ModelClass) -> Any:
    """The model's own one-to-one field that leads to the parent."""
    for part in parts.values():
        if isinstance(part, OneToOneField):
            to = part.remote_field.model
            names = (base._meta.label_lower, base._meta.model_name)
            if to is base or (isinstance(to, str) and to.lower() in names):
                return part
    return None


def _check_names(cls: ModelClass, parts: dict[str, Any]) -> None:
    for base in cls._meta.parents:
        for field in (*base._meta.fields, *base._meta.many_to_many):
            if field.name in parts:
                raise FieldError(
                    f"Local field {field.name!r} in class {cls.__name__!r} clashes with field of "
                    f"the same name from base class {base.__name__!r}."
                )
