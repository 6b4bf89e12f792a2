"""SQLite: a database that is a file, and a library in this very process.

There is no server to wait for, so a query costs microseconds. The price: one writer at a
time for the whole file. SQLite's own way to wait for its turn is to sleep and try again,
which is unfair: of 1,600 transactions by 32 writers 15 gave up after five seconds. And a
transaction that begins by reading and then writes cannot wait at all: it has seen what
another has changed since, and fails with "database is locked" at once.

So writers queue here before they come to SQLite: every outermost atomic() first takes an
exclusive `flock` on a file beside the database, in which the kernel is fair and which it
frees when a process is killed, and then says BEGIN IMMEDIATE, so that it is a writer from
its first statement. Readers take neither: with the write-ahead log (WAL) they never wait
for a writer, nor a writer for them.

Rules: sqlite.org/lang_transaction.html, /wal.html, /foreignkeys.html.
In Django: `django.db.backends.sqlite3` (with OPTIONS["transaction_mode"]).
"""

import re
import sqlite3
import time as clock
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from miniorm.backends import base
from miniorm.backends.cursor import Params
from miniorm.backends.operations import Features
from miniorm.backends.sqlite3_functions import register_functions
from miniorm.backends.sqlite3_introspection import SQLiteIntrospection
from miniorm.backends.sqlite3_types import AUTO, CHECKS, DATA_TYPES, SQLiteOperations
from miniorm.backends.writelock import WriteLock, is_in_memory
from miniorm.configuration import DatabaseSettings
from miniorm.errors import (
    ImproperlyConfigured,
    ProgrammingError,
    TransactionManagementError,
)

# RETURNING came with this version (March 2021).
MINIMUM_VERSION = (3, 35)
# Seconds to wait for a writer that is not ours and knows no flock: the sqlite3 command.
TIMEOUT = 5.0

# A statement that writes takes its turn in the queue also where nobody said write().
WRITES = re.compile(r"\s*(INSERT|UPDATE|DELETE|REPLACE|CREATE|DROP|ALTER)\b", re.IGNORECASE)

FEATURES = Features(
    minimum_version=MINIMUM_VERSION,
    has_native_uuid_field=False,
    has_native_duration_field=False,
    has_native_json_field=False,
    has_select_for_update=False,
    can_distinct_on_fields=False,
    supports_regex_backreferencing=True,
    supports_json_field_contains=False,
    supports_comments=False,
    supports_virtual_generated_columns=True,
    supports_nan=False,  # it becomes NULL (sqlite.org/c3ref/bind_blob.html)
    foreign_keys_inline=True,
    max_query_params=32_766,  # SQLITE_MAX_VARIABLE_NUMBER since 3.32
)


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection to one SQLite file.

    A ":memory:" database lives in its connection, and so belongs to its thread alone: each
    other thread finds an empty one of its own. For threads, use a file.
    """

    vendor = "sqlite"
    Database = sqlite3
    display_name = "SQLite"
    data_types = DATA_TYPES
    data_types_suffix = AUTO
    data_type_check_constraints = CHECKS
    features = FEATURES
    driver_error = sqlite3.Error
    operations_class = SQLiteOperations
    introspection_class = SQLiteIntrospection
    schema_module = "miniorm.backends.sqlite3_schema"
    schema_class = "SQLiteSchemaEditor"

    def __init__(self, settings_dict: DatabaseSettings, alias: str) -> None:
        super().__init__(settings_dict, alias)
        self.name = str(settings_dict["NAME"])
        if not self.name:
            raise ImproperlyConfigured(
                f'The SQLite database {alias!r} has no NAME; expected a file\'s path or ":memory:".'
            )
        self.lock = WriteLock(self.name)

    # --- opening and closing ----------------------------------------------------------

    def open(self) -> sqlite3.Connection:
        check_version(sqlite3.sqlite_version_info)
        options = {"timeout": TIMEOUT, **self.settings_dict["OPTIONS"]}
        init_command = options.pop("init_command", "")
        driver_connection: sqlite3.Connection = sqlite3.connect(
            self.name,
            isolation_level=None,  # autocommit: BEGIN is said by us, and only by us
            uri=self.name.startswith("file:"),
            **options,
        )
        register_functions(driver_connection)
        driver_connection.execute("PRAGMA foreign_keys = ON")
        if not is_in_memory(self.name):
            self._switch_on_wal(driver_connection)
        driver_connection.executescript(init_command)
        return driver_connection

    def _switch_on_wal(self, driver_connection: sqlite3.Connection) -> None:
        """Let readers and a writer work side by side. The file remembers it, for good."""
        if self._journal_mode(driver_connection) == "wal":
            return
        self.lock.acquire()
        try:
            # The switch needs the file alone for a moment, and does not wait for it as
            # statements do: another connection that is just looking makes it "locked".
            deadline = clock.monotonic() + TIMEOUT
            while self._journal_mode(driver_connection) != "wal":
                try:
                    driver_connection.execute("PRAGMA journal_mode = WAL")
                except sqlite3.OperationalError as error:
                    if "locked" not in str(error) or clock.monotonic() > deadline:
                        return  # a read-only file stays as it is, and can be read
                    clock.sleep(0.001)
                else:
                    return  # also where the file system cannot do it: a rollback journal it is
        finally:
            self.lock.release()

    @staticmethod
    def _journal_mode(driver_connection: sqlite3.Connection) -> str:
        (mode,) = driver_connection.execute("PRAGMA journal_mode").fetchone()
        return str(mode)

    def close(self) -> None:
        super().close()
        self.lock.close()

    def close_if_unusable_or_obsolete(self) -> None:
        # Closing a database in memory is deleting it; no age makes that right.
        if not is_in_memory(self.name):
            super().close_if_unusable_or_obsolete()

    def is_usable(self) -> bool:
        try:
            self.connection.execute("SELECT 1")
        except sqlite3.Error:
            return False
        return True

    # --- running SQL ------------------------------------------------------------------

    def driver_execute(self, sql: str, params: Params, many: bool) -> sqlite3.Cursor:
        if self.in_atomic_block or self.lock.held or not WRITES.match(sql):
            return self._run(sql, params, many)
        self.lock.acquire()
        try:
            return self._run(sql, params, many)
        finally:
            self.lock.release()

    def _run(self, sql: str, params: Params, many: bool) -> sqlite3.Cursor:
        driver_connection: sqlite3.Connection = self.connection
        if params is None:
            return driver_connection.execute(sql)
        if many:
            rows = list(params)
            shape = rows[0] if rows else ()
            return driver_connection.executemany(with_sqlite_placeholders(sql, shape), rows)
        return driver_connection.execute(with_sqlite_placeholders(sql, params), params)

    def advice(self, error: Exception) -> str:
        message = str(error)
        if message.startswith("no such table"):
            return "Did you migrate? No table of that name has been created in this database."
        if message.startswith("no such column") or "has no column named" in message:
            return "Did you migrate? The model and the table in this database may differ."
        if message == "unable to open database file":
            folder = Path(self.name).absolute().parent
            problem = "may not be written to" if folder.is_dir() else "does not exist"
            return f"The file is {self.name!r}; perhaps its folder {str(folder)!r} {problem}."
        if message == "file is not a database":
            return f"{self.name!r} is some other kind of file."
        return ""

    # --- transactions -----------------------------------------------------------------

    def begin(self, read_only: bool) -> None:
        self.ensure_connection()
        self.read_only = read_only
        if read_only:
            self.execute_now("BEGIN")
            self.connection.execute("PRAGMA query_only = ON")
            return
        self.lock.acquire()
        try:
            self.execute_now("BEGIN IMMEDIATE")
        except BaseException:
            self.lock.release()
            raise

    def end(self, sql: str) -> None:
        # After some errors (a full disk) SQLite has rolled back by itself already.
        if sql == "COMMIT" or self.connection.in_transaction:
            self.execute_now(sql)
        if self.read_only:
            self.connection.execute("PRAGMA query_only = OFF")
            self.read_only = False
        self.lock.release()

    @contextmanager
    def write(self) -> Iterator[None]:
        """Around a single write: a transaction of its own, unless one is under way."""
        if self.read_only:
            raise TransactionManagementError(
                "atomic(read_only=True) does not write; use atomic() for what does."
            )
        if self.in_atomic_block or self.lock.held:
            yield
            return
        self.begin(read_only=False)
        try:
            yield
            self.commit_transaction()
        except BaseException:
            self.rollback_transaction()
            raise


def check_version(found: tuple[int, ...]) -> None:
    """Raises ImproperlyConfigured for an SQLite that is too old."""
    if found < MINIMUM_VERSION:
        raise ImproperlyConfigured(
            f"This Python was built with SQLite {'.'.join(map(str, found))}; expected "
            f"{'.'.join(map(str, MINIMUM_VERSION))} or later. A newer Python brings a newer "
            "SQLite, or use PostgreSQL."
        )


def with_sqlite_placeholders(sql: str, params: Any) -> str:
    """`sql` with SQLite's "?" (or ":name") for each "%s" (or "%(name)s"), "%" for each "%%".

    Python's own `%` does exactly that, in C, and counts along.
    """
    if "%" not in sql:
        return sql
    try:
        if type(params) is not list and isinstance(params, Mapping):  # an ABC is slow to ask
            return sql % {name: f":{name}" for name in params}
        return sql % (("?",) * len(params))
    except (TypeError, ValueError, KeyError) as error:
        raise ProgrammingError(
            f"The placeholders do not fit the {len(params)} parameters ({error}): one %s for "
            f"each, and %% for a percent sign. SQL: {sql:.500}"
        ) from error
