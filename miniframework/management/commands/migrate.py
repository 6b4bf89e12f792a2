"""Bring the database to what the models say: creates the tables that are missing.

Django: https://docs.djangoproject.com/en/5.2/ref/django-admin/#migrate (--run-syncdb)
"""

from argparse import ArgumentParser
from typing import Any

from miniframework.apps import apps
from miniframework.management.base import BaseCommand, CommandError
from miniorm.connections import connections
from miniorm.schema import create_tables


class Command(BaseCommand):
    help = "Create the tables that the models need and the database lacks."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--database", default="default", help="which of DATABASES (default)")
        parser.add_argument("--run-syncdb", action="store_true", help="what it does anyway")

    def handle(self, *args: Any, **options: Any) -> None:
        models = apps.get_models()
        made = create_tables(models, using=options["database"])
        if options["verbosity"]:
            self._tell(models, made)
        lacking = missing_columns(models, options["database"])
        if lacking:
            raise CommandError(
                f"{', '.join(lacking)} not in the database. Tables are made here and not altered so"
                " far: add the column with SQL (manage.py shell, connection.execute), or, where"
                " the data may go, drop the table and migrate again."
            )

    def _tell(self, models: list[Any], made: list[str]) -> None:
        for table in made:
            self.stdout.write(f"  created {table}")
        if made:
            self.stdout.write(self.style.SUCCESS(f"{_count(len(made), 'table')} created."))
        elif models:
            self.stdout.write(f"Nothing to do: {_count(len(models), 'model')}, no table missing.")
        else:
            self.stdout.write("Nothing to do: the installed apps have no models.")


def missing_columns(models: list[Any], using: str) -> list[str]:
    """Columns of the models, as "polls_question.extra", that their tables do not have."""
    introspection = connections[using].introspection
    found = []
    for table, model in {model._meta.db_table: model for model in models}.items():
        columns = set(introspection.column_names(table))
        wanted = [field.column for field in model._meta.local_fields]
        found += [f"{table}.{column}" for column in wanted if column not in columns]
    return found


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
