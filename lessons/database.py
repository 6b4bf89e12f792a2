"""The site's database: which it is, and a PostgreSQL of its own where one is asked for."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from lessons.places import var


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
