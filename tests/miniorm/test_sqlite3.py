"""SQLite's back end: how values and placeholders are written, without a table or a model."""

import datetime
from decimal import Decimal

import pytest

from miniorm.backends.sqlite3 import with_sqlite_placeholders
from miniorm.configuration import configure, connect
from miniorm.errors import ProgrammingError

UTC = datetime.UTC


@pytest.fixture
def sqlite():
    return connect("sqlite:///:memory:")


@pytest.mark.parametrize(
    ("sql", "params", "expected"),
    [
        ("a = %s", [1], "a = ?"),
        ("a = %s AND b = %s", (1, 2), "a = ? AND b = ?"),
        ("a LIKE '100%%' AND b = %s", [1], "a LIKE '100%' AND b = ?"),
        ("a LIKE '100%%'", [], "a LIKE '100%'"),
        ("a = %(x)s AND b <> %(x)s", {"x": 1}, "a = :x AND b <> :x"),
        ("SELECT '?'", [], "SELECT '?'"),
        ("%%s", [], "%s"),
    ],
)
def test_placeholders_are_those_of_sqlite(sql, params, expected):
    assert with_sqlite_placeholders(sql, params) == expected


@pytest.mark.parametrize(
    ("sql", "params"),
    [("a = %s", []), ("a = %s", [1, 2]), ("a LIKE '5%' AND b = %s", [1]), ("%(x)s", {"y": 1})],
)
def test_placeholders_that_do_not_fit_are_an_error_that_says_so(sql, params):
    with pytest.raises(ProgrammingError, match="do not fit the . parameters") as caught:
        with_sqlite_placeholders(sql, params)
    assert isinstance(caught.value.__cause__, TypeError | ValueError | KeyError)


def test_moments_sort_as_text_as_they_do_in_time(sqlite):
    adapt = sqlite.ops.adapt_datetimefield_value
    moments = [
        datetime.datetime(2026, 5, 1, 12 + hours, tzinfo=zone(hours)) - minutes
        for hours in (-5, 0, 2, 9)
        for minutes in (datetime.timedelta(0), datetime.timedelta(minutes=hours))
    ]
    assert sorted(moments) == sorted(moments, key=adapt)
    assert adapt(datetime.datetime(2026, 5, 1, 14, tzinfo=zone(2))) == "2026-05-01 12:00:00"


def zone(hours):
    return datetime.timezone(datetime.timedelta(hours=hours))


def test_a_moment_comes_back_as_the_same_moment_in_utc(sqlite):
    moment = datetime.datetime(2026, 5, 1, 0, 30, 0, 7, tzinfo=zone(2))
    text = sqlite.ops.adapt_datetimefield_value(moment)
    found = sqlite.ops.get_db_converter("DateTimeField")(text)
    assert (found, found.utcoffset()) == (moment, datetime.timedelta(0))


def test_without_time_zones_a_moment_is_kept_as_it_was_given():
    configure({"default": "sqlite:///:memory:"}, use_tz=False)
    ops = connect("sqlite:///:memory:", use_tz=False).ops
    naive = datetime.datetime(2026, 5, 1, 12)
    assert ops.get_db_converter("DateTimeField")(ops.adapt_datetimefield_value(naive)) == naive
    with pytest.raises(ValueError, match="use_tz"):
        ops.adapt_datetimefield_value(datetime.datetime(2026, 5, 1, 12, tzinfo=UTC))


@pytest.mark.parametrize("value", [None, "2026-05-01", 5])
def test_what_is_no_value_of_the_field_passes_as_it_is(sqlite, value):
    assert sqlite.ops.adapt_datetimefield_value(value) == value
    assert sqlite.ops.adapt_decimalfield_value(value, 5, 2) == value


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        ("1.1", 2, "1.10"),
        ("1E+3", 2, "1000.00"),
        ("0.000001", 6, "0.000001"),
        ("1E-7", None, "0.0000001"),
        ("-2.5", 0, "-2"),
        ("Infinity", 2, "Infinity"),
    ],
)
def test_a_decimal_is_written_with_its_places_and_never_with_an_e(sqlite, value, places, text):
    assert sqlite.ops.adapt_decimalfield_value(Decimal(value), 10, places) == text


@pytest.mark.parametrize(
    ("found", "places", "expected"),
    [(1.1, 2, "1.10"), (3, 2, "3.00"), (0.1 + 0.2, 2, "0.30"), ("12345.678", 3, "12345.678")],
)
def test_a_number_becomes_a_decimal_with_its_places(sqlite, found, places, expected):
    convert = sqlite.ops.get_db_converter("DecimalField", decimal_places=places)
    assert str(convert(found)) == expected


def test_a_decimal_without_places_is_the_number_as_it_prints(sqlite):
    assert str(sqlite.ops.get_db_converter("DecimalField")(0.1)) == "0.1"


@pytest.mark.parametrize(
    ("kind", "found", "expected"),
    [
        ("BooleanField", 1, True),
        ("DateField", "2026-05-01", datetime.date(2026, 5, 1)),
        ("TimeField", "12:30:00", datetime.time(12, 30)),
        ("DurationField", 1_000_001, datetime.timedelta(seconds=1, microseconds=1)),
        ("JSONField", '{"a": [1]}', {"a": [1]}),
    ],
)
def test_what_sqlite_has_no_type_for_becomes_the_fields_value(sqlite, kind, found, expected):
    value = sqlite.ops.get_db_converter(kind)(found)
    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize("kind", ["CharField", "IntegerField", "FloatField", "BinaryField"])
def test_what_is_right_already_needs_no_converter(sqlite, kind):
    assert sqlite.ops.get_db_converter(kind) is None
