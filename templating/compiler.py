"""From nodes to Python: a template becomes one function that appends text to a list.

Step 7, third stage: source -> tokens -> nodes -> **Python**. Nodes write their own lines
through a `Writer`; a node that only knows `render(context)` is called from them. Whether
values are escaped is settled here, so each body is compiled at most twice. The compiled
code carries the *template's* line and column numbers, so that Python's own tracebacks show
the template. In real life: jinja2.compiler, Mako; Django walks its nodes at every render.
"""

import ast
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from templating.errors import TemplateSyntaxError
from templating.runtime import MISSING, NAMES
from templating.source import Source

if TYPE_CHECKING:
    from templating.expressions import FilterExpression, Variable
    from templating.lexer import Token
    from templating.nodes import Node

Write = Callable[[str], object]
RenderFunction = Callable[[Any, Write], None]

# Python nests at most 20 loops and try blocks; what lies deeper gets a function of its own.
MAX_DEPTH = 15
# The most blocks that one tag opens in Python: an if, a with and a for.
BLOCKS_PER_TAG = 3
# Nested calls in one Python expression; a longer chain goes on in a new line.
MAX_CALLS = 8


class Touch(IntEnum):
    """What a node does with the context that Python's local variables cannot do for it."""

    NOTHING = 0  # reads variables through the writer only
    READS = 1  # looks into the context by itself (a tag with render())
    CHANGES = 2  # may change names that are there (include, block)
    WRITES = 3  # may also set names that later nodes read


@dataclass(frozen=True, slots=True)
class Compiled:
    function: Callable[..., Any]
    listing: str  # the Python source, as `--show code` prints it
    touch: Touch = Touch.WRITES  # what it does with the context


class Writer:
    """The Python lines of one function, as the nodes write them one after the other."""

    def __init__(self, source: Source, autoescape: bool) -> None:
        self.source = source
        self.autoescape = autoescape
        self.lines: list[str] = []
        self.tokens: list[Token | None] = []  # the tag that each line comes from
        self.token: Token | None = None
        self.depth = 0
        self.out = "write"
        self.constants: dict[str, Any] = {}
        self.locals: dict[str, str | None] = {}  # template name -> Python name where provable
        self.used: set[str] = set()  # the Python names of those that were read
        self._numbers = itertools.count(1)
        self._constant_names: dict[int, str] = {}
        self._text: list[str] = []

    # -- lines ---------------------------------------------------------------------------

    def line(self, code: str) -> None:
        """One line of Python at the present depth."""
        self.flush()
        self._line(code)

    def _line(self, code: str) -> None:
        self.lines.append("    " * (self.depth + 1) + code)
        self.tokens.append(self.token)

    def comment(self, token: "Token | None") -> None:
        """Say which tag the next lines come from."""
        if token is not None and token.source:
            self.line(f"# {printable(self.source.name)}:{token.lineno} {printable(token.source)}")

    @contextmanager
    def block(self, header: str) -> Iterator[None]:
        """`header:` and an indented body; an empty body gets its `pass`."""
        self.line(f"{header}:")
        self.depth += 1
        before = len(self.lines)
        yield
        self.flush()
        if all(line.lstrip().startswith("#") for line in self.lines[before:]):
            self._line("pass")
        self.depth -= 1

    def insert(self, place: int, codes: Iterable[str]) -> None:
        """Lines put in before those written since `place = len(writer.lines)`."""
        for offset, code in enumerate(codes):
            self.lines.insert(place + offset, "    " * (self.depth + 1) + code)
            self.tokens.insert(place + offset, self.token)

    def text(self, text: str) -> None:
        """Literal text; what follows on each other is joined here, once and for all."""
        if text:
            self._text.append(text)

    def flush(self) -> None:
        if self._text:
            joined, self._text = "".join(self._text), []
            self._line(f"{self.out}({joined!r})")

    def write(self, expression: str) -> None:
        """Output of a Python expression that gives a str."""
        self.line(f"{self.out}({expression})")

    # -- names ---------------------------------------------------------------------------

    def name(self, hint: str = "t") -> str:
        """A fresh Python name, readable where the hint is."""
        hint = hint if hint.isascii() and hint.isidentifier() else "name"
        return f"{hint}_{next(self._numbers)}"

    def constant(self, value: object, hint: str = "constant") -> str:
        """The name by which the function reaches an object made at compile time."""
        name = self._constant_names.get(id(value))
        if name is None:
            name = self._constant_names[id(value)] = self.name(hint)
            self.constants[name] = value  # which also keeps its id from meaning another
        return name

    @contextmanager
    def bound(self, names: Mapping[str, str | None]) -> Iterator[None]:
        """While writing a body: these template names are these Python variables.

        None says the opposite: the name must be looked for in the context again.
        """
        before = self.locals
        self.locals = {**before, **names}
        yield
        self.locals = before

    @contextmanager
    def capture(self) -> Iterator[str]:
        """While writing a body: its output goes to a new list, whose name this gives."""
        parts = self.name("parts")
        self.line(f"{parts} = []")
        self.line(f"{parts}_write = {parts}.append")
        before, self.out = self.out, f"{parts}_write"
        yield parts
        self.flush()
        self.out = before

    # -- nodes ---------------------------------------------------------------------------

    def nodes(self, nodelist: Iterable["Node"]) -> None:
        for node in nodelist:
            before, self.token = self.token, node.token or self.token
            if self.depth >= MAX_DEPTH and node.child_nodes():
                self.write(f"{self.constant(node, 'node')}.render(context)")
            else:
                node.emit(self)
            self.token = before
        self.flush()

    def touch(self, nodelist: Iterable["Node"]) -> Touch:
        """The most that any node in here, at any depth, does with the context."""
        nodes = list(nodelist)
        if self.depth + BLOCKS_PER_TAG * height(nodes) > MAX_DEPTH:
            return Touch.WRITES  # part of it will be rendered by a function of its own
        return max((touch_of(node) for node in nodes), default=Touch.NOTHING)

    # -- expressions ---------------------------------------------------------------------

    def variable(self, variable: "Variable") -> str:
        """Python for a variable: its value, or MISSING."""
        if not variable.lookups:
            return self.literal(variable.literal)
        first, *rest = variable.lookups
        local = self.locals.get(first)
        if local is not None:
            self.used.add(local)
        code = f"find(context, {first!r})"
        if local is not None:
            # As from the context: what can be called is. Our own forloop never can.
            called = f"(call({local}) if callable({local}) else {local})"
            code = local if first == "forloop" else called
        elif rest:
            code = f"find_part(context, {first!r}, {rest.pop(0)!r})"
        if len(rest) > MAX_CALLS:
            code = f"lookup_path({code}, {tuple(rest)!r})"
            rest = []
        for name in rest:
            code = f"lookup({code}, {name!r})"
        invalid = self.source.engine.string_if_invalid if self.source.engine else ""
        return f"unsilenced({code}, {invalid!r})" if invalid else code

    def literal(self, value: Any) -> str:
        if type(value) is int:
            return repr(value)
        return self.constant(value, "text" if isinstance(value, str) else "number")

    def expression(self, expression: "FilterExpression", missing: str | None = None) -> str:
        """Python for a value with its filters.

        What is missing counts as `missing` (Python code, such as "None"); where that is
        not given as the engine's `string_if_invalid`, which then stands for the whole.
        """
        code = self.variable(expression.var)
        if not expression.var.lookups:
            return self._filters(code, expression)
        if missing is None:
            invalid = self.source.string_if_invalid(expression.var.var)
            if invalid:
                value = self.name()
                self.line(f"{value} = {code}")
                with self.block(f"if {value} is MISSING"):
                    self.line(f"{value} = {invalid!r}")
                with self.block("else"):
                    self.line(f"{value} = {self._filters(value, expression)}")
                return value
            if not expression.filters:
                return code
            missing = '""'
        value = self.name()
        code = f"({missing} if ({value} := {code}) is MISSING else {value})"
        return self._filters(code, expression)

    def _filters(self, code: str, expression: "FilterExpression") -> str:
        for number, (function, argument) in enumerate(expression.filters, 1):
            if getattr(function, "expects_localtime", False):
                code = f"localtime({code})"
            is_safe = getattr(function, "is_safe", False)
            if is_safe:
                before = self.name()
                code = f"{before} := {code}"
                call = before
            else:
                call = code
            if argument is not None:
                value = self.variable(argument)
                call += (
                    f", required({value}, {argument.var!r})" if argument.lookups else f", {value}"
                )
            if getattr(function, "needs_autoescape", False):
                call += f", autoescape={self.autoescape}"
            hint = getattr(function, "_filter_name", "")
            call = f"{self.constant(function, f'filter_{hint}')}({call})"
            code = f"keep_safe({code}, {call})" if is_safe else call
            if number % MAX_CALLS == 0:
                value = self.name()
                self.line(f"{value} = {code}")
                code = value
        return code

    def write_value(self, expression: "FilterExpression") -> None:
        """Output of `{{ expression }}`, escaped or not as settled here."""
        code = self.expression(expression)
        if not self.autoescape:
            self.write(f"plain({code})")
            return
        value = self.name()
        # Nearly every value is a plain str: that is the one case worth its own branch.
        self.write(f"escape({value}) if ({value} := {code}).__class__ is str else show({value})")


def printable(text: str) -> str:
    """Text fit for a comment: on one line, in characters every encoding has."""
    return text.encode("unicode_escape").decode("ascii")


def touch_of(node: "Node") -> Touch:
    return max([node.touches, *(touch_of(child) for child in node.child_nodes())])


def height(nodes: Iterable["Node"]) -> int:
    """How deep tags stand in tags."""
    return max((1 + height(node.child_nodes()) for node in nodes), default=0)


def compile_nodes(
    nodes: Sequence["Node"], source: Source, autoescape: bool, name: str = "template"
) -> Compiled:
    """`name(context, write)`, which writes the text of these nodes piece by piece."""
    writer = Writer(source, autoescape)
    touch = writer.touch(nodes)
    writer.nodes(nodes)
    return finish(writer, f"def {name}(context, write):", touch)


def compile_expression(
    expression: "FilterExpression", source: Source, autoescape: bool
) -> Callable[[Any, bool], Any]:
    """`expression(context, ignore_failures)`, for nodes that resolve by themselves."""
    writer = Writer(source, autoescape)
    writer.token = expression.tag
    with writer.block("if ignore_failures"):
        writer.line(f"return {writer.expression(expression, 'None')}")
    value = writer.expression(expression)
    result = writer.name()
    writer.line(f"{result} = {value}")
    writer.line(f"return '' if {result} is MISSING else {result}")
    return finish(writer, "def expression(context, ignore_failures):").function


def finish(writer: Writer, header: str, touch: Touch = Touch.WRITES) -> Compiled:
    """The lines as a function whose places are the template's own."""
    writer.flush()
    body = writer.lines or ["    pass"]
    if all(line.lstrip().startswith("#") for line in body):
        body = [*body, "    pass"]
    listing = "\n".join([header, *body, ""])
    try:
        tree = ast.parse(listing)
        _place(tree, writer)
        code = compile(tree, writer.source.filename, "exec")
    except (RecursionError, MemoryError, SyntaxError, ValueError) as error:
        raise TemplateSyntaxError(f"Too long or too deeply nested to compile: {error}") from error
    space = {**NAMES, **writer.constants, "__name__": "template", "__loader__": writer.source}
    exec(code, space)  # noqa: S102 - a compiler's last step; see the tests on hostile text
    return Compiled(space[header[4:].partition("(")[0]], listing, touch)


def _place(tree: ast.AST, writer: Writer) -> None:
    """Move every piece of the Python tree to where its tag stands in the template."""
    spans = [(1, 0, 0), *_spans(writer)]  # the header, and each line
    for piece in ast.walk(tree):
        if isinstance(piece, (ast.stmt, ast.expr, ast.excepthandler, ast.arg, ast.keyword)):
            line, start, end = spans[min(piece.lineno - 1, len(spans) - 1)]
            piece.lineno = piece.end_lineno = line
            piece.col_offset, piece.end_col_offset = start, end


def _spans(writer: Writer) -> Iterator[tuple[int, int, int]]:
    """Line, first and last column of the tag that each line of code comes from.

    Columns are bytes of UTF-8 here. Tags mostly come in order, so that of a long line only
    what lies between two of them has to be encoded.
    """
    line = column = start = 0
    for token in writer.tokens:
        if token is None:
            yield 1, 0, 0
            continue
        if token.lineno != line or token.column < column:
            line, column, start = token.lineno, 1, 0
        start += _width(writer.source.line(line)[column - 1 : token.column - 1])
        column = token.column
        yield line, start, start + _width(token.source.partition("\n")[0])


def _width(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


__all__ = ["MISSING", "Compiled", "Touch", "Writer", "compile_expression", "compile_nodes"]
