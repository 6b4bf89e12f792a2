"""What a class statement lets pass: relations to nowhere, a column twice, options without a field.

Beside the trip. A model may be named before it is defined, and a field in Meta may come from a
parent, so these can be looked at only when all models are there: by `check`, and by
`makemigrations` before it writes.

In Django: `django.db.models.base` (models.E007, E012, E013, E015) and `fields.related`
(fields.E300).
"""

from collections.abc import Iterable, Iterator
from typing import Any

from miniorm import registry
from miniorm.errors import FieldDoesNotExist, FieldError
from miniorm.suggest import did_you_mean

ModelClass = Any


def problems(models: Iterable[ModelClass]) -> Iterator[str]:
    """A sentence for each mistake."""
    for model in models:
        yield from _pointing_nowhere(model)
        yield from _twice(model)
        for option, look in _options(model):
            try:
                look()
            except (FieldDoesNotExist, FieldError) as error:
                yield f"{model._meta.label}: Meta.{option}: {error}"


def _pointing_nowhere(model: ModelClass) -> Iterator[str]:
    labels = [each._meta.label for each in registry.get_models()]
    names = [label.rpartition(".")[2] for label in labels]
    for field in [*model._meta.local_fields, *model._meta.local_many_to_many]:
        relation = field.remote_field
        for target in (relation.model, getattr(relation, "through", None)) if relation else ():
            if isinstance(target, str):
                hint = did_you_mean(target, labels if "." in target else names)
                yield f"{field} points to the model {target!r}, which is nowhere.{hint}"


def _twice(model: ModelClass) -> Iterator[str]:
    """Two fields that would be one column."""
    known: dict[str, Any] = {}
    for field in model._meta.local_fields:
        if (other := known.setdefault(field.column, field)) is not field:
            yield f"{field} and {other} are both the column {field.column!r}: give one a db_column."


def _options(model: ModelClass) -> Iterator[tuple[str, Any]]:
    """The options that name fields, each with a function that raises where there is none."""
    meta, rows = model._meta, model._base_manager
    if "ordering" in meta.given:
        yield "ordering", lambda: rows.order_by(*meta.ordering)
    if latest := meta.get_latest_by:
        names = [latest] if isinstance(latest, str) else latest
        yield "get_latest_by", lambda: rows.order_by(*names)
    for together in meta.unique_together:
        yield "unique_together", lambda together=together: _columns(meta, together)
    for option in ("indexes", "constraints"):
        for each in getattr(meta, option):
            yield option, lambda each=each: _named(model, each)


def _columns(meta: Any, names: Iterable[str]) -> None:
    for name in names:
        if meta.get_field(name.lstrip("-")).many_to_many:
            raise FieldError(f"{name!r} is a many-to-many field, and has no column.")


def _named(model: ModelClass, thing: Any) -> None:
    """An index or a constraint: its fields, its expressions, its condition."""
    _columns(model._meta, [*getattr(thing, "fields", ()), *(getattr(thing, "include", ()) or ())])
    rows = model._base_manager
    if getattr(thing, "condition", None) is not None:
        rows.filter(thing.condition)
    rows.order_by(*getattr(thing, "expressions", ()))
