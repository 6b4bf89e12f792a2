"""Peewee."""

from collections.abc import Sequence
from typing import Any

import peewee

from miniorm.configuration import parse_url
from tests.benchmarks.orm.library import PRAGMAS, Place, book

# What one INSERT of SQLite's may hold, in rows of four values.
BATCH = 8_000


class Author(peewee.Model):  # type: ignore[misc]
    id = peewee.BigAutoField()
    name = peewee.CharField(max_length=100)


class Book(peewee.Model):  # type: ignore[misc]
    id = peewee.BigAutoField()
    title = peewee.CharField(max_length=200)
    pages = peewee.IntegerField()
    price = peewee.DoubleField()
    author = peewee.ForeignKeyField(Author)


class Contender:
    def __init__(self, place: Place) -> None:
        if place.vendor == "sqlite":
            self.database: Any = peewee.SqliteDatabase(place.address, pragmas=PRAGMAS)
        else:
            found = parse_url(place.address)
            self.database = peewee.PostgresqlDatabase(
                found["NAME"], user=found["USER"], host=found["HOST"], prefer_psycopg3=True
            )
        self.database.bind([Author, Book])
        self.database.connect()

    def close(self) -> None:
        self.database.close()

    def insert(self, numbers: Sequence[int]) -> None:
        with self.database.atomic():
            for number in numbers:
                Book.create(**book(number))

    def bulk(self, numbers: Sequence[int]) -> None:
        with self.database.atomic():
            Book.bulk_create([Book(**book(number)) for number in numbers], batch_size=BATCH)

    def objects(self) -> list[Any]:
        return list(Book.select())

    def get(self, keys: Sequence[int]) -> list[Any]:
        return [Book.get_by_id(key) for key in keys]

    def values(self) -> list[Any]:
        return list(Book.select(Book.title, Book.pages, Book.price).tuples())

    def related(self) -> list[Any]:
        return list(Book.select(Book, Author).join(Author))

    def change(self, keys: Sequence[int]) -> None:
        with self.database.atomic():
            for key in keys:
                found = Book.get_by_id(key)
                found.pages = -key
                found.save()

    def delete(self, keys: Sequence[int]) -> None:
        with self.database.atomic():
            for key in keys:
                Book.get_by_id(key).delete_instance()

    def group(self) -> list[Any]:
        number = peewee.fn.COUNT(Book.id)
        return list(Book.select(Book.pages, number).group_by(Book.pages).tuples())
