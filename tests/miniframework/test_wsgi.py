import sys
from io import BytesIO
from pathlib import Path
from typing import Any
from wsgiref.util import FileWrapper, setup_testing_defaults
from wsgiref.validate import validator

import pytest

from miniframework import signals
from miniframework.http import (
    FileResponse,
    HttpResponse,
    HttpResponseNotModified,
    StreamingHttpResponse,
)
from miniframework.urls import path
from miniframework.wsgi import LimitedStream, WSGIHandler


def call(application: Any, url: str = "/", method: str = "GET", **extra: Any) -> Any:
    """(status, fields, body), the way a server calls; `close()` included."""
    environ: dict[str, Any] = {
        "SCRIPT_NAME": "",
        "PATH_INFO": url,
        "REQUEST_METHOD": method,
        "HTTP_HOST": "testserver",
        "QUERY_STRING": "",
    }
    environ.update(extra)
    setup_testing_defaults(environ)
    started: list[Any] = []

    def start_response(status: str, headers: Any, exc_info: Any = None) -> Any:
        started.extend([status, headers])
        return lambda data: None

    iterable = application(environ, start_response)
    try:
        body = b"".join(iterable)
    finally:
        if hasattr(iterable, "close"):
            iterable.close()
    return started[0], started[1], body


def cookie_view(request: Any) -> HttpResponse:
    response = HttpResponse("x")
    response.set_cookie("a", "é")
    response.set_cookie("b", "2")
    return response


VIEWS = {
    "/hello/": lambda request: HttpResponse("hello"),
    "/stream/": lambda request: StreamingHttpResponse(iter(["a", "b"])),
    "/empty/": lambda request: HttpResponse(status=204),
    "/same/": lambda request: HttpResponseNotModified(),
    "/echo/": lambda request: HttpResponse(request.body),
    "/form/": lambda request: HttpResponse(request.POST["a"]),
    "/cookies/": cookie_view,
    "/file/": lambda request: FileResponse(open(__file__, "rb")),
    "/broken/": lambda request: 1 / 0,
}
PATTERNS = [path(url[1:], view) for url, view in VIEWS.items()]


@pytest.mark.parametrize("url", [*VIEWS, "/nowhere/"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
@pytest.mark.parametrize("debug", [False, True])
def test_every_response_is_valid_wsgi(project: Any, url: str, method: str, debug: bool) -> None:
    project(PATTERNS, DEBUG=debug)
    body = b"a=1" if method == "POST" else b""
    status, _, _ = call(
        validator(WSGIHandler()),
        url,
        method,
        CONTENT_LENGTH=str(len(body)),
        CONTENT_TYPE="application/x-www-form-urlencoded",
        **{"wsgi.input": BytesIO(body), "wsgi.errors": sys.stderr},
    )
    assert status[:3].isdigit()


def test_status_fields_and_body_arrive(project: Any) -> None:
    project(PATTERNS)
    status, fields, body = call(WSGIHandler(), "/cookies/")
    assert (status, body) == ("200 OK", b"x")
    assert [value for name, value in fields if name == "Set-Cookie"] == [
        'a="\\351"; Path=/',
        "b=2; Path=/",
    ]


def test_a_request_is_announced_and_finished_by_close(project: Any) -> None:
    project(PATTERNS)
    heard = []

    def started(**kwargs: Any) -> None:
        heard.append("started")

    def finished(**kwargs: Any) -> None:
        heard.append("finished")

    signals.request_started.connect(started)
    signals.request_finished.connect(finished)
    environ: dict[str, Any] = {"PATH_INFO": "/hello/"}
    setup_testing_defaults(environ)
    response: Any = WSGIHandler()(environ, lambda status, fields: None)
    assert heard == ["started"]
    response.close()
    response.close()
    assert heard == ["started", "finished"]


def test_a_file_goes_through_the_servers_wrapper_and_is_closed(project: Any) -> None:
    made: list[Any] = []

    def view(request: Any) -> FileResponse:
        made.append(FileResponse(open(__file__, "rb")))
        return made[0]  # type: ignore[no-any-return]

    project([path("", view)])
    wrapped: list[Any] = []

    def wrapper(file: Any, size: int) -> FileWrapper:
        wrapped.append(FileWrapper(file, size))
        return wrapped[0]  # type: ignore[no-any-return]

    _, _, body = call(WSGIHandler(), "/", **{"wsgi.file_wrapper": wrapper})
    assert body == Path(__file__).read_bytes()
    assert wrapped
    assert made[0].closed
    assert made[0].file_to_stream.closed


def test_the_body_never_reads_into_the_next_request() -> None:
    stream = LimitedStream(BytesIO(b"line\nrestNEXT"), 9)
    assert stream.readline() == b"line\n"
    assert stream.read(100) == b"rest"
    assert stream.read() == stream.readline() == b""


@pytest.mark.parametrize("length", ["", "abc", "-5", "+5", "1_0", "٣", "9" * 30])
def test_a_length_that_makes_no_sense_is_no_length(project: Any, length: str) -> None:
    project(PATTERNS)
    _, _, body = call(
        WSGIHandler(), "/echo/", "POST", CONTENT_LENGTH=length, **{"wsgi.input": BytesIO(b"12345")}
    )
    assert body == b""


def test_a_client_that_goes_away_in_its_form_gets_a_400(project: Any) -> None:
    project(PATTERNS)
    status, _, _ = call(
        WSGIHandler(), "/echo/", "POST", CONTENT_LENGTH="9", **{"wsgi.input": BytesIO(b"1")}
    )
    assert status == "400 Bad Request"


@pytest.mark.parametrize("content_type", ["text/plain; charset*=utf-8''x", "a; charset=idna"])
def test_a_strange_charset_reaches_the_view(project: Any, content_type: str) -> None:
    project(PATTERNS)
    status, _, _ = call(WSGIHandler(), "/hello/", CONTENT_TYPE=content_type, QUERY_STRING="a=b%ff")
    assert status == "200 OK"


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (UnicodeDecodeError("utf-8", b"x", 0, 1, "bad"), "400 Bad Request"),
        (KeyError("REQUEST_METHOD"), "500 Internal Server Error"),
    ],
)
def test_an_environ_that_makes_no_request_gets_an_answer_and_an_end(
    project: Any, monkeypatch: pytest.MonkeyPatch, error: Exception, expected: str
) -> None:
    def broken(environ: Any) -> None:
        raise error

    project(PATTERNS)
    finished = []

    def remember(**kwargs: Any) -> None:
        finished.append(kwargs["sender"])

    signals.request_finished.connect(remember)
    monkeypatch.setattr("miniframework.wsgi.WSGIRequest", broken)
    status, _, _ = call(WSGIHandler())
    assert status == expected
    assert finished == [WSGIHandler]
