"""A PostgreSQL ends a connection, twice: python experiments/lost.py URL"""

import sys

import miniorm
from miniorm.connections import connection
from miniorm.errors import Error
from miniorm.transaction import atomic


def lose_it() -> None:
    """End this connection's process on the server, as its restart or a firewall might."""
    connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")


miniorm.connect(sys.argv[1])
try:
    lose_it()
except Error as error:
    print("lost:", type(error).__name__, "from", repr(error.__cause__)[:15])
print("the next query:", connection.execute("SELECT 'here I am'").fetchone()[0])
try:
    with atomic():
        try:
            lose_it()
        except Error:
            connection.needs_rollback = False  # as if nobody had noticed
        connection.execute("SELECT 'and here?'")
except Error as error:
    print(f"in a transaction: {type(error).__name__}: {error}")
print("and after it:", connection.execute("SELECT 'here again'").fetchone()[0])
