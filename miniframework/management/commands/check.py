"""Look the project over without serving it: settings, models, URLs, templates.

Django: https://docs.djangoproject.com/en/5.2/ref/django-admin/#check
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from miniframework.apps import apps
from miniframework.conf import global_settings, settings
from miniframework.exceptions import ImproperlyConfigured
from miniframework.management.base import BaseCommand, CommandError
from miniframework.suggest import did_you_mean
from miniframework.template import engines
from miniframework.template.registry import app_template_directories
from miniframework.urls import URLPattern, URLResolver, get_resolver
from miniframework.urls.routes import PathRoute
from miniorm.checks import problems
from templating import TemplateDoesNotExist, TemplateSyntaxError

TEMPLATE_SUFFIXES = {".html", ".txt", ".xml"}


class Command(BaseCommand):
    help = "Look for mistakes in the settings, the models, the URLconf and the templates."

    def handle(self, *args: Any, **options: Any) -> None:
        found = [
            *setting_problems(),
            *model_problems(),
            *url_problems(),
            *template_problems(),
        ]
        for problem in found:
            self.stderr.write(problem)
        if found:
            count = len(found)
            raise CommandError(f"{count} problem{'s' if count > 1 else ''} found.")
        self.stdout.write(self.style.SUCCESS("No problems found."))


def setting_problems() -> Iterator[str]:
    try:
        _ = settings.SECRET_KEY
    except ImproperlyConfigured as error:
        yield f"settings: {error}"
    if not settings.DEBUG and not settings.ALLOWED_HOSTS:
        yield "settings: with DEBUG off and ALLOWED_HOSTS empty every request is refused."
    for entry in getattr(settings, "STATICFILES_DIRS", ()):
        folder = entry[1] if isinstance(entry, list | tuple) else entry
        if not Path(folder).is_dir():
            yield f"settings: STATICFILES_DIRS names {str(folder)!r}, which is not a folder."

    known = [name for name in dir(global_settings) if name.isupper()]
    known.append("SETTINGS_MODULE")  # where they come from, which they say themselves
    for name in dir(settings):
        # A setting of the project's own is fine; one that is nearly one of ours is a slip.
        if name.isupper() and name not in known and (hint := did_you_mean(name, known)):
            yield f"settings: there is no setting {name!r}.{hint}"


def model_problems() -> Iterator[str]:
    """Foreign keys to models that nobody has defined, options that name no field."""
    for problem in problems(apps.get_models()):
        yield f"models: {problem}"


def url_problems() -> Iterator[str]:
    if not getattr(settings, "ROOT_URLCONF", None):
        yield "settings: ROOT_URLCONF is missing; it names the module with `urlpatterns`."
        return
    try:
        yield from _route_problems(get_resolver())
    except (ImproperlyConfigured, ImportError, TypeError) as error:
        yield f"urls: {error}"


def _route_problems(resolver: URLResolver) -> Iterator[str]:
    for pattern in resolver.url_patterns:
        route = str(pattern.pattern)
        if isinstance(pattern.pattern, PathRoute):
            if route.startswith("/"):
                yield f"urls: the route {route!r} begins with a slash, which is there already."
            if route.startswith("^") or route.endswith("$") or "(?P<" in route:
                yield f"urls: the route {route!r} looks like a regular expression: use re_path()."
        if isinstance(pattern, URLPattern):
            if pattern.name and ":" in pattern.name:
                yield f"urls: the name {pattern.name!r} has a colon, which is for namespaces."
        else:
            if isinstance(pattern.pattern, PathRoute) and route and not route.endswith("/"):
                yield f"urls: the route {route!r} of an include() does not end in a slash."
            yield from _route_problems(pattern)


def template_problems() -> Iterator[str]:
    for engine in engines.all():
        folders = [Path(folder) for folder in getattr(engine, "dirs", ())]
        if getattr(engine, "app_dirs", False):
            folders += app_template_directories()
        for name in _template_names(folders):
            try:
                engine.get_template(name)
            except (TemplateSyntaxError, TemplateDoesNotExist, UnicodeDecodeError) as error:
                yield f"template {name}: {error}"


def _template_names(folders: list[Path]) -> list[str]:
    return sorted(
        {
            file.relative_to(folder).as_posix()
            for folder in folders
            for file in folder.rglob("*")
            if file.suffix in TEMPLATE_SUFFIXES and file.is_file()
        }
    )
