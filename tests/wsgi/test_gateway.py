"""The gateway as a handler: what it makes of the PEP's freedoms (test_pep3333 has its duties)."""

import gzip
import io
import tempfile
import threading
from enum import StrEnum
from pathlib import Path

import pytest

from httpserver.messages import BadRequest, File, Headers, Request, Response
from wsgi import Gateway
from wsgi.errors import GatewayError
from wsgi.events import observe
from wsgi.forwarded import Trust

OK = ("200 OK", [("Content-Type", "text/plain")])


def ask(application, fields=(), client=("127.0.0.1", 1), **options) -> Response:
    request = Request(
        "GET", "/", headers=Headers(fields), client=client, server=("127.0.0.1", 8000)
    )
    return Gateway(application, **options)(request)


def test_what_is_not_callable_is_no_application() -> None:
    with pytest.raises(TypeError, match="a WSGI application is a callable, but this is 3"):
        Gateway(3)


def test_a_list_becomes_one_body_of_known_length() -> None:
    def application(environ, start_response):
        start_response(*OK)
        return [b"a", b"", b"b"]

    response = ask(application)
    assert (response.status, response.body) == (200, b"ab")


def test_only_the_first_part_is_asked_for_before_the_head_is_out() -> None:
    pulled = []

    def application(environ, start_response):
        start_response(*OK)
        for number in range(3):
            pulled.append(number)
            yield b"%d" % number

    response = ask(application)
    assert pulled == [0]
    assert b"".join(response.body) == b"012"


@pytest.mark.parametrize("body", [list, iter], ids=["list", "iterator"])
def test_what_the_application_does_to_its_environ_changes_no_answer(body) -> None:
    def application(environ, start_response):
        environ.clear()  # PEP 3333: "in any way it desires"
        environ["REQUEST_METHOD"] = "GET"  # as what turns HEAD into GET does
        start_response("200 OK", [("Content-Length", "5")])
        return body([])

    response = Gateway(application)(Request("HEAD", "/"))
    assert (response.status, list(response.body)) == (200, [])


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
def test_no_part_is_asked_for_that_will_not_be_sent(status) -> None:
    def application(environ, start_response):
        start_response(status, [("Content-Length", "5")])
        return iter(())

    assert list(ask(application).body) == []


def test_what_the_application_raises_passes_through() -> None:
    def application(environ, start_response):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        ask(application)


def test_kinds_of_str_are_sent_as_what_they_hold() -> None:
    class Name(StrEnum):
        FIELD = "X-Field"
        CONNECTION = "Connection"

    class Safe(str):
        def __str__(self) -> str:
            return "\r\nSet-Cookie: evil"

    def application(environ, start_response):
        start_response(Safe("200 OK"), [(Name.FIELD, Safe("a")), (Name.CONNECTION, "close")])
        return [b"b"]

    response = ask(application)
    assert (response.status, list(response.headers)) == (200, [("X-Field", "a")])
    assert all(type(each) is str for field in response.headers for each in field)


def test_a_start_response_that_was_refused_has_said_nothing() -> None:
    def application(environ, start_response):
        try:
            start_response("200 OK", [("X", "a\nb")])
        except GatewayError:
            start_response("500 Oops", [])
        return [b""]

    assert ask(application).status == 500


def test_an_error_inside_of_iter_is_the_applications() -> None:
    class Failing:
        def __iter__(self):
            raise TypeError("mine")

    def application(environ, start_response):
        start_response(*OK)
        return Failing()

    with pytest.raises(TypeError, match="mine"):
        ask(application)


# --- Files ---------------------------------------------------------------------------------


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


def test_a_file_without_close_is_read_like_any_other() -> None:
    with tempfile.TemporaryFile() as file:
        file.write(b"abc")
        file.seek(0)
        response = ask(lambda environ, start_response: (
            start_response(*OK), environ["wsgi.file_wrapper"](OnlyReads(file)),
        )[1])  # fmt: skip
        assert list(response.body) == [b"abc"]
        assert not file.closed


def test_what_has_the_descriptor_of_something_else_is_read(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "text.gz", "wb") as file:
        file.write(b"text " * 100)
    with gzip.open(tmp_path / "text.gz") as file:
        response = ask(lambda environ, start_response: (
            start_response(*OK), environ["wsgi.file_wrapper"](file),
        )[1])  # fmt: skip
        assert b"".join(response.body) == b"text " * 100


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="it looks into /proc")
def test_what_reads_a_part_of_its_file_is_read() -> None:
    class FirstLine:
        def __init__(self, path: str) -> None:
            self.file = open(path, "rb")
            self.fileno, self.tell, self.close = self.file.fileno, self.file.tell, self.file.close

        def read(self, size: int) -> bytes:
            return b"" if self.file.tell() else self.file.readline()

    def application(environ, start_response):
        start_response(*OK)
        return environ["wsgi.file_wrapper"](FirstLine(__file__))

    response = ask(application)
    assert b"".join(response.body).count(b"\n") == 1
    response.body.close()


def test_a_file_of_the_systems_that_has_no_size_is_read() -> None:
    with open("/proc/self/status", "rb") as file:
        response = ask(lambda environ, start_response: (
            start_response(*OK), environ["wsgi.file_wrapper"](file),
        )[1])  # fmt: skip
        assert b"VmRSS" in b"".join(response.body)


def test_what_is_written_between_two_parts_stands_between_them() -> None:
    def application(environ, start_response):
        write = start_response(*OK)
        write(b"1")
        yield b"2"
        write(b"3")
        yield b"4"
        write(b"5")

    assert b"".join(ask(application).body) == b"12345"


def test_the_applications_file_is_closed_by_its_own_close_on_its_own_thread() -> None:
    names = []
    threads = []

    def application(environ, start_response):
        start_response(*OK)
        return environ["wsgi.file_wrapper"](file)

    end = observe(lambda name, details: names.append(name))
    try:
        file = tempfile.NamedTemporaryFile()
        file.write(b"abc")
        file.flush()
        really = file.close
        file.close = lambda: threads.append(threading.current_thread())
        response = ask(application)
        really()
    finally:
        end()
    assert threads == [threading.current_thread()]
    assert names.count("application.closed") == 1
    response.body.file.close()


def test_what_only_reads_is_asked_for_its_parts() -> None:
    def application(environ, start_response):
        start_response(*OK)
        return environ["wsgi.file_wrapper"](io.BytesIO(b"abcdef"), 4)

    assert list(ask(application).body) == [b"abcd", b"ef"]


# --- Fields that are the server's to set ---------------------------------------------------


def closing(environ, start_response):
    start_response("200 OK", [("Connection", "close"), ("X-Ours", "1"), ("connection", "x")])
    return [b""]


def test_a_field_that_is_dropped_is_told_once_for_each_gateway(caplog) -> None:
    for _ in range(2):
        assert ask(closing).headers == [("X-Ours", "1")]
    assert [record.getMessage() for record in caplog.records] == [
        "the application sets Connection, which belongs to the server: dropped"
    ] * 2


def test_under_strict_it_is_refused() -> None:
    with pytest.raises(GatewayError, match="the application set Connection"):
        ask(closing, strict=True)


# --- A proxy in front ----------------------------------------------------------------------

FORWARDED = [("X-Forwarded-For", "192.0.2.7"), ("X-Forwarded-Proto", "https")]


def who(fields, client=("127.0.0.1", 1), **options) -> tuple[str, str, str | None]:
    seen = {}

    def application(environ, start_response):
        seen.update(environ)
        start_response(*OK)
        return [b""]

    ask(application, fields, client, **options)
    return seen["REMOTE_ADDR"], seen["wsgi.url_scheme"], seen.get("HTTPS")


def test_a_trusted_proxy_says_who_the_client_is() -> None:
    trust = Trust("10.0.0.0/8")
    assert who(FORWARDED, ("10.1.2.3", 9), trust=trust) == ("192.0.2.7", "https", "on")
    assert who(FORWARDED, "", trust=trust) == ("192.0.2.7", "https", "on")


def test_anybody_else_says_nothing() -> None:
    assert who(FORWARDED, ("192.0.2.1", 9)) == ("192.0.2.1", "http", None)
    assert who(FORWARDED, trust=Trust("10.0.0.0/8")) == ("127.0.0.1", "http", None)


def test_proxies_on_this_machine_are_trusted_unless_something_else_is_said() -> None:
    assert who(FORWARDED) == ("192.0.2.7", "https", "on")
    assert who(FORWARDED[:1]) == ("192.0.2.7", "http", None)
    assert who(FORWARDED[1:]) == ("127.0.0.1", "https", "on")


def test_schemes_that_conflict_are_a_bad_request() -> None:
    with pytest.raises(BadRequest):
        who([*FORWARDED, ("X-Forwarded-Proto", "http")])
