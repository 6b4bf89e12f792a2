"""From the command line, the environment and a file to one `Config`.

Before the trip: `python -m wsgi --help`. The table of settings (`config`) is read here in three
ways. What is given in several places is taken from the last of: the file, WSGI_CMD_ARGS, the
command line. Paths begin at the folder in which they were written: the file's, or the one where
the command was given.

In Gunicorn: app/base.py; GUNICORN_CMD_ARGS.
"""

import argparse
import json
import os
import shlex
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from httpserver.arguments import ArgumentParser
from httpserver.settings import (
    ConfigError,
    Document,
    Place,
    Setting,
    open_document,
    read_value,
    settings_of,
    table,
)
from wsgi.config import GUNICORNS_NAMES, NOT_HERE, Config, contradiction

EPILOG = """\
examples:
  python -m wsgi mysite.wsgi:application
  python -m wsgi hello:app --bind 0.0.0.0:8000 --workers 4
  python -m wsgi "factory:create_app()" --threads 8 --reload
  python -m wsgi --config site.toml --check-config

also read:
  WSGI_CMD_ARGS    options before those of the command line
and where nothing else says it:
  WEB_CONCURRENCY  --workers         FORWARDED_ALLOW_IPS  --forwarded-allow-ips
  PORT             --bind :PORT      SCRIPT_NAME          --script-name

signals, to the process that was started (the master):
  TERM  drains: open requests are answered, then all ends    INT, QUIT  stop at once
  HUP   reads the file, starts new workers, then drains the old ones
  USR1  opens the log files anew         USR2   starts a new master on the same sockets
  TTIN, TTOU  one worker more, one less  WINCH  drains the workers; HUP brings them back
"""

# The first setting of each group in --help.
GROUPS = {
    "chdir": "the application",
    "bind": "the sockets",
    "workers": "the processes",
    "worker_connections": "limits",
    "user": "rights, files and logs",
    "when_ready": "hooks: functions that are called with the master, and the worker",
}


# What platforms say, which Gunicorn hears, too: a setting, and how it would be written.
FROM_ENVIRONMENT = {
    "WEB_CONCURRENCY": ("workers", "%s"),
    "FORWARDED_ALLOW_IPS": ("forwarded_allow_ips", "%s"),
    "PORT": ("bind", ":%s"),
}


class UsageError(Exception):
    """What was asked for cannot be done; the message is for whoever asked."""


class Asked(NamedTuple):
    config: Config
    check: bool = False  # --check-config
    show: bool = False  # --print-config


def parse_arguments(
    argv: Sequence[str] | None = None,
    environ: Mapping[str, str] = os.environ,
    folder: Path | None = None,
) -> Asked:
    """What was asked for, or the end of the program with a usage message (status 2).

    `folder` is where relative paths begin: this one. Raises ConfigError for a file.
    """
    try:
        return read_options(argv, environ, folder or Path.cwd())
    except UsageError as error:
        build_parser(Path()).error(str(error))


def read_options(argv: Sequence[str] | None, environ: Mapping[str, str], folder: Path) -> Asked:
    """The same for a reload, when the program must not end: raises UsageError, too."""
    parser = build_parser(folder)
    given = _from_environment(parser, environ) | vars(parser.parse_args(argv))
    path, check, show = (given.pop(key, None) for key in ("config", "check_config", "print_config"))
    values = _from_file(folder / path) if path else {}
    values |= {
        key: tuple(value) if isinstance(value, list) else value for key, value in given.items()
    }
    for variable, (name, form) in FROM_ENVIRONMENT.items():
        systemd = name == "bind" and "LISTEN_FDS" in environ  # it has opened what it wants
        if name not in values and environ.get(variable) and not systemd:
            values[name] = _from_variable(variable, name, form % environ[variable], folder)
    if values.get("worker_class") == "gthread":
        values["threads"] = values.get("threads") or 1
    config = Config(**values)
    if problem := contradiction(config):
        raise UsageError(problem)
    return Asked(config, bool(check), bool(show))


def _from_environment(
    parser: argparse.ArgumentParser, environ: Mapping[str, str]
) -> dict[str, Any]:
    parser.prog, before = "WSGI_CMD_ARGS", parser.prog  # so that a message says where it is from
    try:
        return vars(parser.parse_args(shlex.split(environ.get("WSGI_CMD_ARGS", ""))))
    except ValueError as error:
        raise UsageError(f"WSGI_CMD_ARGS cannot be read: {error}") from None
    finally:
        parser.prog = before


def _from_file(path: Path) -> dict[str, Any]:
    """The settings that a file gives. Raises ConfigError with all that is wrong, each with its
    line."""
    place = Place(open_document(path, GUNICORNS_NAMES))
    values: dict[str, Any] = table(dict, settings_of(Config))(place.document.content, place)
    if place.document.problems:
        raise ConfigError(place.document.problems)
    return values


def _from_variable(variable: str, name: str, text: str, folder: Path) -> Any:
    try:
        return reader_of(settings_of(Config)[name], folder)(text)
    except argparse.ArgumentTypeError as error:
        raise UsageError(f"{variable}: {error}") from None


# --- The command line -------------------------------------------------------------------------


def build_parser(folder: Path) -> argparse.ArgumentParser:
    """Only what is given is among its results."""
    parser = ArgumentParser(
        prog="python -m wsgi",
        usage="%(prog)s [options] MODULE:APP",
        description="Serve a WSGI application (PEP 3333) over HTTP/1.1.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        argument_default=argparse.SUPPRESS,
        allow_abbrev=False,
    )
    parser.not_here = NOT_HERE
    parser.add_argument(
        "-c",
        "--config",
        type=_config_file,
        metavar="FILE",
        help="a TOML file with any of these settings (graceful_timeout = 30)",
    )
    parser.add_argument(
        "--check-config",
        action="store_true",
        help="say what is wrong with settings and application, and serve nothing",
    )
    parser.add_argument(
        "--print-config", action="store_true", help="write all settings as such a file would"
    )
    group = parser.add_argument_group("the application")
    for name, setting in settings_of(Config).items():
        if name in GROUPS and name != "chdir":
            group = parser.add_argument_group(GROUPS[name])
        _add(group, name, setting, folder)
    return parser


def _add(group: Any, name: str, setting: Setting, folder: Path) -> None:
    *spellings, metavar = setting.elsewhere.split() or [""]
    about = setting.about.replace("%", "%%") + _default(setting)
    flags = [f"--{name.replace('_', '-')}", *spellings]
    if name == "application":
        group.add_argument(name, nargs="?", metavar=metavar, help=about)
    elif isinstance(setting.default, bool):
        group.add_argument(*flags, action="store_true", dest=name, help=about)
    else:
        several = isinstance(setting.default, tuple)
        group.add_argument(
            *sorted(flags, key=len),
            dest=name,
            type=reader_of(setting, folder),
            action="extend" if several else "store",
            metavar=metavar,
            help=about,
        )


def _default(setting: Setting) -> str:
    if setting.default in ("", None, ()) or isinstance(setting.default, bool):
        return ""
    shown = f"{setting.default:g}" if isinstance(setting.default, float) else setting.default
    return f" (default: {shown})"


def reader_of(setting: Setting, folder: Path) -> Callable[[str], Any]:
    """Reads a word of the command line as it would be read in a file in that folder."""
    is_number = isinstance(setting.default, int | float)

    def read(word: str) -> Any:
        document = Document(str(folder / "the command line"), {}, {}, {})
        value = read_value(setting.read, _number(word) if is_number else word, Place(document))
        if document.problems:
            raise argparse.ArgumentTypeError(document.problems[0].message)
        return value

    return read


def _number(word: str) -> int | float | str:
    for kind in (int, float):
        try:
            return kind(word)
        except ValueError:
            pass
    return word  # "10s", "1 MiB"


def _config_file(name: str) -> str:
    if name.startswith("python:") or name.endswith(".py"):
        raise argparse.ArgumentTypeError(
            f"{name!r} is Python, and here a configuration is data, in TOML: the same settings as"
            " `name = value`, hooks as MODULE:FUNCTION. --print-config writes such a file"
        )
    return name.removeprefix("file:")


# --- Written as a file ------------------------------------------------------------------------


def as_toml(config: Config) -> str:
    """All settings as a file would have them, those without a value as comments."""
    lines = []
    for name in settings_of(Config):
        value = getattr(config, name)
        if name in GROUPS:
            lines += ["", f"# {GROUPS[name].partition(':')[0]}"]
        lines.append(f"# {name} =" if value in (None, "") else f"{name} = {_written(name, value)}")
    return "\n".join(lines) + "\n"


def _written(name: str, value: Any) -> str:
    if name == "umask":
        return f'"{value:03o}"'
    if name == "static":
        value = tuple(f"{url}={folder}" for url, folder in value)
    if isinstance(value, tuple):
        return f"[{', '.join(_written('', each) for each in value)}]"
    # What JSON writes is TOML, too.
    return json.dumps(str(value) if isinstance(value, Path) else value, ensure_ascii=False)
