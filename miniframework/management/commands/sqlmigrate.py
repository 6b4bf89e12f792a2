"""Show the SQL of a migration.

Django: https://docs.djangoproject.com/en/5.2/ref/django-admin/#sqlmigrate
"""

from argparse import ArgumentParser
from typing import Any

from miniframework.conf import settings
from miniframework.management.base import BaseCommand
from miniorm.migrations.commands import sqlmigrate


class Command(BaseCommand):
    help = "Show the SQL of a migration."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("app_label")
        parser.add_argument("migration_name", help="or how it begins: 0001")
        parser.add_argument("--database", default="default", help="which of DATABASES (default)")
        parser.add_argument("--backwards", action="store_true", help="of its undoing")

    def handle(self, *args: Any, **options: Any) -> None:
        sqlmigrate(
            options["app_label"],
            options["migration_name"],
            using=options["database"],
            tell=self.stdout.write,
            backwards=options["backwards"],
            modules=settings.MIGRATION_MODULES,
        )
