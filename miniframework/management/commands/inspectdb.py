"""Write models from the tables of a database.

Django: https://docs.djangoproject.com/en/5.2/ref/django-admin/#inspectdb
"""

from argparse import ArgumentParser
from typing import Any

from miniframework.management.base import BaseCommand
from miniorm.connections import connections
from miniorm.inspectdb import inspect_database


class Command(BaseCommand):
    help = "Write models from the tables of a database."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("table", nargs="*", help="these tables only")
        parser.add_argument("--database", default="default", help="which of DATABASES (default)")

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(inspect_database(connections[options["database"]], options["table"]))
