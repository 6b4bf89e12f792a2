"""`python -m lessons` and its sentences for what goes wrong."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from lessons.__main__ import LAYER_COMMANDS, main
from miniorm.configuration import connect
from miniorm.connections import connections
from tests.postgres import postgres_url
from tests.processes import ROOT, free_port, python

pytestmark = pytest.mark.timeout(120)


def lessons(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "lessons", *arguments],
        cwd=ROOT, env={**os.environ, **env}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip


def test_a_port_in_use_is_said_with_the_way_out(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = lessons("serve", "--port", port, GLASSTACK_VAR=str(tmp_path))
    assert result.returncode == 1
    assert "in use" in result.stderr
    assert f"make run PORT={int(port) + 1}" in result.stderr
    assert "Traceback" not in result.stderr
    assert not list(tmp_path.iterdir()), "nothing is made when nothing can be served"


@pytest.mark.parametrize(
    "url", ["mysql://host/name", "nonsense", "postgresql://nobody@127.0.0.1:1/none"]
)
def test_a_database_that_cannot_be_had_is_said_in_a_sentence(tmp_path: Path, url: str) -> None:
    port = str(free_port())
    result = lessons("serve", "--port", port, "--database", url, GLASSTACK_VAR=str(tmp_path))
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert result.stderr.strip()


@pytest.mark.parametrize("port", ["abc", "99999", "-1"])
def test_a_port_that_is_none_is_said_in_a_sentence(tmp_path: Path, port: str) -> None:
    result = lessons("serve", f"--port={port}", GLASSTACK_VAR=str(tmp_path))
    assert result.returncode in (1, 2)
    assert "Traceback" not in result.stderr
    assert port in result.stderr


@pytest.mark.parametrize("name", LAYER_COMMANDS)
def test_the_one_command_reaches_every_layer(name: str, capsys) -> None:
    with pytest.raises(SystemExit) as stop:
        sys.exit(main([name, "--help"]))
    assert stop.value.code == 0
    assert "usage" in capsys.readouterr().out.lower()


def test_a_module_of_the_project_hides_no_layer(tmp_path: Path) -> None:
    (tmp_path / "wsgi.py").write_text("1 / 0\n")
    result = subprocess.run(
        [sys.executable, "-m", "lessons", "wsgi", "--help"], cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert result.stdout.startswith("usage: python -m wsgi"), result.stderr


def test_without_the_packages_of_the_lessons_it_says_how_to_get_them() -> None:
    result = subprocess.run(
        [sys.executable, "-S", "-m", "lessons"], cwd=ROOT, capture_output=True, text=True,
        timeout=60,
    )  # fmt: skip
    assert result.returncode == 1
    assert "make run" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.postgres
def test_the_site_starts_a_postgresql_of_its_own() -> None:
    import tempfile

    postgres_url()  # skips, or fails, where there is none
    # Not pytest's own folder: PostgreSQL runs as another user than root and must reach it.
    with tempfile.TemporaryDirectory(prefix="glasstack-test-") as folder:
        os.chmod(folder, 0o755)
        port = free_port()
        command = ("-m", "lessons", "serve", "--port", str(port), "--database", "postgres")
        with python(*command, port=port, env={"GLASSTACK_VAR": folder}) as site:
            status, page = site.get("/polls/")
            assert status == 200
            assert re.search(r"/polls/\d+/", page)
            told = re.search(r"'(postgresql://.+)'", site.output)
            assert told is not None
            assert "polls_question" in connect(told[1]).introspection.table_names()
            connections.close_all()
        pid_file = Path(folder) / "postgres" / "cluster" / "postmaster.pid"
        assert not pid_file.exists(), "it must be stopped with the site"
