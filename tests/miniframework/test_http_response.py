import json
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from miniframework import http
from miniframework.exceptions import DisallowedRedirect
from miniframework.http import (
    BadHeaderError,
    FileResponse,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseNotModified,
    HttpResponseRedirect,
    JsonResponse,
    StreamingHttpResponse,
)


@pytest.mark.parametrize(
    ("content", "sent"),
    [
        ("é", "é".encode()),
        (b"\xff", b"\xff"),
        (memoryview(b"x"), b"x"),
        (["a", b"b", 1], b"ab1"),
        (7, b"7"),
        (None, b"None"),
    ],
)
def test_any_content_becomes_bytes(content: Any, sent: bytes) -> None:
    assert HttpResponse(content).content == sent


def test_fields_have_names_without_case() -> None:
    response = HttpResponse(headers={"X-One": "1"})
    assert response["x-one"] == response.headers["X-ONE"] == "1"
    response["x-one"] = 2
    assert dict(response.items())["x-one"] == "2"
    del response["X-One"]
    assert "x-one" not in response


@pytest.mark.parametrize("value", ["a\r\nSet-Cookie: b=1", "a\nb", "a\rb", "a\x00b"])
def test_no_value_can_start_a_field_of_its_own(value: str) -> None:
    with pytest.raises(BadHeaderError):
        HttpResponse()["X-Name"] = value


@pytest.mark.parametrize("name", ["", "a b", "a:b", "a\r\nb", "é"])
def test_only_a_token_is_a_name(name: str) -> None:
    with pytest.raises(BadHeaderError):
        HttpResponse()[name] = "x"


def test_text_outside_latin_1_travels_as_utf_8() -> None:
    response = HttpResponse(headers={"X-Name": "日本"})
    assert response["X-Name"].encode("latin-1") == "日本".encode()


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("HttpResponseBadRequest", 400),
        ("HttpResponseForbidden", 403),
        ("HttpResponseNotFound", 404),
        ("HttpResponseGone", 410),
        ("HttpResponseServerError", 500),
    ],
)
def test_each_class_has_its_status(name: str, status: int) -> None:
    assert getattr(http, name)("x").status_code == status


@pytest.mark.parametrize("status", [99, 600, "abc"])
def test_a_status_is_a_status(status: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        HttpResponse(status=status)


def test_405_names_the_methods_and_304_has_no_content() -> None:
    assert HttpResponseNotAllowed(["GET", "HEAD"])["Allow"] == "GET, HEAD"
    response = HttpResponseNotModified()
    assert (response.content, "Content-Type" in response) == (b"", False)
    with pytest.raises(AttributeError):
        response.content = b"x"


def test_a_redirect_goes_to_ascii() -> None:
    response = HttpResponseRedirect("/café/?q=a b")
    assert response.url == "/caf%C3%A9/?q=a%20b"
    assert response.status_code == 302


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "http://[x"])
def test_a_redirect_goes_to_a_safe_scheme(url: str) -> None:
    with pytest.raises(DisallowedRedirect):
        HttpResponseRedirect(url)


def test_json_is_a_dict_unless_told() -> None:
    response = JsonResponse({"day": date(2026, 1, 2)})
    assert json.loads(response.content) == {"day": "2026-01-02"}
    assert response["Content-Type"] == "application/json"
    with pytest.raises(TypeError, match="safe=False"):
        JsonResponse([1])
    assert JsonResponse([1], safe=False).content == b"[1]"


def test_a_stream_is_pulled_piece_by_piece_and_closed() -> None:
    events = []

    def pieces() -> Any:
        try:
            events.append("first")
            yield "a"
            events.append("second")
            yield b"b"
        finally:
            events.append("closed")

    response = StreamingHttpResponse(pieces())
    assert events == []
    assert next(iter(response)) == b"a"
    response.close()
    assert events == ["first", "closed"]


def test_a_file_says_its_length_type_and_name(tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    path.write_bytes(b"12345")
    response = FileResponse(path.open("rb"), as_attachment=True)
    assert response["Content-Length"] == "5"
    assert response["Content-Type"] == "image/png"
    assert response["Content-Disposition"] == 'attachment; filename="photo.png"'
    assert b"".join(response) == b"12345"
    response.close()
    assert response.file_to_stream.closed


def test_a_file_name_beyond_ascii_is_encoded() -> None:
    response = FileResponse(BytesIO(b""), as_attachment=True, filename="é.txt")
    assert response["Content-Disposition"] == "attachment; filename*=utf-8''%C3%A9.txt"


def test_a_file_of_compressed_bytes_is_not_unpacked_on_the_way() -> None:
    assert FileResponse(BytesIO(b""), filename="a.tar.gz")["Content-Type"] == "application/gzip"
