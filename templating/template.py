"""One template, compiled: what `render` does, and what a part of it is.

Step 7. A template is compiled when it is made and never changes, so any number of threads
may render it. In Django: django.template.base.Template and PartialTemplate.
"""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from templating.compiler import Touch, Write
from templating.context import Context, make_context
from templating.errors import TemplateSyntaxError, attach_position
from templating.events import announce, observers
from templating.lexer import tokenise
from templating.nodes import Node, NodeList
from templating.parser import Parser
from templating.safe import SafeString
from templating.source import UNKNOWN, Origin, Source

if TYPE_CHECKING:
    from templating.engine import Engine


class Template:
    """A template; `extra_data` is what its tags have left at compile time."""

    def __init__(
        self,
        template_string: str,
        origin: Origin | None = None,
        name: str | None = None,
        engine: "Engine | None" = None,
    ) -> None:
        self.engine = engine or _default_engine()
        self.name = name
        self.origin = origin or Origin(UNKNOWN)
        self.source = str(template_string)
        self.extra_data: dict[str, Any] = {}
        self.nodelist = self.compile_nodelist()

    def compile_nodelist(self) -> NodeList:
        source = Source(self.source, self.name, self.origin, self.engine)
        parser = Parser(
            tokenise(self.source),
            source,
            self.engine.template_libraries,
            self.engine.template_builtins,
        )
        parser.extra_data = self.extra_data
        try:
            nodelist = parser.parse()
            nodelist.compiled(self.engine.autoescape)
        except TemplateSyntaxError as error:
            error.locate(source, 1, None)
            raise
        except RecursionError:
            raise TemplateSyntaxError("Too deeply nested to compile.") from None
        return nodelist

    def render(
        self, context: Context | Mapping[str, Any] | None = None, request: Any = None
    ) -> SafeString:
        """The text, from a Context or simply from a dictionary (and a request)."""
        if not isinstance(context, Context):
            context = make_context(context, request, self.engine.autoescape)
        parts: list[str] = []
        if context.template is None:
            return self._render_outermost(context)
        self.write_to(context, parts.append)
        return SafeString("".join(parts))

    def write_to(self, context: Context, write: Write, layer: dict[str, Any] | None = None) -> None:
        """The text, piece by piece, as a part of a render that is under way.

        `layer` is on top of the context for as long as that takes, and has what is set by it.
        """
        escaping = context.autoescape
        compiled = self.nodelist.ready.get(escaping) or self.nodelist.compiled(escaping)
        if not layer and compiled.touch is Touch.NOTHING:
            compiled.function(context, write)  # leaves no trace, so it needs no layers
            return
        state = context.render_context
        state.deeper(self)
        state.dicts.append({})
        if layer is not None:
            context.dicts.append(layer)
        try:
            compiled.function(context, write)
        finally:
            if layer is not None:
                context.dicts.pop()
            state.dicts.pop()
            state.chain.pop()

    def _render_outermost(self, context: Context) -> SafeString:
        error: BaseException | None = None
        parts: list[str] = []
        if observers:
            announce("template.start", name=self.name, template=self, context=context)
        try:
            with context.bind_template(self):
                context.template_name = self.name or "unknown"
                self.write_to(context, parts.append)
        except Exception as raised:
            error = raised
            attach_position(raised)
            raise
        finally:
            if observers:
                announce(
                    "template.end",
                    name=self.name,
                    template=self,
                    context=context,
                    length=sum(map(len, parts)),
                    error=error,
                )
        return SafeString("".join(parts))

    def partial(self, name: str) -> "PartialTemplate | None":
        """The part of this template that `{% partialdef name %}` defines."""
        partial: PartialTemplate | None = self.extra_data.get("partials", {}).get(name)
        return partial

    @cached_property
    def default_blocks(self) -> Mapping[str, Node]:
        """The blocks that children may fill; of a template that has a parent itself, none:
        its `extends` tag has them."""
        from templating.tags.inheritance import BlockNode, ExtendsNode

        if self.nodelist.get_nodes_by_type(ExtendsNode):
            return {}
        return {block.name: block for block in self.nodelist.get_nodes_by_type(BlockNode)}

    def listing(self) -> str:
        """The Python that this template became, and that of each of its blocks."""
        from templating.tags.inheritance import BlockNode

        escaping = self.engine.autoescape
        listings = [self.nodelist.compiled(escaping).listing]
        for block in self.nodelist.get_nodes_by_type(BlockNode):
            # ASCII alone: Python spells some other identifiers anew (NFKC), and "ﬁ" becomes "fi".
            plain = block.name.isascii() and block.name.isidentifier()
            name = f"block_{block.name}" if plain else "block"
            listings.append(block.nodelist.compiled(escaping, name).listing)
        return "\n\n".join(listings)

    def __repr__(self) -> str:
        return f"<Template {self.name or self.source[:20]!r}>"

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        """Pickled by its origin, or by its text; unpickled in the default engine."""
        if self.name is not None:
            return _by_origin, (self.name, self.origin.name)
        return Template, (self.source,)


class PartialTemplate(Template):
    """A piece of a template, from `{% partialdef %}`, under the template's own origin."""

    def __init__(self, nodelist: NodeList, whole: Source, name: str, start: int, end: int) -> None:
        assert whole.engine is not None
        self.engine = whole.engine
        self.name = name
        self.origin = whole.origin
        self.source = whole.text[start:end]
        self.extra_data = {}
        self.nodelist = nodelist

    def __repr__(self) -> str:
        return f"<PartialTemplate {self.name!r} of {self.origin.name!r}>"

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return _by_origin, (self.origin.template_name, self.origin.name, self.name)


def _default_engine() -> "Engine":
    from templating.engine import Engine

    return Engine.get_default()


def _by_origin(name: str, origin: str, partial: str | None = None) -> Template | None:
    """The template that was pickled: of several with its name the one from the same place."""
    engine = _default_engine()
    passed: list[Origin] = []
    template = engine.find_template(name)
    while template.origin.name != origin:
        passed.append(template.origin)
        template = engine.find_template(name, skip=passed)
    return template if partial is None else template.partial(partial)
