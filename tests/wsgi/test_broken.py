"""What is shown of an error, and to whom."""

import os
from pathlib import Path

import pytest

from wsgi.broken import Trouble, broken_application, error_page, with_trouble
from wsgi.errors import LoadError


def failure(tmp_path: Path, text: str) -> BaseException:
    path = tmp_path / "module.py"
    path.write_text(text)
    with pytest.raises(Exception) as caught:
        exec(compile(text, str(path), "exec"), {})
    return caught.value


def ask(application, accept: str = "") -> tuple[str, bytes]:
    said = []
    parts = application({"HTTP_ACCEPT": accept}, lambda status, fields: said.append(status))
    return said[0], b"".join(parts)


def hello(environ, start_response):
    start_response("200 OK", [])
    return [b"hello"]


@pytest.mark.parametrize(
    ("text", "mark", "title"),
    [
        ("one = 1\nassert one > '<'\n", "<mark>   2  assert one &gt; &#x27;&lt;&#x27;</mark>",
         "TypeError"),
        ("one = 1\n\ndef two(:\n", "<mark>   3  def two(:</mark>", "SyntaxError"),
    ],
    ids=["raised", "cannot be read"],
)  # fmt: skip
def test_the_page_shows_the_source_around_the_line(tmp_path, text, mark, title) -> None:
    page = error_page(failure(tmp_path, text))
    assert mark in page
    assert "   1  one = 1\n" in page
    assert f"<title>{title}: " in page
    assert str(tmp_path / "module.py") in page


def test_a_sentence_is_shown_without_a_traceback() -> None:
    page = error_page(LoadError("there is no module 'a<b'"))
    assert "there is no module &#x27;a&lt;b&#x27;" in page
    assert "Traceback" not in page


def test_pages_show_the_error_and_all_else_has_the_application(tmp_path: Path) -> None:
    trouble = Trouble()
    application = with_trouble(hello, trouble)
    assert ask(application, "text/html") == ("200 OK", b"hello")
    trouble.report(failure(tmp_path, "1 / 0"))
    status, page = ask(application, "text/html,*/*;q=0.8")
    assert (status[:3], b"ZeroDivisionError" in page) == ("500", True)
    assert ask(application, "application/json") == ("200 OK", b"hello")
    trouble.clear()
    assert ask(application, "text/html") == ("200 OK", b"hello")


@pytest.mark.parametrize(
    ("accept", "asks"),
    [
        ("text/html", True),
        ("application/json, Text/HTML ; charset=utf-8; q=0.001, */*", True),
        ("", False),
        ("*/*", False),
        ("text/html;q=0, */*", False),
        ("text/html; Q=0.000", False),
        ("text/html-sandboxed", False),
    ],
)
def test_a_page_is_for_those_who_name_it(accept: str, asks: bool) -> None:
    body = ask(broken_application(ValueError("<secret>")), accept)[1]
    assert (b"ValueError: &lt;secret&gt;" in body) is asks
    assert b"cannot be imported" in body
    assert (b"secret" in body) is asks


def test_while_one_is_alive_that_has_the_application_somebody_serves() -> None:
    trouble = Trouble()
    trouble.clear()
    pid = os.fork()
    if pid == 0:
        trouble.clear()
        os._exit(0)
    os.waitpid(pid, 0)
    assert trouble.somebody_serves()  # the last to load it has gone, the first has not


def test_trouble_is_known_to_the_other_processes(tmp_path: Path) -> None:
    trouble = Trouble()
    assert not trouble.somebody_serves()
    pid = os.fork()
    if pid == 0:
        trouble.clear()
        trouble.report(failure(tmp_path, "1 / 0"))
        os._exit(0 if trouble.somebody_serves() else 1)
    assert os.waitpid(pid, 0)[1] == 0
    assert "ZeroDivisionError" in (trouble.page() or "")
    assert str(tmp_path / "module.py") in trouble.files()
    assert not trouble.somebody_serves()  # it has gone
