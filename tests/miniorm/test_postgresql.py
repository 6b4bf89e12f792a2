"""PostgreSQL's back end without a server: what it would say to one."""

import uuid
from typing import Any

import pytest

from miniorm import models
from miniorm.backends import postgresql
from miniorm.compiler import Compiler
from miniorm.configuration import complete_settings, configure, parse_url
from miniorm.connections import connections
from miniorm.errors import DatabaseError
from tests.postgres import postgres_url


class Gone(Exception):
    """What stands in for the driver's error."""


class Driver:
    """What stands in for the driver's connection: three rows, whatever is asked."""

    closed = False

    def __init__(self) -> None:
        self.asked: list[tuple[str, Any]] = []
        self.left = [(1,), (2,), (3,)]

    def cursor(self):
        return self

    def execute(self, sql, params=()):
        if self.closed:
            raise Gone("the connection is closed")
        self.asked.append((sql, params))
        return self

    def fetchall(self):
        size = int(self.asked[-1][0].split()[1])
        found, self.left = self.left[:size], self.left[size:]
        return found

    fetchmany = None

    def close(self):
        self.closed = True


class Wrapper(postgresql.DatabaseWrapper):
    driver_error = Gone
    opened = 0

    def open(self):
        self.opened += 1
        return Driver()

    def advice(self, error):
        return ""


@pytest.fixture
def wrapper():
    return Wrapper(complete_settings("default", "postgresql:///nowhere"), "default")


def asked(wrapper):
    return [sql for sql, _ in wrapper.connection.asked]


# Streams.


def test_a_stream_is_a_cursor_on_the_server_and_pieces_of_it(wrapper):
    pieces = list(wrapper.stream("SELECT n WHERE n > %s", [0], 2))
    assert pieces == [[(1,), (2,)], [(3,)]]
    assert wrapper.connection.asked == [
        ('DECLARE "stream_1" NO SCROLL CURSOR WITH HOLD FOR SELECT n WHERE n > %s', [0]),
        ('FETCH 2 FROM "stream_1"', None),
        ('FETCH 2 FROM "stream_1"', None),
        ('FETCH 2 FROM "stream_1"', None),
        ('CLOSE "stream_1"', None),
    ]


def test_nothing_is_fetched_before_it_is_asked_for(wrapper):
    stream = wrapper.stream("SELECT n", [], 2)
    assert wrapper.connection is None
    next(stream)
    assert [sql.split()[0] for sql in asked(wrapper)] == ["DECLARE", "FETCH"]


def test_two_streams_have_two_names(wrapper):
    one, two = wrapper.stream("SELECT n", [], 2), wrapper.stream("SELECT n", [], 2)
    next(one), next(two)
    declared = [sql for sql in asked(wrapper) if sql.startswith("DECLARE")]
    assert [sql.split()[1] for sql in declared] == ['"stream_1"', '"stream_2"']


def test_a_stream_that_is_abandoned_is_closed(wrapper):
    stream = wrapper.stream("SELECT n", [], 2)
    next(stream)
    stream.close()
    assert asked(wrapper)[-1] == 'CLOSE "stream_1"'


def test_inside_a_transaction_nothing_is_held(wrapper):
    wrapper.ensure_connection()
    wrapper.in_atomic_block = True
    list(wrapper.stream("SELECT n", [], 5))
    assert asked(wrapper)[0] == 'DECLARE "stream_1" NO SCROLL CURSOR FOR SELECT n'
    assert asked(wrapper)[-1] == 'CLOSE "stream_1"'


def test_a_transaction_takes_an_abandoned_stream_with_it(wrapper):
    wrapper.ensure_connection()
    wrapper.in_atomic_block = True
    stream = wrapper.stream("SELECT n", [], 2)
    next(stream)
    wrapper.in_atomic_block = False
    stream.close()  # in the next transaction that name would be an error
    assert asked(wrapper)[-1].startswith("FETCH")


@pytest.mark.parametrize("how", ["closed", "new", "spoilt"])
def test_where_no_cursor_is_left_none_is_closed(wrapper, how):
    stream = wrapper.stream("SELECT n", [], 2)
    next(stream)
    driver = wrapper.connection
    if how == "closed":
        driver.closed = True
    elif how == "new":
        wrapper.close()
        wrapper.connection = Driver()
    else:
        wrapper.needs_rollback = True
    stream.close()
    assert [sql.split()[0] for sql, _ in driver.asked] == ["DECLARE", "FETCH"]
    assert not any(sql.startswith("CLOSE") for sql in asked(wrapper))
    assert wrapper.opened == 1


def test_streams_can_be_switched_off(monkeypatch):
    settings = {"ENGINE": "", "NAME": "x", "DISABLE_SERVER_SIDE_CURSORS": True}
    wrapper = Wrapper(complete_settings("default", settings), "default")
    rows = [[(1,)], []]
    monkeypatch.setattr(Driver, "fetchmany", lambda driver, size: rows.pop(0))
    assert list(wrapper.stream("SELECT n", [], 2)) == [[(1,)]]
    assert asked(wrapper) == ["SELECT n"]


# A lost connection.


def test_a_connection_that_is_lost_is_noticed_and_replaced(wrapper):
    wrapper.execute("SELECT 1")
    lost = wrapper.connection
    lost.closed = True
    wrapper.execute("SELECT 2")
    assert wrapper.connection is not lost
    assert wrapper.connection.asked == [("SELECT 2", ())]


def test_inside_a_transaction_a_lost_connection_is_not_replaced(wrapper):
    wrapper.execute("BEGIN")
    wrapper.in_atomic_block = True
    wrapper.connection.closed = True
    with pytest.raises(DatabaseError, match="is closed"):
        wrapper.execute("SELECT 1")
    assert wrapper.opened == 1
    assert wrapper.needs_rollback


def test_a_connection_that_works_is_kept(wrapper):
    wrapper.execute("SELECT 1")
    wrapper.execute("SELECT 2")
    assert wrapper.opened == 1
    assert len(wrapper.connection.asked) == 2


# What is said, and to whom.


class Tea(models.Model):
    name = models.CharField(max_length=20)
    price = models.DecimalField(max_digits=5, decimal_places=2, null=True)

    class Meta:
        app_label = "teas"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (lambda: Tea.objects.filter(name__startswith="50%"), "LIKE '50\\\\%%'"),
        (lambda: Tea.objects.filter(name__regex="^a"), "::text ~ '^a'"),
        (lambda: Tea.objects.filter(pk__in=range(501)), '"teas_tea"."id" = ANY([0, 1,'),
        (lambda: Tea.objects.order_by("price"), '"price" ASC NULLS LAST'),
    ],
)
def test_sql_for_postgresql_is_written_without_one(query, expected):
    configure({"default": "postgresql:///nowhere"})
    assert expected in str(query().query)
    assert connections["default"].connection is None


def test_many_values_are_an_array_where_they_are_of_one_kind(wrapper):
    for values in ([1, 2], ["a", "b"], [uuid.UUID(int=1)]):
        assert wrapper.ops.one_of_many(values) == ("= ANY(%s)", values)
    for values in ([1, "a"], [1.5], [True, False], []):
        assert wrapper.ops.one_of_many(values) is None


def test_a_session_is_opened_in_utc_and_says_its_own_begin(wrapper):
    pytest.importorskip("psycopg")
    url = "postgresql://ann:secret@db:5433/polls?application_name=teas"
    params = Wrapper(complete_settings("default", url), "default").connection_params()
    assert (params["dbname"], params["user"], params["password"]) == ("polls", "ann", "secret")
    assert (params["host"], params["port"], params["application_name"]) == ("db", "5433", "teas")
    assert params["options"] == "-c TimeZone=UTC"
    assert params["autocommit"] is True
    assert "host" not in wrapper.connection_params()


def test_the_compiler_asks_a_back_end_nothing_that_needs_a_server(wrapper):
    sql, params = Compiler(Tea.objects.filter(name="x").query, wrapper).as_sql()
    assert sql.endswith('WHERE "teas_tea"."name" = %s')
    assert params == ["x"]
    assert wrapper.connection is None


# Where the parameters are put in.


@pytest.mark.parametrize(("option", "shown"), [(True, "$1"), (False, "'there'")])
def test_parameters_travel_apart_where_the_server_binds_them(option, shown):
    settings = parse_url(postgres_url())
    settings["OPTIONS"] = {**settings.get("OPTIONS", {}), "server_side_binding": option}
    configure({"default": settings})
    asked = "SELECT query, %s::text FROM pg_stat_activity WHERE pid = pg_backend_pid()"
    try:
        ((query, value),) = connections["default"].fetch(asked, ["there"])
    finally:
        connections["default"].close()
    assert value == "there"
    assert shown in query
