"""The choices of a field: in whatever form they are given, pairs of a value and its label.

Beside step 6: `get_FOO_display()` and `full_clean()` ask. A group is a pair of its name and
its own pairs. Django's page "Model field reference", "choices"; in Django:
`django.utils.choices`.
"""

from collections.abc import Callable, Mapping
from typing import Any

from miniorm.errors import ImproperlyConfigured

Pairs = list[tuple[Any, Any]]


def normalized(choices: Any) -> Any:
    """The choices as a list of pairs; a function that gives choices stays one, to be asked late."""
    if choices is None or (callable(choices) and not hasattr(choices, "choices")):
        return choices
    choices = getattr(choices, "choices", choices)  # an enumeration has them as an attribute
    return [_pair(each) for each in (choices.items() if _is_mapping(choices) else choices)]


def _pair(pair: Any) -> tuple[Any, Any]:
    if isinstance(pair, str) or not hasattr(pair, "__iter__") or len(pair := tuple(pair)) != 2:
        raise ImproperlyConfigured(f"A choice is a pair (value, label), and not {pair!r}.")
    value, label = pair
    is_group = _is_mapping(label) or isinstance(label, list | tuple)
    return value, normalized(label) if is_group else label


def _is_mapping(value: Any) -> bool:
    return isinstance(value, Mapping)


def flattened(choices: Pairs | None) -> Pairs:
    """The pairs without their groups."""
    flat: Pairs = []
    for value, label in choices or ():
        flat.extend(label if isinstance(label, list) else [(value, label)])
    return flat


def display_method(field: Any) -> Callable[[Any], Any]:
    """`get_FOO_display()`: the label of the value, or the value where it is no choice."""

    def display(self: Any) -> Any:
        value = getattr(self, field.attname)
        labels = (label for choice, label in field.flatchoices if choice == value)
        label = next(labels, value)
        return label if label is None or isinstance(label, int | float) else str(label)

    display.__doc__ = f"The label of {field.name}'s value among its choices."
    return display
