"""The site's database: which it is, its tables, and a PostgreSQL where one is asked for."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from lessons.places import LESSONS, var


@contextmanager
def database(which: str) -> Iterator[str]:
    """The URL of "sqlite", "postgres" or a URL, there until the block ends.

    "postgres" is a server that is started for the block, with its data in var/postgres.
    The settings read the URL from the environment, and so do the workers.
    """
    if which != "postgres":
        os.environ["DATABASE"] = which
        yield which
        return
    from lessons.postgres import PostgresUnavailable, PrivatePostgres

    if find_spec("psycopg") is None:
        raise PostgresUnavailable(
            "PostgreSQL needs the package psycopg, which is not installed in this Python."
            " `make run DATABASE=postgres` installs it; by hand: pip install -r"
            " requirements/postgres.txt"
        )
    server = PrivatePostgres(var() / "postgres")
    print("Starting a PostgreSQL of this site's own, with its data in", server.data, "...")
    with server as url:
        os.environ["DATABASE"] = url
        yield url


def bring_up_to_date() -> list[str]:
    """Apply the migrations that the database has not had; their names.

    Tables that were made before there were migrations are taken as they are.
    """
    if is_up_to_date():
        return []
    from miniorm.connections import connections
    from miniorm.migrations.executor import MigrationExecutor

    applied = []

    def note(action: str, migration: object, fake: bool) -> None:
        if action == "apply_success":
            applied.append(str(migration))

    MigrationExecutor(connections["default"], note).migrate(fake_initial=True)
    return applied


def is_up_to_date() -> bool:
    """Whether there is nothing to apply: one statement, and a look at the files' names.

    So a start with nothing to do need not load what makes tables of migrations.
    """
    from miniorm.connections import connections
    from miniorm.errors import DatabaseError

    there = {(path.parts[-3], path.stem) for path in LESSONS.glob("*/migrations/0*.py")}
    try:
        had = connections["default"].execute("SELECT app, name FROM miniorm_migrations").fetchall()
    except DatabaseError:  # no such table: the database is new
        return False
    return there <= {(app, name) for app, name in had}
