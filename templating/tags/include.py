"""`{% include %}`: another template, rendered in place with the same context.

Step 7. Django's documentation, the tag `include`; in Django: django.template.loader_tags.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from templating.compiler import Touch
from templating.errors import TemplateSyntaxError
from templating.events import announce, observers
from templating.expressions import FilterExpression
from templating.library import Library
from templating.nodes import Node
from templating.tags.inheritance import relative_path
from templating.words import token_kwargs

if TYPE_CHECKING:
    from templating.context import Context
    from templating.engine import Template
    from templating.lexer import Token
    from templating.parser import Parser

register = Library()


class IncludeNode(Node):
    child_nodelists = ()
    touches = Touch.READS

    def __init__(
        self, template: FilterExpression, extra: dict[str, FilterExpression], only: bool
    ) -> None:
        self.template = template
        self.extra = extra
        self.only = only

    def render(self, context: "Context") -> str:
        template = self.find(context)
        values = {name: value.resolve(context) for name, value in self.extra.items()}
        name = getattr(template, "name", None)
        if observers:
            announce("include.start", name=name)
        try:
            if self.only:
                return template.render(context.new(values))
            with context.push(**values):
                return template.render(context)
        finally:
            if observers:
                announce("include.end", name=name)

    def find(self, context: "Context") -> "Template":
        """The template that is meant: one object for all rounds of a loop."""
        named: Any = self.template.resolve(context)
        if callable(getattr(named, "render", None)):
            return named  # type: ignore[no-any-return]
        assert context.template is not None
        engine = context.template.engine
        names = (named,) if isinstance(named, str) or not isinstance(named, Iterable) else named
        names = tuple(str(name) for name in names)
        if not names or names == ("",):
            raise TemplateSyntaxError(
                f"Invalid template name in 'include' tag: {self.template.token} is {named!r}."
            )
        found = context.render_context.dicts[0].setdefault(self, {})
        if names not in found:
            found[names] = engine.select_template(names)
        return found[names]  # type: ignore[no-any-return]


@register.tag("include")
def do_include(parser: "Parser", token: "Token") -> IncludeNode:
    words = token.split_contents()
    if len(words) < 2:
        raise TemplateSyntaxError("'include' takes at least one argument: the template's name.")
    extra: dict[str, FilterExpression] = {}
    seen: set[str] = set()
    rest = words[2:]
    while rest:
        option = rest.pop(0)
        if option in seen:
            raise TemplateSyntaxError(f"The {option!r} option was specified more than once.")
        seen.add(option)
        if option == "with":
            extra = token_kwargs(rest, parser)
            if not extra:
                raise TemplateSyntaxError("'with' in 'include' needs at least one name=value.")
        elif option != "only":
            raise TemplateSyntaxError(
                f"Unknown argument for 'include' tag: {option!r}. Expected 'with' or 'only'."
            )
    name = relative_path(parser.origin.template_name, words[1])
    return IncludeNode(parser.compile_filter(name), extra, "only" in seen)
