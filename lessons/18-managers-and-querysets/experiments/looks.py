"""What asks, and what; and whether it does where the rows were fetched before: python looks.py"""

from collections.abc import Callable
from typing import Any

from polls import Choice, counting

LOOKS: list[tuple[str, Callable[[Any], Any]]] = [
    ("rows.filter(votes=4)", lambda rows: rows.filter(votes=4)),
    ("rows[2:4]", lambda rows: rows[2:4]),
    ("list(rows)", list),
    ("len(rows)", len),
    ("bool(rows)", bool),
    ("rows[0]", lambda rows: rows[0]),
    ("rows.first()", lambda rows: rows.first()),
    ("rows.count()", lambda rows: rows.count()),
    ("rows.exists()", lambda rows: rows.exists()),
    ("rows.get(pk=2)", lambda rows: rows.get(pk=2)),
    ("list(rows.iterator())", lambda rows: list(rows.iterator())),
]
new, kept = Choice.objects.all(), Choice.objects.all()
list(kept)
for title, look in LOOKS:
    with counting() as asked:
        look(new.all())
    with counting() as again:
        look(kept)
    second = "asks again" if again else "is kept" if asked else "never asks"
    print(f"{title:22}{second:11}", *asked or ["-"])
