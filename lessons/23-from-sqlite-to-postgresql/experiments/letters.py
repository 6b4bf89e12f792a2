"""Which polls are about apples, on SQLite? python experiments/letters.py [--bare]

--bare leaves out the functions that miniorm registers.
"""

import sys

import miniorm
from miniorm import models
from miniorm.backends import sqlite3
from miniorm.schema import create_tables


class Poll(models.Model):
    question = models.CharField(max_length=40)

    class Meta:
        app_label = "polls"


if "--bare" in sys.argv:
    vars(sqlite3)["register_functions"] = lambda connection: None
miniorm.connect("sqlite:///:memory:")
create_tables([Poll])
for question in ("Äpfel?", "ÄPFEL!", "äpfel ...", "Tea?"):
    Poll.objects.create(question=question)
for text in ("TEA", "äpfel"):
    found = Poll.objects.filter(question__icontains=text).order_by("pk")
    print(f"{text}:", list(found.values_list("question", flat=True)))
