"""A pool of connections to PostgreSQL: lent while a thread works, given back at its close().

Step 6 of the trip, below `postgresql`. Each connection is a process of the server, which has
room for a hundred. Threads that seldom ask can share a few that are open already:

    "OPTIONS": {"pool": {"min_size": 2, "max_size": 8}}
    postgresql://user:password@host/name?pool={"min_size":2,"max_size":8}

`True` takes psycopg_pool's defaults: 4 connections, 30 seconds to wait for one. What a session
remembers (SET, temporary tables, advisory locks) goes on to the next who has the connection. A
thread that ends without close() keeps what it was lent: let it call `connections.close_all()`.

Rule: psycopg.org/psycopg3/docs/api/pool.html. In Django: PostgreSQL's option "pool".
"""

import atexit
import json
import os
import threading
from collections.abc import Mapping
from typing import Any

from miniorm.configuration import DatabaseSettings
from miniorm.errors import ImproperlyConfigured, OperationalError

# By alias: the pool of this process, and the settings that it was made of.
_pools: dict[str, tuple[DatabaseSettings, Any]] = {}
_lock = threading.Lock()
# A child keeps its parent's pools, so that nobody collects them and hangs up for the parent.
_inherited: list[Any] = []


def pool_of(wrapper: Any) -> Any:
    """The ConnectionPool of this wrapper's alias, not opened yet where it is new; or None."""
    arguments, settings = pool_arguments(wrapper.settings_dict), wrapper.settings_dict
    if arguments is None:
        return None
    with _lock:
        made_of, pool = _pools.get(wrapper.alias, (None, None))
        if made_of == settings:
            return pool
        _pools[wrapper.alias] = settings, (fresh := _new_pool(wrapper, arguments))
    if pool is not None:
        pool.close()
    return fresh


def pool_arguments(settings: DatabaseSettings) -> dict[str, Any] | None:
    """ConnectionPool's arguments in OPTIONS["pool"], which a URL writes as JSON; None: no pool."""
    pool = settings["OPTIONS"].get("pool")
    try:
        said = json.loads(pool or "false") if isinstance(pool, str) else pool
        arguments = {} if said in (True, None, False) else dict(said)
    except (TypeError, ValueError) as error:
        raise ImproperlyConfigured(
            f'OPTIONS["pool"] is {pool!r}; expected True, or arguments of ConnectionPool such as '
            '{"min_size": 2, "max_size": 8}.'
        ) from error
    if said and settings["CONN_MAX_AGE"] != 0:
        raise ImproperlyConfigured(
            f'With OPTIONS["pool"] a connection goes back after each request, so CONN_MAX_AGE '
            f"must be 0, not {settings['CONN_MAX_AGE']!r}; the pool's max_lifetime says how old "
            "connections may get."
        )
    return arguments if said else None


def _new_pool(wrapper: Any, arguments: Mapping[str, Any]) -> Any:
    try:
        from psycopg_pool import ConnectionPool
    except ImportError as error:
        raise ImproperlyConfigured(
            'OPTIONS["pool"] needs the package psycopg_pool: pip install "psycopg[pool]". '
            f"Importing it failed: {error}."
        ) from error
    check = ConnectionPool.check_connection if wrapper.settings_dict["CONN_HEALTH_CHECKS"] else None
    ours = {"kwargs": wrapper.connection_params(), "configure": wrapper.configure, "check": check}
    try:
        return ConnectionPool(open=False, **ours, **arguments)
    except (TypeError, ValueError) as error:
        raise ImproperlyConfigured(f'OPTIONS["pool"] makes no pool: {error}.') from error


def borrow(wrapper: Any) -> Any:
    """A connection, once one is free; raises OperationalError where none becomes so in time."""
    pool = wrapper.lender
    if pool.closed:
        # A pool tells its log what a server answers, and goes on trying for minutes. So the
        # first is opened without it: a wrong password is told at once, to who asks.
        wrapper.open_alone().close()
        pool.open()
    try:
        return pool.getconn()
    except wrapper.driver_error as error:  # PoolTimeout, TooManyRequests, PoolClosed
        raise OperationalError(
            f"The pool of {wrapper.alias!r} lends no connection: {error}. It has up to "
            f'{pool.max_size} (OPTIONS["pool"]["max_size"]). Either all are in use, or the '
            'server cannot be reached: then the log "psycopg.pool" tells why.'
        ) from error


def give_back(pool: Any, driver_connection: Any, streams: frozenset[str]) -> None:
    """To the next who asks, without transaction and cursors. A lost one the pool replaces."""
    try:
        if streams and not driver_connection.closed:
            driver_connection.rollback()
            driver_connection.execute("CLOSE ALL")  # a cursor WITH HOLD outlives transactions
    finally:
        pool.putconn(driver_connection)  # which rolls back


def close_pool(alias: str, settings: DatabaseSettings) -> None:
    """Close the pool made of these settings; what is lent is closed when it comes back."""
    with _lock:
        if alias not in _pools or _pools[alias][0] != settings:
            return
        _, pool = _pools.pop(alias)
    pool.close()


@atexit.register
def _close_all() -> None:
    for _, pool in _pools.values():  # its threads end before Python's own parts do
        pool.close()


def _after_fork_in_child() -> None:
    # The pool's threads are not here, and its sockets are the parent's: see `connections`.
    global _lock
    _lock = threading.Lock()
    _inherited.extend(pool for _, pool in _pools.values())
    _pools.clear()


os.register_at_fork(after_in_child=_after_fork_in_child)
