"""Undone without an error, and a block that only looks: python experiments/alone.py"""

import miniorm
from miniorm import transaction

database = miniorm.connect("sqlite:///:memory:", debug=True)
database.execute("CREATE TABLE voters (name text)")
with transaction.atomic():
    database.execute("INSERT INTO voters VALUES (%s)", ["Ann"])
    transaction.set_rollback(True)
with transaction.atomic(read_only=True):
    print(database.execute("SELECT count(*) FROM voters").fetchone())
    try:
        database.execute("DELETE FROM voters")
    except miniorm.Error as error:
        print(error)
for query in database.queries:
    print("->", query["sql"])
