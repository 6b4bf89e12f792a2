"""A second opinion: the nodes of a template walked one by one, as simply as can be.

What the compiler makes of them must give the same text, however it was made. It knows the
tags that have code of their own in the compiler, and nothing of speed.
"""

from typing import Any

from templating.expressions import FilterExpression, Variable
from templating.nodes import Node, TextNode, VariableNode
from templating.runtime import MISSING
from templating.safe import SafeData, SafeString, conditional_escape, mark_safe
from templating.tags.choice import CycleNode, FirstOfNode
from templating.tags.logic import Comparison, Condition, IfNode, Junction, Not, Operand
from templating.tags.loop import ForNode
from templating.tags.rows import IfChangedNode
from templating.tags.scope import AutoEscapeNode, NothingNode, WithNode
from templating.tags.text import FilterNode, SpacelessNode, VerbatimNode, spaceless
from templating.template import Template

COMPARISONS = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
    "in": lambda a, b: a in b,
    "not in": lambda a, b: a not in b,
    "is": lambda a, b: a is b,
    "is not": lambda a, b: a is not b,
}


class MissingArgumentError(Exception):
    """A filter's argument leads nowhere."""


def interpret(template: Template, values: dict[str, Any]) -> str:
    names = [{"True": True, "False": False, "None": None}, dict(values)]
    return Interpreter(names).all(template.nodelist)


class Interpreter:
    def __init__(self, names: list[dict[Any, Any]]) -> None:
        self.names = names  # the scopes, innermost last
        self.autoescape = True
        self.state: dict[Any, Any] = {}  # what cycle and ifchanged remember

    def all(self, nodes: Any) -> str:
        return "".join(self.one(node) for node in nodes)

    def one(self, node: Node) -> str:
        match node:
            case TextNode():
                return node.s
            case VariableNode():
                return self.text(self.value(node.filter_expression, missing=""))
            case IfNode():
                for condition, nodelist, _ in node.branches:
                    if condition is None or self.holds(condition):
                        return self.all(nodelist)
                return ""
            case ForNode():
                return self.loop(node)
            case WithNode():
                layer = {name: self.value(value, "") for name, value in node.values.items()}
                return self.within(layer, node.nodelist)
            case AutoEscapeNode():
                before, self.autoescape = self.autoescape, node.setting
                text = self.all(node.nodelist)
                self.autoescape = before
                return text
            case FilterNode():
                self.names.append({"var": SafeString(self.all(node.nodelist))})
                text = str(self.value(node.filters, missing=""))
                self.names.pop()
                return text
            case SpacelessNode():
                return spaceless(self.all(node.nodelist))
            case VerbatimNode():
                return self.all(node.nodelist)
            case FirstOfNode():
                found = [value for value in map(self.silent, self.first(node)) if value]
                text = self.text(found[0]) if found else ""
                if node.target is None:
                    return text
                self.names[-1][node.target] = mark_safe(text) if self.autoescape else text
                return ""
            case CycleNode():
                turn = self.state[node] = self.state.get(node, -1) + 1
                value = self.value(node.values[turn % len(node.values)], missing="")
                if node.target is not None:
                    holders = [layer for layer in self.names if node.target in layer]
                    (holders or self.names)[-1][node.target] = value
                return "" if node.silent else self.text(value)
            case IfChangedNode():
                return self.changed(node)
            case NothingNode():
                return ""
        raise NotImplementedError(node)

    def first(self, node: FirstOfNode) -> Any:
        """The values up to the first that counts: what follows is not even looked at."""
        for value in node.values:
            yield value
            if self.silent(value):
                return

    def loop(self, node: ForNode) -> str:
        items = self.value(node.sequence, missing=None)
        items = [] if items is None else list(items)
        if not items:
            return self.within({}, node.nodelist_empty)
        if node.is_reversed:
            items.reverse()
        forloop: dict[Any, Any] = {"parentloop": self.find("forloop", {}), "length": len(items)}
        self.names.append({"forloop": forloop})
        text = ""
        for index, item in enumerate(items):
            forloop |= {"counter0": index, "counter": index + 1}
            forloop |= {"revcounter0": len(items) - index - 1, "revcounter": len(items) - index}
            forloop |= {"first": index == 0, "last": index == len(items) - 1}
            parts = [item]
            if len(node.loopvars) > 1:
                parts = list(item) if hasattr(item, "__len__") else [item]
                if len(parts) != len(node.loopvars):
                    raise ValueError("unpacking")
            self.names[-1].update(zip(node.loopvars, parts, strict=True))
            text += self.all(node.nodelist_loop)
        self.names.pop()
        return text

    def changed(self, node: IfChangedNode) -> str:
        state = self.find("forloop", self.state)
        text = None
        now: Any = [self.silent(value) for value in node.values]
        if not node.values:
            now = text = self.all(node.nodelist_true)
        if now == state.get(node):
            return self.all(node.nodelist_false)
        state[node] = now
        return text or self.all(node.nodelist_true)

    def within(self, layer: dict[Any, Any], nodelist: Any) -> str:
        self.names.append(layer)
        text = self.all(nodelist)
        self.names.pop()
        return text

    # -- values ----------------------------------------------------------------------------

    def text(self, value: Any) -> str:
        text = value if isinstance(value, str) else str(value)
        return str(conditional_escape(text)) if self.autoescape else str(text)

    def silent(self, expression: FilterExpression) -> Any:
        return self.value(expression, missing=None)

    def value(self, expression: FilterExpression, missing: Any) -> Any:
        value = self.variable(expression.var)
        if value is MISSING:
            value = missing
        for function, argument in expression.filters:
            arguments = []
            if argument is not None:
                arguments.append(self.variable(argument))
                if arguments[0] is MISSING:
                    raise MissingArgumentError
            if getattr(function, "needs_autoescape", False):
                result = function(value, *arguments, autoescape=self.autoescape)
            else:
                result = function(value, *arguments)
            if getattr(function, "is_safe", False) and isinstance(value, SafeData):
                result = mark_safe(result)
            value = result
        return value

    def variable(self, variable: Variable) -> Any:
        if not variable.lookups:
            return variable.literal
        first, *rest = variable.lookups
        value = self.call(self.find(first, MISSING))
        for name in rest:
            value = self.call(self.step(value, name))
        return value

    def find(self, name: str, otherwise: Any) -> Any:
        holders = [layer for layer in self.names if name in layer]
        return holders[-1][name] if holders else otherwise

    def step(self, value: Any, name: str) -> Any:
        """Key, else attribute, else index."""
        if value is MISSING:
            return MISSING
        try:
            return value[name]
        except (TypeError, AttributeError, KeyError, ValueError, IndexError):
            pass
        if hasattr(value, name):
            return getattr(value, name)
        try:
            return value[int(name)]
        except (TypeError, KeyError, ValueError, IndexError):
            return MISSING

    def call(self, value: Any) -> Any:
        return value() if callable(value) and value is not MISSING else value

    # -- conditions ------------------------------------------------------------------------

    def holds(self, condition: Condition) -> Any:
        """A condition at the top: only there an error in a value is an error of the page."""
        if isinstance(condition, Operand):
            try:
                return self.silent(condition.expression)
            except MissingArgumentError:
                return None
        return self.test(condition)

    def test(self, condition: Condition) -> Any:
        if isinstance(condition, Operand):
            return self.silent(condition.expression)
        try:
            match condition:
                case Not():
                    return not self.test(condition.operand)
                case Junction(operator="and"):
                    return self.test(condition.left) and self.test(condition.right)
                case Junction():
                    return self.test(condition.left) or self.test(condition.right)
                case Comparison():
                    left, right = self.test(condition.left), self.test(condition.right)
                    return COMPARISONS[condition.operator](left, right)
        except Exception:
            return False
