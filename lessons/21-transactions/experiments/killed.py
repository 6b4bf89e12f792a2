"""A voter in a block, killed in the middle if asked: python experiments/killed.py NAME [--kill]"""

import os
import signal
import sys

import miniorm
from miniorm.transaction import atomic

database = miniorm.connect("sqlite:///poll.db")
database.execute("CREATE TABLE IF NOT EXISTS voters (name text)")
with atomic():
    database.execute("INSERT INTO voters VALUES (%s)", [sys.argv[1]])
    if "--kill" in sys.argv:
        os.kill(os.getpid(), signal.SIGKILL)
print(*(name for (name,) in database.execute("SELECT name FROM voters")))
