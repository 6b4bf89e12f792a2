"""Gunicorn's letters, one by one, and what a client may do to them."""

import os

import pytest

from httpserver.logs import combined_line
from httpserver.messages import Headers, Request, Response
from wsgi.access_format import LETTERS, Remembering, compile_format, names_answer

REQUEST = Request(
    "GET", "/a%20b?c=d", "/a%20b", "c=d", client=("192.0.2.7", 51000),
    headers=Headers([
        ("Host", "example.com"), ("User-Agent", 'curl "8"\x1b'), ("Referer", "http://from/"),
        ("Authorization", "Basic YWRhOnNlY3JldA=="),
    ]),
)  # fmt: skip


def line(text: str, request: Request = REQUEST, status: int = 200, length: int = 512) -> str:
    return compile_format(text)(request, status, length, 1.234567, 784111777.0)


@pytest.mark.parametrize(
    ("letter", "expected"),
    [
        ("h", "192.0.2.7"),
        ("l", "-"),
        ("u", "ada"),
        ("t", "[06/Nov/1994:08:49:37 +0000]"),
        ("r", "GET /a%20b?c=d HTTP/1.1"),
        ("m", "GET"),
        ("U", "/a%20b"),
        ("q", "c=d"),
        ("H", "HTTP/1.1"),
        ("s", "200"),
        ("B", "512"),
        ("b", "512"),
        ("f", "http://from/"),
        ("a", r"curl \x228\x22\x1B"),
        ("T", "1"),
        ("M", "1234"),
        ("D", "1234567"),
        ("L", "1.234567"),
        ("{Host}i", "example.com"),
        ("{nothing}i", "-"),
        ("{nothing}o", "-"),
    ],
)
def test_a_letter_means_what_it_does_in_gunicorn(letter: str, expected: str) -> None:
    assert line(f"%({letter})s") == expected


def test_the_process_is_in_angle_brackets() -> None:
    assert line("%(p)s") == f"<{os.getpid()}>"  # no case of the table: ids are the same everywhere


def test_every_letter_was_tried() -> None:
    assert all(line(f"%({letter})s") for letter in LETTERS)


def test_what_stands_between_the_letters_stays() -> None:
    assert line('100%% of "%(m)s" {x} %(s)d') == '100% of "GET" {x} 200'


def test_no_bytes_are_a_dash_or_a_nought() -> None:
    assert line("%(b)s %(B)s", length=0) == "- 0"


@pytest.mark.parametrize(
    "value", ["", "Bearer YWRhOnNlY3JldA==", "Basic ?", "Basic", "Basic /w==", "Basic OnNlY3JldA=="]
)
def test_who_gives_no_name_is_a_dash(value: str) -> None:
    request = Request("GET", "/", headers=Headers([("Authorization", value)]))
    assert line("%(u)s", request) == "-"


def test_a_field_of_the_answer_is_kept_for_its_line() -> None:
    text = "%({X-Cache}o)s"
    request = Request("GET", "/")
    Remembering(lambda _: Response(200, [("x-cache", "hit")]))(request)
    assert line(text, request) == "hit"
    assert names_answer(text)
    assert not names_answer("%({o}i)s %(h)s o)s")


def test_a_form_may_be_named() -> None:
    assert compile_format("combined") is combined_line


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("%(x)s", "'%(x)s' is no letter. There are h l u"),
        ("%({REMOTE_USER}e)s", "take a field"),
        ("%(h)s %", "or %% for a percent sign"),
        ("%(h)x", "expected %(letter)s"),
        ("jsn", "Did you mean 'json'?"),
    ],
)
def test_what_is_no_format_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        compile_format(text)
    assert message in str(caught.value)
