"""From steps to migrations: one list is cut up, so that each migration needs only finished ones.

In Django: `django.db.migrations.autodetector` (arrange_for_graph).
"""

from collections.abc import Iterable
from typing import NamedTuple

from miniorm.migrations.graph import MigrationGraph
from miniorm.migrations.migration import Migration, Name
from miniorm.migrations.operations import Operation
from miniorm.migrations.state import Key


class Step(NamedTuple):
    """An operation of an app, with the models of other apps that it speaks of."""

    app_label: str
    operation: Operation
    key: Key  # the model that it changes
    others: set[Key]


def arrange(
    steps: Iterable[Step], graph: MigrationGraph, name: str | None = None
) -> dict[str, list[Migration]]:
    """Each app's migrations: mostly one. Where two apps point at each other, one gets a second."""
    rest = list(steps)
    made_in: dict[Key, Migration] = {}  # the migration that last changed a model
    found: dict[str, list[Migration]] = {}
    while rest:
        ready = _ready(rest)
        own = found.setdefault(ready[0].app_label, [])
        migration = _migration(ready, graph, own, made_in, name)
        own.append(migration)
        made_in.update((step.key, migration) for step in ready)
        rest = [step for step in rest if step not in ready]
    return found


def _ready(steps: list[Step]) -> list[Step]:
    """The first steps of an app, as many as wait for no other app's: of the first app with some."""
    changed: set[Key] = set()  # by the steps so far
    ready: dict[str, list[Step]] = {}
    stopped: set[str] = set()
    for step in steps:
        if step.others & changed:
            stopped.add(step.app_label)
        if step.app_label not in stopped:
            ready.setdefault(step.app_label, []).append(step)
        changed.add(step.key)
    return next(iter(ready.values()))


def _migration(
    steps: list[Step],
    graph: MigrationGraph,
    own: list[Migration],
    made_in: dict[Key, Migration],
    name: str | None,
) -> Migration:
    app_label = steps[0].app_label
    earlier = [each.key for each in own[-1:]] or graph.leaf_nodes(app_label)
    needed = list(earlier)
    for key in sorted({key for step in steps for key in step.others}):
        there = [made_in[key].key] if key in made_in else graph.leaf_nodes(key[0])
        needed += there or [(key[0], "__first__")]  # whatever will be its first one
    migration = following(app_label, earlier, "")
    migration.dependencies = list(dict.fromkeys(needed))
    migration.operations = [step.operation for step in steps]
    migration.initial = None if earlier else True
    migration.name += name or migration.suggest_name()
    return migration


def following(app_label: str, earlier: list[Name], name: str) -> Migration:
    """A migration that comes after these, without steps: "0003_name"."""
    numbers = [each.partition("_")[0] for _, each in earlier]
    number = max((int(each) for each in numbers if each.isdigit()), default=0) + 1
    migration = Migration(f"{number:04}_{name}", app_label)
    migration.dependencies = list(earlier)
    return migration
