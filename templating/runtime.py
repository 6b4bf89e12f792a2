"""What compiled templates call while they render: lookups, output, loops, calls.

Step 7, last stage. Everything in here must bear being called ten thousand times a page.
Django's documentation, "Variables" (the order of lookups and what is called); in Django:
django.template.base.Variable and render_value_in_context.
"""

import datetime
import inspect
import logging
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from templating import formats
from templating.context import Context
from templating.errors import VariableDoesNotExist, template_place
from templating.events import announce, observers
from templating.safe import SafeData, SafeString, conditional_escape, escape_text, mark_safe
from templating.suggest import did_you_mean

logger = logging.getLogger("templating")

escape = escape_text  # plain str in, plain str out: all that compiled code needs


class Missing:
    """Where a variable leads nowhere. Templates go on; only some arguments insist."""

    def __repr__(self) -> str:
        return "<missing>"

    def __bool__(self) -> bool:
        return False


MISSING = Missing()


class Silenced(str):
    """What a call that must not be made, or that failed silently, counts as: empty text, and so
    not missing; with a `string_if_invalid` that."""

    __slots__ = ()


SILENCED = Silenced()

LOOKUP_ERRORS = (TypeError, AttributeError, KeyError, ValueError, IndexError)


def find(context: Context, name: str) -> Any:
    """The first part of a variable: a name in the context, called if it can be."""
    for layer in reversed(context.dicts):
        if name in layer:
            value = layer[name]
            return call(value) if callable(value) else value
    return missing(name, context)


def parent_loop(context: Context) -> Any:
    """The loop around a loop; around the outermost, nothing."""
    return context.get("forloop", {})


def lookup(value: Any, name: str) -> Any:
    """One more part of a variable: dictionary key, else attribute, else list index."""
    if type(value) is dict and name in value:
        found = value[name]
        return call(found) if callable(found) else found
    if value is MISSING or value is SILENCED:
        return value
    try:
        found = _lookup(value, name)
    except Exception as error:
        if getattr(error, "silent_variable_failure", False):
            return failed(error)
        raise
    return call(found) if callable(found) else found


def find_part(context: Context, name: str, part: str) -> Any:
    """`lookup(find(context, name), part)` in one call: most variables are two names."""
    for layer in reversed(context.dicts):
        if name in layer:
            value = layer[name]
            if type(value) is dict and part in value:
                found = value[part]
                return call(found) if callable(found) else found
            return lookup(call(value) if callable(value) else value, part)
    return lookup(missing(name, context), part)


def _lookup(value: Any, name: str) -> Any:
    kind: Any = type(value)
    try:
        if has_items(kind):
            return value[name]
    except LOOKUP_ERRORS:
        pass
    try:
        return getattr(value, name)
    except (TypeError, AttributeError):
        if name in dir(value):
            raise  # it is there: the error comes from inside a property
    try:
        return value[int(name)]
    except (IndexError, ValueError, KeyError, TypeError):
        return missing(name, value)


def missing(name: str, place: Any) -> Missing:
    """A page goes on without what is missing. Only the log and the observers hear of it."""
    if observers or logger.isEnabledFor(logging.DEBUG):
        report(name, place)
    return MISSING


def report(name: str, place: Any) -> None:
    """Which variable is missing, where in the template, and what may have been meant."""
    frame = sys._getframe()
    found = None
    while frame.f_back is not None and found is None:
        frame = frame.f_back
        found = template_place(frame, frame.f_lasti)
    position = found[0].position(*found[1:]) if found else None
    known = place.flatten() if isinstance(place, Context) else place
    names = known if isinstance(known, Mapping) else dir(known)
    hint = _hint(name, tuple(str(near) for near in names))
    logger.debug("Nothing is called %r %s.%s", name, position or "here", hint)
    if observers:
        announce("variable.missing", name=name, position=position, hint=hint)


@lru_cache(maxsize=256)
def _hint(name: str, names: tuple[str, ...]) -> str:
    return did_you_mean(name, (near for near in names if not near.startswith("_")))


@lru_cache(maxsize=1000)
def has_items(kind: Any) -> bool:
    """Only by the type's own __getitem__: `list["x"]` would make a generic alias of a class.

    Asked of each type once: to find that there is nothing costs more than all of the lookup.
    """
    return hasattr(kind, "__getitem__")


def lookup_path(value: Any, names: Sequence[str]) -> Any:
    for name in names:
        value = lookup(value, name)
    return value


def call(value: Any) -> Any:
    """What a callable found on the way gives; never one that `alters_data`."""
    if getattr(value, "do_not_call_in_templates", False):
        return value
    if getattr(value, "alters_data", False):
        return SILENCED
    try:
        return value()
    except TypeError:
        # It may only want arguments, or it may have failed inside: the signature tells.
        try:
            inspect.signature(value).bind()
        except (TypeError, ValueError):  # or a builtin without a signature
            return SILENCED
        raise
    except Exception as error:
        if getattr(error, "silent_variable_failure", False):
            return failed(error)
        raise


def failed(error: Exception) -> Any:
    """A silent failure; one of our own says that what was called leads nowhere."""
    return MISSING if isinstance(error, VariableDoesNotExist) else SILENCED


def unsilenced(value: Any, string_if_invalid: str) -> Any:
    return string_if_invalid if value is SILENCED else value


def required(value: Any, name: str) -> Any:
    """A filter's argument must lead somewhere."""
    if value is MISSING:
        raise VariableDoesNotExist("Failed lookup for %r", (name,))
    return value


def show(value: Any) -> str:
    """The text of any value, escaped unless it vouches for itself."""
    if value is MISSING:
        return ""
    if type(value) is int:  # a loop's counter, an id: nothing in it to escape
        return repr(value)
    text = value if isinstance(value, str) else plain(value)
    return str(conditional_escape(text))


def plain(value: Any) -> str:
    """The text of any value as it stands, where autoescape is off."""
    if isinstance(value, str):
        return str(value)  # of an Enum of texts it is more than the text
    if value is MISSING:
        return ""
    if isinstance(value, (float, int, datetime.date, datetime.time)) or formats.is_decimal(value):
        return formats.localize(formats.localtime(value))
    return str(value)


def render_value_in_context(value: Any, context: Context) -> str:
    """For nodes written by hand: a value's text under the context's autoescape."""
    return show(value) if context.autoescape else plain(value)


def keep_safe(before: Any, after: Any) -> Any:
    """The result of a filter that makes nothing unsafe: as safe as what it was given."""
    return mark_safe(after) if isinstance(before, SafeData) else after


def join_safe(parts: Iterable[str]) -> SafeString:
    return SafeString("".join(parts))


def sequence(value: Any) -> Any:
    """What a `for` tag goes through, with a known length; nothing for None and missing."""
    if value is None or value is MISSING:
        return ()
    return value if hasattr(value, "__len__") else list(value)


def unpack(values: Iterable[Any], count: int) -> Iterator[Any]:
    """Each item of a loop over several names, of just that many parts."""
    for item in values:
        try:
            length = len(item)
        except TypeError:
            length = 1
        if length != count:
            raise ValueError(f"Need {count} values to unpack in for loop; got {length}.")
        yield item


def count_loop(forloop: dict[str, Any], index: int, length: int) -> None:
    """The loop's place for this round."""
    forloop["counter0"] = index
    forloop["counter"] = index + 1
    forloop["revcounter"] = length - index
    forloop["revcounter0"] = length - index - 1
    forloop["first"] = index == 0
    forloop["last"] = index == length - 1


# The names that every compiled template finds among its globals.
NAMES: dict[str, Callable[..., Any] | Any] = {
    "MISSING": MISSING,
    "call": call,
    "VariableDoesNotExist": VariableDoesNotExist,
    "count_loop": count_loop,
    "escape": escape,
    "find": find,
    "find_part": find_part,
    "join_safe": join_safe,
    "keep_safe": keep_safe,
    "localtime": formats.localtime,
    "lookup": lookup,
    "lookup_path": lookup_path,
    "observers": observers,
    "parent_loop": parent_loop,
    "plain": plain,
    "required": required,
    "sequence": sequence,
    "show": show,
    "unpack": unpack,
    "unsilenced": unsilenced,
}
