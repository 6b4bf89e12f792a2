"""Fields, requests and responses as values."""

import pytest

from httpserver.messages import BadRequest, Headers, HTTPError, Request, Response, http_date


def test_names_ignore_case_and_order_is_kept() -> None:
    headers = Headers([("Accept", "a"), ("HOST", "b"), ("accept", "c")])
    assert headers["host"] == "b"
    assert headers.get("ACCEPT") == "a, c"
    assert headers.get_all("Accept") == ["a", "c"]
    assert list(headers) == ["Accept", "HOST", "accept"]
    assert headers.items()[1] == ("HOST", "b")
    assert len(headers) == 3


LOOK_UPS: dict[str, tuple[str, tuple[str, ...], object]] = {
    "two lines": ("get", ("ACCEPT",), "a, c"),
    "one line": ("get", ("host",), "b"),
    "one empty line": ("get", ("empty", "x"), ""),
    "absent": ("get", ("cookie",), None),
    "absent with a default": ("get", ("cookie", "x"), "x"),
    "all of two": ("get_all", ("accept",), ["a", "c"]),
    "all of one": ("get_all", ("HOST",), ["b"]),
    "all of none": ("get_all", ("cookie",), []),
}


@pytest.mark.parametrize(("method", "given", "result"), LOOK_UPS.values(), ids=LOOK_UPS)
def test_values_are_looked_up_by_names_in_any_case(
    method: str, given: tuple[str, ...], result: object
) -> None:
    headers = Headers([("Accept", "a"), ("Host", "b"), ("accept", "c"), ("Empty", "")])
    assert getattr(headers, method)(*given) == result


def test_the_values_are_a_list_of_the_callers_own() -> None:
    headers = Headers([("A", "1")])
    headers.get_all("a").append("2")
    assert headers.get_all("a") == ["1"]
    headers.get_all("b").append("2")
    assert headers.get_all("b") == []


def test_cookies_in_several_lines_are_joined_as_a_browser_would_have_done() -> None:
    headers = Headers([("Cookie", "d=1"), ("Accept", "a"), ("COOKIE", "e=2"), ("accept", "c")])
    assert headers.by_name == {"cookie": "d=1; e=2", "accept": "a, c"}


def test_the_index_of_names_is_made_once() -> None:
    headers = Headers([("Accept", "a"), ("accept", "c"), ("Accept", "a")])
    assert headers.by_name == {"accept": "a, c, a"}
    assert headers.by_name is headers.by_name
    assert headers.items() == [("Accept", "a"), ("accept", "c"), ("Accept", "a")]


def test_what_is_not_there() -> None:
    headers = Headers()
    assert headers.get("host") is None
    assert headers.get("host", "x") == "x"
    assert headers.get_all("host") == []
    assert "host" not in headers
    with pytest.raises(KeyError):
        headers["host"]


def test_headers_are_equal_but_for_the_case_of_names() -> None:
    assert Headers([("A", "1")]) == Headers([("a", "1")])
    assert Headers([("A", "x")]) != Headers([("A", "X")])


def test_tokens_of_a_list_are_lower_case_without_empty_ones() -> None:
    assert Headers([("Connection", "Close, ,TE"), ("connection", "x")]).tokens("connection") == [
        "close",
        "te",
        "x",
    ]


TOKENS: dict[str, tuple[list[str], list[str]]] = {
    "absent": ([], []),
    "empty": ([""], []),
    "an empty member": (["Close, ,TE"], ["close", "te"]),
    "two lines": (["a", "b,c"], ["a", "b", "c"]),
    "spaces and tabs": ([" \ta\t,  b \t, c"], ["a", "b", "c"]),
    "no-break space": (["\xa0a, b\xa0,\xa0"], ["\xa0a", "b\xa0", "\xa0"]),
    "next line": (["\x85close, te\x85"], ["\x85close", "te\x85"]),
    "a space inside": (["a b, c"], ["a b", "c"]),
}


@pytest.mark.parametrize(("values", "members"), TOKENS.values(), ids=TOKENS)
def test_tokens_lose_spaces_and_tabs_and_no_other_character(
    values: list[str], members: list[str]
) -> None:
    headers = Headers([("Host", "a"), *(("Connection", value) for value in values)])
    assert headers.tokens("CONNECTION") == members


def test_a_response_knows_its_reason() -> None:
    assert Response(404).reason == "Not Found"
    assert Response(299).reason == ""
    assert Response(200, reason="Fine").reason == "Fine"


def test_requests_have_ids_of_their_own() -> None:
    assert Request("GET", "/").id != Request("GET", "/").id


def test_errors_carry_their_status() -> None:
    assert BadRequest("why").status == 400
    assert HTTPError("why", 418).status == 418


def test_http_date_is_the_one_of_the_rfc() -> None:
    assert http_date(784111777) == "Sun, 06 Nov 1994 08:49:37 GMT"
