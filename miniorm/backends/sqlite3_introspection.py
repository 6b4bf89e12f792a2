"""What an SQLite file holds, read from its own description of itself.

Beside the trip: `inspectdb` and the schema editor ask. sqlite.org/schematab.html and
/pragma.html (table_xinfo, foreign_key_list, index_list). In Django:
`django.db.backends.sqlite3.introspection`.
"""

import re
from typing import Any

from miniorm.backends.operations import Column, Constraint, DatabaseIntrospection

TYPE = re.compile(r"\s*([^(]*?)\s*(?:\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\))?\s*(unsigned)?\s*", re.I)


class SQLiteIntrospection(DatabaseIntrospection):
    def table_names(self) -> list[str]:
        cursor = self.connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' "
            "AND name NOT LIKE 'sqlite@_%%' ESCAPE '@' ORDER BY name"
        )
        return [name for (name,) in cursor.fetchall()]

    def columns(self, table: str) -> list[Column]:
        made_by = self._table_sql(table).upper()
        found = []
        for _, name, declared, not_null, default, key, hidden in self._pragma("table_xinfo", table):
            if hidden == 1:
                continue
            kind, length, scale = read_type(declared)
            numbers = kind in ("decimal", "numeric")
            found.append(
                Column(
                    name,
                    kind,
                    null=not not_null and not key,
                    length=None if numbers else length,
                    precision=length if numbers else None,
                    scale=scale,
                    # An "integer primary key" counts by itself, AUTOINCREMENT or not.
                    numbered=bool(key) and kind == "integer" and "PRIMARY KEY" in made_by,
                    default=default,
                )
            )
        return found

    def relations(self, table: str) -> dict[str, tuple[str, str]]:
        found = {}
        for _, _, target, column, to, *_ in self._pragma("foreign_key_list", table):
            found[column] = (target, to or self._key_of(target))
        return found

    def constraints(self, table: str) -> list[Constraint]:
        keys = [(row[5], row[1]) for row in self._pragma("table_xinfo", table) if row[5]]
        found = []
        if keys:
            columns = tuple(name for _, name in sorted(keys))
            found.append(Constraint("", columns, primary_key=True, unique=True))
        for _, name, unique, origin, partial in self._pragma("index_list", table):
            if origin == "pk":
                continue
            columns = tuple(column for _, _, column in self._pragma("index_info", name))
            found.append(
                Constraint(
                    # The name of a constraint is only in the text of CREATE TABLE.
                    "" if origin == "u" else name,
                    columns,
                    unique=bool(unique),
                    index=origin == "c",
                    partial=bool(partial),
                )
            )
        checks = re.finditer(r'CONSTRAINT "((?:[^"]|"")+)" CHECK', self._table_sql(table))
        found += [Constraint(match[1].replace('""', '"'), (), check=match[0]) for match in checks]
        return found

    def _pragma(self, pragma: str, name: str) -> list[tuple[Any, ...]]:
        quoted = self.connection.ops.quote_name(name)
        rows: list[tuple[Any, ...]] = self.connection.execute(
            f"PRAGMA {pragma}({quoted})", None
        ).fetchall()
        return rows

    def _table_sql(self, table: str) -> str:
        found = self.connection.execute(
            "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = %s", [table]
        ).fetchone()
        return str(found[0]) if found else ""

    def _key_of(self, table: str) -> str:
        return next((str(row[1]) for row in self._pragma("table_xinfo", table) if row[5]), "id")


def read_type(declared: str) -> tuple[str, int | None, int | None]:
    """ "varchar(20)" as ("varchar", 20, None), "integer unsigned" whole."""
    match = TYPE.fullmatch(declared)
    if match is None:
        return declared.lower(), None, None
    name, length, scale, unsigned = match.groups()
    kind = f"{name.lower()}{' unsigned' if unsigned else ''}"
    return kind, int(length) if length else None, int(scale) if scale else None
