"""A page of fifty choices, each with its question: page.py [away]; away: a millisecond there."""

import sys
import time
from typing import Any

from polls import Choice, Question, counting, fill

from miniorm.events import observe


def wait(name: str, details: dict[str, Any]) -> None:
    if name == "sql.start":
        time.sleep(0.001)


def choices(rows: Any) -> list[Any]:
    return [choice.question for choice in rows]


def questions(rows: Any) -> list[Any]:
    return [choice for question in rows for choice in question.choice_set.all()]


PAGES = [
    ("choices, each asks", choices, Choice.objects.all()),
    ("choices, select_related", choices, Choice.objects.select_related("question")),
    ("choices, prefetch_related", choices, Choice.objects.prefetch_related("question")),
    ("questions, each asks", questions, Question.objects.all()),
    ("questions, prefetch_related", questions, Question.objects.prefetch_related("choice_set")),
]

fill()
if "away" in sys.argv:
    observe(wait)
for title, page, rows in PAGES:
    times = []
    for _ in range(4):
        with counting() as asked:
            began = time.perf_counter()
            found = page(rows.all())
            times.append(1000 * (time.perf_counter() - began))
    objects = len({id(each) for each in found})
    print(f"{title:28}{len(asked):3} statements, {objects} objects {min(times):6.2f} ms")
