"""A class for a table, an object for a row, over sqlite3: python first/model.py"""

import sqlite3
from typing import Any

database = sqlite3.connect(":memory:")


class Model:
    """Attributes with the names of the columns, and a key that the database gives."""

    columns: tuple[str, ...] = ()
    id: Any

    def __init__(self, **values: Any) -> None:
        for name in ("id", *self.columns):
            setattr(self, name, values.get(name))

    @classmethod
    def all(cls) -> list[Any]:
        names = ("id", *cls.columns)
        rows = database.execute(f"SELECT {', '.join(names)} FROM {cls.__name__.lower()}")  # noqa: S608
        return [cls(**dict(zip(names, row, strict=True))) for row in rows]

    def save(self) -> None:
        table, names = type(self).__name__.lower(), self.columns
        values = [getattr(self, name) for name in names]
        if self.id is None:
            marks = ", ".join("?" for _ in names)
            sql = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})"  # noqa: S608
            self.id = database.execute(sql, values).lastrowid
        else:
            pairs = ", ".join(f"{name} = ?" for name in names)
            sql = f"UPDATE {table} SET {pairs} WHERE id = ?"  # noqa: S608
            database.execute(sql, (*values, self.id))


class Question(Model):
    columns = ("text", "published")


database.executescript("""
    CREATE TABLE question (id integer PRIMARY KEY, text varchar(200), published datetime);
    INSERT INTO question VALUES (1, 'Tea or coffee?', '2026-05-04 09:30:00');
""")

if __name__ == "__main__":
    print(database.execute("SELECT * FROM question").fetchone())
    question = Question.all()[0]
    print(question.text, question.published)
    question.text = "Tea or milk?"
    question.save()
    Question(text="Tabs or spaces?").save()
    print(*database.execute("SELECT * FROM question"), sep="\n")
