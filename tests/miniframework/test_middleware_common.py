from typing import Any

import pytest

from miniframework.http import HttpResponse, StreamingHttpResponse
from miniframework.test import Client
from miniframework.urls import path

COMMON = ["miniframework.middleware.common.CommonMiddleware"]


def ok(request: Any) -> HttpResponse:
    return HttpResponse("hello")


PATTERNS = [path("polls/", ok), path("bare", ok), path("both", ok), path("both/", ok)]
PATTERNS.append(path("stream/", lambda request: StreamingHttpResponse(["x"])))
PATTERNS.append(path("<str:anything>/x/", ok))


@pytest.mark.parametrize(
    ("url", "status", "location"),
    [
        ("/polls", 301, "/polls/"),
        ("/polls?a=1&b=2", 301, "/polls/?a=1&b=2"),
        ("/polls/", 200, None),
        ("/bare", 200, None),
        ("/bare/", 404, None),
        ("/both", 200, None),
        ("/nowhere", 404, None),
        ("/caf%C3%A9/x", 301, "/caf%C3%A9/x/"),
    ],
)
def test_a_slash_is_added_only_where_it_helps(
    project: Any, url: str, status: int, location: str | None
) -> None:
    project(PATTERNS, MIDDLEWARE=COMMON)
    response = Client().get(url)
    assert (response.status_code, response.get("Location")) == (status, location)


def test_no_slash_is_added_to_another_host(project: Any) -> None:
    project([path("/evil.example/", ok)], MIDDLEWARE=COMMON)
    response = Client().get("/", PATH_INFO="//evil.example")
    assert response["Location"] == "/%2Fevil.example/"


def test_no_slash_is_added_where_the_settings_say_so(project: Any) -> None:
    project(PATTERNS, MIDDLEWARE=COMMON, APPEND_SLASH=False)
    assert Client().get("/polls").status_code == 404


def test_a_post_that_would_lose_its_data_is_an_error_in_debug(project: Any) -> None:
    project(PATTERNS, MIDDLEWARE=COMMON, DEBUG=True)
    with pytest.raises(RuntimeError, match="would lose the data"):
        Client().post("/polls", {"a": "1"})


def test_www_is_put_in_front(project: Any) -> None:
    project(PATTERNS, MIDDLEWARE=COMMON, PREPEND_WWW=True)
    response = Client().get("/polls?a=1")
    assert response["Location"] == "http://www.testserver/polls/?a=1"


def test_a_foreign_host_is_refused_before_the_view(project: Any) -> None:
    project(PATTERNS, MIDDLEWARE=COMMON)
    assert Client().get("/polls/", HTTP_HOST="evil.example").status_code == 400


def test_the_length_is_told_where_it_is_known(project: Any) -> None:
    project(PATTERNS, MIDDLEWARE=COMMON)
    assert Client().get("/polls/")["Content-Length"] == "5"
    assert "Content-Length" not in Client().get("/stream/")
