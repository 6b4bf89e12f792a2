"""Who else may use a connection: another thread, and a child that was forked in a block."""

import os
import threading

import miniorm
from miniorm.backends.base import DatabaseWrapper
from miniorm.connections import connections
from miniorm.errors import Error
from miniorm.transaction import atomic

database = miniorm.connect("sqlite:///poll.db")
database.execute("CREATE TABLE IF NOT EXISTS voters (name text)")


def attempt(name: str, connection: DatabaseWrapper) -> None:
    try:
        connection.execute("INSERT INTO voters VALUES (%s)", [name])
        print(f"{name}: is noted")
    except Error as error:
        print(f"{name}: {error}")


thread = threading.Thread(target=lambda: attempt("a thread, on mine", database))
thread.start()
thread.join()
thread = threading.Thread(target=lambda: attempt("a thread, on its own", connections["default"]))
thread.start()
thread.join()

with atomic():
    database.execute("INSERT INTO voters VALUES ('the parent')")
    if (child := os.fork()) == 0:
        attempt("a child", connections["default"])
        os._exit(0)
    os.waitpid(child, 0)
print([name for (name,) in database.execute("SELECT name FROM voters")])
