"""From rows to objects: a loader written for the columns at hand.

Step 6 of the trip, on the way back. What is done for every row is done many times, so the
loop over rows is generated as Python source for this model and these columns, with every
attribute by name and a converter only where the database needs one: half the time of a
loop with setattr. It is ordinary code that shows in tracebacks; `print(source(plan))`.

In Django: `ModelIterable` and `Model.from_db`.
"""

import linecache
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from keyword import iskeyword
from typing import Any, NamedTuple

from miniorm.state import ModelState

Loader = Callable[[Sequence[Any], str], list[Any]]

# Of these a default is as good as a copy of it.
CONSTANTS = (str, int, float, bytes, type(None))

# Loaders kept; a program has few shapes of queries, but must not grow without end.
LOADERS_LIMIT = 500


class Part(NamedTuple):
    """One object in each row: the model's own, or one fetched along."""

    model: Any
    parent: int | None  # which object has it, and under which relation's name
    name: str
    back: str  # under which name it has that object in turn; "": it may have several
    simple: bool  # neither from_db, __init__ nor a signal must be heeded
    fields: tuple[Any, ...]  # those fetched: defer() leaves some out


class Plan(NamedTuple):
    """What a row consists of, from left to right."""

    parts: tuple[Part, ...]
    annotations: tuple[str, ...]
    converted: frozenset[int]  # the columns that have a converter
    with_null: frozenset[int]  # those whose converter gets NULL too
    extra: bool  # columns at the end that only ordered the rows


_loaders: dict[Any, Callable[..., list[Any]]] = {}


def model_loader(
    parts: tuple[Part, ...], annotations: Sequence[tuple[str, Any]], connection: Any, extra: bool
) -> Loader:
    """What makes `load(rows, db)` -> objects of these parts with these annotations."""
    fields = [field for part in parts for field in part.fields]
    found = [field.converter(connection) for field in fields]
    found += [expression.converter(connection) for _, expression in annotations]
    converters = {index: convert for index, convert in enumerate(found) if convert}
    names = tuple(name for name, _ in annotations)
    with_null = frozenset(i for i, each in converters.items() if hasattr(each, "takes_null"))
    plan = Plan(parts, names, frozenset(converters), with_null, extra)
    key = (plan, *(field.attname for field in fields))  # a model may have got one since
    if key not in _loaders:
        if len(_loaders) >= LOADERS_LIMIT:
            _loaders.clear()
        _loaders[key] = _compiled(plan)
    load = _loaders[key]
    return lambda rows, db: load(rows, db, converters)


def source(plan: Plan) -> str:
    """The loader's code."""
    lines = ["def load(rows, db, converters):", "    found = []"]
    lines += [f"    to{index} = converters[{index}]" for index in sorted(plan.converted)]
    count = sum(len(part.fields) for part in plan.parts) + len(plan.annotations)
    targets = [f"c{index}" for index in range(count)] + (["*_"] if plan.extra else [])
    lines.append(f"    for {', '.join(targets)}, in rows:")
    column = 0
    for number, part in enumerate(plan.parts):
        body = _part(number, part, plan, column)
        if part.parent is None:
            lines += [f"        {line}" for line in body]
        else:
            key = column + part.fields.index(part.model._meta.pk)
            lines.append(f"        o{number} = None")
            lines.append(f"        if c{key} is not None:")
            lines += [f"            {line}" for line in body]
            if part.back:
                lines.append(
                    f"            o{number}._state.fields_cache[{part.back!r}] = o{part.parent}"
                )
            lines.append(f"        if o{part.parent} is not None:")
            lines.append(
                f"            o{part.parent}._state.fields_cache[{part.name!r}] = o{number}"
            )
        column += len(part.fields)
    for name in plan.annotations:
        place = f"vars(o0)[{name!r}]" if iskeyword(name) else f"o0.{name}"
        lines.append(f"        {place} = {_converted(column, plan)}")
        column += 1
    lines += ["        found.append(o0)", "    return found", ""]
    return "\n".join(lines)


def _part(number: int, part: Part, plan: Plan, column: int) -> list[str]:
    fields = part.fields
    values = [_converted(column + offset, plan) for offset in range(len(fields))]
    if not part.simple:
        names = [field.attname for field in fields]
        return [f"o{number} = m{number}.from_db(db, {names!r}, [{', '.join(values)}])"]
    lines = [f"o{number} = new(m{number})", f"o{number}._state = ModelState(db, False)"]
    return lines + [
        f"o{number}.{field.attname} = {value}" for field, value in zip(fields, values, strict=True)
    ]


def _converted(column: int, plan: Plan) -> str:
    if column not in plan.converted:
        return f"c{column}"
    if column in plan.with_null:
        return f"to{column}(c{column})"
    return f"None if c{column} is None else to{column}(c{column})"


def _compiled(plan: Plan) -> Callable[..., list[Any]]:
    namespace: dict[str, Any] = {"ModelState": ModelState, "new": object.__new__}
    namespace |= {f"m{number}": part.model for number, part in enumerate(plan.parts)}
    label = plan.parts[0].model._meta.label
    return _executed(source(plan), f"<loader {len(_loaders)} of {label}>", namespace)


def _executed(text: str, filename: str, namespace: dict[str, Any]) -> Callable[..., Any]:
    """The function that the text defines first. A traceback shows its lines."""
    # Every name in it is a Python identifier: fields and annotations are checked to be.
    exec(compile(text, filename, "exec"), namespace)  # noqa: S102
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    found: Callable[..., Any] = namespace[text[len("def ") : text.index("(")]]
    return found


# --- from names to values ---------------------------------------------------------------


def filler(fields: Sequence[Any]) -> Callable[..., dict[str, Any]]:
    """What gives a new instance its values: `fill(instance, **values)` -> what no field takes."""
    namespace: dict[str, Any] = {f"field{number}_": each for number, each in enumerate(fields)}
    namespace |= {f"default{number}_": _constant(each) for number, each in enumerate(fields)}
    return _executed(filler_source(fields), f"<values of {fields[0].model._meta.label}>", namespace)


def filler_source(fields: Sequence[Any]) -> str:
    """Its code. No field's name ends in "_", so the names in it that do are its own."""
    parameters = [f"{field.attname}=default{number}_" for number, field in enumerate(fields)]
    lines = [f"def fill(self_, /, *, {', '.join(parameters)}, **rest_):"]
    for number, field in enumerate(fields):
        name = field.attname
        if field.generated:  # the database knows its value: it is fetched when it is asked for
            lines.append(f"    if {name} is not field{number}_: self_.{name} = {name}")
            continue
        if _constant(field) is field:  # a default that is made anew for each
            lines.append(f"    if {name} is field{number}_: {name} = field{number}_.get_default()")
        lines.append(f"    self_.{name} = {name}")
    for field in fields:
        if field.name != field.attname:  # a foreign key given its object
            lines.append(f"    if {field.name!r} in rest_:")
            lines.append(f"        self_.{field.name} = rest_.pop({field.name!r})")
    return "\n".join([*lines, "    return rest_", ""])


def _constant(field: Any) -> Any:
    """The field's default where that is one value for all; else the field itself."""
    if field.generated:
        return field
    default = None if callable(field.default) and field.has_default() else field.get_default()
    constant = default is not None or not field.has_default()
    return default if constant and isinstance(default, CONSTANTS) else field


def values_loader(expressions: Sequence[Any], connection: Any) -> Callable[[Any], list[Any]]:
    """What makes rows of Python values: tuples as long as there are expressions."""
    found = [each.converter(connection) for each in expressions]
    count = len(found)
    converted = frozenset(index for index, convert in enumerate(found) if convert)
    with_null = frozenset(index for index in converted if hasattr(found[index], "takes_null"))
    if converted:
        return partial(_values_loader(count, converted, with_null), found)
    # The driver's own tuples, but for what only ordered them.
    return lambda rows: rows if not rows or len(rows[0]) == count else [row[:count] for row in rows]


@lru_cache(maxsize=LOADERS_LIMIT)
def _values_loader(
    count: int, converted: frozenset[int], with_null: frozenset[int]
) -> Callable[..., list[Any]]:
    plan = Plan((), (), converted, with_null, extra=True)
    lines = ["def load(converters, rows):"]
    lines += [f"    to{index} = converters[{index}]" for index in sorted(converted)]
    values = "".join(f"{_converted(index, plan)}, " for index in range(count))
    names = ", ".join(f"c{index}" for index in range(count))
    lines += [f"    return [({values}) for {names}, *_ in rows]", ""]
    return _executed("\n".join(lines), f"<values {values}>", {})
