"""Twenty-five questions with two choices each, in memory, and a list of what was asked."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import miniorm
from miniorm import connection, models
from miniorm.schema import create_tables


class Author(models.Model):
    name = models.CharField(max_length=50)

    class Meta:
        app_label = "polls"


class Topic(models.Model):
    name = models.CharField(max_length=50)

    class Meta:
        app_label = "polls"


class Question(models.Model):
    text = models.CharField(max_length=200)
    author = models.ForeignKey(Author, models.SET_NULL, null=True)
    topics = models.ManyToManyField(Topic)

    class Meta:
        app_label = "polls"


class Choice(models.Model):
    question = models.ForeignKey(Question, models.CASCADE)
    text = models.CharField(max_length=200)
    votes = models.IntegerField(default=0)

    class Meta:
        app_label = "polls"


def fill(questions: int = 25) -> None:
    """An empty database with these tables, and the rows."""
    miniorm.connect("sqlite:///:memory:")
    create_tables([Author, Topic, Question, Choice])
    ann = Author.objects.create(name="Ann")
    food, work = Topic.objects.create(name="food"), Topic.objects.create(name="work")
    for number in range(questions):
        # Every fifth has no author, every second is about work as well.
        author = None if number % 5 == 4 else ann
        question = Question.objects.create(text=f"Question {number}", author=author)
        question.topics.add(*[food, work][: 1 + number % 2])
        for votes, text in enumerate(("Yes", "No")):
            question.choice_set.create(text=text, votes=votes + number)


@contextmanager
def counting() -> Iterator[list[str]]:
    """The statements that run inside, each as it would be read aloud."""
    connection.force_debug_cursor = True
    miniorm.reset_queries()
    asked: list[str] = []
    try:
        yield asked
    finally:
        connection.force_debug_cursor = False
        asked += [short(each["sql"]) for each in connection.queries]


def short(sql: str) -> str:
    """Without quotes and the names' common beginning, and of each table only that it is read."""
    sql = sql.replace('"', "").replace("polls_", "")
    head, _from, rest = sql.partition(" FROM ")
    return re.sub(r"\b(\w+)\.\w+(, \1\.\w+)+", r"\1.*", head) + _from + rest
