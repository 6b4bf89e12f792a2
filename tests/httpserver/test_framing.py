"""Where bodies end, coming in and going out (RFC 9112, 6 and 7)."""

import io
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httpserver.framing import (
    LAST_CHUNK,
    ChunkedReader,
    Framing,
    HandlerError,
    LengthReader,
    body_framing,
    chunk,
    response_head,
)
from httpserver.limits import Limits
from httpserver.messages import File, Headers, HTTPError, Request, Response

LIMITS = Limits(body=1000, chunk_line=20, trailers=50)
CL, TE = "Content-Length", "Transfer-Encoding"

GOOD = {
    "neither": ([], "HTTP/1.1", (Framing.NONE, 0)),
    "length": ([(CL, "5")], "HTTP/1.1", (Framing.LENGTH, 5)),
    "length 0": ([(CL, "0")], "HTTP/1.1", (Framing.NONE, 0)),
    "leading zeros": ([(CL, "007")], "HTTP/1.0", (Framing.LENGTH, 7)),
    "chunked": ([(TE, "chunked")], "HTTP/1.1", (Framing.CHUNKED, 0)),
    "Chunked": ([(TE, "Chunked")], "HTTP/1.1", (Framing.CHUNKED, 0)),
}


@pytest.mark.parametrize(("fields", "version", "expected"), GOOD.values(), ids=GOOD)
def test_framing(
    fields: list[tuple[str, str]], version: str, expected: tuple[Framing, int]
) -> None:
    assert body_framing(Headers(fields).by_name, version) == expected


BAD = {
    "both": ([(CL, "5"), (TE, "chunked")], "HTTP/1.1", 400),
    "repeated": ([(CL, "5"), (CL, "5")], "HTTP/1.1", 400),
    "list": ([(CL, "5, 5")], "HTTP/1.1", 400),
    "sign": ([(CL, "+5")], "HTTP/1.1", 400),
    "negative": ([(CL, "-5")], "HTTP/1.1", 400),
    "underscore": ([(CL, "1_0")], "HTTP/1.1", 400),
    "hexadecimal": ([(CL, "0x5")], "HTTP/1.1", 400),
    "superscript": ([(CL, "\xb2")], "HTTP/1.1", 400),
    "empty": ([(CL, "")], "HTTP/1.1", 400),
    "a million digits": ([(CL, "9" * 10**6)], "HTTP/1.1", 400),
    "chunked in 1.0": ([(TE, "chunked")], "HTTP/1.0", 400),
    "chunked twice": ([(TE, "chunked, chunked")], "HTTP/1.1", 400),
    "chunked on two lines": ([(TE, "chunked"), (TE, "chunked")], "HTTP/1.1", 400),
    "chunked not last": ([(TE, "chunked, gzip")], "HTTP/1.1", 400),
    "not chunked": ([(TE, "gzip")], "HTTP/1.1", 400),
    "identity": ([(TE, "identity")], "HTTP/1.1", 400),
    "almost chunked": ([(TE, "xchunked")], "HTTP/1.1", 400),
    "quoted": ([(TE, '"chunked"')], "HTTP/1.1", 400),
    "another before": ([(TE, "gzip, chunked")], "HTTP/1.1", 501),
    "empty coding": ([(TE, "")], "HTTP/1.1", 400),
}


@pytest.mark.parametrize(("fields", "version", "status"), BAD.values(), ids=BAD)
def test_doubtful_framing_is_refused(
    fields: list[tuple[str, str]], version: str, status: int
) -> None:
    with pytest.raises(HTTPError) as caught:
        body_framing(Headers(fields).by_name, version)
    assert caught.value.status == status


def read_pieces(data: bytes, cuts: list[int]) -> tuple[object, ...]:
    """Feed a chunked reader; what came out, or the status of the error."""
    reader, buffer, out = ChunkedReader(LIMITS), bytearray(), b""
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    try:
        for start, end in pairwise(edges):
            buffer += data[start:end]
            out += reader.read(buffer)
    except HTTPError as error:
        return (error.status,)
    return out, reader.complete, bytes(buffer) if reader.complete else b"", reader.trailers.items()


CHUNKED = {
    "one": (b"5\r\nhello\r\n0\r\n\r\nrest", (b"hello", True, b"rest", [])),
    "two": (b"1\r\na\r\n0A\r\n0123456789\r\n000\r\n\r\n", (b"a0123456789", True, b"", [])),
    "extension": (b'1 ;a="b"\r\nx\r\n0;c\r\n\r\n', (b"x", True, b"", [])),
    "trailers": (b"0\r\nA: b\r\nC: d\r\n\r\n", (b"", True, b"", [("A", "b"), ("C", "d")])),
    "not yet whole": (b"5\r\nhel", (b"hel", False, b"", [])),
    "sign": (b"+1\r\na\r\n", (400,)),
    "0x": (b"0x1\r\na\r\n", (400,)),
    "space": (b"1 \r\na\r\n", (400,)),
    "space before": (b" 1\r\na\r\n", (400,)),
    "empty size": (b"\r\n", (400,)),
    "underscore": (b"1_0\r\na", (400,)),
    "bare LF": (b"1\na\r\n0\r\n\r\n", (400,)),
    "bare LF in an extension": (b"1;a\nb\r\nx\r\n", (400,)),
    "data too long": (b"1\r\nab\r\n", (400,)),
    "data ends in LF": (b"1\r\na\n0\r\n\r\n", (400,)),
    "long extension": (b"1;" + b"a" * 20 + b"\r\n", (400,)),
    "endless size": (b"0" * 50, (400,)),
    "too long": (b"3E9\r\n", (413,)),
    "too long together": (b"1\r\na\r\n3E8\r\n", (413,)),
    "bad trailer": (b"0\r\nA : b\r\n\r\n", (400,)),
    "long trailers": (b"0\r\nA: " + b"b" * 60, (431,)),
}


@pytest.mark.parametrize(("data", "expected"), CHUNKED.values(), ids=CHUNKED)
def test_chunked_bodies(data: bytes, expected: tuple[object, ...]) -> None:
    assert read_pieces(data, []) == expected
    assert read_pieces(data, list(range(len(data)))) == expected


@given(
    st.one_of(st.sampled_from([data for data, _ in CHUNKED.values()]), st.binary(max_size=60)),
    st.lists(st.integers(0, 60), max_size=6),
)
def test_any_split_of_a_chunked_body_gives_the_same(data: bytes, cuts: list[int]) -> None:
    whole, pieces = read_pieces(data, []), read_pieces(data, cuts)
    assert pieces == whole


@given(st.lists(st.binary(max_size=50), max_size=10))
def test_chunks_that_are_written_are_read_again(parts: list[bytes]) -> None:
    wire = b"".join(chunk(part) for part in parts) + LAST_CHUNK
    assert read_pieces(wire, [3, 9]) == (b"".join(parts), True, b"", [])


def test_a_length_reader_leaves_the_next_request_alone() -> None:
    reader, buffer = LengthReader(3), bytearray(b"abcGET")
    assert reader.read(buffer) == b"abc"
    assert reader.complete
    assert buffer == b"GET"


# --- The way out ---


def head_of(
    response: Response, method: str = "GET", version: str = "HTTP/1.1", keep_alive: bool = True
) -> tuple[str, Framing, int, bool]:
    """The head without status line and Date, and how the body follows."""
    request = Request(method, "/", version=version)
    head, framing, length, keep_alive = response_head(request, response, keep_alive, "")
    lines = head.decode("latin-1").split("\r\n")
    assert lines[-2:] == ["", ""]
    fields = [line for line in lines[1:-2] if not line.startswith("Date: ")]
    return "|".join(fields), framing, length, keep_alive


OUT = {
    "bytes": (Response(200, [], b"abc"), "GET", "Content-Length: 3", Framing.LENGTH),
    "empty": (Response(200), "GET", "Content-Length: 0", Framing.LENGTH),
    "iterable": (Response(200, [], [b"a"]), "GET", "Transfer-Encoding: chunked", Framing.CHUNKED),
    "iterable of told length": (
        Response(200, [(CL, "1")], [b"a"]),
        "GET",
        "Content-Length: 1",
        Framing.LENGTH,
    ),
    "file": (
        Response(200, [], File(io.BytesIO(), 0, 9)),
        "GET",
        "Content-Length: 9",
        Framing.LENGTH,
    ),
    "HEAD": (Response(200, [], b"abc"), "HEAD", "Content-Length: 3", Framing.NONE),
    "HEAD told": (Response(200, [(CL, "7")]), "HEAD", "Content-Length: 7", Framing.NONE),
    "HEAD untold": (Response(200, [], [b"a"]), "HEAD", "", Framing.NONE),
    "204": (Response(204, [(CL, "0")]), "GET", "", Framing.NONE),
    "205": (Response(205, [], b"no"), "GET", "Content-Length: 0", Framing.LENGTH),
    "304": (Response(304), "GET", "", Framing.NONE),
    "304 told": (Response(304, [(CL, "7")]), "GET", "Content-Length: 7", Framing.NONE),
    "hop-by-hop": (
        Response(200, [(TE, "gzip"), ("Keep-Alive", "x")], b""),
        "GET",
        "Content-Length: 0",
        Framing.LENGTH,
    ),
}


@pytest.mark.parametrize(("response", "method", "fields", "framing"), OUT.values(), ids=OUT)
def test_response_framing(response: Response, method: str, fields: str, framing: Framing) -> None:
    assert head_of(response, method)[:2] == (fields, framing)


@pytest.mark.parametrize(
    ("response", "method", "fields"),
    [
        (Response(200), "HEAD", ""),
        (Response(200, [], File(io.BytesIO(), 0, 9)), "HEAD", "Content-Length: 9"),
        (Response(304, [], b"abc"), "GET", "Content-Length: 3"),
        (Response(304, [(CL, "3")], b"abc"), "GET", "Content-Length: 3"),
    ],
    ids=["empty", "file", "304 with a body", "304 told the same"],
)
def test_an_answer_without_its_body_speaks_of_the_full_one(
    response: Response, method: str, fields: str
) -> None:
    assert head_of(response, method)[:3] == (fields, Framing.NONE, 0)


def test_what_follows_a_change_of_protocol_ends_with_the_connection() -> None:
    fields, framing, _, keep_alive = head_of(Response(101, [("Upgrade", "websocket")]))
    assert (framing, keep_alive) == (Framing.CLOSE, False)
    assert fields == "Upgrade: websocket|Connection: Upgrade"


def test_the_length_of_an_iterable_is_what_it_was_told_in_1_0_too() -> None:
    told = Response(200, [(CL, "1")], [b"a"])
    assert head_of(told, version="HTTP/1.0")[1:3] == (Framing.LENGTH, 1)


def test_http_1_0_gets_no_chunks() -> None:
    fields, framing, _, keep_alive = head_of(Response(200, [], [b"a"]), version="HTTP/1.0")
    assert (fields, framing, keep_alive) == ("Connection: close", Framing.CLOSE, False)


def test_keep_alive_is_said_in_1_0_and_close_in_both() -> None:
    assert "Connection: keep-alive" in head_of(Response(200), version="HTTP/1.0")[0]
    assert "Connection: close" in head_of(Response(200), keep_alive=False)[0]
    assert head_of(Response(200, [("Connection", "close")]))[3] is False


def test_date_and_server_are_added_where_absent() -> None:
    head = response_head(Request("GET", "/"), Response(200), True, "us")[0]
    assert b"\r\nDate: " in head
    assert b"\r\nServer: us\r\n" in head
    own = Response(200, [("date", "x"), ("SERVER", "y")])
    head = response_head(Request("GET", "/"), own, True, "us")[0]
    assert head.lower().count(b"date:") == head.lower().count(b"server:") == 1


WRONG = {
    "CR LF in a value": Response(200, [("A", "b\r\nC: d")]),
    "CR": Response(200, [("A", "b\rc")]),
    "LF": Response(200, [("A", "b\nc")]),
    "NUL": Response(200, [("A", "\0")]),
    "CR LF in a name": Response(200, [("A: b\r\nC", "d")]),
    "name is no token": Response(200, [("A B", "c")]),
    "no name": Response(200, [("", "c")]),
    "CR LF in the reason": Response(200, reason="a\r\nB: c"),
    "not latin-1": Response(200, [("A", "€")]),
    "length that is wrong": Response(200, [(CL, "5")], b"abc"),
    "length that is none": Response(200, [(CL, "x")], [b"abc"]),
    "two lengths": Response(200, [(CL, "3"), (CL, "3")], b"abc"),
    "interim status": Response(100),
    "status out of range": Response(1000),
}


@pytest.mark.parametrize("response", WRONG.values(), ids=WRONG)
def test_what_must_not_be_written_is_the_handlers_error(response: Response) -> None:
    with pytest.raises(HandlerError):
        response_head(Request("GET", "/"), response, True, "us")


def test_the_line_that_is_wrong_is_named() -> None:
    response = Response(200, [("Good", "x"), ("Bad", "y\nZ: z"), ("Fine", "z")])
    with pytest.raises(HandlerError, match=r"NUL: 'Bad: y\\nZ: z"):
        response_head(Request("GET", "/"), response, True)
    with pytest.raises(HandlerError, match="latin-1: 'A: bc€"):
        response_head(Request("GET", "/"), Response(200, [("A", "bc€")], b""), True)
