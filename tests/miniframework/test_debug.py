from typing import Any

import pytest

from miniframework.debug.cleanse import COVERED, cleanse, shown
from miniframework.debug.frames import MAX_FRAMES, chapters
from miniframework.http import Http404, HttpResponse
from miniframework.test import Client
from miniframework.urls import include, path

NASTY = "<script>alert('x')</script>"


class Unprintable:
    def __repr__(self) -> str:
        raise RuntimeError("no repr")


class UnprintableError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no text")


def failing(request: Any) -> HttpResponse:
    password = "hunter2"  # noqa: F841
    poll = {"title": NASTY, "api_key": "abc123"}  # noqa: F841
    strange = Unprintable()  # noqa: F841
    raise ValueError(f"bad poll {NASTY}")


def chained(request: Any) -> HttpResponse:
    try:
        raise KeyError("the first")
    except KeyError as error:
        raise ValueError("the second") from error


def missing(request: Any) -> HttpResponse:
    raise Http404("no such poll")


def endless(request: Any) -> HttpResponse:
    return endless(request)


def unprintable(request: Any) -> HttpResponse:
    raise UnprintableError


def in_a_template(request: Any) -> HttpResponse:
    error = ValueError("x")
    error.template_position = "in template 'polls/detail.html', line 7"  # type: ignore[attr-defined]
    raise error


POLLS = ([path("<int:pk>/", missing, name="detail")], "polls")
PATTERNS = [
    path("failing/", failing),
    path("chained/", chained),
    path("missing/", missing),
    path("endless/", endless),
    path("unprintable/", unprintable),
    path("template/", in_a_template),
    path("query/", lambda request: HttpResponse(request.GET["a"])),
    path("polls/", include(POLLS)),
]


@pytest.fixture
def client(project: Any) -> Client:
    project(PATTERNS, DEBUG=True, SECRET_KEY="very-secret", MY_SETTING="shown")
    return Client(raise_request_exception=False)


def test_the_page_shows_exception_source_variables_and_request(client: Client) -> None:
    response = client.post(
        "/failing/?q=find", {"choice": "3", "csrfmiddlewaretoken": "tok"}, HTTP_COOKIE="theme=dark"
    )
    page = response.text
    assert response.status_code == 500
    for part in (
        "ValueError at /failing/",
        "in failing",
        "raise ValueError(f",
        "find",
        "choice",
        "theme",
        "MY_SETTING",
        "Unprintable instance at",
        "viewport",
        "prefers-color-scheme",
    ):
        assert part in page


def test_secrets_are_covered(client: Client) -> None:
    page = client.get("/failing/", HTTP_COOKIE="sessionid=cookie-secret").text
    for secret in ("very-secret", "&#x27;hunter2&#x27;</td>", "&#x27;abc123&#x27;</td>"):
        assert secret not in page
    assert "cookie-secret" not in page
    assert COVERED in page


def test_everything_is_escaped(client: Client) -> None:
    assert "<script" not in client.get(f"/failing/?q={NASTY}", HTTP_X_NAME=NASTY).text
    assert "<script" not in client.get(f"/{NASTY}/").text


def test_causes_are_told_from_the_first(client: Client) -> None:
    page = client.get("/chained/").text
    first, link, second = (page.find(t) for t in ("the first", "direct cause", "ValueError: the"))
    assert 0 < first < link < second


def test_a_recursion_without_end_stays_a_page(client: Client) -> None:
    page = client.get("/endless/").text
    assert "frames left out" in page
    assert page.count("in endless") <= 2 * MAX_FRAMES


def test_an_exception_without_text_stays_a_page(client: Client) -> None:
    response = client.get("/unprintable/")
    assert response.status_code == 500
    assert "its text raised RuntimeError" in response.text


def test_the_place_in_a_template_is_shown(client: Client) -> None:
    assert "polls/detail.html&#x27;, line 7" in client.get("/template/").text


def test_a_script_gets_text(client: Client) -> None:
    response = client.get("/failing/", HTTP_ACCEPT="application/json")
    assert response["Content-Type"].startswith("text/plain")
    assert "ValueError: bad poll" in response.text


def test_a_404_lists_the_patterns_in_order(client: Client) -> None:
    response = client.get("/polls/abc/")
    page = response.text
    assert response.status_code == 404
    assert 0 < page.find("failing/") < page.find("&lt;int:pk&gt;/")
    assert "detail" in page
    assert "<code>polls/abc/</code>" in page


def test_a_404_of_a_view_says_which_and_why(client: Client) -> None:
    page = client.get("/missing/").text
    assert "no such poll" in page
    assert f"{__name__}.missing" in page


def test_a_query_that_cannot_be_read_stays_a_page(client: Client) -> None:
    response = client.get("/query/?" + "&".join(2000 * ["a=1"]))
    assert response.status_code == 400
    assert "It cannot be read" in response.text


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("SECRET_KEY", "x", COVERED),
        ("poll", "x", "x"),
        ("db", {"PASSWORD": "x", "NAME": "y"}, {"PASSWORD": COVERED, "NAME": "y"}),
        ("dbs", {"default": {"password": "x"}}, {"default": {"password": COVERED}}),
        ("list", [{"token": "x"}], [{"token": COVERED}]),
    ],
)
def test_what_looks_like_a_secret_is_covered(name: str, value: Any, found: Any) -> None:
    assert cleanse(name, value) == found


def test_a_password_in_a_url_is_covered_and_long_values_end() -> None:
    assert "hunter2" not in shown("DATABASE", "postgresql://me:hunter2@host/db")
    assert len(shown("x", "y" * 100_000)) < 3000
    assert len(shown("x", list(range(100_000)))) < 3000


def test_a_chain_in_a_circle_ends() -> None:
    one, two = ValueError("one"), ValueError("two")
    one.__cause__, two.__cause__ = two, one
    assert len(chapters(one, None)) == 2


class Keeper:
    """Holds a request in its repr, as many objects do."""

    def __repr__(self) -> str:
        return "<Keeper of '/x/?api_key=hunter2&page=7'>"


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("/x/?password=hunter2&page=7", "page=7"),
        ("page=7&%70assword=hunter2", "page=7"),
        (b"page=7&token=hunter2", "page=7"),
        ("/password/?page=7", "/password/?page=7"),
        ([("password", "hunter2"), ("page", "7")], "'7'"),
        ((["token", "hunter2"], "page"), "page"),
        (Keeper(), "page=7"),
        ("x" * 195 + "&password=" + "y" * 300 + "hunter2", "x"),
    ],
)
def test_secrets_in_queries_and_pairs_are_covered(value: Any, kept: str) -> None:
    text = shown("value", value)
    assert "hunter2" not in text
    assert kept in text


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
@pytest.mark.parametrize("url", ["/failing/", "/nowhere/"])
def test_no_row_of_a_page_shows_a_secret_of_the_query(
    client: Client, url: str, accept: str
) -> None:
    query = "password=opensesame&token=swordfish&page=7"
    page = client.get(
        f"{url}?{query}", REQUEST_URI=f"{url}?{query}", RAW_URI=f"{url}?{query}", HTTP_ACCEPT=accept
    ).text
    assert "page=7" in page
    assert "opensesame" not in page
    assert "swordfish" not in page
