"""Filters about lists and other sequences.

Step 7. Django's documentation, "Built-in filter reference"; in Django:
django.template.defaultfilters.
"""

import random as random_module
from collections.abc import Callable
from typing import Any

from templating.errors import TemplateSyntaxError, VariableDoesNotExist
from templating.expressions import Variable
from templating.library import Library
from templating.runtime import MISSING, lookup_path
from templating.safe import conditional_escape, mark_safe

register = Library()


@register.filter(is_safe=True)
def first(value: Any) -> Any:
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
    """Joined by the argument; escaped are the items and, unless safe, the argument."""
    try:
        if autoescape:
            return mark_safe(conditional_escape(arg).join(conditional_escape(v) for v in value))
        return mark_safe(arg.join(str(item) for item in value))
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
    except (AttributeError, TypeError, VariableDoesNotExist, TemplateSyntaxError):
        return ""


def _key(arg: Any) -> Callable[[Any], Any]:
    try:
        number = int(arg)
    except ValueError:
        lookups = Variable(arg).lookups
    else:
        return lambda item: item[number]

    def key(item: Any) -> Any:
        found = lookup_path(item, lookups)
        if found is MISSING:
            raise VariableDoesNotExist("Failed lookup for %r", (arg,))
        return found

    return key


@register.filter(is_safe=True)
def safeseq(value: Any) -> list[Any]:
    return [mark_safe(item if isinstance(item, str) else str(item)) for item in value]
