# ruff: noqa: PT012  (an atomic() block that fails is what is tested, so it stands in `raises`)

import os
import subprocess
import sys
import threading

import pytest

from miniorm import transaction
from miniorm.connections import connection, connections
from miniorm.errors import (
    DatabaseError,
    Error,
    IntegrityError,
    InterfaceError,
    OperationalError,
    TransactionManagementError,
)
from miniorm.transaction import atomic, on_commit


@pytest.fixture
def items(database):
    database.make_table()
    return database


def insert(number):
    connections["default"].execute("INSERT INTO items (number) VALUES (%s)", [number])


def test_a_block_without_error_is_kept(items):
    with atomic():
        insert(1)
    assert items.numbers() == [1]
    assert not connection.in_atomic_block


def test_an_error_undoes_the_block(items):
    with pytest.raises(KeyError), atomic():
        insert(1)
        raise KeyError
    assert items.numbers() == []
    insert(2)
    assert items.numbers() == [2]


def test_an_inner_error_undoes_only_the_inner_block(items):
    with atomic():
        insert(1)
        with pytest.raises(KeyError), atomic():
            insert(2)
            raise KeyError
        insert(3)
    assert items.numbers() == [1, 3]


def test_a_database_error_in_an_inner_block_leaves_the_outer_usable(items):
    with atomic():
        insert(1)
        with pytest.raises(IntegrityError), atomic():
            insert(1)
        insert(2)
    assert items.numbers() == [1, 2]


def test_a_caught_database_error_spoils_the_transaction(items):
    with atomic():
        insert(1)
        with pytest.raises(IntegrityError):
            insert(1)
        with pytest.raises(TransactionManagementError, match="spoilt"):
            insert(2)
    assert items.numbers() == []


def test_an_error_leaving_a_block_without_savepoint_spoils_the_outer(items):
    with atomic():
        insert(1)
        with pytest.raises(KeyError), atomic(savepoint=False):
            raise KeyError
        assert transaction.get_rollback()
    assert items.numbers() == []


def test_an_undone_block_leaves_no_savepoint_behind(items):
    with atomic():
        with pytest.raises(KeyError), atomic():
            name = connection.savepoint_ids[-1]
            raise KeyError
        with pytest.raises(DatabaseError), atomic():
            transaction.savepoint_commit(name)
        insert(1)
    assert items.numbers() == [1]


def test_a_function_can_be_atomic(items):
    @atomic
    def bare():
        insert(1)
        raise KeyError

    @atomic(durable=True)
    def with_options(number):
        insert(number)
        return number

    with pytest.raises(KeyError):
        bare()
    assert with_options(5) == 5
    assert items.numbers() == [5]


def test_a_durable_block_refuses_to_be_inner(items):
    with atomic(), pytest.raises(RuntimeError, match="outermost"), atomic(durable=True):
        pass


def test_set_rollback_undoes_without_an_error(items):
    with atomic():
        insert(1)
        transaction.set_rollback(True)
    assert items.numbers() == []
    with pytest.raises(TransactionManagementError):
        transaction.set_rollback(True)


def test_savepoints_by_hand(items):
    with atomic():
        insert(1)
        first = transaction.savepoint()
        insert(2)
        transaction.savepoint_rollback(first)
        second = transaction.savepoint()
        insert(3)
        transaction.savepoint_commit(second)
    assert items.numbers() == [1, 3]
    assert transaction.savepoint() is None


def test_hooks_wait_for_the_commit_and_keep_their_order(items):
    calls = []
    with atomic():
        on_commit(lambda: calls.append("a"))
        with atomic():
            on_commit(lambda: calls.append("b"))
        on_commit(lambda: calls.append(f"c {connection.in_atomic_block}"))
        assert calls == []
    assert calls == ["a", "b", "c False"]


def test_hooks_of_an_undone_block_are_forgotten(items):
    calls = []
    with atomic():
        on_commit(lambda: calls.append("outer"))
        with pytest.raises(KeyError), atomic():
            with atomic():
                on_commit(lambda: calls.append("inner"))
            raise KeyError
    with pytest.raises(KeyError), atomic():
        on_commit(lambda: calls.append("never"))
        raise KeyError
    assert calls == ["outer"]


def test_outside_a_block_a_hook_is_called_at_once(items):
    calls = []
    on_commit(lambda: calls.append(1))
    assert calls == [1]


def test_a_robust_hook_holds_up_nobody(items, caplog):
    calls = []
    with atomic():
        on_commit(lambda: 1 / 0, robust=True)
        on_commit(lambda: calls.append(1))
    assert calls == [1]
    assert "on_commit" in caplog.text


def test_a_hook_may_begin_a_block_of_its_own_and_runs_once(items):
    calls = []

    def hook():
        calls.append(1)
        with atomic():
            insert(len(calls))

    with atomic():
        on_commit(hook)
    assert calls == [1]
    assert items.numbers() == [1]


def test_the_error_of_a_hook_comes_after_the_commit_and_ends_the_series(items):
    calls = []
    with pytest.raises(ZeroDivisionError), atomic():
        insert(1)
        on_commit(lambda: 1 / 0)
        on_commit(lambda: calls.append(1))
    assert calls == []
    assert items.numbers() == [1]
    with atomic():
        insert(2)
    assert calls == []


def test_a_hook_that_cannot_be_called_is_refused_at_once(items):
    with atomic(), pytest.raises(TypeError, match="callable"):
        on_commit(None)


def test_a_read_only_block_refuses_to_write(items):
    with pytest.raises(Error), atomic(read_only=True):
        assert items.numbers() == []
        insert(1)
    insert(2)
    assert items.numbers() == [2]


@pytest.mark.timeout(30)
def test_a_read_only_block_sees_one_moment_and_holds_up_no_writer(items):
    with atomic(read_only=True):
        assert items.numbers() == []
        thread = threading.Thread(target=lambda: (insert(1), connections.close_all()))
        thread.start()
        thread.join(20)
        assert items.numbers() == []
    assert items.numbers() == [1]


def test_a_deferred_constraint_speaks_at_the_commit_and_undoes_all(items):
    connection.execute(
        "CREATE TABLE parts (item integer REFERENCES items (number) DEFERRABLE INITIALLY DEFERRED)"
    )
    with pytest.raises(IntegrityError), atomic():
        insert(1)
        connection.execute("INSERT INTO parts VALUES (99)")
    assert items.numbers() == []
    assert not connection.in_atomic_block


def test_a_connection_closed_inside_a_block_loses_it_and_comes_back_after(items):
    with pytest.raises(Error), atomic():
        insert(1)
        connection.close()
        insert(2)
    assert items.numbers() == []


def test_a_connection_closed_inside_an_inner_block_spoils_the_outer(items):
    with atomic():
        insert(1)
        with pytest.raises(KeyError), atomic():
            connection.close()
            raise KeyError
        with pytest.raises(TransactionManagementError):
            insert(2)
    assert items.numbers() == []


def test_a_lost_postgresql_connection_is_replaced_between_transactions_only(items):
    if items.vendor != "postgresql":
        pytest.skip("there is no connection to lose")

    def kill_from_outside():
        mine = connection.connection.info.backend_pid
        killer = connections["default"].__class__(items.connection.settings_dict, "killer")
        killer.execute("SELECT pg_terminate_backend(%s, 5000)", [mine])
        killer.close()

    with pytest.raises(DatabaseError), atomic():
        insert(1)
        kill_from_outside()
        with pytest.raises(DatabaseError):
            insert(2)
        insert(3)
    assert items.numbers() == []
    kill_from_outside()
    with pytest.raises((DatabaseError, InterfaceError)):
        items.numbers()
    assert items.numbers() == []


PROCESSES, THREADS, TURNS = 4, 8, 50

WRITER = """
import sys, threading, time
from miniorm.configuration import connect
from miniorm.connections import connections
from miniorm.transaction import atomic
url, process, count, turns = sys.argv[1], *map(int, sys.argv[2:])
failures = []

def write(thread):
    try:
        connect_here = connections["default"]
        for turn in range(turns):
            number = (process * 10 + thread) * 1000 + turn
            with atomic():
                # Reads first, then writes: the order in which SQLite alone would fail.
                connect_here.execute("SELECT count(*) FROM items").fetchone()
                connect_here.execute("INSERT INTO items (number) VALUES (%s)", [number])
                time.sleep(0.005)  # the turn is kept, and the processor is not
            if turn % 10 == 0:  # and those without a block of their own
                with connect_here.write():
                    connect_here.execute("UPDATE items SET name = 'x' WHERE number = %s", [number])
                connect_here.execute("UPDATE items SET name = 'y' WHERE number = %s", [number])
    except BaseException as error:
        failures.append(repr(error))
    finally:
        connections.close_all()

connect(url)
threads = [threading.Thread(target=write, args=[n]) for n in range(count)]
[t.start() for t in threads]
[t.join() for t in threads]
sys.exit("; ".join(failures) or None)
"""


@pytest.mark.timeout(120)
def test_concurrent_writers_all_succeed(items):
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, items.url, *map(str, (n, THREADS, TURNS))],
            stderr=subprocess.PIPE,
            text=True,
        )
        for n in range(PROCESSES)
    ]
    for process in processes:
        assert process.communicate(timeout=100)[1] == ""
        assert process.returncode == 0
    assert len(items.numbers()) == PROCESSES * THREADS * TURNS


KILLED = """
import os, signal, sys
from miniorm.configuration import connect
from miniorm.transaction import atomic
connection = connect(sys.argv[1])
connection.execute("INSERT INTO items (number) VALUES (1)")
with atomic():
    connection.execute("INSERT INTO items (number) VALUES (2)")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.timeout(60)
def test_a_killed_process_keeps_what_was_committed_and_nothing_else(items):
    subprocess.run([sys.executable, "-c", KILLED, items.url], timeout=30, check=False)
    assert items.numbers() == [1]
    insert(3)  # its lock is free
    assert items.numbers() == [1, 3]


@pytest.mark.timeout(60)
def test_a_child_forked_inside_a_block_leaves_its_parent_s_transaction_alone(items):
    """SQLite cannot write there, and says at once why; a PostgreSQL can."""
    refused = items.vendor == "sqlite"
    with atomic():
        insert(1)
        child = os.fork()
        if child == 0:
            status = 1
            try:
                connections["default"].execute("SELECT number FROM items")
                insert(2)
                status = 0
            except OperationalError as error:
                status = 2 if "fork outside atomic()" in str(error) else 3
            finally:
                os._exit(status)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        insert(3)
    assert status == (2 if refused else 0)
    assert items.numbers() == ([1, 3] if refused else [1, 2, 3])


KILLED_WITH_A_CHILD = KILLED.replace(
    "    os.kill(",
    """    if os.fork() == 0:
        sys.stdin.read()
        os._exit(0)
    os.kill(""",
)


@pytest.mark.timeout(60)
def test_a_child_that_lives_on_does_not_keep_the_lock_of_its_killed_parent(database):
    if database.vendor == "postgresql":
        pytest.skip("its locks end with the socket, which a child keeps open")
    database.make_table()
    command = [sys.executable, "-c", KILLED_WITH_A_CHILD, database.url]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        process.wait(timeout=30)
        insert(3)  # waits until the child, which may not have run yet, has let go of its copy
    assert database.numbers() == [1, 3]
