"""Which handler gets which path, and folders tried before a fallback."""

from pathlib import Path

import pytest

from httpserver.locations import Locations, TryFiles, resolved
from httpserver.messages import File, Handler, Request, Response
from httpserver.static import StaticFiles


def named(name: str) -> Handler:
    return lambda request: Response(200, [("X-Handler", name), ("X-Path", request.path)])


def chosen(handler: Handler, path: str) -> str:
    return dict(handler(Request("GET", path)).headers).get("X-Handler", "")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/", "root"),
        ("/other", "root"),
        ("/favicon.ico", "icon"),
        ("/favicon.ico/", "root"),
        ("/static/", "static"),
        ("/static/app.css", "static"),
        ("/static", "root"),
        ("/staticky", "root"),
        ("/static/img/a.png", "images"),
        ("/st%61tic/app.css", "static"),
        ("/static%2Fapp.css", "static"),
        ("/%2573tatic/", "root"),
    ],
)
def test_exact_first_then_the_longest_prefix(path: str, expected: str) -> None:
    locations = Locations(
        [
            ("/", named("root")),
            ("/static/", named("static")),
            ("/static/img/", named("images")),
            ("= /favicon.ico", named("icon")),
        ]
    )
    assert chosen(locations, path) == expected


def test_what_no_location_matches_goes_to_the_default() -> None:
    assert chosen(Locations([("/a/", named("a"))], named("default")), "/b") == "default"
    assert Locations([])(Request("GET", "/")).status == 404


@pytest.mark.parametrize(
    "pattern",
    ["static/", "", "=static", "~ /regex"],
    ids=["no slash", "nothing", "no slash after =", "a regular expression"],
)
def test_a_pattern_that_is_no_path_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="a location is a path"):
        Locations([(pattern, named("a"))])


def test_a_location_given_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="given twice"):
        Locations([("/a/", named("a")), ("/a/", named("b"))])


@pytest.fixture
def folders(tmp_path: Path) -> tuple[StaticFiles, StaticFiles]:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "both.txt").write_text(name)
        (tmp_path / name / f"{name}.txt").write_text(name)
    (tmp_path / "one" / "polls").mkdir()  # a folder with nothing to show
    return StaticFiles(tmp_path / "one"), StaticFiles(tmp_path / "two")


def content(response: Response) -> bytes:
    assert isinstance(response.body, File)
    with response.body.file as file:
        return file.read()


def test_a_static_location_cuts_its_prefix_off(folders: tuple[StaticFiles, StaticFiles]) -> None:
    locations = Locations([("/static/", folders[0])])
    assert content(locations(Request("GET", "/static/one.txt"))) == b"one"
    assert locations(Request("GET", "/one.txt")).status == 404
    assert locations(Request("GET", "/static/../static/one.txt")).status == 404
    assert folders[0].prefix == "/", "the folder given is not changed"


def test_an_exact_static_location_keeps_the_whole_path(
    folders: tuple[StaticFiles, StaticFiles],
) -> None:
    locations = Locations([("= /one.txt", folders[0])])
    assert content(locations(Request("GET", "/one.txt"))) == b"one"


@pytest.mark.parametrize("mount", ["/static/", "/static"])
def test_folders_are_tried_in_order(folders: tuple[StaticFiles, StaticFiles], mount: str) -> None:
    locations = Locations([(mount, TryFiles(folders, named("application")))])
    assert content(locations(Request("GET", "/static/both.txt"))) == b"one"
    assert content(locations(Request("GET", "/static/two.txt"))) == b"two"


def test_what_no_folder_has_goes_to_the_application_with_its_whole_path(
    folders: tuple[StaticFiles, StaticFiles],
) -> None:
    locations = Locations([("/", TryFiles(folders, named("application")))])
    for path in ("/", "/polls", "/polls/", "/polls/1/", "/../x", "/.env"):
        response = locations(Request("POST", path))
        assert dict(response.headers) == {"X-Handler": "application", "X-Path": path}


def test_a_file_that_is_there_is_not_for_posting(
    folders: tuple[StaticFiles, StaticFiles],
) -> None:
    handler = TryFiles(folders, named("application"))
    assert handler(Request("POST", "/two.txt")).status == 405


@pytest.mark.parametrize(
    ("path", "plain"),
    [
        ("/", "/"),
        ("//", "/"),
        ("/a//b", "/a/b"),
        ("/./a/./", "/a/"),
        ("/a/../b", "/b"),
        ("/../../b", "/b"),
        ("/a/b/..", "/a/"),
        ("/a/.", "/a/"),
        ("/.well-known/x", "/.well-known/x"),
        ("/a/..b/...", "/a/..b/..."),
        ("*", "*"),
    ],
)
def test_a_path_comes_down_to_its_names(path: str, plain: str) -> None:
    assert resolved(path) == plain


@pytest.mark.parametrize(
    "path",
    ["//admin/x", "/./admin/x", "/x/../admin/x", "/x/%2e%2e/admin/x", "/x/..%2fadmin/x"],
)
def test_no_spelling_of_a_path_gets_around_its_location(path: str) -> None:
    locations = Locations([("/", named("all")), ("/admin/", named("closed"))])
    assert dict(locations(Request("GET", path)).headers)["X-Handler"] == "closed"
