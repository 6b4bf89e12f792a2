"""Write what changed in the models as migrations.

Django: https://docs.djangoproject.com/en/5.2/ref/django-admin/#makemigrations
"""

from argparse import ArgumentParser
from typing import Any

from miniframework.conf import settings
from miniframework.management.base import BaseCommand, CommandError
from miniorm.migrations.commands import makemigrations


class Command(BaseCommand):
    help = "Write what changed in the models as migrations."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("app_label", nargs="*", help="the apps (default: with migrations)")
        parser.add_argument("-n", "--name", help="the name of the migration, after its number")
        for flag, summary in (
            ("--dry-run", "show it and write nothing"),
            ("--empty", "write one without steps, to be filled in"),
            ("--merge", "join migrations that were written side by side"),
        ):
            parser.add_argument(flag, action="store_true", help=summary)
        parser.add_argument(
            "--check",
            action="store_true",
            help="write nothing; exit status 1 if something would be",
        )
        parser.add_argument(
            "--no-input", "--noinput", action="store_false", dest="interactive", help="ask nothing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        status = makemigrations(
            options["app_label"],
            tell=self.stdout.write if options["verbosity"] else lambda text: None,
            name=options["name"],
            dry_run=options["dry_run"],
            empty=options["empty"],
            merge=options["merge"],
            check=options["check"],
            interactive=options["interactive"],
            modules=settings.MIGRATION_MODULES,
        )
        if status:
            raise CommandError("the models have changes that no migration has.")
