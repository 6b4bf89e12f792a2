"""The open connections: one for each thread and each configured database.

Step 6 of the trip. A connection to a database is a conversation: it knows which
transaction it is in, and two threads that spoke on it at once would be talking inside
each other's. So every thread has its own, opened when first needed:

    from miniorm.connections import connection, connections
    connections["archive"].execute("SELECT 1")
    connection.vendor                      # the "default" one

A server keeps its threads, and a connection is dear to open (PostgreSQL starts a process
for each), so it is kept from one request to the next for as long as CONN_MAX_AGE says;
`close_old_connections()` at both ends of a request sees to it.

In Django: `django.db.utils.ConnectionHandler` and `django.db.connection`.
"""

import os
import threading
import weakref
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

from miniorm import configuration
from miniorm.backends.base import DatabaseWrapper
from miniorm.configuration import DEFAULT_ALIAS, ENGINES, Configuration, DatabaseSettings
from miniorm.errors import ConnectionDoesNotExist, ImproperlyConfigured
from miniorm.suggest import did_you_mean


class _Mine(threading.local):
    """What belongs to the thread that looks: its connections, by alias."""

    def __init__(self) -> None:
        self.wrappers: dict[str, DatabaseWrapper] = {}
        self.configuration: Configuration | None = None


class Connections:
    """`connections[alias]`: this thread's connection to that database."""

    def __init__(self) -> None:
        self._mine = _Mine()
        # For a fork alone: those of all threads, and those that it must not touch any more.
        self._of_all_threads: weakref.WeakSet[DatabaseWrapper] = weakref.WeakSet()
        self._opening = threading.RLock()
        self._inherited: list[list[DatabaseWrapper]] = []

    def __getitem__(self, alias: str) -> DatabaseWrapper:
        mine = self._mine
        if mine.configuration is not configuration.current():
            self._reconfigure()
        wrapper = mine.wrappers.get(alias)
        if wrapper is None:
            wrapper = mine.wrappers[alias] = open_wrapper(alias, self._settings(alias))
            with self._opening:
                self._of_all_threads.add(wrapper)
        return wrapper

    def _settings(self, alias: str) -> DatabaseSettings:
        databases = self.databases
        if alias in databases:
            return databases[alias]
        if not databases:
            raise ConnectionDoesNotExist(
                "No database is configured. In a script, begin with "
                'miniorm.connect("sqlite:///FILE"); in a project, fill the setting DATABASES.'
            )
        raise ConnectionDoesNotExist(
            f"There is no database {alias!r}; configured are "
            f"{', '.join(map(repr, databases))}.{did_you_mean(alias, databases)}"
        )

    def _reconfigure(self) -> None:
        """Drop the connections whose settings are no longer those configured."""
        mine, databases = self._mine, self.databases
        mine.configuration = configuration.current()
        for alias, wrapper in list(mine.wrappers.items()):
            wrapper.kept.clear()  # they read dates as use_tz said
            if databases.get(alias) != wrapper.settings_dict:
                del mine.wrappers[alias]
                wrapper.close()
                wrapper.close_pool()

    @property
    def databases(self) -> Mapping[str, DatabaseSettings]:
        """The settings of every configured database."""
        return configuration.current().databases

    def __iter__(self) -> Iterator[str]:
        return iter(self.databases)

    def __contains__(self, alias: object) -> bool:
        return alias in self.databases

    def all(self, initialized_only: bool = False) -> list[DatabaseWrapper]:
        """This thread's connections; those not used so far too, unless told otherwise."""
        used = self._mine.wrappers
        return [self[alias] for alias in self if not initialized_only or alias in used]

    def close_all(self) -> None:
        """Close every connection of this thread; the next query opens a new one."""
        for wrapper in list(self._mine.wrappers.values()):
            wrapper.close()

    # A child process inherits its parent's sockets and files. To speak on them, or merely to
    # close them politely, would garble or end the parent's conversation. So the child keeps
    # them, untouched, and opens its own. It has one thread: the connections of all others are
    # nobody's there, and Python would collect them, and so close them. A list holds them.

    def _before_fork(self) -> None:
        self._opening.acquire()
        self._inherited.append(list(self._of_all_threads))

    def _after_fork_in_parent(self) -> None:
        self._inherited.pop()
        self._opening.release()

    def _after_fork_in_child(self) -> None:
        self._mine.wrappers.clear()
        self._opening.release()


def open_wrapper(alias: str, settings: DatabaseSettings) -> DatabaseWrapper:
    """The connection object that settings["ENGINE"] names; not yet connected."""
    engine = settings["ENGINE"]
    if not engine:
        raise ImproperlyConfigured(
            f"The database {alias!r} has no ENGINE; expected one of "
            f"{', '.join(sorted(set(ENGINES.values())))}."
        )
    try:
        wrapper_class = import_module(engine).DatabaseWrapper
    except (ImportError, AttributeError, ValueError) as error:
        if isinstance(error, ImproperlyConfigured):
            raise
        known = sorted(set(ENGINES.values()))
        # "django.db.backends.sqlite3" is far from ours by letters, near by its last word.
        namesake = [name for name in known if name.endswith("." + engine.rpartition(".")[2])]
        hint = f" Did you mean {namesake[0]!r}?" if namesake else did_you_mean(engine, known)
        raise ImproperlyConfigured(
            f"The ENGINE of the database {alias!r} is {engine!r}, which is no database back "
            f"end ({error}); expected one of {', '.join(known)}.{hint}"
        ) from error
    wrapper: DatabaseWrapper = wrapper_class(settings, alias)
    return wrapper


class _DefaultConnection:
    """Stands for `connections["default"]` of whichever thread looks."""

    def __getattr__(self, name: str) -> Any:
        return getattr(connections[DEFAULT_ALIAS], name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(connections[DEFAULT_ALIAS], name, value)

    def __repr__(self) -> str:
        return repr(connections[DEFAULT_ALIAS])


connections = Connections()
connection: Any = _DefaultConnection()

os.register_at_fork(
    before=connections._before_fork,
    after_in_parent=connections._after_fork_in_parent,
    after_in_child=connections._after_fork_in_child,
)


def close_old_connections(**kwargs: Any) -> None:
    """Close this thread's connections that are broken or past their CONN_MAX_AGE.

    Called at the start and the end of each request (hence the unused arguments: it can
    be a signal's receiver).
    """
    for wrapper in connections.all(initialized_only=True):
        wrapper.close_if_unusable_or_obsolete()


def reset_queries(**kwargs: Any) -> None:
    """Forget the queries recorded in `connection.queries`; called as a request starts."""
    for wrapper in connections.all(initialized_only=True):
        wrapper.queries_log.clear()
