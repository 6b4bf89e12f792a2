"""The settings of a project: one module of capital names over the defaults.

Before the first step of any trip. The environment variable MINIFRAMEWORK_SETTINGS_MODULE
names the module; it is imported when the first setting is asked for, not sooner, so that
importing the framework never needs a project. A program without a settings module says
`settings.configure(DEBUG=True, ...)` instead.

Django: https://docs.djangoproject.com/en/5.2/topics/settings/
"""

import importlib
import os
import pkgutil
from typing import Any

from miniframework.conf import global_settings
from miniframework.exceptions import ImproperlyConfigured
from miniframework.suggest import did_you_mean

ENVIRONMENT_VARIABLE = "MINIFRAMEWORK_SETTINGS_MODULE"

# A string in place of these ("*" for ["*"]) would be read letter by letter.
LIST_SETTINGS = {
    "ALLOWED_HOSTS",
    "CSRF_TRUSTED_ORIGINS",
    "INSTALLED_APPS",
    "MIDDLEWARE",
    "SECRET_KEY_FALLBACKS",
    "STATICFILES_DIRS",
    "TEMPLATES",
}

DEFAULTS = {name: value for name, value in vars(global_settings).items() if name.isupper()}


class LazySettings:
    """Attributes that come from the settings module when the first is asked for."""

    _values: dict[str, Any] | None = None
    _source = ""

    @property
    def configured(self) -> bool:
        return self._values is not None

    def configure(self, default_settings: Any = None, **options: Any) -> None:
        """Settings without a settings module: these over the defaults, once."""
        if self.configured:
            raise RuntimeError(f"The settings are configured already, from {self._source}.")
        for name in options:
            if not name.isupper():
                raise TypeError(
                    f"A setting is written in capitals: {name.upper()!r} instead of {name!r}."
                )
        below = DEFAULTS if default_settings is None else capital_names(default_settings)
        self._install({**below, **options}, "settings.configure()")

    def _install(self, values: dict[str, Any], source: str) -> None:
        check_lists(values, source)
        # The instance's own attributes keep what __getattr__ has answered: start afresh.
        self.__dict__.clear()
        self.__dict__.update(_values=values, _source=source)

    def _replace(self, values: dict[str, Any]) -> None:
        """Other values in place of these, for a test (`override_settings`)."""
        self._install(values, self._source)

    def _load(self) -> dict[str, Any]:
        if self._values is None:
            name = os.environ.get(ENVIRONMENT_VARIABLE, "")
            if not name:
                raise ImproperlyConfigured(
                    f"A setting is needed, and none are configured. Set the environment "
                    f"variable {ENVIRONMENT_VARIABLE} to a module's dotted name, such as "
                    f"'mysite.settings', or call settings.configure(...) first."
                )
            module = import_settings(name)
            self._install({**DEFAULTS, **capital_names(module), "SETTINGS_MODULE": name}, name)
        assert self._values is not None
        return self._values

    def __getattr__(self, name: str) -> Any:
        """Called for what the instance does not have yet; afterwards it is a plain attribute."""
        if name.startswith("__"):
            raise AttributeError(name)
        values = self._load()
        if name not in values:
            raise AttributeError(
                f"{self._source} has no setting {name!r}.{did_you_mean(name, values)}"
            )
        value = values[name]
        if name == "SECRET_KEY" and not value:
            raise ImproperlyConfigured(
                f"SECRET_KEY is empty in {self._source}. Whatever is signed is signed with "
                "it: give it a long random text that nobody else knows."
            )
        self.__dict__[name] = value
        return value

    def __setattr__(self, name: str, value: Any) -> None:
        self._load()[name] = value
        self.__dict__.pop(name, None)

    def __delattr__(self, name: str) -> None:
        del self._load()[name]
        self.__dict__.pop(name, None)

    def __dir__(self) -> list[str]:
        return sorted(self._load())

    def __repr__(self) -> str:
        return f"<Settings {self._source or 'not loaded yet'!r}>"

    def is_overridden(self, name: str) -> bool:
        """Whether the project gives this setting a value of its own."""
        values = self._load()
        return name in values and (name not in DEFAULTS or values[name] is not DEFAULTS[name])


def capital_names(holder: Any) -> dict[str, Any]:
    return {name: getattr(holder, name) for name in dir(holder) if name.isupper()}


def import_settings(name: str) -> Any:
    """The settings module; where it is missing, an error that says which part of it is."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        # A module that the settings themselves import in vain is another story.
        if error.name is None or not (name == error.name or name.startswith(f"{error.name}.")):
            raise
        parent, _, last = error.name.rpartition(".")
        raise ImproperlyConfigured(
            f"The settings module {name!r} ({ENVIRONMENT_VARIABLE}) cannot be imported: there "
            f"is no module {error.name!r}.{did_you_mean(last, modules_in(parent))} Python "
            f"looked in the current folder ({os.getcwd()}) if it was started there."
        ) from error


def modules_in(package: str) -> list[str]:
    """The names beside the one that was not found, to choose a suggestion from."""
    path = list(importlib.import_module(package).__path__) if package else None
    return [module.name for module in pkgutil.iter_modules(path)]


def check_lists(values: dict[str, Any], source: str) -> None:
    for name in LIST_SETTINGS & values.keys():
        if not isinstance(values[name], list | tuple):
            raise ImproperlyConfigured(
                f"{name} in {source} must be a list or a tuple; found {values[name]!r}."
            )


settings = LazySettings()
