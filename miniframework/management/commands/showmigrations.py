"""List the migrations, and which of them the database has had.

Django: https://docs.djangoproject.com/en/5.2/ref/django-admin/#showmigrations
"""

from argparse import ArgumentParser
from typing import Any

from miniframework.conf import settings
from miniframework.management.base import BaseCommand
from miniorm.migrations.commands import showmigrations


class Command(BaseCommand):
    help = "List the migrations, and which of them the database has had."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("app_label", nargs="*", help="these apps only")
        parser.add_argument("--database", default="default", help="which of DATABASES (default)")
        parser.add_argument("-p", "--plan", action="store_true", help="in order of application")

    def handle(self, *args: Any, **options: Any) -> None:
        showmigrations(
            options["app_label"],
            using=options["database"],
            tell=self.stdout.write,
            plan=options["plan"],
            modules=settings.MIGRATION_MODULES,
        )
