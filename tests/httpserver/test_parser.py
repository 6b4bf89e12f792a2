"""The head of a request, by the sections of RFC 9112."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httpserver.limits import Limits
from httpserver.messages import BadRequest, HeaderFieldsTooLarge, HTTPError, URITooLong
from httpserver.parser import BARE, _other_form, find_head_end, parse_head

LIMITS = Limits()


def head(line: bytes = b"GET / HTTP/1.1", *fields: bytes) -> bytes:
    return b"\r\n".join([line, *(fields or (b"Host: a",)), b"", b""])


def status_of(data: bytes, limits: Limits = LIMITS) -> int:
    """200 where the head is good, else the error's status."""
    try:
        parse_head(data[: find_head_end(data, 0, limits)], limits)
    except HTTPError as error:
        return error.status
    return 200


def test_a_head_is_taken_apart() -> None:
    request = parse_head(
        head(b"GET /a%20b?c=d?e HTTP/1.1", b"Host: x:80", b"A:\t1 2 \t", b"E:"), LIMITS
    )
    assert (request.method, request.target, request.version) == ("GET", "/a%20b?c=d?e", "HTTP/1.1")
    assert (request.path, request.query) == ("/a%20b", "c=d?e")
    assert request.headers.items() == [("Host", "x:80"), ("A", "1 2"), ("E", "")]


LINES = {
    "plain": (b"GET / HTTP/1.1", 200),
    "any token is a method": (b"M-SEARCH! / HTTP/1.1", 200),
    "double slash": (b"GET //x HTTP/1.1", 200),
    "empty query": (b"GET /? HTTP/1.1", 200),
    "as browsers leave it": (b"GET /a|b?c={[^`]}\\ HTTP/1.1", 200),
    "empty": (b"", 400),
    "no version": (b"GET /", 400),
    "two spaces": (b"GET  / HTTP/1.1", 400),
    "tab": (b"GET\t/ HTTP/1.1", 400),
    "space at the end": (b"GET / HTTP/1.1 ", 400),
    "space at the start": (b" GET / HTTP/1.1", 400),
    "space in the target": (b"GET /a b HTTP/1.1", 400),
    "method is no token": (b"G(T / HTTP/1.1", 400),
    "fragment": (b"GET /#x HTTP/1.1", 400),
    "quote": (b'GET /" HTTP/1.1', 400),
    "raw byte in the target": (b"GET /\xc3\xa9 HTTP/1.1", 400),
    "NUL": (b"GET /\0 HTTP/1.1", 400),
    "no slash": (b"GET x HTTP/1.1", 400),
    "authority form": (b"CONNECT a:80 HTTP/1.1", 400),
    "asterisk": (b"OPTIONS * HTTP/1.1", 200),
    "asterisk with GET": (b"GET * HTTP/1.1", 400),
    "absolute": (b"GET http://a/b HTTP/1.1", 200),
    "absolute with a user": (b"GET http://u@a/b HTTP/1.1", 400),
    "absolute without a host": (b"GET http:///b HTTP/1.1", 400),
    "absolute of another scheme": (b"GET ftp://a/b HTTP/1.1", 400),
    "1.0": (b"GET / HTTP/1.0", 200),
    "1.9": (b"GET / HTTP/1.9", 200),
    "2.0": (b"PRI * HTTP/2.0", 505),
    "3.0": (b"GET / HTTP/3.0", 505),
    "0.9": (b"GET / HTTP/0.9", 400),
    "small http": (b"GET / http/1.1", 400),
    "1.10": (b"GET / HTTP/1.10", 400),
    "bare CR": (b"GET / HTTP/1.1\rX: y", 400),
}


@pytest.mark.parametrize(("line", "status"), LINES.values(), ids=LINES)
def test_request_lines(line: bytes, status: int) -> None:
    assert status_of(head(line)) == status


FIELDS = {
    "obs-text": (b"A: \xe9", 200),
    "HTAB inside": (b"A: b\tc", 200),
    "colon in the value": (b"A: b:c", 200),
    "every tchar": (b"!#$%&'*+-.^_`|~09azAZ: x", 200),
    "space before the colon": (b"A : b", 400),
    "no colon": (b"A", 400),
    "no name": (b": b", 400),
    "name is no token": (b"A(: b", 400),
    "obs-fold": (b"A: b\r\n c", 400),
    "first line folded": (b" A: b", 400),
    "NUL": (b"A: \0", 400),
    "control": (b"A: \x0b", 400),
    "DEL": (b"A: \x7f", 400),
    "bare LF": (b"A: b\nC: d", 400),
    "bare CR": (b"A: b\rC: d", 400),
    "CR CR LF": (b"A: b\r\r\nC: d", 400),
    "bytes above ASCII in a name": (b"\xc3\xa9: b", 400),
}


@pytest.mark.parametrize(("field", "status"), FIELDS.values(), ids=FIELDS)
def test_field_lines(field: bytes, status: int) -> None:
    assert status_of(head(b"GET / HTTP/1.1", b"Host: a", field)) == status


HOSTS = {
    "name": ([b"Host: example.com"], 200),
    "port": ([b"Host: example.com:8080"], 200),
    "IPv6": ([b"Host: [::1]:80"], 200),
    "two": ([b"Host: a", b"Host: a"], 400),
    "none": ([b"A: b"], 400),
    "empty": ([b"Host:"], 400),
    "path": ([b"Host: a/b"], 400),
    "user": ([b"Host: u@a"], 400),
    "list": ([b"Host: a, b"], 400),
    "port is no number": ([b"Host: a:b"], 400),
}


@pytest.mark.parametrize(("fields", "status"), HOSTS.values(), ids=HOSTS)
def test_hosts(fields: list[bytes], status: int) -> None:
    assert status_of(head(b"GET / HTTP/1.1", *fields)) == status


def test_http_1_0_may_leave_out_the_host_but_not_repeat_it() -> None:
    assert status_of(head(b"GET / HTTP/1.0", b"A: b")) == 200
    assert status_of(head(b"GET / HTTP/1.0", b"Host: a", b"Host: b")) == 400


def test_the_absolute_form_wins_over_host() -> None:
    request = parse_head(head(b"GET http://real:81/p?q HTTP/1.1", b"A: 1", b"Host: fake"), LIMITS)
    assert request.headers["host"] == "real:81"
    assert len(request.headers.get_all("host")) == 1
    assert (request.path, request.query) == ("/p", "q")


def test_an_absolute_target_without_a_path() -> None:
    assert parse_head(head(b"GET http://a HTTP/1.1"), LIMITS).path == "/"
    assert parse_head(head(b"OPTIONS http://a HTTP/1.1"), LIMITS).path == "*"
    assert parse_head(head(b"OPTIONS http://a?q HTTP/1.1"), LIMITS).path == "/"


OTHER_FORMS = {
    "asterisk": ("OPTIONS", "*", ("*", "", None)),
    "all of it": ("GET", "http://a:81/p?q", ("/p", "q", "a:81")),
    "no path": ("GET", "http://a", ("/", "", "a")),
    "OPTIONS without a path": ("OPTIONS", "http://a", ("*", "", "a")),
    "OPTIONS with a path": ("OPTIONS", "http://a/", ("/", "", "a")),
    "a query without a path": ("GET", "http://a?q", ("/", "q", "a")),
    "OPTIONS with a query without a path": ("OPTIONS", "http://a?q", ("/", "q", "a")),
    "an empty query": ("GET", "http://a/p?", ("/p", "", "a")),
    "https in capitals": ("GET", "HTTPS://a/", ("/", "", "a")),
    "IPv6": ("GET", "http://[fe80]:81/", ("/", "", "[fe80]:81")),
}


@pytest.mark.parametrize(("method", "target", "result"), OTHER_FORMS.values(), ids=OTHER_FORMS)
def test_other_forms(method: str, target: str, result: tuple[str, str, str | None]) -> None:
    assert _other_form(method, target) == result


NO_FORMS = {
    "asterisk with GET": ("GET", "*"),
    "authority": ("CONNECT", "a:80"),
    "another scheme": ("GET", "ftp://a/"),
    "a user": ("GET", "http://u@a/"),
    "no host": ("GET", "http:///p"),
    "a word": ("OPTIONS", "x"),
    "a fragment": ("GET", "http://a/#x"),
}


@pytest.mark.parametrize(("method", "target"), NO_FORMS.values(), ids=NO_FORMS)
def test_other_forms_that_are_none_are_bad_requests(method: str, target: str) -> None:
    with pytest.raises(BadRequest):
        _other_form(method, target)


BAD_HOSTS = {
    "none": [b"A: b"],
    "two": [b"Host: a", b"Host: a"],
    "a path": [b"Host: a/b"],
    "empty": [b"Host:"],
}


@pytest.mark.parametrize("fields", BAD_HOSTS.values(), ids=BAD_HOSTS)
def test_a_bad_host_is_refused_even_where_the_target_replaces_it(fields: list[bytes]) -> None:
    assert status_of(head(b"GET http://real/ HTTP/1.1", *fields)) == 400


def test_a_later_minor_version_is_spoken_to_as_1_1() -> None:
    assert parse_head(head(b"GET / HTTP/1.7"), LIMITS).version == "HTTP/1.1"


TOO_MUCH = {
    "request line at the limit": (head(b"GET /" + b"x" * 18 + b" HTTP/1.1"), 200),
    "request line": (head(b"GET /" + b"x" * 19 + b" HTTP/1.1"), 414),
    "endless request line": (b"x" * 100, 414),
    "head": (head(b"GET / HTTP/1.1", b"Host: a", b"A: " + b"x" * 200), 431),
    "fields": (head(b"GET / HTTP/1.1", b"Host: a", b"A:", b"B:", b"C:"), 431),
}


@pytest.mark.parametrize(("data", "status"), TOO_MUCH.values(), ids=TOO_MUCH)
def test_limits(data: bytes, status: int) -> None:
    assert status_of(data, Limits(request_line=32, head=200, fields=3)) == status


@pytest.mark.parametrize(("extra", "status"), [(0, 200), (1, 414)], ids=["at", "past"])
def test_a_whole_head_is_measured_once_more(extra: int, status: int) -> None:
    """For whoever calls `parse_head` with a head that `find_head_end` has not seen."""
    line = b"GET /" + b"x" * (18 + extra) + b" HTTP/1.1"
    limits = Limits(request_line=32, head=200)
    if status == 200:
        assert len(parse_head(head(line), limits).path) == 19
        return
    with pytest.raises(URITooLong):
        parse_head(head(line), limits)


WHOLE = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"

ENDS = {
    "whole": (WHOLE, 27),
    "more behind it": (WHOLE + b"rest", 27),
    "another head behind it": (WHOLE + WHOLE, 27),
    "a byte is missing": (WHOLE[:-1], -1),
    "two are missing": (WHOLE[:-2], -1),
    "nothing yet": (b"", -1),
}


@pytest.mark.parametrize(("data", "end"), ENDS.values(), ids=ENDS)
def test_a_head_end_is_found(data: bytes, end: int) -> None:
    assert find_head_end(data, 0, LIMITS) == end
    assert find_head_end(bytearray(data), 0, LIMITS) == end


@pytest.mark.parametrize("missing", [1, 2, 3, 4, 10], ids="{} bytes come later".format)
def test_a_head_end_astride_two_pieces_is_found(missing: int) -> None:
    assert find_head_end(WHOLE, len(WHOLE) - missing, LIMITS) == 27


@pytest.mark.parametrize(
    "before",
    [b"GET / HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\nHost: a\r\n"],
    ids=["the end of a head", "a bare line feed"],
)
def test_a_head_end_is_not_looked_for_twice(before: bytes) -> None:
    """Here `scanned` lies: what it calls looked at has something to find. Whoever finds it
    has looked again; and who looks at all bytes again for each that comes, has far too
    much to do when they come one by one."""
    data = before + b"A: " + b"b" * 20
    end = find_head_end(data, len(data) - 10, LIMITS)
    assert end == -1, "bytes that were looked at before were searched again"


NO_ENDS: dict[str, tuple[bytes, type[HTTPError]]] = {
    "a bare LF": (b"GET / HTTP/1.1\nHost", BadRequest),
    "a line that has no end": (b"x" * (LIMITS.request_line + 3), URITooLong),
    "a line that ends too late": (
        b"x" * (LIMITS.request_line + 1) + WHOLE[-4:], URITooLong,
    ),
    "a head that has no end": (WHOLE[:-2] + b"A: " + b"x" * LIMITS.head, HeaderFieldsTooLarge),
    "a head that ends too late": (
        WHOLE[:-2] + b"A: " + b"x" * LIMITS.head + WHOLE[-4:], HeaderFieldsTooLarge,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("data", "error"), NO_ENDS.values(), ids=NO_ENDS)
def test_a_head_end_is_not_waited_for_in_vain(data: bytes, error: type[HTTPError]) -> None:
    with pytest.raises(error) as caught:
        find_head_end(data, 0, LIMITS)
    assert error is not BadRequest or caught.value.detail == BARE


def test_a_head_end_at_the_limits_is_found() -> None:
    line = b"GET /" + b"x" * (LIMITS.request_line - 14) + b" HTTP/1.1\r\n"
    assert find_head_end(line + b"A: b\r\n\r\n", 0, LIMITS) == LIMITS.request_line + 10
    rest = b"A: " + b"x" * (LIMITS.head - len(WHOLE) - 5) + b"\r\n"
    assert find_head_end(WHOLE[:-2] + rest + b"\r\n", 0, LIMITS) == LIMITS.head
    assert find_head_end(line[:-2], 0, LIMITS) == -1


def test_a_bare_line_feed_is_refused_before_the_head_is_whole() -> None:
    with pytest.raises(HTTPError, match="CR or LF"):
        find_head_end(b"GET / HTTP/1.1\nHost: a\n\n", 0, LIMITS)


@given(st.binary(max_size=300))
def test_no_bytes_raise_anything_but_http_errors(data: bytes) -> None:
    assert status_of(head(data)) in (200, 400, 505)
    assert status_of(head(b"GET / HTTP/1.1", b"Host: a", data)) in (200, 400)


TOKENS = st.text("ABCabc-_!#", min_size=1, max_size=8)
VALUES = st.text(
    st.characters(max_codepoint=255, exclude_categories=["Cc"], exclude_characters=" \x7f"),
    max_size=20,
)


@given(TOKENS, st.lists(st.tuples(TOKENS, VALUES), max_size=10))
def test_what_is_written_is_read_again(method: str, fields: list[tuple[str, str]]) -> None:
    fields = [("Host", "a"), *fields]
    text = f"{method} /p?q HTTP/1.1\r\n" + "".join(f"{n}: {v}\r\n" for n, v in fields) + "\r\n"
    request = parse_head(text.encode("latin-1"), LIMITS)
    assert request.method == method
    assert request.headers.items() == fields


LONG_LINE = b"GET /" + b"x" * 30


@pytest.mark.parametrize(
    ("data", "scanned", "status"),
    [
        (b"GET /\n" + b"x" * 30, 0, 400),
        (LONG_LINE + b"\n", 0, 414),
        (b"GET /\r\nA\n", 8, 400),
        (b"GET /\r\n", 6, None),
        (b"GET /\r\nA: " + b"b" * 40 + b"\n", 0, 431),
    ],
    ids=[
        "before the line is too long", "after the line is too long", "the first byte not looked at",
        "its carriage return came before", "after the head is too long",
    ],
)  # fmt: skip
def test_the_earliest_fault_decides(data: bytes, scanned: int, status: int | None) -> None:
    limits = Limits(request_line=20, head=30)
    if status is None:
        assert find_head_end(data, scanned, limits) == -1
        return
    with pytest.raises(HTTPError) as caught:
        find_head_end(data, scanned, limits)
    assert caught.value.status == status


@pytest.mark.parametrize("target", [b"http://a/b", b"http://a", b"http://a/?"])
def test_an_absolute_target_without_a_query_has_an_empty_one(target: bytes) -> None:
    assert parse_head(head(b"GET " + target + b" HTTP/1.1"), LIMITS).query == ""


@pytest.mark.parametrize("line", [b"GET / HTTP/1.1", b"OPTIONS * HTTP/1.1"])
def test_an_empty_host_is_refused_since_there_is_no_default(line: bytes) -> None:
    assert status_of(head(line, b"Host:")) == 400


def test_no_head_takes_long_to_refuse() -> None:
    """Counted, not timed: the blanks could be cut in two in 60,000 ways, each to be looked at."""
    head = b"GET / HTTP/1.1\r\nHost: a\r\nA:" + b" " * 60_000 + b"\x01\r\n\r\n"
    watch = subprocess.run(
        [sys.executable, "-c", SECONDS_OF_WORK, repr(head)],
        capture_output=True,
        text=True,
    )
    assert watch.returncode == 0, watch.stderr


SECONDS_OF_WORK = """
import ast, resource, sys
from httpserver.limits import Limits
from httpserver.messages import HTTPError
from httpserver.parser import parse_head

resource.setrlimit(resource.RLIMIT_CPU, (10, 10))  # it took a hundred
try:
    parse_head(ast.literal_eval(sys.argv[1]), Limits())
except HTTPError:
    sys.exit(0)
sys.exit(1)
"""
