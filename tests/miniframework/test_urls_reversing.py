"""From a name back to its path."""

import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miniframework.urls import (
    NoReverseMatch,
    include,
    path,
    re_path,
    resolve,
    reverse,
    reverse_lazy,
    set_script_prefix,
)


def view(request: Any, **kwargs: Any) -> None: ...
def unnamed(request: Any) -> None: ...


polls = [
    path("", view, name="index"),
    path("<int:pk>/", view, name="detail"),
    path("<int:pk>/<slug:title>/", view, name="detail"),
    re_path(r"^old/(?P<year>[0-9]{4})/$", view, name="old"),
    re_path(r"^plain/([a-z]+)/([0-9]+)/?$", view, name="plain"),
    path("fixed/", view, {"kind": "a"}, name="fixed"),
]
URLCONF = (
    path("", view, name="home"),
    path("polls/", include((polls, "polls"))),
    path("more/", include((polls, "polls"), namespace="more")),
    path("s/<str:text>/", view, name="str"),
    path("u/<uuid:id>/", view, name="uuid"),
    path("p/<path:rest>", view, name="path"),
    path("unnamed/", unnamed),
    re_path(r"^rich/(a|b)|c$", view, name="rich"),
)

REVERSED = [
    ("home", [], {}, "/"),
    ("polls:index", [], {}, "/polls/"),
    ("more:index", [], {}, "/more/"),
    ("polls:detail", [5], {}, "/polls/5/"),
    ("polls:detail", [], {"pk": 5}, "/polls/5/"),
    ("polls:detail", [], {"pk": 5, "title": "a-b"}, "/polls/5/a-b/"),
    ("polls:old", [], {"year": 2026}, "/polls/old/2026/"),
    ("polls:plain", ["abc", 7], {}, "/polls/plain/abc/7"),
    ("polls:fixed", [], {"kind": "a"}, "/polls/fixed/"),
    ("str", ["ä b?#%"], {}, "/s/%C3%A4%20b%3F%23%25/"),
    ("uuid", [uuid.UUID(int=1)], {}, "/u/00000000-0000-0000-0000-000000000001/"),
    ("path", ["a/b.txt"], {}, "/p/a/b.txt"),
    (unnamed, [], {}, "/unnamed/"),
]


@pytest.mark.parametrize(("name", "args", "kwargs", "expected"), REVERSED)
def test_a_name_leads_to_its_path(name: Any, args: Any, kwargs: Any, expected: str) -> None:
    assert reverse(name, URLCONF, args, kwargs) == expected


REFUSED = [
    ("hoem", [], {}, "no URL named 'hoem'. Did you mean 'home'?"),
    ("detail", [1], {}, "Did you mean 'more:detail'?"),
    ("pols:detail", [1], {}, "'pols' in 'pols:detail' is not a namespace.*Did you mean 'polls'?"),
    ("polls:detial", [1], {}, "Did you mean 'polls:detail'?"),
    ("polls:detail", [], {}, "with no arguments: 2 patterns tried, 'polls/<int:pk>/'"),
    ("polls:detail", ["x"], {}, r"with the arguments \('x',\)"),
    ("polls:detail", [-1], {}, "cannot be made"),
    ("polls:detail", [], {"id": 5}, r"with the keyword arguments \{'id': 5\}"),
    ("polls:fixed", [], {"kind": "b"}, "cannot be made"),
    ("str", ["a/b"], {}, "1 pattern tried"),
    ("rich", ["a"], {}, "can only be matched"),
]


@pytest.mark.parametrize(("name", "args", "kwargs", "message"), REFUSED)
def test_what_has_no_path_is_told_with_what_there_is(
    name: str, args: Any, kwargs: Any, message: str
) -> None:
    with pytest.raises(NoReverseMatch, match=message.replace("?", r"\?")):
        reverse(name, URLCONF, args, kwargs)


def test_current_app_chooses_among_instances() -> None:
    assert reverse("polls:index", URLCONF, current_app="more") == "/more/"


def test_args_and_kwargs_do_not_mix() -> None:
    with pytest.raises(ValueError, match="not both"):
        reverse("polls:detail", URLCONF, [1], {"pk": 1})


def test_the_script_prefix_comes_first() -> None:
    set_script_prefix("/app")
    try:
        assert reverse("home", URLCONF) == "/app/"
        assert reverse("polls:index", URLCONF) == "/app/polls/"
    finally:
        set_script_prefix("/")


def test_a_reversed_url_never_names_another_host() -> None:
    urlconf = (path("<path:rest>", view, name="all"),)
    assert reverse("all", urlconf, ["/evil.example"]) == "/%2Fevil.example"


def test_a_lazy_url_waits_until_it_is_shown() -> None:
    lazy = reverse_lazy("nowhere", URLCONF)
    with pytest.raises(NoReverseMatch):
        str(lazy)
    lazy = reverse_lazy("polls:index", URLCONF)
    assert str(lazy) == lazy == "/polls/"
    assert lazy + "?a=1" == "/polls/?a=1"
    assert lazy.startswith("/polls")


@given(st.text(min_size=1).filter(lambda text: "/" not in text and "\n" not in text))
def test_any_text_that_reverses_resolves_to_itself(text: str) -> None:
    from urllib.parse import unquote

    try:
        url = reverse("str", URLCONF, [text])
    except UnicodeEncodeError:  # half of a surrogate pair has no UTF-8
        return
    assert url.isascii()
    assert resolve(unquote(url), URLCONF).kwargs == {"text": text}


@given(st.integers(min_value=0), st.from_regex(r"[-a-zA-Z0-9_]+", fullmatch=True))
def test_any_number_and_slug_that_reverse_resolve_to_themselves(pk: int, title: str) -> None:
    url = reverse("polls:detail", URLCONF, kwargs={"pk": pk, "title": title})
    match = resolve(url, URLCONF)
    assert match.kwargs == {"pk": pk, "title": title}
