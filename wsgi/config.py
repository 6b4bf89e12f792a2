"""The settings of a gateway, from the command line.

Before the trip: what `python -m wsgi --help` lists. Where Gunicorn has the option, its
name and its meaning are Gunicorn's, its short forms too.

In Gunicorn: config.py.
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

DEFAULT_BIND = "127.0.0.1:8000"

EPILOG = """\
examples:
  python -m wsgi mysite.wsgi:application
  python -m wsgi hello:app --bind 0.0.0.0:8000 --workers 4
  python -m wsgi "factory:create_app()" --threads 8 --reload

signals, to the process that was started (the master):
  TERM drains: open requests are answered, then all ends    INT, QUIT stop at once
  HUP  starts new workers, then drains the old ones
"""


@dataclass(frozen=True, slots=True)
class Config:
    """What was asked for. Times are in seconds, sizes in bytes."""

    application: str
    bind: tuple[str, ...] = (DEFAULT_BIND,)
    workers: int = 1
    threads: int = 0
    graceful_timeout: float = 30.0
    keep_alive: float = 15.0
    backlog: int = 1024
    limit_body: int = 10 * 1024 * 1024
    script_name: str = ""
    static: tuple[tuple[str, Path], ...] = ()
    chdir: Path | None = None
    reload: bool = False
    access_log: bool = False


def parse_arguments(argv: Sequence[str] | None = None) -> Config:
    """A Config, or the end of the program with a usage message (status 2)."""
    options = vars(build_parser().parse_args(argv))
    options["bind"] = tuple(options["bind"] or (DEFAULT_BIND,))
    options["static"] = tuple(options["static"])
    return Config(**options)


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m wsgi",
        description="Serve a WSGI application (PEP 3333) over HTTP/1.1.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("application", metavar="MODULE:APP", help="the application; MODULE:FACTORY() calls one")
    add(
        "-b",
        "--bind",
        action="append",
        metavar="ADDRESS",
        help="HOST:PORT, [IPV6]:PORT or unix:PATH; may be repeated (default: 127.0.0.1:8000)",
    )
    add(
        "-w",
        "--workers",
        type=at_least(1),
        default=1,
        metavar="N",
        help="processes that answer requests (default: 1)",
    )
    add(
        "--threads",
        type=at_least(0),
        default=0,
        metavar="N",
        help="threads in each worker that call the application. 0, the default, calls it in the"
        " event loop: fastest, but one slow call holds up every client of that worker; give"
        " threads to an application that waits (for a database, for another server)",
    )
    add(
        "--graceful-timeout",
        type=seconds,
        default=30.0,
        metavar="SECONDS",
        help="how long open requests may take once a worker must end (default: 30)",
    )
    add(
        "--keep-alive",
        type=seconds,
        default=15.0,
        metavar="SECONDS",
        help="how long an idle connection is kept for a next request (default: 15; 0: not)",
    )
    add(
        "--backlog",
        type=at_least(1),
        default=1024,
        metavar="N",
        help="connections that may wait to be accepted (default: 1024)",
    )
    add(
        "--limit-body",
        type=at_least(0),
        default=10 * 1024 * 1024,
        metavar="BYTES",
        help="the largest request body; a larger one is answered 413 (default: 10 MiB)",
    )
    add(
        "--script-name",
        default="",
        metavar="PATH",
        type=script_name,
        help="the path under which the application is mounted, such as /blog",
    )
    add(
        "--static",
        action="append",
        type=static_location,
        default=[],
        metavar="URL=DIR",
        help="answer URL from the files in DIR, without calling the application; may be repeated,"
        " folders for the same URL are tried in order, and what none has goes to the"
        " application",
    )
    add("--chdir", type=Path, metavar="DIR", help="go there before the application is loaded")
    add("--reload", action="store_true", help="start anew when a source file changes")
    add("--access-log", action="store_true", help="a line on standard output for each request")
    return parser  # fmt: skip


def at_least(least: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        value = int(text)
        if value < least:
            raise argparse.ArgumentTypeError(f"{value} is too few: at least {least}")
        return value

    return number


def seconds(text: str) -> float:
    value = float(text)
    if not 0 <= value < 86_400 * 365:
        raise argparse.ArgumentTypeError(f"{text} is not a time in seconds")
    return value


def script_name(text: str) -> str:
    if text and not text.startswith("/"):
        raise argparse.ArgumentTypeError(f"{text!r} must begin with a slash")
    return text.rstrip("/")


def static_location(text: str) -> tuple[str, Path]:
    """("/static/", Path("assets")) of "/static/=assets"."""
    url, equals, folder = text.partition("=")
    if not (equals and folder and url.startswith("/")):
        raise argparse.ArgumentTypeError(f"{text!r}: expected URL=DIR, such as /static/=assets")
    path = Path(folder)
    if not path.is_dir():
        raise argparse.ArgumentTypeError(f"{folder!r} is not a folder")
    return (url if url.endswith("/") else url + "/"), path.resolve()
