"""What stands between braces: a variable or a literal, and the filters behind it.

Step 7. `article.title|default:"untitled"|upper` is one *filter expression*: a value and a
chain of filters, each with at most one argument.
Django's documentation, "Variables" and "Filters"; in Django: FilterExpression and Variable.
"""

import inspect
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from templating import runtime
from templating.compiler import compile_expression
from templating.errors import TemplateSyntaxError, VariableDoesNotExist
from templating.safe import mark_safe

if TYPE_CHECKING:
    from templating.context import Context
    from templating.lexer import Token
    from templating.parser import Parser

STRING = r'"[^"\\]*(?:\\.[^"\\]*)*"' + r"|'[^'\\]*(?:\\.[^'\\]*)*'"
CONSTANT = rf"_\((?:{STRING})\)|{STRING}"
PATH = r"[\w.]+|[-+.]?\d[\d.e]*"
VALUE = re.compile(rf"(?P<constant>{CONSTANT})|(?P<path>{PATH})")
FILTER = re.compile(rf"\s*\|\s*(?P<name>\w+)(?::(?:(?P<constant>{CONSTANT})|(?P<path>{PATH})))?")


class Variable:
    """A dotted path such as `article.author.0`, or a literal: a number or a string.

    `literal` is the value of a literal and else MISSING; `lookups` are the path's parts.
    Resolving a path that leads nowhere raises VariableDoesNotExist.
    """

    def __init__(self, var: str) -> None:
        if not isinstance(var, str):
            raise TypeError(f"Variable must be a string, got {type(var).__name__}.")
        self.var = var
        self.literal: Any = _number(var)
        self.lookups: tuple[str, ...] = ()
        if self.literal is not runtime.MISSING:
            return
        translatable = var.startswith("_(") and var.endswith(")")
        text = var[2:-1] if translatable else var
        if len(text) > 1 and text[0] in "\"'" and text[-1] == text[0]:
            quote = text[0]
            unquoted = text[1:-1].replace(f"\\{quote}", quote).replace("\\\\", "\\")
            self.literal = mark_safe(unquoted)
            return
        if "._" in text or text.startswith("_"):
            raise TemplateSyntaxError(
                f"Variables and attributes may not begin with underscores: {var!r}."
            )
        self.lookups = tuple(text.split("."))

    def resolve(self, context: "Context") -> Any:
        if not self.lookups:
            return self.literal
        value = runtime.find(context, self.lookups[0])
        value = runtime.lookup_path(value, self.lookups[1:])
        if value is runtime.MISSING:
            raise VariableDoesNotExist("Failed lookup for %r", (self.var,))
        return value

    def __repr__(self) -> str:
        return f"<Variable: {self.var!r}>"

    def __str__(self) -> str:
        return self.var


def _number(text: str) -> Any:
    """The number that the text writes, or MISSING."""
    try:
        if "." in text or "e" in text.lower():
            return runtime.MISSING if text.endswith(".") else float(text)
        return int(text)
    except ValueError:
        return runtime.MISSING


class FilterExpression:
    """A value with its filters, parsed: `var` and, for each filter, (function, argument)."""

    def __init__(self, token: str, parser: "Parser", tag: "Token | None" = None) -> None:
        self.token = token
        self.tag = tag  # where it stands
        found = VALUE.match(token)
        if found is None:
            raise TemplateSyntaxError(
                f"Could not parse {token!r}: expected a variable, a number or a quoted string."
            )
        self.var = Variable(found.group())
        self.filters: list[tuple[Callable[..., Any], Variable | None]] = []
        end = found.end()
        while found := FILTER.match(token, end):
            function = parser.find_filter(found["name"])
            text = found["constant"] or found["path"]
            argument = None if text is None else Variable(text)
            check_arguments(found["name"], function, 0 if argument is None else 1)
            self.filters.append((function, argument))
            end = found.end()
        if end != len(token):
            raise TemplateSyntaxError(
                f"Could not parse the remainder: {token[end:]!r} from {token!r}"
            )
        self.source = parser.source
        self._compiled: dict[bool, Callable[[Context, bool], Any]] = {}

    @property
    def is_var(self) -> bool:
        return bool(self.var.lookups)

    def resolve(self, context: "Context", ignore_failures: bool = False) -> Any:
        """The value now. Of what is missing: None if failures are ignored, else the
        engine's `string_if_invalid`."""
        if not self.filters:
            return self._plain(context, ignore_failures)
        function = self._compiled.get(context.autoescape)
        if function is None:
            function = compile_expression(self, self.source, context.autoescape)
            self._compiled[context.autoescape] = function
        return function(context, ignore_failures)

    def _plain(self, context: "Context", ignore_failures: bool) -> Any:
        """A value without filters: nothing to compile."""
        if not self.var.lookups:
            return self.var.literal
        first, *rest = self.var.lookups
        value = runtime.lookup_path(runtime.find(context, first), rest)
        if value is runtime.SILENCED and self.source.engine:
            return self.source.engine.string_if_invalid
        if value is not runtime.MISSING:
            return value
        return None if ignore_failures else self.source.string_if_invalid(self.var.var)

    def __str__(self) -> str:
        return self.token

    def __repr__(self) -> str:
        return f"<FilterExpression {self.token!r}>"


def check_arguments(name: str, function: Callable[..., Any], provided: int) -> None:
    """A filter takes its value and at most one argument; say which it wanted."""
    parameters = [
        parameter
        for parameter in inspect.signature(function).parameters.values()
        if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
        and parameter.name != "autoescape"
    ]
    needed = sum(parameter.default is parameter.empty for parameter in parameters) - 1
    allowed = len(parameters) - 1
    if not needed <= provided <= allowed:
        wanted = "an argument" if needed else "no argument"
        given = "one" if provided else "none"
        raise TemplateSyntaxError(f"The filter {name!r} takes {wanted}, and was given {given}.")
