"""`{% include %}`: another template, rendered in place with the same context.

Step 7. Django's documentation, the tag `include`; in Django: django.template.loader_tags.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from templating.compiler import RenderFunction, Touch, Write, Writer
from templating.errors import TemplateDoesNotExist, TemplateSyntaxError
from templating.events import announce, observers
from templating.expressions import FilterExpression
from templating.library import Library
from templating.nodes import WritingNode
from templating.tags.inheritance import relative_path
from templating.template import Template
from templating.words import token_kwargs

if TYPE_CHECKING:
    from templating.context import Context
    from templating.lexer import Token
    from templating.parser import Parser

register = Library()


class IncludeNode(WritingNode):
    child_nodelists = ()
    touches = Touch.CHANGES

    def __init__(
        self, template: FilterExpression, extra: dict[str, FilterExpression], only: bool
    ) -> None:
        self.template = template
        self.literal = None if template.is_var or template.filters else template.var.literal
        self.extra = extra
        self.only = only

    def emit(self, writer: Writer) -> None:
        """A template that leaves no trace is its function, from the second round of a loop on."""
        if self.literal is None or self.extra or self.only:
            super().emit(writer)
            return
        writer.comment(self.token)
        node, place = writer.constant(self, "node"), writer.constant(object(), "place")
        known = f"context.render_context.functions.get({place})"
        found = f"not observers and {known} or {node}.function({place}, context)"
        writer.line(f"({found})(context, {writer.out})")

    def function(self, place: object, context: "Context") -> RenderFunction:
        """What writes the included template; remembered where that is all there is to do."""
        template = self.find(context)
        if isinstance(template, Template) and not observers:
            compiled = template.nodelist.compiled(context.autoescape)
            if compiled.touch is Touch.NOTHING:
                context.render_context.functions[place] = compiled.function
        return self.write_to

    def write_to(self, context: "Context", write: Write) -> None:
        template = self.find(context)
        if observers:
            announce("include.start", name=template.name)
        values: dict[str, Any] = {}
        for name, value in self.extra.items():
            values[name] = value.resolve(context)
        if self.only:
            context = context.new()
        try:
            template.write_to(context, write, values)
        finally:
            if observers:
                announce("include.end", name=template.name)

    def find(self, context: "Context") -> "Template | Stranger":
        """The template that is meant: looked for once in a render, not in each round of a loop."""
        known: dict[Any, Template] | None = context.render_context.dicts[0].get(self)
        if known is None:
            known = context.render_context.dicts[0][self] = {}
        found = known.get(self.literal)
        if found is not None:
            return found
        named: Any = self.template.resolve(context)
        if callable(getattr(named, "render", None)):
            return named if isinstance(named, Template) else Stranger(named)
        if isinstance(named, str) and self.origin is not None:
            named = relative_path(self.origin.template_name, f'"{named}"')[1:-1]
        names = named if isinstance(named, str) else tuple(map(str, self.names(named)))
        if names not in known:
            known[names] = self.select(names, context)
        return known[names]

    def select(self, names: str | tuple[str, ...], context: "Context") -> Template:
        assert context.template is not None
        if not names:
            raise TemplateDoesNotExist(
                f"No template names provided: {self.template.token} is {names!r}"
            )
        choices = (names,) if isinstance(names, str) else names
        return context.template.engine.select_template(choices)

    def names(self, named: Any) -> Iterable[Any]:
        """Several names to choose from; text of other kinds (lazy, a path) is one."""
        if isinstance(named, Iterable):
            return named
        if named is None:
            return ()
        if isinstance(named, (int, float)):
            raise TypeError(
                f"'include' expected a template's name, and {self.template.token} is {named!r}."
            )
        return (named,)


class Stranger:
    """Anything else that has `render(context)`, as an included template."""

    def __init__(self, stranger: Any) -> None:
        self.stranger = stranger
        self.name = getattr(stranger, "name", None)

    def write_to(self, context: "Context", write: Write, layer: dict[str, Any]) -> None:
        with context.push(layer):
            write(str(self.stranger.render(context)))


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
