"""What the logs say, and that no client can write lines of its own."""

import io
import json
import logging
import os
import re
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httpserver.logs import AccessLog, OneLine, combined_line, escape, json_line, log_time
from httpserver.messages import Headers, Request
from tests.processes import ROOT

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


def test_log_time_is_utc() -> None:
    assert log_time(0) == "01/Jan/1970:00:00:00 +0000"


def test_times_within_a_second_and_after_it_are_right() -> None:
    assert [log_time(MOMENT + more)[-11:-6] for more in (0, 0.9, 1, 0.5)] == [
        "49:37",
        "49:37",
        "49:38",
        "49:37",
    ]


# --- JSON ---


def test_json_has_a_name_for_each_value() -> None:
    got = request(User_Agent="curl/8.5", Referer="http://a/", Host="example.com")
    assert json.loads(json_line(got, 200, 512, 0.00213, MOMENT + 0.0426)) == {
        "time": "1994-11-06T08:49:37.043Z",
        "client": "192.0.2.7",
        "method": "GET",
        "target": "/a?b=c",
        "version": "HTTP/1.1",
        "status": 200,
        "bytes": 512,
        "seconds": 0.00213,
        "referrer": "http://a/",
        "agent": "curl/8.5",
        "host": "example.com",
        "request_id": got.id,
    }


def test_what_was_not_sent_is_null_in_json() -> None:
    got = json.loads(json_line(Request("GET", "/", client=""), 404, 0, 0, MOMENT))
    assert (got["client"], got["referrer"], got["agent"], got["host"]) == ("unix", None, None, None)


@given(st.text(), st.text(), st.text(), st.text())
def test_json_gives_every_text_back_from_one_ascii_line(
    target: str, agent: str, referrer: str, host: str
) -> None:
    got = request(target, User_Agent=agent, Referer=referrer, Host=host)
    line = json_line(got, 200, 1, 0.5, MOMENT)
    assert re.fullmatch("[ -~]+", line)
    values = json.loads(line)
    assert [values[name] for name in ("target", "agent", "referrer", "host")] == [
        target,
        agent,
        referrer,
        host,
    ]


# --- The log ---


def test_lines_go_to_the_stream_in_order(tmp_path: Path) -> None:
    with (tmp_path / "log").open("w") as stream:
        log = AccessLog(stream)
        log(request("/one"), 200, 10, 0.1)
        log(request("/two"), 304, 10, 0.1)
        log.close()
    assert [line.split()[6] for line in lines_of(tmp_path / "log")] == ["/one", "/two"]


def test_without_a_stream_it_is_standard_output(capfd: pytest.CaptureFixture[str]) -> None:
    log = AccessLog()
    log(request("/one"), 200, 10, 0.1)
    log.close()
    assert '"GET /one HTTP/1.1" 200 10' in capfd.readouterr().out


def test_a_log_that_cannot_be_written_does_not_stop_the_server() -> None:
    reader, end = os.pipe()
    os.close(reader)
    with os.fdopen(end, "w") as stream:
        log = AccessLog(stream)
    log(request(), 200, 10, 0.1)
    log.close()


def test_a_path_and_a_form_can_be_chosen(tmp_path: Path) -> None:
    log = AccessLog(path=tmp_path / "log", form="json")
    before = time.time()
    log(request("/one"), 200, 10, 0.1)
    log.close()
    (line,) = lines_of(tmp_path / "log")
    values = json.loads(line)
    assert values["target"] == "/one"
    assert abs(datetime.fromisoformat(values["time"]).timestamp() - before) < 20


def test_a_form_of_one_s_own_stays_on_its_line(tmp_path: Path) -> None:
    def form(request: Request, status: int, body_bytes: int, seconds: float, now: float) -> str:
        return f"é {request.target} {status} {body_bytes} {seconds} {now > MOMENT}\n\x1b"

    log = AccessLog(path=tmp_path / "log", form=form)
    log(request("/a\rb"), 200, 10, 0.5)
    log.close()
    assert lines_of(tmp_path / "log") == ["é /a\\x0Db 200 10 0.5 True\\x0A\\x1B"]


def test_an_unknown_form_is_named_with_those_there_are() -> None:
    with pytest.raises(ValueError, match=r"'jsn'; .*'combined', 'json'. Did you mean 'json'\?"):
        AccessLog(form="jsn")


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("combined", r"# \[\d\d/\w{3}/\d{4}:[\d:]{8} \+0000\] 2 lines lost: .*"),
        ("json", r'\{"time":"[\d-]{10}T[\d:.]{12}Z","lost":2\}'),
    ],
)
def test_lines_beyond_the_room_are_lost_and_the_log_says_so_in_its_form(
    tmp_path: Path, form: str, expected: str
) -> None:
    log = AccessLog(path=tmp_path / "log", form=form, most_waiting=1000)
    log(request("/" + "a" * 100), 200, 10, 0.1)
    log(request("/" + "b" * 1000), 200, 10, 0.1)
    log(request("/" + "b" * 1000), 200, 10, 0.1)
    log(request("/c"), 200, 10, 0.1)
    log.close()
    first, gap, last = lines_of(tmp_path / "log")
    assert "/aaa" in first
    assert re.fullmatch(expected, gap)
    assert "/c" in last


def lines_of(path: Path) -> list[str]:
    return path.read_text().splitlines()


# --- Errors ---


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


def test_the_error_log_goes_to_a_file_that_is_opened_anew(tmp_path: Path) -> None:
    program = """
import logging, os, sys
from httpserver.logs import reopen_logs, set_up_error_log

path = sys.argv[1]
set_up_error_log("INFO", path=path)
logger = logging.getLogger("httpserver.x")
logger.debug("too little")
logger.info("one\\nforged é \\udcff")
os.rename(path, path + ".1")
reopen_logs()
logger.error("two %d", 2)
os.rename(path, path + ".2")
os.mkdir(path)  # so that no new file can be had
reopen_logs()
logger.error("wrong %d", "arguments")
logger.error("three")
"""
    path = tmp_path / "log"
    ended = subprocess.run(
        [sys.executable, "-c", program, str(path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert ended.returncode == 0
    assert "Arguments: ('arguments',)" in ended.stderr
    first, second = lines_of(Path(f"{path}.1")), lines_of(Path(f"{path}.2"))
    assert [line.split("httpserver.")[1] for line in first] == ["x: one\\x0Aforged é \\udcff"]
    assert re.match(r"\d{4}-\d\d-\d\d [\d:,]+ \[\d+\] INFO httpserver", first[0])
    assert [line.split("httpserver.")[1] for line in second] == [
        "x: two 2",
        "logfile: a log goes on in its old file, since a new one cannot be had: "
        f"[Errno 21] Is a directory: '{path}'",
        "x: three",
    ]
