"""A function's body, taken out of a source text or put into one.

The syntax tree says where a body stands; the text is then cut at those places, so that
every comment, blank line and odd indentation outside of the body stays byte for byte. A
tree printed anew would lose all of them.

A body is what follows the signature and the docstring. A definition is named as Python
does it: `parse_head`, `Server.run`, `outer.inner` for a function in a function. A name
that is defined more than once (a property and its setter) means all of them;
`Class.name.setter` means the one. A class means all of its methods.
"""

import ast
import io
import re
import tokenize
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property, lru_cache

Function = ast.FunctionDef | ast.AsyncFunctionDef
ACCESSORS = ("getter", "setter", "deleter")
MARKER = "your turn: "
LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|$)")
ONLY_COMMENT = re.compile(r"[ \t\f]*(?:#[^\r\n]*)?")


class BlankingError(Exception):
    """The text or the name is not what was expected; the message says what to mend."""


class UnknownDefinition(BlankingError):
    """The text defines no such name."""


class Unreadable(BlankingError):
    """The text is not Python. `line` is where it stops being so."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True)
class Pointer:
    """What a blank says to whoever opens the file: where the exercise is described."""

    folder: str  # "02-reading-a-request"
    chapter: str  # "reading-a-request"
    exercise: str

    def lines(self) -> tuple[str, ...]:
        return (
            f"# Your turn: lessons/{self.folder}, exercise {self.exercise!r}.",
            f'raise NotImplementedError("{MARKER}{self.chapter}/{self.exercise}")',
        )


@dataclass(frozen=True)
class Body:
    """One function's body: text[start:end], with the indentation that its lines have.

    `has_docstring` is whether it begins behind a docstring; `same_line`, where that stands
    on the line of the signature, is the place between the two.
    """

    name: str
    start: int
    end: int
    indent: str
    has_docstring: bool
    same_line: tuple[int, int] | None = None


def definitions(source: str) -> list[str]:
    """The names of all functions and classes, in the order of the text, each once."""
    return list(dict.fromkeys(name for name, _ in _Text.of(source).definitions))


def find_definition(source: str, dotted: str) -> list[ast.stmt]:
    """The nodes that `dotted` means. UnknownDefinition says which names are like it."""
    text = _Text.of(source)
    found = [node for name, node in text.definitions if name == dotted]
    owner, _, accessor = dotted.rpartition(".")
    if not found and accessor in ACCESSORS:
        found = [n for name, n in text.definitions if name == owner and _accessor(n) == accessor]
    if not found:
        raise UnknownDefinition(f"There is no {dotted!r} here.{_did_you_mean(dotted, source)}")
    # An overload's body is a signature for the type checker: nothing to write there.
    return [node for node in found if not _is_overload(node)] or found


def bodies(source: str, dotted: str) -> list[Body]:
    """The bodies that `dotted` means, in the order of the text: of a class, its methods'."""
    text = _Text.of(source)
    found: list[Body] = []
    for node in find_definition(source, dotted):
        if isinstance(node, Function):
            found.append(text.body(dotted, node))
        elif isinstance(node, ast.ClassDef):
            for name, method in _methods(node, dotted):
                found.append(text.body(name, method))
    return found


def blank(source: str, dotted: str, pointer: Pointer) -> str:
    """The text with that body, or those bodies, replaced by `pointer`. Idempotent."""
    newline = _newline(source)

    def instead(body: Body) -> str:
        return "".join(newline + body.indent + line for line in pointer.lines())

    return _replace(source, bodies(source, dotted), instead)


def is_blank(source: str, dotted: str) -> bool:
    """Does any of the bodies that `dotted` means still say "your turn"?"""
    return any(MARKER in text for text in body_texts(source, dotted))


def body_texts(source: str, dotted: str) -> list[str]:
    return [source[body.start : body.end] for body in bodies(source, dotted)]


def definition_text(source: str, dotted: str) -> str:
    """The whole definition, or definitions, decorators included."""
    text = _Text.of(source)
    return "".join(text.whole(node) for node in find_definition(source, dotted))


def transplant(source: str, dotted: str, donor: str) -> str:
    """The text with the bodies that `dotted` means taken from `donor`.

    Bodies are matched by name, and by order where a name stands more than once. One that
    the donor has not stays as it is.
    """
    given: dict[str, list[Body]] = {}
    for body in bodies(donor, dotted):
        given.setdefault(body.name, []).append(body)

    def instead(body: Body) -> str:
        if not given.get(body.name):
            return source[body.start : body.end]
        return _fitted(donor, given[body.name].pop(0), body, _newline(source))

    result = _replace(source, bodies(source, dotted), instead)
    check_syntax(result, f"What {dotted!r} becomes")
    return result


def _fitted(donor: str, given: Body, place: Body, newline: str) -> str:
    """A body's text as it must stand at another place."""
    text = donor[given.start : given.end]
    alone = not text.startswith(("\r", "\n"))
    if alone and given.has_docstring != place.has_docstring:
        # `"docstring"; return 1` without its docstring, or `return 1` below another one.
        statement = text.strip().removeprefix(";").strip()
        return newline + place.indent + (statement or "pass")
    if given.indent != place.indent:
        text = re.sub(rf"(?m)^{re.escape(given.indent)}", place.indent, text)
    return text


def check_syntax(source: str, name: str) -> None:
    """Raise Unreadable, in a sentence that names the file and the line, if it does not parse."""
    try:
        ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None) or 1
        what = getattr(error, "msg", None) or str(error) or type(error).__name__
        shown = (getattr(error, "text", None) or "").strip()
        raise Unreadable(
            f"{name}, line {line}, is not Python yet: {what}" + (f"\n    {shown}" if shown else ""),
            line,
        ) from None


def _replace(source: str, found: list[Body], instead: Callable[[Body], str]) -> str:
    newline = _newline(source)
    parts, position = [], 0
    for body in sorted(found, key=lambda each: (each.start, -each.end)):
        if body.start < position:
            continue  # inside of one that is replaced: it goes with it
        text = instead(body)
        if body.same_line and text.startswith(("\r", "\n")):
            # `def f(): "what it does"` must become two lines before a third can follow.
            colon, docstring = body.same_line
            parts += [source[position:colon], newline, body.indent]
            position = docstring
        parts += [source[position : body.start], text]
        position = body.end
    return "".join([*parts, source[position:]])


class _Text:
    """A source text with its tree, and the way from the tree's places to the text's."""

    def __init__(self, source: str) -> None:
        self.source = source
        try:
            self.tree = ast.parse(source)
        except (SyntaxError, ValueError, RecursionError):
            check_syntax(source, "The text")
            raise
        self.lines: list[str] = LINE.findall(source)
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line))

    @staticmethod
    @lru_cache(maxsize=32)
    def of(source: str) -> "_Text":
        return _Text(source)

    @cached_property
    def definitions(self) -> list[tuple[str, ast.stmt]]:
        return list(_walk(self.tree.body, ""))

    def offset(self, row: int, column: int) -> int:
        """From the tree's place (bytes within a line) to one in the text (characters)."""
        line = self.lines[row - 1]
        before = column if line.isascii() else len(line.encode()[:column].decode())
        return self.starts[row - 1] + before

    def end_of(self, node: ast.stmt | ast.expr) -> int:
        return self.offset(node.end_lineno or 0, node.end_col_offset or 0)

    def rest_of_line(self, position: int) -> str:
        matched = re.compile(r"[^\r\n]*").match(self.source, position)
        return matched.group() if matched else ""

    def whole(self, node: ast.stmt) -> str:
        decorators: list[ast.expr] = getattr(node, "decorator_list", [])
        first = min([node.lineno, *(each.lineno for each in decorators)])
        end = self.starts[node.end_lineno or first]
        text: str = self.source[self.starts[first - 1] : end]
        return text

    def body(self, name: str, node: Function) -> Body:
        first, last = node.body[0], node.body[-1]
        colon = start = self._after_colon(node)
        below = ONLY_COMMENT.fullmatch(self.rest_of_line(colon)) is not None
        indent = self._indent(first.lineno if below else node.lineno) + ("" if below else "    ")
        has_docstring = _is_docstring(first)
        if has_docstring:
            start = self.end_of(first)
        rest = self.rest_of_line(start)
        if ONLY_COMMENT.fullmatch(rest):
            # "def f():  # remark": a comment beside signature or docstring belongs to them.
            start += len(rest)
        end = self.end_of(last)
        end += len(self.rest_of_line(end))
        if below:
            end = self._with_comments(end, indent)
        same_line = (colon, self._start(first)) if has_docstring and not below else None
        return Body(name, start, max(start, end), indent, has_docstring, same_line)

    def _indent(self, row: int) -> str:
        line = self.lines[row - 1]
        return line[: len(line) - len(line.lstrip(" \t\f"))]

    def _start(self, node: ast.stmt) -> int:
        return self.offset(node.lineno, node.col_offset)

    def _after_colon(self, node: Function) -> int:
        """Just behind the colon that ends the signature.

        Only the signature is taken apart, from its beginning, so that brackets are in pairs.
        """
        start = self._start(node)
        returns = start if node.returns is None else self.end_of(node.returns)
        depth = 0
        signature = io.StringIO(self.source[start:], newline="")
        for token in tokenize.generate_tokens(signature.readline):
            if token.string in ("(", "[", "{"):
                depth += 1
            elif token.string in (")", "]", "}"):
                depth -= 1
            # A function never stands inside brackets, so its own colon is at depth 0; one of a
            # lambda in what it returns may be there too, but before the end of that.
            elif token.string == ":" and depth == 0:
                row, column = token.start
                first = start if row == 1 else self.starts[node.lineno + row - 2]
                if first + column >= returns:
                    return first + column + 1
        raise AssertionError("a signature ends with a colon")

    def _with_comments(self, end: int, indent: str) -> int:
        """Comments below the last statement, indented like it, belong to the body too."""
        row = bisect_right(self.starts, end)
        for index in range(row, len(self.lines)):
            line = self.lines[index]
            if not line.strip():
                continue
            if not (line.startswith(indent) and line.lstrip().startswith("#")):
                break
            end = self.starts[index] + len(line.rstrip("\r\n"))
        return end


def _walk(statements: list[ast.stmt], prefix: str) -> Iterator[tuple[str, ast.stmt]]:
    """Every definition with its dotted name, also those under `if`, `try` and `with`."""
    for node in statements:
        if isinstance(node, Function | ast.ClassDef):
            yield prefix + node.name, node
            yield from _walk(node.body, f"{prefix}{node.name}.")
            continue
        for field in ("body", "orelse", "finalbody"):
            yield from _walk(getattr(node, field, []), prefix)
        for handler in [*getattr(node, "handlers", []), *getattr(node, "cases", [])]:
            yield from _walk(handler.body, prefix)


def _methods(node: ast.ClassDef, dotted: str) -> Iterator[tuple[str, Function]]:
    """The functions of a class and of the classes in it, not those inside of functions."""
    inside: list[str] = []
    for name, found in _walk(node.body, f"{dotted}."):
        if any(name.startswith(outer) for outer in inside):
            continue
        if isinstance(found, Function) and not _is_overload(found):
            inside.append(f"{name}.")
            yield name, found


def _is_docstring(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _decorators(node: ast.stmt) -> list[str]:
    return [ast.unparse(each) for each in getattr(node, "decorator_list", [])]


def _is_overload(node: ast.stmt) -> bool:
    return any(name.rpartition(".")[2] == "overload" for name in _decorators(node))


def _accessor(node: ast.stmt) -> str:
    """ "setter" for what is decorated with @name.setter, "getter" for a property itself."""
    for name in _decorators(node):
        last = name.rpartition(".")[2]
        if last in ACCESSORS:
            return last
        if last.endswith("property"):
            return "getter"
    return ""


def _newline(source: str) -> str:
    matched = re.search(r"\r\n|\r|\n", source)
    return matched.group() if matched else "\n"


def _did_you_mean(dotted: str, source: str) -> str:
    known = definitions(source)
    by_last = [name for name in known if name.rpartition(".")[2] == dotted.rpartition(".")[2]]
    near = by_last or get_close_matches(dotted, known, 1)
    return f" Did you mean {near[0]!r}?" if near else ""
