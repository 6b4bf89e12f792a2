from encodings.aliases import aliases
from typing import Any

import pytest

from miniframework.exceptions import BadRequest, DisallowedHost, RequestDataTooBig
from miniframework.http import HttpRequest, HttpResponse, RawPostDataException, UnreadablePostError
from miniframework.signing import BadSignature
from miniframework.test import RequestFactory, override_settings

FORM = "application/x-www-form-urlencoded"
factory = RequestFactory()


def test_the_parts_of_a_request() -> None:
    request = factory.get("/polls/?tag=a&tag=b", headers={"User-Agent": "me"}, HTTP_COOKIE="c=1")
    assert (request.method, request.path, request.path_info) == ("GET", "/polls/", "/polls/")
    assert request.GET.getlist("tag") == ["a", "b"]
    assert request.COOKIES == {"c": "1"}
    assert request.headers["user-agent"] == request.headers["USER_AGENT"] == "me"
    assert (request.POST.dict(), request.body) == ({}, b"")
    assert request.get_full_path() == "/polls/?tag=a&tag=b"


@pytest.mark.parametrize(
    ("host", "allowed", "debug", "accepted"),
    [
        ("example.com", ["example.com"], False, True),
        ("EXAMPLE.com:8000", ["example.com"], False, True),
        ("example.com.", ["example.com"], False, True),
        ("www.example.com", ["example.com"], False, False),
        ("www.example.com", [".example.com"], False, True),
        ("example.com", [".example.com"], False, True),
        ("evilexample.com", [".example.com"], False, False),
        ("anything", ["*"], False, True),
        ("[::1]:8000", ["[::1]"], False, True),
        ("localhost:8000", [], True, True),
        ("polls.localhost", [], True, True),
        ("127.0.0.1", [], True, True),
        ("evil.example", [], True, False),
        ("localhost", [], False, False),
        ("example.com@evil.example", ["*"], False, False),
        ("example.com/path", ["*"], False, False),
        ("exa mple.com", ["*"], False, False),
        ("example.com:80:80", ["*"], False, False),
        ("", ["*"], False, False),
        ("example.com\n", ["*"], False, False),
    ],
)
def test_only_allowed_hosts_count(
    host: str, allowed: list[str], debug: bool, accepted: bool
) -> None:
    request = factory.get("/", HTTP_HOST=host)
    with override_settings(ALLOWED_HOSTS=allowed, DEBUG=debug):
        if accepted:
            assert request.get_host() == host
        else:
            with pytest.raises(DisallowedHost):
                request.get_host()


@pytest.mark.parametrize(
    ("location", "url"),
    [
        (None, "https://example.com/a/b%3F?q=1"),
        ("/x/", "https://example.com/x/"),
        ("c", "https://example.com/a/c"),
        ("http://other.example/", "http://other.example/"),
        ("/é", "https://example.com/%C3%A9"),
    ],
)
def test_an_absolute_url_is_built(location: str | None, url: str) -> None:
    request = factory.get("/a/b%3F?q=1", secure=True, HTTP_HOST="example.com")
    with override_settings(ALLOWED_HOSTS=["*"]):
        assert request.build_absolute_uri(location) == url


def test_a_path_with_two_slashes_is_not_another_host() -> None:
    request = factory.get("/", HTTP_HOST="example.com", PATH_INFO="//evil.example/x")
    with override_settings(ALLOWED_HOSTS=["*"]):
        assert request.build_absolute_uri() == "http://example.com//evil.example/x"


def test_a_proxy_says_https_only_where_the_settings_trust_it() -> None:
    request = factory.get("/", HTTP_X_FORWARDED_PROTO="https")
    assert not request.is_secure()
    with override_settings(SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https")):
        assert request.is_secure()


def test_a_form_is_read_once_and_the_body_stays() -> None:
    request = factory.post("/", {"a": ["1", "2"]}, FORM)
    assert request.POST.getlist("a") == ["1", "2"]
    assert request.body == b"a=1&a=2"
    assert request.read() == b"a=1&a=2"


def test_a_body_read_as_a_stream_is_not_kept() -> None:
    request = factory.post("/", b"line 1\nline 2", "text/plain")
    assert list(request) == [b"line 1\n", b"line 2"]
    with pytest.raises(RawPostDataException):
        _ = request.body


def test_a_form_after_its_body_was_looked_at_is_still_a_form() -> None:
    request = factory.post("/", {"a": "1"})
    assert b"form-data" in request.body
    assert request.POST["a"] == "1"


def test_a_body_past_the_limit_is_refused() -> None:
    request = factory.post("/", b"x" * 100, "text/plain")
    with override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=99), pytest.raises(RequestDataTooBig):
        _ = request.body


def test_a_body_that_ends_early_is_unreadable() -> None:
    with pytest.raises(UnreadablePostError, match="5 bytes before"):
        _ = factory.post("/", b"12345", "text/plain", CONTENT_LENGTH="10").body


def test_a_body_ends_at_its_length_though_the_stream_goes_on() -> None:
    assert factory.post("/", b"12345NEXT", "text/plain", CONTENT_LENGTH="5").body == b"12345"


def test_a_form_in_an_encoding_of_its_own_is_refused() -> None:
    request = factory.post("/", b"a=1", f"{FORM}; charset=utf-16")
    with pytest.raises(BadRequest):
        _ = request.POST
    assert request.POST.dict() == {}  # so that an error page can show the form


@pytest.mark.parametrize(
    ("path", "seen"),
    [("/caf%C3%A9", "/café"), ("/%FF", "/%FF"), ("", "/"), ("/a%2Fb", "/a/b")],
)
def test_the_path_is_text(path: str, seen: str) -> None:
    assert factory.get(path).path == seen


def test_a_mounted_application_knows_its_prefix() -> None:
    request = factory.get("/polls/", SCRIPT_NAME="/site")
    assert (request.path, request.path_info) == ("/site/polls/", "/polls/")


def test_a_signed_cookie_cannot_be_changed() -> None:
    with override_settings(SECRET_KEY="k"):
        response = HttpResponse()
        response.set_signed_cookie("user", "7", salt="s")
        request = HttpRequest()
        request.COOKIES = {"user": response.cookies["user"].value}
        assert request.get_signed_cookie("user", salt="s") == "7"
        request.COOKIES["user"] = "8" + request.COOKIES["user"][1:]
        with pytest.raises(BadSignature):
            request.get_signed_cookie("user", salt="s")
        assert request.get_signed_cookie("user", default=None, salt="s") is None
        with pytest.raises(KeyError):
            request.get_signed_cookie("other")


def test_an_uploaded_file_closes_with_the_request(tmp_path: Any) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"content")
    with path.open("rb") as file:
        request = factory.post("/", {"f": file})
    assert request.FILES["f"].name == "a.txt"
    assert request.FILES["f"].read() == b"content"
    request.close()
    assert request.FILES["f"].closed


@pytest.mark.parametrize(
    ("content_type", "charset", "encoding"),
    [
        ("text/plain; charset=latin-1", "latin-1", "latin-1"),
        ("text/plain; charset*=utf-8''x", "x", None),
        ("text/plain; charset*=utf-8''latin-1", "latin-1", "latin-1"),
        ("text/plain; charset=hex", "hex", None),
        ("text/plain; charset=idna", "idna", None),
        ("text/plain; charset=Punycode", "Punycode", None),
        ("text/plain; charset=unicode_escape", "unicode_escape", None),
        ("text/plain; charset=\x00", "\x00", None),
        ("text/plain; charset=", "", None),
    ],
)
def test_a_charset_that_is_none_is_ignored(
    content_type: str, charset: str, encoding: str | None
) -> None:
    request = factory.get("/?a=b%ff", CONTENT_TYPE=content_type)
    assert request.content_params["charset"] == charset
    assert request.encoding == encoding
    assert request.GET["a"].startswith("b")


@pytest.mark.parametrize("name", sorted(set(aliases.values())))
def test_no_encoding_of_python_makes_reading_fail(name: str) -> None:
    data = bytes(range(256)) + bytes(range(255, -1, -1))
    query = "a=" + "".join(f"%{byte:02x}" for byte in data)
    request = factory.get(f"/?{query}", CONTENT_TYPE=f"text/plain; charset={name}")
    assert len(request.GET) == 1


def test_a_form_in_an_encoding_that_no_browser_knows_is_refused() -> None:
    request = factory.post("/", {"a": "\xff"})
    request.encoding = "idna"
    with pytest.raises(BadRequest, match="idna"):
        _ = request.POST
