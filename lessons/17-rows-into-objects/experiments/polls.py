"""A table of questions in memory, its model, and what the database is asked."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial

import miniorm
from miniorm import connection, models
from miniorm.schema import create_tables


class Question(models.Model):
    text = models.CharField(max_length=200)
    published = models.DateTimeField(default=partial(datetime.now, UTC))
    closed = models.BooleanField(default=False)

    class Meta:
        app_label = "polls"


def fill(questions: int = 1) -> None:
    """An empty database with this table, and the rows."""
    miniorm.connect("sqlite:///:memory:")
    create_tables([Question])
    when = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
    Question.objects.bulk_create(
        Question(text=f"Question {number}", published=when) for number in range(questions)
    )


@contextmanager
def telling() -> Iterator[None]:
    """Print the statements that run inside."""
    connection.force_debug_cursor = True
    miniorm.reset_queries()
    try:
        yield
    finally:
        connection.force_debug_cursor = False
        for each in connection.queries:
            print("   ", each["sql"].replace('"', "").replace("polls_", ""))
