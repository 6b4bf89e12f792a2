"""Objects taken apart: what would have to be written to make the same object again.

Before the trip. A migration is a file, so what it says of a field must be text: the class's
path and the arguments. `field.deconstruct()` gives (name, path, args, kwargs), and whatever
else may stand in a model (an index, a validator) has a `deconstruct()` that gives (path,
args, kwargs). Arguments that say what holds anyway are left out.

Django's page "How to create custom model fields", "Field deconstruction"; in Django:
`Field.deconstruct` and `django.utils.deconstruct`.
"""

import inspect
import sys
from functools import lru_cache
from importlib import import_module
from typing import Any

Parts = tuple[str, list[Any], dict[str, Any]]  # path, args, kwargs

# Options whose attribute has another name than the argument.
ATTRIBUTES = {
    "unique": "_unique",
    "validators": "given_validators",
    "choices": "given_choices",
    "error_messages": "given_messages",
}
# Options that say nothing about the model; Django's migrations have them.
UNTOLD = {"name", "auto_created", "serialize"}
# Those of a relation stand on the way back.
OF_THE_RELATION = {
    "to", "on_delete", "related_name", "related_query_name", "limit_choices_to", "symmetrical",
    "through", "through_fields", "parent_link",
}  # fmt: skip
# What a field class sets by itself, and so need not be told.
IMPLIED: dict[str, dict[str, Any]] = {
    "AutoField": {"blank": True},
    "SlugField": {"max_length": 50, "db_index": True},
    "URLField": {"max_length": 200},
    "BinaryField": {"editable": False},
    "GenericIPAddressField": {"max_length": 39},
    "FilePathField": {"max_length": 100},
    "ForeignKey": {"db_index": True},
    "OneToOneField": {"unique": True},
    "GeneratedField": {"editable": False, "blank": True, "null": True},
}
NOWHERE = object()


def deconstruct_field(field: Any) -> tuple[str | None, str, list[Any], dict[str, Any]]:
    """(name, path, args, kwargs) of a field; all arguments are in kwargs."""
    implied: dict[str, Any] = {}
    for cls in reversed(type(field).__mro__):
        implied.update(IMPLIED.get(cls.__name__, {}))
    if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
        implied.update(editable=False, blank=True)
    name = getattr(field, "name", None)
    untold = UNTOLD
    if field.many_to_many and field.remote_field.symmetrical:
        untold = UNTOLD | {"related_name"}  # there is no way back: its name is made up
    elif field.many_to_many:
        implied.update(symmetrical=False)
    kwargs: dict[str, Any] = {}
    for option, default in parameters(field.__class__).items():
        value = _option(field, option)
        usual = implied.get(option, default)
        if option == "verbose_name" and name and value == name.replace("_", " "):
            continue
        if option in untold or value is NOWHERE or _same(value, usual):
            continue
        kwargs[option] = value
    return name, path_of(type(field)), [], kwargs


def _same(value: Any, usual: Any) -> bool:
    # An empty list stands for "none given", as () and None do.
    if usual in (None, ()) and (
        value is None or (isinstance(value, list | tuple | dict) and not value)
    ):
        return True
    return value is usual or (type(value) is type(usual) and bool(value == usual))


def _option(field: Any, option: str) -> Any:
    """The value of a field's option, or NOWHERE."""
    owner = field.remote_field if option in OF_THE_RELATION else field
    if option == "to":
        return _label(owner.model, field)
    if option == "through":
        through = owner.through
        named = isinstance(through, str) or (through and not through._meta.auto_created)
        return _label(through, field) if named else NOWHERE
    return getattr(owner, ATTRIBUTES.get(option, option), NOWHERE)


def _label(model: Any, field: Any) -> str:
    """ "polls.question" for a class, or for its name as far as that says."""
    if not isinstance(model, str):
        return str(model._meta.label_lower)
    owner = getattr(field, "model", None)
    if owner is None:
        return model if model == "self" else model.lower()
    if model == "self":
        return str(owner._meta.label_lower)
    return model.lower() if "." in model else f"{owner._meta.app_label}.{model.lower()}"


@lru_cache(maxsize=512)
def parameters(cls: Any) -> dict[str, Any]:
    """The named parameters of a class's `__init__`, with their defaults.

    And those of its bases', as long as each hands on what it does not name.
    """
    found: dict[str, Any] = {}
    for base in cls.__mro__:
        init = base.__dict__.get("__init__")
        if not inspect.isfunction(init):
            continue
        own = list(inspect.signature(init).parameters.values())[1:]
        for parameter in own:
            if parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
                found.setdefault(parameter.name, parameter.default)
        if not any(parameter.kind is parameter.VAR_KEYWORD for parameter in own):
            break
    return found


def path_of(thing: Any) -> str:
    """Where a class or function is found: "miniorm.models.CharField"."""
    name = thing.__qualname__
    for public in ("miniorm.models", "miniorm.migrations"):
        if getattr(sys.modules.get(public), name, None) is thing:
            return f"{public}.{name}"
    return f"{thing.__module__}.{name}"


def import_path(path: str) -> Any:
    """What is found there, in a class perhaps: "polls.models.Question.Status"."""
    parts = path.split(".")
    for count in range(len(parts) - 1, 0, -1):
        try:
            found: Any = import_module(".".join(parts[:count]))
        except ModuleNotFoundError as error:
            if not ".".join(parts[:count]).startswith(error.name or ""):
                raise
            continue
        for name in parts[count:]:
            found = getattr(found, name)
        return found
    raise ImportError(f"There is no {path!r}.")


def deconstruct_value(value: Any) -> Parts:
    """(path, args, kwargs) of an object whose parameters are also its attributes."""
    kwargs = {}
    for name, default in parameters(value.__class__).items():
        given = vars(value).get(f"_{name}", NOWHERE) if hasattr(value, "__dict__") else NOWHERE
        if given is not NOWHERE and given is getattr(type(value), f"_{name}", NOWHERE):
            continue  # the class says so itself
        found = getattr(value, name, NOWHERE) if given is NOWHERE else given
        usual = getattr(type(value), name, default) if default is None else default
        if found is not NOWHERE and not _same(found, usual):
            kwargs[name] = found
    return path_of(type(value)), [], kwargs
