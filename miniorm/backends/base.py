"""What every database back end is: a connection with its transaction.

Step 6 of the trip, its lower end: SQL text and parameters go in, a cursor with rows comes
out. A back end fills in what differs (how to open, how to begin, what a type is called);
everything a transaction needs to know stands here, once, and belongs to the one thread
whose connection this is.

PEP 249 is the rule for drivers. In Django: `django.db.backends.base`.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from importlib import import_module
from typing import Any

from miniorm import configuration, errors
from miniorm.backends.cursor import Cursor, Params, WrapDatabaseErrors
from miniorm.backends.operations import DatabaseIntrospection, DatabaseOperations, Features
from miniorm.configuration import DatabaseSettings
from miniorm.errors import (
    DatabaseError,
    DataError,
    Error,
    InterfaceError,
    TransactionManagementError,
)
from miniorm.events import announce, observers

# connection.queries keeps the latest of this many; a forgotten DEBUG fills no memory.
QUERIES_LIMIT = 9000
NO_CONTEXT: AbstractContextManager[None] = nullcontext()


class DatabaseWrapper:
    """One thread's connection to one database, opened when first needed."""

    vendor: str
    Database: Any  # the driver's module
    display_name: str
    data_types: dict[str, str]
    data_types_suffix: dict[str, str]
    data_type_check_constraints: dict[str, str]
    features: Features
    schema_module: str  # where this database's schema editor is, and its name there
    schema_class: str
    operations_class = DatabaseOperations
    introspection_class = DatabaseIntrospection

    def __init__(self, settings_dict: DatabaseSettings, alias: str) -> None:
        self.settings_dict = settings_dict
        self.alias = alias
        self.connection: Any = None  # the driver's connection, once open
        self.ops = self.operations_class(self)
        self.introspection = self.introspection_class(self)
        # Statements, and what makes objects of rows: see miniorm.results.
        self.kept: dict[Any, Any] = {}
        self._wrap = WrapDatabaseErrors(self)
        self._thread = threading.get_ident()

        # The transaction. All of it is moved by miniorm.transaction.Atomic.
        self.in_atomic_block = False
        self.read_only = False
        self.needs_rollback = False  # an error spoilt it: only a rollback is left
        self.savepoint_ids: list[str | None] = []
        self.savepoints_made = 0
        self.run_on_commit: list[tuple[frozenset[str | None], Callable[[], Any], bool]] = []

        # How long the connection may live, and whether anything went wrong on it.
        self.close_at: float | None = None
        self.errors_occurred = False

        self.queries_log: deque[dict[str, str]] = deque(maxlen=QUERIES_LIMIT)
        self.execute_wrappers: list[Callable[..., Any]] = []
        self.force_debug_cursor = False

    def __repr__(self) -> str:
        return f"<DatabaseWrapper vendor={self.vendor!r} alias={self.alias!r}>"

    # --- what a back end fills in -----------------------------------------------------

    @property
    def driver_error(self) -> type[Exception]:
        """The driver's own base class of errors."""
        raise NotImplementedError

    def open(self) -> Any:
        """The driver's new connection, in autocommit mode; raises the driver's errors."""
        raise NotImplementedError

    def _close(self, driver_connection: Any) -> None:
        driver_connection.close()

    def close_pool(self) -> None:
        """Close what keeps connections for all threads; here nothing does."""

    def driver_execute(self, sql: str, params: Params, many: bool) -> Any:
        """Run it; the driver's cursor. `params` of None: "%" has no meaning in `sql`."""
        raise NotImplementedError

    def begin(self, read_only: bool) -> None:
        """Begin a transaction."""
        raise NotImplementedError

    def end(self, sql: str) -> None:
        """Finish the transaction with COMMIT or ROLLBACK."""
        self.execute_now(sql)

    def is_usable(self) -> bool:
        """Whether the connection still answers."""
        raise NotImplementedError

    def advice(self, error: Exception) -> str:
        """What may help the reader of this error of the driver's; "" or a sentence."""
        return ""

    # --- opening and closing ----------------------------------------------------------

    def ensure_connection(self) -> None:
        """Open the connection unless it is open."""
        if self.connection is not None:
            return
        if self.in_atomic_block:
            # A new connection would know nothing of the transaction that was under way.
            raise InterfaceError(
                f"The connection {self.alias!r} was lost or closed inside atomic(); the block "
                "must end before a new one can be opened."
            )
        with self.wrap_database_errors():
            self.connection = self.open()
        max_age = self.settings_dict["CONN_MAX_AGE"]
        self.close_at = None if max_age is None else time.monotonic() + max_age
        self.errors_occurred = False

    def close(self) -> None:
        """Close the connection. Inside atomic() that loses the transaction."""
        driver_connection, self.connection = self.connection, None
        if self.in_atomic_block:
            self.needs_rollback = True
        else:
            self.run_on_commit.clear()
        if driver_connection is not None:
            try:
                self._close(driver_connection)
            except self.driver_error:  # it was gone already
                logging.getLogger(__name__).debug("closing %r failed", self, exc_info=True)

    def close_if_unusable_or_obsolete(self) -> None:
        """Close a connection that is broken or older than CONN_MAX_AGE, outside atomic()."""
        if self.connection is None or self.in_atomic_block:
            return
        too_old = self.close_at is not None and time.monotonic() >= self.close_at
        health_check = self.errors_occurred or self.settings_dict["CONN_HEALTH_CHECKS"]
        if too_old or (health_check and not self.is_usable()):
            self.close()
        self.errors_occurred = False

    # --- running SQL ------------------------------------------------------------------

    def execute(self, sql: str, params: Params = (), many: bool = False) -> Any:
        """Run `sql` with "%s" for each parameter; the driver's cursor, to fetch from.

        "%%" is a percent sign, unless `params` is None: then `sql` runs as it is. With
        `many`, `params` is a list of parameter lists. Raises miniorm.errors.
        """
        if self.needs_rollback:
            raise TransactionManagementError(
                "An error has spoilt the current transaction; no more queries can run until "
                "the end of the atomic() block. To go on after an error, give the part that "
                "may fail an atomic() of its own inside."
            )
        return self.execute_now(sql, params, many)

    def fetch(self, sql: str, params: Params = ()) -> list[Any]:
        """All the rows that a statement gives."""
        cursor = self.execute(sql, params)
        with self._wrap:
            return cursor.fetchall()  # type: ignore[no-any-return]

    def execute_now(self, sql: str, params: Params = (), many: bool = False) -> Any:
        """As `execute()`, in a spoilt transaction too: for what ends it."""
        if threading.get_ident() != self._thread:
            raise InterfaceError(
                f"The connection {self.alias!r} belongs to another thread. Ask "
                f"miniorm.connections.connections[{self.alias!r}] in this thread for its own."
            )
        self.ensure_connection()
        if self.execute_wrappers:
            return self._execute_wrapped(sql, params, many)
        return self._execute(sql, params, many)

    def _execute(self, sql: str, params: Params, many: bool, context: Any = None) -> Any:
        if observers:
            return self._execute_announced(sql, params, many)
        if self.queries_logged:
            return self._execute_recorded(sql, params, many)
        with self._wrap:
            return self.driver_execute(sql, params, many)

    @contextmanager
    def execute_wrapper(self, wrapper: Callable[..., Any]) -> Iterator[None]:
        """In this block each statement goes through `wrapper(execute, sql, params, many, context)`.

        It calls `execute` with the other four, changed perhaps, and returns what that gives, or
        raises to let nothing through. Of several blocks the outermost's is asked first.
        Django's page "Database instrumentation".
        """
        self.execute_wrappers.append(wrapper)
        try:
            yield
        finally:
            self.execute_wrappers.pop()

    def _execute_wrapped(self, sql: str, params: Params, many: bool) -> Any:
        run: Callable[..., Any] = self._execute
        for wrapper in reversed(self.execute_wrappers):
            run = partial(wrapper, run)
        return run(sql, params, many, {"connection": self})

    def _execute_announced(self, sql: str, params: Params, many: bool) -> Any:
        details = {"sql": sql, "params": params, "alias": self.alias, "vendor": self.vendor}
        rowcount: int | None = None
        failure: BaseException | None = None
        announce("sql.start", **details)
        try:
            cursor = self._execute_recorded(sql, params, many)
            rowcount = cursor.rowcount
            return cursor
        except BaseException as error:
            failure = error
            raise
        finally:
            announce("sql.end", **details, rowcount=rowcount, error=failure)

    def _execute_recorded(self, sql: str, params: Params, many: bool) -> Any:
        started = time.perf_counter()
        try:
            with self.wrap_database_errors():
                return self.driver_execute(sql, params, many)
        finally:
            if self.queries_logged:
                taken = time.perf_counter() - started
                self.queries_log.append({"sql": readable(sql, params), "time": f"{taken:.3f}"})

    def stream(self, sql: str, params: Params, size: int) -> Iterator[list[Any]]:
        """The rows of a SELECT in lists of `size`, each asked for when it is needed."""
        cursor = self.execute(sql, params)
        while True:
            with self.wrap_database_errors():
                rows = cursor.fetchmany(size)
            if not rows:
                return
            yield rows

    @property
    def queries_logged(self) -> bool:
        return self.force_debug_cursor or configuration.current().debug

    @property
    def queries(self) -> list[dict[str, str]]:
        """The latest queries, oldest first, as {"sql": ..., "time": seconds}; with debug on."""
        return list(self.queries_log)

    def cursor(self) -> Cursor:
        """A cursor as in Django: `with connection.cursor() as cursor: cursor.execute(...)`."""
        self.ensure_connection()
        return Cursor(self)

    # --- errors -----------------------------------------------------------------------

    def wrap_database_errors(self) -> WrapDatabaseErrors:
        """Inside this `with`, the driver's errors come out as those of miniorm.errors."""
        return self._wrap

    def translate(self, error: Exception) -> Error:
        """The namesake, in miniorm.errors, of a driver's error."""
        message = str(error).strip()
        if advice := self.advice(error):
            # PostgreSQL's messages have several lines, with an arrow under the place.
            message += f"\n{advice}" if "\n" in message else f". {advice}"
        if not isinstance(error, self.driver_error):
            return DataError(message)
        # PEP 249 names the classes; a driver's finer ones (UniqueViolation) descend of them.
        for driver_class in type(error).__mro__:
            ours = getattr(errors, driver_class.__name__, None)
            if isinstance(ours, type) and issubclass(ours, Error):
                return ours(message)
        return DatabaseError(message)

    # --- transactions (miniorm.transaction is the public face) ------------------------

    def commit_transaction(self) -> None:
        self.end("COMMIT")

    def rollback_transaction(self) -> None:
        """Undo the transaction; where even that fails, drop the connection, which undoes it."""
        self.run_on_commit.clear()
        if self.connection is None:
            return
        try:
            self.end("ROLLBACK")
        except Error:
            self.close()

    def savepoint(self) -> str:
        """Set a savepoint; its name."""
        self.savepoints_made += 1
        sid = f"s{self._thread}_x{self.savepoints_made}"
        self.execute(f"SAVEPOINT {self.ops.quote_name(sid)}")
        return sid

    def savepoint_rollback(self, sid: str) -> None:
        self.execute_now(f"ROLLBACK TO SAVEPOINT {self.ops.quote_name(sid)}")
        self.run_on_commit = [entry for entry in self.run_on_commit if sid not in entry[0]]

    def savepoint_commit(self, sid: str) -> None:
        self.execute_now(f"RELEASE SAVEPOINT {self.ops.quote_name(sid)}")

    def on_commit(self, func: Callable[[], Any], robust: bool = False) -> None:
        """Call `func` once the transaction is committed; at once outside one."""
        if not callable(func):
            raise TypeError(f"on_commit() takes a callable, not {func!r}.")
        if self.in_atomic_block:
            self.run_on_commit.append((frozenset(self.savepoint_ids), func, robust))
        else:
            run_hook(func, robust)

    def run_commit_hooks(self) -> None:
        """Call what on_commit() collected, in order. An error ends the series, unless robust."""
        hooks, self.run_on_commit = self.run_on_commit, []
        for _, func, robust in hooks:
            run_hook(func, robust)

    def write(self) -> AbstractContextManager[None]:
        """Around a single write: where the database wants its writers to queue, they do."""
        return NO_CONTEXT

    def schema_editor(self, collect_sql: bool = False, atomic: bool = True) -> Any:
        """What changes tables: `with connection.schema_editor() as editor: ...`."""
        # It needs models; queries do not need it.
        editor: Any = getattr(import_module(self.schema_module), self.schema_class)
        return editor(self, collect_sql, atomic)


def run_hook(func: Callable[[], Any], robust: bool) -> None:
    """Call an on_commit hook; a robust one's error is logged and goes no further."""
    if not robust:
        func()
        return
    try:
        func()
    except Exception:
        logging.getLogger(__name__).exception("an on_commit hook failed: %r", func)


def readable(sql: str, params: Params) -> str:
    """`sql` with its parameters written in, for people: never to be run."""
    if not params:
        return sql
    try:
        if isinstance(params, Mapping):
            return sql % {name: _literal(value) for name, value in params.items()}
        return sql % tuple(map(_literal, params))
    except (TypeError, ValueError, KeyError):  # many=True, or the wrong number of them
        return f"{sql} -- with {params!r:.1000}"


def _literal(value: Any) -> str:
    return "NULL" if value is None else repr(value)
