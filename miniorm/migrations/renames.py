"""New names, everywhere that a model's state mentions the old ones.

A model is named by foreign keys, links and heirs; a field by the options of its model and by
the foreign keys that point to it.
"""

import copy
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from miniorm.conditions import Q
from miniorm.expressions import F
from miniorm.migrations.state import Deconstructed, Key, ModelState, key_of

# --- a model's name -------------------------------------------------------------------


def repointed(state: ModelState, old: Key, new: Key) -> ModelState:
    """The model state with every mention of one model changed to another."""
    label = ".".join(new)

    def pointed(field: Deconstructed) -> Deconstructed:
        named = {option: field.kwargs.get(option) for option in ("to", "through")}
        return field.having(**{
            option: label
            for option, model in named.items()
            if model and model != "self" and key_of(model, state.key) == old
        })  # fmt: skip

    bases = tuple(
        label if isinstance(base, str) and key_of(base, state.key) == old else base
        for base in state.bases
    )
    found = with_fields(state, {name: pointed(field) for name, field in state.fields.items()})
    return found if bases == state.bases else replace(found, bases=bases)


def with_fields(state: ModelState, fields: Mapping[str, Deconstructed]) -> ModelState:
    """With these fields in place of its own; the same state where they are the same."""
    same = all(field is state.fields[name] for name, field in fields.items())
    return state if same else state.having_fields(fields)


# --- a field's name -------------------------------------------------------------------


def pointing_anew(state: ModelState, to: Key, old: str, new: str) -> ModelState:
    """Foreign keys with to_field=old point to the field's new name."""

    def pointed(field: Deconstructed) -> Deconstructed:
        here = field.kwargs.get("to_field") == old and key_of(field.kwargs["to"], state.key) == to
        return field.having(to_field=new) if here else field

    return with_fields(state, {name: pointed(field) for name, field in state.fields.items()})


def with_field_renamed(state: ModelState, old: str, new: str) -> ModelState:
    """The model state with a field's new name everywhere that it stands."""
    fields = {new if name == old else name: each for name, each in state.fields.items()}
    options = dict(state.options)
    for option in ("unique_together", "ordering", "get_latest_by", "order_with_respect_to"):
        if option in options:
            options[option] = _renamed(options[option], old, new)
    for option in ("indexes", "constraints"):
        if option in options:
            options[option] = [_renamed_in(each, old, new) for each in options[option]]
    return state.having_fields(fields).having(**options)


def _renamed(names: Any, old: str, new: str) -> Any:
    """A name, "-name", an expression, or a list of them with a field's new name."""
    if isinstance(names, list | tuple):
        return type(names)(_renamed(each, old, new) for each in names)
    if isinstance(names, str):
        return f"-{new}" if names == f"-{old}" else new if names == old else names
    return renamed_reference(names, old, new)


def _renamed_in(thing: Any, old: str, new: str) -> Any:
    """An index or constraint with a field's new name."""
    twin = copy.copy(thing)
    for option in ("fields", "include", "condition", "expressions"):
        if names := getattr(twin, option, None):
            setattr(twin, option, _renamed(names, old, new))
    return twin


def renamed_reference(condition: Any, old: str, new: str) -> Any:
    """A condition or expression with a field's new name."""

    def path(name: str) -> str:
        first, *rest = name.split("__")
        return "__".join([new if first == old else first, *rest])

    if isinstance(condition, tuple):
        name, value = condition
        return path(name), renamed_reference(value, old, new)
    if isinstance(condition, Q):
        twin = copy.copy(condition)
        twin.children = [renamed_reference(each, old, new) for each in condition.children]
        return twin
    if isinstance(condition, F):
        return F(path(condition.name))
    if getattr(condition, "sources", None):
        return condition.with_sources(
            renamed_reference(each, old, new) for each in condition.sources
        )
    return condition
