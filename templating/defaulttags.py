"""The built-in tags under the module name that Django gives them.

Step 7. For tags written for Django, which build on these nodes or parse a condition as the
tag `if` does: `TemplateIfParser(parser, words).parse().eval(context)`.
"""

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from templating.compiler import Writer, finish
from templating.library import Library
from templating.tags import MODULES, choice, rows, scope
from templating.tags.choice import CycleNode, FirstOfNode, ResetCycleNode, WidthRatioNode
from templating.tags.drafts import DebugNode, LoremNode
from templating.tags.logic import Condition, ConditionParser, IfNode, do_if
from templating.tags.loop import ForNode, do_for
from templating.tags.partials import PartialDefNode, PartialNode
from templating.tags.rows import GroupedResult, IfChangedNode, RegroupNode
from templating.tags.scope import CsrfTokenNode, WithNode, do_with
from templating.tags.text import FilterNode, NowNode, SpacelessNode, VerbatimNode, do_filter

if TYPE_CHECKING:
    from templating.context import Context
    from templating.parser import Parser

cycle, firstof, ifchanged = choice.do_cycle, choice.do_firstof, rows.do_ifchanged
AutoEscapeControlNode = scope.AutoEscapeNode

register = Library()
for module in MODULES:
    register.tags.update(import_module(module).register.tags)


class TemplateIfParser:
    """The words behind `if`, for a tag of one's own that asks the same questions."""

    def __init__(self, parser: "Parser", tokens: list[str]) -> None:
        self.parser = parser
        self.tokens = tokens

    def parse(self) -> "CompiledCondition":
        condition = ConditionParser(self.parser, self.tokens).parse()
        return CompiledCondition(condition, self.parser)


class CompiledCondition:
    """A condition that a node can ask for by itself."""

    def __init__(self, condition: Condition, parser: "Parser") -> None:
        self.condition = condition
        self.source = parser.source
        self._compiled: dict[bool, Callable[..., Any]] = {}

    def eval(self, context: "Context") -> Any:
        if context.autoescape not in self._compiled:
            writer = Writer(self.source, context.autoescape)
            writer.line(f"return {self.condition.emit(writer)}")
            made = finish(writer, "def condition(context):").function
            self._compiled[context.autoescape] = made
        return self._compiled[context.autoescape](context)


__all__ = [
    "AutoEscapeControlNode", "CsrfTokenNode", "CycleNode", "DebugNode", "FilterNode", "FirstOfNode",
    "ForNode", "GroupedResult", "IfChangedNode", "IfNode", "LoremNode", "NowNode",
    "PartialDefNode", "PartialNode", "RegroupNode", "ResetCycleNode", "SpacelessNode",
    "TemplateIfParser", "VerbatimNode", "WidthRatioNode", "WithNode", "cycle", "do_filter",
    "do_for", "do_if", "do_with", "firstof", "ifchanged", "register",
]  # fmt: skip
