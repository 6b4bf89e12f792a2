"""Tags about the rows of a loop: ifchanged, regroup.

Step 7. Both serve a list that is in order: a heading where the month changes, or a list of
lists. Django's documentation, "Built-in template tags"; in Django:
django.template.defaulttags.
"""

from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from templating.compiler import Touch
from templating.errors import TemplateSyntaxError
from templating.expressions import FilterExpression
from templating.library import Library
from templating.nodes import Node, NodeList

if TYPE_CHECKING:
    from templating.context import Context
    from templating.lexer import Token
    from templating.parser import Parser

register = Library()


class IfChangedNode(Node):
    """What it saw last is kept in the loop around it, so an inner loop begins anew."""

    child_nodelists = ("nodelist_true", "nodelist_false")
    touches = Touch.READS

    def __init__(
        self, nodelist_true: NodeList, nodelist_false: NodeList, *values: FilterExpression
    ) -> None:
        self.nodelist_true = nodelist_true
        self.nodelist_false = nodelist_false
        self.values = values

    def render(self, context: "Context") -> str:
        state: Any = context.get("forloop", context.render_context)
        text = None
        now: Any = [value.resolve(context, ignore_failures=True) for value in self.values]
        if not self.values:
            now = text = self.nodelist_true.render(context)
        if now == state.get(self):
            return self.nodelist_false.render(context)
        state[self] = now
        return text or self.nodelist_true.render(context)  # nothing, as in Django, is asked again


@register.tag("ifchanged")
def do_ifchanged(parser: "Parser", token: "Token") -> IfChangedNode:
    values = [parser.compile_filter(word) for word in token.split_contents()[1:]]
    nodelist_true = parser.parse(("else", "endifchanged"))
    nodelist_false = NodeList(source=parser.source)
    if parser.next_token().contents == "else":
        nodelist_false = parser.parse(("endifchanged",))
        parser.delete_first_token()
    return IfChangedNode(nodelist_true, nodelist_false, *values)


class GroupedResult(NamedTuple):
    """One group, as templates see it: `group.grouper` and `group.list`."""

    grouper: Any
    list: list[Any]


class RegroupNode(Node):
    child_nodelists = ()

    def __init__(self, target: FilterExpression, key: FilterExpression, name: str) -> None:
        self.target = target
        self.key = key
        self.name = name

    def render(self, context: "Context") -> str:
        rows = self.target.resolve(context, ignore_failures=True)

        def key_of(row: Any) -> Any:
            # The key may have filters with arguments, so it is asked as any variable is:
            # by name, in the context, where the list of groups takes its place in the end.
            context[self.name] = row
            return self.key.resolve(context, ignore_failures=True)

        groups = groupby(() if rows is None else rows, key_of)
        context[self.name] = [GroupedResult(key, list(group)) for key, group in groups]
        return ""


@register.tag("regroup")
def do_regroup(parser: "Parser", token: "Token") -> RegroupNode:
    words = token.split_contents()
    if len(words) != 6 or words[2] != "by" or words[4] != "as":
        raise TemplateSyntaxError(
            "'regroup' tag takes five arguments: {% regroup list by key as name %}."
        )
    target, key, name = words[1], words[3], words[5]
    return RegroupNode(parser.compile_filter(target), parser.compile_filter(f"{name}.{key}"), name)
