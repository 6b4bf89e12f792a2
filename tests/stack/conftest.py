"""The site, served in the ways it can be."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests import postgres
from tests.processes import ROOT, Process, free_port, python


@pytest.fixture
def var(tmp_path: Path) -> Path:
    """A folder for the site's database and key, instead of the clone's own."""
    folder = tmp_path / "var"
    folder.mkdir()
    return folder


@pytest.fixture(scope="module")
def postgres_url() -> str:
    """An empty PostgreSQL."""
    import psycopg

    url = postgres.postgres_url()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    return url


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """One for all visits: to start it, and to make its pages, takes longer than most of them."""
    with served(tmp_path_factory.mktemp("var")) as process:
        yield process


def served(var: Path) -> AbstractContextManager[Process]:
    """The site as `make run` serves it, on SQLite."""
    port = free_port()
    command = ("-m", "lessons", "serve", "--port", str(port), "--database", "sqlite")
    return python(*command, port=port, cwd=ROOT, env={"GLASSTACK_VAR": str(var)})
