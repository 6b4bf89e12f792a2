"""`{% extends %}` and `{% block %}`: a page fills in the blanks of its parent.

Step 7. The outermost parent is what renders; each of its blocks is taken from the child
nearest to the page, and `block.super` goes one step back up.
Django's documentation, "Template inheritance"; in Django: django.template.loader_tags.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from templating.compiler import Touch, Write
from templating.errors import TemplateDoesNotExist, TemplateSyntaxError
from templating.expressions import FilterExpression
from templating.library import Library
from templating.nodes import NodeList, WritingNode
from templating.safe import SafeString

if TYPE_CHECKING:
    from templating.context import Context
    from templating.lexer import Token
    from templating.parser import Parser
    from templating.template import Template

register = Library()

BLOCKS = "block_context"  # where a render keeps the blocks of its family of templates
HISTORY = "extends_context"  # and the origins that have been extended already


class BlockContext:
    """For each name the blocks of a family, the outermost parent's first."""

    def __init__(self) -> None:
        self.blocks: dict[str, list[BlockNode]] = {}

    def add_blocks(self, blocks: "Mapping[str, BlockNode]") -> None:
        for name, block in blocks.items():
            self.blocks.setdefault(name, []).insert(0, block)


class BlockReference:
    """What a template sees as `block`: its name, and `block.super`."""

    def __init__(self, context: "Context", name: str, family: BlockContext | None) -> None:
        self.context = context
        self.name = name
        self.family = family

    def super(self) -> SafeString:
        """The text of the same block one step up; of the topmost, or in an include, nothing."""
        if self.family is None:
            raise TemplateSyntaxError(
                f"block.super in the block {self.name!r} of a template that extends no other."
            )
        parts: list[str] = []
        family = self.context.render_context.get(BLOCKS)
        chain = family.blocks.get(self.name) if family is not None else None
        if chain:
            write_block(self.context, family, chain, parts.append)
        return SafeString("".join(parts))


def write_block(
    context: "Context", family: BlockContext | None, chain: "list[BlockNode]", write: Write
) -> None:
    """The last of a row, which for that time is what stands before it."""
    block = chain.pop()
    context.dicts.append({"block": BlockReference(context, block.name, family)})
    try:
        block.nodelist.write_to(context, write)
    finally:
        context.dicts.pop()
        chain.append(block)


class BlockNode(WritingNode):
    touches = Touch.CHANGES  # what is new, it sets in a layer of its own

    def __init__(self, name: str, nodelist: NodeList) -> None:
        self.name = name
        self.nodelist = nodelist

    def write_to(self, context: "Context", write: Write) -> None:
        family = context.render_context.get(BLOCKS)
        chain = family.blocks.get(self.name) if family is not None else None
        write_block(context, family, chain or [self], write)

    def __repr__(self) -> str:
        return f"<Block Node: {self.name}. Contents: {self.nodelist!r}>"


class ExtendsNode(WritingNode):
    must_be_first = True

    def __init__(self, nodelist: NodeList, parent_name: FilterExpression) -> None:
        self.nodelist = nodelist
        self.parent_name = parent_name
        self.blocks = {block.name: block for block in nodelist.get_nodes_by_type(BlockNode)}

    def write_to(self, context: "Context", write: Write) -> None:
        parent = self.get_parent(context)
        state = context.render_context
        family = state.get(BLOCKS)
        if family is None:
            family = state[BLOCKS] = BlockContext()
        family.add_blocks(self.blocks)
        family.add_blocks(parent.default_blocks)
        with state.push_state(parent, isolated_context=False):
            parent.nodelist.write_to(context, write)

    def get_parent(self, context: "Context") -> "Template":
        parent = self.parent_name.resolve(context)
        if not parent:
            message = f"Invalid template name in 'extends' tag: {parent!r}."
            if self.parent_name.is_var:
                message += f" Got this from the {self.parent_name.token!r} variable."
            raise TemplateSyntaxError(message)
        if hasattr(parent, "render"):
            return getattr(parent, "template", parent)  # type: ignore[no-any-return]
        return self.find_template(str(parent), context)

    def find_template(self, name: str, context: "Context") -> "Template":
        """The parent, never one that is being extended already: so a template may extend
        one of its own name from a later folder, and a circle comes to an end."""
        assert context.template is not None
        history = context.render_context.setdefault(HISTORY, [self.origin])
        try:
            parent = context.template.engine.find_template(name, skip=history)
        except TemplateDoesNotExist as error:
            if any(origin in history for origin, _ in error.tried):
                chain = " -> ".join([*(origin.template_name or "?" for origin in history), name])
                error.hint = f" No template is left that this may extend: {chain}"
            raise
        history.append(parent.origin)
        return parent


@register.tag("block")
def do_block(parser: "Parser", token: "Token") -> BlockNode:
    words = token.contents.split()
    if len(words) != 2:
        raise TemplateSyntaxError("'block' tag takes only one argument, its name.")
    name = words[1]
    if name in parser.named_blocks:
        line = parser.named_blocks[name].lineno
        raise TemplateSyntaxError(
            f"'block' tag with name {name!r} appears more than once: also on line {line}."
        )
    parser.named_blocks[name] = token
    nodelist = parser.parse(("endblock",))
    end = parser.next_token()
    if end.contents not in ("endblock", f"endblock {name}"):
        raise parser.error(
            end, f"{end.contents!r} cannot close the block {name!r} from line {token.lineno}."
        )
    return BlockNode(name, nodelist)


@register.tag("extends")
def do_extends(parser: "Parser", token: "Token") -> ExtendsNode:
    words = token.split_contents()
    if len(words) != 2:
        raise TemplateSyntaxError("'extends' takes one argument: the parent's name.")
    words[1] = relative_path(parser.origin.template_name, words[1], allow_self=False)
    parent_name = parser.compile_filter(words[1])
    parser.open.pop()  # what follows is the rest of the template, not the body of a block
    nodelist = parser.parse()
    parser.open.append(token)
    if nodelist.get_nodes_by_type(ExtendsNode):
        raise TemplateSyntaxError("'extends' cannot appear more than once in the same template.")
    return ExtendsNode(nodelist, parent_name)


def relative_path(current: str | None, word: str, allow_self: bool = True) -> str:
    """A quoted name that begins with "./" or "../", read from the current template's folder."""
    import posixpath

    name = word.strip("'\"")
    if word[:1] not in "'\"" or not name.startswith(("./", "../")):
        return word
    if current is None:
        raise TemplateSyntaxError(f"{word} is relative to a template that has no name.")
    path = posixpath.normpath(posixpath.join(posixpath.dirname(current.lstrip("/")), name))
    if path.startswith("../"):
        raise TemplateSyntaxError(
            f"The relative path {word} points outside the folder of template {current!r}."
        )
    if not allow_self and path == current.lstrip("/"):
        raise TemplateSyntaxError(f"The relative path {word} is the template {current!r} itself.")
    return f'"{path}"'
