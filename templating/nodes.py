"""The tree that a template is parsed into; every node can be rendered and compiled.

Step 7, second stage: source -> tokens -> **nodes** -> Python. There are two ways to write
a node, and each gives the other: a tag in Django's manner has `render(context)`, which
compiled code calls; a built-in one has `emit(writer)`, from which `render` is compiled.
In Django: django.template.base.Node, NodeList, TextNode and VariableNode.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from templating.compiler import Compiled, Touch, Write, Writer, compile_nodes
from templating.runtime import MISSING
from templating.safe import SafeString
from templating.source import Origin, Source

if TYPE_CHECKING:
    from templating.context import Context
    from templating.expressions import FilterExpression
    from templating.lexer import Token

N = TypeVar("N", bound="Node")


class Node:
    """One piece of a template. Subclasses write `render(context)` or `emit(writer)`."""

    token: "Token | None" = None  # set by the parser, like the two below
    origin: Origin | None = None
    source: Source | None = None
    must_be_first = False
    child_nodelists: tuple[str, ...] = ("nodelist",)
    touches = Touch.WRITES  # a node we know nothing of may do anything
    _alone: "NodeList | None" = None

    def render(self, context: "Context") -> str:
        if type(self).emit is Node.emit:
            raise NotImplementedError(f"{type(self).__name__} has neither render() nor emit().")
        if self._alone is None:  # compiled once: this is how a deeply nested tag renders
            self._alone = NodeList([self], self.source)
        return self._alone.render(context)

    def render_annotated(self, context: "Context") -> str:
        """Django's name for a render whose errors tell their place; here all of them do."""
        return self.render(context)

    def emit(self, writer: Writer) -> None:
        writer.comment(self.token)
        writer.write(f"{writer.constant(self, 'node')}.render(context)")

    def child_nodes(self) -> "list[Node]":
        """The nodes directly inside this one."""
        children: list[Node] = []
        for name in self.child_nodelists:
            children += getattr(self, name, None) or ()
        return children

    def get_nodes_by_type(self, kind: type[N]) -> list[N]:
        """This node and all inside it that are of a kind, in order."""
        found: list[N] = [self] if isinstance(self, kind) else []
        for child in self.child_nodes():
            found += child.get_nodes_by_type(kind)
        return found

    def __iter__(self) -> "Iterator[Node]":
        yield self


class NodeList(list[Any]):
    """Nodes in a row: a template, or the body of a tag. Compiled when first rendered."""

    contains_nontext = False

    def __init__(self, nodes: Any = (), source: Source | None = None) -> None:
        super().__init__(nodes)
        self.source = source
        self.ready: dict[bool, Compiled] = {}  # what is compiled already, by autoescape

    def compiled(self, autoescape: bool, name: str = "template") -> Compiled:
        done = self.ready.get(autoescape)
        if done is None:
            done = compile_nodes(self, self.source or Source(""), autoescape, name)
            self.ready[autoescape] = done
        return done

    def render(self, context: "Context") -> SafeString:
        parts: list[str] = []
        self.write_to(context, parts.append)
        return SafeString("".join(parts))

    def write_to(self, context: "Context", write: Write) -> None:
        compiled = self.ready.get(context.autoescape) or self.compiled(context.autoescape)
        compiled.function(context, write)

    def get_nodes_by_type(self, kind: type[N]) -> list[N]:
        return [found for node in self for found in node.get_nodes_by_type(kind)]


class WritingNode(Node):
    """A node that renders what is compiled already, a block or a template: straight into
    the page, so that nothing is put together twice. Subclasses have `write_to`."""

    def write_to(self, context: "Context", write: Write) -> None:
        raise NotImplementedError

    def emit(self, writer: Writer) -> None:
        writer.comment(self.token)
        writer.line(f"{writer.constant(self, 'node')}.write_to(context, {writer.out})")

    def render(self, context: "Context") -> str:
        parts: list[str] = []
        self.write_to(context, parts.append)
        return SafeString("".join(parts))


class TextNode(Node):
    """Text between the tags, given out as it is."""

    child_nodelists = ()
    touches = Touch.NOTHING

    def __init__(self, s: str) -> None:
        self.s = s

    def emit(self, writer: Writer) -> None:
        writer.text(self.s)

    def __repr__(self) -> str:
        return f"<TextNode: {self.s[:25]!r}>"


class VariableNode(Node):
    """`{{ expression }}`."""

    child_nodelists = ()
    touches = Touch.NOTHING

    def __init__(self, filter_expression: "FilterExpression") -> None:
        self.filter_expression = filter_expression

    def emit(self, writer: Writer) -> None:
        literal = self.filter_expression.var.literal
        if (
            literal is not MISSING
            and isinstance(literal, str)
            and not self.filter_expression.filters
        ):
            writer.text(literal)
            return
        writer.comment(self.token)
        writer.write_value(self.filter_expression)

    def __repr__(self) -> str:
        return f"<Variable Node: {self.filter_expression}>"
