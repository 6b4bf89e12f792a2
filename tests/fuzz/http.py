"""What must hold of any bytes on a connection, in whatever pieces they come.

The properties are looked at briefly with every run of the tests (test_fuzz_http.py), and for as
long as one likes by

    python -m tests.fuzz.http --seconds 600

Hypothesis draws the bytes, which are neither random nor good: they are requests and answers made
of pieces of which some are right, some were attacks, and then cut, repeated and overwritten.
"""

import argparse
import random
import sys
import time
from collections.abc import Callable, Iterable
from io import BytesIO
from itertools import pairwise
from typing import Any, NamedTuple

import h11
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from httpserver.connection import Connection, State
from httpserver.forwarding import (
    HOP_BY_HOP,
    Reply,
    find_reply,
    parse_reply,
    reply_fields,
    request_head,
)
from httpserver.framing import (
    CHUNKED,
    CLOSE,
    LAST_CHUNK,
    LENGTH,
    BodyReader,
    ChunkedReader,
    Framing,
    LengthReader,
    RawReader,
    chunk,
    response_head,
)
from httpserver.limits import Limits
from httpserver.messages import Admission, HTTPError, Request, Response, error_response

# Small, so that the bounds are met too.
LIMITS = Limits(
    request_line=60, head=400, fields=8, body=300, body_in_memory=20, chunk_line=30, trailers=60
)
STREAM = Admission(stream=True)
REFUSALS = {400, 413, 414, 417, 431, 501, 505}

# --- Bytes ---------------------------------------------------------------------------------

METHODS = ["GET", "POST", "HEAD", "OPTIONS", "CONNECT", "G(T", "get", ""]
TARGETS = ["/", "/a?b=c", "*", "http://b/c", "http://u@b/", "//b/c", "/\xe9", "/a b", "a:1", "/%0d"]
VERSIONS = ["HTTP/1.1", "HTTP/1.0", "HTTP/1.9", "HTTP/2.0", "HTTP/1.1 ", "http/1.1", "HTTP/1.10"]
GOOD_FIELDS = ["A: b", "Connection: close", "Connection: keep-alive, A", "Cookie: a=b", "B:"]
FRAMING_FIELDS = [
    "Content-Length: 5", "Content-Length: 0", "Content-Length: 05", "Content-Length: +5",
    "Content-Length: 5, 5", "Content-Length: 500", "Content-Length:", "Content-Length : 5",
    "content_length: 5", "Content-Length: 5\r\n 0", "Transfer-Encoding: chunked",
    "Transfer-Encoding: CHUNKED", "Transfer-Encoding: \x0bchunked", "Transfer-Encoding: xchunked",
    "Transfer-Encoding: gzip, chunked", "Transfer-Encoding: identity", "Transfer-Encoding",
    "Transfer-Encoding: chunked\r\n\t", "X: y\nTransfer-Encoding: chunked", "Transfer_Encoding: x",
]  # fmt: skip
ODD_FIELDS = [
    "Host: b", "Host:", "Host: a/b", "Expect: 100-continue", "Expect: tea", ": c", " A: b", "A b",
    "A: b\rC: d", "A: \x00", "A: \xe9", "Connection: Content-Length, Host", "Upgrade: websocket",
    "Connection: Upgrade", "Via: 1.0 x", "X-Forwarded-For: b", "X_A: b", "A: " + "b" * 80,
]  # fmt: skip
BODIES = [
    b"", b"hello", b"5\r\nhello\r\n0\r\n\r\n", b"5;a=b\r\nhello\r\n0\r\nA: b\r\n\r\n",
    b"0\r\n\r\n", b"0\r\nContent-Length: 9\r\n\r\n", b"2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
    b"5\nhello\n0\n\n", b"5\r\nhelloXX0\r\n\r\n", b"0x5\r\nhello\r\n0\r\n\r\n", b"-1\r\n",
    b"5 \r\nhello\r\n0\r\n\r\n", b"FFFFFFFFFFFFFFFFF\r\n", b"12D\r\n",
    b"5;\rx\r\nhello\r\n0\r\n\r\n", b"5;a\nhello\r\n0\r\n\r\n", b"0\r\nA: b\n\r\n",
    b"GET /x HTTP/1.1\r\nHost: a\r\n\r\n",
]  # fmt: skip
PIECES = [
    b"\r\n", b"\n", b"\r", b"\r\n\r\n", b" ", b"\t", b":", b",", b"0", b"\x00", b"\xff", b";",
    b"chunked", b"Content-Length: 3\r\n", b"Transfer-Encoding: chunked\r\n", b"Host: a\r\n",
]  # fmt: skip


# Fields and the body that they announce.
FRAMED = [
    ([], b""),
    (["Content-Length: 5"], b"hello"),
    (["Content-Length: 0"], b""),
    (["Content-Length: 40"], b"GET /x HTTP/1.1\r\nHost: a\r\nA: 0123456\r\n\r\n"),
    (["Transfer-Encoding: chunked"], b"5\r\nhello\r\n0\r\n\r\n"),
    (["Transfer-Encoding: chunked"], b"5;a=b\r\nhello\r\n3\r\nGET\r\n0\r\nA: b\r\n\r\n"),
    (["Transfer-Encoding: chunked"], b"0\r\nContent-Length: 9\r\n\r\n"),
]


def _usually(*usual: str, else_: list[str]) -> st.SearchStrategy[str]:
    """Nine times of ten one of these."""
    return st.sampled_from([*usual * (9 * len(else_) // len(usual)), *else_])


def _message(
    line: tuple[str, str, str], host: str, fields: list[str], framed: tuple[list[str], bytes]
) -> bytes:
    head = "\r\n".join([" ".join(line), *([host] if host else []), *fields, *framed[0], "", ""])
    return head.encode("latin-1") + framed[1]


GOOD_OR_ODD_FIELDS = st.lists(_usually(*GOOD_FIELDS, else_=ODD_FIELDS), max_size=3)
FRAMED_OR_NOT = st.one_of(
    st.sampled_from(FRAMED),
    st.tuples(st.lists(st.sampled_from(FRAMING_FIELDS), max_size=2), st.sampled_from(BODIES)),
)
REQUESTS = st.builds(
    _message,
    st.tuples(
        _usually("GET", "POST", else_=METHODS),
        _usually("/", "/a?b=c", else_=TARGETS),
        _usually("HTTP/1.1", else_=VERSIONS),
    ),
    _usually("Host: a", else_=[""]),
    GOOD_OR_ODD_FIELDS,
    FRAMED_OR_NOT,
)
REPLIES = st.builds(
    _message,
    st.tuples(
        _usually("HTTP/1.1", else_=VERSIONS),
        _usually("200", "404", else_=["204", "205", "304", "100", "103", "101", "999", "20"]),
        _usually("OK", "", else_=["Not Found", "\xe9", "a\tb", "a\rb", "a\x00"]),
    ),
    st.just(""),
    GOOD_OR_ODD_FIELDS,
    FRAMED_OR_NOT,
)


def _overwritten(data: bytes, changes: list[tuple[int, int, bytes]]) -> bytes:
    for at, length, piece in changes:
        at %= len(data) + 1
        data = data[:at] + piece + data[at + length :]
    return data


def _wires(messages: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    """One to four messages after each other, with up to three changes anywhere; or any bytes."""
    changes = st.lists(
        st.tuples(st.integers(0, 600), st.integers(0, 4), st.sampled_from(PIECES)), max_size=3
    )
    joined = st.lists(messages, min_size=1, max_size=4).map(b"".join)
    return st.builds(_overwritten, joined, changes) | joined | st.binary(max_size=100)


REQUEST_BYTES = _wires(REQUESTS)
REPLY_BYTES = _wires(REPLIES)
CUTS = st.lists(st.integers(0, 600), max_size=8)


def _pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    return [data[a:b] for a, b in pairwise(edges) if a < b]


# --- What is read of them ------------------------------------------------------------------


class Message(NamedTuple):
    method: str
    target: str
    version: str
    headers: list[tuple[str, str]]
    body: bytes
    trailers: list[tuple[str, str]]
    goes_on: bool  # whether the connection does, after it


class Refusal(NamedTuple):
    status: int
    detail: bytes


def converse(
    pieces: Iterable[bytes], streams: bool = False, limits: Limits = LIMITS
) -> list[Message | Refusal]:
    """Every message of this client, answered by an empty 200, and the refusal that ends them."""
    connection = Connection(limits, admit=lambda request: STREAM if streams else None)
    seen: list[Message | Refusal] = []
    body = bytearray()
    for piece in [*pieces, b""]:
        step = connection.receive(piece)
        while True:
            if connection.streams and not isinstance(step, Response):
                try:
                    data, complete = connection.read_stream()
                except HTTPError as error:
                    step = connection.refuse(error_response(error.status, error.detail))
                else:
                    body += data
                    if not complete:
                        break
                    step = connection.request
            if step is None:
                break
            if isinstance(step, Request):
                if connection.streams:
                    continue
                received = bytes(body) or step.body.read()
                goes_on = connection.respond(Response(200))[3]
                seen.append(_seen(step, received, goes_on))
                step.body.close()
            else:
                assert step.status in REFUSALS, step
                assert isinstance(step.body, bytes)
                seen.append(Refusal(step.status, step.body.rpartition(b"\n\n")[2].strip()))
                assert not connection.respond(step)[3], "a refusal is the last answer"
            body.clear()
            connection.answered()
            step = connection.proceed()
        if not piece and connection.state is not State.CLOSED:
            # Only where a streamed body's end never came: the channel leaves such a client.
            assert connection.streams
            connection.abandon()
    return seen


def _seen(request: Request, body: bytes, goes_on: bool) -> Message:
    headers, trailers = request.headers.items(), request.trailers.items()
    return Message(
        request.method, request.target, request.version, headers, body, trailers, goes_on
    )


class ReplyRead(NamedTuple):
    head: Reply
    body: bytes
    complete: bool
    unasked: bytes  # what came after its end


def read_reply(pieces: Iterable[bytes], method: str) -> ReplyRead | None:
    """The answer of a server behind us, read as `proxy.Exchange` reads it; None: it is refused,
    or its head is not whole."""
    buffer, body = bytearray(), b""
    reply: Reply | None = None
    reader: BodyReader | None = None
    try:
        for piece in pieces:
            buffer += piece
            while reply is None or (reply.status < 200 and reply.status != 101):
                end = find_reply(buffer, LIMITS)
                if end < 0:
                    reply = None
                    break
                reply = parse_reply(bytes(buffer[:end]), method, LIMITS)
                del buffer[:end]
                reader = reader_of(reply.framing, reply.length)
            if reply is not None and reader is not None:
                body += reader.read(buffer)
    except HTTPError:
        return None
    if reply is None:
        return None
    complete = reader is None or reader.complete or isinstance(reader, RawReader)
    return ReplyRead(reply, body, complete, bytes(buffer) if complete else b"")


def reader_of(framing: Framing, length: int) -> BodyReader | None:
    if framing is LENGTH:
        return LengthReader(length)
    if framing is CHUNKED:
        return ChunkedReader(LIMITS, bounded=False)
    return RawReader() if framing is CLOSE else None


# --- What must hold ------------------------------------------------------------------------


def requests_are_the_same_in_any_split(data: bytes, cuts: list[int], streams: bool) -> None:
    whole = converse([data] if data else [], streams)
    assert converse(_pieces(data, cuts), streams) == whole
    assert converse([data[i : i + 1] for i in range(len(data))], streams) == whole


def a_streamed_body_is_the_same_as_one_received_whole(data: bytes, cuts: list[int]) -> None:
    pieces = _pieces(data, cuts)
    # Trailers come too late for a request that was handed over before its body.
    assert _without_trailers(converse(pieces, streams=True)) == _without_trailers(converse(pieces))


def _without_trailers(seen: list[Message | Refusal]) -> list[Message | Refusal]:
    return [each._replace(trailers=[]) if isinstance(each, Message) else each for each in seen]


def what_we_accept_another_parser_reads_alike(data: bytes) -> None:
    """h11 accepts more than we do; but where both accept, they must have read the same."""
    ours = [each for each in converse([data] if data else []) if isinstance(each, Message)]
    for message, theirs in zip(ours, _read_by_h11(data), strict=False):
        method, target, headers, body = theirs
        # Of an absolute target we have made the Host field; h11 makes codings lower-case.
        if not message.target.startswith("http"):
            fields = [(name.lower(), value) for name, value in message.headers]
            assert [
                (name, value.lower() if name == "transfer-encoding" else value)
                for name, value in fields
            ] == headers
        assert (message.method, message.target, message.body) == (method, target, body)


def _read_by_h11(data: bytes) -> Iterable[tuple[str, str, list[tuple[str, str]], bytes]]:
    connection = h11.Connection(h11.SERVER)
    connection.receive_data(data)
    request, body = None, b""
    while True:
        try:
            event = connection.next_event()
        except h11.RemoteProtocolError:
            return
        if isinstance(event, h11.Request):
            request, body = event, b""
        elif isinstance(event, h11.Data):
            body += event.data
        elif isinstance(event, h11.EndOfMessage):
            assert request is not None
            headers = [(n.decode("latin-1"), v.decode("latin-1")) for n, v in request.headers]
            yield request.method.decode(), request.target.decode("latin-1"), headers, body
            connection.send(h11.Response(status_code=200, headers=[("Content-Length", "0")]))
            connection.send(h11.EndOfMessage())
            if connection.our_state is not h11.DONE or connection.their_state is not h11.DONE:
                return
            connection.start_next_cycle()
        else:
            return


def what_is_passed_on_is_one_request_and_the_same(data: bytes, streams: bool) -> None:
    """A request that came in, as the server behind us gets it, is read there as the same one."""
    for message in converse([data] if data else []):
        if isinstance(message, Refusal):
            continue
        request = _parsed(message)
        told = "content-length" in request.headers
        framing = CHUNKED if streams else LENGTH if message.body or told else Framing.NONE
        head = request_head(request, None, "", framing, len(message.body))
        body = chunk(message.body) + LAST_CHUNK if streams else message.body
        # Ours is longer by what we say of the client.
        roomy = Limits(request_line=100, head=2000, fields=50, body=LIMITS.body)
        [arrived] = converse([head + body], limits=roomy)
        assert isinstance(arrived, Message), arrived
        assert (arrived.method, arrived.body) == (message.method, message.body)
        _check_passed_on(request, _parsed(arrived))


def _parsed(message: Message) -> Request:
    """The request that the message was, without its body."""
    lines = [f"{message.method} {message.target} {message.version}"]
    lines += [f"{name}: {value}" for name, value in message.headers]
    head = "\r\n".join([*lines, "", ""]).encode("latin-1")
    connection = Connection(
        Limits(request_line=100, head=2000, fields=50), admit=lambda request: STREAM
    )
    request = connection.receive(head)
    assert isinstance(request, Request)
    return request


def _check_passed_on(sent: Request, arrived: Request) -> None:
    assert (arrived.path, arrived.query) == (sent.path, sent.query)
    assert arrived.target.startswith(("/", "*"))
    assert arrived.headers.get("host") == sent.headers.get("host", "localhost")
    named = set(sent.headers.tokens("connection"))
    names = [name.lower() for name in arrived.headers]
    ended = (HOP_BY_HOP | named) - {
        "transfer-encoding", "content-length", "host", "via", "forwarded", "x-forwarded-for",
        "x-forwarded-host", "x-forwarded-proto",
    }  # fmt: skip
    assert not ended.intersection(names)
    assert not any("_" in name for name in names)
    for name in ("host", "content-length", "transfer-encoding", "x-forwarded-for", "via"):
        assert names.count(name) <= 1
    assert arrived.headers["x-forwarded-for"] == "unix:"  # nobody's address but the client's


def replies_are_the_same_in_any_split(data: bytes, cuts: list[int], method: str) -> None:
    whole = read_reply([data], method)
    assert read_reply(_pieces(data, cuts), method) == whole
    assert read_reply([data[i : i + 1] for i in range(len(data))], method) == whole


def a_reply_that_we_accept_can_be_passed_on(data: bytes, method: str, version: str) -> None:
    read = read_reply([data], method)
    if read is None or not read.complete or read.head.status == 101:
        return
    response = Response(read.head.status, reply_fields(read.head), read.body, read.head.reason)
    request = Request(method, "/", version=version)
    again = _sent_and_read(request, response, [read.body])
    assert (again.head.status, again.head.reason) == (read.head.status, read.head.reason)
    if read.head.status != 205:  # an answer without content, whatever came with it
        assert again.body == read.body


def what_we_answer_is_read_again(
    method: str,
    version: str,
    status: int,
    fields: list[tuple[str, str]],
    parts: list[bytes],
    as_iterable: bool,
    keep_alive: bool,
) -> None:
    request = Request(method, "/", version=version)
    whole = b"".join(parts)
    body: Any = iter(parts) if as_iterable else whole
    read = _sent_and_read(request, Response(status, fields, body), parts, keep_alive)
    has_body = method != "HEAD" and status not in (204, 205, 304)
    assert read.body == (whole if has_body else b"")
    ours = {"date", "server", "connection", "content-length", "transfer-encoding"}
    assert [(n, v) for n, v in read.head.headers.items() if n.lower() not in ours] == [
        (n, v) for n, v in fields if n.lower() not in ours
    ]


def _sent_and_read(
    request: Request, response: Response, parts: list[bytes], keep_alive: bool = True
) -> ReplyRead:
    """The answer on the wire, read as a client of ours would, and as h11 does."""
    head, framing, length, goes_on = response_head(request, response, keep_alive)
    if framing is CHUNKED:
        wire = head + b"".join(map(chunk, parts)) + LAST_CHUNK
    else:
        body = b"".join(parts)
        wire = head + (body[:length] if framing is LENGTH else body if framing is CLOSE else b"")
    read = read_reply([wire], request.method)
    assert read is not None
    assert read.complete
    assert read.unasked == b""
    # A client of HTTP/1.0 is told, one of 1.1 takes it for granted.
    assert read.head.keep_alive is goes_on or read.head.framing is CLOSE
    _check_by_h11(request.method, wire, read.body)
    return read


def _check_by_h11(method: str, wire: bytes, body: bytes) -> None:
    connection = h11.Connection(h11.CLIENT)
    connection.send(h11.Request(method=method, target="/", headers=[("Host", "a")]))
    connection.send(h11.EndOfMessage())
    connection.receive_data(wire)
    connection.receive_data(b"")
    received = b""
    while not isinstance(event := connection.next_event(), (h11.EndOfMessage, h11.PAUSED)):
        if isinstance(event, h11.Data):
            received += event.data
    assert received == body
    assert connection.trailing_data[0] == b""


def a_tunnel_takes_everything(parts: list[bytes]) -> None:
    reader, buffer, out = RawReader(), bytearray(), BytesIO()
    for part in parts:
        buffer += part
        out.write(reader.read(buffer))
        assert not buffer
    assert out.getvalue() == b"".join(parts)
    assert not reader.complete


# --- Running them --------------------------------------------------------------------------

_METHODS = st.sampled_from(["GET", "HEAD", "POST"])
_VERSIONS = st.sampled_from(["HTTP/1.1", "HTTP/1.0"])
_VALUES = st.text(
    st.characters(max_codepoint=255, exclude_categories=["Cc"], exclude_characters="\x7f"),
    max_size=12,
).map(lambda value: value.strip(" \t"))
_NAMES = st.one_of(
    st.sampled_from(["Date", "Server", "Connection", "Set-Cookie", "ETag", "TE", "Via"]),
    st.text("ABab-_!", min_size=1, max_size=6),
)
_PARTS = st.lists(st.binary(max_size=20), max_size=4)

_LISTED: list[tuple[Callable[..., None], tuple[st.SearchStrategy[Any], ...]]] = [
    (requests_are_the_same_in_any_split, (REQUEST_BYTES, CUTS, st.booleans())),
    (a_streamed_body_is_the_same_as_one_received_whole, (REQUEST_BYTES, CUTS)),
    (what_we_accept_another_parser_reads_alike, (REQUEST_BYTES,)),
    (what_is_passed_on_is_one_request_and_the_same, (REQUEST_BYTES, st.booleans())),
    (replies_are_the_same_in_any_split, (REPLY_BYTES, CUTS, _METHODS)),
    (a_reply_that_we_accept_can_be_passed_on, (REPLY_BYTES, _METHODS, _VERSIONS)),
    (
        what_we_answer_is_read_again,
        (
            _METHODS,
            _VERSIONS,
            st.sampled_from([200, 201, 204, 205, 301, 304, 404, 500, 599]),
            st.lists(st.tuples(_NAMES, _VALUES), max_size=4),
            _PARTS,
            st.booleans(),
            st.booleans(),
        ),
    ),
    (a_tunnel_takes_everything, (_PARTS,)),
]
PROPERTIES = {check.__name__: (check, strategies) for check, strategies in _LISTED}


def explore(name: str, examples: int, start: int | None = None) -> None:
    """Hold one property against so many examples; `start` makes them the same every time."""
    check, strategies = PROPERTIES[name]
    run = settings(
        max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck)
    )(given(*strategies)(check))  # fmt: skip
    (run if start is None else seed(start)(run))()


def _explore_for(seconds: float) -> None:
    until = time.monotonic() + seconds
    rounds = 0
    while time.monotonic() < until:
        for name in PROPERTIES:
            start = random.getrandbits(32)
            try:
                explore(name, 500, start)
            except BaseException:
                print(f"found by: explore({name!r}, 500, {start})", file=sys.stderr)
                raise
        rounds += 1
    print(f"{rounds} rounds of {len(PROPERTIES)} properties, 500 examples each: all held")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.http")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long (default: 60)")
    options = parser.parse_args()
    _explore_for(options.seconds)
