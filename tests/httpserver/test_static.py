"""A folder as a handler: what is served, how, and above all what is not."""

import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from httpserver.messages import File, Headers, Request, Response
from httpserver.static import StaticFiles, content_type, decode_path, split_path

HELLO = b"Hello, World!\n"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A root with files of every kind, and secrets beside it."""
    root = tmp_path / "site"
    (root / "docs").mkdir(parents=True)
    (root / "empty").mkdir()
    (root / ".git").mkdir()
    (root / ".well-known").mkdir()
    (root / "hello.txt").write_bytes(HELLO)
    (root / "docs" / "index.html").write_text("<p>docs</p>")
    (root / "docs" / "a b é.txt").write_text("spaced")
    (root / "%2e.txt").write_text("percent")
    (root / ".env").write_text("SECRET")
    (root / ".git" / "config").write_text("SECRET")
    (root / ".well-known" / "security.txt").write_text("Contact: us")
    (root / ".well-known" / ".secret").write_text("SECRET")
    (tmp_path / "secret.txt").write_text("SECRET")
    (tmp_path / "site-secret").mkdir()
    (tmp_path / "site-secret" / "x.txt").write_text("SECRET")
    (root / "link-out").symlink_to(tmp_path / "secret.txt")
    (root / "folder-out").symlink_to(tmp_path / "site-secret")
    (root / "link-in").symlink_to("hello.txt")
    (root / "loop").symlink_to("loop")
    os.mkfifo(root / "pipe")
    return root


def ask(
    handler: StaticFiles, path: str, method: str = "GET", query: str = "", **fields: str
) -> Response:
    headers = Headers((name.replace("_", "-"), value) for name, value in fields.items())
    return handler(Request(method, path, path, query, headers=headers))


def field(response: Response, name: str) -> str | None:
    return Headers(response.headers).get(name)


def content(response: Response) -> bytes:
    """The body as it would be sent; the file is closed as the server does it."""
    body = response.body
    if isinstance(body, File):
        with body.file as file:
            file.seek(body.offset)
            return file.read(body.length)
    assert isinstance(body, bytes)
    return body


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        pytest.param("/hello.txt", HELLO, id="a file"),
        pytest.param("/hell%6F.txt", HELLO, id="percent-encoded"),
        pytest.param("/docs/", b"<p>docs</p>", id="an index"),
        pytest.param("/docs/index.html", b"<p>docs</p>", id="an index by its name"),
        pytest.param("/docs/a%20b%20%C3%A9.txt", b"spaced", id="a space and a letter"),
        pytest.param("/%252e.txt", b"percent", id="decoded once only"),
        pytest.param("/link-in", HELLO, id="a link within the root"),
        pytest.param("/.well-known/security.txt", b"Contact: us", id="well-known"),
    ],
)
def test_what_is_in_the_folder_is_served(site: Path, path: str, expected: bytes) -> None:
    response = ask(StaticFiles(site), path)
    assert response.status == 200
    assert content(response) == expected


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/..%2fsecret.txt",
        "/%2e%2e/secret.txt",
        "/%2e%2e%2fsecret.txt",
        "/docs/../../secret.txt",
        "/docs/../hello.txt",
        "/./hello.txt",
        "/docs/%2e%2e/%2e%2e/secret.txt",
        "/..\\secret.txt",
        "/..%5csecret.txt",
        "/docs\\..\\..\\secret.txt",
        "/hello.txt%00",
        "/hello.txt%00.html",
        "/%00",
        "//secret.txt",
        "//hello.txt",
        "/docs//index.html",
        "/%2fetc/passwd",
        "//etc/passwd",
        "/../site-secret/x.txt",
        "/link-out",
        "/folder-out",
        "/folder-out/",
        "/folder-out/x.txt",
        "/.env",
        "/%2eenv",
        "/.git/config",
        "/.git/",
        "/.git",
        "/.well-known/.secret",
        "/docs/.well-known/x",
        "/hello.txt/",
        "/hello.txt/x",
        "/pipe",
        "/loop",
        "/empty",
        "/empty/",
        "/nothing",
        "/%zz",
        "/%",
        "/" + "a" * 300,
        "/" + "a/" * 3000,
        "hello.txt",
        "",
        "http://example/hello.txt",
    ],
    ids=lambda path: path[:40] or "nothing",
)
@pytest.mark.timeout(10)
def test_nothing_else_is_served_by_any_spelling(site: Path, path: str) -> None:
    response = ask(StaticFiles(site), path)
    assert response.status == 404
    assert b"SECRET" not in content(response)


PIECES = ["/", "..", ".", "%2e", "%2f", "%5c", "\\", "%00", "secret.txt", "site-secret", "x.txt"]
PIECES += ["docs", "hello.txt", "link-out", "folder-out", ".git", "config", ".env", "%", "%25"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(PIECES), max_size=12))
def test_no_combination_of_pieces_leads_out(site: Path, pieces: list[str]) -> None:
    response = ask(StaticFiles(site, listing=True), "/" + "".join(pieces))
    assert b"SECRET" not in content(response)
    assert not (field(response, "Location") or "").startswith("//")


def test_a_socket_and_a_device_are_not_served(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(site)  # a Unix socket's path must be short
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")
        assert ask(StaticFiles(site), "/socket").status == 404
    assert ask(StaticFiles("/dev"), "/null").status == 404


def test_a_path_is_split_into_names() -> None:
    assert split_path("/") == [""]
    assert split_path("/a/b") == ["a", "b"]
    assert split_path("/a/") == ["a", ""]
    assert split_path("//a") is None


def test_bytes_that_are_not_utf8_find_their_file(site: Path) -> None:
    (site / os.fsdecode(b"caf\xe9.txt")).write_bytes(HELLO)
    assert content(ask(StaticFiles(site), "/caf%E9.txt")) == HELLO
    assert decode_path("/caf%C3%A9") == "/café"
    page = content(ask(StaticFiles(site, listing=True), "/"))
    assert b'href="./caf%E9.txt"' in page


def test_a_root_that_is_no_folder_is_told_at_once(site: Path) -> None:
    with pytest.raises(NotADirectoryError, match="not a folder"):
        StaticFiles(site / "hello.txt")


def test_a_file_without_permission_is_403(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> int:
        raise PermissionError(13, "Permission denied", "hello.txt")

    monkeypatch.setattr(os, "open", refuse)  # root may read everything, so it is played
    assert ask(StaticFiles(site), "/hello.txt").status == 403


# Folders


def test_a_folder_without_its_slash_is_sent_to_it_with_the_query(site: Path) -> None:
    response = ask(StaticFiles(site), "/docs", query="page=2&x=%20")
    assert response.status == 301
    assert field(response, "Location") == "/docs/?page=2&x=%20"


def test_the_redirect_keeps_the_prefix(site: Path) -> None:
    assert field(ask(StaticFiles(site).under("/static/"), "/static/docs"), "Location") == (
        "/static/docs/"
    )


@pytest.mark.parametrize("path", ["//docs", "/%2fdocs", "/\\docs", "/%5cdocs"])
def test_no_redirect_leads_to_another_host(site: Path, path: str) -> None:
    assert field(ask(StaticFiles(site, listing=True), path), "Location") is None


def test_a_listing_shows_what_would_be_served_and_escapes_it(site: Path) -> None:
    (site / "empty" / '<script>&".txt').write_text("x" * 1536)
    (site / "empty" / "javascript:alert(1)").write_text("")
    (site / "empty" / "sub").mkdir()
    (site / "empty" / ".hidden").write_text("")
    (site / "empty" / "out").symlink_to("/etc/passwd")
    (site / "empty" / "broken").symlink_to("nowhere")
    response = ask(StaticFiles(site, listing=True), "/empty/")
    page = content(response).decode()
    assert response.status == 200
    assert field(response, "Content-Type") == "text/html; charset=utf-8"
    assert "<script>" not in page
    assert 'href="./%3Cscript%3E%26%22.txt"' in page
    assert 'href="./javascript%3Aalert%281%29"' in page
    assert "1.5 KiB" in page
    assert 'href="./sub/"' in page
    assert 'href="../"' in page
    assert "color-scheme" in page
    for hidden in (".hidden", "out", "broken"):
        assert f'href="./{hidden}"' not in page


def test_the_root_listing_has_no_way_up_and_an_index_wins(site: Path) -> None:
    files = StaticFiles(site, listing=True)
    assert b'href="../"' not in content(ask(files, "/"))
    assert content(ask(files, "/docs/")) == b"<p>docs</p>"


# Methods and fields


def test_head_has_the_fields_of_get(site: Path) -> None:
    got, head = (ask(StaticFiles(site), "/hello.txt", method) for method in ("GET", "HEAD"))
    assert got.headers == head.headers
    content(got), content(head)


@pytest.mark.parametrize("path", ["/hello.txt", "/docs/", "/docs"])
def test_other_methods_are_refused_and_told_what_is_allowed(site: Path, path: str) -> None:
    for method in ("POST", "PUT", "DELETE", "TRACE", "BREW"):
        response = ask(StaticFiles(site), path, method)
        assert response.status == 405
        assert field(response, "Allow") == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize("path", ["/hello.txt", "*"])
def test_options_is_answered(site: Path, path: str) -> None:
    response = ask(StaticFiles(site), path, "OPTIONS")
    assert response.status == 204
    assert field(response, "Allow") == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.html", "text/html; charset=utf-8"),
        ("a.CSS", "text/css; charset=utf-8"),
        ("a.js", "text/javascript; charset=utf-8"),
        ("a.svg", "image/svg+xml"),
        ("a.tar.gz", "application/gzip"),
        ("a.unknown", "application/octet-stream"),
        ("README", "application/octet-stream"),
        ("html", "application/octet-stream"),
        ("a.", "application/octet-stream"),
    ],
)
def test_the_content_type_is_the_suffix_s(name: str, expected: str) -> None:
    assert content_type(name) == expected


def test_a_file_is_sent_as_a_file_with_its_validators(site: Path) -> None:
    response = ask(StaticFiles(site, cache_control="public, max-age=60"), "/hello.txt")
    assert isinstance(response.body, File)
    content(response)
    assert field(response, "Content-Length") == str(len(HELLO))
    assert field(response, "Accept-Ranges") == "bytes"
    assert field(response, "Cache-Control") == "public, max-age=60"
    assert field(response, "Last-Modified") is not None
    assert (field(response, "ETag") or "").startswith('"')


def test_last_modified_is_never_later_than_now(site: Path) -> None:
    os.utime(site / "hello.txt", (4e9, 4e9))
    response = ask(StaticFiles(site), "/hello.txt")
    content(response)
    assert "2096" not in (field(response, "Last-Modified") or "")


def test_a_client_s_copy_is_confirmed_until_the_file_changes(site: Path) -> None:
    files = StaticFiles(site, cache_control="no-cache")
    first = ask(files, "/hello.txt")
    content(first)
    etag = field(first, "ETag") or ""
    again = ask(files, "/hello.txt", If_None_Match=etag)
    assert again.status == 304
    assert again.body == b""
    assert field(again, "ETag") == etag
    assert field(again, "Cache-Control") == "no-cache"
    assert field(again, "Content-Length") is None
    assert ask(files, "/hello.txt", If_Match='"other"').status == 412

    os.utime(site / "hello.txt", ns=(1, 1))
    changed = ask(files, "/hello.txt", If_None_Match=etag)
    assert changed.status == 200
    content(changed)


# Ranges


@pytest.mark.parametrize(
    ("asked", "status", "expected", "content_range"),
    [
        pytest.param("bytes=0-4", 206, HELLO[:5], "bytes 0-4/14", id="the beginning"),
        pytest.param("bytes=7-", 206, HELLO[7:], "bytes 7-13/14", id="to the end"),
        pytest.param("bytes=-3", 206, HELLO[-3:], "bytes 11-13/14", id="the end"),
        pytest.param("bytes=0-1,2-5", 206, HELLO[:6], "bytes 0-5/14", id="two that touch"),
        pytest.param("bytes=5-2", 200, HELLO, None, id="malformed: the whole"),
        pytest.param("lines=1-2", 200, HELLO, None, id="another unit: the whole"),
    ],
)
def test_a_range_of_a_file(
    site: Path, asked: str, status: int, expected: bytes, content_range: str | None
) -> None:
    response = ask(StaticFiles(site), "/hello.txt", Range=asked)
    assert response.status == status
    assert content(response) == expected
    assert field(response, "Content-Length") == str(len(expected))
    assert field(response, "Content-Range") == content_range


def test_a_range_past_the_end_is_416_and_told_the_length(site: Path) -> None:
    response = ask(StaticFiles(site), "/hello.txt", Range="bytes=99-")
    assert response.status == 416
    assert field(response, "Content-Range") == "bytes */14"


def test_head_has_no_range(site: Path) -> None:
    response = ask(StaticFiles(site), "/hello.txt", "HEAD", Range="bytes=0-1")
    assert response.status == 200
    content(response)


def test_if_range_gives_the_part_of_the_same_file_and_the_whole_of_another(site: Path) -> None:
    files = StaticFiles(site)
    first = ask(files, "/hello.txt")
    content(first)
    etag = field(first, "ETag") or ""
    same = ask(files, "/hello.txt", Range="bytes=0-4", If_Range=etag)
    other = ask(files, "/hello.txt", Range="bytes=0-4", If_Range='"other"')
    assert (same.status, content(same)) == (206, HELLO[:5])
    assert (other.status, content(other)) == (200, HELLO)


# Descriptors


def open_files() -> set[str]:
    return set(os.listdir("/dev/fd"))


@pytest.fixture
def no_leak() -> Iterator[None]:
    before = len(open_files())
    yield
    assert len(open_files()) == before


@pytest.mark.usefixtures("no_leak")
def test_an_answer_without_the_file_leaves_it_closed(site: Path) -> None:
    files = StaticFiles(site, listing=True)
    for path, method, fields in [
        ("/hello.txt", "GET", {"If_None_Match": "*"}),
        ("/hello.txt", "GET", {"If_Match": '"other"'}),
        ("/hello.txt", "GET", {"Range": "bytes=99-"}),
        ("/hello.txt", "POST", {}),
        ("/pipe", "GET", {}),
        ("/empty/", "GET", {}),
        ("/nothing", "GET", {}),
    ]:
        ask(files, path, method, **fields)


def test_a_named_pipe_is_what_the_test_says(site: Path) -> None:
    assert stat.S_ISFIFO(os.stat(site / "pipe").st_mode)
