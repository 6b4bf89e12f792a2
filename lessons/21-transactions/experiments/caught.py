"""The same error, caught inside or outside of the block that it spoils:
python experiments/caught.py inside|outside
"""

import sys

import miniorm
from miniorm.errors import IntegrityError, TransactionManagementError
from miniorm.transaction import atomic

database = miniorm.connect("sqlite:///:memory:")
database.execute("CREATE TABLE voters (name text UNIQUE)")


def note(name: str) -> None:
    database.execute("INSERT INTO voters VALUES (%s)", [name])


def inside() -> None:
    with atomic():
        note("Ann")
        try:
            note("Ann")
        except IntegrityError as error:
            print("caught:", error)
        note("Ben")


def outside() -> None:
    with atomic():
        note("Ann")
        try:
            with atomic():
                note("Ann")
        except IntegrityError as error:
            print("caught:", error)
        note("Ben")


try:
    inside() if sys.argv[1] == "inside" else outside()
except TransactionManagementError as error:
    print("and then:", error)
print("kept:", [name for (name,) in database.execute("SELECT name FROM voters")])
