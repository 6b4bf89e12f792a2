"""A real PostgreSQL for the tests, started once for a run and stopped at its end.

`postgres_url()` gives TEST_POSTGRES_URL where that is set, else a private server started
in a temporary folder. Where neither can be had, the test is skipped, unless
GLASSTACK_REQUIRE_ALL=1 says that nothing may be missing.
"""

import atexit
import os
import shutil
import tempfile
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

from lessons.postgres import PostgresUnavailable, PrivatePostgres
from miniorm.configuration import connect
from miniorm.connections import connections


def postgres_url() -> str:
    """The URL of a PostgreSQL whose tables are ours to drop; skips or fails without one."""
    try:
        return os.environ.get("TEST_POSTGRES_URL") or private_server()
    except PostgresUnavailable as error:
        if os.environ.get("GLASSTACK_REQUIRE_ALL") == "1":
            pytest.fail(f"GLASSTACK_REQUIRE_ALL=1, and there is no PostgreSQL: {error}")
        pytest.skip(f"there is no PostgreSQL: {error}")


def emptied_postgres() -> str:
    """The same URL, and no table is left there."""
    connection = connect(postgres_url())
    for table in connection.introspection.table_names():
        connection.execute(f"DROP TABLE {connection.ops.quote_name(table)} CASCADE")
    connections.close_all()
    return postgres_url()


@cache
def private_server() -> str:
    if find_spec("psycopg") is None:
        raise PostgresUnavailable('its driver is missing: pip install "glasstack[postgres]"')
    # Not pytest's own tmp folder: root's is closed to the user the server runs as.
    folder = Path(tempfile.mkdtemp(prefix="glasstack-test-pg-"))
    server = PrivatePostgres(folder, throwaway=True)

    def end() -> None:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(end)
    return server.start()
