"""gzip on the way out: when it is right, what it changes, and what it must leave alone."""

import gzip
import zlib
from collections.abc import Iterator
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httpserver import Request, Response
from httpserver.compression import Gzip, GzipParts, GzipSource, accepts_gzip
from httpserver.messages import Field, File, Headers, Source

TEXT = b"All work and no play. " * 50
HTML = ("Content-Type", "text/html; charset=utf-8")


def asked(encoding: str | None = "gzip", method: str = "GET") -> Request:
    fields: list[Field] = [] if encoding is None else [("Accept-Encoding", encoding)]
    return Request(method, "/", headers=Headers(fields))


def applied(response: Response, request: Request | None = None) -> dict[str, str]:
    Gzip().apply(request or asked(), response)
    return {name.lower(): value for name, value in response.headers}


def test_text_is_compressed_and_says_so() -> None:
    etag, length = ("ETag", '"a"'), ("Content-Length", str(len(TEXT)))
    response = Response(200, [HTML, etag, length, ("Accept-Ranges", "bytes")], TEXT)
    fields = applied(response)
    assert isinstance(response.body, bytes)
    assert gzip.decompress(response.body) == TEXT
    assert len(response.body) < len(TEXT) / 5
    assert fields["content-encoding"] == "gzip"
    assert fields["vary"] == "Accept-Encoding"
    assert fields["etag"] == 'W/"a"'
    assert "content-length" not in fields
    assert "accept-ranges" not in fields


LEFT_ALONE = {
    "short": Response(200, [HTML], b"short"),
    "an image": Response(200, [("Content-Type", "image/png")], TEXT),
    "no type": Response(200, [], TEXT),
    "compressed already": Response(200, [HTML, ("Content-Encoding", "br")], TEXT),
    "a part": Response(206, [HTML, ("Content-Range", "bytes 0-9/100")], TEXT),
    "said in a second line": Response(
        200, [HTML, ("Cache-Control", "No-Transform"), ("Cache-Control", "private")], TEXT
    ),
    "not to be transformed": Response(200, [HTML, ("Cache-Control", "no-transform")], TEXT),
}


@pytest.mark.parametrize("response", LEFT_ALONE.values(), ids=LEFT_ALONE)
def test_what_is_left_alone(response: Response) -> None:
    before, fields = response.body, list(response.headers)
    assert applied(response).get("content-encoding") != "gzip"
    assert response.body is before
    assert [field for field in response.headers if field[0] != "Vary"] == fields


def test_caches_are_told_even_where_this_client_reads_no_gzip() -> None:
    response = Response(200, [HTML, ("Vary", "Cookie")], TEXT)
    fields = applied(response, asked(None))
    assert fields["vary"] == "Cookie, Accept-Encoding"
    assert response.body is TEXT
    assert applied(Response(304))["vary"] == "Accept-Encoding"


def test_head_has_the_fields_of_get() -> None:
    fields = applied(Response(200, [HTML, ("Content-Length", "2000")]), asked(method="HEAD"))
    assert fields["content-encoding"] == "gzip"
    assert "content-length" not in fields


@pytest.mark.parametrize(
    ("field", "accepted"),
    [
        (None, False),
        ("", False),
        ("gzip", True),
        ("GZIP", True),
        ("br, gzip;q=0.5", True),
        ("gzip;q=0", False),
        ("gzip; q=0.000", False),
        ("*", True),
        ("*;q=0", False),
        ("gzip;q=0, *", False),
        ("identity", False),
        ("x-gzip", True),
        ("gzip;q=nonsense", False),
    ],
)
def test_accept_encoding(field: str | None, accepted: bool) -> None:
    assert accepts_gzip(field) is accepted


@given(st.text(alphabet="gzip*;q=0.1, identity\t", max_size=40))
def test_no_accept_encoding_is_too_odd(field: str) -> None:
    assert accepts_gzip(field) in (True, False)


class Made(Source):
    def __init__(self, steps: list[tuple[bytes | None, bool]]) -> None:
        self.steps = steps
        self.abandoned = False

    def take(self) -> tuple[bytes | None, bool]:
        return self.steps.pop(0)

    def abandon(self) -> None:
        self.abandoned = True


@given(st.lists(st.binary(max_size=200), max_size=8))
def test_what_is_compressed_by_parts_is_what_it_was(parts: list[bytes]) -> None:
    packed = b"".join(GzipParts(iter(parts), 5))
    assert gzip.decompress(packed) == b"".join(parts)
    source = GzipSource(Made([*[(part, False) for part in parts], (b"", True)]), 5)
    packed = b""
    finished = False
    while not finished:
        data, finished = source.take()
        assert data is not None
        packed += data
    assert gzip.decompress(packed) == b"".join(parts)


def test_a_live_stream_does_not_wait_for_its_end() -> None:
    def live() -> Iterator[bytes]:
        yield b"first"
        raise AssertionError("asked for more than was needed")

    unpacker = zlib.decompressobj(wbits=31)
    assert unpacker.decompress(next(GzipParts(live(), 5))) == b"first"


def test_a_file_is_compressed_by_parts_and_closed() -> None:
    file = BytesIO(TEXT * 500)
    parts = GzipParts(File(file, 0, len(TEXT) * 500), 5)
    packed = list(parts)
    assert gzip.decompress(b"".join(packed)) == TEXT * 500
    assert all(packed)
    parts.close()
    assert file.closed


def test_a_source_that_fails_or_is_left_is_not_completed() -> None:
    made = Made([(None, True)])
    source = GzipSource(made, 5)
    assert source.take() == (None, True)
    source.abandon()
    assert made.abandoned


@pytest.mark.parametrize("body", [b"short", TEXT], ids=["short", "long"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_head_says_what_get_says(body: bytes, method: str) -> None:
    fields = [HTML, ("ETag", '"a"'), ("Content-Length", str(len(body)))]
    response = Response(200, fields, body)
    said = applied(response, asked(method=method))
    is_packed = body is TEXT
    assert (said.get("content-encoding") == "gzip") is is_packed
    assert said["etag"] == ('W/"a"' if is_packed else '"a"')
    assert ("content-length" in said) is not is_packed
    assert method == "GET" or not is_packed or not isinstance(response.body, bytes)


def test_not_modified_names_what_the_client_has() -> None:
    for known, said in [('W/"a"', 'W/"a"'), ('"a"', '"a"')]:
        request = asked()
        request.headers = Headers([("Accept-Encoding", "gzip"), ("If-None-Match", known)])
        assert applied(Response(304, [("ETag", '"a"')]), request)["etag"] == said
