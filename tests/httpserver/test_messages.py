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


def test_the_values_are_a_list_of_the_callers_own() -> None:
    headers = Headers([("A", "1")])
    headers.get_all("a").append("2")
    assert headers.get_all("a") == ["1"]


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
