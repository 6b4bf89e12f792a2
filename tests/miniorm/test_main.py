import subprocess
import sys
from pathlib import Path

import pytest

from miniorm import registry
from miniorm.__main__ import main
from miniorm.configuration import connect
from miniorm.connections import connections


@pytest.fixture
def library(tmp_path):
    path = tmp_path / "library.db"
    wrapper = connect(f"sqlite:///{path}")
    wrapper.execute("CREATE TABLE books (title text)")
    wrapper.execute("INSERT INTO books VALUES ('Emma')")
    connections.close_all()
    return path


@pytest.mark.parametrize("as_url", [False, True])
def test_tables_are_listed_with_their_rows(library, capsys, as_url):
    address = f"sqlite:///{library}" if as_url else str(library)
    assert main(["tables", "--database", address]) == 0
    assert capsys.readouterr().out == "books           1 row\n"


def test_an_empty_database_says_so(capsys):
    assert main(["tables"]) == 0
    assert "no tables" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("nowhere.db", "There is no database file 'nowhere.db'"),
        ("mysql://host/x", "expected sqlite:///FILE"),
        ("postgresql://127.0.0.1:1/x?connect_timeout=2", "Is a PostgreSQL running at 127.0.0.1"),
    ],
)
@pytest.mark.timeout(30)
def test_what_cannot_be_opened_is_said_in_a_sentence(capsys, address, message):
    assert main(["tables", address]) == 1
    assert message in capsys.readouterr().err


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ("statements", "status", "output"),
    [
        ("connection.execute('SELECT * FROM books').fetchall()\n", 0, "[('Emma',)]\n"),
        ("for number in (1, 2):\n    print(number)\n", 0, "1\n2\n"),
        ("1 / 0\nprint('not reached')\n", 1, ""),
        ("models.Model, Q, F, connect\nprint('all here')\n", 0, None),
    ],
)
def test_the_shell_reads_from_a_pipe(library, statements, status, output):
    result = subprocess.run(
        [sys.executable, "-m", "miniorm", str(library)],
        input=statements,
        capture_output=True,
        text=True,
        timeout=50,
    )
    assert (result.returncode, result.stdout) == (status, output or result.stdout), result.stderr


def test_help_names_the_commands(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    assert {"shell", "tables"} <= set(capsys.readouterr().out.split())


def test_a_slip_makes_no_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["shel"]) == 2
    assert "Did you mean 'shell'?" in capsys.readouterr().err
    assert main(["tables", "--database", "sqlite:///typo.db"]) == 1
    assert "There is no database file 'typo.db'" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


MODELS = """
from miniorm import models

class Book(models.Model):
    title = models.CharField(max_length=20)
"""


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    (tmp_path / "bookshelf").mkdir()
    (tmp_path / "bookshelf" / "models.py").write_text(MODELS)
    with registry.isolated():
        yield tmp_path
    for name in [each for each in sys.modules if each.startswith("bookshelf")]:
        del sys.modules[name]


def test_models_of_a_folder_are_migrated_and_asked(shelf, capsys):
    assert main(["makemigrations", "bookshelf"]) == 0
    assert main(["migrate", "--database", "sqlite:///books.db"]) == 0
    assert "applied bookshelf.0001_initial" in capsys.readouterr().out
    assert main(["sql", "Book.objects.filter(title='Emma')", "--database", "books.db"]) == 0
    out = capsys.readouterr().out
    assert 'FROM "bookshelf_book"' in out
    assert "'Emma'" in out
    assert "SCAN bookshelf_book" in out
    assert main(["inspectdb", "bookshelf_book", "--database", "books.db"]) == 0
    assert "title = models.CharField(max_length=20)" in capsys.readouterr().out
    assert main(["sql", "Book.objects.none(", "--database", "books.db"]) == 1
    assert main(["migrate", "bookself", "--database", "books.db"]) == 1
    assert "Did you mean 'bookshelf'?" in capsys.readouterr().err


def test_without_models_it_says_where_it_looked(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    assert main(["makemigrations"]) == 1
    assert "no models.py here" in capsys.readouterr().err
