"""A migration that dies before its last step: python dies.py [--kill] [--bare]

--kill pulls the plug, otherwise it is an exception; --bare makes no transaction of it.
"""

import os
import signal
import sys
from typing import Any

from miniorm import connect, migrations, models
from miniorm.errors import Error
from miniorm.migrations.executor import MigrationExecutor
from miniorm.migrations.graph import MigrationGraph


def die(apps: Any, schema_editor: Any) -> None:
    if "--kill" in sys.argv:
        os.kill(os.getpid(), signal.SIGKILL)
    raise ValueError("out of coffee")


class Second(migrations.Migration):
    atomic = "--bare" not in sys.argv
    dependencies = [("polls", "0001_initial")]
    operations = [
        migrations.RenameField("choice", "votes", "score"),
        migrations.AlterField("choice", "text", models.CharField(max_length=100, unique=True)),
        migrations.RunPython(die),
    ]


executor = MigrationExecutor(connect("sqlite:///polls.db", apps={"polls": "polls"}))
known = executor.loader.graph.nodes.values()
executor.loader.graph = MigrationGraph([*known, Second("0002_score", "polls")])
try:
    executor.migrate()
except (Error, ValueError) as error:
    print(f"{type(error).__name__}: {error}")
