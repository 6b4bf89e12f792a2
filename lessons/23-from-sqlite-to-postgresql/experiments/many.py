"""Forty thousand keys in one query, on SQLite: python experiments/many.py [--one-by-one]

--one-by-one gives each key a parameter of its own.
"""

import sqlite3
import sys

import miniorm
from miniorm import listlookups, models
from miniorm.errors import DatabaseError
from miniorm.schema import create_tables


class Poll(models.Model):
    question = models.CharField(max_length=40)

    class Meta:
        app_label = "polls"


if "--one-by-one" in sys.argv:
    listlookups.LONG_LIST = sys.maxsize
connection = miniorm.connect("sqlite:///:memory:")
# SQLite's own limit; who builds it may set another, as Debian does.
connection.connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 32_766)
create_tables([Poll])
Poll.objects.create(question="Tea?")
try:
    print(Poll.objects.filter(pk__in=range(40_000)).count(), "found")
except DatabaseError as error:
    print(f"{type(error).__name__} of {type(error).__module__}: {error}")
    print("its cause:", repr(error.__cause__))
