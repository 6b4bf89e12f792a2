"""Where a redirect may lead: our answer beside Django's, for URLs that attackers write."""

import time

import pytest
from django.utils import encoding as django_encoding
from django.utils import http as django_http
from hypothesis import given
from hypothesis import strategies as st

from miniframework.utils.encoding import escape_uri_path, iri_to_uri
from miniframework.utils.http import parse_http_date, url_has_allowed_host_and_scheme

SAFE = [
    "/",
    "/polls/",
    "polls/",
    "?page=2",
    "#top",
    "/a//b",
    "/a\\b",
    "/@evil.com",
    "/http://evil.com",
    "/?next=http://evil.com",
    "http://good.com",
    "https://good.com/x",
    "HTTP://good.com/",
    "//good.com/x",
    " /polls/ ",
    "\x1c/polls/",
]
UNSAFE = [
    "",
    " ",
    "http://evil.com",
    "//evil.com",
    "///evil.com",
    "////evil.com",
    "/\\evil.com",
    "\\/evil.com",
    "\\\\evil.com",
    "\\\\\\evil.com",
    "/\\/evil.com",
    "http:///evil.com",
    "http:/\\evil.com",
    "http:\\\\evil.com",
    "http:/\\/evil.com",
    "http:evil.com",
    "http:\\\\good.com:8000\\@evil.com",
    "http://good.com\\@evil.com/",
    "//good.com\\@evil.com/",
    "http://evil.com\\@good.com/",
    "http://good.com@evil.com",
    "http://user:pass@good.com",
    "http://good.com:8000",
    "http://good.com.evil.com",
    "http://[::1",
    "http://[good.com]/",
    "javascript:alert(1)",
    "data:text/html,x",
    "ftp://good.com/",
    "mailto:me@good.com",
    "\x00//evil.com",
    "\x08//evil.com",
    "\x08/polls/",
    "\x7f/polls/",
    "\u200b//evil.com",
    "\u202e/polls/",
    "\ufeff//evil.com",
    "\ud800/polls/",
    "\u00a0//evil.com",
    "\u3000http://evil.com",
    "/\t/evil.com",
    "/\n/evil.com",
    "ht\ntp://evil.com",
    "java\nscript:alert(1)",
    "/" + 3000 * "x",
]


@pytest.mark.parametrize("url", SAFE)
def test_our_own_urls_are_safe(url: str) -> None:
    assert url_has_allowed_host_and_scheme(url, "good.com")
    assert django_http.url_has_allowed_host_and_scheme(url, "good.com")


@pytest.mark.parametrize("url", UNSAFE)
def test_urls_that_lead_elsewhere_are_not(url: str) -> None:
    assert not url_has_allowed_host_and_scheme(url, "good.com")
    assert not django_http.url_has_allowed_host_and_scheme(url, "good.com")


def test_no_url_is_not_a_safe_one_and_no_hosts_leave_paths() -> None:
    assert not url_has_allowed_host_and_scheme(None, "good.com")
    assert url_has_allowed_host_and_scheme("/polls/", None)
    assert not url_has_allowed_host_and_scheme("//good.com/", None)


def test_where_https_is_required_http_is_not_enough() -> None:
    for url, safe in [
        ("https://good.com", True),
        ("http://good.com", False),
        ("//good.com", False),
        ("/polls/", True),
    ]:
        assert url_has_allowed_host_and_scheme(url, {"good.com"}, require_https=True) is safe
        assert (
            django_http.url_has_allowed_host_and_scheme(url, {"good.com"}, require_https=True)
            is safe
        )


PIECES = ["/", "\\", ":", "@", "//", "http:", "https:", "good.com", "evil.com", " ", "\t", "\x00"]
PIECES += ["[", "]", "?", "#", "\u00a0", "javascript:", "x", "%2f", "\u200b"]


@given(st.lists(st.sampled_from(PIECES), max_size=8).map("".join))
def test_we_and_django_judge_alike(url: str) -> None:
    ours = url_has_allowed_host_and_scheme(url, "good.com")
    assert ours == django_http.url_has_allowed_host_and_scheme(url, "good.com")


@pytest.mark.parametrize(
    "date",
    [
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
    ],
)
def test_the_three_forms_of_a_date_are_in_gmt(monkeypatch: pytest.MonkeyPatch, date: str) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert parse_http_date(date) == django_http.parse_http_date(date) == 784111777
    finally:
        monkeypatch.undo()
        time.tzset()


@given(st.text(max_size=20))
def test_a_path_is_encoded_as_django_encodes_it(path: str) -> None:
    assert escape_uri_path(path) == django_encoding.escape_uri_path(path)
    assert iri_to_uri(path) == django_encoding.iri_to_uri(path)
