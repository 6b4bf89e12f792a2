"""A folder as a handler: what is served, how, and above all what is not."""

import email
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from httpserver.conditions import MAX_RANGES
from httpserver.messages import File
from httpserver.multirange import MultipartRanges
from httpserver.static import StaticFiles
from tests.httpserver.folders import HELLO, ask, content, field, make_site
from tests.httpserver.serving import read_all, running
from tests.processes import ROOT


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return make_site(tmp_path)


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


def test_bytes_that_are_not_utf8_find_their_file(site: Path) -> None:
    (site / os.fsdecode(b"caf\xe9.txt")).write_bytes(HELLO)
    assert content(ask(StaticFiles(site), "/caf%E9.txt")) == HELLO
    page = content(ask(StaticFiles(site, listing=True), "/"))
    assert b'href="./caf%E9.txt"' in page


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/.env", b"SECRET"),
        ("/.git/config", b"SECRET"),
        ("/.well-known/.secret", b"SECRET"),
        ("/.git/..", None),
        ("/.", None),
        ("/./hello.txt", None),
        ("/docs/%2e%2e/hello.txt", None),
        ("/../secret.txt", None),
    ],
)
def test_dot_files_are_served_where_asked_and_dots_lead_nowhere(
    site: Path, path: str, expected: bytes | None
) -> None:
    response = ask(StaticFiles(site, dot_files=True), path)
    assert response.status == (200 if expected else 404)
    assert content(response) == expected or expected is None


def test_the_type_is_that_of_the_name_asked_for(site: Path) -> None:
    (site / "style.css").symlink_to("hello.txt")
    response = ask(StaticFiles(site), "/style.css")
    assert content(response) == HELLO
    assert field(response, "Content-Type") == "text/css; charset=utf-8"


def test_below_a_prefix_or_with_the_whole_path(site: Path) -> None:
    files = StaticFiles(site)  # the first is Nginx's alias, the second its root
    assert content(ask(files.under("/pages"), "/pages/docs/index.html")) == b"<p>docs</p>"
    assert content(ask(files, "/docs/index.html")) == b"<p>docs</p>"
    assert ask(files.under("/pages/"), "/docs/index.html").status == 404
    assert ask(files.under("/pages/"), "/pages").status == 404


# Permissions: root may read everything, so another user asks, in a process of its own.

AS_NOBODY = """
import json, logging, os, sys
from httpserver.messages import Request
from httpserver.static import StaticFiles

files = StaticFiles(sys.argv[1], listing=True)
os.setgroups([])
os.setgid(65534)
os.setuid(65534)
logging.disable()
statuses = {}
for path in sys.argv[2:]:
    response = files(Request("GET", path))
    statuses[path] = [response.status, response.body.file.read().decode()
                      if response.status == 200 and not isinstance(response.body, bytes) else ""]
print(json.dumps(statuses))
"""


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody may enter, unlike pytest's."""
    folder = Path(tempfile.mkdtemp(prefix="static-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_what_the_server_may_not_read_is_403(open_folder: Path) -> None:
    for name in ("closed", "enter-only", "list-only"):
        (open_folder / name).mkdir()
        (open_folder / name / "index.html").write_text("index")
    (open_folder / "public.txt").write_text("public")
    (open_folder / "private.txt").write_text("SECRET")
    (open_folder / "private.txt").chmod(0o600)
    (open_folder / "public.txt.gz").write_text("SECRET")
    (open_folder / "public.txt.gz").chmod(0o600)
    (open_folder / "to-private").symlink_to("private.txt")
    (open_folder / "closed").chmod(0o700)
    (open_folder / "enter-only").chmod(0o711)
    (open_folder / "list-only").chmod(0o744)
    expected = {
        "/public.txt": [200, "public"],
        "/private.txt": [403, ""],
        "/to-private": [403, ""],
        "/closed/index.html": [403, ""],
        "/closed/": [403, ""],
        "/enter-only/index.html": [200, "index"],
        "/enter-only/": [200, "index"],
        "/enter-only": [301, ""],
        "/enter-only/nothing": [404, ""],
        "/list-only/index.html": [403, ""],
    }
    command = [sys.executable, "-c", AS_NOBODY, str(open_folder), *expected]
    ended = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False
    )
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout) == expected


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_a_sibling_that_may_not_be_read_is_as_if_it_were_not_there(open_folder: Path) -> None:
    (open_folder / "a.txt").write_text("as it is")
    (open_folder / "a.txt.gz").write_text("SECRET")
    (open_folder / "a.txt.gz").chmod(0o600)
    script = AS_NOBODY.replace(
        'Request("GET", path)',
        'Request("GET", path, headers=Headers([("Accept-Encoding", "gzip")]))',
    ).replace("import Request", "import Headers, Request")
    ended = subprocess.run(
        [sys.executable, "-c", script, str(open_folder), "/a.txt"],
        cwd=ROOT, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout) == {"/a.txt": [200, "as it is"]}


# Folders


@pytest.mark.parametrize("path", ["/docs", "/folder-in"])
def test_a_folder_without_its_slash_is_sent_to_it_with_the_query(site: Path, path: str) -> None:
    response = ask(StaticFiles(site), path, query="page=2&x=%20")
    assert response.status == 301
    assert field(response, "Location") == f"{path}/?page=2&x=%20"


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


def test_a_listing_shows_dot_files_where_they_are_served(site: Path) -> None:
    assert b'href="./.env"' in content(ask(StaticFiles(site, listing=True, dot_files=True), "/"))
    assert b'href="./.env"' not in content(ask(StaticFiles(site, listing=True), "/"))


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


def test_an_empty_file_has_no_parts(site: Path) -> None:
    (site / "nothing.txt").touch()
    for asked in ("bytes=0-", "bytes=-5", "bytes=7-"):
        response = ask(StaticFiles(site), "/nothing.txt", Range=asked)
        assert (response.status, content(response)) == (200, b"")


def test_several_ranges_are_parts_of_one_answer(site: Path) -> None:
    response = ask(StaticFiles(site, cache_control="no-cache"), "/hello.txt", Range="bytes=-3,0-4")
    body = content(response)
    assert response.status == 206
    assert field(response, "Content-Length") == str(len(body))
    assert field(response, "Content-Range") is None
    assert field(response, "ETag") is not None
    assert field(response, "Cache-Control") == "no-cache"
    head = f"Content-Type: {field(response, 'Content-Type')}\r\n\r\n".encode()
    parts = list(email.message_from_bytes(head + body).walk())[1:]
    assert [(part["Content-Type"], part["Content-Range"]) for part in parts] == [
        ("text/plain; charset=utf-8", "bytes 11-13/14"),
        ("text/plain; charset=utf-8", "bytes 0-4/14"),
    ]
    assert [part.get_payload() for part in parts] == ["d!\n", "Hello"]


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        pytest.param(",".join(["0-"] * MAX_RANGES), 206, id="the whole, sixteen times"),
        pytest.param(",".join(["0-"] * (MAX_RANGES + 1)), 200, id="the whole, seventeen times"),
        pytest.param(",".join(f"{n}-" for n in range(MAX_RANGES)), 206, id="nested"),
        pytest.param(",".join(f"{n}-{n + 9}" for n in range(0, 96, 6)), 206, id="overlapping"),
    ],
)
def test_no_ranges_make_more_of_a_file_than_there_is(site: Path, asked: str, status: int) -> None:
    (site / "large").write_bytes(bytes(10_000))
    response = ask(StaticFiles(site), "/large", Range=f"bytes={asked}")
    assert response.status == status
    assert len(content(response)) <= 10_000


def test_a_file_that_shrinks_breaks_off_an_answer_of_several_ranges(site: Path) -> None:
    response = ask(StaticFiles(site), "/hello.txt", Range="bytes=0-1,9-13")
    assert isinstance(response.body, MultipartRanges)
    os.truncate(site / "hello.txt", 11)
    with pytest.raises(EOFError, match="ends at byte 11"):
        content(response)


@pytest.mark.parametrize("asked", ["", "bytes=1-", "bytes=-9,0-66000000"])
@pytest.mark.timeout(30)
def test_a_file_that_shrinks_while_it_is_sent_cuts_the_connection(site: Path, asked: str) -> None:
    size = 64 * 1024 * 1024  # more than all buffers on the way hold
    with (site / "large").open("wb") as file:
        file.truncate(size)
    head = "GET /large HTTP/1.1\r\nHost: x\r\n" + (f"Range: {asked}\r\n" if asked else "") + "\r\n"
    with running(StaticFiles(site)) as server, server.connect() as client:
        client.sendall(head.encode())
        begun = client.recv(4096)  # so it is being sent, and waits for us
        os.truncate(site / "large", 100)
        received = len(begun) + len(read_all(client))
    assert begun.startswith(b"HTTP/1.1 206" if asked else b"HTTP/1.1 200")
    promised = re.search(rb"Content-Length: (\d+)", begun)
    assert promised is not None
    assert received < int(promised[1])


RANGES = st.text(alphabet="0123456789-, ", max_size=40).map("bytes=".__add__)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(RANGES | st.text(max_size=20))
def test_whatever_is_asked_the_length_told_is_the_length_sent(site: Path, asked: str) -> None:
    response = ask(StaticFiles(site), "/hello.txt", Range=asked)
    assert response.status in (200, 206, 416)
    body = content(response)
    if response.status != 416:
        assert field(response, "Content-Length") == str(len(body))


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
        ("/hello.txt", "GET", {"Accept_Encoding": "identity;q=0"}),
        ("/docs", "GET", {}),
    ]:
        ask(files, path, method, **fields)
