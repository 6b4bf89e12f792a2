"""The migrations that there are on disk, and which of them a database has had.

In Django: `django.db.migrations.loader`.
"""

import sys
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module, invalidate_caches
from importlib.util import find_spec
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

from miniorm import configuration, registry
from miniorm.migrations.exceptions import (
    AmbiguityError,
    BadMigrationError,
    InconsistentMigrationHistory,
    NodeNotFoundError,
)
from miniorm.migrations.graph import MigrationGraph
from miniorm.migrations.migration import Migration, Name
from miniorm.migrations.recorder import MigrationRecorder
from miniorm.migrations.state import ProjectState
from miniorm.suggest import did_you_mean

NAMES_SHOWN = 10  # where a migration is not found


class MigrationLoader:
    """Every app's migrations as a graph; `applied` are those that the database has had.

    `modules` names the package of an app's migrations where it is not app.migrations.
    """

    def __init__(self, connection: Any = None, modules: Mapping[str, str] | None = None) -> None:
        self.connection = connection
        self.modules = {label: migrations_module(package)
                        for package, label in configuration.current().apps.items()}  # fmt: skip
        self.modules.update(modules or {})
        self.migrated_apps: set[str] = set()
        found = [each for label in self.modules for each in self._load(label)]
        for migration in found:
            self.check_known(str(migration), migration.dependencies)
        self.graph = MigrationGraph(found)
        self.applied: set[Name] = set()
        if connection is not None:
            self.applied = MigrationRecorder(connection).applied_migrations() & {*self.graph.nodes}

    def _load(self, label: str) -> list[Migration]:
        package_name = self.modules[label]
        invalidate_caches()
        try:
            if find_spec(package_name) is None:
                return []
        except ModuleNotFoundError:  # the package around it
            return []
        package = import_module(package_name)
        if not hasattr(package, "__path__"):
            return []
        self.migrated_apps.add(label)
        found = []
        for info in iter_modules(package.__path__):
            if info.name[0] in "_~" or info.ispkg:
                continue
            module = import_module(f"{package_name}.{info.name}")
            if not hasattr(module, "Migration"):
                raise BadMigrationError(f"{module.__name__} has no class Migration.")
            found.append(module.Migration(info.name, label))
        return found

    # --- what is asked -----------------------------------------------------------------

    def get(self, app_label: str, name: str) -> Migration:
        """The migration whose name begins so: "0002" is enough where it is the only one."""
        self.check_app(app_label)
        own = [key for key in self.graph.nodes if key[0] == app_label]
        found = [key for key in own if key[1] == name] or [
            key for key in own if key[1].startswith(name)
        ]
        if len(found) > 1:
            names = ", ".join(each for _, each in found)
            raise AmbiguityError(f"Several migrations of {app_label} begin with {name!r}: {names}.")
        if not found:
            known = sorted(each for _, each in own)
            has = f"it has {_few(known)}" if known else "it has none"
            raise NodeNotFoundError(
                f"{app_label} has no migration {name!r}; {has}.{did_you_mean(name, known)}"
            )
        return self.graph.nodes[found[0]]

    def check_label(self, app_label: str) -> None:
        if app_label not in self.modules:
            packages = configuration.current().apps.items()
            known = [label if label == package.rpartition(".")[2] else f"{label} ({package})"
                     for package, label in sorted(packages, key=lambda each: each[1])]  # fmt: skip
            raise NodeNotFoundError(
                f"There is no app {app_label!r}; there is {', '.join(known) or 'none'}."
                f"{did_you_mean(app_label, self.modules)}"
            )

    def check_app(self, app_label: str) -> None:
        self.check_label(app_label)
        if app_label not in self.migrated_apps:
            raise NodeNotFoundError(f"The app {app_label!r} has no migrations.")

    def check_known(self, who: str, dependencies: Iterable[Name]) -> None:
        """Raises NodeNotFoundError where one is of an app that there is not."""
        for app_label, _ in dependencies:
            if app_label not in self.modules:
                raise NodeNotFoundError(
                    f"{who} needs the app {app_label!r}, and that is not among the apps: "
                    f"{', '.join(self.modules)}.{did_you_mean(app_label, self.modules)}"
                )

    def conflicts(self) -> dict[str, list[str]]:
        """Apps with more than one last migration: written side by side, and not merged."""
        leaves: dict[str, list[str]] = {}
        for app_label, name in self.graph.leaf_nodes():
            leaves.setdefault(app_label, []).append(name)
        return {app_label: names for app_label, names in leaves.items() if len(names) > 1}

    def check_consistent_history(self) -> None:
        for key in sorted(self.applied):
            missing = sorted(self.graph.parents[key] - self.applied)
            if missing:
                raise InconsistentMigrationHistory(
                    f"{'.'.join(key)} is applied before its dependency {'.'.join(missing[0])} in "
                    f"the database {self.connection.alias!r}."
                )

    def base_state(self) -> ProjectState:
        """The state before all migrations: the models of apps that have none."""
        models = [
            model
            for model in registry.get_models()
            if model._meta.app_label not in self.migrated_apps
        ]
        return ProjectState.from_models(models)

    def project_state(self, targets: list[Name] | None = None) -> ProjectState:
        """The state after these migrations (or all) and what they need."""
        state = self.base_state()
        for key in self.graph.order(targets):
            state = self.graph.nodes[key].mutate_state(state)
        return state


def _few(names: Sequence[str]) -> str:
    """The names, of a long history the last ones."""
    more = f"{len(names) - NAMES_SHOWN} more, " if len(names) > NAMES_SHOWN else ""
    return f"{more}{', '.join(names[-NAMES_SHOWN:])}"


def migrations_module(package: str) -> str:
    """The package of an app's migrations: inside of it, or beside it where it is one file.

    Beside `notes.py` it is `notes_migrations`, for other files may stand there; beside a
    `models.py` it is `migrations`.
    """
    module = sys.modules.get(package)
    if module is not None:
        is_package = hasattr(module, "__path__")
    else:
        try:
            spec = find_spec(package)
        except ModuleNotFoundError:
            spec = None
        is_package = spec is None or spec.submodule_search_locations is not None
    if is_package:
        return f"{package}.migrations"
    return "migrations" if package == "models" else f"{package}_migrations"


def migrations_folder(dotted: str) -> Path:
    """Where the files of a package of migrations are, or are going to be."""
    try:
        spec = find_spec(dotted)
    except ModuleNotFoundError:
        spec = None
    for place in (spec.submodule_search_locations or ()) if spec else ():
        return Path(place)
    parent, _, name = dotted.rpartition(".")
    if not parent:
        return Path(name)
    package = import_module(parent)
    for place in getattr(package, "__path__", ()):
        return Path(place) / name
    raise BadMigrationError(f"{parent} is no package that migrations could be put into.")
