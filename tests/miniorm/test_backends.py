import datetime
import json
import uuid
from contextlib import nullcontext
from decimal import Decimal

import pytest

from miniorm import errors
from miniorm.backends.base import readable
from miniorm.backends.postgresql import check_version as check_postgresql
from miniorm.backends.sqlite3 import check_version as check_sqlite
from miniorm.configuration import configure
from miniorm.events import observe
from miniorm.transaction import atomic

UTC = datetime.UTC


@pytest.mark.parametrize(
    ("kind", "value", "method"),
    [
        ("DateTimeField", datetime.datetime(2024, 5, 1, 12, 30, tzinfo=UTC), "datetimefield"),
        ("DateTimeField", datetime.datetime(2024, 5, 1, 12, 30, 0, 7, tzinfo=UTC), "datetimefield"),
        ("DateField", datetime.date(2024, 5, 1), "datefield"),
        ("TimeField", datetime.time(12, 30, 1, 5), "timefield"),
        ("DecimalField", Decimal("1.10"), "decimalfield"),
        ("DurationField", -datetime.timedelta(days=3, microseconds=1), "durationfield"),
        ("UUIDField", uuid.UUID(int=5), "uuidfield"),
        ("JSONField", {"a": [1, None, "ä"]}, "json"),
        ("BooleanField", True, None),
        ("CharField", "50% of 'ä'", None),
        ("TextField", "", None),
        ("BigIntegerField", 2**63 - 1, None),
        ("FloatField", 0.1, None),
        ("BinaryField", b"\0\xff", None),
        ("GenericIPAddressField", "2001:db8::1", None),
    ],
    ids=str,
)
def test_a_value_comes_back_as_it_went(database, kind, value, method):
    wrapper = database.connection
    options = {"max_length": 50, "max_digits": 5, "decimal_places": 2}
    database.make_table(f"value {wrapper.data_types[kind] % options}")
    adapted = getattr(wrapper.ops, f"adapt_{method}_value")(value) if method else value
    wrapper.execute("INSERT INTO items (value) VALUES (%s)", [adapted])
    (found,) = wrapper.execute("SELECT value FROM items").fetchone()
    converter = wrapper.ops.get_db_converter(kind, decimal_places=2)
    found = converter(found) if converter else found
    assert found == value
    assert type(found) is type(value)
    assert str(found) == str(value)


def test_an_aware_time_is_stored_as_its_moment_in_utc(database):
    wrapper = database.connection
    database.make_table(f"value {wrapper.data_types['DateTimeField']}")
    berlin = datetime.timezone(datetime.timedelta(hours=2))
    moment = datetime.datetime(2024, 5, 1, 14, 30, tzinfo=berlin)
    adapted = wrapper.ops.adapt_datetimefield_value(moment)
    wrapper.execute("INSERT INTO items VALUES (%s)", [adapted])
    (found,) = wrapper.execute("SELECT value FROM items").fetchone()
    converter = wrapper.ops.get_db_converter("DateTimeField")
    found = converter(found) if converter else found
    assert found == moment
    assert found.utcoffset() == datetime.timedelta(0)


def test_without_time_zones_a_naive_time_comes_back_as_given(database):
    configure({"default": database.url}, use_tz=False)
    wrapper = database.connection
    database.make_table(f"value {wrapper.data_types['DateTimeField']}")
    moment = datetime.datetime(2024, 5, 1, 14, 30)
    adapted = wrapper.ops.adapt_datetimefield_value(moment)
    wrapper.execute("INSERT INTO items VALUES (%s)", [adapted])
    (found,) = wrapper.execute("SELECT value FROM items").fetchone()
    assert wrapper.ops.get_db_converter("DateTimeField")(found) == moment


@pytest.mark.parametrize(
    ("sql", "params", "expected"),
    [
        ("broken (", (), (errors.OperationalError, errors.ProgrammingError)),
        ("SELECT * FROM nowhere", (), (errors.OperationalError, errors.ProgrammingError)),
        ("INSERT INTO items (number) VALUES (1)", (), errors.IntegrityError),
        ("INSERT INTO items (number) VALUES (%s)", [], errors.ProgrammingError),
        ("SELECT %s", [1, 2], errors.ProgrammingError),
        ("INSERT INTO items (number) VALUES (%s)", [2**70], errors.DataError),
        ("INSERT INTO items (name) VALUES (%s)", ["\ud800"], errors.DataError),
        ("SELECT %s", [object()], errors.Error),
    ],
)
def test_the_drivers_errors_become_ours_with_their_cause(database, sql, params, expected):
    database.make_table()
    database.connection.execute("INSERT INTO items (number) VALUES (1)")
    with pytest.raises(expected) as caught:
        database.connection.execute(sql, params)
    assert caught.value.__cause__ is not None
    assert database.numbers() == [1]


@pytest.mark.parametrize("sql", ["SELECT * FROM items", "SELECT nope FROM parts"])
def test_a_missing_table_or_column_asks_whether_you_migrated(database, sql):
    database.connection.execute("CREATE TABLE parts (name text)")
    with pytest.raises(errors.DatabaseError, match=r"Did you migrate\?"):
        database.connection.execute(sql)


@pytest.mark.parametrize("name", ["plain", "with space", 'quote"s', "'; DROP TABLE items; --", "ä"])
def test_any_name_can_be_quoted(database, name):
    quoted = database.connection.ops.quote_name(name)
    database.connection.execute(f"CREATE TABLE {quoted} (number integer)", None)
    assert database.connection.introspection.table_names() == [name]


def test_the_cursor_works_as_in_django(database):
    database.make_table()
    with database.connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO items (number, name) VALUES (%s, %s)", [(1, "a%"), (2, "b")]
        )
        assert cursor.rowcount == 2
        cursor.execute("SELECT number, name FROM items WHERE name LIKE '%b' ORDER BY 1")
        assert cursor.fetchone() == (2, "b")
        assert cursor.fetchone() is None
        cursor.execute("SELECT number FROM items WHERE name LIKE %s OR name LIKE '%%b'", ["a%"])
        assert [column[0] for column in cursor.description] == ["number"]
        assert list(cursor) == [(1,), (2,)]


def test_case_is_changed_beyond_ascii_on_both(database):
    assert database.connection.execute("SELECT LOWER('ÄÖ'), UPPER('äö')").fetchone() == ("äö", "ÄÖ")


def test_sqlite_knows_regexp(tmp_path):
    from miniorm.configuration import connect

    wrapper = connect("sqlite:///:memory:")
    row = wrapper.execute("SELECT 'abc' REGEXP 'b', 'abc' REGEXP '^b', NULL REGEXP 'b'").fetchone()
    assert row == (1, 0, None)


def test_what_runs_is_announced(database):
    seen = []
    stop = observe(lambda name, details: seen.append((name, details)))
    try:
        database.connection.execute("SELECT %s", [1])
        with pytest.raises(errors.Error):
            database.connection.execute("nonsense")
    finally:
        stop()
    assert [name for name, _ in seen] == ["sql.start", "sql.end"] * 2
    assert seen[0][1] == {
        "sql": "SELECT %s",
        "params": [1],
        "alias": "default",
        "vendor": database.vendor,
    }
    assert seen[1][1]["error"] is None
    assert isinstance(seen[1][1]["rowcount"], int)
    assert isinstance(seen[3][1]["error"], errors.Error)


def test_sqlite_files_use_the_write_ahead_log_and_check_foreign_keys(tmp_path):
    from miniorm.configuration import connect

    wrapper = connect(f"sqlite:///{tmp_path}/x.db")
    assert wrapper.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert wrapper.execute("PRAGMA foreign_keys").fetchone() == (1,)


def test_two_aliases_of_one_file_do_not_wait_for_each_other_forever(tmp_path):
    from miniorm.connections import connections

    configure(dict.fromkeys(("default", "other"), f"sqlite:///{tmp_path}/x.db"))
    connections["default"].execute("CREATE TABLE items (number integer)")
    with atomic(), pytest.raises(errors.OperationalError, match="wait for itself"):
        connections["other"].execute("INSERT INTO items VALUES (1)")


def test_a_version_too_old_is_said_kindly():
    with pytest.raises(errors.ImproperlyConfigured, match=r"SQLite 3\.31\.1; expected 3\.35"):
        check_sqlite((3, 31, 1))
    with pytest.raises(errors.OperationalError, match="PostgreSQL 12; expected 14"):
        check_postgresql(120_005)


def test_json_is_kept_as_text_that_is_json(database):
    adapted = database.connection.ops.adapt_json_value({"a": 1})
    (text,) = database.connection.execute("SELECT CAST(%s AS text)", [adapted]).fetchone()
    assert json.loads(text) == {"a": 1}


def test_a_statement_is_shown_with_its_values_written_in():
    assert readable("UPDATE t SET a = %s, b = %s", [None, "x"]) == "UPDATE t SET a = NULL, b = 'x'"
    assert readable("SELECT %(a)s", {"a": None}) == "SELECT NULL"


@pytest.mark.parametrize("inside", [False, True], ids=["alone", "in a transaction"])
def test_rows_come_in_pieces_and_nothing_stays_behind(database, inside):
    database.make_table()
    wrapper = database.connection
    wrapper.execute("INSERT INTO items (number) VALUES (1), (2), (3), (4), (5)")
    sql = "SELECT number FROM items WHERE number > %s ORDER BY number"
    with atomic() if inside else nullcontext():
        pieces = [list(rows) for rows in wrapper.stream(sql, [1], 3)]
        abandoned = wrapper.stream(sql, [0], 2)
        assert list(next(abandoned)) == [(1,), (2,)]
        abandoned.close()
    assert pieces == [[(2,), (3,), (4,)], [(5,)]]
    if wrapper.vendor == "postgresql":
        assert wrapper.execute("SELECT name FROM pg_cursors WHERE is_holdable").fetchall() == []


def test_an_error_of_a_stream_is_ours(database):
    with pytest.raises(errors.DatabaseError, match=r"Did you migrate\?"):
        list(database.connection.stream("SELECT number FROM items", [], 2))


def test_many_values_are_one_parameter(database):
    database.make_table()
    wrapper = database.connection
    rows = "(1, 'a\"%s'), (2, NULL), (7, '{b}')"
    wrapper.execute(f"INSERT INTO items (number, name) VALUES {rows}", None)
    for column, values in (("number", [*range(3), 2**40]), ("name", ['a"%s', "{b}", "ä"])):
        sql, many = wrapper.ops.one_of_many(values)
        found = wrapper.execute(f"SELECT number FROM items WHERE {column} {sql}", [many])
        assert len(found.fetchall()) == 2
    for values in ([1.5], [b"x"], [1, "a"] if wrapper.vendor == "postgresql" else [None]):
        assert wrapper.ops.one_of_many(values) is None
