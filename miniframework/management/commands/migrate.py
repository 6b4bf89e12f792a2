"""Bring the database to what the models say: creates the tables that are missing.

Django: https://docs.djangoproject.com/en/5.2/ref/django-admin/#migrate (--run-syncdb)
"""

from argparse import ArgumentParser
from typing import Any

from miniframework.apps import apps
from miniframework.management.base import BaseCommand
from miniorm.schema import create_tables


class Command(BaseCommand):
    help = "Create the tables that the models need and the database lacks."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--database", default="default", help="which of DATABASES (default)")
        parser.add_argument("--run-syncdb", action="store_true", help="what it does anyway")

    def handle(self, *args: Any, **options: Any) -> None:
        models = apps.get_models()
        made = create_tables(models, using=options["database"])
        if not options["verbosity"]:
            return
        for table in made:
            self.stdout.write(f"  created {table}")
        if made:
            self.stdout.write(self.style.SUCCESS(f"{_count(len(made), 'table')} created."))
        elif models:
            self.stdout.write(f"Nothing to do: {_count(len(models), 'model')}, no table missing.")
        else:
            self.stdout.write("Nothing to do: the installed apps have no models.")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
