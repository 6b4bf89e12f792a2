"""Routes: read once, matched and built from; and regular expressions read backwards."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miniframework.exceptions import ImproperlyConfigured
from miniframework.urls.routes import PathRoute, RegexRoute
from miniframework.urls.unregex import Parameter, regex_parts

BAD_ROUTES = [
    ("<int:pk >/", "white space"),
    ("<int:p-k>/", "not a Python identifier"),
    ("<int:>/", "not a Python identifier"),
    ("<pk>/<int:pk>/", "'pk' twice"),
    ("<:pk>/", "converter ''"),
]


@pytest.mark.parametrize(("route", "message"), BAD_ROUTES)
def test_a_bad_route_is_told_when_it_is_written(route: str, message: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=message):
        PathRoute(route, is_endpoint=True)


def test_a_bad_regular_expression_is_told_when_it_is_written() -> None:
    with pytest.raises(ImproperlyConfigured, match="not a valid regular expression"):
        RegexRoute("(")


def test_an_endpoint_matches_to_the_end_and_a_prefix_leaves_the_rest() -> None:
    assert PathRoute("a/", is_endpoint=True).match("a/b") is None
    found = PathRoute("a/", is_endpoint=False).match("a/b")
    assert found is not None
    assert found.rest == "b"


def test_marks_of_regular_expressions_are_text_in_a_path_route() -> None:
    route = PathRoute("a.b+(c)/", is_endpoint=True)
    assert route.match("a.b+(c)/")
    assert not route.match("axbb(c)/")


def test_named_groups_are_the_only_arguments_where_there_are_some() -> None:
    found = RegexRoute(r"^([a-z]+)/(?P<pk>[0-9]+)/$").match("x/5/")
    assert found is not None
    assert (found.args, found.kwargs) == ((), {"pk": "5"})
    found = RegexRoute(r"^([a-z]+)/([0-9]+)/$").match("x/5/")
    assert found is not None
    assert found.args == ("x", "5")


def test_a_group_without_a_part_in_the_match_is_no_argument() -> None:
    found = RegexRoute(r"^a(?:-(?P<page>[0-9]+))?/$").match("a/")
    assert found is not None
    assert found.kwargs == {}


REVERSIBLE = [
    (r"^polls/$", "polls/"),
    (r"^a\.b/?$", "a.b"),
    (r"\Aabc\Z", "abc"),
    (r"^(?P<y>[0-9]{4})/(?P<m>[)(]+)/$", "<y>/<m>/"),
    (r"^([a-z]+)-((?:x|y)+)$", "<0>-<2>"),
    (r"^(?P<name>[]()]+)x$", "<name>x"),
]


@pytest.mark.parametrize(("regex", "expected"), REVERSIBLE)
def test_a_regular_expression_reads_backwards(regex: str, expected: str) -> None:
    parts = regex_parts(regex)
    assert parts is not None
    shown = [f"<{part.name}>" if isinstance(part, Parameter) else part for part in parts]
    assert "".join(shown) == expected


@pytest.mark.parametrize("regex", ["a|b", "[ab]c", "a*", "a{3}", "(a)+", r"\d", "(?=a)b", "a.b"])
def test_what_cannot_be_read_backwards_is_none(regex: str) -> None:
    assert regex_parts(regex) is None


@pytest.mark.filterwarnings("ignore:Possible nested set:FutureWarning")
@given(st.text(alphabet="ab/.^$\\()[]?*+{}<>|P:=d1", max_size=30))
def test_reading_backwards_never_fails(regex: str) -> None:
    try:
        re.compile(regex)
    except re.error:
        return
    regex_parts(regex)
