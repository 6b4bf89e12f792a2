"""Which apps a project is made of.

No step of the trip: `setup()` fills this registry once, from INSTALLED_APPS, before the
first request. An app is a Python package with models, templates, static files or commands
in it; its `AppConfig` says what it is called.

Django: https://docs.djangoproject.com/en/5.2/ref/applications/
"""

import sys
from collections.abc import Iterable, Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

import miniorm.registry
from miniframework.exceptions import ImproperlyConfigured
from miniframework.suggest import did_you_mean


class AppRegistryNotReady(Exception):
    """The apps were asked about before `miniframework.setup()`."""


class AppConfig:
    """One installed app: `name` is its package, `label` its last part unless said."""

    name: str
    label: str
    verbose_name: str
    path: str
    default_auto_field: str | None = None

    def __init__(self, app_name: str, app_module: ModuleType) -> None:
        self.name = app_name
        self.module = app_module
        self.label = getattr(self, "label", app_name.rpartition(".")[2])
        self.verbose_name = getattr(self, "verbose_name", self.label.replace("_", " ").title())
        self.path = getattr(self, "path", str(_folder(app_module)))
        self.models_module: ModuleType | None = None
        if not self.label.isidentifier():
            raise ImproperlyConfigured(
                f"The app label {self.label!r} of {app_name!r} is not a Python identifier."
            )

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.label}>"

    def ready(self) -> None:
        """Called once, when all apps and their models are known."""

    def get_models(self) -> list[Any]:
        return list(miniorm.registry.get_models(self.label))

    def get_model(self, model_name: str) -> Any:
        """The model of this name, in any case; raises LookupError."""
        names = {model.__name__: model for model in self.get_models()}
        for name, model in names.items():
            if name.lower() == model_name.lower():
                return model
        raise LookupError(
            f"App {self.label!r} has no model {model_name!r}.{did_you_mean(model_name, names)}"
        )

    def import_models(self) -> None:
        if find_spec(f"{self.name}.models") is not None:
            self.models_module = import_module(f"{self.name}.models")

    @classmethod
    def create(cls, entry: str) -> "AppConfig":
        """From an entry of INSTALLED_APPS: "polls", or "polls.apps.PollsConfig"."""
        module_name, _, class_name = entry.rpartition(".")
        if module_name and _looks_like_class(class_name) and not _importable(entry):
            config_class = _config_class(entry, module_name, class_name)
        else:
            _check_importable(entry)
            config_class = _default_config(entry)
        name = getattr(config_class, "name", entry)
        return config_class(name, import_module(name))


class Apps:
    """The registry. There is one, `apps`; `setup()` fills it."""

    def __init__(self) -> None:
        self.app_configs: dict[str, AppConfig] = {}
        self.apps_ready = self.models_ready = self.ready = False

    def populate(self, installed: Iterable[str | AppConfig]) -> None:
        """Make the configs. A second call does nothing, so that `setup()` may be repeated."""
        if self.apps_ready:
            return
        configs: dict[str, AppConfig] = {}
        for entry in installed:
            config = entry if isinstance(entry, AppConfig) else AppConfig.create(entry)
            other = configs.setdefault(config.label, config)
            if other is not config:
                raise ImproperlyConfigured(
                    f"INSTALLED_APPS: {other.name!r} and {config.name!r} both have the label "
                    f"{config.label!r}; give one of them another in its AppConfig."
                )
        self.app_configs = configs
        self.apps_ready = True

    def import_models(self) -> None:
        """Import every app's models, then tell each app that all is ready."""
        if self.models_ready:
            return
        self._check_ready()
        for config in self.get_app_configs():
            config.import_models()
        self.models_ready = True
        for config in self.get_app_configs():
            config.ready()
        self.ready = True

    def clear(self) -> None:
        """Forget all apps: for tests."""
        self.__init__()  # type: ignore[misc]

    def get_app_configs(self) -> Iterator[AppConfig]:
        self._check_ready()
        return iter(self.app_configs.values())

    def get_app_config(self, label: str) -> AppConfig:
        """The app with this label; raises LookupError."""
        self._check_ready()
        try:
            return self.app_configs[label]
        except KeyError:
            known = self.app_configs
            by_name = next((config for config in known.values() if config.name == label), None)
            hint = f" Did you mean {by_name.label!r}?" if by_name else did_you_mean(label, known)
            raise LookupError(f"No installed app has the label {label!r}.{hint}") from None

    def get_models(self) -> list[Any]:
        return [model for config in self.get_app_configs() for model in config.get_models()]

    def get_model(self, app_label: str, model_name: str | None = None) -> Any:
        """`get_model("polls", "Question")` or `get_model("polls.Question")`."""
        if model_name is None:
            app_label, _, model_name = app_label.partition(".")
        return self.get_app_config(app_label).get_model(model_name)

    def is_installed(self, app_name: str) -> bool:
        return any(config.name == app_name for config in self.get_app_configs())

    def _check_ready(self) -> None:
        if not self.apps_ready:
            raise AppRegistryNotReady(
                "The apps are not loaded yet: call miniframework.setup() first."
            )


apps = Apps()


def _folder(module: ModuleType) -> Path:
    # A package without __init__.py has no file, but it does have a place.
    for folder in getattr(module, "__path__", []):
        return Path(folder)
    return Path(module.__file__ or ".").parent


def _looks_like_class(name: str) -> bool:
    return name[:1].isupper()


def _importable(name: str) -> bool:
    """Whether there is such a module; one that fails while it runs does exist."""
    try:
        return name in sys.modules or find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def _check_importable(entry: str) -> None:
    if _importable(entry):
        return
    parent, _, last = entry.rpartition(".")
    if parent and _importable(parent):
        near = [module.name for module in iter_modules(import_module(parent).__path__)]
    else:
        last = entry
        near = [module.name for module in iter_modules() if module.ispkg]
    raise ImproperlyConfigured(
        f"INSTALLED_APPS has {entry!r}, and there is no module of this name."
        f"{did_you_mean(last, near)}"
    )


def _config_class(entry: str, module_name: str, class_name: str) -> type[AppConfig]:
    _check_importable(module_name)
    module = import_module(module_name)
    config_class = getattr(module, class_name, None)
    known = _config_classes(module)
    if config_class is None:
        raise ImproperlyConfigured(
            f"INSTALLED_APPS has {entry!r}, and {module_name!r} has no class {class_name!r}."
            f"{did_you_mean(class_name, [known_class.__name__ for known_class in known])}"
        )
    if config_class not in known:
        raise ImproperlyConfigured(
            f"INSTALLED_APPS has {entry!r}, which is not a subclass of AppConfig with a `name`."
        )
    return known[known.index(config_class)]


def _default_config(name: str) -> type[AppConfig]:
    """The one AppConfig in `name.apps`; where there are several, the one with `default`."""
    if not hasattr(import_module(name), "__path__") or not _importable(f"{name}.apps"):
        return AppConfig
    classes = _config_classes(import_module(f"{name}.apps"))
    chosen = [config for config in classes if getattr(config, "default", len(classes) == 1)]
    return chosen[0] if len(chosen) == 1 else AppConfig


def _config_classes(module: ModuleType) -> list[type[AppConfig]]:
    return [
        value
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, AppConfig)
        and value is not AppConfig
        and hasattr(value, "name")
    ]
