"""The database's own shell: sqlite3 or psql.

Django: https://docs.djangoproject.com/en/5.2/ref/django-admin/#dbshell
"""

from argparse import ArgumentParser
from typing import Any

from miniframework.management.base import BaseCommand, CommandError
from miniorm.commandline import dbshell
from miniorm.connections import connections


class Command(BaseCommand):
    help = "Open the database's own shell (sqlite3, psql)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--database", default="default", help="which of DATABASES (default)")

    def handle(self, *args: Any, **options: Any) -> None:
        if status := dbshell(connections[options["database"]]):
            raise CommandError("the database's shell ended with an error.", returncode=status)
