"""`{% if %}`: conditions, parsed by operator precedence.

Step 7. Operands that fail make their operator false, never the page: `{% if a > b %}` is
false where the two cannot be compared. Precedence by Vaughan Pratt, "Top Down Operator
Precedence" (1973). Django's documentation, the tag `if`; in Django: django.template.smartif.
"""

from typing import TYPE_CHECKING, Any

from templating.compiler import Touch, Writer
from templating.errors import TemplateSyntaxError
from templating.expressions import FilterExpression
from templating.library import Library
from templating.nodes import Node, NodeList

if TYPE_CHECKING:
    from templating.lexer import Token
    from templating.parser import Parser

register = Library()

# Operator -> how strongly it binds; the weakest is taken apart first.
BINDING = {
    "or": 6,
    "and": 7,
    "not": 8,
    "in": 9,
    "not in": 9,
    "is": 10,
    "is not": 10,
    "==": 10,
    "!=": 10,
    ">": 10,
    ">=": 10,
    "<": 10,
    "<=": 10,
}
# `{% if not not ... x %}`: an end to recursion on hostile text.
MAX_NOTS = 50


class Operand:
    """A value with its filters; what is missing counts as None."""

    def __init__(self, expression: FilterExpression) -> None:
        self.expression = expression

    def emit(self, writer: Writer) -> str:
        return writer.expression(self.expression, "None")


class Not:
    def __init__(self, operand: "Condition") -> None:
        self.operand = operand

    def emit(self, writer: Writer) -> str:
        result = writer.name("not")
        inner = self.operand.emit(writer) if not isinstance(self.operand, Operand) else None
        with writer.block("try"):
            writer.line(f"{result} = not ({inner or self.operand.emit(writer)})")
        _false_on_error(writer, result)
        return result


class Comparison:
    """Any operator that needs both sides."""

    def __init__(self, operator: str, left: "Condition", right: "Condition") -> None:
        self.operator = operator
        self.left = left
        self.right = right

    def emit(self, writer: Writer) -> str:
        result = writer.name("test")
        # Operators guard themselves; plain operands are guarded by this one's try.
        ready = [
            None if isinstance(side, Operand) else side.emit(writer)
            for side in (self.left, self.right)
        ]
        with writer.block("try"):
            left = ready[0] or self.left.emit(writer)
            right = ready[1] or self.right.emit(writer)
            if self.operator in ("is", "is not"):  # Python warns of a number written out there
                left, right = f"{writer.name()} := {left}", f"{writer.name()} := {right}"
            writer.line(f"{result} = ({left}) {self.operator} ({right})")
        _false_on_error(writer, result)
        return result


class Junction:
    """`and`, `or`: the right side is asked only where the left has not settled it."""

    def __init__(self, operator: str, left: "Condition", right: "Condition") -> None:
        self.operator = operator
        self.left = left
        self.right = right

    def emit(self, writer: Writer) -> str:
        result = writer.name(self.operator + "_")
        left = None if isinstance(self.left, Operand) else self.left.emit(writer)
        with writer.block("try"):
            writer.line(f"{result} = {left or self.left.emit(writer)}")
            with writer.block(f"if {'' if self.operator == 'and' else 'not '}{result}"):
                writer.line(f"{result} = {self.right.emit(writer)}")
        _false_on_error(writer, result)
        return result


Condition = Operand | Not | Comparison | Junction


def _false_on_error(writer: Writer, result: str) -> None:
    with writer.block("except Exception"):
        writer.line(f"{result} = False")


class ConditionParser:
    """The words of an if tag, one operator after the other."""

    def __init__(self, parser: "Parser", words: list[str]) -> None:
        self.parser = parser
        self.words = _join_words(words)
        self.place = 0
        self.nots = 0

    def parse(self) -> Condition:
        condition = self.expression(0)
        if self.place < len(self.words):
            raise TemplateSyntaxError(
                f"Unused {self.words[self.place]!r} at end of if expression: expected an operator"
                " before it."
            )
        return condition

    def expression(self, strength: int) -> Condition:
        """An operand, and all operators behind it that bind more than `strength`."""
        left = self.operand()
        while self.place < len(self.words):
            operator = self.words[self.place]
            if operator == "not" or BINDING.get(operator, 0) <= strength:
                break
            self.place += 1
            right = self.expression(BINDING[operator])
            kind = Junction if operator in ("and", "or") else Comparison
            left = kind(operator, left, right)
        return left

    def operand(self) -> Condition:
        if self.place == len(self.words):
            raise TemplateSyntaxError("Unexpected end of expression in if tag.")
        word = self.words[self.place]
        self.place += 1
        if word == "not":
            self.nots += 1
            if self.nots > MAX_NOTS:
                raise TemplateSyntaxError(f"More than {MAX_NOTS} times 'not' in one if tag.")
            return Not(self.expression(BINDING["not"]))
        if word in BINDING:
            raise TemplateSyntaxError(f"Not expecting {word!r} in this position in if tag.")
        return Operand(self.parser.compile_filter(word))


def _join_words(words: list[str]) -> list[str]:
    """`is not` and `not in` as one word each."""
    joined: list[str] = []
    for word in words:
        if joined and (joined[-1], word) in (("is", "not"), ("not", "in")):
            joined[-1] += f" {word}"
        else:
            joined.append(word)
    return joined


class IfNode(Node):
    child_nodelists = ("bodies",)
    touches = Touch.NOTHING

    def __init__(self, branches: "list[tuple[Condition | None, NodeList, Token]]") -> None:
        self.branches = branches  # with the tag of each; the condition of {% else %} is None
        if any(".super" in tag.source for _, _, tag in branches):  # it may render a block
            self.touches = Touch.CHANGES

    @property
    def bodies(self) -> list[Node]:
        return [node for _, nodelist, _ in self.branches for node in nodelist]

    def emit(self, writer: Writer) -> None:
        """Which branch it is, then the branches: so that elifs do not nest."""
        writer.comment(self.token)
        (condition, nodelist, _), *others = self.branches
        assert condition is not None
        if not others:
            with writer.block(f"if {_truth(writer, condition)}"):
                writer.nodes(nodelist)
            return
        branch = writer.name("branch")
        writer.line(f"{branch} = {len(self.branches)}")
        for number, (condition, _, writer.token) in enumerate(self.branches):
            if number == 0:
                _choose(writer, branch, number, condition)
                continue
            with writer.block(f"if {branch} == {len(self.branches)}"):
                _choose(writer, branch, number, condition)
        for number, (_, nodelist, writer.token) in enumerate(self.branches):
            with writer.block(f"if {branch} == {number}"):
                writer.nodes(nodelist)


def _choose(writer: Writer, branch: str, number: int, condition: Condition | None) -> None:
    if condition is None:
        writer.line(f"{branch} = {number}")
        return
    with writer.block(f"if {_truth(writer, condition)}"):
        writer.line(f"{branch} = {number}")


def _truth(writer: Writer, condition: Condition) -> str:
    """Python for a condition; a filter argument that is missing makes it false."""
    if not isinstance(condition, Operand):
        return condition.emit(writer)
    arguments = (argument for _, argument in condition.expression.filters)
    if not any(argument is not None and argument.lookups for argument in arguments):
        return condition.emit(writer)
    result = writer.name("test")
    with writer.block("try"):
        writer.line(f"{result} = {condition.emit(writer)}")
    with writer.block("except VariableDoesNotExist"):
        writer.line(f"{result} = None")
    return result


@register.tag("if")
def do_if(parser: "Parser", token: "Token") -> IfNode:
    branches: list[tuple[Condition | None, NodeList, Token]] = []
    words = token.split_contents()
    while words[0] in ("if", "elif"):
        condition = ConditionParser(parser, words[1:]).parse()
        branches.append((condition, parser.parse(("elif", "else", "endif")), token))
        token = parser.next_token()
        words = token.split_contents()
    if token.contents == "else":
        branches.append((None, parser.parse(("endif",)), token))
        token = parser.next_token()
    if token.contents != "endif":
        raise parser.error(token, f"Malformed template tag {token.contents!r}: expected 'endif'.")
    return IfNode(branches)


__all__: list[Any] = ["ConditionParser", "IfNode", "register"]
