"""The driver alone, as one would write it by hand: the limit of the language.

Rows stay the tuples that they are. In psycopg's default, a statement is prepared once it has been
seen a few times.
"""

from collections.abc import Sequence
from typing import Any

from tests.benchmarks.orm.library import INSERT, PRAGMA_STATEMENTS, Place, book

SELECT = "SELECT id, title, pages, price, author_id FROM book"


class Contender:
    def __init__(self, place: Place) -> None:
        self.place = place
        if place.vendor == "sqlite":
            import sqlite3

            self.connection: Any = sqlite3.connect(place.address, isolation_level=None)
            for statement in PRAGMA_STATEMENTS:
                self.connection.execute(statement)
        else:
            import psycopg

            self.connection = psycopg.connect(place.address, autocommit=True)
        self.execute = self.connection.execute

    def close(self) -> None:
        self.connection.close()

    def insert(self, numbers: Sequence[int]) -> None:
        sql = self.place.sql(INSERT + " RETURNING id")
        self.execute("BEGIN")
        for number in numbers:
            self.execute(sql, tuple(book(number).values())).fetchone()
        self.execute("COMMIT")

    def bulk(self, numbers: Sequence[int]) -> None:
        rows = [value for number in numbers for value in book(number).values()]
        places = ", ".join(["(?, ?, ?, ?)"] * len(numbers))
        sql = f"{INSERT.partition(' VALUES')[0]} VALUES {places} RETURNING id"
        self.execute("BEGIN")
        self.execute(self.place.sql(sql), rows).fetchall()
        self.execute("COMMIT")

    def objects(self) -> list[Any]:
        return self.execute(SELECT).fetchall()

    def get(self, keys: Sequence[int]) -> list[Any]:
        sql = self.place.sql(f"{SELECT} WHERE id = ?")
        return [self.execute(sql, (key,)).fetchone() for key in keys]

    def values(self) -> list[Any]:
        return self.execute("SELECT title, pages, price FROM book").fetchall()

    def related(self) -> list[Any]:
        return self.execute(
            "SELECT b.id, title, pages, price, author_id, a.id, name"
            " FROM book b JOIN author a ON a.id = b.author_id"
        ).fetchall()

    def change(self, keys: Sequence[int]) -> None:
        select = self.place.sql(f"{SELECT} WHERE id = ?")
        update = self.place.sql(
            "UPDATE book SET title = ?, pages = ?, price = ?, author_id = ? WHERE id = ?"
        )
        self.execute("BEGIN")
        for key in keys:
            _, title, _, price, author = self.execute(select, (key,)).fetchone()
            self.execute(update, (title, -key, price, author, key))
        self.execute("COMMIT")

    def delete(self, keys: Sequence[int]) -> None:
        select = self.place.sql(f"{SELECT} WHERE id = ?")
        delete = self.place.sql("DELETE FROM book WHERE id = ?")
        self.execute("BEGIN")
        for key in keys:
            row = self.execute(select, (key,)).fetchone()
            self.execute(delete, (row[0],))
        self.execute("COMMIT")

    def group(self) -> list[Any]:
        return self.execute("SELECT pages, COUNT(id) FROM book GROUP BY pages").fetchall()
