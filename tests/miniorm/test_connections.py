import gc
import os
import re
import threading
import weakref
from urllib.parse import urlsplit

import pytest

from miniorm.configuration import configure, connect, current
from miniorm.connections import close_old_connections, connection, connections, reset_queries
from miniorm.errors import ConnectionDoesNotExist, InterfaceError, OperationalError
from miniorm.transaction import atomic
from tests.postgres import postgres_url


def in_a_thread(function):
    answers = []
    thread = threading.Thread(target=lambda: answers.append(function()))
    thread.start()
    thread.join(20)
    return answers[0]


def test_each_thread_has_its_own_connection(database):
    database.make_table()

    def elsewhere():
        other = connections["default"]
        other.execute("INSERT INTO items (number) VALUES (7)")
        driver = other.connection
        connections.close_all()
        return other, driver

    other, driver = in_a_thread(elsewhere)
    assert other is not database.connection
    assert driver is not database.connection.connection
    assert database.numbers() == [7]


@pytest.mark.timeout(30)
def test_a_connection_refuses_another_thread(database):
    def misuse():
        try:
            database.connection.execute("SELECT 1")
        except InterfaceError as error:
            return str(error)
        return "accepted"

    assert "belongs to another thread" in in_a_thread(misuse)


def test_the_proxy_stands_for_the_default_connection(database):
    assert connection.vendor == database.vendor
    assert connection.execute("SELECT 1").fetchone() == (1,)


def test_an_unknown_alias_names_the_known_ones(database):
    with pytest.raises(ConnectionDoesNotExist, match=r"configured are 'default'.*Did you mean"):
        connections["defualt"]


def test_without_configuration_the_message_tells_how_to_begin():
    configure({})
    with pytest.raises(ConnectionDoesNotExist, match=r"miniorm\.connect"):
        connections["default"]


def test_another_configuration_closes_what_changed(tmp_path):
    first = connect(f"sqlite:///{tmp_path}/a.db")
    configure({"default": f"sqlite:///{tmp_path}/b.db"})
    assert connections["default"] is not first
    assert first.connection is None


def test_the_same_settings_keep_the_connection(tmp_path):
    first = connect(f"sqlite:///{tmp_path}/a.db")
    configure({"default": f"sqlite:///{tmp_path}/a.db"}, debug=True)
    assert connections["default"] is first


def test_a_connection_past_its_age_is_closed_between_requests(database):
    assert current().databases["default"]["CONN_MAX_AGE"] == 0
    close_old_connections()
    assert database.connection.connection is None
    assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_connection_within_its_age_is_kept(tmp_path):
    wrapper = connect(
        {"ENGINE": "miniorm.backends.sqlite3", "NAME": f"{tmp_path}/a", "CONN_MAX_AGE": None}
    )
    driver = wrapper.connection
    close_old_connections()
    assert wrapper.connection is driver


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """A connection of any age, which says whether it was asked if it still answers."""
    settings = {"ENGINE": "miniorm.backends.sqlite3", "NAME": f"{tmp_path}/a", "CONN_MAX_AGE": None}
    wrapper = connect(settings)
    wrapper.asked, wrapper.answers = 0, True

    def is_usable():
        wrapper.asked += 1
        return wrapper.answers

    monkeypatch.setattr(wrapper, "is_usable", is_usable)
    return wrapper


def test_after_an_error_a_connection_is_asked_once_whether_it_answers(kept):
    close_old_connections()
    assert kept.asked == 0
    kept.errors_occurred = True
    close_old_connections()
    close_old_connections()
    assert kept.asked == 1
    assert kept.connection is not None


def test_a_broken_connection_is_closed_and_the_next_query_opens_another(kept):
    kept.errors_occurred, kept.answers = True, False
    close_old_connections()
    assert kept.connection is None
    assert kept.execute("SELECT 1").fetchone() == (1,)
    assert not kept.errors_occurred


def test_with_health_checks_it_is_asked_each_time(kept):
    configure({"default": {**kept.settings_dict, "CONN_HEALTH_CHECKS": True}})
    wrapper = connections["default"]
    wrapper.ensure_connection()
    wrapper.is_usable = lambda: False
    close_old_connections()
    assert wrapper.connection is None


def test_inside_a_block_no_connection_is_too_old_or_asked(kept):
    with atomic():
        kept.errors_occurred, kept.close_at = True, 0.0
        close_old_connections()
        assert kept.asked == 0
        assert kept.connection is not None
    close_old_connections()
    assert kept.connection is None
    assert kept.asked == 0


def test_a_database_in_memory_outlives_the_requests():
    wrapper = connect("sqlite:///:memory:")
    wrapper.execute("CREATE TABLE items (number integer)")
    close_old_connections()
    assert wrapper.introspection.table_names() == ["items"]


def test_queries_are_recorded_only_with_debug(database):
    connection.execute("SELECT %s", ["quiet"])
    configure({"default": database.url}, debug=True)
    connection.execute("SELECT %s", ["loud"])
    assert [query["sql"] for query in connection.queries] == ["SELECT 'loud'"]
    assert float(connection.queries[0]["time"]) >= 0
    reset_queries()
    assert connection.queries == []


@pytest.mark.timeout(30)
def test_a_forked_child_opens_its_own_connection(database):
    database.make_table()
    driver = database.connection.connection
    child = os.fork()
    if child == 0:
        status = 1
        try:
            if connections["default"].connection is not driver:
                connections["default"].execute("INSERT INTO items (number) VALUES (1)")
                status = 0
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert database.connection.connection is driver
    assert database.numbers() == [1]


@pytest.mark.timeout(30)
def test_a_forked_child_closes_no_connection_of_a_thread_that_it_lacks(database):
    """Collected there, it would be ended under the hands of the parent's thread."""
    theirs, ready, forked = [], threading.Event(), threading.Event()

    def elsewhere():
        connections["default"].ensure_connection()
        theirs.append(weakref.ref(connections["default"]))
        ready.set()
        forked.wait(20)
        connections.close_all()

    thread = threading.Thread(target=elsewhere)
    thread.start()
    ready.wait(20)
    child = os.fork()
    if child == 0:
        gc.collect()
        os._exit(0 if theirs[0]() is not None else 1)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    forked.set()
    thread.join(20)
    assert status == 0
    gc.collect()
    assert theirs[0]() is None


@pytest.mark.postgres
def test_a_database_that_is_not_there_is_told_with_those_that_are():
    url = urlsplit(postgres_url())
    name = url.path[1:]
    message = f"createdb {name}s makes it. Did you mean '{name}'?"
    with pytest.raises(OperationalError, match=re.escape(message)):
        connect(url._replace(path=f"/{name}s").geturl())
