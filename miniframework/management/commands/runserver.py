"""Serve the project while it is written: the gateway, with reloading, as a child process.

Starts `python -m wsgi`, so that what one develops on is what one deploys on, and so that
there is one reloader. The framework itself imports no server.

Django: https://docs.djangoproject.com/en/5.2/ref/django-admin/#runserver
"""

import os
import re
import signal
import subprocess
import sys
from argparse import ArgumentParser
from importlib.util import find_spec
from pathlib import Path
from types import FrameType
from typing import Any

import miniframework
from miniframework.conf import settings
from miniframework.management.base import BaseCommand, CommandError
from miniframework.staticfiles.finders import static_locations

ADDRESS = re.compile(r"(?:(?P<host>\[[0-9a-fA-F:.]+\]|[^:\[\]\s]*):)?(?P<port>[0-9]{1,5})")
FORWARDED = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT")


class Command(BaseCommand):
    help = "Serve the project and reload it when it changes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "addrport", nargs="?", default="127.0.0.1:8000", help="[HOST:]PORT (127.0.0.1:8000)"
        )
        parser.add_argument(
            "--noreload", action="store_true", help="do not watch for changed files"
        )
        parser.add_argument(
            "--nostatic", action="store_true", help="leave static files to somebody else"
        )
        parser.add_argument("--threads", type=int, default=8, help="requests at a time (8)")

    def handle(self, *args: Any, **options: Any) -> None:
        check_server()
        command = server_command(
            options["addrport"],
            reload=not options["noreload"],
            static=not options["nostatic"],
            threads=options["threads"],
        )
        status = run_child(command)
        if status:
            raise SystemExit(status)


def check_server() -> None:
    """Whether `python -m wsgi` would be our gateway, and not some file of that name."""
    spec = find_spec("wsgi")
    ours = Path(miniframework.__file__ or "").resolve().parent.parent / "wsgi" / "__init__.py"
    if spec is None or spec.origin is None:
        raise CommandError(
            "runserver starts glasstack's own gateway, the package 'wsgi', and it cannot be "
            "imported. Any other WSGI server does too: gunicorn mysite.wsgi"
        )
    if Path(spec.origin).resolve() != ours:
        raise CommandError(
            f"runserver starts glasstack's package 'wsgi', and {spec.origin} hides it: "
            "rename that file, or start the server with another name for it."
        )


def server_command(addrport: str, *, reload: bool, static: bool, threads: int) -> list[str]:
    """The command line of the child."""
    command = [sys.executable, "-m", "wsgi", "--threads", str(threads)]
    if reload:
        command.append("--reload")
    if static:
        for url, folder in static_locations():
            command += ["--static", f"{url}={folder}"]
    return [*command, application(), "--bind", address(addrport)]


def address(addrport: str) -> str:
    """ "8001" -> "127.0.0.1:8001"; also "0.0.0.0:80", ":8000" (all) and "[::1]:8000"."""
    found = ADDRESS.fullmatch(addrport)
    if found is None or int(found["port"]) > 65535:
        raise CommandError(
            f"{addrport!r} is no address to serve on: write PORT or HOST:PORT, "
            "as in 8000, 0.0.0.0:8000 or [::1]:8000."
        )
    host = "127.0.0.1" if found["host"] is None else found["host"]
    return f"{host}:{found['port']}"


def application() -> str:
    """settings.WSGI_APPLICATION in the gateway's writing: "mysite.wsgi:application"."""
    dotted = getattr(settings, "WSGI_APPLICATION", None)
    if not dotted:
        return "miniframework.wsgi:get_wsgi_application()"
    module, dot, name = dotted.rpartition(".")
    if not dot:
        raise CommandError(
            f"WSGI_APPLICATION is {dotted!r}; it must be a module and a name in it, as in "
            "'mysite.wsgi.application'."
        )
    return f"{module}:{name}"


def run_child(command: list[str]) -> int:
    """Run it with our signals passed on; its exit status, in a shell's way of counting."""
    # `-m` puts the current folder on the path, and the project may lie in another.
    path = [sys.path[0], os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(part for part in path if part)}
    child = subprocess.Popen(command, env=environment)

    def forward(number: int, frame: FrameType | None) -> None:
        if child.poll() is None:
            child.send_signal(number)

    names = [name for name in FORWARDED if hasattr(signal, name)]
    before = {name: signal.signal(getattr(signal, name), forward) for name in names}
    try:
        status = child.wait()
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)
        if child.poll() is None:
            child.terminate()
            child.wait()
    # A negative status is the signal that ended the child; an interrupt is how one stops it.
    if status < 0:
        return 0 if -status == signal.SIGINT else 128 - status
    return status
