"""Tags about text as it stands: comment, verbatim, templatetag, spaceless, filter, now.

Step 7. Django's documentation, "Built-in template tags"; in Django:
django.template.defaulttags.
"""

import re
from typing import TYPE_CHECKING

from templating import formats
from templating.compiler import Touch, Writer
from templating.errors import TemplateSyntaxError
from templating.expressions import FilterExpression
from templating.library import Library
from templating.nodes import Node, NodeList, TextNode
from templating.suggest import did_you_mean
from templating.tags.scope import NothingNode

if TYPE_CHECKING:
    from templating.context import Context
    from templating.lexer import Token
    from templating.parser import Parser

register = Library()

BRACES = {
    "openblock": "{%",
    "closeblock": "%}",
    "openvariable": "{{",
    "closevariable": "}}",
    "openbrace": "{",
    "closebrace": "}",
    "opencomment": "{#",
    "closecomment": "#}",
}


@register.tag("comment")
def do_comment(parser: "Parser", token: "Token") -> NothingNode:
    parser.skip_past("endcomment")
    return NothingNode()


class VerbatimNode(Node):
    """The lexer has made everything inside text already."""

    touches = Touch.NOTHING

    def __init__(self, nodelist: NodeList) -> None:
        self.nodelist = nodelist

    def emit(self, writer: Writer) -> None:
        writer.nodes(self.nodelist)


@register.tag("verbatim")
def do_verbatim(parser: "Parser", token: "Token") -> VerbatimNode:
    nodelist = parser.parse(("endverbatim",))
    parser.delete_first_token()
    return VerbatimNode(nodelist)


@register.tag("templatetag")
def do_templatetag(parser: "Parser", token: "Token") -> TextNode:
    words = token.contents.split()
    if len(words) != 2:
        raise TemplateSyntaxError("'templatetag' takes one argument.")
    if words[1] not in BRACES:
        known = ", ".join(BRACES)
        hint = did_you_mean(words[1], BRACES)
        raise TemplateSyntaxError(
            f"Invalid templatetag argument: {words[1]!r}.{hint} Must be one of: {known}."
        )
    return TextNode(BRACES[words[1]])


class SpacelessNode(Node):
    touches = Touch.NOTHING

    def __init__(self, nodelist: NodeList) -> None:
        self.nodelist = nodelist

    def emit(self, writer: Writer) -> None:
        writer.comment(self.token)
        with writer.capture() as parts:
            writer.nodes(self.nodelist)
        writer.write(f"{writer.constant(spaceless)}(''.join({parts}))")


def spaceless(text: str) -> str:
    """White space between tags taken away; between text and tag it stays."""
    return re.sub(r">\s+<", "><", text.strip())


@register.tag("spaceless")
def do_spaceless(parser: "Parser", token: "Token") -> SpacelessNode:
    nodelist = parser.parse(("endspaceless",))
    parser.delete_first_token()
    return SpacelessNode(nodelist)


class FilterNode(Node):
    """The body goes through filters, as the variable `var` of a layer of its own."""

    touches = Touch.NOTHING

    def __init__(self, filters: FilterExpression, nodelist: NodeList) -> None:
        self.filters = filters
        self.nodelist = nodelist

    def emit(self, writer: Writer) -> None:
        writer.comment(self.token)
        with writer.capture() as parts:
            writer.nodes(self.nodelist)
        body = writer.name("body")
        writer.line(f"{body} = join_safe({parts})")
        with writer.bound({"var": body}):
            writer.write(f"plain({writer.expression(self.filters)})")


@register.tag("filter")
def do_filter(parser: "Parser", token: "Token") -> FilterNode:
    words = token.contents.split(None, 1)
    if len(words) != 2:
        raise TemplateSyntaxError("'filter' needs the filters: {% filter force_escape|lower %}.")
    filters = parser.compile_filter(f"var|{words[1]}")
    for function, _ in filters.filters:
        name = getattr(function, "_filter_name", None)
        if name in ("escape", "safe"):
            raise TemplateSyntaxError(
                f"'filter {name}' is not permitted. Use the 'autoescape' tag instead."
            )
    nodelist = parser.parse(("endfilter",))
    parser.delete_first_token()
    return FilterNode(filters, nodelist)


class NowNode(Node):
    child_nodelists = ()

    def __init__(self, letters: str, target: str | None) -> None:
        self.letters = letters
        self.target = target
        self.touches = Touch.NOTHING if target is None else Touch.WRITES

    def render(self, context: "Context") -> str:
        text = formats.format_date(formats.now(), self.letters or formats.DATE_FORMAT)
        if self.target is None:
            return text
        context[self.target] = text
        return ""


@register.tag("now")
def do_now(parser: "Parser", token: "Token") -> NowNode:
    words = token.split_contents()
    target = None
    if len(words) == 4 and words[-2] == "as":
        target = words[-1]
        words = words[:-2]
    if len(words) != 2:
        raise TemplateSyntaxError("'now' statement takes one argument, a quoted date format.")
    return NowNode(words[1][1:-1], target)
