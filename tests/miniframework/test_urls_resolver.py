"""From path to view: order, prefixes, arguments, namespaces, and what is told of it."""

from types import ModuleType
from typing import Any

import pytest

from miniframework.events import observe
from miniframework.exceptions import ImproperlyConfigured
from miniframework.urls import Resolver404, get_resolver, include, path, re_path, resolve
from miniframework.views import View


def index(request: Any) -> None: ...
def detail(request: Any, **kwargs: Any) -> None: ...
def other(request: Any, *args: Any, **kwargs: Any) -> None: ...


polls = [
    path("", index, name="index"),
    path("<int:pk>/", detail, name="detail"),
    path("<slug:title>/", other, {"extra": 1}, name="by-title"),
    re_path(r"^old/([0-9]+)/$", other, name="old"),
]
URLCONF = (
    path("", index, name="home"),
    path("polls/", include((polls, "polls"))),
    path("<int:year>/", include([path("<int:month>/", detail, name="month")])),
    re_path(r"^archive/(?P<y>[0-9]+)/", include([path("all", detail)])),
)

RESOLVED = [
    ("/", index, (), {}, "home"),
    ("/polls/", index, (), {}, "polls:index"),
    ("/polls/5/", detail, (), {"pk": 5}, "polls:detail"),
    ("/polls/what-now/", other, (), {"title": "what-now", "extra": 1}, "polls:by-title"),
    ("/polls/old/7/", other, ("7",), {}, "polls:old"),
    ("/2026/11/", detail, (), {"year": 2026, "month": 11}, "month"),
]


@pytest.mark.parametrize(("asked", "view", "args", "kwargs", "name"), RESOLVED)
def test_a_path_leads_to_its_view(asked: str, view: Any, args: Any, kwargs: Any, name: str) -> None:
    match = resolve(asked, URLCONF)
    assert (match.func, match.args, match.kwargs) == (view, args, kwargs)
    assert match.view_name == name
    func, *_ = match
    assert func is match[0] is view


def test_a_match_knows_its_whole_route_and_namespaces() -> None:
    match = resolve("/polls/5/", URLCONF)
    assert match.route == "polls/<int:pk>/"
    assert (match.namespace, match.app_name) == ("polls", "polls")


@pytest.mark.parametrize("asked", ["/nope", "/polls", "/polls/5", "/polls/a b/", "/2026/x/"])
def test_no_match_lists_what_was_tried(asked: str) -> None:
    with pytest.raises(Resolver404) as caught:
        resolve(asked, URLCONF)
    assert caught.value.path == asked.lstrip("/")
    assert len(caught.value.tried) >= len(URLCONF)
    assert all(isinstance(way, list) for way in caught.value.tried)


def test_every_attempt_is_announced() -> None:
    seen: list[tuple[str, bool]] = []
    stop = observe(lambda name, details: seen.append((details["pattern"], details["matched"])))
    try:
        resolve("/polls/5/", URLCONF)
    finally:
        stop()
    assert seen == [
        ("^/", True),
        ("", False),
        ("polls/", True),
        ("", False),
        ("<int:pk>/", True),
    ]


def test_a_converter_that_cannot_read_the_text_sends_on_to_the_next_pattern() -> None:
    urlconf = (path("<int:pk>/", index), path("<str:text>/", detail))
    assert resolve("/" + "9" * 5000 + "/", urlconf).func is detail


def test_a_urlconf_without_urlpatterns_is_told() -> None:
    with pytest.raises(ImproperlyConfigured, match="no list `urlpatterns`"):
        _ = get_resolver(ModuleType("empty")).url_patterns


def test_a_urlconf_with_something_else_in_it_is_told() -> None:
    with pytest.raises(ImproperlyConfigured, match=r"where a path\(\.\.\.\) was expected"):
        _ = get_resolver((index,)).url_patterns


MISTAKES = [
    (lambda: path("x/", View), TypeError, r"View\.as_view\(\)"),
    (lambda: path("x/", "polls.views.index"), TypeError, r"include\(\.\.\.\)"),
    (lambda: path("x/", [path("", index)]), TypeError, r"include\(\.\.\.\)"),
    (lambda: path("x/", None), TypeError, "must be a callable"),
    (lambda: path(5, index), TypeError, "a route, a str; got 5"),  # type: ignore[arg-type]
    (lambda: include([], namespace="a"), ImproperlyConfigured, "needs an app_name"),
    (lambda: include(([], "a", "b")), ImproperlyConfigured, "tuple of two"),
    (lambda: include(7), ImproperlyConfigured, "and got 7"),
]


@pytest.mark.parametrize(("call", "error", "message"), MISTAKES)
def test_a_mistake_is_told_where_it_is_written(call: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        call()


def test_error_handlers_are_the_urlconfs_or_built_in() -> None:
    urlconf = ModuleType("errors")
    urlconf.urlpatterns = []  # type: ignore[attr-defined]
    urlconf.handler404 = index  # type: ignore[attr-defined]
    assert get_resolver(urlconf).resolve_error_handler(404) is index
    handler = get_resolver(urlconf).resolve_error_handler(500)
    assert handler.__name__ == "server_error"
