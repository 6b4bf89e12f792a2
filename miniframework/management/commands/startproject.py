"""Make a new project that runs.

Django: https://docs.djangoproject.com/en/5.2/ref/django-admin/#startproject
"""

import os
import secrets
import shlex
import subprocess
import sys
from argparse import ArgumentParser
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import miniframework
from miniframework.management.base import BaseCommand
from miniframework.management.new import add_place, place, write_files
from miniframework.management.scaffold import PROJECT

MIDDLEWARE = [
    "miniframework.middleware.security.SecurityMiddleware",
    "miniframework.middleware.common.CommonMiddleware",
    "miniframework.middleware.csrf.CsrfViewMiddleware",
    "miniframework.middleware.clickjacking.XFrameOptionsMiddleware",
]


class Command(BaseCommand):
    help = "Make a new project: manage.py and a package with settings and URLs."
    requires_project = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_place(parser, "mysite")

    def handle(self, *args: Any, **options: Any) -> None:
        name, root = place(options, "a project")
        middleware = "".join(f'    "{dotted}",\n' for dotted in MIDDLEWARE if _exists(dotted))
        values = {
            "name": name,
            "secret_key": secrets.token_urlsafe(50),
            "middleware": middleware,
        }
        write_files(root, PROJECT, values)
        (root / "manage.py").chmod(0o755)
        self.stdout.write(next_steps(name, root))


def next_steps(name: str, root: Path) -> str:
    """The commands to go on with, exactly as they can be typed here."""
    python = "python" if _same_python("python") else shlex.quote(sys.executable)
    clone = Path(miniframework.__file__ or ".").resolve().parent.parent
    path = "" if _is_installed(root) else f"PYTHONPATH={shlex.quote(str(clone))} "
    change = "" if root.resolve() == Path.cwd() else f"    cd {shlex.quote(str(root))}\n"
    return (
        f"{name} is ready in {root.resolve()}. To see it run:\n\n"
        f"{change}"
        f"    {path}{python} manage.py migrate\n"
        f"    {path}{python} manage.py runserver\n\n"
        "and open http://127.0.0.1:8000/"
    )


def _is_installed(folder: Path) -> bool:
    """Whether Python finds us from that folder by itself (-P: not through the folder)."""
    environment = {key: text for key, text in os.environ.items() if key != "PYTHONPATH"}
    asked = [sys.executable, "-P", "-c", "import miniframework"]
    done = subprocess.run(
        asked, cwd=folder, env=environment, capture_output=True, timeout=60, check=False
    )
    return done.returncode == 0


def _same_python(name: str) -> bool:
    """Whether this name, typed in the shell, starts the Python that runs now."""
    from shutil import which

    found = which(name)
    return found is not None and Path(found).absolute() == Path(sys.executable).absolute()


def _exists(dotted: str) -> bool:
    return find_spec(dotted.rpartition(".")[0]) is not None
