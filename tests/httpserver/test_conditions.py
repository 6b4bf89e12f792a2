"""Dates, entity tags, preconditions and ranges (RFC 9110, sections 5.6.7, 8.8, 13, 14)."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httpserver.conditions import (
    MAX_RANGES,
    ByteRange,
    parse_etags,
    parse_http_date,
    parse_range,
    precondition,
    range_applies,
    strongly_equal,
    weakly_equal,
)
from httpserver.messages import Headers, http_date

MOMENT = 784111777  # Sun, 06 Nov 1994 08:49:37 GMT, the example of RFC 9110, 5.6.7


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Sun, 06 Nov 1994 08:49:37 GMT", MOMENT, id="IMF-fixdate"),
        pytest.param("Sunday, 06-Nov-94 08:49:37 GMT", MOMENT, id="RFC 850"),
        pytest.param("Sun Nov  6 08:49:37 1994", MOMENT, id="asctime"),
        pytest.param("Thu, 01 Jan 1970 00:00:00 GMT", 0, id="epoch"),
        pytest.param("Sat, 31 Dec 2016 23:59:60 GMT", 1483228800, id="leap second"),
        pytest.param("Thu, 29 Feb 2024 00:00:00 GMT", 1709164800, id="leap day"),
        pytest.param("Wed, 29 Feb 2023 00:00:00 GMT", None, id="no such day"),
        pytest.param("Sun, 00 Nov 1994 08:49:37 GMT", None, id="day zero"),
        pytest.param("Sun, 06 Nov 1994 24:00:00 GMT", None, id="hour 24"),
        pytest.param("Sun, 06 Nov 1994 08:49:37", None, id="no zone"),
        pytest.param("Sun, 06 Nov 1994 08:49:37 CET", None, id="other zone"),
        pytest.param("sun, 06 nov 1994 08:49:37 gmt", None, id="case matters"),
        pytest.param("Sun, 06 Nov 0000 08:49:37 GMT", None, id="year zero"),
        pytest.param("1994-11-06T08:49:37Z", None, id="ISO 8601"),
        pytest.param("", None, id="empty"),
        pytest.param("Sun, ٠٦ Nov 1994 08:49:37 GMT", None, id="digits of another script"),
    ],
)
def test_a_date_is_read_in_its_three_forms_and_no_other(text: str, expected: int | None) -> None:
    assert parse_http_date(text) == expected


@given(st.integers(min_value=-62135596800, max_value=253402300799))
def test_what_is_written_as_a_date_is_read_as_the_same_second(second: int) -> None:
    assert parse_http_date(http_date(second)) == second


@given(st.text(alphabet="SunModay, 0123456789:-GMTNov", max_size=40) | st.text(max_size=40))
def test_no_text_makes_reading_a_date_raise(text: str) -> None:
    assert parse_http_date(text) is None or isinstance(parse_http_date(text), int)


def test_a_two_digit_year_is_never_more_than_50_years_ahead() -> None:
    this_year = time.gmtime().tm_year
    for year in range(this_year - 49, this_year + 50):
        seconds = parse_http_date(f"Sunday, 06-Nov-{year % 100:02} 08:49:37 GMT")
        assert seconds is not None
        assert time.gmtime(seconds).tm_year == year


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        pytest.param('"a"', ['"a"'], id="one"),
        pytest.param('"a", W/"b"', ['"a"', 'W/"b"'], id="two"),
        pytest.param('"a,b" ,"c"', ['"a,b"', '"c"'], id="a comma in a tag"),
        pytest.param(', ,"a",', ['"a"'], id="empty elements"),
        pytest.param('""', ['""'], id="an empty tag"),
        pytest.param('"a\\b"', ['"a\\b"'], id="a backslash is no escape"),
        pytest.param("a", None, id="no quotes"),
        pytest.param('"a', None, id="not closed"),
        pytest.param('w/"a"', None, id="a small w"),
        pytest.param('"a" "b"', None, id="no comma"),
        pytest.param('"a b"', None, id="a space within"),
        pytest.param("", [], id="empty"),
    ],
)
def test_entity_tags_are_read(field: str, expected: list[str] | None) -> None:
    assert parse_etags(field) == expected


@given(st.text(alphabet='W/", \tab\n', max_size=30))
def test_reading_entity_tags_always_ends(field: str) -> None:
    parse_etags(field)


@pytest.mark.parametrize(
    ("one", "other", "strong", "weak"),
    [  # The table of RFC 9110, 8.8.3.2.
        ('W/"1"', 'W/"1"', False, True),
        ('W/"1"', 'W/"2"', False, False),
        ('W/"1"', '"1"', False, True),
        ('"1"', '"1"', True, True),
    ],
)
def test_entity_tags_are_compared_as_in_the_rfc(
    one: str, other: str, strong: bool, weak: bool
) -> None:
    assert strongly_equal(one, other) is strong
    assert weakly_equal(one, other) is weak


BEFORE, AT, AFTER = http_date(MOMENT - 1), http_date(MOMENT), http_date(MOMENT + 1)
OURS, OTHER = '"ours"', '"other"'


@pytest.mark.parametrize(
    ("method", "fields", "expected"),
    [
        pytest.param("GET", {}, None, id="no condition"),
        # If-Match
        pytest.param("GET", {"If-Match": OURS}, None, id="if-match: ours"),
        pytest.param("GET", {"If-Match": OTHER}, 412, id="if-match: another"),
        pytest.param("GET", {"If-Match": f"{OTHER}, {OURS}"}, None, id="if-match: one of them"),
        pytest.param("GET", {"If-Match": "*"}, None, id="if-match: anything"),
        pytest.param("GET", {"If-Match": "W/" + OURS}, 412, id="if-match: weak is not enough"),
        pytest.param("GET", {"If-Match": "ours"}, 412, id="if-match: malformed"),
        # If-Unmodified-Since
        pytest.param("GET", {"If-Unmodified-Since": AT}, None, id="unmodified since then"),
        pytest.param("GET", {"If-Unmodified-Since": BEFORE}, 412, id="modified since then"),
        pytest.param("GET", {"If-Unmodified-Since": "gestern"}, None, id="unmodified: no date"),
        # If-None-Match
        pytest.param("GET", {"If-None-Match": OURS}, 304, id="if-none-match: ours"),
        pytest.param("HEAD", {"If-None-Match": OURS}, 304, id="if-none-match: HEAD"),
        pytest.param("PUT", {"If-None-Match": OURS}, 412, id="if-none-match: PUT"),
        pytest.param("PUT", {"If-None-Match": "*"}, 412, id="if-none-match: create only"),
        pytest.param("GET", {"If-None-Match": "W/" + OURS}, 304, id="if-none-match: weak will do"),
        pytest.param("GET", {"If-None-Match": OTHER}, None, id="if-none-match: another"),
        pytest.param("GET", {"If-None-Match": "ours"}, None, id="if-none-match: malformed"),
        # If-Modified-Since
        pytest.param("GET", {"If-Modified-Since": AT}, 304, id="not modified since then"),
        pytest.param("GET", {"If-Modified-Since": AFTER}, 304, id="not modified since later"),
        pytest.param("GET", {"If-Modified-Since": BEFORE}, None, id="modified since before"),
        pytest.param("GET", {"If-Modified-Since": "gestern"}, None, id="modified: no date"),
        pytest.param("PUT", {"If-Modified-Since": AT}, None, id="if-modified-since: reading only"),
        # Precedence (13.2.2)
        pytest.param(
            "GET",
            {"If-Match": OURS, "If-Unmodified-Since": BEFORE},
            None,
            id="If-Match silences If-Unmodified-Since",
        ),
        pytest.param(
            "GET",
            {"If-None-Match": OTHER, "If-Modified-Since": AT},
            None,
            id="If-None-Match silences If-Modified-Since",
        ),
        pytest.param(
            "GET", {"If-Match": OTHER, "If-None-Match": OURS}, 412, id="412 comes before 304"
        ),
        pytest.param(
            "GET",
            {"If-Unmodified-Since": BEFORE, "If-None-Match": OURS},
            412,
            id="412 by date comes before 304",
        ),
        pytest.param("GET", {"If-Match": OURS, "If-None-Match": OURS}, 304, id="both match: 304"),
    ],
)
def test_preconditions_decide_in_the_order_of_the_rfc(
    method: str, fields: dict[str, str], expected: int | None
) -> None:
    assert precondition(method, Headers(fields.items()), OURS, MOMENT) == expected


def test_without_validators_only_a_star_can_match() -> None:
    assert precondition("GET", Headers([("If-Match", OURS)]), None, None) == 412
    assert precondition("GET", Headers([("If-None-Match", OURS)]), None, None) is None
    assert precondition("GET", Headers([("If-Modified-Since", AT)]), None, None) is None
    assert precondition("GET", Headers([("If-Match", "*")]), None, None) is None


@pytest.mark.parametrize(
    ("field", "now", "expected"),
    [
        pytest.param(OURS, MOMENT + 60, True, id="our tag"),
        pytest.param(OTHER, MOMENT + 60, False, id="another tag"),
        pytest.param("W/" + OURS, MOMENT + 60, False, id="a weak tag"),
        pytest.param(AT, MOMENT + 60, True, id="our date"),
        pytest.param(AT, MOMENT + 0.5, False, id="our date, within the same second"),
        pytest.param(AFTER, MOMENT + 60, False, id="a later date is not ours"),
        pytest.param("gestern", MOMENT + 60, False, id="neither"),
    ],
)
def test_if_range_needs_a_strong_validator(field: str, now: float, expected: bool) -> None:
    assert range_applies(Headers([("If-Range", field)]), OURS, MOMENT, now) is expected


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        pytest.param("bytes=0-0", [(0, 0)], id="the first byte"),
        pytest.param("bytes=2-4", [(2, 4)], id="in the middle"),
        pytest.param("bytes=5-", [(5, 9)], id="to the end"),
        pytest.param("bytes=-3", [(7, 9)], id="the last three"),
        pytest.param("bytes=-99", [(0, 9)], id="more than there is, from the end"),
        pytest.param("bytes=8-99", [(8, 9)], id="beyond the end"),
        pytest.param("Bytes=1-2", [(1, 2)], id="units ignore case"),
        pytest.param("bytes=0-1,4-5", [(0, 1), (4, 5)], id="two"),
        pytest.param("bytes=0-1 , , -1", [(0, 1), (9, 9)], id="a list with spaces and holes"),
        pytest.param("bytes=0-1,50-60", [(0, 1)], id="one of two is there"),
        pytest.param("bytes=10-", [], id="from the end on"),
        pytest.param("bytes=50-60", [], id="past the end"),
        pytest.param("bytes=-0", [], id="the last zero"),
        pytest.param("bytes=4-2", None, id="backwards"),
        pytest.param("bytes=0-1,4-2", None, id="one of them backwards"),
        pytest.param("bytes=-", None, id="only a dash"),
        pytest.param("bytes=", None, id="nothing"),
        pytest.param("bytes", None, id="only the unit"),
        pytest.param("bytes=a-b", None, id="letters"),
        pytest.param("bytes=0x1-2", None, id="hexadecimal"),
        pytest.param("bytes=+1-2", None, id="a sign"),
        pytest.param("bytes=1 - 2", None, id="spaces within"),
        pytest.param("bytes=\u0661-\u0662", None, id="digits of another script"),
        pytest.param("bytes=0-" + "9" * 30, None, id="a number too long to be a length"),
        pytest.param("lines=1-2", None, id="another unit"),
        pytest.param("", None, id="empty"),
        pytest.param(
            "bytes=" + ",".join(["0-0"] * MAX_RANGES), [(0, 0)] * MAX_RANGES, id="just enough"
        ),
        pytest.param("bytes=" + ",".join(["0-0"] * (MAX_RANGES + 1)), None, id="one too many"),
    ],
)
def test_ranges_of_ten_bytes(field: str, expected: list[tuple[int, int]] | None) -> None:
    found = parse_range(field, 10)
    assert found == (None if expected is None else [ByteRange(*pair) for pair in expected])


@given(st.text(alphabet="bytes=-, 0123456789", max_size=60), st.integers(0, 10_000))
def test_every_range_lies_within_what_there_is(field: str, length: int) -> None:
    for wanted in parse_range(field, length) or ():
        assert 0 <= wanted.first <= wanted.last < length
        assert wanted.length == wanted.last - wanted.first + 1


@given(st.data(), st.integers(1, 10_000))
def test_a_range_within_is_read_as_it_was_written(data: st.DataObject, length: int) -> None:
    first = data.draw(st.integers(0, length - 1))
    last = data.draw(st.integers(first, length - 1))
    assert parse_range(f"bytes={first}-{last}", length) == [ByteRange(first, last)]
