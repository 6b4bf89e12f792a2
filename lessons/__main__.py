"""`python -m lessons`, and the command `glasstack`: everything by one name.

The commands of the single layers are theirs; here they are only called.
"""

import sys

if sys.version_info < (3, 11):  # said here, before the imports below fail on it
    sys.exit(f"glasstack needs Python 3.11 or later; this is {sys.version.split()[0]}.")

import argparse
import importlib
import importlib.util
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias

from httpserver.suggest import did_you_mean

LAYER_COMMANDS = {
    "http": "httpserver.__main__",
    "wsgi": "wsgi.__main__",
    "framework": "miniframework.__main__",
    "orm": "miniorm.__main__",
    "template": "templating.__main__",
}

# In the order in which a learner needs them.
COMMANDS = (
    "serve", "read", "trace", "start", "check", "watch", "hint", "reset", "solution", "progress",
    "next", "run", "build", "sync",
)  # fmt: skip

EPILOG = """\
one layer alone (each has a --help of its own):
  glasstack http DIR              serve a folder             python -m httpserver
  glasstack wsgi MODULE:APP       serve a WSGI application   python -m wsgi
  glasstack framework ...         start a project            python -m miniframework
  glasstack orm ...               a shell on a database      python -m miniorm
  glasstack template PAGE         render a template          python -m templating
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; the exit status."""
    if sys.platform == "win32":
        print("glasstack runs on Linux and macOS. On Windows, use WSL: https://aka.ms/wsl")
        return 1
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments and arguments[0] in LAYER_COMMANDS:
        return int(layer(LAYER_COMMANDS[arguments[0]]).main(arguments[1:]) or 0)
    if not arguments or (arguments[0].startswith("-") and arguments[0] not in ("-h", "--help")):
        arguments.insert(0, "serve")
    known = [*LAYER_COMMANDS, *COMMANDS, "-h", "--help"]
    if arguments[0] not in known:
        hint = did_you_mean(arguments[0], known) or f" There are: {', '.join(known[:-2])}."
        print(f"There is no command {arguments[0]!r}.{hint}", file=sys.stderr)
        return 2
    missing = [name for name in ("markdown_it", "pygments", "rich") if not is_installed(name)]
    if missing:
        print(
            "The lessons need a few packages that are not installed in this Python: "
            + ", ".join(missing)
            + ".\nIn a clone, `make run` installs them;"
            + ' elsewhere: pip install "glasstack[lessons]" (in a clone: ".[lessons]")',
            file=sys.stderr,
        )
        return 1
    return carefully(build_parser().parse_args(arguments))


def layer(name: str) -> Any:
    """A module of a layer. `python -m` looks in the present folder first, where a project may have
    a `wsgi.py` of its own."""
    ours = str(Path(__file__).resolve().parent.parent)
    sys.path.insert(0, ours)
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(ours)


def carefully(options: argparse.Namespace) -> int:
    """Run the command; what the machine or the settings lack is said in a sentence."""
    from lessons.postgres import PostgresUnavailable
    from miniorm.errors import Error, ImproperlyConfigured

    try:
        return int(options.command(options))
    except (ImproperlyConfigured, PostgresUnavailable) as error:
        print(error, file=sys.stderr)
    except Error as error:
        print(f"The database cannot be used: {error}", file=sys.stderr)
    return 1


def is_script() -> bool:
    """Whether this runs as the command `glasstack` and not as `python -m lessons`."""
    return Path(sys.argv[0]).name == "glasstack"


def is_installed(name: str) -> bool:
    return importlib.util.find_spec(name) is not None


def build_parser() -> argparse.ArgumentParser:
    """Every command, in the order in which a learner needs it."""
    from lessons.exercises.commands import add_commands

    parser = argparse.ArgumentParser(
        prog=Path(sys.argv[0]).name if is_script() else "python -m lessons",
        description="glasstack: the trip of a request, to read, to run and to rebuild.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    add_serve(commands)
    add_read(commands)
    add_trace(commands)
    add_commands(commands)
    add_run(commands)
    add_build(commands)
    add_sync(commands)
    return parser


Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add_serve(commands: Commands) -> None:
    serve = commands.add_parser(
        "serve",
        help="serve the site with all the chapters (without a command, too)",
        description="Serve the site on the full stack: chapters, polls, source.",
    )
    add_address(serve, os.environ.get("PORT") or "8000")
    add_database(serve)
    serve.set_defaults(command=do_serve)


def add_read(commands: Commands) -> None:
    read = commands.add_parser("read", help="read a chapter in the terminal")
    read.add_argument("chapter", help="slug or number")
    read.set_defaults(command=do_read)


def add_trace(commands: Commands) -> None:
    trace = commands.add_parser(
        "trace",
        help="follow one request through all ten steps",
        description="Send a real request through the real stack and print what happened: every"
        " line with the number of its step, in the order and nesting in which it happened.",
    )
    trace.add_argument("path", metavar="PATH", help="what to ask for, such as /polls/?page=2")
    trace.add_argument("--method", default="GET", help="the method (GET)")
    trace.add_argument(
        "--data",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a field of a form, sent by POST with a CSRF token; may be repeated",
    )
    add_database(trace)
    trace.set_defaults(command=do_trace)


def add_run(commands: Commands) -> None:
    run = commands.add_parser(
        "run",
        help="serve the site on your own functions",
        description="Serve the site on the layers of your workspace: your functions where their"
        " check is green, the real ones elsewhere.",
    )
    add_address(run, "8001")
    run.add_argument("--as-is", action="store_true", help="all of yours, right or wrong")
    run.add_argument("--workspace", type=Path, metavar="DIR", help="your workspace")
    add_database(run)
    run.set_defaults(command=do_run)


def add_build(commands: Commands) -> None:
    build = commands.add_parser(
        "build", help="write the chapters as static pages, for any web server"
    )
    build.add_argument("folder", type=Path, metavar="DIR", help="where; empty, or of a build")
    build.set_defaults(command=do_build)


def add_sync(commands: Commands) -> None:
    sync = commands.add_parser(
        "sync", help="for authors: bring the listings in the chapters up to date"
    )
    sync.add_argument("chapter", nargs="?", help="slug or number (all)")
    sync.set_defaults(command=do_sync)


def add_address(parser: argparse.ArgumentParser, port: str) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    parser.add_argument("--port", default=port, help=f"port ({port})")


def add_database(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--database",
        default=os.environ.get("DATABASE") or "sqlite",
        metavar="WHICH",
        help="sqlite (default), postgres (one that is started for this), or a URL such as"
        " postgresql://user@host/name",
    )


def do_serve(options: argparse.Namespace) -> int:
    from lessons.run import serve

    return serve(options.host, options.port, options.database)


def do_read(options: argparse.Namespace) -> int:
    from lessons.book.terminal import read_command

    return read_command(options.chapter)


def do_trace(options: argparse.Namespace) -> int:
    from lessons.database import database
    from lessons.site import prepare_database, set_up
    from lessons.trace import Question, form, show, wants_colour

    if not options.path.startswith("/"):
        print(f"{options.path!r} is not a path: it begins with a slash, as /polls/ does")
        return 2
    question = Question(options.method.upper(), options.path)
    if options.data:
        question = form(options.path, options.data)
    with database(options.database):
        set_up()
        prepare_database()
        return show(question, wants_colour())


def do_run(options: argparse.Namespace) -> int:
    from lessons.exercises.commands import run_command
    from lessons.run import serve_workspace

    return run_command(serve_workspace, options)


def do_build(options: argparse.Namespace) -> int:
    from lessons.database import database
    from lessons.site import prepare_database, set_up

    with database("sqlite"):
        set_up()
        prepare_database()
        from lessons.reader.static_build import BuildError, build

        try:
            count = build(options.folder)
        except (BuildError, OSError) as error:
            print(error, file=sys.stderr)
            return 1
    print(f"Wrote {count} pages. To look at them: python -m httpserver {options.folder}")
    return 0


def do_sync(options: argparse.Namespace) -> int:
    from lessons.book.listings import sync_command

    return sync_command(options.chapter)


if __name__ == "__main__":
    sys.exit(main())
