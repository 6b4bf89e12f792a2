"""The gateway against PEP 3333, clause by clause; the applications are as odd as it allows."""

import io
import itertools
import sys
import tempfile
import threading
from wsgiref.validate import validator

import pytest

from httpserver.messages import File, Headers, Request, Response
from wsgi import Gateway
from wsgi.errors import GatewayError
from wsgi.events import observe

OK = ("200 OK", [("Content-Type", "text/plain")])


def ask(application, method: str = "GET", body: bytes = b"") -> Response:
    fields = [("Content-Length", str(len(body)))] if body else []
    request = Request(
        method, "/", headers=Headers(fields), body=io.BytesIO(body), content_length=len(body),
        client=("127.0.0.1", 1), server=("127.0.0.1", 8000),
    )  # fmt: skip
    return Gateway(application)(request)


def body_of(response: Response) -> bytes:
    if isinstance(response.body, bytes):
        return response.body
    try:
        return b"".join(response.body)
    finally:
        response.body.close()


class Closing:
    """An iterable that remembers how often it was closed."""

    def __init__(self, *parts: bytes) -> None:
        self.parts = iter(parts)
        self.closed = 0

    def __iter__(self):
        return self.parts

    def close(self) -> None:
        self.closed += 1


def test_a_list_becomes_one_body_of_known_length() -> None:
    def application(environ, start_response):
        start_response(*OK)
        return [b"a", b"", b"b"]

    response = ask(application)
    assert (response.status, response.body) == (200, b"ab")


def test_the_reason_phrase_is_the_applications() -> None:
    def application(environ, start_response):
        start_response("404 Nowhere To Be Seen", [])
        return [b""]

    assert ask(application).reason == "Nowhere To Be Seen"


def test_a_generator_may_call_start_response_at_its_first_part() -> None:
    def application(environ, start_response):
        start_response("201 Created", [])
        yield b""
        yield b"made"

    response = ask(application)
    assert response.status == 201
    assert body_of(response) == b"made"


def test_parts_are_passed_on_as_they_come() -> None:
    pulled = []

    def application(environ, start_response):
        start_response(*OK)
        for number in range(3):
            pulled.append(number)
            yield b"%d" % number

    response = ask(application)
    assert pulled == [0], "only the first part may be asked for before the head is out"
    assert body_of(response) == b"012"


@pytest.mark.parametrize("parts", [[], [b""], [b"", b""], [b"x"], [b"", b"x", b""]])
def test_zero_length_parts_are_fine(parts) -> None:
    def application(environ, start_response):
        start_response(*OK)
        return iter(parts)

    assert body_of(ask(application)) == b"".join(parts)


def test_write_comes_before_the_iterable() -> None:
    def application(environ, start_response):
        write = start_response(*OK)
        write(b"one ")
        write(b"two ")
        return [b"three"]

    assert body_of(ask(application)) == b"one two three"


def test_write_before_a_generator() -> None:
    def application(environ, start_response):
        start_response(*OK)(b"written ")
        return iter([b"iterated"])

    assert body_of(ask(application)) == b"written iterated"


def test_a_second_call_without_exc_info_is_an_error() -> None:
    def application(environ, start_response):
        start_response(*OK)
        start_response(*OK)
        return []

    with pytest.raises(GatewayError, match="second time"):
        ask(application)


def test_exc_info_replaces_the_answer_while_the_head_is_not_sent() -> None:
    def application(environ, start_response):
        start_response(*OK)
        try:
            raise KeyError("gone")
        except KeyError:
            start_response("500 Oops", [], sys.exc_info())
        return [b"sorry"]

    response = ask(application)
    assert (response.status, response.reason, response.body) == (500, "Oops", b"sorry")


def test_exc_info_drops_what_was_written_for_the_answer_before() -> None:
    def application(environ, start_response):
        start_response(*OK)(b"<html>partial")
        try:
            raise KeyError("gone")
        except KeyError:
            start_response("500 Oops", [("Content-Length", "5")], sys.exc_info())
        return [b"error"]

    assert ask(application).body == b"error"


def test_an_endless_body_ends_at_its_declared_length() -> None:
    def application(environ, start_response):
        start_response("200 OK", [("Content-Length", "5")])
        while True:
            yield b"hello"

    assert list(itertools.islice(ask(application).body, 3)) == [b"hello"]


def test_exc_info_is_raised_again_once_the_head_is_sent() -> None:
    def application(environ, start_response):
        start_response(*OK)
        yield b"part"
        try:
            raise KeyError("late")
        except KeyError:
            start_response("500 Oops", [], sys.exc_info())

    response = ask(application)
    with pytest.raises(KeyError, match="late"):
        body_of(response)


def test_without_start_response_there_is_no_response() -> None:
    with pytest.raises(GatewayError, match="start_response"):
        ask(lambda environ, start_response: [b"body"])


def test_close_is_called_once_after_the_whole_body() -> None:
    result = Closing(b"a", b"b")

    def application(environ, start_response):
        start_response(*OK)
        return result

    response = ask(application)
    assert result.closed == 0
    body_of(response)
    response.body.close()
    assert result.closed == 1


def test_close_is_called_when_the_first_part_raises() -> None:
    class Failing(Closing):
        def __iter__(self):
            raise ValueError("no parts")

    result = Failing()

    def application(environ, start_response):
        start_response(*OK)
        return result

    with pytest.raises(ValueError, match="no parts"):
        ask(application)
    assert result.closed == 1


def test_close_is_called_when_the_client_has_gone() -> None:
    result = Closing(b"a", b"b")

    def application(environ, start_response):
        start_response(*OK)
        return result

    ask(application).body.close()  # the server closes what it did not read
    assert result.closed == 1


@pytest.mark.parametrize(
    ("status", "fields"),
    [
        ("200", "not a list"),
        ("2OO OK", []),
        ("99 Low", []),
        (b"200 OK", []),
        ("200 OK", [("a", b"bytes")]),
        ("200 OK", [["a", "list"]]),
        ("200 OK", [("a", "b", "c")]),
        ("200 OK", {"a": "b"}),
    ],
    ids=repr,
)
def test_what_start_response_refuses(status, fields) -> None:
    def application(environ, start_response):
        start_response(status, fields)
        return []

    with pytest.raises(GatewayError):
        ask(application)


@pytest.mark.parametrize("part", ["text", None, 3, bytearray(b"x")], ids=repr)
def test_a_part_that_is_not_bytes_is_an_error(part) -> None:
    def application(environ, start_response):
        start_response(*OK)
        return [part]

    with pytest.raises(GatewayError, match="expected bytes"):
        ask(application)


def test_hop_by_hop_fields_are_dropped(caplog) -> None:
    def application(environ, start_response):
        start_response("200 OK", [("Connection", "close"), ("X-Ours", "1")])
        return [b""]

    assert ask(application).headers == [("X-Ours", "1")]
    assert "Connection" in caplog.text


@pytest.mark.parametrize("as_list", [True, False], ids=["list", "generator"])
def test_more_than_content_length_is_cut(as_list) -> None:
    def application(environ, start_response):
        start_response("200 OK", [("Content-Length", "3")])
        return [b"abcdef"] if as_list else iter([b"ab", b"cdef"])

    assert body_of(ask(application)) == b"abc"


@pytest.mark.parametrize("as_list", [True, False], ids=["list", "generator"])
def test_less_than_content_length_is_an_error(as_list) -> None:
    def application(environ, start_response):
        start_response("200 OK", [("Content-Length", "9")])
        return [b"abc"] if as_list else iter([b"abc"])

    with pytest.raises(GatewayError):
        body_of(ask(application))


def test_head_may_declare_the_length_of_what_it_does_not_send() -> None:
    def application(environ, start_response):
        start_response("200 OK", [("Content-Length", "9")])
        return []

    assert ask(application, "HEAD").headers == [("Content-Length", "9")]


def test_the_file_wrapper_gives_the_file_itself_to_the_server() -> None:
    file = tempfile.TemporaryFile()
    file.write(b"0123456789")
    file.seek(4)

    def application(environ, start_response):
        start_response(*OK)
        return environ["wsgi.file_wrapper"](file)

    response = ask(application)
    assert isinstance(response.body, File)
    assert (response.body.offset, response.body.length) == (4, 6)
    with response.body.file as sent:
        sent.seek(response.body.offset)
        assert sent.read() == b"456789"


class OnlyReads:
    """A file-like object of the least that `wsgi.file_wrapper` asks for, and no close()."""

    def __init__(self, file) -> None:
        self.fileno, self.tell, self.read = file.fileno, file.tell, file.read


def test_a_file_without_close_is_sent_like_any_other() -> None:
    with tempfile.TemporaryFile() as file:
        response = ask(lambda environ, start_response: (
            start_response(*OK), environ["wsgi.file_wrapper"](OnlyReads(file)),
        )[1])  # fmt: skip
        response.body.file.close()
        assert not file.closed


def test_the_applications_file_is_closed_by_its_own_close_on_its_own_thread() -> None:
    names = []
    threads = []

    class Watched(OnlyReads):
        def close(self) -> None:
            threads.append(threading.current_thread())

    def application(environ, start_response):
        start_response(*OK)
        return environ["wsgi.file_wrapper"](Watched(file))

    end = observe(lambda name, details: names.append(name))
    try:
        with tempfile.TemporaryFile() as file:
            response = ask(application)
    finally:
        end()
    assert threads == [threading.current_thread()]
    assert names.count("application.closed") == 1
    response.body.file.close()


def test_the_file_wrapper_iterates_over_what_only_reads() -> None:
    def application(environ, start_response):
        start_response(*OK)
        return environ["wsgi.file_wrapper"](io.BytesIO(b"abcdef"), 4)

    assert body_of(ask(application)) == b"abcdef"


def test_the_input_is_the_body() -> None:
    def application(environ, start_response):
        start_response(*OK)
        stream = environ["wsgi.input"]
        return [stream.read(2), b"|", stream.readline(), b"|", stream.read(), stream.read()]

    assert body_of(ask(application, "POST", b"one\ntwo")) == b"on|e\n|two"


def test_the_reference_validator_finds_nothing() -> None:
    def application(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"valid"]

    request = Request(
        "GET", "/", client=("127.0.0.1", 1), server=("127.0.0.1", 80), headers=Headers()
    )
    response = Gateway(validator(application))(request)
    assert body_of(response) == b"valid"


def test_what_the_application_raises_passes_through() -> None:
    def application(environ, start_response):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        ask(application)
