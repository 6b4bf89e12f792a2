"""One request, several files that would do."""

from pathlib import Path

import pytest

from httpserver.locations import Locations
from httpserver.messages import Request, Response
from httpserver.static import StaticFiles
from httpserver.try_paths import TryPaths
from tests.httpserver.folders import ask, content, field


@pytest.fixture
def files(tmp_path: Path) -> StaticFiles:
    root = tmp_path / "site"
    (root / "docs").mkdir(parents=True)
    (root / "bare").mkdir()
    (root / "index.html").write_text("the application")
    (root / "about.html").write_text("about")
    (root / "a b.html").write_text("spaced")
    (root / "style.css").write_text("css")
    (root / ".env.html").write_text("SECRET")
    (root / "docs" / "index.html").write_text("docs")
    (tmp_path / "outside.html").write_text("SECRET")
    return StaticFiles(root)


def application(request: Request) -> Response:
    return Response(200, [], f"fallback for {request.target}".encode())


ONE_PAGE = ["{path}", "{path}.html", "/index.html"]
FOLDERS = ["{path}", "{path}/"]
INDEXES = ["{path}", "{path}/index.html"]


@pytest.mark.parametrize(
    ("patterns", "path", "expected"),
    [
        pytest.param(ONE_PAGE, "/style.css", b"css", id="the file itself"),
        pytest.param(ONE_PAGE, "/about", b"about", id="with a suffix"),
        pytest.param(ONE_PAGE, "/a%20b", b"spaced", id="decoded once"),
        pytest.param(ONE_PAGE, "/a%2520b", b"the application", id="and not twice"),
        pytest.param(ONE_PAGE, "/users/7", b"the application", id="the last"),
        pytest.param(ONE_PAGE, "/", b"the application", id="the root"),
        pytest.param(ONE_PAGE, "/docs/", b"docs", id="a folder with its slash"),
        pytest.param(ONE_PAGE, "/docs", b"the application", id="a folder is no file"),
        pytest.param(ONE_PAGE, "/../outside", b"the application", id="not up"),
        pytest.param(ONE_PAGE, "/%2e%2e/outside", b"the application", id="not up, encoded"),
        pytest.param(ONE_PAGE, "/.env", b"the application", id="no dot file"),
        pytest.param(ONE_PAGE, "/{path}", b"the application", id="braces are only braces"),
        pytest.param(FOLDERS, "/docs/", b"docs", id="a folder"),
        pytest.param(INDEXES, "/docs", b"docs", id="an index without a redirect"),
        pytest.param(INDEXES, "/docs/", b"docs", id="an index behind a slash"),
        pytest.param(["/docs/"], "/x", b"docs", id="always the same folder"),
        pytest.param(["/docs{path}"], "/index.html", b"docs", id="something before"),
    ],
)
def test_the_first_that_is_there_answers(
    files: StaticFiles, patterns: list[str], path: str, expected: bytes
) -> None:
    response = ask(TryPaths(files, patterns), path)
    assert (response.status, content(response)) == (200, expected)


def test_a_folder_is_sent_to_its_slash_only_where_the_pattern_has_one(files: StaticFiles) -> None:
    response = ask(TryPaths(files, FOLDERS), "/docs", query="a=1")
    assert (response.status, field(response, "Location")) == (301, "/docs/?a=1")
    assert ask(TryPaths(files, ["{path}"]), "/docs").status == 404
    assert ask(TryPaths(files, ["/docs"]), "/x").status == 404


@pytest.mark.parametrize("path", ["//docs", "/%2fdocs", "/\\docs", "//evil.example/docs"])
def test_no_redirect_leads_to_another_host(files: StaticFiles, path: str) -> None:
    assert ask(TryPaths(files, FOLDERS), path).status == 404


@pytest.mark.parametrize("path", ["/nothing", "/bare", "/bare/", "/../outside.html", "/.env.html"])
def test_where_nothing_is_found_the_status_or_the_fallback_answers(
    files: StaticFiles, path: str
) -> None:
    assert ask(TryPaths(files, FOLDERS), path).status == 404
    assert ask(TryPaths(files, FOLDERS, status=403), path).status == 403
    assert content(ask(TryPaths(files, FOLDERS, application), path)) == (
        f"fallback for {path}".encode()
    )


def test_below_a_prefix_the_path_is_what_is_left(files: StaticFiles) -> None:
    handler = Locations([("/app/", TryPaths(files, ONE_PAGE, application))])
    assert content(ask(handler, "/app/about")) == b"about"
    assert content(ask(handler, "/app/x/y")) == b"the application"
    assert content(ask(TryPaths(files, FOLDERS, application).under("/app"), "/elsewhere")) == (
        b"fallback for /elsewhere"
    )


def test_other_methods_are_refused_for_what_is_found(files: StaticFiles) -> None:
    assert ask(TryPaths(files, ONE_PAGE), "/about", "POST").status == 405


@pytest.mark.parametrize("pattern", ["index.html", "", "{path}{path}", "{uri}", "=404"])
def test_a_pattern_that_is_no_path_is_told_at_once(files: StaticFiles, pattern: str) -> None:
    with pytest.raises(ValueError, match="a path to try is"):
        TryPaths(files, [pattern])
