"""The engine of this project, `templating`, set up for the framework.

Step 7 of the trip: adds the `{% url %}` tag, the libraries of the framework and the
installed apps, and the context processors, the one for CSRF always among them.

In Django: django.template.backends.django.
"""

from collections.abc import Mapping
from importlib.util import find_spec
from pkgutil import iter_modules
from typing import Any

from miniframework.apps import apps
from miniframework.conf import settings
from miniframework.exceptions import ImproperlyConfigured
from miniframework.http import HttpRequest
from miniframework.suggest import did_you_mean
from templating import Context, Engine, Origin, RequestContext
from templating import Template as EngineTemplate

BUILTINS = ["miniframework.templatetags.urls"]
# Not for a project to forget: a form without its token is a form that does not work.
CONTEXT_PROCESSORS = ["miniframework.template.context_processors.csrf"]
OPTIONS = (
    "autoescape",
    "builtins",
    "context_processors",
    "debug",
    "file_charset",
    "libraries",
    "loaders",
    "max_depth",
    "string_if_invalid",
)


class DjangoTemplates:
    """A BACKEND for TEMPLATES: Django's template language."""

    def __init__(self, params: Mapping[str, Any]) -> None:
        self.name: str = params["NAME"]
        options = dict(params["OPTIONS"])
        for word in options:
            if word not in OPTIONS:
                raise ImproperlyConfigured(
                    f"TEMPLATES has the OPTION {word!r}; there are {', '.join(OPTIONS)}."
                    f"{did_you_mean(word, OPTIONS)}"
                )
        options.setdefault("debug", bool(settings.DEBUG))
        options["libraries"] = {**tag_libraries(), **options.get("libraries", {})}
        options["builtins"] = [*BUILTINS, *options.get("builtins", [])]
        options["context_processors"] = [
            *CONTEXT_PROCESSORS,
            *options.get("context_processors", []),
        ]
        self.dirs = list(params["DIRS"])
        self.app_dirs: bool = params["APP_DIRS"]
        self.engine = Engine(dirs=self.dirs, app_dirs=self.app_dirs, **options)

    def from_string(self, template_code: str) -> "Template":
        return Template(self.engine.from_string(template_code), self)

    def get_template(self, template_name: str) -> "Template":
        return Template(self.engine.get_template(template_name), self)


class Template:
    """The engine's template, which wants a Context, behind `render(dict, request)`."""

    def __init__(self, template: EngineTemplate, backend: DjangoTemplates) -> None:
        self.template = template
        self.backend = backend

    @property
    def origin(self) -> Origin:
        return self.template.origin

    def render(
        self, context: Mapping[str, Any] | None = None, request: HttpRequest | None = None
    ) -> str:
        return str(self.template.render(self._context(context, request)))

    def _context(self, context: Mapping[str, Any] | None, request: HttpRequest | None) -> Context:
        if context is not None and not isinstance(context, Mapping):
            raise TypeError(f"A template is rendered with a dict, and this is {context!r}.")
        values = dict(context or {})
        autoescape = self.backend.engine.autoescape
        if request is None:
            return Context(values, autoescape=autoescape)
        return RequestContext(request, values, autoescape=autoescape)


def tag_libraries() -> dict[str, str]:
    """What `{% load %}` finds: templatetags/ of the framework and of every installed app."""
    packages = ["miniframework"]
    if apps.apps_ready:
        packages += [config.name for config in apps.get_app_configs()]
    libraries: dict[str, str] = {}
    for package in packages:
        spec = find_spec(f"{package}.templatetags")
        for module in iter_modules(spec.submodule_search_locations if spec else []):
            libraries[module.name] = f"{package}.templatetags.{module.name}"
    return libraries
