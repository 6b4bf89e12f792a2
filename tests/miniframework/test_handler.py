"""The onion: order, hooks, early answers, and an exception at each place."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from miniframework import events
from miniframework.exceptions import (
    BadRequest,
    ImproperlyConfigured,
    MiddlewareNotUsed,
    PermissionDenied,
    SuspiciousOperation,
)
from miniframework.handler import view_name
from miniframework.http import Http404, HttpResponse
from miniframework.signals import got_request_exception
from miniframework.test import Client
from miniframework.urls import path

LOG: list[str] = []
ACT: dict[str, Callable[[], Any]] = {}  # what happens at a place, in the order of the log


@pytest.fixture(autouse=True)
def fresh() -> None:
    LOG.clear()
    ACT.clear()


def at(place: str) -> Any:
    LOG.append(place)
    return ACT[place]() if place in ACT else None


class Layer:
    name = ""

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> Any:
        answer = at(f"{self.name} in")
        if answer is not None:
            return answer
        response = self.get_response(request)
        at(f"{self.name} out {response.status_code}")
        return response

    def process_view(self, request: Any, view: Any, args: Any, kwargs: Any) -> Any:
        return at(f"{self.name} view")

    def process_template_response(self, request: Any, response: Any) -> Any:
        answer = at(f"{self.name} template")
        return response if answer is None else answer

    def process_exception(self, request: Any, exception: Exception) -> Any:
        return at(f"{self.name} exception")


class A(Layer):
    name = "A"


class B(Layer):
    name = "B"


def unused(get_response: Any) -> Any:
    raise MiddlewareNotUsed("not today")


def function_middleware(get_response: Any) -> Any:
    def middleware(request: Any) -> Any:
        LOG.append("function in")
        response = get_response(request)
        response["X-Function"] = "yes"
        return response

    return middleware


def forgetful(get_response: Any) -> Any:
    return lambda request: None


def makes_nothing(get_response: Any) -> None:
    return None


class Rendered(HttpResponse):
    """What a TemplateResponse is to the handler."""

    is_rendered = False

    def render(self) -> "Rendered":
        self.content = at("render") or "rendered"
        return self


def view(request: Any, **kwargs: Any) -> Any:
    return at("the view") or HttpResponse("hello")


def template_view(request: Any) -> Any:
    return Rendered()


PATTERNS = [path("", view), path("template/", template_view), path("n/<int:n>/", view)]
BOTH = [f"{__name__}.A", f"{__name__}.B"]


def raising(error: Exception) -> Callable[[], Any]:
    def act() -> Any:
        raise error

    return act


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False)


def test_the_onion_is_passed_from_outside_in_and_back(project: Any, client: Client) -> None:
    project(PATTERNS, MIDDLEWARE=BOTH)
    assert client.get("/").content == b"hello"
    assert LOG == ["A in", "B in", "A view", "B view", "the view", "B out 200", "A out 200"]


def test_a_template_is_rendered_after_the_hooks(project: Any, client: Client) -> None:
    project(PATTERNS, MIDDLEWARE=BOTH)
    assert client.get("/template/").content == b"rendered"
    assert LOG[4:] == ["B template", "A template", "render", "B out 200", "A out 200"]


@pytest.mark.parametrize(
    ("place", "log"),
    [
        ("A in", ["A in"]),
        ("B in", ["A in", "B in", "A out 203"]),
        ("A view", ["A in", "B in", "A view", "B out 203", "A out 203"]),
        ("B view", ["A in", "B in", "A view", "B view", "B out 203", "A out 203"]),
    ],
)
def test_an_early_answer_goes_no_further_in(
    project: Any, client: Client, place: str, log: list[str]
) -> None:
    project(PATTERNS, MIDDLEWARE=BOTH)
    ACT[place] = lambda: HttpResponse(status=203)
    assert client.get("/").status_code == 203
    assert log == LOG


def test_the_innermost_process_exception_answers_first(project: Any, client: Client) -> None:
    project(PATTERNS, MIDDLEWARE=BOTH)
    ACT["the view"] = raising(ValueError("x"))
    ACT["B exception"] = lambda: HttpResponse("mended")
    assert client.get("/").content == b"mended"
    assert LOG[4:] == ["the view", "B exception", "B out 200", "A out 200"]


def test_an_exception_that_no_hook_answers_is_a_500_for_the_layers_outside(
    project: Any, client: Client
) -> None:
    project(PATTERNS, MIDDLEWARE=BOTH)
    ACT["the view"] = raising(ValueError("x"))
    assert client.get("/").status_code == 500
    assert LOG[4:] == ["the view", "B exception", "A exception", "B out 500", "A out 500"]


@pytest.mark.parametrize(
    ("place", "url", "rest"),
    [
        ("A in", "/", []),
        ("B in", "/", ["A out 500"]),
        ("B view", "/", ["B out 500", "A out 500"]),
        ("render", "/template/", ["B exception", "A exception", "B out 500", "A out 500"]),
        ("B template", "/template/", ["B out 500", "A out 500"]),
        ("B out 200", "/", ["A out 500"]),
        ("A out 200", "/", []),
    ],
)
def test_an_exception_anywhere_is_a_response(
    project: Any, client: Client, place: str, url: str, rest: list[str]
) -> None:
    project(PATTERNS, MIDDLEWARE=BOTH)
    ACT[place] = raising(ValueError("x"))
    assert client.get(url).status_code == 500
    assert LOG[LOG.index(place) + 1 :] == rest


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Http404("no poll"), 404),
        (PermissionDenied(), 403),
        (BadRequest("x"), 400),
        (SuspiciousOperation("x"), 400),
        (ValueError("x"), 500),
    ],
)
def test_each_exception_has_its_status(
    project: Any, client: Client, error: Exception, status: int, debug: bool
) -> None:
    project(PATTERNS, DEBUG=debug)
    ACT["the view"] = raising(error)
    assert client.get("/").status_code == status


def test_a_path_without_a_view_is_a_404(project: Any, client: Client) -> None:
    project(PATTERNS)
    assert client.get("/nowhere/").status_code == 404


@pytest.mark.parametrize("status", [400, 403, 404, 500])
def test_the_projects_own_error_pages_are_used(project: Any, client: Client, status: int) -> None:
    def handler(request: Any, exception: Any = None) -> HttpResponse:
        return HttpResponse(f"ours {type(exception).__name__}", status=status)

    errors = {400: BadRequest(), 403: PermissionDenied(), 404: Http404(), 500: ValueError()}
    project(PATTERNS, handlers={f"handler{status}": handler})
    ACT["the view"] = raising(errors[status])
    response = client.get("/")
    assert (response.status_code, response.content[:4]) == (status, b"ours")


@pytest.mark.parametrize("handler", [raising(KeyError("broken")), lambda *args, **kw: None])
def test_an_error_in_the_error_page_is_a_plain_500(
    project: Any, client: Client, handler: Any
) -> None:
    project(PATTERNS, handlers={"handler404": lambda *args, **kwargs: handler()})
    response = client.get("/nowhere/")
    assert response.status_code == 500
    assert b"Server Error (500)" in response.content


def test_without_debug_a_500_tells_nothing(project: Any, client: Client) -> None:
    project(PATTERNS)
    ACT["the view"] = raising(ValueError("the-secret-detail"))
    assert b"the-secret-detail" not in client.get("/").content


def test_a_500_is_signalled_and_logged_with_its_traceback(
    project: Any, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    project(PATTERNS)
    heard = []

    def listen(request: Any, **kwargs: Any) -> None:
        heard.append(request.path)

    got_request_exception.connect(listen)
    ACT["the view"] = raising(ValueError("x"))
    client.get("/")
    got_request_exception.disconnect(listen)
    (record,) = caplog.records
    assert heard == ["/"]
    assert (record.name, record.getMessage()) == (
        "miniframework.request",
        "Internal Server Error: /",
    )
    assert record.exc_info is not None


def test_a_path_cannot_write_lines_into_the_log(
    project: Any, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    project(PATTERNS)
    client.get("/a%0AFAKE")
    assert [record.getMessage() for record in caplog.records] == ["Not Found: /a\\nFAKE"]


@pytest.mark.parametrize("wrong", [None, "text", 7])
def test_a_view_that_returns_no_response_is_named(project: Any, wrong: Any) -> None:
    project([path("", lambda request: wrong)])
    with pytest.raises(ValueError, match=r"The view .*<lambda> returned .*not an HttpResponse"):
        Client().get("/")


def test_a_middleware_that_returns_no_response_is_named(project: Any) -> None:
    project(PATTERNS, MIDDLEWARE=[f"{__name__}.forgetful"])
    with pytest.raises(ValueError, match=r"The middleware .*forgetful returned None"):
        Client().get("/")


def test_a_middleware_may_be_a_function_or_stay_away(project: Any, client: Client) -> None:
    project(PATTERNS, MIDDLEWARE=[f"{__name__}.unused", f"{__name__}.function_middleware"])
    assert client.get("/")["X-Function"] == "yes"
    assert LOG == ["function in", "the view"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("makes_nothing", "made None"),
        ("Aa", "cannot be imported"),
    ],
)
def test_a_wrong_middleware_is_named(project: Any, name: str, message: str) -> None:
    project(PATTERNS, MIDDLEWARE=[f"{__name__}.{name}"])
    with pytest.raises(ImproperlyConfigured, match=message):
        Client().get("/")


def test_a_middleware_may_choose_another_urlconf(project: Any, client: Client) -> None:
    project(PATTERNS, MIDDLEWARE=[f"{__name__}.other_urls"])
    assert client.get("/other/").content == b"other"


def other_urls(get_response: Any) -> Any:
    def middleware(request: Any) -> Any:
        request.urlconf = (path("other/", lambda request: HttpResponse("other")),)
        return get_response(request)

    return middleware


@pytest.fixture
def seen() -> Iterator[list[tuple[str, dict[str, Any]]]]:
    heard: list[tuple[str, dict[str, Any]]] = []
    stop = events.observe(lambda name, details: heard.append((name, details)))
    yield heard
    stop()


def test_every_span_that_opens_closes_in_order(
    project: Any, client: Client, seen: list[tuple[str, dict[str, Any]]]
) -> None:
    project(PATTERNS, MIDDLEWARE=BOTH)
    client.get("/")
    ACT["the view"] = raising(ValueError("x"))
    client.get("/")
    ACT["B in"] = raising(ValueError("x"))
    client.get("/")
    client.get("/template/")
    client.get("/nowhere/")
    open_spans: list[str] = []
    for name, _ in seen:
        span, _, kind = name.rpartition(".")
        if kind == "start":
            open_spans.append(span)
        elif kind == "end":
            assert open_spans.pop() == span
    assert open_spans == []


def test_the_events_of_a_request_come_in_the_order_of_the_trip(
    project: Any, client: Client, seen: list[tuple[str, dict[str, Any]]]
) -> None:
    project(PATTERNS, MIDDLEWARE=BOTH[:1])
    client.get("/n/5/")
    names = [name for name, _ in seen if name != "pattern.tried"]
    assert names == [
        "request.start",
        "middleware.start",
        "resolve.start",
        "resolve.end",
        "hook.start",
        "hook.end",
        "view.start",
        "view.end",
        "middleware.end",
        "request.end",
    ]
    view_start = dict(seen)["view.start"]
    assert view_start["view"] == f"{__name__}.view"
    assert view_start["kwargs"] == {"n": 5}


def test_an_observer_may_change_what_the_view_is_called_with(project: Any, client: Client) -> None:
    project([path("n/<int:n>/", lambda request, n: HttpResponse(n))])

    def change(name: str, details: dict[str, Any]) -> None:
        if name == "view.start":
            details["kwargs"]["n"] = 8

    stop = events.observe(change)
    assert client.get("/n/5/").content == b"8"
    stop()


def test_what_turned_an_exception_into_a_response_is_told(
    project: Any, client: Client, seen: list[tuple[str, dict[str, Any]]]
) -> None:
    project(PATTERNS, MIDDLEWARE=BOTH)
    ACT["the view"] = raising(ValueError("x"))
    client.get("/")
    ACT["A exception"] = lambda: HttpResponse("mended")
    client.get("/")
    caught = [details["handler"] for name, details in seen if name == "exception.caught"]
    assert caught == ["handler500", f"{__name__}.A"]


def test_a_class_based_view_is_named_by_its_class() -> None:
    class Page:
        pass

    def function() -> None: ...

    function.view_class = Page  # type: ignore[attr-defined]
    assert view_name(function).endswith("<locals>.Page")


def test_a_view_is_one_transaction_where_the_database_says_so(
    project: Any, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    @contextmanager
    def atomic(using: str) -> Iterator[None]:
        opened.append(using)
        yield

    def exempt(request: Any) -> HttpResponse:
        return HttpResponse()

    exempt._non_atomic_requests = {"default"}  # type: ignore[attr-defined]
    monkeypatch.setattr("miniframework.handler.transaction.atomic", atomic)
    databases = {"default": {"ATOMIC_REQUESTS": True}, "other": {}, "by_url": "sqlite://"}
    project([path("", view), path("exempt/", exempt)], DATABASES=databases)
    client.get("/")
    assert opened == ["default"]
    client.get("/exempt/")
    assert opened == ["default"]
