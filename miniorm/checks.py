"""What a class statement lets pass: relations to nowhere, a table or a column twice, names that
a model has for something else, options without a field.

Beside the trip. A model may be named before it is defined, and a field in Meta may come from a
parent, so these can be looked at only when all models are there: by `check`, and by
`makemigrations` before it writes.

In Django: `django.core.checks.model_checks` (models.E028), `django.db.models.base` (models.E007,
E012 to E015), `fields` (fields.E007 to E009) and `fields.related` (fields.E300).
"""

from collections.abc import Iterable, Iterator
from typing import Any

from miniorm import configuration, registry
from miniorm.errors import FieldDoesNotExist, FieldError
from miniorm.fields.choices import flattened
from miniorm.model import Model
from miniorm.suggest import did_you_mean

ModelClass = Any


def problems(models: Iterable[ModelClass]) -> Iterator[str]:
    """A sentence for each mistake."""
    for model in (wanted := [*models]):
        yield from _pointing_nowhere(model)
        yield from _twice(model)
        yield from _taken_names(model)
        for field in model._meta.local_fields:
            yield from _of_a_field(field)
        if isinstance(ordering := model._meta.ordering, str):
            yield (
                f"{model._meta.label}: Meta.ordering is the text {ordering!r}; expected a list or "
                f"tuple of names, [{ordering!r}]."
            )
            continue
        for option, look in _options(model):
            try:
                look()
            except (FieldDoesNotExist, FieldError) as error:
                yield f"{model._meta.label}: Meta.{option}: {error}"
    yield from _one_table(wanted)


def _one_table(models: Iterable[ModelClass]) -> Iterator[str]:
    """Two models, or the links of a many-to-many field and a model, that would be one table."""
    if configuration.current().routers:  # the two may be in two databases
        return
    wanted, known = {*models}, dict[str, Any]()
    for model in registry.get_models(include_auto_created=True):
        meta = model._meta
        if meta.managed and not meta.proxy:
            other: ModelClass = known.setdefault(_as_compared(meta.db_table), model)
            if other is not model and {_author(model), _author(other)} & wanted:
                yield (
                    f"{other._meta.label} and {meta.label} are both the table {meta.db_table!r}: "
                    "give one another db_table."
                )


def _author(model: ModelClass) -> ModelClass:
    """The model that somebody wrote: of a many-to-many field's own table that with the field."""
    return model._meta.auto_created or model


def _as_compared(name: str) -> str:
    """The name of a table or column as the databases tell it from others: SQLite ignores case."""
    engines = {each["ENGINE"] for each in configuration.current().databases.values()}
    return name.lower() if configuration.SQLITE in engines else name


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
        if (other := known.setdefault(_as_compared(field.column), field)) is not field:
            why = "" if field.column == other.column else " (SQLite ignores case)"
            yield (
                f"{field} and {other} are both the column {field.column!r}{why}: give one a "
                "db_column."
            )


def _taken_names(model: ModelClass) -> Iterator[str]:
    """Fields in the place of what every model has: a row with a number as `save` is never saved."""
    meta = model._meta
    taken = {*dir(Model), "DoesNotExist", "MultipleObjectsReturned"}
    for field in [*meta.local_fields, *meta.local_many_to_many]:
        if field.name in meta.managers_map:
            what = "its manager"
        elif field.name in taken:
            what = "a part of every model"
        else:
            continue
        yield f"{field}: {field.name!r} is the name of {what}; expected another one for a field."


def _of_a_field(field: Any) -> Iterator[str]:
    """What a field's options say against each other."""
    if field.primary_key and field.null:
        yield f"{field} is the primary key and has null=True; expected a key that is never NULL."
    for each in field.given_validators:
        if not callable(each):
            yield f"{field}: {each!r} among its validators is no function; expected functions."
    if not isinstance(field.max_length, int):
        return
    given = field.given_choices
    choices = [] if callable(given) else [value for value, _ in flattened(given)]
    for what, value in [("default", field.default), *(("choice", each) for each in choices)]:
        if isinstance(value, str) and len(value) > field.max_length:
            yield (
                f"{field}: the {what} {value!r} has {len(value)} characters; expected at most "
                f"max_length={field.max_length}."
            )


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
