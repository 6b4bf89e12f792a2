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

import fcntl
import json
import os
import re
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache, partial
from pathlib import Path
from typing import Any
from uuid import UUID

from miniorm import configuration
from miniorm.backends.base import (
    Converter,
    DatabaseIntrospection,
    DatabaseOperations,
    DatabaseWrapper,
    Features,
    Params,
)
from miniorm.configuration import DatabaseSettings
from miniorm.errors import (
    ImproperlyConfigured,
    OperationalError,
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
AUTO = {name: "AUTOINCREMENT" for name in ("AutoField", "BigAutoField", "SmallAutoField")}

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


class SQLiteOperations(DatabaseOperations):
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


class SQLiteIntrospection(DatabaseIntrospection):
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


# --- the queue of writers -------------------------------------------------------------


class WriteLock:
    """An exclusive flock on the file beside the database; nothing for ":memory:".

    Each connection opens the file for itself: two threads of one process are two writers,
    and an flock belongs to an open file, not to a process (flock(2)).
    """

    # Which lock files this thread holds: waiting for oneself would be waiting forever.
    _held_here = threading.local()

    def __init__(self, database: str) -> None:
        self.path = None if is_in_memory(database) else os.path.realpath(database) + ".lock"
        self.held = False
        self._file: int | None = None

    def acquire(self) -> None:
        """Wait for the turn, however long the writers before take."""
        if self.path is not None:
            mine = self._held_here.__dict__.setdefault("paths", set())
            if self.path in mine:
                raise OperationalError(
                    f"This thread already writes to {self.path.removesuffix('.lock')} through "
                    "another connection, and would wait for itself forever. Use one alias for "
                    "one file."
                )
            if self._file is None:
                flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
                self._file = os.open(self.path, flags, 0o666)
            fcntl.flock(self._file, fcntl.LOCK_EX)
            mine.add(self.path)
        self.held = True

    def release(self) -> None:
        if self._file is not None and self.held:
            fcntl.flock(self._file, fcntl.LOCK_UN)
            self._held_here.paths.discard(self.path)
        self.held = False

    def close(self) -> None:
        """Give up the file. It stays on disk: deleting it would part those who wait on it."""
        self.release()
        if self._file is not None:
            os.close(self._file)
            self._file = None


def is_in_memory(database: str) -> bool:
    return database in ("", ":memory:") or database.startswith("file:") and "memory" in database


# --- the connection -------------------------------------------------------------------

WRITES = ("INSERT", "UPDATE", "DELETE", "REPLAC", "CREATE", "DROP T", "DROP I", "ALTER ")

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


class DatabaseWrapper(DatabaseWrapper):  # type: ignore[no-redef]  # Django's name, in each
    """A connection to one SQLite file. A ":memory:" database belongs to its thread alone."""

    vendor = "sqlite"
    display_name = "SQLite"
    data_types = DATA_TYPES
    data_types_suffix = AUTO
    data_type_check_constraints = CHECKS
    features = FEATURES
    driver_error = sqlite3.Error
    operations_class = SQLiteOperations
    introspection_class = SQLiteIntrospection
