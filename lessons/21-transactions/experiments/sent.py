"""What is sent to the database, line by line: python experiments/sent.py [--error]"""

import sys
from typing import Any

import miniorm
from miniorm.events import observe
from miniorm.transaction import atomic, on_commit


def show(name: str, details: dict[str, Any]) -> None:
    if name == "sql.start":
        print("->", details["sql"])


database = miniorm.connect("sqlite:///poll.db")
database.execute("CREATE TABLE IF NOT EXISTS voters (name text UNIQUE)")
stop = observe(show)

database.execute("INSERT INTO voters VALUES ('Ann')")
print("Ann is kept.")

with atomic():
    on_commit(lambda: print("A mail is sent to Ben."))
    database.execute("INSERT INTO voters VALUES ('Ben')")
    try:
        with atomic():
            on_commit(lambda: print("A mail is sent to Cleo."))
            database.execute("INSERT INTO voters VALUES ('Cleo')")
            if "--error" in sys.argv:
                raise ValueError("Cleo is too young")
    except ValueError as error:
        print(error)
    print("The inner block is over.")

stop()
print(*(name for (name,) in database.execute("SELECT name FROM voters")))
