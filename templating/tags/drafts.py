"""Tags for pages that are still being made: lorem, debug.

Step 7. Django's documentation, "Built-in template tags"; in Django:
django.template.defaulttags and django.utils.lorem_ipsum.
"""

import html
import random
import sys
from pprint import pformat
from typing import TYPE_CHECKING

from templating.compiler import Touch
from templating.errors import TemplateSyntaxError
from templating.expressions import FilterExpression
from templating.library import Library
from templating.nodes import Node

if TYPE_CHECKING:
    from templating.context import Context
    from templating.lexer import Token
    from templating.parser import Parser

register = Library()

# The paragraph that printers have set since the sixteenth century, out of Cicero.
FIRST = (
    "Lorem ipsum dolor sit amet, consectetur adipisicing elit, sed do eiusmod tempor incididunt"
    " ut labore et dolore magna aliqua. Ut enim ad minim veniam, quis nostrud exercitation"
    " ullamco laboris nisi ut aliquip ex ea commodo consequat. Duis aute irure dolor in"
    " reprehenderit in voluptate velit esse cillum dolore eu fugiat nulla pariatur. Excepteur"
    " sint occaecat cupidatat non proident, sunt in culpa qui officia deserunt mollit anim id"
    " est laborum."
)
FIRST_WORDS = FIRST.partition(" aliqua.")[0].replace(",", "").lower().split()
FIRST_WORDS = [*FIRST_WORDS, "aliqua"]
WORDS = sorted(set(FIRST.replace(",", "").replace(".", "").lower().split()))
# A count may come from a variable: what a draft may ask for has an end.
MAX_COUNT = 10_000


def words(count: int, common: bool = True) -> str:
    """So many words; with `common` they begin "lorem ipsum dolor"."""
    beginning = FIRST_WORDS[:count] if common else []
    more = random.choices(WORDS, k=max(0, count - len(beginning)))  # noqa: S311 - filler text
    return " ".join([*beginning, *more])


def paragraphs(count: int, common: bool = True) -> list[str]:
    """So many paragraphs; with `common` the first is the one everybody knows."""
    return [FIRST if common and number == 0 else _paragraph() for number in range(count)]


def _paragraph() -> str:
    lengths = random.choices(range(4, 20), k=random.randint(1, 4))  # noqa: S311 - filler text
    return " ".join(f"{words(length, common=False).capitalize()}." for length in lengths)


class LoremNode(Node):
    child_nodelists = ()
    touches = Touch.READS

    def __init__(self, count: FilterExpression, method: str, common: bool) -> None:
        self.count = count
        self.method = method
        self.common = common

    def render(self, context: "Context") -> str:
        try:
            count = min(int(self.count.resolve(context)), MAX_COUNT)
        except (ValueError, TypeError, OverflowError):
            count = 1
        if self.method == "w":
            return words(count, self.common)
        made = paragraphs(count, self.common)
        if self.method == "p":
            made = [f"<p>{paragraph}</p>" for paragraph in made]
        return "\n\n".join(made)


@register.tag("lorem")
def do_lorem(parser: "Parser", token: "Token") -> LoremNode:
    """`{% lorem [count] [w|p|b] [random] %}`: words, paragraphs of HTML, or of plain text."""
    options = token.split_contents()
    common = options[-1] != "random"
    if not common:
        options.pop()
    method = options.pop() if options[-1] in ("w", "p", "b") else "b"
    count = options.pop() if len(options) > 1 else "1"
    if len(options) != 1:
        raise TemplateSyntaxError(
            "Incorrect format for 'lorem' tag: expected {% lorem [count] [w|p|b] [random] %}."
        )
    return LoremNode(parser.compile_filter(count), method, common)


class DebugNode(Node):
    """The context and the modules in use, where the engine's `debug` is on."""

    child_nodelists = ()
    touches = Touch.READS

    def render(self, context: "Context") -> str:
        if context.template is None or not context.template.engine.debug:
            return ""
        shown = [*map(pformat, context), "\n\n", pformat(sys.modules)]
        return html.escape("".join(shown))


@register.tag("debug")
def do_debug(parser: "Parser", token: "Token") -> DebugNode:
    return DebugNode()
