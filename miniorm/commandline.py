"""The commands of `python -m miniorm` that know models: migrations, and what queries ask.

Beside the trip. Models are looked for where one stands: a folder with a `models.py` is an app of
the folder's name, with its migrations in the folder's `migrations/`; `models.py` itself is the app
"main" with `migrations/` beside it. Of another single file, `--models notes`, the app is "notes",
as it is where the file is run, and its migrations are in `notes_migrations/`.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import quote

from miniorm import models, registry, slips
from miniorm.checks import problems
from miniorm.errors import ImproperlyConfigured
from miniorm.explaining import side_by_side, statements_of
from miniorm.inspectdb import inspect_database
from miniorm.migrations import commands as migration_commands
from miniorm.suggest import did_you_mean

NEED_MODELS = ("makemigrations", "migrate", "sqlmigrate", "showmigrations", "sql", "check")
NEED_DATABASE = ("tables", "dbshell", "inspectdb", "migrate", "showmigrations")


def add_commands(commands: Any) -> None:
    """Describe the commands to argparse."""
    commands.add_parser("dbshell", help="the database's own shell (sqlite3, psql)")
    command = commands.add_parser("inspectdb", help="models written from the tables")
    command.add_argument("table", nargs="*", help="these tables only")
    commands.add_parser("check", help="look for mistakes in the models")
    command = commands.add_parser("makemigrations", help="write what changed in the models")
    command.add_argument("app", nargs="*", help="the apps (default: those with migrations)")
    command.add_argument("-n", "--name", help="the name of the migration, after its number")
    for flag, summary in (
        ("--dry-run", "show it and write nothing"),
        ("--empty", "write one without steps, to be filled in"),
        ("--merge", "join migrations that were written side by side"),
        ("--check", "write nothing; exit status 1 if something would be"),
        ("--no-input", "ask nothing"),
    ):
        command.add_argument(flag, action="store_true", help=summary)
    summary = "bring the tables to what the migrations say; make those of apps without migrations"
    command = commands.add_parser("migrate", help=summary, description=summary)
    command.add_argument("app", nargs="?", help="this app only")
    command.add_argument("migration", nargs="?", help="up or back to this one; zero undoes all")
    for flag, summary in (
        ("--fake", "note it as done, and do nothing"),
        ("--fake-initial", "the same for first migrations whose tables are there"),
        ("--plan", "show what would be done"),
        ("--check", "do nothing; exit status 1 if something would be done"),
    ):
        command.add_argument(flag, action="store_true", help=summary)
    command = commands.add_parser("sqlmigrate", help="the SQL of a migration")
    command.add_argument("app")
    command.add_argument("migration")
    command.add_argument("--backwards", action="store_true", help="of its undoing")
    command = commands.add_parser("showmigrations", help="the migrations, and which are applied")
    command.add_argument("app", nargs="*")
    command.add_argument("--plan", action="store_true", help="in the order of their application")
    command = commands.add_parser("sql", help="SQL, parameters and plan of a queryset")
    command.add_argument("expression", help="as 'Book.objects.filter(pages__gt=100)'")


def load_models(named: Sequence[str] | None, needed: bool) -> tuple[dict[str, str], list[str]]:
    """Apps by package, and the modules to import once these are known."""
    sys.path.insert(0, os.getcwd())
    modules = list(named or _modules_here())
    if needed and not modules:
        raise ImproperlyConfigured(
            "There is no models.py here, nor in a folder here: name the module of the models, "
            "--models library.models."
        )
    packages = {module.rpartition(".")[0] or module: module for module in modules}
    return {each: registry.usual_label(module) for each, module in packages.items()}, modules


def _modules_here() -> list[str]:
    alone = ["models"] if Path("models.py").is_file() else []
    folders = sorted(path.parent.name for path in Path().glob("*/models.py"))
    own = __name__.partition(".")[0]
    return alone + [f"{name}.models" for name in folders if name.isidentifier() and name != own]


def import_named(module: str) -> Any:
    """The module of that name; raises ImproperlyConfigured where there is none."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if not f"{module}.".startswith(f"{error.name}."):
            raise  # it is there, and imports what is not
        file = module.removesuffix(".py").replace("/", ".")
        hint = f" Name the module and not its file: --models {file}." if file != module else ""
        here = [*_modules_here(), *(path.stem for path in Path().glob("*.py"))]
        raise ImproperlyConfigured(
            f"There is no module {module!r} here.{hint or did_you_mean(module, here)}"
        ) from None


def models_of(module: Any) -> list[Any]:
    return [each for each in registry.get_models() if each.__module__ == module.__name__]


def run_command(arguments: Any, connection: Any) -> int:
    """Run one of these commands; the exit status."""
    match arguments.command:
        case "dbshell":
            return dbshell(connection)
        case "inspectdb":
            print(inspect_database(connection, arguments.table), end="")
            return 0
        case "check":
            return _check()
        case "makemigrations":
            return migration_commands.makemigrations(
                arguments.app,
                name=arguments.name,
                dry_run=arguments.dry_run,
                empty=arguments.empty,
                merge=arguments.merge,
                check=arguments.check,
                interactive=not arguments.no_input,
            )
        case "migrate":
            return migration_commands.migrate(
                arguments.app,
                arguments.migration,
                fake=arguments.fake,
                fake_initial=arguments.fake_initial,
                plan=arguments.plan,
                check=arguments.check,
            )
        case "sqlmigrate":
            return migration_commands.sqlmigrate(
                arguments.app, arguments.migration, backwards=arguments.backwards
            )
        case "showmigrations":
            return migration_commands.showmigrations(arguments.app, plan=arguments.plan)
    return _sql(arguments.expression, connection)


def _check() -> int:
    found = [*problems(registry.get_models())]
    print("\n".join(found or ["No problems found."]))
    return 1 if found else 0


def _sql(expression: str, connection: Any) -> int:
    names: dict[str, Any] = {each: getattr(models, each) for each in models.__all__}
    names.update(models=models, connection=connection)
    names.update((each.__name__, each) for each in registry.get_models())
    try:
        asked = statements_of(expression, names, connection)
    except Exception as error:
        print(f"miniorm: {slips.sentence(error)}", file=sys.stderr)
        return 1
    if not asked:
        print("That asks the database nothing.")
    print("\n\n".join(side_by_side(each, connection) for each in asked))
    return 0


def dbshell(connection: Any) -> int:
    """Hand the terminal to the database's own program."""
    settings = connection.settings_dict
    environment = dict(os.environ)
    if connection.vendor == "sqlite":
        command = ["sqlite3", str(settings["NAME"])]
    else:
        if settings["PASSWORD"]:  # a command line can be seen by everybody on the machine
            environment["PGPASSWORD"] = settings["PASSWORD"]
        words = {"-h": settings["HOST"], "-p": settings["PORT"], "-U": settings["USER"]}
        options = [part for flag, text in words.items() if text for part in (flag, str(text))]
        command = ["psql", *options, quote(str(settings["NAME"]), safe=" ")]
    if shutil.which(command[0]) is None:
        raise ImproperlyConfigured(f"The program {command[0]!r} is not installed here.")
    connection.close()
    return subprocess.run(command, env=environment, check=False).returncode
