"""What may stand in a configuration file."""

import ipaddress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httpserver import values
from httpserver.settings import Document, Place, Reader

FIELD = values.field_value


@pytest.fixture
def place(tmp_path: Path) -> Place:
    (tmp_path / "public").mkdir()
    (tmp_path / "file").write_text("x")
    return Place(Document(str(tmp_path / "site.toml"), {}, {}, {}))


GOOD: list[tuple[Reader, Any, Any]] = [
    (values.flag, True, True),
    (values.count(1), 1, 1),
    (values.count(0, 9), 9, 9),
    (values.one_of("a", "b"), "b", "b"),
    (values.listen_address, "8080", "127.0.0.1:8080"),
    (values.listen_address, "[0:0::1]:80", "[::1]:80"),
    (values.listen_address, "localhost:0", "localhost:0"),
    (values.upstream_address, "http://127.0.0.1:8000/", "127.0.0.1:8000"),
    (values.upstream_address, "http://app.example", "app.example:80"),
    (values.upstream_address, "http://[::1]", "[::1]:80"),
    (values.upstream_address, "http://unix:/run/a:", "unix:/run/a"),
    (values.upstream, "app", "app"),
    (values.upstream, "unix:/run/app.sock", "unix:/run/app.sock"),
    (values.host_name, "*.Example.COM", "*.example.com"),
    (values.host_name, "127.0.0.1", "127.0.0.1"),
    (values.host_name, "[::1]", "[::1]"),
    (values.host, "example.com:8000", "example.com:8000"),
    (values.networks, "192.0.2.7", (ipaddress.ip_network("192.0.2.7/32"),)),
    (
        values.networks,
        ["10.0.0.0/8", "::1"],
        (ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("::1/128")),
    ),
    (
        values.networks,
        "all",
        (ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0")),
    ),
    (values.networks, [], ()),
    (values.location_path, "=/x", "= /x"),
    (values.location_path, "= /x", "= /x"),
    (values.location_path, "/é/", "/é/"),
    (
        values.redirect_target,
        "https://example.com{path}{query}",
        "https://example.com{path}{query}",
    ),
    (values.redirect_target, "/new", "/new"),
    (values.file_to_try, "{path}.html", "{path}.html"),
    (values.file_to_try, "=404", "=404"),
    (values.file_to_try, "@/app/", "@/app/"),
    (values.error_status, "404", 404),
    (values.field_name, "X-Frame-Options", "X-Frame-Options"),
    (FIELD, "", ""),
    (FIELD, "a \t é", "a \t é"),
    (values.content_type, "text/html; charset=utf-8", "text/html; charset=utf-8"),
    (values.permissions, "0660", 0o660),
    (values.permissions, "600", 0o600),
    (values.timeout, "5s", 5.0),
    (values.some_bytes, 1, 1),
    (values.log("stdout"), "stdout", "stdout"),
    (values.log("stdout", optional=True), False, None),
]

BAD: list[tuple[Reader, Any, str]] = [
    (values.text, 1, "expected a string; found 1"),
    (values.flag, "yes", 'expected true or false; found "yes"'),
    (values.count(1), 0, "expected a whole number of at least 1; found 0"),
    (values.count(1), True, "expected a whole number of at least 1; found true"),
    (values.count(1), 1.5, "expected a whole number of at least 1; found 1.5"),
    (values.count(1, 9), 10, "at least 1 and at most 9; found 10"),
    (values.one_of("json"), "jsn", 'expected "json"; found "jsn". Did you mean \'json\'?'),
    (values.one_of("json"), [], 'expected "json"; found a list'),
    (values.timeout, 0, "expected a time of more than 0 seconds; found 0"),
    (values.some_bytes, 0, "expected a size of at least 1 byte; found 0"),
    (values.name, "a b", "expected a name of letters"),
    (values.path, "", 'expected a path; found ""'),
    (values.path, "a\0b", "expected a path"),
    (values.path, "~/www", "'~' is known to a shell alone"),
    (values.folder, "file", "is none, or not there"),
    (values.folder, "publc", "is none, or not there"),
    (values.readable_file, "nope.pem", "cannot be read: No such file"),
    (values.readable_file, "public", "cannot be read: Is a directory"),
    (values.writable_file, "nowhere/x.log", "expected a file in a folder that is there"),
    (values.writable_file, "public", "expected a file in a folder that is there"),
    (values.log("stdout"), False, 'expected "stdout" or a path; found false'),
    (values.log("stdout", optional=True), True, '"stdout" or a path, or false; found true'),
    (values.permissions, 660, 'octal digits, such as "0660"; found 660'),
    (values.permissions, "0888", "octal digits"),
    (values.listen_address, "127.0.0.1", "expected HOST:PORT"),
    (values.listen_address, "127.0.0.1:65536", "up to 65535"),
    (values.listen_address, "300.1.1.1:80", "expected HOST:PORT"),
    (values.listen_address, "[::1::2]:80", "expected HOST:PORT"),
    (values.listen_address, "[127.0.0.1]:80", "expected HOST:PORT"),
    (values.listen_address, "a b:80", "expected HOST:PORT"),
    (values.listen_address, "unix:", "expected HOST:PORT"),
    (values.listen_address, 80, "found 80"),
    (values.upstream_address, "https://a.example", "only http:// is spoken"),
    (values.upstream_address, "http://a.example/x", "has a path"),
    (values.upstream_address, "127.0.0.1:0", "no address of a server"),
    (values.host_name, "_", "leave `names` out"),
    (values.host_name, "bücher.example", "Punycode"),
    (values.host_name, "a.example:80", "expected a host name"),
    (values.host_name, "a.*.example", "expected a host name"),
    (values.host, "http://a", "expected a host"),
    (values.networks, "10.1.2.3/8", 'Did you mean "10.0.0.0/8"?'),
    (values.some_networks, [], 'found a list, which is empty. `deny = "all"` lets nobody in'),
    (values.url_path, "a", "a path that begins with a slash"),
    (values.url_path, "/a\r\n", "a path that begins with a slash"),
    (values.location_path, "~ \\.php$", "no regular expressions"),
    (values.location_path, "static/", "expected a prefix"),
    (values.redirect_target, "https://a/{path}", "no slash before {path}"),
    (values.redirect_target, "https://a$request_uri", "$request_uri is Nginx's"),
    (values.redirect_target, "https://a{pth}", "found {pth}. Did you mean 'path'?"),
    (values.redirect_target, "//a", "expected a URL or a path"),
    (values.redirect_target, "https://a/\r\nX: y", "expected a URL or a path"),
    (values.redirect_target, "ftp://a/", "expected a URL or a path"),
    (values.file_to_try, "$uri", "$uri is Nginx's; expected {path}"),
    (values.file_to_try, "index.html", "expected a path"),
    (values.file_to_try, "=200", "expected a path"),
    (values.error_status, "200", "400 to 599"),
    (values.field_name, "X Y", "expected a field's name"),
    (values.field_name, "X:", "expected a field's name"),
    (values.field_name, "Content-Length", "the server alone sets this field"),
    (values.field_name, "Server", "as `server_field`"),
    (FIELD, "a\r\nX: y", "expected a field's value"),
    (FIELD, " a", "expected a field's value"),
    (FIELD, "€", "expected a field's value"),
    (values.media_type, "text", "expected a media type"),
    (values.media_type, "text/html; charset=utf-8", "expected a media type"),
    (values.file_name, "a/b", "the name of a file"),
]


def named(value: Any) -> str:
    """A reader by its name: where it lies in memory is another place in each process."""
    return str(getattr(value, "__name__", value))[:30]


@pytest.mark.parametrize(("read", "written", "meant"), GOOD, ids=named)
def test_what_is_good_is_made_one(place: Place, read: Reader, written: Any, meant: Any) -> None:
    assert read(written, place) == meant
    assert not place.document.problems


@pytest.mark.parametrize(("read", "written", "message"), BAD, ids=named)
def test_what_is_bad_is_refused_with_what_was_expected(
    place: Place, read: Reader, written: Any, message: str
) -> None:
    try:
        read(written, place)
        said = ""
    except ValueError as error:
        said = str(error)
    said += "".join(problem.message for problem in place.document.problems)
    assert message in said


def test_relative_paths_begin_at_the_file(place: Place, tmp_path: Path) -> None:
    assert values.folder("public", place) == tmp_path / "public"
    assert values.readable_file("file", place) == tmp_path / "file"
    assert values.log("stdout")("a.log", place) == str(tmp_path / "a.log")
    assert values.listen_address("unix:a.sock", place) == f"unix:{tmp_path}/a.sock"
    assert values.folder(str(tmp_path), place) == tmp_path


@given(st.text() | st.integers() | st.booleans() | st.none() | st.lists(st.text(), max_size=2))
def test_readers_raise_nothing_but_value_errors(value: Any) -> None:
    place = Place(Document("/nowhere/site.toml", {}, {}, {}))
    for read in {read for read, _, _ in BAD if read is not values.error_status}:
        try:
            read(value, place)
        except ValueError:
            pass


@given(st.text("a \t\r\n\0\x7f€é:"))
def test_no_field_value_that_would_be_two_fields_gets_through(value: str) -> None:
    place = Place(Document("/nowhere/site.toml", {}, {}, {}))
    try:
        found = FIELD(value, place)
    except ValueError:
        return
    assert found == value.strip(" \t")
    assert not set(found) & set("\r\n\0\x7f")
    found.encode("latin-1")
