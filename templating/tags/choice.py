"""Tags that give one value of several: firstof, cycle, resetcycle, widthratio.

Step 7. These are written in Django's manner, with `render(context)`: what an application's
own tags look like. In Django: django.template.defaulttags.
"""

import itertools
from typing import TYPE_CHECKING

from templating.compiler import Touch
from templating.errors import TemplateSyntaxError, VariableDoesNotExist
from templating.expressions import FilterExpression
from templating.library import Library
from templating.nodes import Node
from templating.runtime import render_value_in_context
from templating.safe import mark_safe

if TYPE_CHECKING:
    from templating.context import Context
    from templating.lexer import Token
    from templating.parser import Parser

register = Library()


class FirstOfNode(Node):
    child_nodelists = ()

    def __init__(self, values: list[FilterExpression], target: str | None) -> None:
        self.values = values
        self.target = target
        self.touches = Touch.READS if target is None else Touch.WRITES

    def render(self, context: "Context") -> str:
        text = ""
        for expression in self.values:
            value = expression.resolve(context, ignore_failures=True)
            if value:
                text = render_value_in_context(value, context)
                break
        if self.target is None:
            return text
        context[self.target] = mark_safe(text) if context.autoescape else text
        return ""


@register.tag("firstof")
def do_firstof(parser: "Parser", token: "Token") -> FirstOfNode:
    words = token.split_contents()[1:]
    target = None
    if not words:
        raise TemplateSyntaxError("'firstof' statement requires at least one argument.")
    if len(words) >= 2 and words[-2] == "as":
        target = words[-1]
        words = words[:-2]
    return FirstOfNode([parser.compile_filter(word) for word in words], target)


class CycleNode(Node):
    """Each render gives the next value; where it stands is kept with the render."""

    child_nodelists = ()

    def __init__(
        self, values: list[FilterExpression], target: str | None = None, silent: bool = False
    ) -> None:
        self.values = values
        self.target = target
        self.silent = silent
        self.touches = Touch.READS if target is None else Touch.WRITES

    def render(self, context: "Context") -> str:
        if self not in context.render_context:
            self.reset(context)
        value = next(context.render_context[self]).resolve(context)
        if self.target is not None:
            context.set_upward(self.target, value)
        return "" if self.silent else render_value_in_context(value, context)

    def reset(self, context: "Context") -> None:
        context.render_context[self] = itertools.cycle(self.values)  # type: ignore[index]


class ResetCycleNode(Node):
    child_nodelists = ()
    touches = Touch.NOTHING

    def __init__(self, cycle: CycleNode) -> None:
        self.cycle = cycle

    def render(self, context: "Context") -> str:
        self.cycle.reset(context)
        return ""


def _cycles(parser: "Parser") -> dict[str, CycleNode]:
    """The cycles of the template so far, by name and the last one by ""."""
    return parser.extra_data.setdefault("cycles", {})  # type: ignore[no-any-return]


@register.tag("cycle")
def do_cycle(parser: "Parser", token: "Token") -> CycleNode:
    words = token.split_contents()[1:]
    if not words:
        raise TemplateSyntaxError("'cycle' tag requires at least two arguments.")
    if len(words) == 1:
        return _named_cycle(parser, words[0])
    target, silent = None, False
    if len(words) > 3 and words[-3] == "as":
        if words[-1] != "silent":
            raise TemplateSyntaxError(
                f"Only 'silent' flag is allowed after cycle's name, not {words[-1]!r}."
            )
        silent = True
        words = words[:-1]
    if silent or (len(words) > 3 and words[-2] == "as"):
        target = words[-1]
        words = words[:-2]
    node = CycleNode([parser.compile_filter(word) for word in words], target, silent)
    _cycles(parser)[""] = node
    if target is not None:
        _cycles(parser)[target] = node
    return node


def _named_cycle(parser: "Parser", name: str) -> CycleNode:
    if name not in _cycles(parser):
        raise TemplateSyntaxError(f"Named cycle {name!r} does not exist.")
    return _cycles(parser)[name]


@register.tag("resetcycle")
def do_resetcycle(parser: "Parser", token: "Token") -> ResetCycleNode:
    words = token.split_contents()[1:]
    if len(words) > 1:
        raise TemplateSyntaxError("'resetcycle' accepts at most one argument.")
    if not words and "" not in _cycles(parser):
        raise TemplateSyntaxError("No cycles in template.")
    return ResetCycleNode(_named_cycle(parser, words[0] if words else ""))


class WidthRatioNode(Node):
    child_nodelists = ()

    def __init__(
        self,
        value: FilterExpression,
        max_value: FilterExpression,
        max_width: FilterExpression,
        target: str | None,
    ) -> None:
        self.value = value
        self.max_value = max_value
        self.max_width = max_width
        self.target = target
        self.touches = Touch.READS if target is None else Touch.WRITES

    def render(self, context: "Context") -> str:
        result = self.ratio(context)
        if self.target is None:
            return result
        context[self.target] = result
        return ""

    def ratio(self, context: "Context") -> str:
        try:
            value = self.value.resolve(context)
            max_value = self.max_value.resolve(context)
            max_width = int(self.max_width.resolve(context))
        except VariableDoesNotExist:
            return ""
        except (ValueError, TypeError):
            raise TemplateSyntaxError("widthratio final argument must be a number.") from None
        try:
            return str(round(float(value) / float(max_value) * max_width))
        except ZeroDivisionError:
            return "0"
        except (ValueError, TypeError, OverflowError):
            return ""


@register.tag("widthratio")
def do_widthratio(parser: "Parser", token: "Token") -> WidthRatioNode:
    words = token.split_contents()[1:]
    target = None
    if len(words) == 5 and words[3] == "as":
        target = words[4]
        words = words[:3]
    if len(words) != 3:
        raise TemplateSyntaxError("'widthratio' takes at least three arguments.")
    value, max_value, max_width = (parser.compile_filter(word) for word in words)
    return WidthRatioNode(value, max_value, max_width, target)
