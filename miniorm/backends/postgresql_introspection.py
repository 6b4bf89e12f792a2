"""What a PostgreSQL database holds, read from its catalogue.

Beside the trip: `inspectdb` and the schema editor ask. Only what a bare name finds on the
search path counts. postgresql.org/docs, "System Catalogs" (pg_class, pg_attribute,
pg_constraint, pg_index). In Django: `django.db.backends.postgresql.introspection`.
"""

from collections.abc import Sequence
from typing import Any

from miniorm.backends.operations import Column, Constraint, DatabaseIntrospection

# The table of that name on the search path, given as one parameter.
TABLE = "(SELECT c.oid FROM pg_class c WHERE c.relname = %s AND pg_table_is_visible(c.oid))"


class PostgreSQLIntrospection(DatabaseIntrospection):
    def table_names(self) -> list[str]:
        # 'p' is a partitioned table.
        cursor = self.connection.execute(
            "SELECT relname FROM pg_catalog.pg_class WHERE relkind IN ('r', 'p') "
            "AND relnamespace NOT IN ('pg_catalog'::regnamespace, 'pg_toast'::regnamespace) "
            "AND pg_catalog.pg_table_is_visible(oid) ORDER BY relname"
        )
        return [name for (name,) in cursor.fetchall()]

    def columns(self, table: str) -> list[Column]:
        rows = self._rows(
            "SELECT a.attname, format_type(a.atttypid, NULL), NOT a.attnotnull, "
            "information_schema._pg_char_max_length(a.atttypid, a.atttypmod), "
            "information_schema._pg_numeric_precision(a.atttypid, a.atttypmod), "
            "information_schema._pg_numeric_scale(a.atttypid, a.atttypmod), "
            "a.attidentity <> '' "
            "OR COALESCE(pg_get_expr(d.adbin, d.adrelid), '') LIKE 'nextval(%%', "
            "pg_get_expr(d.adbin, d.adrelid), col_description(a.attrelid, a.attnum) "
            "FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid "
            f"AND d.adnum = a.attnum WHERE a.attrelid = {TABLE} "
            "AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum",
            table,
        )
        return [Column(*row) for row in rows]

    def relations(self, table: str) -> dict[str, tuple[str, str]]:
        rows = self._rows(
            "SELECT a.attname, t.relname, b.attname FROM pg_constraint k "
            "JOIN pg_class t ON t.oid = k.confrelid "
            "JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1] "
            "JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = k.confkey[1] "
            f"WHERE k.contype = 'f' AND k.conrelid = {TABLE}",
            table,
        )
        return {column: (target, other) for column, target, other in rows}

    def constraints(self, table: str) -> list[Constraint]:
        indexes = self._rows(
            "SELECT i.relname, ARRAY(SELECT a.attname::text FROM unnest(x.indkey) "
            "WITH ORDINALITY AS k(number, place) LEFT JOIN pg_attribute a "
            "ON a.attrelid = x.indrelid AND a.attnum = k.number AND k.number > 0 "
            "WHERE k.place <= x.indnkeyatts ORDER BY k.place), "
            "x.indisprimary, x.indisunique, NOT EXISTS (SELECT 1 FROM pg_constraint c "
            "WHERE c.conindid = x.indexrelid AND c.contype IN ('p', 'u')), NULL, "
            "x.indpred IS NOT NULL FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid "
            f"WHERE x.indrelid = {TABLE} ORDER BY i.relname",
            table,
        )
        checks = self._rows(
            f"SELECT {self._of_constraint}, FALSE, FALSE, FALSE, pg_get_constraintdef(k.oid), "
            f"FALSE FROM pg_constraint k WHERE k.contype = 'c' AND k.conrelid = {TABLE}",
            table,
        )
        return [Constraint(row[0], tuple(row[1] or ()), *row[2:]) for row in [*indexes, *checks]]

    _of_constraint = (
        "k.conname, ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY "
        "AS c(number, place) JOIN pg_attribute a ON a.attrelid = k.conrelid "
        "AND a.attnum = c.number ORDER BY c.place)"
    )

    # --- what the schema editor asks ----------------------------------------------------

    def constraint_names(self, table: str, columns: Sequence[str] | None, kind: str) -> set[str]:
        """The names of constraints of a kind (pg_constraint.contype) on just these columns."""
        rows = self._rows(
            f"SELECT {self._of_constraint} FROM pg_constraint k "
            f"WHERE k.conrelid = {TABLE} AND k.contype = %s",
            table,
            kind,
        )
        return {name for name, on in rows if columns is None or sorted(on) == sorted(columns)}

    def indexes_on(self, table: str, column: str) -> list[str]:
        """Plain indexes of one column that no constraint made."""
        return [
            each.name
            for each in self.constraints(table)
            if each.index and not each.unique and each.columns == (column,) and not each.partial
        ]

    def incoming_foreign_keys(self, table: str, column: str) -> list[tuple[str, str, str, str]]:
        """(table, name, column, definition) of each foreign key that points to a column."""
        return self._rows(
            "SELECT t.relname, k.conname, a.attname, pg_get_constraintdef(k.oid) "
            "FROM pg_constraint k JOIN pg_class t ON t.oid = k.conrelid "
            "JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1] "
            "JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = k.confkey[1] "
            f"WHERE k.contype = 'f' AND k.confrelid = {TABLE} AND b.attname = %s",
            table,
            column,
        )

    def own_names(self, table: str) -> set[str]:
        """The names of the table's indexes and constraints."""
        rows = self._rows(
            f"SELECT conname FROM pg_constraint WHERE conrelid = {TABLE} UNION "
            f"SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = {TABLE}",
            table,
            table,
        )
        return {name.strip('"') for (name,) in rows}

    def _rows(self, sql: str, *params: str) -> list[Any]:
        return self.connection.execute(sql, params).fetchall()  # type: ignore[no-any-return]


def database_names(driver: Any, params: dict[str, Any]) -> list[str]:
    """The server's databases, as far as it tells who connects so; none where it does not."""
    query = "SELECT datname FROM pg_database WHERE datallowconn ORDER BY datname"
    try:
        with driver.connect(**{**params, "dbname": "postgres"}) as connection:
            return [name for (name,) in connection.execute(query).fetchall()]
    except driver.Error:
        return []
