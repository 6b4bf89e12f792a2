import json
from typing import Any

import pytest

from miniframework.http import HttpResponse, HttpResponseRedirect, JsonResponse
from miniframework.test import Client, RequestFactory
from miniframework.urls import path
from templating import Engine


def echo(request: Any) -> JsonResponse:
    return JsonResponse(
        {
            "method": request.method,
            "GET": request.GET.dict(),
            "POST": request.POST.dict(),
            "type": request.content_type,
            "cookies": request.COOKIES,
            "agent": request.headers.get("User-Agent"),
        }
    )


def templated(request: Any) -> HttpResponse:
    page = Engine().from_string("Hello {{ name }}").render({"name": "you"})
    return HttpResponse(page)


def raises(request: Any) -> HttpResponse:
    raise ValueError("x")


def set_cookie(request: Any) -> HttpResponse:
    response = HttpResponse()
    response.set_cookie("seen", "yes")
    return response


PATTERNS = [
    path("echo/<int:n>/", lambda request, n: echo(request)),
    path("echo/", echo),
    path("templated/", templated),
    path("raises/", raises),
    path("cookie/", set_cookie),
    path("there/", lambda request: HttpResponseRedirect("/echo/?a=1")),
    path("keep/", lambda request: HttpResponse(status=307, headers={"Location": "/echo/"})),
    path("round/", lambda request: HttpResponseRedirect("/round/")),
]


@pytest.fixture
def client(project: Any) -> Client:
    project(PATTERNS)
    return Client(headers={"User-Agent": "tests"})


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete", "options"])
def test_each_method_arrives(client: Client, method: str) -> None:
    found = getattr(client, method)("/echo/").json()
    assert (found["method"], found["agent"]) == (method.upper(), "tests")


def test_data_arrives_where_it_belongs(client: Client) -> None:
    assert client.get("/echo/", {"a": "é"}).json()["GET"] == {"a": "é"}
    assert client.post("/echo/", {"a": "é"}).json()["POST"] == {"a": "é"}
    found = client.post("/echo/", {"a": 1}, "application/json").json()
    assert found["type"] == "application/json"


def test_json_is_sent_as_json() -> None:
    request = RequestFactory().post("/", {"a": [1]}, "application/json")
    assert json.loads(request.body) == {"a": [1]}


def test_cookies_are_kept(client: Client) -> None:
    client.get("/cookie/")
    assert client.get("/echo/").json()["cookies"] == {"seen": "yes"}


def test_what_a_view_raises_is_raised(client: Client) -> None:
    with pytest.raises(ValueError, match="x"):
        client.get("/raises/")
    quiet = Client(raise_request_exception=False)
    response = quiet.get("/raises/")
    assert response.status_code == 500
    assert isinstance(response.exc_info, ValueError)


def test_templates_and_contexts_are_on_the_response(client: Client) -> None:
    response = client.get("/templated/")
    assert response.content == b"Hello you"
    assert response.context["name"] == "you"
    assert "name" in response.context
    assert "other" not in response.context
    assert len(response.templates) == 1


def test_the_match_and_the_request_are_on_the_response(client: Client) -> None:
    response = client.get("/echo/5/")
    assert response.resolver_match.kwargs == {"n": 5}
    assert response.wsgi_request.path == "/echo/5/"


def test_redirects_are_followed(client: Client) -> None:
    response = client.post("/there/", {"b": "2"}, follow=True)
    assert response.redirect_chain == [("/echo/?a=1", 302)]
    assert (response.json()["method"], response.json()["GET"]) == ("GET", {"a": "1"})


def test_307_keeps_the_method_and_the_data(client: Client) -> None:
    form = "application/x-www-form-urlencoded"
    found = client.post("/keep/", {"b": "2"}, form, follow=True).json()
    assert (found["method"], found["POST"]) == ("POST", {"b": "2"})


def test_redirects_in_a_circle_end(client: Client) -> None:
    with pytest.raises(RuntimeError, match="More than 20 redirects"):
        client.get("/round/", follow=True)
