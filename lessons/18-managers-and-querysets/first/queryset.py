"""Questions to a table that wait until somebody looks, over sqlite3: python first/queryset.py"""

import sqlite3
from collections.abc import Iterator
from typing import Any, NamedTuple

database = sqlite3.connect(":memory:")


class Query(NamedTuple):
    """What is asked for, as a value."""

    table: str
    where: tuple[tuple[str, Any], ...] = ()
    order: str = "id"

    def rows(self) -> list[tuple[Any, ...]]:
        sql = f"SELECT * FROM {self.table}"  # noqa: S608
        if self.where:
            sql += " WHERE " + " AND ".join(f"{name} = ?" for name, _ in self.where)
        sql += f" ORDER BY {self.order}"
        print(">", sql)
        return database.execute(sql, [value for _, value in self.where]).fetchall()


class QuerySet:
    """A query, and its answer once it was asked."""

    def __init__(self, query: Query) -> None:
        self.query = query
        self.kept: list[tuple[Any, ...]] | None = None

    def filter(self, **conditions: Any) -> "QuerySet":
        return QuerySet(self.query._replace(where=(*self.query.where, *conditions.items())))

    def order_by(self, name: str) -> "QuerySet":
        return QuerySet(self.query._replace(order=name))

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        if self.kept is None:
            self.kept = self.query.rows()
        return iter(self.kept)


class Manager:
    """`Choice.objects`: where the questions to a table begin."""

    def __get__(self, instance: Any, owner: type[Any]) -> QuerySet:
        return QuerySet(Query(owner.__name__.lower()))


class Choice:
    objects = Manager()


database.executescript("""
    CREATE TABLE choice (id integer PRIMARY KEY, question varchar, text varchar, votes integer);
    INSERT INTO choice VALUES (1, 'Hot', 'Tea', 4), (2, 'Hot', 'Coffee', 7), (3, 'Cold', 'Milk', 4);
""")

if __name__ == "__main__":
    hot = Choice.objects.filter(question="Hot")
    four = hot.filter(votes=4)
    print("nothing is asked so far")
    print([text for _, _, text, _ in four])
    print([text for _, _, text, _ in hot.order_by("text")])
    print([text for _, _, text, _ in four])
