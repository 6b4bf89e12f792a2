"""Models whose rows point to each other, over sqlite3: python first/related.py"""

import sqlite3
from typing import Any

database = sqlite3.connect(":memory:")
asked: list[str] = []  # every statement, in order


def ask(sql: str, *values: Any) -> list[tuple[Any, ...]]:
    asked.append(sql)
    return database.execute(sql, values).fetchall()


class Model:
    """A class for a table, an object for a row."""

    columns: tuple[str, ...] = ()

    def __init__(self, *values: Any) -> None:
        for name, value in zip(("id", *self.columns), values, strict=True):
            setattr(self, name, value)

    @classmethod
    def filter(cls, **conditions: Any) -> list[Any]:
        sql = f"SELECT {', '.join(('id', *cls.columns))} FROM {cls.__name__.lower()}"  # noqa: S608
        if conditions:
            sql += " WHERE " + " AND ".join(f"{name} = ?" for name in conditions)
        return [cls(*row) for row in ask(sql, *conditions.values())]


class ForeignKey:
    """`choice.question`: the row whose id is in the column question_id."""

    def __init__(self, to: type[Model]) -> None:
        self.to = to

    def __set_name__(self, owner: type[Model], name: str) -> None:
        self.column = f"{name}_id"
        owner.columns = (*owner.columns, self.column)
        setattr(self.to, f"{owner.__name__.lower()}_set", WayBack(owner, self.column))

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        (found,) = self.to.filter(id=getattr(instance, self.column))
        return found


class WayBack:
    """`question.choice_set`: the rows of the other table whose column holds this id."""

    def __init__(self, model: type[Model], column: str) -> None:
        self.model = model
        self.column = column

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self.model.filter(**{self.column: instance.id})


class Question(Model):
    columns = ("text",)


class Choice(Model):
    columns = ("text", "votes")
    question = ForeignKey(Question)


database.executescript("""
    CREATE TABLE question (id integer PRIMARY KEY, text varchar);
    CREATE TABLE choice (id integer PRIMARY KEY, text varchar, votes integer, question_id integer);
    INSERT INTO question VALUES (1, 'Tea or coffee?'), (2, 'Tabs or spaces?');
    INSERT INTO choice VALUES (1, 'Tea', 0, 1), (2, 'Coffee', 0, 1), (3, 'Tabs', 0, 2);
""")

if __name__ == "__main__":
    for choice in Choice.filter():
        print(choice.text, "of", choice.question.text)
    print(len(Question.filter(id=1)[0].choice_set), "choices of the first")
    print(*asked, sep="\n")
