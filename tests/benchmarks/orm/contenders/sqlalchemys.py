"""SQLAlchemy's ORM: one session for each measurement, as one for each request."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy
from sqlalchemy import BigInteger, Double, ForeignKey, Integer, String, func, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, joinedload, mapped_column, relationship

from tests.benchmarks.orm.library import PRAGMA_STATEMENTS, Place, book


class Base(DeclarativeBase):
    pass


class Author(Base):
    __tablename__ = "author"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    name: Mapped[str] = mapped_column(String(100))


class Book(Base):
    __tablename__ = "book"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    pages: Mapped[int] = mapped_column(Integer)
    price: Mapped[float] = mapped_column(Double)
    author_id: Mapped[int] = mapped_column(ForeignKey(Author.id))
    author: Mapped[Author] = relationship()


class Contender:
    def __init__(self, place: Place) -> None:
        if place.vendor == "sqlite":
            self.engine = sqlalchemy.create_engine(f"sqlite:///{place.address}")
            sqlalchemy.event.listen(self.engine, "connect", _say_pragmas)
        else:
            url = place.address.replace("postgresql:", "postgresql+psycopg:", 1)
            self.engine = sqlalchemy.create_engine(url)

    def close(self) -> None:
        self.engine.dispose()

    def insert(self, numbers: Sequence[int]) -> None:
        with Session(self.engine) as session, session.begin():
            for number in numbers:
                session.add(Book(**book(number)))
                session.flush()

    def bulk(self, numbers: Sequence[int]) -> None:
        with Session(self.engine) as session, session.begin():
            session.add_all([Book(**book(number)) for number in numbers])

    def objects(self) -> list[Any]:
        with Session(self.engine) as session:
            return list(session.scalars(select(Book)))

    def get(self, keys: Sequence[int]) -> list[Any]:
        with Session(self.engine) as session:
            return [session.get(Book, key) for key in keys]

    def values(self) -> list[Any]:
        with Session(self.engine) as session:
            return list(session.execute(select(Book.title, Book.pages, Book.price)))

    def related(self) -> list[Any]:
        with Session(self.engine) as session:
            loaded = joinedload(Book.author, innerjoin=True)
            return list(session.scalars(select(Book).options(loaded)))

    def change(self, keys: Sequence[int]) -> None:
        with Session(self.engine) as session, session.begin():
            for key in keys:
                found: Any = session.get(Book, key)
                found.pages = -key
                session.flush()

    def delete(self, keys: Sequence[int]) -> None:
        with Session(self.engine) as session, session.begin():
            for key in keys:
                session.delete(session.get(Book, key))
                session.flush()

    def group(self) -> list[Any]:
        with Session(self.engine) as session:
            return list(
                session.execute(select(Book.pages, func.count(Book.id)).group_by(Book.pages))
            )


def _say_pragmas(connection: Any, record: Any) -> None:
    for statement in PRAGMA_STATEMENTS:
        connection.execute(statement)
