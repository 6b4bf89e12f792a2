"""From a command line to the command: finding it, loading the project, telling errors.

Django: https://docs.djangoproject.com/en/5.2/ref/django-admin/
"""

import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from traceback import extract_tb
from typing import Any

import miniframework
from miniframework.apps import apps
from miniframework.conf import settings
from miniframework.exceptions import ImproperlyConfigured
from miniframework.management.base import BaseCommand, CommandError
from miniframework.names import translate
from miniframework.suggest import did_you_mean
from miniorm.errors import DatabaseError
from miniorm.migrations.exceptions import MigrationError

SETTINGS_VARIABLE = "MINIFRAMEWORK_SETTINGS_MODULE"


def execute_from_command_line(argv: Sequence[str] | None = None) -> None:
    """What manage.py calls; leaves with an exit status where something went wrong."""
    status = run(list(sys.argv if argv is None else argv))
    if status:
        sys.exit(status)


def run(argv: Sequence[str], prog: str | None = None) -> int:
    """Run `argv` (with the program's name in front) and return the exit status."""
    prog = prog or os.path.basename(argv[0])
    wanted = argv[1] if len(argv) > 1 else "help"
    try:
        _apply_early_options(argv[2:])
        if wanted in ("help", "-h", "--help"):
            return _help(prog, argv[2:])
        command = load_command(wanted)
        options = command.create_parser(prog, wanted).parse_args(argv[2:])
        _execute(command, options)
        sys.stdout.flush()
    except (CommandError, ImproperlyConfigured, DatabaseError, MigrationError) as error:
        if "--traceback" in argv:
            raise
        print(f"{prog}: {error}", file=sys.stderr)
        return getattr(error, "returncode", 1)
    except ModuleNotFoundError as error:
        if "--traceback" in argv or not (error.name or "").partition(".")[0] == "django":
            raise
        print(f"{prog}: {_django_import(error)}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # whoever read along has seen enough: | head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141  # 128 + SIGPIPE, as a shell would say
    except KeyboardInterrupt:
        return 130  # 128 + SIGINT, as a shell would say
    return 0


def _django_import(error: ModuleNotFoundError) -> str:
    """Where the project imports Django, as a pasted tutorial does, and what to write here."""
    frame = [each for each in extract_tb(error.__traceback__) if "import" in (each.line or "")][-1]
    words = (frame.line or "").replace(",", " ").split()
    names = [word for word in words if word.startswith("django")]
    mapped = " ".join(f"{name} is {translate(name)} here." for name in names)
    return f'{frame.filename}, line {frame.lineno}: "{frame.line}". {mapped}'


def call_command(name: str | BaseCommand, *args: Any, **options: Any) -> str | None:
    """Run a command from code: `call_command("migrate", verbosity=0)`.

    `args` are as on the command line, `options` by their names in `handle`.
    """
    stdout, stderr = options.pop("stdout", None), options.pop("stderr", None)
    command = name if isinstance(name, BaseCommand) else load_command(name, stdout, stderr)
    parser = command.create_parser("", str(name))
    defaults = vars(parser.parse_args([str(arg) for arg in args]))
    for option in options:
        if option not in defaults:
            raise TypeError(f"{name} has no option {option!r}.{did_you_mean(option, defaults)}")
    return command.execute(**{**defaults, **options})


def get_commands() -> dict[str, str]:
    """Command name -> package it is in; an app's own replaces one of the framework's."""
    packages = ["miniframework"]
    if apps.apps_ready:
        packages += [config.name for config in apps.get_app_configs()]
    commands: dict[str, str] = {}
    for package in packages:
        if find_spec(f"{package}.management") is None:
            continue
        spec = find_spec(f"{package}.management.commands")
        for module in iter_modules(spec.submodule_search_locations if spec else []):
            if not module.name.startswith("_"):
                commands[module.name] = package
    return commands


def load_command(name: str, stdout: Any = None, stderr: Any = None) -> BaseCommand:
    """The command of this name, with its project loaded if it needs one."""
    ours = get_commands()
    if name in ours and not _command_class(ours[name], name).requires_project:
        return _command_class(ours[name], name)(stdout, stderr)
    if not _has_settings():
        if name not in ours:
            raise CommandError(
                f"there is no command {name!r}.{did_you_mean(name, ours)} (Without settings only "
                "the framework's own are known.)"
            )
        raise CommandError(
            f"{name} needs a project's settings: run it through the project's manage.py, or "
            f"name them, --settings=mysite.settings or {SETTINGS_VARIABLE}=mysite.settings."
        )
    miniframework.setup()
    commands = get_commands()
    if name not in commands:
        raise CommandError(
            f"there is no command {name!r}.{did_you_mean(name, commands)} Known are "
            f"{', '.join(sorted(commands))}."
        )
    return _command_class(commands[name], name)(stdout, stderr)


def _command_class(package: str, name: str) -> type[BaseCommand]:
    module = import_module(f"{package}.management.commands.{name}")
    try:
        command: type[BaseCommand] = module.Command
    except AttributeError:
        raise CommandError(f"{module.__name__} has no class Command.") from None
    return command


def _execute(command: BaseCommand, options: Namespace) -> None:
    values = vars(options)
    for early in ("settings", "pythonpath", "traceback"):
        values.pop(early, None)
    command.execute(**values)


def _apply_early_options(argv: Sequence[str]) -> None:
    """--settings and --pythonpath must hold before any command can be looked for."""
    parser = ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    parser.add_argument("--settings")
    parser.add_argument("--pythonpath")
    options, _ = parser.parse_known_args(list(argv))
    if options.settings:
        os.environ[SETTINGS_VARIABLE] = options.settings
    if options.pythonpath:
        sys.path.insert(0, options.pythonpath)


def _has_settings() -> bool:
    return bool(os.environ.get(SETTINGS_VARIABLE)) or settings.configured


def _help(prog: str, argv: Sequence[str]) -> int:
    if argv and not argv[0].startswith("-"):
        load_command(argv[0]).create_parser(prog, argv[0]).print_help()
        return 0
    trouble = ""
    if _has_settings():
        try:
            miniframework.setup()
        except Exception as error:
            trouble = f"\nThe project's own commands are missing, since it does not load: {error}"
    print(f"usage: {prog} COMMAND [OPTIONS]\n\nCommands:")
    for name, package in sorted(get_commands().items()):
        print(f"  {name:<14} {_command_class(package, name).help}")
    print(f"\n'{prog} help COMMAND' tells more about one of them.{trouble}")
    return 0
