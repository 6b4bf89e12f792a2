"""The pool of PostgreSQL's connections: who has which, how many there are, what is left on them."""

import builtins
import gc
import json
import os
import subprocess
import sys
import threading
from contextlib import contextmanager
from urllib.parse import quote

import pytest

from miniorm.backends import postgresql_pool
from miniorm.backends.postgresql_pool import pool_arguments
from miniorm.configuration import complete_settings, configure, connect, parse_url
from miniorm.connections import close_old_connections, connection, connections
from miniorm.errors import ImproperlyConfigured, OperationalError
from miniorm.transaction import atomic
from tests.postgres import postgres_url
from tests.processes import wait_until

pytestmark = pytest.mark.timeout(60)
LIMIT = 20  # seconds for whatever is waited for


def settings(pool, **more):
    found = parse_url(postgres_url())
    return {**found, "OPTIONS": {**found["OPTIONS"], "pool": pool}, **more}


@contextmanager
def pooled(pool, **more):
    """The database as "default", with such a pool."""
    wrapper = connect(settings(pool, **more))
    try:
        yield wrapper
    finally:
        connections.close_all()
        wrapper.close_pool()


def in_a_thread(function):
    """What `function` gives in a thread of its own, which says its last word."""
    answers = []

    def run():
        try:
            answers.append(function())
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(LIMIT)
    return answers[0]


def pid():
    """The server's process that this thread speaks to: its connection, as the server sees it."""
    return connection.execute("SELECT pg_backend_pid()").fetchone()[0]


@contextmanager
def a_thread_that_holds():
    """Another thread has a connection until the block ends."""
    has, done = threading.Event(), threading.Event()

    def hold():
        pid()
        has.set()
        done.wait(LIMIT)
        connections.close_all()

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        assert has.wait(LIMIT)
        yield
    finally:
        done.set()
        thread.join(LIMIT)


# Who has which.


@pytest.mark.postgres
def test_threads_one_after_the_other_share_a_connection():
    with pooled({"min_size": 1}):
        mine = pid()
        connections.close_all()
        assert in_a_thread(pid) == in_a_thread(pid) == mine


@pytest.mark.postgres
def test_the_end_of_a_request_gives_it_back():
    with pooled({"min_size": 1}) as wrapper:
        mine = pid()
        close_old_connections()
        assert wrapper.connection is None
        assert in_a_thread(pid) == mine


@pytest.mark.postgres
def test_no_two_threads_have_a_connection_at_once():
    """Each marks the connection that it has, and finds no other's mark: 8 threads, 3 of them."""
    taken, guard, twice, failures = set(), threading.Lock(), [], []

    def work():
        try:
            for _ in range(25):
                backend = pid()
                with guard:
                    twice.extend({backend} & taken)
                    taken.add(backend)
                connection.execute("SELECT pg_sleep(0.001)")
                with guard:
                    taken.discard(backend)
                close_old_connections()
        except Exception as error:
            failures.append(error)

    with pooled({"min_size": 1, "max_size": 3}) as wrapper:
        connections.close_all()
        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(LIMIT)
        assert (failures, twice) == ([], [])
        stats = wrapper.pool.get_stats()
        assert stats["pool_size"] <= 3
        assert stats["requests_num"] >= 8 * 25


@pytest.mark.postgres
def test_all_wrappers_of_an_alias_have_one_pool_and_two_aliases_have_two():
    with pooled({"min_size": 1}) as wrapper:
        assert in_a_thread(lambda: connection.pool) is wrapper.pool
        configure({"default": wrapper.settings_dict, "other": wrapper.settings_dict})
        other = connections["other"]
        assert other.pool is not wrapper.pool
        other.close_pool()
        assert connections["default"] is wrapper


@pytest.mark.postgres
def test_without_the_option_there_is_no_pool():
    with pooled(False) as wrapper:
        assert wrapper.pool is None
        mine = pid()
        connections.close_all()
        assert in_a_thread(pid) != mine


@pytest.mark.postgres
def test_a_url_can_say_it():
    url = postgres_url()
    join = "&" if "?" in url else "?"
    wrapper = connect(f"{url}{join}pool={quote(json.dumps({'min_size': 1, 'max_size': 2}))}")
    try:
        assert (wrapper.pool.min_size, wrapper.pool.max_size) == (1, 2)
        assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        connections.close_all()
        wrapper.close_pool()


# How many there are.


@pytest.mark.postgres
def test_more_than_max_size_wait_and_are_told_so():
    with pooled({"min_size": 1, "max_size": 1, "timeout": 0.2}):
        connections.close_all()
        with a_thread_that_holds(), pytest.raises(OperationalError) as caught:
            connection.execute("SELECT 1")
        message = str(caught.value)
        assert "The pool of 'default' lends no connection" in message
        assert 'up to 1 (OPTIONS["pool"]["max_size"])' in message
        assert connection.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.postgres
def test_who_waits_is_given_what_comes_back():
    with pooled({"min_size": 1, "max_size": 1}) as wrapper:
        mine = pid()
        found = []
        thread = threading.Thread(target=lambda: (found.append(pid()), connections.close_all()))
        thread.start()
        wait_until(lambda: wrapper.pool.get_stats()["requests_waiting"], "the other to wait")
        assert found == []
        close_old_connections()
        thread.join(LIMIT)
        assert found == [mine]


@pytest.mark.postgres
def test_a_wrong_password_is_told_at_once_and_no_pool_goes_on_trying():
    wrong = settings(True, USER="nobody_of_that_name", PASSWORD="wrong")
    with pytest.raises(OperationalError, match="are user and password right"):
        connect(wrong)
    assert connections["default"].pool.closed
    connections["default"].close_pool()


# What is left on them.


@pytest.mark.postgres
def test_connections_are_set_up_as_without_a_pool():
    def state():
        found = connection.execute("SHOW TimeZone").fetchone()
        encoding = connection.execute("SHOW client_encoding").fetchone()
        # JSON as text, as the field wants it; the driver's kind of cursor; autocommit.
        document = connection.execute("SELECT '[1]'::jsonb").fetchone()
        driver = connection.connection
        return found, encoding, document, type(driver.cursor()), driver.autocommit

    with pooled(False):
        alone = state()
    with pooled({"min_size": 1}):
        assert state() == alone
    assert alone[:3] == (("UTC",), ("UTF8",), ("[1]",))


@pytest.mark.postgres
def test_a_transaction_that_was_left_open_is_undone_for_the_next():
    with pooled({"min_size": 1}) as wrapper:
        mine = pid()
        connection.execute("CREATE TEMPORARY TABLE marks (number integer)")
        with atomic():
            connection.execute("INSERT INTO marks VALUES (1)")
            wrapper.close()
        connection.execute("BEGIN")  # by hand
        connection.execute("INSERT INTO marks VALUES (2)")
        wrapper.close()

        def look():
            idle = connection.connection.info.transaction_status.name if pid() else ""
            return pid(), idle, connection.execute("SELECT count(*) FROM marks").fetchone()

        assert in_a_thread(look) == (mine, "IDLE", (0,))


@pytest.mark.postgres
def test_cursors_of_streams_that_were_left_are_closed_for_the_next():
    def stream():
        return connections["default"].stream("SELECT generate_series(1, 9)", [], 3)

    with pooled({"min_size": 1}) as wrapper:
        mine, left = pid(), stream()
        next(left)
        wrapper.close()

        def elsewhere():
            return (
                pid(),
                connection.execute("SELECT * FROM pg_cursors").fetchall(),
                len([*stream()]),
            )

        assert in_a_thread(elsewhere) == (mine, [], 3)
        with atomic():
            assert pid() == mine
            left.close()  # has no cursor on this connection any more, and spoils nothing
            del left
            gc.collect()
            assert pid() == mine


@pytest.mark.postgres
def test_a_lost_connection_is_replaced():
    with pooled({"min_size": 1, "max_size": 1}):
        for _ in range(3):  # more often than the pool has connections
            lost = pid()
            in_a_thread_without_pool(f"SELECT pg_terminate_backend({lost}, 5000)")
            with pytest.raises(OperationalError):
                connection.execute("SELECT 1")
            assert pid() != lost


def in_a_thread_without_pool(sql):
    import psycopg

    found = parse_url(postgres_url())
    wrapper = connections["default"]
    assert found["NAME"] == wrapper.settings_dict["NAME"]
    with psycopg.connect(**wrapper.connection_params()) as other:
        return other.execute(sql).fetchone()


@pytest.mark.postgres
@pytest.mark.parametrize("checked", [True, False])
def test_with_health_checks_a_connection_is_tried_before_it_is_lent(checked):
    with pooled({"min_size": 1}, CONN_HEALTH_CHECKS=checked):
        lost = pid()
        connections.close_all()
        in_a_thread_without_pool(f"SELECT pg_terminate_backend({lost}, 5000)")
        if checked:
            assert pid() != lost
        else:
            with pytest.raises(OperationalError):
                pid()


# Its end.


def backends():
    """How many connections the server has that call themselves so."""
    sql = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'the pool''s'"
    return in_a_thread_without_pool(sql)[0]


def named(pool):
    found = settings(pool)
    return {**found, "OPTIONS": {**found["OPTIONS"], "application_name": "the pool's"}}


@pytest.mark.postgres
def test_close_pool_closes_what_is_idle_now_and_what_is_lent_later():
    wrapper = connect(named({"min_size": 2}))
    pool, alone = wrapper.pool, 1  # who counts is one of them
    wait_until(lambda: backends() == 2 + alone, "the pool to be full")
    wrapper.close_pool()
    wait_until(lambda: backends() == 1 + alone, "the idle one to be closed")
    assert connection.execute("SELECT 1").fetchone() == (1,)  # goes on with what it has
    wrapper.close()
    wait_until(lambda: backends() == alone, "the lent one to be closed")
    assert pool.closed
    assert connection.execute("SELECT 1").fetchone() == (1,)  # by another pool
    assert wrapper.pool is not pool
    wrapper.close()
    wrapper.close_pool()
    wrapper.close_pool()  # there is none


@pytest.mark.postgres
def test_another_configuration_has_another_pool_and_the_old_one_ends():
    with pooled({"min_size": 1}) as wrapper:
        first = wrapper.pool
        with pooled({"min_size": 1, "max_size": 3}) as other:
            assert first.closed
            assert other.pool.max_size == 3
            wrapper.close_pool()  # its own is gone, and no other's is closed
            assert not other.pool.closed
            last = other.pool
            connect(settings(False))
            assert last.closed


@pytest.mark.postgres
def test_a_forked_child_has_a_pool_of_its_own():
    with pooled({"min_size": 1}) as wrapper:
        pool, mine = wrapper.pool, pid()
        child = os.fork()
        if child == 0:
            status = 1
            try:
                gc.collect()
                theirs = pid()
                own = connections["default"].pool
                connections.close_all()
                again = pid()
                if own is not pool and theirs != mine and again == theirs:
                    status = 0
            finally:
                os._exit(status)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert pid() == mine
        connections.close_all()
        assert (wrapper.pool, pid()) == (pool, mine)


FORKING = """
import os, sys
from miniorm.configuration import connect
from miniorm.connections import connection, connections
connect(sys.argv[1])
connection.execute("SELECT 1")
connections.close_all()
child = os.fork()
connection.execute("SELECT 1")
if child:
    assert os.waitpid(child, 0)[1] == 0
    connection.execute("SELECT 1")
"""


@pytest.mark.postgres
def test_parent_and_child_end_in_peace():
    """Through Python's own end, with connections that are lent and others that are idle."""
    url = postgres_url()
    url += ("&" if "?" in url else "?") + "pool=true"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", FORKING, url],
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


# What is said of it.


@pytest.mark.parametrize(
    ("said", "arguments"),
    [
        (True, {}),
        ("true", {}),
        ("1", {}),
        ({"max_size": 3}, {"max_size": 3}),
        ('{"max_size": 3}', {"max_size": 3}),
        (False, None),
        (None, None),
        ({}, None),
        ("", None),
        ("false", None),
        ("0", None),
    ],
)
def test_the_option_is_arguments_or_nothing(said, arguments):
    given = {"ENGINE": "miniorm.backends.postgresql", "OPTIONS": {"pool": said}}
    assert pool_arguments(complete_settings("default", given)) == arguments


def wrapper_of(pool, **more):
    given = {"ENGINE": "miniorm.backends.postgresql", "NAME": "x", "OPTIONS": {"pool": pool}}
    configure({"default": {**given, **more}})
    return connections["default"]


@pytest.mark.parametrize("pool", ["yes", 5, "[1, 2]", "{"])
def test_what_is_no_pool_is_refused(pool):
    with pytest.raises(ImproperlyConfigured, match=r"expected True, or arguments of Conn"):
        wrapper_of(pool).ensure_connection()


@pytest.mark.parametrize(
    "pool", [{"size": 3}, {"min_size": 3, "max_size": 2}, {"kwargs": {}}], ids=str
)
def test_arguments_that_make_no_pool_are_named(pool):
    with pytest.raises(ImproperlyConfigured, match=r'OPTIONS\["pool"\] makes no pool: .*size|kwa'):
        wrapper_of(pool).ensure_connection()


@pytest.mark.parametrize("age", [60, None])
def test_a_pool_and_conn_max_age_exclude_each_other(age):
    with pytest.raises(ImproperlyConfigured, match=f"CONN_MAX_AGE must be 0, not {age}"):
        wrapper_of(True, CONN_MAX_AGE=age).ensure_connection()


def test_a_missing_psycopg_pool_says_what_to_install(monkeypatch):
    real = builtins.__import__

    def without(name, *rest):
        if name == "psycopg_pool":
            raise ModuleNotFoundError("No module named 'psycopg_pool'")
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ImproperlyConfigured, match=r'pip install "psycopg\[pool\]"'):
        wrapper_of(True).ensure_connection()
    assert postgresql_pool._pools == {}


def test_the_driver_is_told_nothing_of_the_pool():
    assert "pool" not in wrapper_of(True).connection_params()
