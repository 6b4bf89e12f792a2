"""The access log's line, and that no client can write lines of its own."""

import io
import logging
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httpserver.logs import AccessLog, OneLine, combined_line, escape, log_time
from httpserver.messages import Headers, Request

MOMENT = 784111777  # Sun, 06 Nov 1994 08:49:37 GMT


def request(target: str = "/a?b=c", **fields: str) -> Request:
    headers = Headers((name.replace("_", "-"), value) for name, value in fields.items())
    return Request("GET", target, headers=headers, client=("192.0.2.7", 5000))


def test_a_line_has_the_combined_form_and_the_time_taken() -> None:
    line = combined_line(
        request(User_Agent="curl/8.5", Referer="http://a/"), 200, 512, 0.0021, MOMENT
    )
    assert line == (
        '192.0.2.7 - - [06/Nov/1994:08:49:37 +0000] "GET /a?b=c HTTP/1.1" 200 512 '
        '"http://a/" "curl/8.5" 0.002'
    )


def test_what_was_not_sent_is_a_dash_and_a_unix_peer_is_called_so() -> None:
    line = combined_line(Request("GET", "/", client=""), 404, 0, 0, MOMENT)
    assert line.startswith("unix - - [")
    assert line.endswith('404 0 "-" "-" 0.000')


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("plain /text?", "plain /text?", id="plain"),
        pytest.param("a\r\nb", "a\\x0D\\x0Ab", id="a line of its own"),
        pytest.param("\x1b[31m", "\\x1B[31m", id="a terminal's escape"),
        pytest.param('"', "\\x22", id="the end of the value"),
        pytest.param("\\", "\\x5C", id="a backslash"),
        pytest.param("é", "\\xE9", id="latin-1"),
        pytest.param("\u2028", "\\u2028", id="Unicode's own line end"),
    ],
)
def test_controls_are_escaped(text: str, expected: str) -> None:
    assert escape(text) == expected


@given(st.text(max_size=50), st.text(max_size=50))
def test_a_request_is_one_line_of_seven_parts_whatever_it_holds(target: str, agent: str) -> None:
    line = combined_line(request(target, User_Agent=agent), 200, 1, 0, MOMENT)
    assert re.fullmatch(
        r'\S+ - - \[[^]]+\] "[ -!#-~]*" \d+ \d+ "[ -!#-~]*" "[ -!#-~]*" [\d.]+', line
    )


def test_the_log_goes_to_its_stream_line_by_line() -> None:
    stream = io.StringIO()
    log = AccessLog(stream)
    log(request("/one"), 200, 10, 0.1)
    log(request("/two"), 304, 10, 0.1)
    assert [line.split()[6] for line in stream.getvalue().splitlines()] == ["/one", "/two"]


def test_a_log_that_cannot_be_written_does_not_stop_the_server() -> None:
    stream = io.StringIO()
    stream.close()
    AccessLog(stream)(request(), 200, 10, 0.1)


def test_log_time_is_utc() -> None:
    assert log_time(0) == "01/Jan/1970:00:00:00 +0000"


def test_an_error_s_message_stays_on_its_line_and_its_traceback_is_whole() -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(OneLine("%(levelname)s %(message)s"))
    logger = logging.Logger("test")
    logger.addHandler(handler)
    try:
        raise RuntimeError("wrong")
    except RuntimeError:
        logger.exception('bad "path" %s', "/a\nERROR forged é")
    lines = stream.getvalue().splitlines()
    assert lines[0] == 'ERROR bad "path" /a\\x0AERROR forged é'
    assert lines[1].startswith("Traceback")
