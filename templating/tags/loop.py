"""`{% for %}`: the loop, its `forloop`, and when Python's local variables may serve.

Step 7. A loop variable lives in the context, where any tag can see it. But where the body
has only tags that ask through the writer, nobody could tell: then it is a local variable
of the compiled function, and a table of ten thousand cells never touches the context.
Django's documentation, the tag `for`; in Django: django.template.defaulttags.ForNode.
"""

import re
from contextlib import nullcontext
from typing import TYPE_CHECKING

from templating.compiler import Touch, Writer
from templating.errors import TemplateSyntaxError
from templating.expressions import FilterExpression
from templating.library import Library
from templating.nodes import Node, NodeList

if TYPE_CHECKING:
    from templating.lexer import Token
    from templating.parser import Parser

register = Library()


class ForNode(Node):
    child_nodelists = ("nodelist_loop", "nodelist_empty")
    touches = Touch.NOTHING

    def __init__(
        self,
        loopvars: list[str],
        sequence: FilterExpression,
        is_reversed: bool,
        nodelist_loop: NodeList,
        nodelist_empty: NodeList,
    ) -> None:
        self.loopvars = loopvars
        self.sequence = sequence
        self.is_reversed = is_reversed
        self.nodelist_loop = nodelist_loop
        self.nodelist_empty = nodelist_empty

    def emit(self, writer: Writer) -> None:
        writer.comment(self.token)
        items = writer.name("items")
        touch = writer.touch(self.nodelist_loop)
        writer.line(f"{items} = sequence({writer.expression(self.sequence, 'None')})")
        with writer.block(f"if len({items}) > 0"):
            if touch is Touch.NOTHING:
                self.emit_loop(writer, items, touch)
            else:
                top = writer.name("layer")
                with writer.block(f"with context.push() as {top}"):
                    # Of what nobody else sets, the layer may be told without a detour.
                    told = "context" if touch is Touch.WRITES else top
                    self.emit_loop(writer, items, touch, told)
        if self.nodelist_empty:
            writes = writer.touch(self.nodelist_empty) is Touch.WRITES
            # What is set in here ends here, as in the loop itself.
            layer = writer.block("with context.push()") if writes else nullcontext()
            with writer.block("else"), layer:
                writer.nodes(self.nodelist_empty)

    def emit_loop(self, writer: Writer, items: str, touch: Touch, told: str = "") -> None:
        """`for index, item in enumerate(items)`, as simple as the body allows.

        `told` is whom the names are told, where the body may ask for them.
        """
        forloop, index = writer.name("forloop"), writer.name("index")
        python_names = [writer.name(name) for name in self.loopvars]
        values = f"reversed({items})" if self.is_reversed else items
        if len(self.loopvars) > 1:
            values = f"unpack({values}, {len(self.loopvars)})"
        targets = ", ".join(python_names)
        start = len(writer.lines)
        parent = writer.locals.get("forloop")
        with writer.block("for"):  # its header follows when the body is known
            body = len(writer.lines)
            names: dict[str, str | None] = {"forloop": forloop}
            names.update(zip(self.loopvars, python_names, strict=True))
            if touch >= Touch.CHANGES:  # the body may set the same names anew
                names = dict.fromkeys(names)
            with writer.bound(names):
                writer.nodes(self.nodelist_loop)
            setup = []
            counted = touch is not Touch.NOTHING or forloop in writer.used
            if counted:
                setup.append(f"count_loop({forloop}, {index}, len({items}))")
            if touch is Touch.WRITES and len(self.loopvars) > 1:
                # What the body sets is gone in the next round.
                setup.append(f"context.dicts[-1] = {{'forloop': {forloop}}}")
            if touch is not Touch.NOTHING:
                setup += [
                    f"{told}[{name!r}] = {python_name}"
                    for name, python_name in zip(self.loopvars, python_names, strict=True)
                ]
            writer.insert(body, setup)
        header = f"for {targets} in {values}:"
        before = []
        if counted:
            header = f"for {index}, ({targets}) in enumerate({values}):"
            before.append(
                f"{forloop} = {{'parentloop': {parent or 'parent_loop(context)'}, "
                f"'length': len({items})}}"
            )
            if parent is not None:
                writer.used.add(parent)
        if touch is not Touch.NOTHING:
            before.append(f"{told}['forloop'] = {forloop}")
        writer.lines[start] = writer.lines[start].replace("for:", header)
        writer.insert(start, before)


@register.tag("for")
def do_for(parser: "Parser", token: "Token") -> ForNode:
    words = token.split_contents()
    if len(words) < 4:
        raise TemplateSyntaxError(
            f"'for' statements should have at least four words: {token.contents}"
        )
    is_reversed = words[-1] == "reversed"
    in_place = -3 if is_reversed else -2
    if words[in_place] != "in":
        raise TemplateSyntaxError(
            f"'for' statements should use the format 'for x in y': {token.contents}"
        )
    loopvars = re.split(r" *, *", " ".join(words[1:in_place]))
    for name in loopvars:
        if not name or re.search(r"[\s\"'|]", name):
            raise TemplateSyntaxError(
                f"'for' tag received an invalid argument: {token.contents} (loop variable {name!r})"
            )
    sequence = parser.compile_filter(words[in_place + 1])
    nodelist_loop = parser.parse(("empty", "endfor"))
    nodelist_empty = NodeList(source=parser.source)
    token = parser.next_token()
    if token.contents == "empty":
        nodelist_empty = parser.parse(("endfor",))
        parser.delete_first_token()
    return ForNode(loopvars, sequence, is_reversed, nodelist_loop, nodelist_empty)
