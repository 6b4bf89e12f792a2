"""The environ, key by key (PEP 3333, "environ Variables")."""

import io
from wsgiref.util import request_uri

import pytest

from httpserver.messages import Headers, HTTPError, Request
from wsgi.environ import Environ, common_environ
from wsgi.environ import build_environ as build


def request(path: str = "/", fields: list[tuple[str, str]] | None = None, **more) -> Request:
    details = {"client": ("192.0.2.7", 51000), "server": ("127.0.0.1", 8000), **more}
    return Request(
        "GET", details.pop("target", path), path, headers=Headers(fields or []), **details
    )


def build_environ(request: Request, **common) -> Environ:
    return build(request, common_environ(**common))


def test_every_required_key_is_there_and_a_native_string() -> None:
    environ = build_environ(request("/a", query="x=1"))
    for key in (
        "REQUEST_METHOD", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING", "SERVER_NAME",
        "SERVER_PORT", "SERVER_PROTOCOL",
    ):  # fmt: skip
        assert type(environ[key]) is str, key
    assert environ["QUERY_STRING"] == "x=1"
    assert environ["SERVER_PORT"] == "8000"
    assert environ["REMOTE_ADDR"] == "192.0.2.7"
    assert environ["wsgi.version"] == (1, 0)
    assert type(environ) is dict


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/plain", "/plain"),
        ("/a%20b", "/a b"),
        ("/caf%C3%A9", "/caf\xc3\xa9"),  # UTF-8 bytes, each as one latin-1 character
        ("/%2561", "/%61"),  # decoded once, never twice
        ("/a%2Fb", "/a/b"),
        ("/%zz", "/%zz"),
    ],
)
def test_path_info_is_decoded_once_to_native_strings(path: str, expected: str) -> None:
    assert build_environ(request(path))["PATH_INFO"] == expected


@pytest.mark.parametrize(
    ("path", "script_name", "expected"),
    [
        ("/blog/post", "/blog", ("/blog", "/post")),
        ("/blog", "/blog", ("/blog", "")),
        ("/b%6Cog/post", "/blog", ("/blog", "/post")),
        ("/caf%C3%A9/post", "/café", ("/caf\xc3\xa9", "/post")),
    ],
)
def test_script_name_is_cut_off_at_a_segment(path, script_name, expected) -> None:
    environ = build_environ(request(path), script_name=script_name)
    assert (environ["SCRIPT_NAME"], environ["PATH_INFO"]) == expected


@pytest.mark.parametrize(
    "path", ["/", "/other", "/cafés", "/caf%C3%A9s", "/caf", "//caf%C3%A9/", "*"]
)
def test_what_is_not_below_script_name_is_not_there(path: str) -> None:
    with pytest.raises(HTTPError, match="below /caf%C3%A9/") as refused:
        build_environ(request(path), script_name="/café")
    assert refused.value.status == 404


def test_repeated_fields_are_joined_and_cookies_by_semicolon() -> None:
    fields = [("Accept", "a"), ("Cookie", "x=1"), ("accept", "b"), ("Cookie", "y=2")]
    environ = build_environ(request(fields=fields))
    assert environ["HTTP_ACCEPT"] == "a, b"
    assert environ["HTTP_COOKIE"] == "x=1; y=2"


def test_names_with_underscores_are_dropped() -> None:
    fields = [("X-Real-IP", "10.0.0.1"), ("X_Real_IP", "6.6.6.6"), ("Content_Length", "9")]
    environ = build_environ(request(fields=fields))
    assert environ["HTTP_X_REAL_IP"] == "10.0.0.1"
    assert "CONTENT_LENGTH" not in environ
    assert "HTTP_CONTENT_LENGTH" not in environ


def test_a_field_named_proxy_never_becomes_a_proxy_setting() -> None:
    # CGI libraries take HTTP_PROXY for a setting ("httpoxy"); WSGI keeps it in the environ only.
    assert build_environ(request(fields=[("Proxy", "evil")]))["HTTP_PROXY"] == "evil"


def test_content_type_and_length_have_no_prefix() -> None:
    fields = [("Content-Type", "text/plain"), ("Content-Length", "3")]
    environ = build_environ(request(fields=fields, body=io.BytesIO(b"abc"), content_length=3))
    assert environ["CONTENT_TYPE"] == "text/plain"
    assert environ["CONTENT_LENGTH"] == "3"
    assert "HTTP_CONTENT_TYPE" not in environ
    assert "HTTP_CONTENT_LENGTH" not in environ


def test_a_chunked_body_is_told_by_its_length_and_no_coding() -> None:
    chunked = request(
        fields=[("Transfer-Encoding", "chunked")], body=io.BytesIO(b"hello"), content_length=5
    )
    environ = build_environ(chunked)
    assert environ["CONTENT_LENGTH"] == "5"
    assert "HTTP_TRANSFER_ENCODING" not in environ


def test_a_unix_socket_still_gives_a_valid_server_name() -> None:
    environ = build_environ(request(client="", server="/run/app.sock"))
    assert (environ["SERVER_NAME"], environ["SERVER_PORT"]) == ("localhost", "80")
    assert (environ["REMOTE_ADDR"], environ["REMOTE_PORT"]) == ("localhost", "0")


def test_an_ipv6_server_has_brackets_and_its_client_none() -> None:
    environ = build_environ(request(client=("::1", 5), server=("::1", 8000)))
    assert environ["SERVER_NAME"] == "[::1]"
    assert environ["REMOTE_ADDR"] == "::1"
    assert request_uri(environ) == "http://[::1]:8000/"


def test_https_is_said_in_two_ways() -> None:
    environ = build_environ(request(scheme="https"))
    assert (environ["wsgi.url_scheme"], environ["HTTPS"]) == ("https", "on")
    assert "HTTPS" not in build_environ(request())


def test_the_target_is_there_as_it_came() -> None:
    environ = build_environ(request("/a%2Fb", target="/a%2Fb?x"))
    assert environ["REQUEST_URI"] == "/a%2Fb?x"
