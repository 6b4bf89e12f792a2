"""Three questions with their choices, in memory, and the SQL of a query to be read."""

import re
from datetime import UTC, datetime
from typing import Any

import miniorm
from miniorm import connection, models
from miniorm.compiler import Compiler
from miniorm.schema import create_tables


class Question(models.Model):
    text = models.CharField(max_length=200)
    pub_date = models.DateTimeField()
    closed_by = models.CharField(max_length=50, null=True)

    class Meta:
        app_label = "polls"
        db_table = "question"


class Choice(models.Model):
    question = models.ForeignKey(Question, models.CASCADE)
    text = models.CharField(max_length=200)
    votes = models.IntegerField(default=0)

    class Meta:
        app_label = "polls"
        db_table = "choice"


def fill() -> None:
    """An empty database with these tables, and the rows."""
    miniorm.connect("sqlite:///:memory:")
    create_tables([Question, Choice])
    for year, text, closed_by in (
        (2023, "Tea or coffee?", "Ann"),
        (2024, "Tabs or spaces?", "Bob"),
        (2024, "Cats or dogs?", None),
    ):
        question = Question.objects.create(
            text=text, pub_date=datetime(year, 5, 1, tzinfo=UTC), closed_by=closed_by
        )
        first, second = text.rstrip("?").split(" or ")
        question.choice_set.create(text=first, votes=year - 2021)
        question.choice_set.create(text=second.capitalize(), votes=2)


def show(rows: Any) -> None:
    """The SQL of a queryset and its parameters."""
    sql, params = Compiler(rows.query, connection).as_sql()
    print(short(sql))
    print("   ", params)


def short(sql: str) -> str:
    """Without quotes; of a table all of whose columns are fetched, `table.*`."""
    sql = sql.replace('"', "")
    head, _from, rest = sql.partition(" FROM ")
    every = {
        model._meta.db_table: ", ".join(
            f"{model._meta.db_table}.{field.column}" for field in model._meta.fields
        )
        for model in (Question, Choice)
    }
    for table, columns in every.items():
        head = re.sub(re.escape(columns), f"{table}.*", head)
    return head + _from + rest
