"""Tags that change what the tags inside or after them see: with, autoescape, load, ...

Step 7. Django's documentation, "Built-in template tags"; in Django:
django.template.defaulttags.
"""

from typing import TYPE_CHECKING

from templating.compiler import Touch, Writer
from templating.errors import TemplateSyntaxError
from templating.expressions import FilterExpression
from templating.library import Library
from templating.nodes import Node, NodeList
from templating.parser import ELSEWHERE
from templating.safe import SafeString, format_html
from templating.suggest import did_you_mean
from templating.words import token_kwargs

if TYPE_CHECKING:
    from templating.context import Context
    from templating.lexer import Token
    from templating.parser import Parser

register = Library()


class WithNode(Node):
    touches = Touch.NOTHING

    def __init__(self, values: dict[str, FilterExpression], nodelist: NodeList) -> None:
        self.values = values
        self.nodelist = nodelist

    def emit(self, writer: Writer) -> None:
        """Local variables where nobody could tell, else a layer on the context."""
        writer.comment(self.token)
        touch = writer.touch(self.nodelist)
        names: dict[str, str | None] = {}
        for name, value in self.values.items():
            names[name] = writer.name(name)
            # Read from the outer scope, so that `{% with a=b b=a %}` swaps.
            invalid = writer.source.string_if_invalid(value.var.var)
            missing = None if invalid else '""'
            writer.line(f"{names[name]} = {writer.expression(value, missing)}")
        if touch is Touch.NOTHING:
            with writer.bound(names):
                writer.nodes(self.nodelist)
            return
        layer = ", ".join(f"{name!r}: {value}" for name, value in names.items())
        with writer.block(f"with context.push({{{layer}}})"):
            if touch >= Touch.CHANGES:
                names = dict.fromkeys(names)
            with writer.bound(names):
                writer.nodes(self.nodelist)


@register.tag("with")
def do_with(parser: "Parser", token: "Token") -> WithNode:
    words = token.split_contents()[1:]
    values = token_kwargs(words, parser, support_legacy=True)
    if not values:
        raise TemplateSyntaxError("'with' expected at least one variable assignment: name=value.")
    if words:
        raise TemplateSyntaxError(f"'with' received an invalid token: {words[0]!r}.")
    nodelist = parser.parse(("endwith",))
    parser.delete_first_token()
    return WithNode(values, nodelist)


class AutoEscapeNode(Node):
    touches = Touch.NOTHING

    def __init__(self, setting: bool, nodelist: NodeList) -> None:
        self.setting = setting
        self.nodelist = nodelist

    def emit(self, writer: Writer) -> None:
        """Settled while compiling; the context is told too, for what renders by itself."""
        before = writer.autoescape
        writer.autoescape = self.setting
        writer.line(f"context.autoescape = {self.setting}")
        writer.nodes(self.nodelist)
        writer.line(f"context.autoescape = {before}")
        writer.autoescape = before


@register.tag("autoescape")
def do_autoescape(parser: "Parser", token: "Token") -> AutoEscapeNode:
    words = token.contents.split()
    if len(words) != 2 or words[1] not in ("on", "off"):
        raise TemplateSyntaxError("'autoescape' takes one argument, 'on' or 'off'.")
    nodelist = parser.parse(("endautoescape",))
    parser.delete_first_token()
    return AutoEscapeNode(words[1] == "on", nodelist)


class NothingNode(Node):
    """A tag that has done its work at compile time."""

    child_nodelists = ()
    touches = Touch.NOTHING

    def emit(self, writer: Writer) -> None:
        pass


@register.tag("load")
def do_load(parser: "Parser", token: "Token") -> NothingNode:
    words = token.contents.split()[1:]
    if len(words) >= 2 and words[-2] == "from":
        parser.add_library(_some_of(_library(parser, words[-1]), words[-1], words[:-2]))
    else:
        for name in words:
            parser.add_library(_library(parser, name))
    return NothingNode()


def _library(parser: "Parser", name: str) -> Library:
    if name not in parser.libraries:
        known = ", ".join(sorted(parser.libraries)) or "none"
        hint = did_you_mean(name, parser.libraries)
        if name in ELSEWHERE:
            hint = f" Give it to Engine: libraries={{{name!r}: {ELSEWHERE[name]!r}}}."
        raise TemplateSyntaxError(
            f"{name!r} is not a registered tag library.{hint} Registered: {known}."
        )
    return parser.libraries[name]


def _some_of(library: Library, library_name: str, names: list[str]) -> Library:
    some = Library()
    for name in names:
        if name not in library.tags and name not in library.filters:
            hint = did_you_mean(name, [*library.tags, *library.filters])
            raise TemplateSyntaxError(
                f"{name!r} is not a valid tag or filter in tag library {library_name!r}.{hint}"
            )
        if name in library.tags:
            some.tags[name] = library.tags[name]
        if name in library.filters:
            some.filters[name] = library.filters[name]
    return some


class CsrfTokenNode(Node):
    """The hidden field that proves a form is ours; the framework puts the token there."""

    child_nodelists = ()
    touches = Touch.READS

    def render(self, context: "Context") -> str:
        token = context.get("csrf_token")
        if not token or str(token) == "NOTPROVIDED":
            return SafeString("")
        return format_html('<input type="hidden" name="csrfmiddlewaretoken" value="{}">', token)


@register.tag("csrf_token")
def do_csrf_token(parser: "Parser", token: "Token") -> CsrfTokenNode:
    return CsrfTokenNode()
