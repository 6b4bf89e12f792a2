"""`{% partialdef row %}`: a piece of a template that can be rendered by itself.

Step 7. `{% partial row %}` renders it in its own template, and `page.html#row` is a name for
`include` and for a view, which so answers with a part of the page it once gave whole.
Django's documentation (6.0), "Template partials"; in Django: django.template.defaulttags.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from templating.compiler import Touch
from templating.errors import TemplateSyntaxError
from templating.library import Library
from templating.nodes import Node, NodeList
from templating.suggest import did_you_mean
from templating.template import PartialTemplate

if TYPE_CHECKING:
    from templating.context import Context
    from templating.lexer import Token
    from templating.parser import Parser

register = Library()


class PartialDefNode(Node):
    """The definition: shows itself where it stands only if it is `inline`."""

    touches = Touch.READS

    def __init__(self, partial_name: str, inline: bool, nodelist: NodeList) -> None:
        self.partial_name = partial_name
        self.inline = inline
        self.nodelist = nodelist

    def render(self, context: "Context") -> str:
        return self.nodelist.render(context) if self.inline else ""


@register.tag("partialdef")
def do_partialdef(parser: "Parser", token: "Token") -> PartialDefNode:
    words = token.split_contents()
    if not 2 <= len(words) <= 3 or words[2:] not in ([], ["inline"]):
        raise TemplateSyntaxError(
            "'partialdef' takes a name, and perhaps 'inline': {% partialdef row inline %}."
        )
    name = words[1]
    nodelist = parser.parse(("endpartialdef",))
    end = parser.next_token()
    if end.contents not in ("endpartialdef", f"endpartialdef {name}"):
        raise parser.error(
            end, f"{end.contents!r} cannot close the partial {name!r} from line {token.lineno}."
        )
    partials = _partials(parser)
    if name in partials:
        raise TemplateSyntaxError(f"Partial {name!r} is already defined in this template.")
    partials[name] = PartialTemplate(
        nodelist, parser.source, name, token.position[0], end.position[1]
    )
    return PartialDefNode(name, "inline" in words[2:], nodelist)


class PartialNode(Node):
    child_nodelists = ()

    def __init__(self, partial_name: str, partials: Mapping[str, PartialTemplate]) -> None:
        self.partial_name = partial_name
        self.partials = partials  # of the whole template: the definition may come later

    def render(self, context: "Context") -> str:
        if self.partial_name not in self.partials:
            raise TemplateSyntaxError(
                f"Partial {self.partial_name!r} is not defined in the current template."
                f"{did_you_mean(self.partial_name, self.partials)}"
            )
        return self.partials[self.partial_name].render(context)


@register.tag("partial")
def do_partial(parser: "Parser", token: "Token") -> PartialNode:
    words = token.split_contents()
    if len(words) != 2:
        raise TemplateSyntaxError("'partial' takes one argument, the partial's name.")
    return PartialNode(words[1], _partials(parser))


def _partials(parser: "Parser") -> dict[str, PartialTemplate]:
    return parser.extra_data.setdefault("partials", {})  # type: ignore[no-any-return]
