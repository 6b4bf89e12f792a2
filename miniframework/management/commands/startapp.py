"""Make a new app in the project.

Django: https://docs.djangoproject.com/en/5.2/ref/django-admin/#startapp
"""

from argparse import ArgumentParser
from typing import Any

from miniframework.management.base import BaseCommand
from miniframework.management.new import add_place, place, write_files
from miniframework.management.scaffold import APP


class Command(BaseCommand):
    help = "Make a new app: a package with models, views and URLs."
    requires_project = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_place(parser, "polls")

    def handle(self, *args: Any, **options: Any) -> None:
        name, root = place(options, "an app")
        camel_case = "".join(word.capitalize() for word in name.split("_"))
        write_files(root, APP, {"name": name, "camel_case": camel_case})
        self.stdout.write(
            f"{name} is ready in {root.resolve()}. To use it, add {name!r} to INSTALLED_APPS in "
            f"the settings, and to the project's urls.py:\n\n"
            f'    path("{name}/", include("{name}.urls")),'
        )
