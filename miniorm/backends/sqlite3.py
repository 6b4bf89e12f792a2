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

Rules: sqlite.org/lang_transaction.html, /wal.html, /datatype3.html, /foreignkeys.html.
In Django: `django.db.backends.sqlite3` (with OPTIONS["transaction_mode"]).
"""

import json
import re
import sqlite3
import time as clock
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache, partial
from pathlib import Path
from typing import Any
from uuid import UUID

from miniorm import configuration
from miniorm.backends import base
from miniorm.backends.base import Converter, Features, Params
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

# A declared type decides a column's affinity only (datatype3.html, 3.1): "char(32)" and
# "text" hold text, "integer" whole numbers, "decimal" and "date" what looks like a number
# as one, anything else as the text it is.
DATA_TYPES = {
    "AutoField": "integer",
    "BigAutoField": "integer",
    "SmallAutoField": "integer",
    "BinaryField": "BLOB",
    "BooleanField": "bool",
    "CharField": "varchar(%(max_length)s)",
    "DateField": "date",
    "DateTimeField": "datetime",
    "DecimalField": "decimal",
    "DurationField": "bigint",
    "EmailField": "varchar(%(max_length)s)",
    "FloatField": "real",
    "GenericIPAddressField": "char(39)",
    "IntegerField": "integer",
    "SmallIntegerField": "smallint",
    "BigIntegerField": "bigint",
    "PositiveIntegerField": "integer unsigned",
    "PositiveSmallIntegerField": "smallint unsigned",
    "PositiveBigIntegerField": "bigint unsigned",
    "JSONField": "text",
    "SlugField": "varchar(%(max_length)s)",
    "TextField": "text",
    "TimeField": "time",
    "URLField": "varchar(%(max_length)s)",
    "UUIDField": "char(32)",
}

# AUTOINCREMENT: the number of a deleted row is never given to another (autoinc.html).
AUTO = dict.fromkeys(("AutoField", "BigAutoField", "SmallAutoField"), "AUTOINCREMENT")

CHECKS = {
    "PositiveIntegerField": "%(column)s >= 0",
    "PositiveSmallIntegerField": "%(column)s >= 0",
    "PositiveBigIntegerField": "%(column)s >= 0",
    "JSONField": "JSON_VALID(%(column)s) OR %(column)s IS NULL",
}


# --- values -----------------------------------------------------------------------------


def to_decimal(value: float | int | str, quantum: Decimal | None = None) -> Decimal:
    """A NUMERIC column holds 1.10 as the number 1.1; the field's scale gives back the zero."""
    number = Decimal(str(value))
    return number if quantum is None else number.quantize(quantum)


def to_aware_datetime(value: str) -> datetime:
    # One C call; datetime.replace(tzinfo=UTC) afterwards would cost seven times as much.
    return datetime.fromisoformat(value + "+00:00")


def to_duration(value: int) -> timedelta:
    return timedelta(microseconds=value)


CONVERTERS: dict[str, Converter] = {
    "BooleanField": bool,
    "DateField": date.fromisoformat,
    "DurationField": to_duration,
    "JSONField": json.loads,
    "TimeField": time.fromisoformat,
    "UUIDField": UUID,
}


class SQLiteOperations(base.DatabaseOperations):
    """SQLite knows numbers, text and bytes: all else travels as one of these."""

    def adapt_datetimefield_value(self, value: Any) -> Any:
        """An aware datetime as text in UTC, "2024-05-01 12:30:00"; a naive one as it is.

        Text in this form sorts as the times do, which makes `<` and ORDER BY right.
        """
        if not isinstance(value, datetime):
            return value
        if value.tzinfo is not None:
            if not configuration.current().use_tz:
                raise ValueError(
                    f"{value!r} has a time zone, which SQLite cannot keep without use_tz=True."
                )
            value = value.astimezone(UTC).replace(tzinfo=None)
        return str(value)

    def adapt_datefield_value(self, value: Any) -> Any:
        return value.isoformat() if isinstance(value, date) else value

    def adapt_timefield_value(self, value: Any) -> Any:
        if not isinstance(value, time):
            return value
        if value.tzinfo is not None:
            raise ValueError(f"{value!r} has a time zone; a time of day is kept without one.")
        return str(value)

    def adapt_decimalfield_value(
        self, value: Any, max_digits: int | None = None, decimal_places: int | None = None
    ) -> Any:
        if not isinstance(value, Decimal):
            return value
        if decimal_places is not None and value.is_finite():
            value = value.quantize(Decimal(1).scaleb(-decimal_places))
        return format(value, "f")

    def adapt_durationfield_value(self, value: Any) -> Any:
        return value // timedelta(microseconds=1) if isinstance(value, timedelta) else value

    def adapt_uuidfield_value(self, value: Any) -> Any:
        return value.hex if isinstance(value, UUID) else value

    def adapt_json_value(self, value: Any) -> Any:
        return json.dumps(value)

    def get_db_converter(
        self, internal_type: str, decimal_places: int | None = None
    ) -> Converter | None:
        if internal_type == "DecimalField":
            if decimal_places is None:
                return to_decimal
            return partial(to_decimal, quantum=Decimal(1).scaleb(-decimal_places))
        if internal_type == "DateTimeField":
            aware = configuration.current().use_tz
            return to_aware_datetime if aware else datetime.fromisoformat
        return CONVERTERS.get(internal_type)


class SQLiteIntrospection(base.DatabaseIntrospection):
    def table_names(self) -> list[str]:
        cursor = self.connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' "
            "AND name NOT LIKE 'sqlite@_%%' ESCAPE '@' ORDER BY name"
        )
        return [name for (name,) in cursor.fetchall()]


# --- functions that SQL calls ---------------------------------------------------------
# SQLite's own LOWER and UPPER know ASCII only, and it has no REGEXP at all.


@lru_cache(maxsize=256)
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _regexp(pattern: str | None, text: Any) -> bool | None:
    """`text REGEXP pattern`: found anywhere in it, as PostgreSQL's `~`; NULL gives NULL."""
    if pattern is None or text is None:
        return None
    return _pattern(pattern).search(str(text)) is not None


def _changed_case(change: Callable[[str], str], value: Any) -> Any:
    return change(value) if isinstance(value, str) else value


def _register_functions(driver_connection: sqlite3.Connection) -> None:
    # "Deterministic" (same arguments, same answer) lets SQLite use them in indexes, and
    # call them once for a constant.
    for name, arguments, function in (
        ("lower", 1, partial(_changed_case, str.lower)),
        ("upper", 1, partial(_changed_case, str.upper)),
        ("regexp", 2, _regexp),
    ):
        driver_connection.create_function(name, arguments, function, deterministic=True)


# --- the connection -------------------------------------------------------------------

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
    foreign_keys_inline=True,
    max_query_params=32_766,  # SQLITE_MAX_VARIABLE_NUMBER since 3.32
)


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection to one SQLite file.

    A ":memory:" database lives in its connection, and so belongs to its thread alone: each
    other thread finds an empty one of its own. For threads, use a file.
    """

    vendor = "sqlite"
    display_name = "SQLite"
    data_types = DATA_TYPES
    data_types_suffix = AUTO
    data_type_check_constraints = CHECKS
    features = FEATURES
    driver_error = sqlite3.Error
    operations_class = SQLiteOperations
    introspection_class = SQLiteIntrospection

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
        _register_functions(driver_connection)
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
        if isinstance(params, Mapping):
            return sql % {name: f":{name}" for name in params}
        return sql % (("?",) * len(params))
    except (TypeError, ValueError, KeyError) as error:
        raise ProgrammingError(
            f"The placeholders do not fit the {len(params)} parameters ({error}): one %s for "
            f"each, and %% for a percent sign. SQL: {sql:.500}"
        ) from error


# The sqlite3 module adapts by itself what it knows. These it does not know, or will not
# for long (its own for dates are deprecated since Python 3.12); the register is one for
# the whole process, as is Django's.
def _datetime_text(value: datetime) -> str:
    return str(value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value)


sqlite3.register_adapter(Decimal, lambda value: format(value, "f"))
sqlite3.register_adapter(UUID, lambda value: value.hex)
sqlite3.register_adapter(date, lambda value: value.isoformat())
sqlite3.register_adapter(time, str)
sqlite3.register_adapter(datetime, _datetime_text)
