"""Bring the database to what the migrations say; apps without any get the tables they lack.

Django: https://docs.djangoproject.com/en/5.2/ref/django-admin/#migrate (--run-syncdb is what it
does anyway)
"""

from argparse import ArgumentParser
from typing import Any

from miniframework.apps import apps
from miniframework.conf import settings
from miniframework.management.base import BaseCommand, CommandError
from miniorm.connections import connections
from miniorm.migrations.commands import migrate
from miniorm.migrations.loader import MigrationLoader
from miniorm.schema import create_tables


class Command(BaseCommand):
    help = "Apply the migrations, and create the tables of apps that have none."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("app_label", nargs="?", help="this app only")
        parser.add_argument("migration_name", nargs="?", help="up or back to it; zero undoes all")
        parser.add_argument("--database", default="default", help="which of DATABASES (default)")
        for flag, summary in (
            ("--fake", "note it as done, and do nothing"),
            ("--fake-initial", "the same for first migrations whose tables are there"),
            ("--plan", "show what would be done"),
            ("--check", "do nothing; exit status 1 if something would be done"),
            ("--run-syncdb", "what it does anyway"),
        ):
            parser.add_argument(flag, action="store_true", help=summary)
        parser.add_argument("--no-input", "--noinput", action="store_true", help="it never asks")

    def handle(self, *args: Any, **options: Any) -> None:
        using = options["database"]
        migrated = MigrationLoader(modules=settings.MIGRATION_MODULES).migrated_apps
        whole = options["app_label"] is None and not (options["plan"] or options["check"])
        models = [each for each in apps.get_models() if each._meta.app_label not in migrated]
        if whole:
            made = create_tables(models, using=using)
            if options["verbosity"]:
                self._tell(models, made, migrated)
        if migrated or not whole:
            self._migrate(options)
        lacking = missing_columns(models, using) if whole else []
        if lacking:
            raise CommandError(
                f"{', '.join(lacking)} not in the database. Tables of an app without migrations are"
                " made and not altered: begin some with makemigrations and the app's name, and"
                " migrate with --fake-initial; or, where the data may go, drop the table."
            )

    def _migrate(self, options: dict[str, Any]) -> None:
        status = migrate(
            options["app_label"],
            options["migration_name"],
            using=options["database"],
            tell=self.stdout.write if options["verbosity"] else lambda text: None,
            fake=options["fake"],
            fake_initial=options["fake_initial"],
            plan=options["plan"],
            check=options["check"],
            modules=settings.MIGRATION_MODULES,
        )
        if status:
            raise CommandError("there are migrations to apply.")

    def _tell(self, models: list[Any], made: list[str], migrated: set[str]) -> None:
        for table in made:
            self.stdout.write(f"  created {table}")
        if made:
            self.stdout.write(self.style.SUCCESS(f"{_count(len(made), 'table')} created."))
        elif models:
            self.stdout.write(f"Nothing to do: {_count(len(models), 'model')}, no table missing.")
        elif not migrated:
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
