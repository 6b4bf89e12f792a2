"""One client's states, fed with plain bytes."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httpserver.connection import TRANSITIONS, Connection, State
from httpserver.limits import Limits
from httpserver.messages import Admission, Request, Response

LIMITS = Limits(body=1000, body_in_memory=10, linger_bytes=100)
GET = b"GET /%s HTTP/1.1\r\nHost: a\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: a\r\n"


def converse(
    pieces: list[bytes], limits: Limits = LIMITS
) -> tuple[list[tuple[object, ...]], Connection]:
    """Answer whatever comes with an empty 200; what was asked, and the connection."""
    connection, seen = Connection(limits), []
    for piece in pieces:
        step = connection.receive(piece)
        while step is not None:
            if isinstance(step, Request):
                seen.append((step.method, step.target, step.body.read(), step.headers.items()))
                step.body.close()
                connection.respond(Response(200))
            else:
                seen.append((step.status,))
                connection.respond(step)
            connection.answered()
            step = connection.proceed()
    connection.abandon()
    return seen, connection


def targets(*pieces: bytes) -> list[object]:
    return [entry[1] if len(entry) > 1 else entry[0] for entry in converse(list(pieces))[0]]


def test_pipelined_requests_come_in_order() -> None:
    assert targets(GET % b"a" + GET % b"b" + GET % b"c") == ["/a", "/b", "/c"]


def test_the_next_request_waits_for_the_answer_before() -> None:
    connection = Connection(LIMITS)
    assert isinstance(connection.receive(GET % b"a" + GET % b"b"), Request)
    assert connection.receive(GET % b"c") is None
    assert connection.state is State.HANDLING
    connection.respond(Response(200))
    assert connection.proceed() is None
    connection.answered()
    following = connection.proceed()
    assert isinstance(following, Request)
    assert following.target == "/b"


def test_what_comes_after_the_end_is_not_kept() -> None:
    connection = Connection(LIMITS)
    connection.abandon()
    assert connection.receive(GET % b"a") is None
    assert not connection.unread


def test_reading_ahead_is_bounded() -> None:
    connection = Connection(Limits(pipelined=10))
    connection.receive(GET % b"")
    assert connection.wants_input
    connection.receive(b"x" * 10)
    assert not connection.wants_input


KEEP_ALIVE = {
    "1.1": (b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", True),
    "1.1 close": (b"GET / HTTP/1.1\r\nHost: a\r\nConnection: TE, Close\r\n\r\n", False),
    "1.0": (b"GET / HTTP/1.0\r\n\r\n", False),
    "1.0 keep-alive": (b"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", True),
}


@pytest.mark.parametrize(("data", "stays"), KEEP_ALIVE.values(), ids=KEEP_ALIVE)
def test_keep_alive(data: bytes, stays: bool) -> None:
    connection = Connection(LIMITS)
    connection.receive(data)
    head = connection.respond(Response(200))[0]
    connection.answered()
    assert connection.state is (State.IDLE if stays else State.CLOSED)
    assert (b"Connection: close" not in head) is stays


def test_the_last_of_so_many_requests_closes() -> None:
    limits = Limits(requests_per_connection=2)
    seen, connection = converse([(GET % b"") * 3], limits)
    assert len(seen) == 2
    assert connection.state is State.CLOSED


def test_a_closing_connection_says_so_and_drops_what_was_sent_before_that_was_read() -> None:
    connection = Connection(LIMITS)
    connection.receive(GET % b"")
    connection.closing = True
    assert b"Connection: close" in connection.respond(Response(200))[0]
    connection.answered()
    assert connection.state is State.DRAINING
    assert connection.receive(GET % b"") is None
    connection.receive(b"")
    assert connection.state is State.CLOSED


def test_one_empty_line_before_a_request_is_tolerated() -> None:
    assert targets(b"\r\n" + GET % b"a" + b"\r\n" + GET % b"b") == ["/a", "/b"]
    assert targets(b"\r\n\r\n" + GET % b"a") == [400]


def test_a_body_is_received_before_the_handler_sees_it() -> None:
    seen, _ = converse([POST + b"Content-Length: 20\r\n\r\n", b"x" * 10, b"y" * 10])
    assert seen[0][2] == b"x" * 10 + b"y" * 10


def test_trailers_are_kept_apart() -> None:
    connection = Connection(LIMITS)
    request = connection.receive(
        POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nHost: evil\r\n\r\n"
    )
    assert isinstance(request, Request)
    assert request.headers["host"] == "a"
    assert request.trailers["host"] == "evil"
    assert (request.body.read(), request.content_length) == (b"a", 1)


def test_a_body_that_is_too_long_is_refused_unread() -> None:
    connection = Connection(LIMITS)
    step = connection.receive(POST + b"Content-Length: 1001\r\n\r\n")
    assert isinstance(step, Response)
    assert step.status == 413
    connection.respond(step)
    connection.answered()
    assert connection.state is State.DRAINING


EXPECT = {
    "wanted": (b"Content-Length: 5\r\nExpect: 100-Continue\r\n\r\n", None, True),
    "body is here already": (
        b"Content-Length: 5\r\nExpect: 100-continue\r\n\r\nab",
        None,
        False,
    ),
    "too long": (b"Content-Length: 1001\r\nExpect: 100-continue\r\n\r\n", 413, False),
    "unknown": (b"Content-Length: 5\r\nExpect: tea\r\n\r\n", 417, False),
    "no body": (b"Expect: 100-continue\r\n\r\n", 0, False),
}


@pytest.mark.parametrize(("rest", "status", "asked"), EXPECT.values(), ids=EXPECT)
def test_100_continue(rest: bytes, status: int | None, asked: bool) -> None:
    connection = Connection(LIMITS)
    step = connection.receive(POST + rest)
    assert (step.status if isinstance(step, Response) else 0 if step else None) == status
    assert bool(connection.interim) is asked


def test_expect_is_ignored_in_1_0() -> None:
    connection = Connection(LIMITS)
    connection.receive(b"POST / HTTP/1.0\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
    assert connection.interim == b""
    assert connection.state is State.BODY


def test_admit_refuses_before_the_body_comes() -> None:
    connection = Connection(LIMITS, admit=lambda request: Response(403))
    step = connection.receive(POST + b"Content-Length: 5\r\nExpect: 100-continue\r\n\r\n")
    assert isinstance(step, Response)
    assert step.status == 403
    assert connection.interim == b""


def test_after_an_error_input_is_dropped_up_to_a_limit() -> None:
    _, connection = converse([b"nonsense\r\n\r\n", b"x" * 50])
    connection = Connection(LIMITS)
    step = connection.receive(b"nonsense\r\n\r\n")
    assert isinstance(step, Response)
    assert b"Connection: close" in connection.respond(step)[0]
    connection.answered()
    assert connection.receive(b"x" * 99) is None
    assert connection.state is State.DRAINING
    connection.receive(b"xx")
    assert connection.state is State.CLOSED


def test_what_waits_unread_at_the_end_is_dropped_and_counted() -> None:
    connection = Connection(LIMITS)
    connection.receive(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" + b"x" * 60)
    connection.respond(Response(200))
    connection.answered()
    assert not connection.unread
    connection.receive(b"x" * 40)
    assert connection.state.name == "DRAINING"
    connection.receive(b"x")
    assert connection.state is State.CLOSED


def test_a_client_that_sends_no_more_is_not_waited_for() -> None:
    connection = Connection(LIMITS)
    connection.receive(GET % b"")
    connection.receive(b"")
    connection.closing = True
    connection.respond(Response(200))
    connection.answered()
    assert connection.state is State.CLOSED


def test_an_answer_before_the_end_of_a_streamed_body_is_the_last() -> None:
    connection = Connection(LIMITS, admit=lambda request: Admission(stream=True))
    assert isinstance(connection.receive(POST + b"Content-Length: 5\r\n\r\n"), Request)
    assert connection.read_stream() == (b"", False)
    assert b"Connection: close" in connection.respond(Response(200))[0]
    connection.answered()
    assert connection.state is State.DRAINING
    assert not connection.streams


def test_a_half_closed_client_gets_its_answers() -> None:
    connection = Connection(LIMITS)
    assert isinstance(connection.receive(GET % b"a" + GET % b"b"), Request)
    assert connection.receive(b"") is None
    assert not connection.wants_input
    connection.respond(Response(200))
    connection.answered()
    assert isinstance(connection.proceed(), Request)
    connection.respond(Response(200))
    connection.answered()
    assert connection.proceed() is None
    assert connection.state is State.CLOSED


@pytest.mark.parametrize(
    "begun", [b"", b"GET /", POST + b"Content-Length: 5\r\n\r\na"], ids=["idle", "head", "body"]
)
def test_a_client_that_leaves_before_its_request_is_whole(begun: bytes) -> None:
    connection = Connection(LIMITS)
    if begun:
        assert connection.receive(begun) is None
    assert connection.receive(b"") is None
    assert connection.state is State.CLOSED


def test_the_table_is_kept() -> None:
    assert set(TRANSITIONS) == set(State)
    connection = Connection(LIMITS)
    with pytest.raises(RuntimeError, match="cannot go"):
        connection.answered()


MESSAGES = [
    GET % b"a",
    b"\r\n" + GET % b"b",
    POST + b"Content-Length: 20\r\n\r\n" + b"0123456789" * 2,
    POST + b"Content-Length: 0\r\n\r\n",
    POST + b"Transfer-Encoding: chunked\r\n\r\n5;x\r\nhello\r\n0\r\nA: b\r\n\r\n",
    POST + b"Transfer-Encoding: chunked\r\n\r\nFFF\r\n",
    POST + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n",
    b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    b"GET /\nHost: a\r\n\r\n",
    b"GET / HTTP/2.0\r\nHost: a\r\nbad\n\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nA: " + b"x" * 150 + b"\r\n\r\n",
    b"GET /" + b"x" * 90,
    b"\r\n\r\n",
]


@given(
    st.lists(st.one_of(st.sampled_from(MESSAGES), st.binary(max_size=30)), max_size=5),
    st.lists(st.integers(0, 500), max_size=8),
)
def test_any_split_of_the_bytes_gives_the_same_messages(
    messages: list[bytes], cuts: list[int]
) -> None:
    data = b"".join(messages)
    limits = Limits(request_line=80, head=150, fields=5, body=1000, body_in_memory=10)
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    pieces = [data[a:b] for a, b in pairwise(edges) if a < b]
    whole = converse([data] if data else [], limits)[0]
    assert converse(pieces, limits)[0] == whole
    assert converse([data[i : i + 1] for i in range(len(data))], limits)[0] == whole


@pytest.mark.parametrize(
    ("data", "next_state"),
    [
        (GET % b"", State.IDLE),
        (POST + b"Content-Length: 5\r\n\r\n", State.DRAINING),
    ],
)
def test_who_is_refused_and_has_sent_all_may_go_on_asking(data: bytes, next_state: State) -> None:
    connection = Connection(LIMITS, admit=lambda request: Response(429))
    step = connection.receive(data)
    assert isinstance(step, Response)
    connection.respond(step)
    connection.answered()
    assert connection.state is next_state
