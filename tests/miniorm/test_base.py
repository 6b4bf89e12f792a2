"""What both back ends share: the driver's errors made ours, and how long a connection lives."""

import sqlite3

import pytest

from miniorm import errors
from miniorm.backends.base import readable
from miniorm.configuration import configure, connect
from miniorm.connections import connections
from miniorm.transaction import atomic


@pytest.fixture
def sqlite():
    return connect("sqlite:///:memory:")


class UniqueViolation(sqlite3.IntegrityError):
    """Drivers have finer classes than PEP 249 names."""


class Unnamed(sqlite3.DatabaseError):
    pass


class ValidationError(sqlite3.Error):
    """A name that means another thing in miniorm.errors."""


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (sqlite3.IntegrityError("x"), errors.IntegrityError),
        (sqlite3.NotSupportedError("x"), errors.NotSupportedError),
        (sqlite3.InterfaceError("x"), errors.InterfaceError),
        (sqlite3.DatabaseError("x"), errors.DatabaseError),
        (UniqueViolation("x"), errors.IntegrityError),
        (Unnamed("x"), errors.DatabaseError),
        (ValidationError("x"), errors.Error),
        (OverflowError("x"), errors.DataError),
        (UnicodeEncodeError("utf-8", "\ud800", 0, 1, "x"), errors.DataError),
    ],
    ids=lambda each: getattr(each, "__name__", type(each).__name__),
)
def test_a_drivers_error_becomes_its_namesake(sqlite, error, expected):
    assert type(sqlite.translate(error)) is expected


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("disk full\n", "disk full"),
        (
            "no such table: a",
            "no such table: a. Did you migrate? No table of that name has been created in this "
            "database.",
        ),
        (
            "no such column: a\nLINE 1: a\n        ^",
            "no such column: a\nLINE 1: a\n        ^\nDid you migrate? The model and the table "
            "in this database may differ.",
        ),
    ],
)
def test_advice_follows_the_message(sqlite, message, expected):
    assert str(sqlite.translate(sqlite3.OperationalError(message))) == expected


def test_the_cause_is_kept(sqlite):
    cause = sqlite3.IntegrityError("UNIQUE")
    with pytest.raises(errors.IntegrityError, match="UNIQUE") as caught:  # noqa: SIM117
        with sqlite.wrap_database_errors():
            raise cause
    assert caught.value.__cause__ is cause
    assert sqlite.errors_occurred


def test_what_is_not_the_databases_passes_as_it_is(sqlite):
    with pytest.raises(ZeroDivisionError) as caught, sqlite.wrap_database_errors():
        raise ZeroDivisionError
    assert caught.value.__cause__ is None
    with sqlite.wrap_database_errors():
        pass
    assert not sqlite.errors_occurred


def test_an_error_spoils_the_transaction_and_nothing_outside_one(sqlite):
    with pytest.raises(errors.OperationalError):
        sqlite.execute("nonsense")
    assert not sqlite.needs_rollback
    with atomic():
        with pytest.raises(errors.OperationalError), atomic():
            sqlite.execute("nonsense")
        assert sqlite.execute("SELECT 1").fetchone() == (1,)
        with pytest.raises(ZeroDivisionError), sqlite.wrap_database_errors():
            raise ZeroDivisionError
        assert not sqlite.needs_rollback
        with pytest.raises(errors.OperationalError):
            sqlite.execute("nonsense")
        assert sqlite.needs_rollback
        with pytest.raises(errors.TransactionManagementError, match="spoilt"):
            sqlite.execute("SELECT 1")


# How long a connection lives.


def settings(path, **more):
    return {"ENGINE": "miniorm.backends.sqlite3", "NAME": str(path / "a.db"), **more}


def test_a_connection_is_opened_once_and_when_it_is_needed(tmp_path):
    configure({"default": settings(tmp_path)})
    wrapper = connections["default"]
    assert wrapper.connection is None
    wrapper.ensure_connection()
    first = wrapper.connection
    wrapper.ensure_connection()
    assert wrapper.connection is first is not None


def test_a_connection_that_cannot_be_opened_is_said_in_our_words(tmp_path):
    with pytest.raises(errors.OperationalError, match="does not exist") as caught:
        connect(f"sqlite:///{tmp_path}/no/a.db")
    assert isinstance(caught.value.__cause__, sqlite3.OperationalError)


def test_inside_a_transaction_no_new_connection_takes_the_place_of_the_old(tmp_path):
    wrapper = connect(settings(tmp_path))
    with atomic():
        wrapper.close()
        with pytest.raises(errors.InterfaceError, match="inside atomic"):
            wrapper.ensure_connection()
    wrapper.ensure_connection()
    assert wrapper.connection is not None


@pytest.mark.parametrize(("age", "left"), [(None, None), (0, 0), (60, 60)])
def test_how_long_a_connection_may_live_is_known_as_it_is_opened(tmp_path, monkeypatch, age, left):
    monkeypatch.setattr("time.monotonic", lambda: 1000.0)
    wrapper = connect(settings(tmp_path, CONN_MAX_AGE=age))
    assert wrapper.close_at == (None if left is None else 1000 + left)
    assert not wrapper.errors_occurred


@pytest.mark.parametrize(
    ("sql", "params", "expected"),
    [
        ("SELECT 1", (), "SELECT 1"),
        ("a = %s AND b LIKE '%%'", ["x"], "a = 'x' AND b LIKE '%'"),
        ("a = %(a)s", {"a": 5}, "a = 5"),
        ("a = %s", [1, 2], "a = %s -- with [1, 2]"),
    ],
)
def test_sql_can_be_read_with_its_parameters(sql, params, expected):
    assert readable(sql, params) == expected


def test_a_wrapper_may_change_a_statement_refuse_it_or_let_it_through(tmp_path):
    wrapper = connect(settings(tmp_path))
    calls = []

    def outer(execute, sql, params, many, context):
        assert context["connection"] is wrapper
        calls.append(("outer", sql))
        return execute(sql, params, many, context)

    def inner(execute, sql, params, many, context):
        calls.append(("inner", sql))
        return execute(sql.replace("1", "2"), params, many, context)

    def refuse(execute, sql, params, many, context):
        raise PermissionError(sql)

    with wrapper.execute_wrapper(outer), wrapper.execute_wrapper(inner):
        assert wrapper.execute("SELECT 1").fetchone() == (2,)
    assert calls == [("outer", "SELECT 1"), ("inner", "SELECT 1")]
    with pytest.raises(PermissionError), wrapper.execute_wrapper(refuse):
        wrapper.execute("SELECT 3")
    assert wrapper.execute("SELECT 1").fetchone() == (1,)
    assert wrapper.execute_wrappers == []
