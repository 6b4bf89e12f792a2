"""Make a new app in the project.

Django: https://docs.djangoproject.com/en/5.2/ref/django-admin/#startapp
"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from miniframework.management.base import BaseCommand, CommandError
from miniframework.management.new import check_name, write_files
from miniframework.management.scaffold import APP


class Command(BaseCommand):
    help = "Make a new app: a package with models, views and URLs."
    requires_project = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="its name, a Python identifier: polls")
        parser.add_argument("directory", nargs="?", help="where (a new folder of that name)")

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["name"]
        root = Path(options["directory"] or name)
        if options["directory"] is None and root.exists():
            raise CommandError(f"{root} exists already, and is left as it is.")
        check_name(name, "an app")
        camel_case = "".join(word.capitalize() for word in name.split("_"))
        write_files(root, APP, {"name": name, "camel_case": camel_case})
        self.stdout.write(
            f"{name} is ready in {root.resolve()}. To use it, add {name!r} to INSTALLED_APPS in "
            f"the settings, and to the project's urls.py:\n\n"
            f'    path("{name}/", include("{name}.urls")),'
        )
