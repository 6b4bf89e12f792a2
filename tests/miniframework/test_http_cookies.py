from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miniframework.http import HttpResponse, parse_cookie

VALUES = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=40)


@pytest.mark.parametrize(
    ("header", "cookies"),
    [
        ("", {}),
        ("a=1; b=2", {"a": "1", "b": "2"}),
        ("a=1;b=2", {"a": "1", "b": "2"}),
        ("a=1; a=2", {"a": "2"}),
        ("a=b=c", {"a": "b=c"}),
        ("lonely", {"": "lonely"}),
        ('a="x\\054y"', {"a": "x,y"}),
        ('a="say \\"hi\\""', {"a": 'say "hi"'}),
        ('a="', {"a": '"'}),
        (" ; ;a=1", {"a": "1"}),
    ],
)
def test_the_cookie_field_is_taken_apart(header: str, cookies: dict[str, str]) -> None:
    assert parse_cookie(header) == cookies


@given(st.text(max_size=100))
def test_no_cookie_field_is_an_error(header: str) -> None:
    parse_cookie(header)


@given(VALUES)
def test_a_cookie_comes_back_as_it_was_set(value: str) -> None:
    response = HttpResponse()
    response.set_cookie("a", value)
    ((_, field),) = [pair for pair in response.header_fields() if pair[0] == "Set-Cookie"]
    pair = field.encode("latin-1").decode("utf-8").removesuffix("; Path=/")
    assert parse_cookie(pair)["a"] == value


def test_the_attributes_are_written() -> None:
    response = HttpResponse()
    response.set_cookie(
        "a",
        "1",
        max_age=timedelta(hours=1),
        path="/polls/",
        domain="example.com",
        secure=True,
        httponly=True,
        samesite="Lax",
    )
    field = dict(response.header_fields())["Set-Cookie"]
    for part in (
        "a=1",
        "Max-Age=3600",
        "Path=/polls/",
        "Domain=example.com",
        "Secure",
        "HttpOnly",
        "SameSite=Lax",
        "expires=",
    ):
        assert part in field


def test_a_date_is_written_as_http_writes_it() -> None:
    response = HttpResponse()
    response.set_cookie("a", "1", expires=datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC))
    assert response.cookies["a"]["expires"] == "Sun, 06 Nov 1994 08:49:37 GMT"


def test_a_deleted_cookie_expired_long_ago() -> None:
    response = HttpResponse()
    response.delete_cookie("a")
    field = dict(response.header_fields())["Set-Cookie"]
    assert "Max-Age=0" in field
    assert "1970" in field


@pytest.mark.parametrize(
    "attributes",
    [
        {"path": "/; HttpOnly"},
        {"domain": "a.example\r\nX: 1"},
        {"samesite": "Sometimes"},
        {"expires": "never; Secure"},
    ],
)
def test_no_attribute_can_bring_another(attributes: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"cannot hold|must be"):
        HttpResponse().set_cookie("a", "1", **attributes)


@pytest.mark.parametrize(
    "age", [float("inf"), float("-inf"), float("nan"), 1e300, 10**12, timedelta.max]
)
def test_an_age_that_no_calendar_holds_is_refused(age: float | timedelta) -> None:
    with pytest.raises(ValueError, match="max_age"):
        HttpResponse().set_cookie("a", "1", max_age=age)
