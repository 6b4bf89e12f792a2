"""Conditions as a tree of objects, which write themselves as SQL: python first/where.py"""

import sqlite3
from typing import Any

OPERATORS = {"exact": "=", "gt": ">", "lt": "<"}

SQL = tuple[str, list[Any]]


class Comparison:
    """`votes__gt=3`: a column, an operator, and a value that stays out of the text."""

    def __init__(self, name: str, value: Any) -> None:
        self.column, _, lookup = name.partition("__")
        self.operator = OPERATORS[lookup or "exact"]
        self.value = value

    def as_sql(self) -> SQL:
        return f"{self.column} {self.operator} ?", [self.value]


class Q:
    """Conditions between which the same word stands: AND, unless told otherwise."""

    def __init__(self, *children: Any, connector: str = "AND", **comparisons: Any) -> None:
        self.children = [*children, *(Comparison(*each) for each in comparisons.items())]
        self.connector = connector

    def __or__(self, other: "Q") -> "Q":
        return Q(self, other, connector="OR")

    def __invert__(self) -> "Not":
        return Not(self)

    def as_sql(self) -> SQL:
        parts = [each.as_sql() for each in self.children]
        text = f" {self.connector} ".join(sql for sql, _ in parts)
        return f"({text})", [value for _, values in parts for value in values]


class Not:
    """The opposite."""

    def __init__(self, condition: Q) -> None:
        self.condition = condition

    def as_sql(self) -> SQL:
        sql, values = self.condition.as_sql()
        return f"NOT {sql}", values


def find(condition: Any) -> list[str]:
    """The texts of the choices for which this is true."""
    sql, values = condition.as_sql()
    print(sql, values)
    rows = database.execute(f"SELECT text FROM choice WHERE {sql}", values)  # noqa: S608
    return [text for (text,) in rows]


database = sqlite3.connect(":memory:")
database.executescript("""
    CREATE TABLE choice (text varchar, votes integer, "order" integer);
    INSERT INTO choice VALUES ('Tea', 5, 1), ('Coffee', 2, 2), ('Don''t know', NULL, 3);
""")

if __name__ == "__main__":
    print(find(Q(votes__gt=3)))
    print(find(Q(votes__gt=3) | Q(text="Don't know")))
