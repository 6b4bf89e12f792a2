"""The same questions to any database: python first/ask.py FILE_OR_URL"""

import sqlite3
import sys
from typing import Any

POLLS = [
    ("Tea or milk?", "2026-05-01 14:00:00+02:00", True, "0.10"),
    ("tea, again?", "2026-05-01 13:00:00+00:00", False, "0.20"),
    ("ÄPFEL?", None, True, "0.00"),
]
QUESTIONS = {
    "begin with tea": "SELECT question FROM polls WHERE question LIKE 'tea%'",
    "the latest first": "SELECT question FROM polls ORDER BY asked DESC",
    "are open": "SELECT is_open FROM polls",
    "cost in all": "SELECT SUM(price) FROM polls",
    "in small letters": "SELECT LOWER(question) FROM polls WHERE asked IS NULL",
    "a vote for each": "SELECT 1 / (COUNT(*) - 3) FROM polls",
}


def connect(address: str) -> tuple[Any, str]:
    """A connection, and how its driver writes the place of a value."""
    if "://" in address:
        import psycopg

        return psycopg.connect(address, autocommit=True), "%s"
    return sqlite3.connect(address, isolation_level=None), "?"


connection, place = connect(sys.argv[1])
connection.execute(
    "CREATE TEMPORARY TABLE polls (question varchar(40), asked timestamp with time zone,"
    " is_open boolean, price numeric(5, 2))"
)
for poll in POLLS:
    connection.execute(f"INSERT INTO polls VALUES ({place}, {place}, {place}, {place})", poll)  # noqa: S608
for name, sql in QUESTIONS.items():
    try:
        answer: Any = [value for (value,) in connection.execute(sql)]
    except Exception as error:
        answer = f"{type(error).__module__}.{type(error).__name__}"
    print(f"{name:<18}{answer}")
