"""The commands: makemigrations, migrate, sqlmigrate, showmigrations.

`python -m miniorm` and a project's manage.py both call these functions. What cannot be done
raises a MigrationError with a sentence.

In Django: `django.core.management.commands`.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from miniorm import registry
from miniorm.checks import problems
from miniorm.configuration import DEFAULT_ALIAS
from miniorm.connections import connections
from miniorm.errors import Error, FieldError
from miniorm.migrations.arrangement import following
from miniorm.migrations.autodetector import MigrationAutodetector
from miniorm.migrations.exceptions import CircularDependencyError, MigrationError
from miniorm.migrations.executor import MigrationExecutor, PlannedMigration
from miniorm.migrations.graph import MigrationGraph
from miniorm.migrations.loader import MigrationLoader
from miniorm.migrations.migration import Migration
from miniorm.migrations.questioner import MigrationQuestioner, questioner
from miniorm.migrations.state import ProjectState
from miniorm.migrations.writer import migration_text, write_migration
from miniorm.schema import create_tables

Tell = Callable[[str], Any]
Modules = Mapping[str, str] | None
Changes = Mapping[str, Sequence[Migration]]

SIGNS = {
    "Create": "+", "Add": "+", "Delete": "-", "Remove": "-", "Rename": "~", "Alter": "~",
    "Change": "~",
}  # fmt: skip


def makemigrations(
    labels: Sequence[str] = (),
    *,
    tell: Tell = print,
    dry_run: bool = False,
    merge: bool = False,
    empty: bool = False,
    check: bool = False,
    name: str | None = None,
    interactive: bool = True,
    modules: Modules = None,
    asking: MigrationQuestioner | None = None,
) -> int:
    """Write migrations for what changed in the models; the exit status.

    With `check` nothing is written, and 1 says that something would be.
    """
    if name is not None and not name.isidentifier():
        raise MigrationError(f"{name!r} cannot be the name of a migration: it names a module.")
    asking = asking or questioner(interactive, tell)
    loader = MigrationLoader(modules=modules)
    for label in labels:
        loader.check_label(label)
    conflicts = loader.conflicts()
    if merge:
        return _merge(loader, conflicts, asking, tell, dry_run, name)
    if conflicts:
        raise MigrationError(_conflict_sentence(conflicts))
    wanted = {*labels} or {*loader.migrated_apps}
    wrong = [*problems(each for each in registry.get_models() if each._meta.app_label in wanted)]
    if wrong:
        raise MigrationError("\n".join(["Nothing was written:", *wrong]))
    if empty:
        if not labels:
            raise MigrationError("An empty migration is made for an app that you name.")
        changes = {
            label: [following(label, loader.graph.leaf_nodes(label), name or "custom")]
            for label in labels
        }
    else:
        new_apps = wanted - loader.migrated_apps
        loader.migrated_apps |= new_apps  # from here on they have some: their state is empty
        changes = MigrationAutodetector(loader.project_state(), _state_of_models(), asking).changes(
            loader.graph, wanted, name
        )
    if not changes:
        tell(_no_changes(labels, loader))
        return 0
    _check_order(changes, loader)
    for found in changes.values():
        for migration in found:
            _tell_migration(migration, loader, tell, write=not (dry_run or check), show=dry_run)
    for label, other in _needing_the_first(changes):
        tell(f"{label} needs {other}, which has no migrations: makemigrations {other} begins them.")
    return 1 if check else 0


def _needing_the_first(changes: Changes) -> list[tuple[str, str]]:
    """(app, app without migrations that it points to)"""
    return sorted({
        (label, other)
        for label, found in changes.items()
        for migration in found
        for other, name in migration.dependencies
        if name == "__first__"
    })  # fmt: skip


def _check_order(changes: Changes, loader: MigrationLoader) -> None:
    """Raises a MigrationError where an empty database could never be led through all this."""
    new = [migration for found in changes.values() for migration in found]
    for migration in new:
        loader.check_known(migration.app_label, migration.dependencies)
    for label, other in _needing_the_first(changes):
        if label in _pointed_to(other):
            raise MigrationError(
                f"{label} and {other} point at each other, and {other} has no migrations: make "
                f"those of both at once, makemigrations {label} {other}."
            )
    try:
        MigrationGraph([*loader.graph.nodes.values(), *new])
    except CircularDependencyError as error:
        raise MigrationError(
            f"Nothing was written, for no order would do. {error} Take the field that closes the "
            "circle out of its model, run makemigrations, put it back, and run it again."
        ) from None


def _pointed_to(app_label: str) -> set[str]:
    """The apps whose models those of an app point to, over others too."""
    states = _state_of_models().models.values()
    found, new = {app_label}, {app_label}
    while new:
        new = {
            key[0] for state in states if state.app_label in new for key in state.neighbours()
        } - found
        found |= new
    return found - {app_label}


def _state_of_models() -> ProjectState:
    return ProjectState.from_models(registry.get_models())


def _no_changes(labels: Sequence[str], loader: MigrationLoader) -> str:
    if labels:
        return f"No changes detected in {', '.join(labels)}."
    unmigrated = sorted(
        {model._meta.app_label for model in registry.get_models()}
        & {*loader.modules} - loader.migrated_apps
    )
    if unmigrated:
        has = "have" if len(unmigrated) > 1 else "has"
        return (
            f"{', '.join(unmigrated)} {has} no migrations so far: makemigrations "
            f"{' '.join(unmigrated)} begins them."
        )
    return "No changes detected."


def _tell_migration(
    migration: Migration, loader: MigrationLoader, tell: Tell, write: bool, show: bool
) -> None:
    try:  # also where nothing is written: it may fail
        text = migration_text(migration)
    except ValueError as error:
        raise MigrationError(f"{migration} was not written: {error}") from error
    tell(f"Migrations for {migration.app_label!r}:")
    if write:
        path = write_migration(migration, loader.modules[migration.app_label])
        tell(f"  {os.path.relpath(path)}")
    else:
        tell(f"  {migration.name}.py")
    for operation in migration.operations:
        said = operation.describe()
        tell(f"    {SIGNS.get(said.partition(' ')[0], '?')} {said}")
    if show:
        tell(text)


def _conflict_sentence(conflicts: Mapping[str, Sequence[str]]) -> str:
    found = "; ".join(f"{', '.join(names)} in {label}" for label, names in conflicts.items())
    return (
        f"Several migrations are the last of their app: {found}. To join them run "
        "makemigrations --merge."
    )


def _merge(
    loader: MigrationLoader,
    conflicts: Mapping[str, list[str]],
    asking: MigrationQuestioner,
    tell: Tell,
    dry_run: bool,
    name: str | None,
) -> int:
    if not conflicts:
        tell("No conflicts detected to merge.")
        return 0
    for label, names in conflicts.items():
        tell(f"Merging {label}:")
        for each in names:
            tell(f"  {each}")
            for operation in loader.graph.nodes[label, each].operations:
                tell(f"    {operation.describe()}")
        if asking.ask_merge(label):
            leaves = [(label, each) for each in names]
            joined = "_".join(each.partition("_")[2] or each for each in names)
            migration = following(label, leaves, name or f"merge_{joined}"[:60])
            _tell_migration(migration, loader, tell, write=not dry_run, show=dry_run)
    return 0


# --- migrate --------------------------------------------------------------------------


def migrate(
    app_label: str | None = None,
    migration_name: str | None = None,
    *,
    using: str = DEFAULT_ALIAS,
    tell: Tell = print,
    fake: bool = False,
    fake_initial: bool = False,
    plan: bool = False,
    check: bool = False,
    modules: Modules = None,
) -> int:
    """Bring a database to a migration, or to the last of every app; the exit status.

    "zero" as the migration undoes all of the app. Models of apps without migrations get the
    tables that are missing.
    """
    begun: list[Migration] = []
    executor = MigrationExecutor(connections[using], _telling(tell, begun), modules)
    loader = executor.loader
    loader.check_consistent_history()
    if conflicts := loader.conflicts():
        raise MigrationError(_conflict_sentence(conflicts))
    targets = _targets(loader, app_label, migration_name)
    steps = executor.migration_plan(targets)
    if plan or check:
        _tell_plan(steps, tell)
        return 1 if check and steps else 0
    if app_label is not None and not fake:
        _check_needed_tables(steps, loader)
    if app_label is None:
        for table in create_tables(_unmigrated_models(loader), using=using):
            tell(f"  created {table}")
    if not steps:
        tell("No migrations to apply.")
        if app_label is None:
            _tell_of_changes(loader, tell)
        return 0
    try:
        executor.migrate(targets, steps, fake, fake_initial)
    except (Error, FieldError, ValueError) as error:
        if not begun:
            raise
        done = "applying" if begun[-1].key not in loader.applied else "undoing"
        why = f"While {done} {begun[-1]}: {error}{_made_without(executor, begun[-1])}"
        raise MigrationError(why) from error
    return 0


def _check_needed_tables(steps: Sequence[PlannedMigration], loader: MigrationLoader) -> None:
    """Raises a MigrationError where a step points to an app whose tables nobody has made."""
    there = loader.connection.introspection.table_names()
    needed = [
        (migration, other)
        for migration, backwards in steps if not backwards
        for other, _ in migration.dependencies if other not in loader.migrated_apps
    ]  # fmt: skip
    for migration, other in needed:
        if any(model._meta.db_table not in there for model in registry.get_models(other)):
            raise MigrationError(
                f"{migration} needs {other}, which has no migrations and no tables so far: begin "
                f"some with makemigrations {other}, or say migrate alone, which makes its tables."
            )


def _made_without(executor: MigrationExecutor, migration: Migration) -> str:
    """What to do where the tables that a migration makes are there."""
    state = executor.loader.project_state([migration.key])
    if migration.key in executor.loader.applied or not executor.tables_are_there(migration, state):
        return ""
    return (
        ". Its tables were made without migrations. If they are as the models were then, "
        "migrate --fake-initial notes it as applied."
    )


def _targets(
    loader: MigrationLoader, app_label: str | None, name: str | None
) -> list[tuple[str, str | None]] | None:
    if app_label is None:
        return None
    loader.check_app(app_label)
    if name is None:
        return list(loader.graph.leaf_nodes(app_label))
    if name == "zero":
        return [(app_label, None)]
    return [loader.get(app_label, name).key]


def _unmigrated_models(loader: MigrationLoader) -> list[Any]:
    return [
        model
        for model in registry.get_models()
        if model._meta.app_label not in loader.migrated_apps
        and model._meta.app_label in loader.modules
    ]


def _tell_of_changes(loader: MigrationLoader, tell: Tell) -> None:
    found = MigrationAutodetector(loader.project_state(), _state_of_models()).detect(
        {*loader.migrated_apps}
    )
    if found:
        apps = ", ".join(sorted({step.app_label for step in found}))
        tell(f"The models of {apps} have changes that no migration has: run makemigrations.")


def _telling(tell: Tell, begun: list[Migration]) -> Callable[[str, Migration, bool], None]:
    def progress(action: str, migration: Migration, fake: bool) -> None:
        begun.append(migration)
        done = {"apply_success": "applied", "unapply_success": "undone"}.get(action)
        if done:
            tell(f"  {done} {migration}{' (only noted)' if fake else ''}")

    return progress


def _tell_plan(steps: Sequence[PlannedMigration], tell: Tell) -> None:
    if not steps:
        tell("No planned migration operations.")
    for migration, backwards in steps:
        tell(str(migration))
        operations = reversed(migration.operations) if backwards else migration.operations
        for operation in operations:
            tell(f"    {'Undo ' if backwards else ''}{operation.describe()}")


# --- looking --------------------------------------------------------------------------


def sqlmigrate(
    app_label: str,
    migration_name: str,
    *,
    using: str = DEFAULT_ALIAS,
    tell: Tell = print,
    backwards: bool = False,
    modules: Modules = None,
) -> int:
    """Show the SQL of a migration."""
    connection = connections[using]
    executor = MigrationExecutor(connection, modules=modules)
    migration = executor.loader.get(app_label, migration_name)
    found = executor.collect_sql(migration.key, backwards)
    if migration.atomic:
        found = ["BEGIN;", *found, "COMMIT;"]
    tell("\n".join(found))
    return 0


def showmigrations(
    labels: Sequence[str] = (),
    *,
    using: str = DEFAULT_ALIAS,
    tell: Tell = print,
    plan: bool = False,
    modules: Modules = None,
) -> int:
    """List the migrations, with a cross before those that the database has had."""
    loader = MigrationLoader(connections[using], modules)
    for label in labels:
        loader.check_label(label)
    order = loader.graph.order()
    if plan:
        for key in order:
            if not labels or key[0] in labels:
                tell(f"[{'X' if key in loader.applied else ' '}]  {'.'.join(key)}")
        return 0
    for label in labels or sorted(loader.modules):
        tell(label)
        own = [key for key in order if key[0] == label]
        for key in own:
            tell(f" [{'X' if key in loader.applied else ' '}] {key[1]}")
        if not own:
            tell(" (no migrations)")
    return 0
