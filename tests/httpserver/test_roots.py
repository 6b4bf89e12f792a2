"""From a stranger's path to an open file below the root, and to nothing else."""

import os
import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httpserver.roots import Opened, Root, decode_path, split_path
from tests.httpserver.folders import HELLO, make_site


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return make_site(tmp_path)


def opened(root: Root, relative: str) -> Opened | None:
    """What the path leads to, as a handler would ask for it."""
    *folders, name = relative.split("/")
    folder = root.folder(folders)
    return None if folder is None else root.open(f"{folder}/{name}")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        pytest.param("/", [""], id="the root"),
        pytest.param("/a/b", ["a", "b"], id="two names"),
        pytest.param("/a/", ["a", ""], id="a folder"),
        pytest.param("/a.b/..c", None, id="a name that begins with two dots"),
        pytest.param("/a..b/c.", ["a..b", "c."], id="dots elsewhere"),
        pytest.param("/.well-known", [".well-known"], id="well-known"),
        pytest.param("/.well-known/a", [".well-known", "a"], id="in well-known"),
        pytest.param("/.well-known/", [".well-known", ""], id="well-known as a folder"),
        pytest.param("/.well-knownx", None, id="not quite well-known"),
        pytest.param("/.well-known/.a", None, id="a dot file in well-known"),
        pytest.param("/a/.well-known/b", None, id="well-known below"),
        pytest.param("/.well-known/..", None, id="up from well-known"),
        pytest.param("/.", None, id="a dot"),
        pytest.param("/..", None, id="two dots"),
        pytest.param("/a/./b", None, id="a dot within"),
        pytest.param("/a/../b", None, id="two dots within"),
        pytest.param("/...", None, id="three dots"),
        pytest.param("/.git/config", None, id="a dot file"),
        pytest.param("//a", None, id="an empty name first"),
        pytest.param("/a//b", None, id="an empty name within"),
        pytest.param("/a//", None, id="an empty name last"),
        pytest.param("/a\\b", None, id="a backslash"),
        pytest.param("/a\0b", None, id="a NUL"),
        pytest.param("a", None, id="no slash"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_a_path_is_split_into_names_or_refused(path: str, expected: list[str] | None) -> None:
    assert split_path(path) == expected


def test_dot_files_are_split_where_asked_and_dots_never() -> None:
    assert split_path("/.git/config", dot_files=True) == [".git", "config"]
    assert split_path("/a/...", dot_files=True) == ["a", "..."]
    for path in ("/.", "/..", "/./a", "/../a", "/a/.", "/a/..", "/.well-known/..", "/.git/../a"):
        assert split_path(path, dot_files=True) is None


@given(st.text(alphabet="/.\\\0ab-wel-known", max_size=20), st.booleans())
def test_names_that_pass_are_names_of_something_below(path: str, dot_files: bool) -> None:
    names = split_path(path, dot_files)
    if names is not None:
        assert "/" + "/".join(names) == path
        assert all(names[:-1])
        for name in names:
            assert name not in (".", "..")
            assert not set(name) & set("/\\\0")
        assert dot_files or not any(name.startswith(".") for name in names[1:])


def test_a_path_is_decoded_once_and_keeps_its_bytes() -> None:
    assert decode_path("/a%20b") == "/a b"
    assert decode_path("/%252e") == "/%2e"
    assert decode_path("/%zz%") == "/%zz%"
    assert decode_path("/caf%C3%A9") == "/café"
    assert os.fsencode(decode_path("/caf%E9")) == b"/caf\xe9"


def test_a_root_that_is_no_folder_is_told_at_once(site: Path) -> None:
    with pytest.raises(NotADirectoryError, match="not a folder"):
        Root(site / "hello.txt")


@pytest.mark.parametrize(
    ("relative", "real"),
    [("hello.txt", "hello.txt"), ("link-in", "hello.txt"), ("folder-in/index.html", None)],
)
def test_a_file_is_opened_and_links_within_are_followed(
    site: Path, relative: str, real: str | None
) -> None:
    found = opened(Root(site), relative)
    assert found is not None
    with found.file as file:
        assert found.path == str(site / (real or "docs/index.html"))
        assert found.status.st_size == len(file.read())
        assert not os.get_inheritable(file.fileno())


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "relative",
    [
        "link-out", "folder-out/x.txt", "loop", "loop/x", "pipe", "docs", "nothing", "nothing/x",
        "hello.txt/x", "hello.txt/", "a" * 300, "a/" * 3000 + "a",
    ],
    ids=lambda relative: relative[:20],
)  # fmt: skip
def test_what_is_outside_or_no_file_is_not_opened(site: Path, relative: str) -> None:
    before = os.listdir("/dev/fd")
    assert opened(Root(site), relative) is None
    assert os.listdir("/dev/fd") == before


def test_a_socket_and_a_device_are_not_opened(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(site)  # a Unix socket's path must be short
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")
        assert opened(Root(site), "socket") is None
    assert opened(Root("/dev"), "null") is None


def test_a_link_in_a_folder_s_place_is_judged_anew_each_time(site: Path) -> None:
    root = Root(site)
    assert root.folder(["empty"]) == str(site / "empty")
    (site / "empty").rmdir()
    (site / "empty").symlink_to(site.parent / "site-secret")
    assert root.folder(["empty"]) is None


def test_a_link_that_was_put_there_since_we_looked_is_not_followed(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (site / "swapped").symlink_to(site / "hello.txt")
    looked = os.path.realpath

    def look_and_swap(path: str) -> str:
        real = looked(path)
        (site / "hello.txt").unlink()
        (site / "hello.txt").symlink_to(site.parent / "secret.txt")
        return real

    root = Root(site)
    monkeypatch.setattr(os.path, "realpath", look_and_swap)
    assert opened(root, "swapped") is None


def test_the_whole_file_system_may_be_the_root(site: Path) -> None:
    root = Root("/")
    assert root.folder([]) == "/"
    assert root.inside(str(site)) == str(site)
    found = opened(root, str(site / "hello.txt")[1:])
    assert found is not None
    with found.file as file:
        assert file.read() == HELLO
