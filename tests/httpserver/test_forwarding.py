"""What a proxy passes on, what it says itself, and how it reads the answer."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httpserver.forwarding import (
    BadGateway,
    find_reply,
    parse_reply,
    passed_on,
    reply_fields,
    request_head,
    wanted_upgrade,
)
from httpserver.framing import CHUNKED, CLOSE, LENGTH, NONE, Framing
from httpserver.limits import Limits
from httpserver.messages import Address, Field, Headers, HTTPError, Request

CLIENT = ("192.0.2.7", 50000)


def asked(*fields: Field, method: str = "GET", target: str = "/a?b=c", **more: Any) -> Request:
    path, _, query = target.partition("?")
    more.setdefault("client", CLIENT)
    return Request(method, target, path, query, headers=Headers(fields), **more)


def sent(
    request: Request,
    host: str | None = None,
    upgrade: str = "",
    framing: Framing = NONE,
    length: int = 0,
) -> list[str]:
    """The lines of the head that the server behind us gets."""
    head = request_head(request, host, upgrade, framing, length).decode("latin-1")
    *lines, empty, end = head.split("\r\n")
    assert (empty, end) == ("", "")
    return lines


def value(lines: list[str], name: str) -> str | None:
    """The value of a field that must not come twice; None where it is not there."""
    found = [line.partition(": ")[2] for line in lines if line.lower().startswith(name + ":")]
    assert len(found) < 2, found
    return found[0] if found else None


# --- Fields that end here ---

FIELDS = [("Accept", "*/*"), ("Cookie", "a=1"), ("X-Mine", "1"), ("Set-Cookie", "b"), ("A", "")]


@pytest.mark.parametrize(
    ("added", "gone"),
    [
        ([], set()),
        ([("Connection", "close")], {"Connection"}),
        ([("CONNECTION", "close")], {"CONNECTION"}),
        ([("Connection", "X-Mine, close")], {"Connection", "X-Mine"}),
        ([("Connection", "x-mine"), ("Connection", "cookie")], {"Connection", "X-Mine", "Cookie"}),
        ([("Keep-Alive", "5"), ("TE", "trailers"), ("te", "x")], {"Keep-Alive", "TE", "te"}),
        ([("Transfer-Encoding", "chunked"), ("Trailer", "A")], {"Transfer-Encoding", "Trailer"}),
        ([("Upgrade", "x"), ("Proxy-Connection", "x")], {"Upgrade", "Proxy-Connection"}),
        ([("Proxy-Authorization", "x")], {"Proxy-Authorization"}),
        ([("Connection", "")], {"Connection"}),
        ([("Connection", "X-Min")], {"Connection"}),
    ],
)
def test_fields_of_one_connection_end_here(added: list[Field], gone: set[str]) -> None:
    before = FIELDS + added
    assert list(passed_on(Headers(before))) == [field for field in before if field[0] not in gone]


def test_more_can_be_dropped() -> None:
    passed = list(passed_on(Headers([*FIELDS, ("Connection", "a")]), frozenset({"cookie"})))
    assert [name for name, _ in passed] == ["Accept", "X-Mine", "Set-Cookie", "Connection"]


# --- The head that goes on ---


def test_the_head_of_a_plain_request() -> None:
    assert sent(asked(("Host", "example.com"), ("Accept", "*/*"))) == [
        "GET /a?b=c HTTP/1.1",
        "Host: example.com",
        "Via: 1.1 glasstack",
        "X-Forwarded-For: 192.0.2.7",
        "X-Forwarded-Proto: http",
        'Forwarded: for=192.0.2.7;proto=http;host="example.com"',
        "X-Forwarded-Host: example.com",
        "Accept: */*",
    ]


LIES = [
    ("X-Forwarded-For", "10.0.0.1"),
    ("x-forwarded-for", "10.0.0.2"),
    ("X-Forwarded-Host", "evil.example"),
    ("X-Forwarded-Proto", "https"),
    ("X-Forwarded-Port", "443"),
    ("Forwarded", "for=10.0.0.1"),
    ("X-Real-IP", "10.0.0.1"),
    ("X-Accel-Redirect", "/secret"),
    ("X_Forwarded_For", "10.0.0.1"),  # a WSGI server makes the same name of both
    ("Connection", "X-Forwarded-For"),  # would have ours dropped
]


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: f"{lie[0]} {lie[1]}")
def test_what_strangers_say_of_themselves_does_not_get_through(lie: Field) -> None:
    honest = asked(("Host", "a"))
    assert sent(asked(("Host", "a"), lie)) == sent(honest)


@pytest.mark.parametrize(
    ("client", "plain", "grammar"),
    [
        (("192.0.2.7", 1), "192.0.2.7", "for=192.0.2.7;"),
        (("2001:db8::1", 1), "2001:db8::1", 'for="[2001:db8::1]";'),
        ("", "unix:", "for=unknown;"),
    ],
)
def test_who_the_client_is(client: Address, plain: str, grammar: str) -> None:
    lines = sent(asked(client=client, scheme="https"))
    assert value(lines, "x-forwarded-for") == plain
    assert value(lines, "forwarded") == grammar + "proto=https"
    assert value(lines, "x-forwarded-proto") == "https"


@pytest.mark.parametrize(
    ("host", "told", "expected"),
    [
        ("example.com", None, "example.com"),
        ("example.com", "inside:8000", "inside:8000"),
        (None, None, "localhost"),
    ],
)
def test_which_host_is_meant(host: str | None, told: str | None, expected: str) -> None:
    request = asked(*([("Host", host)] if host else []))
    lines = sent(request, told)
    assert value(lines, "host") == expected
    assert value(lines, "x-forwarded-host") == host


@pytest.mark.parametrize(
    ("version", "came", "goes"),
    [
        ("HTTP/1.1", None, "1.1 glasstack"),
        ("HTTP/1.0", None, "1.0 glasstack"),
        ("HTTP/1.1", "1.0 other", "1.0 other, 1.1 glasstack"),
    ],
)
def test_the_way_is_told_in_via(version: str, came: str | None, goes: str) -> None:
    lines = sent(asked(*([("Via", came)] if came else []), version=version))
    assert lines[0].endswith(" HTTP/1.1")
    assert value(lines, "via") == goes


@pytest.mark.parametrize(
    ("framing", "length", "told", "coding"),
    [
        (NONE, 0, None, None),
        (LENGTH, 12, "12", None),
        (LENGTH, 0, "0", None),
        (CHUNKED, 0, None, "chunked"),
    ],
)
def test_the_framing_is_ours(
    framing: Framing, length: int, told: str | None, coding: str | None
) -> None:
    came = [("Content-Length", "999"), ("Transfer-Encoding", "gzip"), ("Expect", "100-continue")]
    lines = sent(asked(*came), framing=framing, length=length)
    assert value(lines, "content-length") == told
    assert value(lines, "transfer-encoding") == coding
    assert value(lines, "expect") is None


def test_an_upgrade_is_asked_for_where_it_may_be() -> None:
    came = [("Connection", "keep-alive, Upgrade"), ("Upgrade", "websocket")]
    allowed, refused = sent(asked(*came), upgrade="websocket"), sent(asked(*came))
    assert value(allowed, "connection") == "Upgrade"
    assert value(allowed, "upgrade") == "websocket"
    assert value(refused, "connection") is None
    assert value(refused, "upgrade") is None


@pytest.mark.parametrize(
    ("fields", "version", "expected"),
    [
        ([("Connection", "Upgrade"), ("Upgrade", "websocket")], "HTTP/1.1", "websocket"),
        ([("Connection", "keep-alive, upgrade"), ("Upgrade", "x")], "HTTP/1.1", "x"),
        ([("Connection", "Upgrade"), ("Upgrade", "websocket")], "HTTP/1.0", ""),
        ([("Upgrade", "websocket")], "HTTP/1.1", ""),
        ([("Connection", "Upgrade")], "HTTP/1.1", ""),
        ([], "HTTP/1.1", ""),
    ],
)
def test_which_protocol_is_wanted(fields: list[Field], version: str, expected: str) -> None:
    assert wanted_upgrade(asked(*fields, version=version)) == expected


@pytest.mark.parametrize(
    ("target", "path", "query", "goes"),
    [
        ("/a%20b?c=%41", "/a%20b", "c=%41", "/a%20b?c=%41"),
        ("http://a/b?c", "/b", "c", "/b?c"),
        ("http://a/b", "/b", "", "/b"),
        ("*", "*", "", "*"),
    ],
)
def test_the_target_goes_on_as_it_came(target: str, path: str, query: str, goes: str) -> None:
    request = Request("GET", target, path, query, client=CLIENT)
    assert sent(request)[0] == f"GET {goes} HTTP/1.1"


# --- The answer ---


@pytest.mark.parametrize(
    ("head", "method", "framing", "length", "keep_alive"),
    [
        ("1.1 200 OK\r\nContent-Length: 5", "GET", LENGTH, 5, True),
        ("1.1 200 OK\r\nContent-Length: 0", "GET", NONE, 0, True),
        ("1.1 200 OK\r\nContent-Length: 5\r\nConnection: close", "GET", LENGTH, 5, False),
        ("1.1 200 OK\r\nTransfer-Encoding: chunked", "GET", CHUNKED, 0, True),
        ("1.1 200 OK", "GET", CLOSE, 0, False),
        ("1.0 200 OK\r\nContent-Length: 5", "GET", LENGTH, 5, False),
        ("1.0 200 OK\r\nContent-Length: 5\r\nConnection: Keep-Alive", "GET", LENGTH, 5, True),
        ("1.1 200 OK\r\nContent-Length: 5", "HEAD", NONE, 0, True),
        ("1.1 200 OK", "HEAD", NONE, 0, True),
        ("1.1 304 Not Modified\r\nContent-Length: 5", "GET", NONE, 0, True),
        ("1.1 204 No Content", "GET", NONE, 0, True),
        ("1.1 103 Early Hints", "GET", NONE, 0, True),
    ],
)
def test_how_an_answer_ends(
    head: str, method: str, framing: Framing, length: int, keep_alive: bool
) -> None:
    reply = parse_reply(f"HTTP/{head}\r\n\r\n".encode(), method, Limits())
    assert (reply.framing, reply.length, reply.keep_alive) == (framing, length, keep_alive)


@pytest.mark.parametrize(
    ("line", "status", "reason"),
    [
        ("HTTP/1.1 200 OK", 200, "OK"),
        ("HTTP/1.1 404 Not\tto be found", 404, "Not\tto be found"),
        ("HTTP/1.1 200 ", 200, ""),
        ("HTTP/1.1 200", 200, ""),
        ("HTTP/1.0 999 x", 999, "x"),
    ],
)
def test_status_lines(line: str, status: int, reason: str) -> None:
    reply = parse_reply(f"{line}\r\n\r\n".encode(), "GET", Limits())
    assert (reply.status, reply.reason) == (status, reason)


BAD_HEADS = [
    b"",
    b"HTTP/2 200 OK\r\n\r\n",
    b"HTTP/1.1 099 No\r\n\r\n",
    b"HTTP/1.1 20 OK\r\n\r\n",
    b"HTTP/1.1 2000 OK\r\n\r\n",
    b"HTTP/1.1  200 OK\r\n\r\n",
    b"HTTP/1.1 200 O\0K\r\n\r\n",
    b"HTTP/1.1 200 OK\n\r\n\r\n",
    b"http/1.1 200 OK\r\n\r\n",
    b" HTTP/1.1 200 OK\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nA : b\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
    b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
]


@pytest.mark.parametrize("head", BAD_HEADS)
def test_an_answer_that_leaves_doubt_is_refused(head: bytes) -> None:
    with pytest.raises(HTTPError):
        parse_reply(head, "GET", Limits())


@given(st.binary(max_size=60), st.sampled_from(["GET", "HEAD"]))
def test_no_answer_raises_anything_else(rest: bytes, method: str) -> None:
    for head in (rest, b"HTTP/1.1 200 OK\r\n" + rest + b"\r\n\r\n"):
        try:
            parse_reply(head, method, Limits())
        except HTTPError:
            pass


def test_where_the_head_of_an_answer_ends() -> None:
    limits = Limits(head=30)
    head = b"HTTP/1.1 200 OK\r\nA: 1\r\n\r\n"
    assert find_reply(bytearray(head + b"body"), limits) == len(head)
    assert all(find_reply(bytearray(head[:end]), limits) == -1 for end in range(len(head)))
    for data in (b"x" * 31, b"x" * 27 + b"\r\n\r\n"):
        with pytest.raises(BadGateway, match="longer than 30 bytes"):
            find_reply(bytearray(data), limits)


def test_the_fields_that_the_client_gets() -> None:
    head = (
        b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nConnection: X-Inner\r\n"
        b"X-Inner: 1\r\nKeep-Alive: 5\r\nX-Accel-Buffering: no\r\nContent-Length: 0\r\n\r\n"
    )
    fields = reply_fields(parse_reply(head, "GET", Limits()))
    assert fields == [
        ("Set-Cookie", "a=1"),
        ("Set-Cookie", "b=2"),
        ("Content-Length", "0"),
        ("Via", "1.1 glasstack"),
    ]
