"""What differs between databases: their abilities, how names and values are written.

Step 6 of the trip, its lower end. What stands here is right where a database does as the
standard says, or as Python does; a back end overrides the rest. `introspection` looks at
what is there already.

SQL-92, "delimited identifier". In Django: `django.db.backends.base.features`, `.operations`
and `.introspection`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from miniorm import errors

if TYPE_CHECKING:
    from miniorm.backends.base import DatabaseWrapper

Converter = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Features:
    """What a database can do, where the two differ."""

    minimum_version: tuple[int, ...]
    has_native_uuid_field: bool
    has_native_duration_field: bool
    has_native_json_field: bool
    has_select_for_update: bool
    can_distinct_on_fields: bool
    supports_json_field_contains: bool  # contains, contained_by
    supports_nan: bool  # in a column of floats
    # The rest is ours: what SQL and the functions of one say otherwise than those of the other.
    has_exact_decimals: bool
    division_by_zero_is_null: bool
    integers_overflow_to_float: bool
    has_python_regex: bool  # else those of PostgreSQL: [[:digit:]], \y
    collates_by_locale: bool
    # SQLite takes a foreign key only with the table; PostgreSQL only to a table that exists.
    foreign_keys_inline: bool
    # How many "%s" one statement may hold; None where the driver writes the values itself.
    max_query_params: int | None
    supports_comments: bool  # on tables and columns
    supports_virtual_generated_columns: bool  # GeneratedField(db_persist=False)
    # What both can.
    can_return_columns_from_insert: bool = True
    can_return_rows_from_bulk_insert: bool = True
    supports_json_field: bool = True
    supports_stored_generated_columns: bool = True
    supports_expression_defaults: bool = True
    supports_collation_on_charfield: bool = True
    supports_collation_on_textfield: bool = True
    supports_unlimited_charfield: bool = True
    supports_transactions: bool = True
    uses_savepoints: bool = True
    supports_regex_backreferencing: bool = True
    interprets_empty_strings_as_nulls: bool = False


class DatabaseOperations:
    """How this database writes names, and how values travel to it and back."""

    def __init__(self, connection: "DatabaseWrapper") -> None:
        self.connection = connection

    @staticmethod
    @lru_cache(maxsize=2048)  # each query needs a dozen of the program's few names
    def quote_name(name: str) -> str:
        """`name` as an identifier, safe whatever it holds (SQL-92, "delimited identifier").

        A name that is quoted already is left alone, as in Django.
        """
        if name.startswith('"') and name.endswith('"') and '"' not in name[1:-1] and len(name) > 2:
            return name
        if "\0" in name:
            raise errors.ProgrammingError(f"A name in SQL cannot hold a zero byte: {name!r}.")
        return '"' + name.replace('"', '""') + '"'

    def adapt_datetimefield_value(self, value: Any) -> Any:
        return value

    def adapt_datefield_value(self, value: Any) -> Any:
        return value

    def adapt_timefield_value(self, value: Any) -> Any:
        return value

    def adapt_decimalfield_value(
        self, value: Any, max_digits: int | None = None, decimal_places: int | None = None
    ) -> Any:
        return value

    def adapt_durationfield_value(self, value: Any) -> Any:
        return value

    def adapt_uuidfield_value(self, value: Any) -> Any:
        return value

    def adapt_json_value(self, value: Any, encoder: Any = None) -> Any:
        return value

    def adapt_ipaddressfield_value(self, value: Any) -> Any:
        return value

    def get_db_converter(
        self, internal_type: str, decimal_places: int | None = None
    ) -> Converter | None:
        """What makes a column's value the field's Python value; None where it is that already.

        The converter is never called with None: NULL stays None.
        """
        return None

    def get_computed_decimal_converter(self, decimal_places: int | None) -> Converter | None:
        """The same for what is computed of decimals: it may have more places than they have."""
        return None

    def one_of_many(self, values: list[Any]) -> tuple[str, Any] | None:
        """For a long list, SQL to stand after a column, and the one parameter that it takes.

        None: these values have to travel one by one.
        """
        return None

    def literal(self, value: Any) -> str:
        """A value written into SQL: a table's definition takes no parameters."""
        raise NotImplementedError

    def explain_query_prefix(self, format: str | None = None, **options: Any) -> str:
        """What makes of a query the question how it would be answered."""
        raise NotImplementedError

    def schema_lock_sql(self) -> str | None:
        """What makes two processes take turns at creating tables, inside a transaction."""
        return None


@dataclass(frozen=True, slots=True)
class Column:
    """A column as the database describes it."""

    name: str
    type: str  # in the database's words, without its length: "varchar", "bigint"
    null: bool
    length: int | None = None  # of text
    precision: int | None = None  # of decimal numbers: digits in all, and after the point
    scale: int | None = None
    numbered: bool = False  # the database counts it up by itself
    default: str | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Constraint:
    """An index, or what a table demands of its rows. An expression is None among columns."""

    name: str
    columns: tuple[str | None, ...]
    primary_key: bool = False
    unique: bool = False
    index: bool = False
    check: str | None = None
    partial: bool = False


class DatabaseIntrospection:
    """What the database holds."""

    def __init__(self, connection: "DatabaseWrapper") -> None:
        self.connection = connection

    def table_names(self) -> list[str]:
        raise NotImplementedError

    def columns(self, table: str) -> "list[Column]":
        """What the table's columns are."""
        raise NotImplementedError

    def relations(self, table: str) -> dict[str, tuple[str, str]]:
        """Column -> (table, column) that its foreign key points to."""
        raise NotImplementedError

    def constraints(self, table: str) -> "list[Constraint]":
        """The table's keys, unique and other indexes, checks."""
        raise NotImplementedError

    def column_names(self, table: str) -> list[str]:
        """The columns of a table, in their order."""
        quoted = self.connection.ops.quote_name(table)
        cursor = self.connection.execute(f"SELECT * FROM {quoted} WHERE 1 = 0", None)  # noqa: S608
        return [column[0] for column in cursor.description]
