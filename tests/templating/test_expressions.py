"""What stands between braces: a value, and the filters behind it."""

from typing import Any

import pytest

from templating import Context, Library, TemplateSyntaxError, VariableDoesNotExist
from templating.expressions import FilterExpression, Variable
from templating.parser import Parser
from templating.runtime import MISSING
from templating.source import Source

register = Library()


@register.filter
def upper(value: Any) -> str:
    return str(value).upper()


@register.filter
def cut(value: Any, what: str) -> str:
    return str(value).replace(what, "")


@register.filter
def most(value: Any, count: int = 1) -> str:
    return str(value)[:count]


@register.filter(needs_autoescape=True)
def marked(value: Any, autoescape: bool = True) -> str:
    return f"{value}{autoescape}"


def expression(text: str) -> FilterExpression:
    return FilterExpression(text, Parser([], Source(text), builtins=[register]))


def parts(text: str) -> tuple[str, list[tuple[str, str | None]]]:
    """The value and the filters with their arguments, as they were written."""
    found = expression(text)
    filters = [
        (function._filter_name, None if argument is None else argument.var)
        for function, argument in found.filters
    ]
    return found.var.var, filters


@pytest.mark.parametrize(
    ("text", "value", "filters"),
    [
        ("a", "a", []),
        ("a.b.0", "a.b.0", []),
        ("a|upper", "a", [("upper", None)]),
        ("a | upper|most | most:2", "a", [("upper", None), ("most", None), ("most", "2")]),
        ('a|cut:"b | c"|upper', "a", [("cut", '"b | c"'), ("upper", None)]),
        ("a|cut:b.c", "a", [("cut", "b.c")]),
        (r'a|cut:"say \"b\"|upper"', "a", [("cut", r'"say \"b\"|upper"')]),
        ("'a|b'|upper", "'a|b'", [("upper", None)]),
        ("_('a b')|cut:_('c')", "_('a b')", [("cut", "_('c')")]),
        ("-1.5|most:-1", "-1.5", [("most", "-1")]),
        ("a|marked", "a", [("marked", None)]),
    ],
)
def test_a_value_and_its_filters(text: str, value: str, filters: list[Any]) -> None:
    assert parts(text) == (value, filters)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Could not parse '': expected a variable, a number or a quoted string."),
        ("|upper", "Could not parse '|upper'"),
        ("'a", 'Could not parse "\'a"'),
        ("a b", "the remainder: ' b' from 'a b'"),
        ("a|upper b", "the remainder: ' b' from 'a|upper b'"),
        ("a|", "the remainder: '|' from 'a|'"),
        ("a||upper", "the remainder: '||upper'"),
        ("a|most: 2", "the remainder: ': 2'"),
        ("a|most:'b", 'the remainder: ":\'b"'),
        ("a|uper", "Invalid filter: 'uper'. Did you mean 'upper'?"),
        ("a|upper:1", "The filter 'upper' takes no argument, and was given one."),
        ("a|cut", "The filter 'cut' takes an argument, and was given none."),
        ("a|marked:1", "The filter 'marked' takes no argument"),
        ("_a", "may not begin with underscores: '_a'"),
        ("a._b|upper", "may not begin with underscores: 'a._b'"),
        ("a|cut:b._c", "may not begin with underscores: 'b._c'"),
    ],
)
def test_what_is_no_expression_is_refused(text: str, message: str) -> None:
    with pytest.raises(TemplateSyntaxError) as caught:
        expression(text)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "literal", "lookups"),
    [
        ("a.b.0", MISSING, ("a", "b", "0")),
        ("1", 1, ()),
        ("-1", -1, ()),
        ("1.5", 1.5, ()),
        ("1e3", 1000.0, ()),
        ("1.", MISSING, ("1", "")),
        ("'it\\'s'", "it's", ()),
        (r'"a\\b"', r"a\b", ()),
        ("_('a')", "a", ()),
        ("True", MISSING, ("True",)),
    ],
)
def test_a_variable_is_a_literal_or_a_path(
    text: str, literal: Any, lookups: tuple[str, ...]
) -> None:
    variable = Variable(text)
    assert (variable.literal, variable.lookups) == (literal, lookups)


def test_a_path_is_followed_in_a_context() -> None:
    context = Context({"a": [{"b": 7}]})
    assert Variable("a.0.b").resolve(context) == 7
    with pytest.raises(VariableDoesNotExist, match=r"Failed lookup for 'a\.1'"):
        Variable("a.1").resolve(context)
    assert expression("a.0.b|most").resolve(context) == "7"
    assert expression("a.1").resolve(context, ignore_failures=True) is None
