"""The tree: what stands inside what, and whose fault it is where that is not clear."""

from typing import Any

import pytest

from templating import Library, Node, NodeList, TemplateSyntaxError
from templating.lexer import Token, TokenType, tokenise
from templating.nodes import TextNode, VariableNode
from templating.parser import MAX_NESTING, Parser
from templating.source import Source

register = Library()


@register.filter
def upper(value: Any) -> str:
    return str(value).upper()


class Box(Node):
    """A block of two parts, as a tag in Django's manner is written."""

    def __init__(self, nodelist: NodeList, other: NodeList) -> None:
        self.nodelist = nodelist
        self.other = other


@register.tag("box")
def do_box(parser: Parser, token: Token) -> Box:
    nodelist, other = parser.parse(("lid", "endbox")), NodeList()
    if parser.next_token().name == "lid":
        other = parser.parse(("endbox",))
        parser.delete_first_token()
    return Box(nodelist, other)


@register.tag("first")
class First(Node):
    must_be_first = True

    def __init__(self, parser: Parser, token: Token) -> None:
        pass


@register.tag("skip")
def do_skip(parser: Parser, token: Token) -> TextNode:
    parser.skip_past("endskip")
    return TextNode("skipped")


LOADED = Library()
LOADED.filter("shout", upper)
LOADED.tag("crate", do_box)


def parser_of(text: str) -> Parser:
    return Parser(tokenise(text), Source(text, "p.html"), {"more": LOADED}, [register])


def shape(nodelist: NodeList) -> list[Any]:
    """A text as it is, a variable in braces, a box as a list of its two parts."""
    return [
        node.s if isinstance(node, TextNode)
        else f"{{{node.filter_expression}}}" if isinstance(node, VariableNode)
        else [shape(node.nodelist), shape(node.other)] if isinstance(node, Box)
        else type(node).__name__
        for node in nodelist
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("a{{ b }}{# c #}d", ["a", "{b}", "d"]),
        ("{% box %}{% endbox %}", [[[], []]]),
        ("{% box %}a{% lid %}b{% endbox %}c", [[["a"], ["b"]], "c"]),
        ("{% box %}{% box %}a{% endbox %}b{% endbox %}", [[[[["a"], []], "b"], []]]),
        ("{% box %}{% lid and more %}{% box %}a{% endbox %}{% endbox %}", [[[], [[["a"], []]]]]),
        ("a{# b #}{% first %}", ["a", "First"]),
        ("{% skip %}{{ | }}{% no %}{% endskip %}a", ["skipped", "a"]),
    ],
)
def test_a_tree_has_the_nesting_of_its_tags(text: str, expected: list[Any]) -> None:
    assert shape(parser_of(text).parse()) == expected


def test_the_tag_that_ends_a_list_is_left_for_who_asked() -> None:
    parser = parser_of("a{{ b }}{% stop here %}c")
    assert shape(parser.parse(("end", "stop"))) == ["a", "{b}"]
    assert parser.next_token().contents == "stop here"
    assert shape(parser.parse()) == ["c"]


def test_a_node_knows_its_token_and_its_template() -> None:
    parser = parser_of("a\n{% box %}{{ b }}{% endbox %}")
    text, box = parser.parse()
    (variable,) = box.nodelist
    assert [node.token.lineno for node in (text, box, variable)] == [1, 2, 2]
    assert variable.token.column == 10
    assert {node.source for node in (text, box, variable)} == {parser.source}
    assert box.nodelist.source is parser.source


FAULTS = [
    ("{{ }}", 1, 1, "Empty variable tag"),
    ("a{%  %}", 1, 2, "Empty block tag"),
    ("a\n {{ b|uper }}", 2, 2, "Invalid filter: 'uper'. Did you mean 'upper'?"),
    ("{{ b|shout }}", 1, 1, "Invalid filter: 'shout'. It is in a library: add {% load more %}."),
    ("{{ b c }}", 1, 1, "Could not parse the remainder: ' c' from 'b c'"),
    ("{% bax %}", 1, 1, "Invalid block tag 'bax'. Did you mean 'box'?"),
    ("{% crate %}", 1, 1, "Invalid block tag 'crate'. It is in a library: add {% load more %}."),
    ("{% qqqq %}", 1, 1, "Invalid block tag 'qqqq'. Is its library loaded with {% load %}?"),
    ("{% url 'a' %}", 1, 1, "builtins=['miniframework.templatetags.urls']"),
    ("{% box %}{% endbxo %}", 1, 10,
     "Invalid block tag 'endbxo', expected 'lid' or 'endbox' (to close 'box' from line 1)."
     " Did you mean 'endbox'?"),
    ("\n{% box %}\n{% endif %}", 3, 1, "(to close 'box' from line 2)"),
    ("\n{% box %}\n{% box %}\n{% endbox %}", 2, 1,
     "Unclosed tag 'box' on line 2: no {% lid %} or {% endbox %} closes it."),
    ("{% box %}{% lid %}\n{% endbox", 1, 1, "no {% endbox %} closes it."),
    ("{% skip %}{% endbox %}", 1, 1, "no {% endskip %} closes it."),
    ("{{ a }}\n{% first %}", 2, 1, "{% first %} must be the first tag in the template."),
    ("\n".join(["{% box %}"] * (MAX_NESTING + 5)), MAX_NESTING + 1, 1,
     f"More than {MAX_NESTING} blocks stand in each other."),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    FAULTS,
    ids=[str(number) for number in range(len(FAULTS))],
)
def test_a_fault_is_told_with_the_place_of_its_tag(
    text: str, line: int, column: int, message: str
) -> None:
    with pytest.raises(TemplateSyntaxError) as caught:
        parser_of(text).parse()
    error = caught.value
    assert message in error.message
    assert (error.template_name, error.line, error.column) == ("p.html", line, column)


def test_without_an_open_block_the_end_of_the_template_is_to_blame() -> None:
    with pytest.raises(TemplateSyntaxError, match="ended where {% stop %} was expected"):
        parser_of("a").parse(("stop",))


def test_a_parser_takes_tokens_from_anywhere() -> None:
    assert shape(Parser([Token(TokenType.TEXT, "a")], Source("")).parse()) == ["a"]
