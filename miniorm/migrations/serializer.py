"""A value written as Python: `models.CharField(max_length=200)`.

Beside the trip, when migrations are written. First a value becomes a small tree (a call, a
list, a text), then the tree is written on one line where it fits and else broken up, as
a person would. The line without breaks is also how two values are compared.

In Django: `django.db.migrations.serializer`.
"""

import copy
import datetime
import decimal
import enum
import functools
import math
import pathlib
import re
import types
import uuid
from collections.abc import Iterable
from typing import Any, NamedTuple

from miniorm import models
from miniorm.deconstruction import deconstruct_value, parameters, path_of

LINE = 100


class Node(NamedTuple):
    """Text, and where it has parts what encloses them: ("models.F(", parts, ")")."""

    text: str
    parts: tuple["Node", ...] | None = None
    end: str = ""
    prefix: str = ""  # "name=" or "'key': "

    def flat(self) -> str:
        if self.parts is None:
            return self.prefix + self.text
        inside = ", ".join(part.flat() for part in self.parts)
        comma = "," if self.text == "(" and len(self.parts) == 1 else ""
        return f"{self.prefix}{self.text}{inside}{comma}{self.end}"

    def lines(self, indent: int = 0, taken: int = 0) -> str:
        """Written so that lines fit, `taken` characters before and a comma after it."""
        flat = self.flat()
        if not self.parts or (indent + taken + len(flat) + 1 <= LINE and "\n" not in flat):
            return flat
        inner = " " * (indent + 4)
        body = "".join(f"{inner}{part.lines(indent + 4)},\n" for part in self.parts)
        return f"{self.prefix}{self.text}\n{body}{' ' * indent}{self.end}"


class Serializer:
    """Makes trees of values, and remembers what must be imported for them."""

    def __init__(self, strict: bool = True) -> None:
        self.strict = strict  # else what cannot be written stands as its repr
        self.imports: set[str] = set()

    def node(self, value: Any) -> Node:
        """The tree of a value; raises ValueError for one that cannot be written."""
        if isinstance(value, models.Choices):  # the class may be gone by the time it is read
            return self.node(value.value)
        if isinstance(value, enum.Enum):
            return Node(f"{self.name(path_of(type(value)))}[{_quoted(value.name)}]")
        if isinstance(value, float) and not math.isfinite(value):
            return Node(f'float("{value}")')
        if isinstance(value, str):
            return Node(_quoted(str(value)))
        if value is None or value is Ellipsis or type(value) in (bool, int, float, bytes, complex):
            return Node(repr(value))
        if isinstance(value, list | tuple | set | frozenset | dict):
            return self._collection(value)
        if isinstance(value, decimal.Decimal | uuid.UUID | pathlib.PurePath):
            name = "Path" if isinstance(value, pathlib.Path) else type(value).__name__
            module = "pathlib" if isinstance(value, pathlib.PurePath) else type(value).__module__
            return self.call(f"{module}.{name}", [str(value)])
        if isinstance(value, datetime.date | datetime.time | datetime.timedelta | datetime.tzinfo):
            return self._moment(value)
        if isinstance(value, re.Pattern):
            flags = value.flags & ~re.UNICODE
            return self.call("re.compile", [value.pattern, *([flags] if flags else [])])
        if isinstance(value, range):
            return Node(repr(value))
        if isinstance(value, functools.partial):
            return self.call("functools.partial", [value.func, *value.args], value.keywords)
        return self._object(value)

    def call(self, path: str, args: Iterable[Any] = (), kwargs: Any = None) -> Node:
        """`path(*args, **kwargs)` with the path as it is imported."""
        parts = [self.node(each) for each in args]
        parts += [
            self.node(each)._replace(prefix=f"{key}=") for key, each in (kwargs or {}).items()
        ]
        return Node(f"{self.name(path)}(", tuple(parts), ")")

    def name(self, path: str) -> str:
        """How the file calls what is found at `path`; its import is noted."""
        module, _, name = path.rpartition(".")
        if module == "builtins":
            return name
        for package in ("miniorm.models", "miniorm.migrations"):
            if module == package:
                short = package.rpartition(".")[2]
                self.imports.add(f"from miniorm import {short}")
                return f"{short}.{name}"
        while module and not _is_module(module):  # a class in a class
            module = module.rpartition(".")[0]
        if module.partition(".")[0] in ("models", "migrations"):  # one's own, not miniorm's
            alias = f"main_{module.replace('.', '_')}"
            self.imports.add(f"import {module} as {alias}")
            return alias + path.removeprefix(module)
        if module:
            self.imports.add(f"import {module}")
        return path

    def _collection(self, value: Any) -> Node:
        if isinstance(value, dict):
            parts = [
                self.node(each)._replace(prefix=f"{self.node(key).flat()}: ")
                for key, each in value.items()
            ]
            return Node("{", tuple(parts), "}")
        if isinstance(value, set | frozenset):
            ordered = sorted(value, key=lambda each: self.node(each).flat())
            inside = tuple(self.node(each) for each in ordered)
            if type(value) is frozenset or not inside:
                whole = (Node("[", inside, "]"),) if inside else ()
                return Node(f"{type(value).__name__}(", whole, ")")
            return Node("{", inside, "}")
        inside = tuple(self.node(each) for each in value)
        return Node("[", inside, "]") if isinstance(value, list) else Node("(", inside, ")")

    def _moment(self, value: Any) -> Node:
        self.imports.add("import datetime")
        zone = getattr(value, "tzinfo", None)
        if value is datetime.UTC:
            return Node("datetime.timezone.utc")
        if isinstance(value, datetime.datetime) and zone not in (None, datetime.UTC):
            return self._moment(value.astimezone(datetime.UTC))
        return Node(repr(value))

    def _object(self, value: Any) -> Node:
        if isinstance(value, models.Q):
            return self._condition(value)
        if hasattr(value, "deconstruct") and not isinstance(value, type):
            path, args, kwargs = value.deconstruct()[-3:]
            return self.call(path, args, kwargs)
        if isinstance(value, type | types.FunctionType | types.BuiltinFunctionType):
            return self._definition(value)
        if isinstance(value, types.MethodType) and isinstance(value.__self__, type):
            owner = self.name(path_of(value.__self__))
            return Node(f"{owner}.{value.__name__}")
        if hasattr(value, "resolve_expression"):
            return self._expression(value)
        if _can_be_made_anew(value):
            return self.call(*deconstruct_value(value))
        return self._unwritable(value, "give its class a deconstruct() method")

    def _definition(self, value: Any) -> Node:
        if "<" in value.__qualname__:
            return self._unwritable(value, "define it at the top of a module, by a def")
        return Node(self.name(path_of(value)))

    def _condition(self, value: Any) -> Node:
        """A Q with Python's operators where it has them: `Q(a=1) | ~Q(b=2)`."""
        if value.negated:
            inner = copy.copy(value)
            inner.negated = False
            only = inner.children[0] if len(inner.children) == 1 else inner
            written = self.node(only if isinstance(only, models.Q) else inner).flat()
            return Node(f"~{written}" if written.startswith("models.") else f"~({written})")
        if value.connector != models.Q.AND and all(
            isinstance(each, models.Q) for each in value.children
        ):
            sign = " | " if value.connector == models.Q.OR else " ^ "
            return Node(sign.join(self._operand(each) for each in value.children))
        parts = []
        for child in value.children:
            plain = isinstance(child, tuple) and child[0].isidentifier()
            node = self.node(child[1])._replace(prefix=f"{child[0]}=") if plain else None
            parts.append(node or self.node(child))
        # Conditions in brackets come before those by name.
        parts.sort(key=lambda part: bool(part.prefix))
        if value.connector != models.Q.AND:
            parts.append(self.node(value.connector)._replace(prefix="_connector="))
        return Node(f"{self.name('miniorm.models.Q')}(", tuple(parts), ")")

    def _operand(self, condition: Any) -> str:
        written = self.node(condition).flat()
        joined = condition.connector != models.Q.AND and not condition.negated
        return f"({written})" if joined else written

    def _expression(self, value: Any) -> Node:
        """An expression from what it is made of: its sources, and other parameters."""
        if isinstance(value, models.F):
            return self.call(path_of(type(value)), [value.name])
        kwargs = {
            name: each
            for name, each in deconstruct_value(value)[2].items()
            if name not in ("expression", "expressions", "lhs", "rhs", "left", "right", "condition")
        }
        kwargs |= getattr(value, "extra", {})  # what a Func says to its template
        operator = kwargs.pop("operator", None)
        if operator in ("^", "&", "|", "#", "<<", ">>"):
            first, second = value.sources
            return self.call(path_of(type(value)), [first, operator, second], kwargs)
        if operator is not None:  # F("a") + 1
            left, right = map(self._plain, value.sources)
            if all(isinstance(each, models.Value) for each in value.sources):
                left = self.node(value.sources[0]).flat()  # else Python would compute it
            return Node(f"({left} {operator.replace('%%', '%')} {right})")
        sources = list(value.sources)
        if hasattr(value, "lookup_name") and hasattr(value, "rhs") and len(sources) == 1:
            sources.append(value.rhs)
        return self.call(path_of(type(value)), sources, kwargs)

    def _plain(self, operand: Any) -> str:
        """An operand; a value beside F("a") need not say that it is one."""
        is_plain = (
            isinstance(operand, models.Value)
            and "output_field" not in (deconstruct_value(operand)[2])
        )
        return self.node(operand.value if is_plain else operand).flat()

    def _unwritable(self, value: Any, advice: str) -> Node:
        if self.strict:
            raise ValueError(f"{value!r} cannot be written into a migration: {advice}.")
        return Node(f"<{type(value).__name__} {id(value)}>")


def text_of(value: Any, strict: bool = True) -> str:
    """A value on one line."""
    return Serializer(strict).node(value).flat()


def _quoted(text: str) -> str:
    """A string in double quotes, unless it holds some."""
    written = repr(text)
    if written[0] == "'" and '"' not in text:
        return f'"{written[1:-1]}"'.replace("\\'", "'")
    return written


def _is_module(path: str) -> bool:
    import sys

    return path in sys.modules


def _can_be_made_anew(value: Any) -> bool:
    """Whether each parameter of its class is an attribute too, as with validators."""
    missing = object()
    names = parameters(value.__class__)
    own = type(value).__module__ != "builtins"
    return own and all(
        getattr(value, name, getattr(value, f"_{name}", missing)) is not missing for name in names
    )
