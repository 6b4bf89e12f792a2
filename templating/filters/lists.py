"""Filters about lists and other sequences.

Step 7. Django's documentation, "Built-in filter reference"; in Django:
django.template.defaultfilters.
"""

import random as random_module
from collections.abc import Callable, Iterable, Iterator
from operator import itemgetter
from types import GeneratorType
from typing import Any

from templating.library import Library
from templating.safe import conditional_escape, mark_safe

register = Library()


@register.filter(is_safe=False)
def first(value: Any) -> Any:
    """Not safe: of &amp; it would leave the &."""
    try:
        return value[0]
    except IndexError:
        return ""


@register.filter(is_safe=True)
def last(value: Any) -> Any:
    try:
        return value[-1]
    except IndexError:
        return ""


@register.filter(is_safe=False)
def length(value: Any) -> int:
    try:
        return len(value)
    except (ValueError, TypeError):
        return 0


@register.filter(is_safe=True)
def random(value: Any) -> Any:
    try:
        return random_module.choice(value)  # noqa: S311 - for looks, not for secrets
    except IndexError:
        return ""


@register.filter(is_safe=True, needs_autoescape=True)
def join(value: Any, arg: Any, autoescape: bool = True) -> Any:
    """Joined by the argument; escaped are the items and, unless safe, the argument.

    Without autoescape the items must be text; where they are not, the value stays as it is.
    """
    try:
        if autoescape:
            return mark_safe(conditional_escape(arg).join(conditional_escape(v) for v in value))
        return mark_safe(arg.join(value))
    except TypeError:
        return value


@register.filter("slice", is_safe=True)
def slice_filter(value: Any, arg: Any) -> Any:
    """A part of a sequence: the argument is what stands in Python's brackets."""
    try:
        numbers = [int(part) if part else None for part in str(arg).split(":")]
        return value[slice(*numbers)]
    except (ValueError, TypeError, KeyError):
        return value


@register.filter(is_safe=False)
def dictsort(value: Any, arg: Any) -> Any:
    return _sorted(value, arg, reverse=False)


@register.filter(is_safe=False)
def dictsortreversed(value: Any, arg: Any) -> Any:
    return _sorted(value, arg, reverse=True)


def _sorted(value: Any, arg: Any, *, reverse: bool) -> Any:
    """Sorted by a key, attribute or index of the items; "" where that cannot be."""
    try:
        return sorted(value, key=_key(arg), reverse=reverse)
    except (AttributeError, TypeError):
        return ""


def _key(arg: Any) -> Callable[[Any], Any]:
    """A number stands for an index, a dotted path for keys and, where there is none, attributes."""
    try:
        float(arg)
    except ValueError:
        names = arg.split(".")
    else:
        return itemgetter(arg)
    if any(name.startswith("_") for name in names):
        raise AttributeError(f"What begins with an underscore is private: {arg!r}.")

    def key(item: Any) -> Any:
        for name in names:
            try:
                item = item[name]
            except (AttributeError, IndexError, KeyError, TypeError, ValueError):
                item = getattr(item, name)
        return item

    return key


@register.filter(is_safe=True)
def safeseq(value: Any) -> list[Any]:
    """Each item vouched for by the template's author."""
    return [mark_safe(item) for item in value]


@register.filter(is_safe=True)
def escapeseq(value: Any) -> list[Any]:
    """Each item escaped, where it is not safe already."""
    return [conditional_escape(item) for item in value]


@register.filter(is_safe=True, needs_autoescape=True)
def unordered_list(value: Any, autoescape: bool = True) -> Any:
    """A list of items, each with its own list behind it or not, as <li> in <ul>."""
    return mark_safe("\n".join(_list_items(value, "\t", autoescape)))


def _list_items(items: Iterable[Any], indent: str, autoescape: bool) -> Iterator[str]:
    nothing = object()
    rest = iter(items)
    item = next(rest, nothing)
    while item is not nothing:
        shown = conditional_escape(item) if autoescape else item
        item = next(rest, nothing)
        if isinstance(item, (list, tuple, GeneratorType)):
            inner = "\n".join(_list_items(item, indent + "\t", autoescape))
            if item:
                shown = f"{shown}\n{indent}<ul>\n{inner}\n{indent}</ul>\n{indent}"
            item = next(rest, nothing)
        yield f"{indent}<li>{shown}</li>"
