"""From rows to objects: a loader written for the columns at hand.

Step 6 of the trip, on the way back. What is done for every row is done many times, so the
loop over rows is generated as Python source for this model and these columns, with every
attribute by name and a converter only where the database needs one: half the time of a
loop with setattr. It is ordinary code that shows in tracebacks; `print(source(plan))`.

In Django: `ModelIterable` and `Model.from_db`.
"""

import linecache
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from miniorm.state import ModelState

Loader = Callable[[Sequence[Any], str], list[Any]]

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
    if plan not in _loaders:
        if len(_loaders) >= LOADERS_LIMIT:
            _loaders.clear()
        _loaders[plan] = _compiled(plan)
    load = _loaders[plan]
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
        lines.append(f"        o0.{name} = {_converted(column, plan)}")
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
    text = source(plan)
    label = plan.parts[0].model._meta.label
    filename = f"<loader {len(_loaders)} of {label}>"
    namespace: dict[str, Any] = {"ModelState": ModelState, "new": object.__new__}
    namespace |= {f"m{number}": part.model for number, part in enumerate(plan.parts)}
    # Every name in it is a Python identifier: fields and annotations are checked to be.
    exec(compile(text, filename, "exec"), namespace)  # noqa: S102
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    load: Callable[..., list[Any]] = namespace["load"]
    return load


def values_loader(expressions: Sequence[Any], connection: Any) -> Callable[[Any], list[Any]]:
    """What makes rows of Python values: tuples as long as there are expressions."""
    converters = [each.converter(connection) for each in expressions]
    if any(hasattr(each, "takes_null") for each in converters):
        return _values_with_null(list(map(_with_null, converters)))
    count = len(converters)
    if not any(converters):
        return lambda rows: [row[:count] for row in rows]

    def load(rows: Any) -> list[Any]:
        return [
            tuple(
                value if convert is None or value is None else convert(value)
                for value, convert in zip(row, converters, strict=False)
            )
            for row in rows
        ]

    return load


def _values_with_null(converters: list[Any]) -> Callable[[Any], list[Any]]:
    return lambda rows: [
        tuple(convert(value) for value, convert in zip(row, converters, strict=False))
        for row in rows
    ]


def _with_null(convert: Any) -> Any:
    """A converter that takes every value, NULL too."""
    if hasattr(convert, "takes_null"):
        return convert
    return lambda value: value if convert is None or value is None else convert(value)
