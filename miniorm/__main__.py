"""`python -m miniorm`: a database opened from the terminal, without a project.

    python -m miniorm                                  a Python shell, with the models here
    python -m miniorm library.db                       on an SQLite file
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
import os
import traceback
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from miniorm import registry, slips
from miniorm.backends.base import DatabaseWrapper
from miniorm.commandline import (
    NEED_DATABASE,
    NEED_MODELS,
    add_commands,
    import_named,
    load_models,
    models_of,
    run_command,
)
from miniorm.configuration import DEFAULT_ALIAS, configure, connect, held
from miniorm.connections import connections
from miniorm.errors import Error, ImproperlyConfigured
from miniorm.migrations.exceptions import MigrationError
from miniorm.schema import create_tables
from miniorm.suggest import did_you_mean

COMMANDS = ("shell", "tables", "dbshell", "inspectdb", *NEED_MODELS)
IN_MEMORY = "sqlite:///:memory:"
ASK_NOTHING = ("makemigrations", "check")  # of a database
DATABASE_HELP = (
    "an SQLite file, or a URL: sqlite:///FILE, postgresql://USER:PASSWORD@HOST/NAME "
    "(default: what the module of the models connects to)"
)
TABLES_SHOWN = 20  # in the shell's banner


def main(argv: list[str] | None = None) -> int:
    """Run the command line `argv` (without the program's name); the exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    if not words or words[0] not in (*COMMANDS, "-h", "--help"):
        if words and _is_slip(words[0]):
            print(f"miniorm: no command {words[0]!r}; the commands are {', '.join(COMMANDS)}."
                  f"{did_you_mean(words[0], COMMANDS)}", file=sys.stderr)  # fmt: skip
            return 2
        words.insert(0, "shell")  # a file or URL alone opens a shell on it
    arguments = _parser().parse_args(words)
    try:
        status = _run(arguments)
        sys.stdout.flush()
        return status
    except BrokenPipeError:  # whoever read along has seen enough: | head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141  # 128 + SIGPIPE, as a shell would say
    except Exception as error:
        if arguments.traceback:
            raise
        said = slips.told(error)
        if not said and not isinstance(error, (Error, ImproperlyConfigured, MigrationError)):
            raise  # a mistake of ours
        print(f"miniorm: {said or error}", file=sys.stderr)
        return 1
    finally:
        connections.close_all()


def _run(arguments: argparse.Namespace) -> int:
    command = arguments.command
    address = arguments.database_option or arguments.database
    apps: dict[str, str] = {}
    modules: list[str] = []
    # Where no database is named, the module of the models may name one.
    if command in (*NEED_MODELS, "shell") or arguments.models or not address:
        apps, modules = load_models(arguments.models, command in NEED_MODELS)
    url = address and _as_url(address, make=command in ("migrate", *ASK_NOTHING))
    configure({DEFAULT_ALIAS: url} if url else {}, apps=apps)
    if url and command not in ASK_NOTHING:
        connections[DEFAULT_ALIAS].ensure_connection()  # a wrong address is told first
    with held():
        models = [import_named(module) for module in modules]
        if DEFAULT_ALIAS not in connections:
            _use_memory(command, apps)
    connection = connections[DEFAULT_ALIAS]
    if command == "shell":
        return _shell(connection, models, arguments.traceback)
    return _tables(connection) if command == "tables" else run_command(arguments, connection)


def _use_memory(command: str, apps: dict[str, str]) -> None:
    """Nobody named a database: some commands can do without one that is kept."""
    if command in NEED_DATABASE:
        raise ImproperlyConfigured(
            f"{command} needs a database: --database FILE or --database postgresql://USER:PASSWORD"
            f"@HOST/NAME.{_databases_nearby()}"
        )
    connect(IN_MEMORY, apps=apps)
    own = [each for each in registry.get_models() if each._meta.app_label in apps.values()]
    made = create_tables(own) if command in ("shell", "sql") else []
    if made or command in ("sql", "sqlmigrate"):
        has = ", with the tables of the models" if made else ""
        print(f"miniorm: without --database this is an SQLite database in memory{has}.",
              file=sys.stderr)  # fmt: skip


def _is_slip(word: str) -> bool:
    """No file, and nearly a command or a bare word, as commands are."""
    bare = word.replace("-", "").isalnum() and word[0] != "-"
    return (bare or bool(did_you_mean(word, COMMANDS))) and not Path(word).exists()


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
        command.add_argument("database", nargs="?", metavar="FILE_OR_URL", help=DATABASE_HELP)
    add_commands(commands)
    for name, command in commands.choices.items():
        known = name in ("shell", "tables")
        command.add_argument(
            "--database", dest="database_option", metavar="URL",
            help="the same, as an option" if known else DATABASE_HELP,
        )  # fmt: skip
        command.add_argument(
            "--models", action="append", metavar="MODULE",
            help="a module with models (default: models.py, and models.py in folders here)",
        )  # fmt: skip
        command.add_argument(
            "--traceback", action="store_true", help="show where an error came from"
        )
        command.set_defaults(database=None, models=None)
    return parser


def _as_url(address: str, make: bool) -> str:
    """The URL for a file's name or a URL. A missing file is an error where none is made."""
    if "://" in address:
        if address.startswith("sqlite:///"):
            _as_url(unquote(address.removeprefix("sqlite:///").partition("?")[0]), make)
        return address
    if address and Path(address).is_dir():
        raise ImproperlyConfigured(f"{address!r} is a folder; expected an SQLite file or a URL.")
    if address != ":memory:" and not make and not Path(address).exists():
        raise ImproperlyConfigured(
            f"There is no database file {address!r}; migrate makes one."
            f"{did_you_mean(address, _files_nearby())}"
        )
    return f"sqlite:///{address.replace('%', '%25').replace('?', '%3F').replace('#', '%23')}"


def _files_nearby() -> list[str]:
    return [path.name for path in Path().iterdir() if path.is_file()]


def _databases_nearby() -> str:
    found = [name for name in _files_nearby() if name.endswith((".db", ".sqlite3"))]
    return f" Here is {', '.join(found)}." if found else ""


# --- shell ----------------------------------------------------------------------------


def _shell(
    connection: DatabaseWrapper, modules: Sequence[Any] = (), whole_traceback: bool = False
) -> int:
    own = {each.__name__: each for module in modules for each in models_of(module)}
    names = {**_shell_names(connection), **own}
    if not sys.stdin.isatty():
        return _run_piped(sys.stdin.read(), names, whole_traceback)
    try:
        import readline  # noqa: F401  (importing it gives input() a history and arrow keys)
    except ImportError:
        pass
    code.interact(banner=_banner(connection, [*own]), local=names, exitmsg="")
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


def _run_piped(source: str, names: dict[str, Any], whole_traceback: bool) -> int:
    """Run a program from a pipe, showing the value of an expression as the shell would."""
    try:
        for statement in ast.parse(source, slips.STDIN).body:
            exec(compile(ast.Interactive([statement]), slips.STDIN, "single"), names)  # noqa: S102
    except BrokenPipeError:
        raise
    except Exception as error:
        said = traceback.format_exc() if whole_traceback else slips.traceback_of(error)
        print(said, end="", file=sys.stderr)
        return 1
    return 0


def _banner(connection: DatabaseWrapper, own: Sequence[str]) -> str:
    tables = connection.introspection.table_names()
    shown = ", ".join(tables[:TABLES_SHOWN]) or "none so far"
    more = f" and {len(tables) - TABLES_SHOWN} more" if len(tables) > TABLES_SHOWN else ""
    return (
        f"miniorm on {connection.display_name}: {connection.settings_dict['NAME']}\n"
        f"Tables: {shown}{more}.\n"
        f"At hand: {', '.join(['connection, connect, models, Q, F', *own])}. For example\n"
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
