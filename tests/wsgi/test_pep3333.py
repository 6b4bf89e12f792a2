"""PEP 3333, clause by clause: each test's name begins with the section that it is from.

The applications are called over sockets. Those that keep to the PEP are run twice: as they are,
and under `wsgiref.validate.validator`, which looks at both sides.
"""

import io
import logging
import os
import sys
import tempfile
import threading
import wsgiref.util
from collections.abc import Callable, Iterator
from typing import Any
from wsgiref.validate import validator

import pytest

from tests.httpserver.serving import read_all, running
from tests.processes import wait_until
from wsgi import Gateway

PLAIN = [("Content-Type", "text/plain")]
OK = ("200 OK", PLAIN)

pytestmark = pytest.mark.timeout(60)


@pytest.fixture(params=["as it is", "under the validator"])
def check(request: pytest.FixtureRequest) -> Callable[[Any], Any]:
    return validator if request.param == "under the validator" else lambda application: application


@pytest.fixture
def ask(check, caplog) -> Iterator[Callable[..., Any]]:
    """Ask an application that keeps to the PEP: (response, body). Nobody may complain."""
    errors = io.StringIO()

    def ask(application, path: str = "/", method: str = "GET", body: Any = None, **fields: str):
        with running(Gateway(check(application), errors=errors)) as server:
            return server.ask(path, method, body, **fields)

    yield ask
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert "garbage collected" not in errors.getvalue()


def seen_by(ask, **request: Any) -> dict[str, Any]:
    """The environ that an application gets for this request."""
    seen: list[dict[str, Any]] = []

    def application(environ, start_response):
        seen.append(environ.copy())
        start_response(*OK)
        return [b"x"]

    ask(application, **request)
    return seen[0]


def answer_of(application, method: str = "GET", **options: Any):
    """What an application that may break the PEP makes of a request: (status, body)."""
    with running(Gateway(application, **options)) as server:
        response, body = server.ask("/", method)
        return response.status, body


def raw_answer_of(application, request: bytes = b"GET / HTTP/1.1\r\nHost: a\r\n") -> bytes:
    """Every byte of the answer on the wire."""
    with running(Gateway(application)) as server:
        return server.raw(request + b"Connection: close\r\n\r\n")


class Closing:
    """An iterable that remembers how often it was closed."""

    def __init__(self, *parts: bytes) -> None:
        self.parts = iter(parts)
        self.closed = 0

    def __iter__(self) -> Iterator[bytes]:
        return self.parts

    def close(self) -> None:
        self.closed += 1


# --- A Note On String Types ----------------------------------------------------------------


def test_string_types__the_environ_has_native_strings_of_latin_1(check) -> None:
    seen: dict[str, Any] = {}

    def application(environ, start_response):
        seen.update(environ)
        start_response(*OK)
        return [b""]

    with running(Gateway(check(application))) as server:
        server.raw(
            b"GET /caf%C3%A9?q=%C3%A9 HTTP/1.1\r\nHost: a\r\nX-Name: caf\xc3\xa9\r\n"
            b"Connection: close\r\n\r\n"
        )
    assert seen["PATH_INFO"] == "/caf\xc3\xa9"
    assert seen["QUERY_STRING"] == "q=%C3%A9"
    assert seen["HTTP_X_NAME"] == "caf\xc3\xa9"
    for key, value in seen.items():
        assert type(key) is str
        if "." not in key:
            assert type(value) is str, key
            value.encode("latin-1")


@pytest.mark.parametrize("part", ["text", None, 3, bytearray(b"x")], ids=repr)
def test_string_types__a_body_is_of_bytes(part, caplog) -> None:
    def application(environ, start_response):
        start_response(*OK)
        return [part]

    assert answer_of(application)[0] == 500
    assert "expected bytes" in caplog.text


@pytest.mark.parametrize(
    ("result", "hint"),
    [("text", "return [body]"), (b"bytes", "return [body]"), (None, "expected an iterable")],
    ids=repr,
)
def test_string_types__what_is_no_iterable_of_bytes_is_said_in_a_sentence(result, hint, caplog):
    def application(environ, start_response):
        start_response(*OK)
        return result

    assert answer_of(application)[0] == 500
    assert hint in caplog.text


# --- Specification Details -----------------------------------------------------------------


def test_specification_details__an_application_gets_two_positional_arguments(ask) -> None:
    def application(*arguments, **named):
        assert len(arguments) == 2
        assert not named
        arguments[1](*OK)
        return [b"two"]

    assert ask(application)[1] == b"two"


@pytest.mark.parametrize("kind", ["function", "method", "class", "instance"])
def test_specification_details__any_callable_is_an_application(ask, kind) -> None:
    class Application:
        def __init__(self, environ=None, start_response=None) -> None:
            self.start_response = start_response

        def __iter__(self):
            self.start_response(*OK)
            yield b"called"

        def __call__(self, environ, start_response):
            start_response(*OK)
            return [b"called"]

    applications = {
        "function": lambda environ, start_response: Application()(environ, start_response),
        "method": Application().__call__,
        "class": Application,
        "instance": Application(),
    }
    assert ask(applications[kind])[1] == b"called"


def test_specification_details__the_environ_is_a_dict_of_the_applications_own(check) -> None:
    lengths = []

    def application(environ, start_response):
        assert type(environ) is dict
        lengths.append(len(environ))
        environ["mine"] = 1
        del environ["SERVER_PROTOCOL"]
        start_response(*OK)
        return [b""]

    with running(Gateway(check(application))) as server:
        assert [server.ask("/")[0].status for _ in range(2)] == [200, 200]
    assert len(set(lengths)) == 1


class OldIterable:
    """Iterated over by the protocol from before `__iter__`."""

    def __getitem__(self, index: int) -> bytes:
        return [b"a", b"b"][index]


@pytest.mark.parametrize(
    "make",
    [
        lambda: [b"a", b"b"],
        lambda: (b"a", b"b"),
        lambda: iter([b"a", b"b"]),
        lambda: (part for part in [b"a", b"b"]),
        lambda: Closing(b"a", b"b"),
        lambda: {b"a": 1, b"b": 2},
        OldIterable,
    ],
    ids=["list", "tuple", "iterator", "generator", "object", "dict", "old"],
)
def test_specification_details__every_kind_of_iterable_is_a_body(ask, make) -> None:
    def application(environ, start_response):
        start_response(*OK)
        return make()

    assert ask(application)[1] == b"ab"


@pytest.mark.parametrize("parts", [[], [b""], [b"", b""], [b"x"], [b"", b"x", b""]], ids=repr)
@pytest.mark.parametrize("kind", [list, iter])
def test_specification_details__there_may_be_no_parts_and_empty_ones(ask, kind, parts) -> None:
    def application(environ, start_response):
        start_response(*OK)
        return kind(parts)

    response, body = ask(application)
    assert (response.status, body) == (200, b"".join(parts))


def test_specification_details__bytes_are_left_as_they_are(ask) -> None:
    data = bytes(range(256)) + b"\r\n\n\r0\r\n\r\n"

    def application(environ, start_response):
        start_response("200 OK", [("Content-Type", "application/octet-stream")])
        yield data
        yield data

    assert ask(application)[1] == data * 2


def test_specification_details__start_response_may_wait_for_the_first_part(ask) -> None:
    def application(environ, start_response):
        start_response("201 Created", PLAIN)
        yield b""
        yield b"made"

    response, body = ask(application)
    assert (response.status, body) == (201, b"made")


def test_specification_details__a_body_without_start_response_is_an_error(caplog) -> None:
    assert answer_of(lambda environ, start_response: [b"body"])[0] == 500
    assert "without having called start_response" in caplog.text


def test_specification_details__close_is_called_once_after_the_whole_body(ask) -> None:
    result = Closing(b"a", b"b")

    def application(environ, start_response):
        start_response(*OK)
        return result

    assert ask(application)[1] == b"ab"
    assert result.closed == 1


class ClosingList(list[bytes]):
    closed = 0

    def close(self) -> None:
        self.closed += 1


def test_specification_details__close_is_called_once_on_a_list(ask) -> None:
    result = ClosingList([b"a"])

    def application(environ, start_response):
        start_response(*OK)
        return result

    assert ask(application)[1] == b"a"
    assert result.closed == 1


def test_specification_details__close_is_called_once_where_the_list_is_no_body() -> None:
    result = ClosingList([b"a"])

    def application(environ, start_response):
        start_response("200 OK", [("Content-Length", "9")])
        return result

    assert answer_of(application)[0] == 500
    assert result.closed == 1


def test_specification_details__a_close_that_raises_is_not_called_again() -> None:
    class Failing(ClosingList):
        def close(self) -> None:
            super().close()
            raise OSError("cannot be closed")

    result = Failing([b"a"])

    def application(environ, start_response):
        start_response(*OK)
        return result

    assert answer_of(application)[0] == 500
    assert result.closed == 1


@pytest.mark.parametrize("when", ["at once", "in the middle", "at the end", "by __iter__"])
def test_specification_details__close_is_called_once_when_the_body_raises(when) -> None:
    class Failing(Closing):
        def __iter__(self):
            if when == "by __iter__":
                raise ValueError(when)
            return self.run()

        def run(self):
            if when != "at once":
                yield b"part"
            if when == "at the end":
                yield b"another"
            raise ValueError(when)

    result = Failing()

    def application(environ, start_response):
        start_response(*OK)
        return result

    answer = raw_answer_of(application)
    if when in ("at once", "by __iter__"):
        assert answer.startswith(b"HTTP/1.1 500 ")
    else:
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert not answer.endswith(b"0\r\n\r\n"), "the client must see that it is not whole"
    assert result.closed == 1


def test_specification_details__close_is_called_when_the_client_has_gone(check, caplog) -> None:
    class Endless(Closing):
        def __iter__(self):
            while True:
                yield b"x" * 65536

    result = Endless()

    def application(environ, start_response):
        start_response(*OK)
        return result

    with running(Gateway(check(application)), threads=1) as server:
        with server.connect() as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            client.recv(10)
        wait_until(lambda: result.closed, "close() to be called")
    assert result.closed == 1
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


# --- environ Variables ---------------------------------------------------------------------


def test_environ_variables__what_is_required_is_there(ask) -> None:
    environ = seen_by(ask, path="/a%20b?x=1")
    assert environ["REQUEST_METHOD"] == "GET"
    assert (environ["SCRIPT_NAME"], environ["PATH_INFO"]) == ("", "/a b")
    assert environ["QUERY_STRING"] == "x=1"
    assert environ["SERVER_NAME"] == "127.0.0.1"
    assert int(environ["SERVER_PORT"])
    assert environ["SERVER_PROTOCOL"] == "HTTP/1.1"
    assert environ["REMOTE_ADDR"] == "127.0.0.1"
    assert environ["wsgi.version"] == (1, 0)
    assert environ["wsgi.url_scheme"] == "http"
    assert {"wsgi.input", "wsgi.errors"} <= set(environ)
    assert environ["wsgi.run_once"] is False


def test_environ_variables__the_query_may_be_empty_and_the_content_fields_absent(ask) -> None:
    environ = seen_by(ask)
    assert environ["QUERY_STRING"] == ""
    assert environ.get("CONTENT_TYPE", "") == ""
    assert environ.get("CONTENT_LENGTH", "") == ""


def test_environ_variables__fields_have_a_prefix_but_for_type_and_length(ask) -> None:
    environ = seen_by(ask, method="POST", body=b"abc", content_type="text/x", x_some="thing")
    assert environ["HTTP_X_SOME"] == "thing"
    assert (environ["CONTENT_TYPE"], environ["CONTENT_LENGTH"]) == ("text/x", "3")
    assert not {"HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH"} & set(environ)


@pytest.mark.parametrize("flag", [True, False])
def test_environ_variables__threads_and_processes_are_what_the_server_says(flag) -> None:
    def application(environ, start_response):
        start_response(*OK)
        return [repr((environ["wsgi.multithread"], environ["wsgi.multiprocess"])).encode()]

    _, body = answer_of(application, multithread=flag, multiprocess=flag)
    assert body == repr((flag, flag)).encode()


# --- Input and Error Streams ---------------------------------------------------------------

BODY = b"one\ntwo\nthree\nfour"


@pytest.mark.parametrize(
    ("read", "expected"),
    [
        (lambda body: body.read(5), b"one\nt"),
        (lambda body: body.read(-1), BODY),
        (lambda body: body.read(1000), BODY),
        (lambda body: body.read(1000) + body.read(1000), BODY),
        (lambda body: body.readline(), b"one\n"),
        (lambda body: body.readline(2) + b"|" + body.readline(9), b"on|e\n"),
        (lambda body: b"|".join(body.readlines()), b"one\n|two\n|three\n|four"),
        (lambda body: b"|".join(body.readlines(5)), b"one\n|two\n"),
        (lambda body: b"|".join(body), b"one\n|two\n|three\n|four"),
        (lambda body: body.readline() + b"|" + body.read(3), b"one\n|two"),
    ],
)
@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunked"])
def test_input_stream__it_is_read_like_a_file_and_ends_with_the_body(
    check, read, expected, chunked
) -> None:
    """A second request follows at once on the connection: a byte too much would be its."""

    def application(environ, start_response):
        found = b"<" + read(environ["wsgi.input"]) + b">"
        start_response(*OK)
        return [found]

    framed = b"Content-Length: %d\r\n\r\n%b" % (len(BODY), BODY)
    if chunked:
        framed = b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY)
    with running(Gateway(check(application))) as server:
        answer = server.raw(
            b"POST / HTTP/1.1\r\nHost: a\r\n" + framed
            + b"GET / HTTP/1.0\r\nHost: a\r\n\r\n"
        )  # fmt: skip
    assert answer.count(b"HTTP/1.1 200 OK") == 2
    assert b"<" + expected + b">" in answer


def test_input_stream__without_a_body_it_is_empty_at_once(ask) -> None:
    def application(environ, start_response):
        stream = environ["wsgi.input"]
        start_response(*OK)
        return [stream.read(10), stream.readline(), *stream.readlines(), *stream]

    assert ask(application)[1] == b""


def test_error_stream__it_takes_text(check) -> None:
    errors = io.StringIO()

    def application(environ, start_response):
        environ["wsgi.errors"].write("one\n")
        environ["wsgi.errors"].writelines(["two\n", "three \u20ac\n"])
        environ["wsgi.errors"].flush()
        start_response(*OK)
        return [b""]

    with running(Gateway(check(application), errors=errors)) as server:
        assert server.ask("/")[0].status == 200
    assert errors.getvalue() == "one\ntwo\nthree \u20ac\n"


# --- The start_response() Callable ---------------------------------------------------------


def test_start_response__status_and_reason_are_the_applications(ask) -> None:
    def application(environ, start_response):
        start_response("404 Nowhere To Be Seen", PLAIN)
        return [b"?"]

    response, _ = ask(application)
    assert (response.status, response.reason) == (404, "Nowhere To Be Seen")


def test_start_response__the_callers_list_is_left_alone_and_later_changes_do_nothing(ask) -> None:
    fields = [("Content-Type", "text/plain"), ("X-A", "1")]

    def application(environ, start_response):
        start_response("200 OK", fields)
        fields.append(("X-Late", "1"))
        return [b"x"]

    response, _ = ask(application)
    assert response.getheader("X-A") == "1"
    assert response.getheader("X-Late") is None
    assert fields == [("Content-Type", "text/plain"), ("X-A", "1"), ("X-Late", "1")]


def test_start_response__fields_of_one_name_stay_apart_and_in_order(ask) -> None:
    def application(environ, start_response):
        start_response("200 OK", [*PLAIN, ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])
        return [b"x"]

    assert ask(application)[0].headers.get_all("Set-Cookie") == ["a=1", "b=2"]


def test_start_response__date_and_server_are_added_where_they_are_missing(ask) -> None:
    def application(environ, start_response):
        ours = [("Date", "Sun, 06 Nov 1994 08:49:37 GMT"), ("Server", "mine")]
        start_response("200 OK", PLAIN + (ours if environ["PATH_INFO"] == "/own" else []))
        return [b"x"]

    response, _ = ask(application)
    assert len(response.headers.get_all("Date")) == len(response.headers.get_all("Server")) == 1
    response, _ = ask(application, "/own")
    assert response.headers.get_all("Date") == ["Sun, 06 Nov 1994 08:49:37 GMT"]
    assert response.headers.get_all("Server") == ["mine"]


@pytest.mark.parametrize(
    ("status", "fields"),
    [
        ("200", "not a list"),
        ("200 OK", tuple(PLAIN)),
        ("200 OK", {"a": "b"}),
        ("2OO OK", []),
        ("99 Low", []),
        ("100 Continue", []),
        (200, []),
        (b"200 OK", []),
        ("200 OK\r\nX-Split: 1", []),
        ("200 \u20ac", []),
        ("200 OK", [("a", b"bytes")]),
        ("200 OK", [(b"a", "b")]),
        ("200 OK", [["a", "list"]]),
        ("200 OK", [("a", "b", "c")]),
        ("200 OK", [("a", None)]),
        ("200 OK", [("a", "b\r\nX-Split: 1")]),
        ("200 OK", [("a", "b\n folded")]),
        ("200 OK", [("a", "b\0")]),
        ("200 OK", [("a", "\u20ac")]),
        ("200 OK", [("a b", "c")]),
        ("200 OK", [("a:", "c")]),
        ("200 OK", [("a\r\nX-Split", "c")]),
        ("200 OK", [("", "c")]),
        ("200 OK", [("Content-Length", "-1")]),
        ("200 OK", [("Content-Length", "\u0663")]),
    ],
    ids=repr,
)
def test_start_response__faults_are_raised_while_the_application_is_running(status, fields):
    def application(environ, start_response):
        try:
            start_response(status, fields)
        except Exception as error:
            start_response("200 OK", PLAIN)
            return [str(error).encode()]
        return [b"nothing was raised"]

    code, body = answer_of(application)
    assert code == 200
    assert b"expected" in body, body


def test_start_response__a_second_call_without_exc_info_is_an_error(caplog) -> None:
    def application(environ, start_response):
        start_response(*OK)
        start_response(*OK)
        return []

    assert answer_of(application)[0] == 500
    assert "start_response was called a second time" in caplog.text


def test_start_response__the_head_waits_for_the_first_part_that_is_not_empty(ask) -> None:
    def application(environ, start_response):
        start_response("200 OK", PLAIN)
        yield b""
        try:
            raise KeyError("gone")
        except KeyError:
            start_response("503 Sorry", PLAIN, sys.exc_info())
        yield b"sorry"

    response, body = ask(application)
    assert (response.status, body) == (503, b"sorry")


def test_start_response__exc_info_replaces_what_was_said_and_written(ask) -> None:
    def application(environ, start_response):
        start_response("200 OK", [*PLAIN, ("X-Old", "1")])(b"<html>partial")
        try:
            raise KeyError("gone")
        except KeyError:
            start_response("500 Oops", [*PLAIN, ("Content-Length", "5")], sys.exc_info())
        return [b"error"]

    response, body = ask(application)
    assert (response.status, response.reason, body) == (500, "Oops", b"error")
    assert response.getheader("X-Old") is None


def test_start_response__exc_info_is_raised_again_once_the_head_is_sent(caplog) -> None:
    after = []

    def application(environ, start_response):
        start_response(*OK)
        yield b"part"
        try:
            raise KeyError("late")
        except KeyError:
            start_response("500 Oops", PLAIN, sys.exc_info())
        after.append("the call came back")

    answer = raw_answer_of(application)
    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert not answer.endswith(b"0\r\n\r\n")
    assert "KeyError: 'late'" in caplog.text
    assert not after


# --- Handling the Content-Length Header ----------------------------------------------------


def test_content_length__one_part_has_a_length() -> None:
    def application(environ, start_response):
        start_response(*OK)
        return [b"five!"]

    assert b"Content-Length: 5\r\n" in raw_answer_of(application)


@pytest.mark.parametrize("version", [b"1.1", b"1.0"])
def test_content_length__parts_of_unknown_length_are_chunked_or_ended_by_the_close(version):
    def application(environ, start_response):
        start_response(*OK)
        return iter([b"one", b"two"])

    with running(Gateway(application)) as server:
        answer = server.raw(
            b"GET / HTTP/%b\r\nHost: a\r\nConnection: close\r\n\r\n" % version,
        )
    assert b"Content-Length" not in answer
    if version == b"1.1":
        assert answer.endswith(b"\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n")
    else:
        assert answer.endswith(b"\r\n\r\nonetwo")


@pytest.mark.parametrize("kind", [list, iter])
def test_content_length__what_is_too_long_is_cut_and_logged(kind, caplog) -> None:
    def application(environ, start_response):
        start_response("200 OK", [("Content-Length", "3")])
        return kind([b"ab", b"cdef"])

    with running(Gateway(application)) as server:
        client = server.client()
        for _ in range(2):  # on one connection: the rest may not come as another answer
            client.request("GET", "/")
            assert client.getresponse().read() == b"abc"
        client.close()
    assert "Content-Length" in caplog.text


@pytest.mark.parametrize("kind", [list, iter])
def test_content_length__what_is_too_short_is_no_answer_or_a_broken_one(kind, caplog) -> None:
    def application(environ, start_response):
        start_response("200 OK", [("Content-Length", "9")])
        return kind([b"abc"])

    answer = raw_answer_of(application)
    head, _, body = answer.partition(b"\r\n\r\n")
    if kind is list:
        assert head.startswith(b"HTTP/1.1 500 ")
    else:
        assert b"Content-Length: 9" in head
        assert body == b"abc"
    assert "Content-Length" in caplog.text


def test_content_length__an_endless_body_ends_there(ask) -> None:
    def application(environ, start_response):
        start_response("200 OK", [*PLAIN, ("Content-Length", "5")])
        while True:
            yield b"hello"

    assert ask(application)[1] == b"hello"


# --- Buffering and Streaming, Middleware Handling of Block Boundaries ----------------------


def test_streaming__each_part_is_sent_before_the_next_is_asked_for(check) -> None:
    arrived = threading.Event()

    def application(environ, start_response):
        start_response(*OK)
        yield b"first"
        assert arrived.wait(5), "the first part did not leave"
        yield b"second"

    with running(Gateway(check(application)), threads=1) as server, server.connect() as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        received = b""
        while b"first" not in received:
            received += (part := client.recv(1000))
            assert part, "the connection was closed before the first part came"
        arrived.set()
        assert b"second" in read_all(client)


def test_streaming__empty_parts_say_that_there_is_nothing_yet(ask) -> None:
    def application(environ, start_response):
        start_response(*OK)
        yield from (b"", b"a", b"", b"", b"b", b"")

    assert ask(application)[1] == b"ab"


# --- The write() Callable ------------------------------------------------------------------


@pytest.mark.parametrize("kind", [list, iter])
def test_write__comes_before_the_iterable(ask, kind) -> None:
    def application(environ, start_response):
        write = start_response(*OK)
        write(b"one ")
        write(b"")
        write(b"two ")
        return kind([b"three"])

    assert ask(application)[1] == b"one two three"


def test_write__alone_is_a_body(ask) -> None:
    def application(environ, start_response):
        start_response(*OK)(b"written")
        return []

    assert ask(application)[1] == b"written"


def test_write__takes_bytes_only(caplog) -> None:
    def application(environ, start_response):
        start_response(*OK)("text")
        return []

    assert answer_of(application)[0] == 500
    assert "expected bytes" in caplog.text


# --- Unicode Issues ------------------------------------------------------------------------


def test_unicode__status_and_fields_go_out_as_latin_1() -> None:
    def application(environ, start_response):
        start_response("200 C'est l'\xe9t\xe9", [("X-Name", "caf\xe9")])
        return [b""]

    answer = raw_answer_of(application)
    assert answer.startswith(b"HTTP/1.1 200 C'est l'\xe9t\xe9\r\n")
    assert b"X-Name: caf\xe9\r\n" in answer


# --- Error Handling ------------------------------------------------------------------------


@pytest.mark.parametrize("started", [False, True], ids=["before", "after"])
def test_error_handling__what_an_application_raises_is_a_500_and_a_traceback(started, caplog):
    def application(environ, start_response):
        if started:
            start_response(*OK)
        raise ZeroDivisionError("secret detail")

    with running(Gateway(application)) as server:
        for _ in range(2):  # and the server lives
            response, body = server.ask("/")
            assert response.status == 500
            assert b"secret" not in body
    assert "Traceback" in caplog.text
    assert "ZeroDivisionError: secret detail" in caplog.text


@pytest.mark.parametrize("error", [SystemExit, GeneratorExit])
def test_error_handling__no_application_ends_the_server(error) -> None:
    def application(environ, start_response):
        raise error

    with running(Gateway(application)) as server:
        assert [server.ask("/")[0].status for _ in range(2)] == [500, 500]


# --- HTTP 1.1 Expect/Continue --------------------------------------------------------------


def test_expect_continue__the_server_asks_for_the_body(check) -> None:
    def application(environ, start_response):
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        start_response(*OK)
        return [body]

    with running(Gateway(check(application))) as server, server.connect() as client:
        client.sendall(
            b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n"
            b"Connection: close\r\n\r\n"
        )
        assert client.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(b"later")
        assert b"later" in read_all(client)


# --- Other HTTP Features -------------------------------------------------------------------


@pytest.mark.parametrize("kind", [list, iter])
@pytest.mark.parametrize("length", ["5", "9"], ids=["of this body", "of another body"])
@pytest.mark.parametrize("body", [[], [b"hello"]], ids=["no body", "body"])
def test_other_features__head_is_answered_without_a_body(check, kind, length, body) -> None:
    def application(environ, start_response):
        start_response("200 OK", [*PLAIN, ("Content-Length", length)])
        # The validator wants no body where none is sent.
        return kind(body if check is not validator else [])

    with running(Gateway(check(application))) as server:
        client = server.client()
        for _ in range(2):  # on one connection: a body would be taken for the next answer
            client.request("HEAD", "/")
            response = client.getresponse()
            assert (response.status, response.read()) == (200, b"")
            assert response.getheader("Content-Length") == length
        client.close()


def test_other_features__304_may_tell_the_length_of_what_it_does_not_send() -> None:
    def application(environ, start_response):
        start_response("304 Not Modified", [("Content-Length", "9"), ("ETag", '"x"')])
        return []

    answer = raw_answer_of(application)
    assert answer.startswith(b"HTTP/1.1 304 ")
    assert answer.endswith(b"\r\n\r\n")


@pytest.mark.parametrize("field", ["Connection", "keep-alive", "Transfer-Encoding", "Upgrade"])
def test_other_features__hop_by_hop_fields_are_dropped_with_one_warning(field, caplog) -> None:
    def application(environ, start_response):
        start_response("200 OK", [(field, "close"), ("X-Ours", "1")])
        return [b""]

    with running(Gateway(application)) as server:
        for _ in range(2):
            response, _ = server.ask("/")
            assert response.getheader("X-Ours") == "1"
            assert response.getheader(field) is None
    assert caplog.text.count(f"the application sets {field}") == 1


def test_other_features__hop_by_hop_fields_are_refused_where_that_is_wished(caplog) -> None:
    def application(environ, start_response):
        start_response("200 OK", [("Connection", "close")])
        return [b""]

    assert answer_of(application, strict=True)[0] == 500
    assert "the application set Connection" in caplog.text


def test_other_features__a_chunked_request_has_a_length_and_no_coding(ask) -> None:
    environ = seen_by(ask, method="POST", body=iter([b"ab", b"cde"]))
    assert environ["CONTENT_LENGTH"] == "5"
    assert "HTTP_TRANSFER_ENCODING" not in environ


# --- Thread Support ------------------------------------------------------------------------


def test_thread_support__where_multithread_is_true_calls_run_at_once(check) -> None:
    both = threading.Barrier(2)

    def application(environ, start_response):
        assert environ["wsgi.multithread"] is True
        both.wait(20)
        start_response(*OK)
        return [b"met"]

    with running(Gateway(check(application), multithread=True), threads=2) as server:
        clients = [server.client(), server.client()]
        for client in clients:
            client.request("GET", "/")
        assert [client.getresponse().read() for client in clients] == [b"met", b"met"]
        for client in clients:
            client.close()


# --- URL Reconstruction --------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/blog/", "/blog/a%20b/c", "/blog/caf%C3%A9", "/blog/a?x=1&y=%20", "/blog"]
)
def test_url_reconstruction__the_environ_has_what_was_asked_for(check, path) -> None:
    def application(environ, start_response):
        start_response(*OK)
        return [wsgiref.util.request_uri(environ).encode()]

    with running(Gateway(check(application), script_name="/blog")) as server:
        assert server.ask(path)[1].decode() == server.url + path


# --- Optional Platform-Specific File Handling ----------------------------------------------


class OnlyReads:
    """The least that `wsgi.file_wrapper` asks of a file."""

    def __init__(self, data: bytes) -> None:
        self.read = io.BytesIO(data).read


def a_file(data: bytes, position: int = 0) -> Any:
    file = tempfile.TemporaryFile()
    file.write(data)
    file.seek(position)
    return file


@pytest.mark.parametrize(
    "make",
    [lambda: a_file(b"0123456789", 4), lambda: io.BytesIO(b"456789"), lambda: OnlyReads(b"456789")],
    ids=["file", "memory", "only read"],
)
@pytest.mark.parametrize("block_size", [(), (4,)], ids=["blocks", "of 4"])
def test_file_handling__a_file_is_sent_from_where_it_stands_and_closed(ask, make, block_size):
    file = make()

    def application(environ, start_response):
        start_response(*OK)
        return environ["wsgi.file_wrapper"](file, *block_size)

    assert ask(application)[1] == b"456789"
    assert getattr(file, "closed", True)


def test_file_handling__a_file_has_a_length_and_no_more_than_was_declared() -> None:
    def application(environ, start_response):
        declared = [("Content-Length", "3")] if environ["PATH_INFO"] == "/3" else []
        start_response("200 OK", declared)
        return environ["wsgi.file_wrapper"](a_file(b"0123456789"))

    with running(Gateway(application)) as server:
        for path, expected in (("/", b"0123456789"), ("/3", b"012")):
            response, body = server.ask(path)
            assert body == expected
            assert response.getheader("Content-Length") == str(len(expected))


def test_file_handling__the_wrapper_is_an_iterable_also_for_middleware(ask) -> None:
    def application(environ, start_response):
        start_response(*OK)
        for part in environ["wsgi.file_wrapper"](io.BytesIO(b"abcdef"), 4):
            yield part.upper()

    assert ask(application)[1] == b"ABCDEF"


def test_file_handling__the_wrapper_is_closed_where_it_is_not_sent() -> None:
    file = a_file(b"x")

    def application(environ, start_response):
        return environ["wsgi.file_wrapper"](file)  # start_response was forgotten

    assert answer_of(application)[0] == 500
    assert file.closed


def test_file_handling__it_is_the_kernel_that_sends(monkeypatch) -> None:
    sent = []
    sendfile = os.sendfile

    def watched(*arguments: Any) -> int:
        sent.append(sendfile(*arguments))
        return sent[-1]

    monkeypatch.setattr("os.sendfile", watched)
    size = 1024 * 1024

    def application(environ, start_response):
        start_response(*OK)
        return environ["wsgi.file_wrapper"](a_file(b"x" * size))

    assert len(answer_of(application)[1]) == size
    assert sum(sent) == size
