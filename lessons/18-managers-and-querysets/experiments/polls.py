"""Three questions with choices, in memory, and a list of what was asked."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import miniorm
from miniorm import connection, models
from miniorm.schema import create_tables


class Author(models.Model):
    name = models.CharField(max_length=50)

    class Meta:
        app_label = "polls"


class QuestionQuerySet(models.QuerySet):
    def open(self) -> Any:
        return self.filter(closed=False)

    def by(self, name: str) -> Any:
        return self.filter(author__name=name)


class Question(models.Model):
    text = models.CharField(max_length=200)
    closed = models.BooleanField(default=False)
    author = models.ForeignKey(Author, models.SET_NULL, null=True)

    objects = QuestionQuerySet.as_manager()

    class Meta:
        app_label = "polls"

    def __str__(self) -> str:
        return str(self.text)


class Choice(models.Model):
    question = models.ForeignKey(Question, models.CASCADE)
    text = models.CharField(max_length=200)
    votes = models.IntegerField(default=0)

    class Meta:
        app_label = "polls"

    def __str__(self) -> str:
        return str(self.text)


def fill() -> None:
    """An empty database with these tables, and the rows."""
    miniorm.connect("sqlite:///:memory:")
    create_tables([Author, Question, Choice])
    ann, bob = (Author.objects.create(name=name) for name in ("Ann", "Bob"))
    for author, text, closed, choices in [
        (ann, "Hot?", False, [("Tea", 4), ("Coffee", 7)]),
        (ann, "Cold?", True, [("Milk", 4), ("Water", 9)]),
        (bob, "Indent?", False, [("Tabs", 1), ("Spaces", 8)]),
    ]:
        question = Question.objects.create(text=text, closed=closed, author=author)
        for name, votes in choices:
            question.choice_set.create(text=name, votes=votes)


@contextmanager
def counting() -> Iterator[list[str]]:
    """The statements that run inside, without quotes and the names' common beginning."""
    connection.force_debug_cursor = True
    miniorm.reset_queries()
    asked: list[str] = []
    try:
        yield asked
    finally:
        connection.force_debug_cursor = False
        asked += [short(each["sql"]) for each in connection.queries]


def short(sql: str) -> str:
    """As it would be read aloud; of several columns only the first."""
    sql = sql.replace('"', "").replace("polls_", "")
    return re.sub(r"^(SELECT [\w.]+)(, [\w.]+)+", r"\1, ...", sql)


fill()
