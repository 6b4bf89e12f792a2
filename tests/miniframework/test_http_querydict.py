from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miniframework.exceptions import TooManyFieldsSent
from miniframework.http import QueryDict
from miniframework.test import override_settings
from miniframework.utils.datastructures import MultiValueDictKeyError

TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
PAIRS = st.lists(st.tuples(TEXT, TEXT), max_size=10)


@pytest.mark.parametrize(
    ("query", "lists"),
    [
        ("", {}),
        ("a=1", {"a": ["1"]}),
        ("a=1&a=2&b=3", {"a": ["1", "2"], "b": ["3"]}),
        ("a", {"a": [""]}),
        ("a=&&b=", {"a": [""], "b": [""]}),
        ("a=b=c", {"a": ["b=c"]}),
        ("a=1+2%203", {"a": ["1 2 3"]}),
        ("a%26b=%C3%A9", {"a&b": ["é"]}),
        ("a=%FF", {"a": ["\ufffd"]}),
        ("a=%zz", {"a": ["%zz"]}),
        ("a;b=1", {"a;b": ["1"]}),
    ],
)
def test_a_query_string_is_taken_apart(query: str, lists: dict[str, list[str]]) -> None:
    assert dict(QueryDict(query).lists()) == lists


@given(PAIRS)
def test_urlencode_and_parsing_are_each_others_inverse(pairs: list[tuple[str, str]]) -> None:
    made = QueryDict(mutable=True)
    for name, value in pairs:
        made.appendlist(name, value)
    assert QueryDict(made.urlencode()) == made


@given(st.binary(max_size=200))
def test_any_bytes_are_a_query_string(raw: bytes) -> None:
    QueryDict(raw)


@given(PAIRS)
def test_the_standard_library_reads_the_same_pairs(pairs: list[tuple[str, str]]) -> None:
    made = QueryDict(mutable=True)
    for name, value in pairs:
        made.appendlist(name, value)
    again = [(name, value) for name, values in made.lists() for value in values]
    assert sorted(parse_qsl(made.urlencode(), keep_blank_values=True)) == sorted(again)


def test_a_name_gives_its_last_value_and_getlist_all() -> None:
    query = QueryDict("a=1&a=2")
    assert query["a"] == query.get("a") == "2"
    assert query.getlist("a") == ["1", "2"]
    assert query.getlist("b") == []
    assert query.dict() == {"a": "2"}
    assert list(query.items()) == [("a", "2")]


def test_a_missing_name_is_a_key_error_with_a_suggestion() -> None:
    with pytest.raises(MultiValueDictKeyError, match="Did you mean 'choice'"):
        _ = QueryDict("choice=1")["choise"]


@pytest.mark.parametrize(
    "change",
    [
        lambda q: q.__setitem__("a", "2"),
        lambda q: q.__delitem__("a"),
        lambda q: q.setlist("a", []),
        lambda q: q.appendlist("a", "2"),
        lambda q: q.update({"b": "1"}),
        lambda q: q.pop("a"),
        lambda q: q.clear(),
        lambda q: q.setdefault("b", "1"),
        lambda q: q.setlistdefault("b", ["1"]),
    ],
)
def test_a_requests_own_cannot_be_changed_and_its_copy_can(change) -> None:  # type: ignore[no-untyped-def]
    query = QueryDict("a=1")
    with pytest.raises(AttributeError, match=r"Change a \.copy"):
        change(query)
    assert query == QueryDict("a=1")
    change(query.copy())
    assert query == QueryDict("a=1")


def test_too_many_fields_are_refused() -> None:
    with override_settings(DATA_UPLOAD_MAX_NUMBER_FIELDS=2):
        QueryDict("a=1&b=2")
        with pytest.raises(TooManyFieldsSent):
            QueryDict("a=1&b=2&c=3")
