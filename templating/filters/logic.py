"""Filters that choose: a default, yes or no, one or many.

Step 7. Django's documentation, "Built-in filter reference"; in Django:
django.template.defaultfilters.
"""

from typing import Any

from templating.library import Library

register = Library()


@register.filter(is_safe=False)
def default(value: Any, arg: Any) -> Any:
    return value or arg


@register.filter(is_safe=False)
def default_if_none(value: Any, arg: Any) -> Any:
    return arg if value is None else value


@register.filter(is_safe=False)
def yesno(value: Any, arg: str | None = None) -> Any:
    """One of "yes,no,maybe" for true, false and None; None counts as false unless there are
    just three words."""
    words = ("yes,no,maybe" if arg is None else arg).split(",")
    if len(words) < 2:
        return value
    if value is None:
        return words[2] if len(words) == 3 else words[1]
    return words[0] if value else words[1]


@register.filter(is_safe=False)
def pluralize(value: Any, arg: str = "s") -> str:
    """The ending for one or for many: "s", or "y,ies"."""
    endings = (arg if "," in arg else f",{arg}").split(",")
    if len(endings) > 2:
        return ""
    singular, plural = endings
    try:
        return singular if float(value) == 1 else plural
    except OverflowError:  # more than a float holds
        return plural
    except ValueError:  # a text that is no number
        return ""
    except TypeError:  # no number at all: perhaps a list
        try:
            return singular if len(value) == 1 else plural
        except TypeError:
            return ""
