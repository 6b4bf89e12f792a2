"""The engines of the setting TEMPLATES, by alias.

Django: https://docs.djangoproject.com/en/5.2/ref/settings/#templates
"""

from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import templating
from miniframework.apps import apps
from miniframework.conf import settings
from miniframework.exceptions import ImproperlyConfigured
from miniframework.suggest import did_you_mean

KNOWN = ("BACKEND", "NAME", "DIRS", "APP_DIRS", "OPTIONS")


class BackendTemplate(Protocol):
    def render(self, context: Mapping[str, Any] | None = None, request: Any = None) -> str: ...


class Backend(Protocol):
    """What a BACKEND must be able to do; its templates have `render(context, request)`."""

    def from_string(self, template_code: str) -> BackendTemplate: ...

    def get_template(self, template_name: str) -> BackendTemplate: ...


class Engines:
    """All engines, in the order of TEMPLATES. Made when first needed."""

    def __init__(self) -> None:
        self._engines: dict[str, Backend] | None = None

    def configure(self) -> None:
        """Make the engines, anew where there were some."""
        templating.configure(
            app_directories=app_template_directories(),
            time_zone=getattr(settings, "TIME_ZONE", None),
            use_tz=getattr(settings, "USE_TZ", True),
            language_code=getattr(settings, "LANGUAGE_CODE", None),
            languages=getattr(settings, "LANGUAGES", None),
        )
        made: dict[str, Backend] = {}
        for entry in getattr(settings, "TEMPLATES", None) or []:
            alias, backend = self._make(entry)
            if alias in made:
                raise ImproperlyConfigured(
                    f"TEMPLATES has two engines named {alias!r}; give one another NAME."
                )
            made[alias] = backend
        self._engines = made
        default = next((e.engine for e in made.values() if hasattr(e, "engine")), None)
        templating.configure(default_engine=default)

    def _make(self, entry: Mapping[str, Any]) -> tuple[str, Backend]:
        if unknown := set(entry) - set(KNOWN):
            word = sorted(unknown)[0]
            raise ImproperlyConfigured(
                f"TEMPLATES has an entry with {word!r}; there are {', '.join(KNOWN)}."
                f"{did_you_mean(word, KNOWN)}"
            )
        dotted = entry.get("BACKEND", "")
        module, _, name = dotted.rpartition(".")
        try:
            backend_class = getattr(import_module(module), name)
        except (ImportError, AttributeError, ValueError) as error:
            raise ImproperlyConfigured(
                f"TEMPLATES has the BACKEND {dotted!r}, which cannot be imported ({error}). "
                "Ours is 'miniframework.template.backends.django.DjangoTemplates'."
            ) from error
        alias = entry.get("NAME") or module.rpartition(".")[2] or "default"
        backend: Backend = backend_class(
            {
                "NAME": alias,
                "DIRS": list(entry.get("DIRS", [])),
                "APP_DIRS": bool(entry.get("APP_DIRS", False)),
                "OPTIONS": dict(entry.get("OPTIONS", {})),
            }
        )
        return alias, backend

    def _all(self) -> dict[str, Backend]:
        if self._engines is None:
            self.configure()
        return self._engines or {}

    def __getitem__(self, alias: str) -> Backend:
        known = self._all()
        try:
            return known[alias]
        except KeyError:
            raise ImproperlyConfigured(
                f"TEMPLATES has no engine named {alias!r}.{did_you_mean(alias, known)}"
            ) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def all(self) -> list[Backend]:
        return list(self._all().values())


engines = Engines()


def configure_engines() -> None:
    """Make the engines of settings.TEMPLATES: the last thing that `setup()` does."""
    engines.configure()


def app_template_directories() -> tuple[Path, ...]:
    """The folder templates/ of every installed app that has one, in their order."""
    if not apps.apps_ready:
        return ()
    folders = (Path(config.path) / "templates" for config in apps.get_app_configs())
    return tuple(folder for folder in folders if folder.is_dir())
