import json
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import django.conf
import django.http
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


@pytest.mark.parametrize(
    "url", ["javascript:x", "java\nscript:x", "\tjavascript:x", "data:x", "http://[x"]
)
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


@pytest.mark.parametrize("reason", ["OK\r\nX: y", "OK\nX: y", "OK\x00", "OK\x7f"])
def test_no_reason_can_start_a_field(reason: str) -> None:
    with pytest.raises(BadHeaderError):
        HttpResponse(reason=reason)
    with pytest.raises(BadHeaderError):
        HttpResponse().reason_phrase = reason


FILE_NAMES = ["a.txt", 'a"b.txt', "a\\b", "é.txt", "a\r\nX: y", "a\x00", "a\x7f", "../b.txt"]
FILE_NAMES += ["x.Z", "x.br", "x.tar.gz", "x.bz2", "x.unknown", ""]


@pytest.fixture
def django_settings() -> None:
    if not django.conf.settings.configured:
        django.conf.settings.configure()


@pytest.mark.parametrize("name", FILE_NAMES)
@pytest.mark.parametrize("as_attachment", [True, False])
def test_a_file_is_described_as_django_does(
    django_settings: None, name: str, as_attachment: bool
) -> None:
    ours = FileResponse(BytesIO(b"x"), as_attachment=as_attachment, filename=name)
    theirs = django.http.FileResponse(BytesIO(b"x"), as_attachment=as_attachment, filename=name)
    assert dict(ours.headers) == dict(theirs.headers)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (datetime(2020, 1, 2, 3, 4, 5, 678901, tzinfo=UTC), "2020-01-02T03:04:05.678Z"),
        (datetime(2020, 1, 2, 3, 4, 5), "2020-01-02T03:04:05"),
        (datetime(2020, 1, 2, 3, 4, 5, 999999), "2020-01-02T03:04:05.999"),
        (time(1, 2, 3, 4567), "01:02:03.004"),
        (date(2020, 1, 2), "2020-01-02"),
        (timedelta(1, 7384, 3), "P1DT02H03M04.000003S"),
        (timedelta(-1), "-P1DT00H00M00S"),
        (Decimal("1.50"), "1.50"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    ],
)
def test_values_that_json_does_not_know_are_text(
    django_settings: None, value: Any, text: str
) -> None:
    assert json.loads(JsonResponse({"v": value}).content) == {"v": text}
    assert django.http.JsonResponse({"v": value}).content == JsonResponse({"v": value}).content


def test_a_time_of_day_in_a_zone_is_no_json() -> None:
    with pytest.raises(ValueError, match="time zone"):
        JsonResponse({"v": time(1, tzinfo=UTC)})


def test_a_file_that_cannot_be_closed_is_sent_all_the_same() -> None:
    class Source:
        def read(self, size: int = -1) -> bytes:
            return b""

    FileResponse(Source()).close()  # type: ignore[arg-type]
