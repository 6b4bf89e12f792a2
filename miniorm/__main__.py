"""`python -m miniorm`: a database opened from the terminal, without a project.

    python -m miniorm library.db                       a Python shell on an SQLite file
    python -m miniorm shell --database postgresql://user:secret@localhost/library
    python -m miniorm tables --database sqlite:///library.db
    python -m miniorm makemigrations                   for models.py here, or app/models.py
    python -m miniorm migrate --database sqlite:///library.db
    python -m miniorm sql 'Book.objects.filter(pages__gt=100)' --database sqlite:///library.db

The shell also reads statements from a pipe, so that it can be used in scripts.
In Django: `manage.py shell`, `dbshell`, `migrate` and their kin.
"""

import sys

if sys.version_info < (3, 11):  # said here, before the imports below fail on it
    sys.exit(f"glasstack needs Python 3.11 or later; this is {sys.version.split()[0]}.")

import argparse
import ast
import code
import traceback
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from miniorm.backends.base import DatabaseWrapper
from miniorm.commandline import NEED_MODELS, add_commands, load_models, models_of, run_command
from miniorm.configuration import connect
from miniorm.connections import connections
from miniorm.errors import Error, ImproperlyConfigured
from miniorm.migrations.exceptions import MigrationError
from miniorm.suggest import did_you_mean

COMMANDS = ("shell", "tables", "dbshell", "inspectdb", *NEED_MODELS)
IN_MEMORY = "sqlite:///:memory:"
DATABASE_HELP = (
    "an SQLite file, or a URL: sqlite:///FILE, postgresql://USER:PASSWORD@HOST/NAME "
    "(default: a database in memory)"
)
TABLES_SHOWN = 20  # in the shell's banner


def main(argv: list[str] | None = None) -> int:
    """Run the command line `argv` (without the program's name); the exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    if not words or words[0] not in (*COMMANDS, "-h", "--help"):
        if words and _is_slip(words[0]):
            print(f"miniorm: no command {words[0]!r}.{did_you_mean(words[0], COMMANDS)}",
                  file=sys.stderr)  # fmt: skip
            return 2
        words.insert(0, "shell")  # a file or URL alone opens a shell on it
    arguments = _parser().parse_args(words)
    address = arguments.database_option or arguments.database
    command = arguments.command
    try:
        apps, modules = load_models(arguments.models, command in NEED_MODELS)
        makes = command in ("shell", "migrate", "makemigrations", "sqlmigrate")
        connection = connect(_as_url(address, make=makes), apps=apps)
        models = [import_module(module) for module in modules]
        if command == "shell":
            return _shell(connection, models)
        return _tables(connection) if command == "tables" else run_command(arguments, connection)
    except (Error, ImproperlyConfigured, MigrationError) as error:
        print(f"miniorm: {error}", file=sys.stderr)
        return 1
    finally:
        connections.close_all()


def _is_slip(word: str) -> bool:
    """Nearly a command and no file: a database is not made by a slip of the finger."""
    return bool(did_you_mean(word, COMMANDS)) and not Path(word).exists()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m miniorm",
        description="Open a database, look at it, and keep its tables as the models say.",
        epilog="A file or URL alone (python -m miniorm library.db) is short for the shell on it.",
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, summary in (
        ("shell", "a Python shell with connection, connect, models, Q and F"),
        ("tables", "the tables and how many rows each has"),
    ):
        command = commands.add_parser(name, help=summary, description=f"Opens {summary}.")
        command.add_argument(
            "database", nargs="?", default=IN_MEMORY, metavar="FILE_OR_URL", help=DATABASE_HELP
        )
    add_commands(commands)
    for name, command in commands.choices.items():
        known = command.get_default("database") is not None
        command.add_argument(
            "--database", dest="database_option", metavar="URL",
            help="the same, as an option" if known else DATABASE_HELP,
        )  # fmt: skip
        if name in (*NEED_MODELS, "shell"):
            command.add_argument(
                "--models", action="append", metavar="MODULE",
                help="a module with models (default: models.py, and models.py in folders here)",
            )  # fmt: skip
        command.set_defaults(database=IN_MEMORY, models=None)
    return parser


def _as_url(address: str, make: bool) -> str:
    """The URL for a file's name or a URL. A missing file is an error, except for the shell."""
    if "://" in address:
        if not make and address.startswith("sqlite:///"):
            _as_url(unquote(address.removeprefix("sqlite:///").partition("?")[0]), make)
        return address
    if address != ":memory:" and not make and not Path(address).exists():
        raise ImproperlyConfigured(
            f"There is no database file {address!r}.{did_you_mean(address, _files_nearby())}"
        )
    return f"sqlite:///{address.replace('%', '%25').replace('?', '%3F').replace('#', '%23')}"


def _files_nearby() -> list[str]:
    return [path.name for path in Path().iterdir() if path.is_file()]


# --- shell ----------------------------------------------------------------------------


def _shell(connection: DatabaseWrapper, modules: Sequence[Any] = ()) -> int:
    names = _shell_names(connection)
    for module in modules:
        names.update((each.__name__, each) for each in models_of(module))
    if not sys.stdin.isatty():
        return _run_piped(sys.stdin.read(), names)
    try:
        import readline  # noqa: F401  (importing it gives input() a history and arrow keys)
    except ImportError:
        pass
    code.interact(banner=_banner(connection), local=names, exitmsg="")
    return 0


def _shell_names(connection: DatabaseWrapper) -> dict[str, Any]:
    models = import_module("miniorm.models")
    return {
        "__name__": "__console__",
        "connection": connection,
        "connect": connect,
        "models": models,
        "Q": models.Q,
        "F": models.F,
    }


def _run_piped(source: str, names: dict[str, Any]) -> int:
    """Run a program from a pipe, showing the value of an expression as the shell would."""
    try:
        for statement in ast.parse(source, "<stdin>").body:
            exec(compile(ast.Interactive([statement]), "<stdin>", "single"), names)  # noqa: S102
    except Exception:
        traceback.print_exc()
        return 1
    return 0


def _banner(connection: DatabaseWrapper) -> str:
    tables = connection.introspection.table_names()
    shown = ", ".join(tables[:TABLES_SHOWN]) or "none so far"
    more = f" and {len(tables) - TABLES_SHOWN} more" if len(tables) > TABLES_SHOWN else ""
    return (
        f"miniorm on {connection.display_name}: {connection.settings_dict['NAME']}\n"
        f"Tables: {shown}{more}.\n"
        "At hand: connection, connect, models, Q, F. For example\n"
        '    connection.execute("SELECT 1").fetchall()\n'
        "Leave with Ctrl-D."
    )


# --- tables ---------------------------------------------------------------------------


def _tables(connection: DatabaseWrapper) -> int:
    tables = connection.introspection.table_names()
    if not tables:
        print("This database has no tables.")
        return 0
    counts = {table: _rows(connection, table) for table in tables}
    width = max(map(len, tables))
    for table, count in counts.items():
        print(f"{table:<{width}}  {count:>10,} row{'s' if count != 1 else ''}")
    return 0


def _rows(connection: DatabaseWrapper, table: str) -> int:
    quoted = connection.ops.quote_name(table)
    (count,) = connection.execute(f"SELECT COUNT(*) FROM {quoted}", None).fetchone()  # noqa: S608
    return int(count)


if __name__ == "__main__":
    sys.exit(main())
