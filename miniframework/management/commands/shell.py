"""A Python prompt with the project loaded and every model at hand.

Django: https://docs.djangoproject.com/en/5.2/ref/django-admin/#shell
"""

import code
import sys
from argparse import ArgumentParser
from typing import Any

from miniframework.apps import apps
from miniframework.management.base import BaseCommand


class Command(BaseCommand):
    help = "Open a Python prompt with the project's models imported."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("-c", "--command", help="run this line instead, and leave")

    def handle(self, *args: Any, **options: Any) -> None:
        models = {model.__name__: model for model in apps.get_models()}
        names = {"__name__": "__console__", **models}
        if options["command"]:
            exec(options["command"], names)  # noqa: S102 - what a shell is for
        elif not sys.stdin.isatty():
            exec(sys.stdin.read(), names)  # noqa: S102
        else:
            try:
                import readline  # noqa: F401 - gives the prompt its history and arrow keys
            except ImportError:
                pass
            imported = f"Imported: {', '.join(models)}." if models else "There are no models yet."
            code.interact(banner=imported, local=names, exitmsg="")
