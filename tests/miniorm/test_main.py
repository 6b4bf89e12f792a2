import io
import subprocess
import sys
from pathlib import Path

import pytest

from miniorm import registry
from miniorm.__main__ import main
from miniorm.configuration import connect
from miniorm.connections import connections

ROOT = Path(__file__).parents[2]


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
    assert main(["tables", "--database", ":memory:"]) == 0
    assert "no tables" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("nowhere.db", "There is no database file 'nowhere.db'"),
        (str(ROOT), f"{str(ROOT)!r} is a folder; expected an SQLite file"),
        (f"sqlite:///{ROOT}", "is a folder; expected an SQLite file"),
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


PIPED = """
def ask():
    connection.execute("SELECT * FROM nowhere")

ask()
"""


@pytest.mark.parametrize("whole", [False, True])
def test_an_error_in_a_pipe_shows_the_lines_of_the_pipe_only(library, capsys, monkeypatch, whole):
    monkeypatch.setattr(sys, "stdin", io.StringIO(PIPED))
    assert main(["shell", str(library), *(["--traceback"] if whole else [])]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert "OperationalError: no such table: nowhere" in lines[-1]
    places = [line.split(",")[:2] for line in lines if line.startswith("  File")]
    if whole:
        assert len(places) > 5
    else:
        assert places == [['  File "<stdin>"', " line 5"], ['  File "<stdin>"', " line 3"]]


def test_an_error_of_the_pipe_itself_is_one_of_its_syntax(library, capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("1 +\n"))
    assert main([str(library)]) == 1
    said = capsys.readouterr().err
    assert "invalid syntax" in said
    assert "ast.py" not in said


def test_help_names_the_commands(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    assert {"shell", "tables"} <= set(capsys.readouterr().out.split())


def test_a_slip_makes_no_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["shel"]) == 2
    assert "Did you mean 'shell'?" in capsys.readouterr().err
    assert main(["foo"]) == 2
    assert "no command 'foo'; the commands are shell, tables, " in capsys.readouterr().err
    assert main(["foo.db"]) == 1
    assert "There is no database file 'foo.db'" in capsys.readouterr().err
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


@pytest.mark.parametrize("command", ["tables", "dbshell", "inspectdb", "migrate", "showmigrations"])
def test_what_needs_a_database_asks_for_one(shelf, capsys, command):
    (shelf / "old.db").touch()
    assert main([command]) == 1
    said = capsys.readouterr().err
    assert f"{command} needs a database: --database FILE" in said
    assert "Here is old.db." in said


LOOKING = ["tables", "dbshell", "inspectdb", "shell", "showmigrations", "sql Book.objects.all()",
           "sqlmigrate bookshelf 0001"]  # fmt: skip


@pytest.mark.parametrize("command", LOOKING)
@pytest.mark.parametrize("address", ["nope.db", "sqlite:///nope.db"])
def test_what_only_looks_makes_no_file(shelf, capsys, command, address):
    assert main([*command.split(), "--database", address]) == 1
    assert "There is no database file 'nope.db'; migrate makes one." in capsys.readouterr().err
    assert main(["makemigrations", "bookshelf", "--database", address]) == 0
    assert not (shelf / "nope.db").exists()


def test_a_query_is_shown_without_a_database(shelf, capsys):
    assert main(["sql", "Book.objects.all()"]) == 0
    said = capsys.readouterr()
    assert "SCAN bookshelf_book" in said.out
    assert "an SQLite database in memory" in said.err


@pytest.mark.timeout(60)
@pytest.mark.parametrize("database", [[], ["--database", "books.db"]])
def test_the_shell_has_the_models(shelf, database):
    (shelf / "books.db").touch()
    result = subprocess.run(
        [sys.executable, "-m", "miniorm", "shell", *database],
        cwd=shelf, env={"PYTHONPATH": str(ROOT)}, input="Book._meta.label\n", timeout=50,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.stdout == "'bookshelf.Book'\n", result.stderr


def test_what_the_command_line_says_holds_in_the_module_of_the_models(shelf, capsys):
    before = (shelf / "bookshelf" / "models.py").read_text()
    told = 'import miniorm\nminiorm.connect("sqlite:///own.db", apps={"x": "y"})\n'
    (shelf / "bookshelf" / "models.py").write_text(told + before)
    assert main(["makemigrations", "bookshelf"]) == 0
    assert main(["migrate", "--database", "said.db"]) == 0
    assert "applied bookshelf.0001_initial" in capsys.readouterr().out
    assert main(["tables", "--database", "said.db"]) == 0
    assert "bookshelf_book" in capsys.readouterr().out
    for words in (["tables"], ["tables", "--models", "bookshelf.models"]):
        del sys.modules["bookshelf.models"]
        assert main(words) == 0  # the module's own, so far empty
        assert "no tables" in capsys.readouterr().out


def test_without_models_it_says_where_it_looked(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    assert main(["makemigrations"]) == 1
    assert "no models.py here" in capsys.readouterr().err


NOTE = MODELS.replace("Book", "Note") + "\nprint(Note._meta.db_table)\n"


@pytest.mark.timeout(60)
def test_a_single_file_is_the_app_of_its_name_run_or_imported(tmp_path):
    (tmp_path / "notes.py").write_text(NOTE)
    (tmp_path / "shop.py").write_text(NOTE)
    (tmp_path / "models.py").write_text(NOTE)

    def run(*words):
        result = subprocess.run(
            [sys.executable, *words], cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, timeout=50,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert result.returncode == 0, result.stderr
        return result.stdout

    assert run("notes.py") == run("-c", "import notes") == run("-m", "notes") == "notes_note\n"
    assert run("models.py") == run("-c", "import models") == "main_note\n"
    for name, label, folder in [("notes", "notes", "notes_migrations"),
                                ("shop", "shop", "shop_migrations"),
                                ("models", "main", "migrations")]:  # fmt: skip
        said = run("-m", "miniorm", "makemigrations", label, "--models", name)
        assert f"{folder}/0001_initial.py" in said
        run("-m", "miniorm", "migrate", "--models", name, "--database", "all.db")
    said = run("-m", "miniorm", "tables", "--database", "all.db")
    assert {"main_note", "notes_note", "shop_note"} <= set(said.split())


OWN_PARTS = """
from miniorm import models

def three():
    return 3

class Title(models.CharField):
    pass

class Book(models.Model):
    title = Title(max_length=20)
    pages = models.IntegerField(default=three)
"""


@pytest.mark.timeout(60)
def test_what_a_models_py_alone_defines_is_found_by_its_migrations(tmp_path):
    (tmp_path / "models.py").write_text(OWN_PARTS)

    def run(*words):
        result = subprocess.run(
            [sys.executable, "-m", "miniorm", *words], cwd=tmp_path, env={"PYTHONPATH": str(ROOT)},
            timeout=50, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert result.returncode == 0, result.stderr
        return result.stdout

    run("makemigrations", "main")
    text = (tmp_path / "migrations" / "0001_initial.py").read_text()
    assert text.startswith("import models as main_models\n\nfrom miniorm import migrations, models")
    run("migrate", "--database", "books.db")
    assert run("makemigrations", "main") == "No changes detected in main.\n"


SLIPS = [
    ("pages = models.IntegerFeld()", "AttributeError", "Did you mean 'IntegerField'?"),
    ("name = models.CharField(max_lenght=9)", "TypeError", "Did you mean 'max_length'?"),
    ("pages = modles.IntegerField()", "NameError", "Did you mean 'models'?"),
    ("pages = models.IntegerField(", "SyntaxError", "was never closed"),
    ("import nowhere", "ModuleNotFoundError", "No module named 'nowhere'"),
]


@pytest.mark.parametrize(("line", "kind", "hint"), SLIPS, ids=[each[1] for each in SLIPS])
def test_a_slip_is_told_by_its_place(shelf, capsys, line, kind, hint):
    (shelf / "bookshelf" / "models.py").write_text(f"{MODELS}    {line}\n")
    assert main(["makemigrations"]) == 1
    said = capsys.readouterr().err.splitlines()
    assert said[:2] == [f"miniorm: {Path('bookshelf', 'models.py')}, line 6:", f"    {line}"]
    assert said[2].startswith(f"{kind}: ")
    assert hint in said[2]
    assert len(said) == 3
    sys.modules.pop("bookshelf.models", None)
    with pytest.raises((SyntaxError, NameError, AttributeError, TypeError, ImportError)):
        main(["makemigrations", "--traceback"])


def test_a_slip_in_a_migration_is_told_by_its_place(shelf, capsys):
    assert main(["makemigrations", "bookshelf"]) == 0
    path = shelf / "bookshelf" / "migrations" / "0001_initial.py"
    path.write_text(path.read_text().replace("CreateModel", "CreateModell"))
    assert main(["migrate", "--database", "new.db"]) == 1
    said = capsys.readouterr().err
    assert "0001_initial.py, line 10:\n    migrations.CreateModell(\nAttributeError: " in said
    assert "Did you mean 'CreateModel'?" in said


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("bookshelf/models.py", "Name the module and not its file: --models bookshelf.models."),
        ("bookself.models", "Did you mean 'bookshelf.models'?"),
    ],
)
def test_a_module_that_is_not_there(shelf, capsys, name, hint):
    assert main(["makemigrations", "--models", name]) == 1
    assert f"There is no module {name!r} here. {hint}" in capsys.readouterr().err


@pytest.mark.timeout(60)
def test_a_reader_who_has_seen_enough_is_no_error(shelf):
    fields = "".join(f"    a{n} = models.TextField()\n" for n in range(3000))
    (shelf / "bookshelf" / "models.py").write_text(MODELS + fields)
    command = f"{sys.executable} -m miniorm makemigrations bookshelf --dry-run | head -n 1"
    result = subprocess.run(
        command, shell=True, cwd=shelf, env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True, text=True, timeout=50, check=False,
    )  # fmt: skip
    assert (result.stdout, result.stderr) == ("Migrations for 'bookshelf':\n", "")


@pytest.mark.parametrize("command", [["check"], ["makemigrations", "bookshelf"]])
def test_a_name_of_nothing_is_told_before_anything_is_written(shelf, capsys, command):
    wrong = "    next = models.ForeignKey('bookshelf.Bok', models.CASCADE)\n"
    wrong += "    class Meta:\n        ordering = ['titel']\n"
    (shelf / "bookshelf" / "models.py").write_text(MODELS + wrong)
    assert main(command) == 1
    said = "".join(capsys.readouterr())
    assert "'bookshelf.Bok', which is nowhere. Did you mean 'bookshelf.Book'?" in said
    assert "bookshelf.Book: Meta.ordering: " in said
    assert not (shelf / "bookshelf" / "migrations").exists()


def test_models_without_mistakes_pass_the_check(shelf, capsys):
    assert main(["check"]) == 0
    assert capsys.readouterr().out == "No problems found.\n"


def test_what_there_is_not_is_told_with_what_there_is(shelf, capsys):
    (shelf / "models.py").write_text(NOTE)
    assert main(["makemigrations"]) == 0
    said = capsys.readouterr().out
    assert "bookshelf, main have no migrations so far: makemigrations bookshelf main" in said
    assert "No changes" not in said
    assert main(["makemigrations", "shop"]) == 1
    assert "no app 'shop'; there is bookshelf, main (models)." in capsys.readouterr().err
    assert main(["migrate", "--database", "new.db"]) == 0
    assert main(["inspectdb", "bookshelf_bok", "--database", "new.db"]) == 1
    said = capsys.readouterr()
    assert "There is no table 'bookshelf_bok'. Did you mean 'bookshelf_book'?" in said.err
    assert "import models" not in said.out
    assert main(["inspectdb", "x", "--database", "new.db"]) == 1
    assert "There is bookshelf_book, main_note." in capsys.readouterr().err
    del sys.modules["models"]


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("Bok.objects.all()", "NameError: name 'Bok' is not defined. Did you mean 'Book'?"),
        ("Book.objects", "which asks nothing by itself: Book.objects.all()"),
        ("Book.objects.filter(titel=1)", "Did you mean 'title'?"),
    ],
)
def test_a_slip_in_a_query_is_told_in_a_line(shelf, capsys, expression, said):
    assert main(["sql", expression]) == 1
    assert said in capsys.readouterr().err.splitlines()[-1]


def test_a_plan_breaks_no_name(shelf, capsys, monkeypatch):
    long = "a_name_that_is_as_long_as_they_may_be_with_sixty_three_letters_"
    text = MODELS + f"\n    class Meta:\n        db_table = {long!r}\n"
    (shelf / "bookshelf" / "models.py").write_text(text)
    monkeypatch.setenv("COLUMNS", "100")
    assert main(["sql", "Book.objects.filter(title='Emma')"]) == 0
    out = capsys.readouterr().out
    assert f"SCAN {long}" in out
    assert f'FROM "{long}"' in out
