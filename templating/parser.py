"""From tokens to nodes: each tag's compile function takes the tokens that belong to it.

Step 7, second stage: source -> tokens -> **nodes** -> Python. The parser knows no tag by
itself: libraries bring them. What it knows is where each began, so that an unclosed block
can be blamed on the tag that opened it. In Django: django.template.base.Parser.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NoReturn

from templating.compiler import Touch
from templating.errors import TemplateSyntaxError
from templating.expressions import FilterExpression
from templating.lexer import Token, TokenType
from templating.library import Library
from templating.nodes import Node, NodeList, TextNode, VariableNode
from templating.source import Source
from templating.suggest import did_you_mean

# Blocks in blocks: far more than any page has, far fewer than Python's stack bears.
MAX_NESTING = 80

# Tags of libraries outside this package: what to name where such a library is not there.
ELSEWHERE = {
    "url": "miniframework.templatetags.urls",
    "static": "miniframework.templatetags.static",
    "get_static_prefix": "miniframework.templatetags.static",
    "cache": "miniframework.templatetags.cache",
}


class Parser:
    """The tokens still to come, and the tags and filters known so far."""

    def __init__(
        self,
        tokens: Iterable[Token],
        source: Source,
        libraries: Mapping[str, Library] | None = None,
        builtins: Iterable[Library] = (),
    ) -> None:
        self.tokens = list(reversed(list(tokens)))  # the next one last: cheap to take
        self.source = source
        self.origin = source.origin
        self.libraries = dict(libraries or {})
        self.tags: dict[str, Callable[..., Any]] = {}
        self.filters: dict[str, Callable[..., Any]] = {}
        self.open: list[Token] = []  # the tags of the blocks we are in, outermost first
        self.extra_data: dict[str, Any] = {}  # what tags leave for the template
        self.named_blocks: dict[str, Token] = {}  # {% block %} names seen, to refuse a second
        for library in builtins:
            self.add_library(library)

    def parse(self, parse_until: Iterable[str] | None = None) -> NodeList:
        """Nodes up to a tag named in `parse_until`, which stays the next token."""
        until = tuple(parse_until or ())
        nodelist = NodeList(source=self.source)
        if len(self.open) > MAX_NESTING:
            raise TemplateSyntaxError(f"More than {MAX_NESTING} blocks stand in each other.")
        while self.tokens:
            token = self.next_token()
            if token.token_type is TokenType.TEXT:
                self.extend_nodelist(nodelist, TextNode(token.contents), token)
            elif token.token_type is TokenType.VAR:
                self.extend_nodelist(nodelist, self._variable(token), token)
            elif token.token_type is TokenType.BLOCK:
                if token.name in until:
                    self.prepend_token(token)
                    return nodelist
                self.extend_nodelist(nodelist, self._tag(token, until), token)
        if until:
            self.unclosed_block_tag(until)
        return nodelist

    def _variable(self, token: Token) -> Node:
        if not token.contents:
            raise self.error(token, "Empty variable tag: {{ }} needs a name or a value inside.")
        try:
            return VariableNode(FilterExpression(token.contents, self, token))
        except TemplateSyntaxError as error:
            raise self.error(token, error)

    def _tag(self, token: Token, until: tuple[str, ...]) -> Node:
        if not token.name:
            raise self.error(token, "Empty block tag: {% %} needs the name of a tag inside.")
        if token.name not in self.tags:
            self.invalid_block_tag(token, token.name, until)
        self.open.append(token)
        try:
            node: Node = self.tags[token.name](self, token)
        except TemplateSyntaxError as error:
            raise self.error(token, error)
        self.open.pop()
        return node

    def extend_nodelist(self, nodelist: NodeList, node: Node, token: Token) -> None:
        if node.must_be_first and nodelist.contains_nontext:
            raise self.error(
                token, f"{{% {token.contents} %}} must be the first tag in the template."
            )
        if not isinstance(node, TextNode):
            nodelist.contains_nontext = True
        node.token = token
        node.origin = self.origin
        node.source = self.source
        if ".super" in token.source:  # it renders a block
            node.touches = max(node.touches, Touch.CHANGES)
        nodelist.append(node)

    # -- for authors of tags ---------------------------------------------------------------

    def next_token(self) -> Token:
        return self.tokens.pop()

    def prepend_token(self, token: Token) -> None:
        self.tokens.append(token)

    def delete_first_token(self) -> None:
        del self.tokens[-1]

    def skip_past(self, endtag: str) -> None:
        """Throw away everything up to and including a tag."""
        while self.tokens:
            token = self.next_token()
            if token.token_type is TokenType.BLOCK and token.contents == endtag:
                return
        self.unclosed_block_tag((endtag,))

    def compile_filter(self, token: str) -> FilterExpression:
        return FilterExpression(token, self, self.open[-1] if self.open else None)

    def find_filter(self, name: str) -> Callable[..., Any]:
        if name in self.filters:
            return self.filters[name]
        hint = did_you_mean(name, self.filters) or self._library_hint(name, "filters")
        raise TemplateSyntaxError(f"Invalid filter: {name!r}.{hint}")

    def add_library(self, library: Library) -> None:
        self.tags.update(library.tags)
        self.filters.update(library.filters)

    # -- errors ----------------------------------------------------------------------------

    def error(self, token: Token, problem: str | TemplateSyntaxError) -> TemplateSyntaxError:
        """The problem, with this token's place unless it has a deeper one already."""
        error = TemplateSyntaxError(problem) if isinstance(problem, str) else problem
        error.locate(self.source, token.lineno, token.column)
        return error

    def unclosed_block_tag(self, until: Iterable[str]) -> NoReturn:
        wanted = " or ".join(f"{{% {name} %}}" for name in until)
        if not self.open:
            raise TemplateSyntaxError(f"The template ended where {wanted} was expected.")
        token = self.open[-1]
        raise self.error(
            token, f"Unclosed tag {token.name!r} on line {token.lineno}: no {wanted} closes it."
        )

    def invalid_block_tag(
        self, token: Token, command: str, parse_until: Sequence[str] = ()
    ) -> NoReturn:
        """Raise what is to be said of a tag that is not known, or not known here."""
        if command in ELSEWHERE:
            module = ELSEWHERE[command]
            raise self.error(
                token,
                f"The tag {command!r} belongs to {module.partition('.')[0]}, which is not in use"
                f" here. Its template engine has it; alone, give Engine the library:"
                f" builtins=[{module!r}].",
            )
        if parse_until:
            expected = " or ".join(repr(ending) for ending in parse_until)
            hint = did_you_mean(command, [*parse_until, *self.tags])
            opener = self.open[-1]
            raise self.error(
                token,
                f"Invalid block tag {command!r}, expected {expected} (to close {opener.name!r}"
                f" from line {opener.lineno}).{hint}",
            )
        hint = did_you_mean(command, self.tags) or self._library_hint(command, "tags")
        raise self.error(
            token,
            f"Invalid block tag {command!r}.{hint or ' Is its library loaded with {% load %}?'}",
        )

    def _library_hint(self, name: str, kind: str) -> str:
        for library_name, library in self.libraries.items():
            if name in getattr(library, kind):
                return f" It is in a library: add {{% load {library_name} %}}."
        return ""
