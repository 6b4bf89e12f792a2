"""Which migration needs which: the order in which all can be applied.

In Django: `django.db.migrations.graph`.
"""

from collections.abc import Iterable

from miniorm.migrations.exceptions import CircularDependencyError, NodeNotFoundError
from miniorm.migrations.migration import Migration, Name
from miniorm.suggest import did_you_mean


class MigrationGraph:
    """Migrations by name, with what each needs (parents) and what needs it (children)."""

    def __init__(self, migrations: Iterable[Migration] = ()) -> None:
        self.nodes: dict[Name, Migration] = {each.key: each for each in migrations}
        self.parents: dict[Name, set[Name]] = {key: set() for key in self.nodes}
        self.children: dict[Name, set[Name]] = {key: set() for key in self.nodes}
        for migration in self.nodes.values():
            for needed in migration.dependencies:
                self._link(migration, needed, migration.key)
            for later in migration.run_before:
                self._link(migration, migration.key, later)
        self.order()  # raises for a circle

    def _link(self, migration: Migration, needed: Name, by: Name) -> None:
        ends = [self._resolve(migration, end) for end in (needed, by)]
        if None in ends:
            return
        first, second = ends
        assert first is not None
        assert second is not None
        self.parents[second].add(first)
        self.children[first].add(second)

    def _resolve(self, migration: Migration, name: Name) -> Name | None:
        """The node of that name; None for the first or last of an app without migrations."""
        app_label, wanted = name
        if wanted in ("__first__", "__latest__"):
            own = sorted(key for key in self.nodes if key[0] == app_label)
            if not own:
                return None
            return self.root_nodes(app_label)[0] if wanted == "__first__" else own[-1]
        if name not in self.nodes:
            known = [each for app, each in self.nodes if app == app_label]
            raise NodeNotFoundError(
                f"{migration} needs {app_label}.{wanted}, and there is no such migration."
                f"{did_you_mean(wanted, known)}"
            )
        return name

    def root_nodes(self, app_label: str) -> list[Name]:
        """The first migrations of an app: those that need no other of it."""
        needs = {key: [each for each in self.nodes[key].dependencies if each[0] == app_label]
                 for key in self.nodes if key[0] == app_label}  # fmt: skip
        return sorted(key for key, needed in needs.items() if not needed)

    def leaf_nodes(self, app_label: str | None = None) -> list[Name]:
        """The last migrations: those that no other of their app needs."""
        return sorted(
            key
            for key, children in self.children.items()
            if app_label in (None, key[0]) and not any(each[0] == key[0] for each in children)
        )

    def order(self, targets: Iterable[Name] | None = None) -> list[Name]:
        """These migrations (or all) with all that they need, each after what it needs."""
        placed: dict[Name, None] = {}
        wanted = sorted(self.nodes) if targets is None else list(targets)
        for target in wanted:
            self._place(target, self.parents, placed)
        return list(placed)

    def backwards_order(self, target: Name) -> list[Name]:
        """The migration with all that need it, each after what needs it: how to undo it."""
        placed: dict[Name, None] = {}
        self._place(target, self.children, placed)
        return list(placed)

    def _place(self, start: Name, links: dict[Name, set[Name]], placed: dict[Name, None]) -> None:
        # A stack of its own: a history may be longer than Python's calls go deep.
        trail: list[tuple[Name, list[Name]]] = [(start, sorted(links[start]))]
        while trail:
            node, rest = trail[-1]
            if node in placed or not rest:
                placed.setdefault(node)
                trail.pop()
                continue
            following = rest.pop(0)
            if any(following == each for each, _ in trail):
                circle = " -> ".join(".".join(each) for each, _ in trail)
                raise CircularDependencyError(f"These migrations need each other: {circle}.")
            if following not in placed:
                trail.append((following, sorted(links[following])))
