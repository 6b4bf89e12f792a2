"""The databases of miniorm's tests: every test that asks for `database` runs on both."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from miniorm import configuration
from miniorm.backends.base import DatabaseWrapper
from miniorm.configuration import connect
from miniorm.connections import connections
from tests.postgres import postgres_url


@dataclass
class Database:
    """An empty database, connected as "default"."""

    url: str
    connection: DatabaseWrapper

    @property
    def vendor(self) -> str:
        return self.connection.vendor

    def make_tables(self, *models: Any) -> list[str]:
        """Create the tables of these models; their names."""
        from miniorm.schema import create_tables

        return create_tables(models)

    def make_table(self, columns: str = "number integer UNIQUE, name varchar(50)") -> None:
        """Create a table "items" by plain SQL."""
        self.connection.execute(f"CREATE TABLE items ({columns})")

    def numbers(self) -> list[int]:
        cursor = self.connection.execute("SELECT number FROM items ORDER BY number")
        return [number for (number,) in cursor.fetchall()]

    def drop_all_tables(self) -> None:
        for table in self.connection.introspection.table_names():
            self.connection.execute(f"DROP TABLE {self.connection.ops.quote_name(table)} CASCADE")


@pytest.fixture(
    params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)],
)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database on SQLite (a file), then one on PostgreSQL."""
    on_postgres = request.param == "postgres"
    url = postgres_url() if on_postgres else f"sqlite:///{tmp_path / 'test.db'}"
    found = Database(url, connect(url))
    if on_postgres:
        found.drop_all_tables()
    yield found
    # Whatever the test left: a spoilt transaction goes with its connection.
    connections.close_all()
    if on_postgres:
        connection = connect(url)
        Database(url, connection).drop_all_tables()
        connections.close_all()


@pytest.fixture(autouse=True)
def _configuration_restored() -> Iterator[None]:
    """What a test configures ends with it."""
    before = configuration.current()
    yield
    connections.close_all()
    configuration._current = before
