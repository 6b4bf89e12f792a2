"""What an operation is: one step of a migration, in the state and in the database.

In Django: `django.db.migrations.operations.base`.
"""

from typing import Any

from miniorm import configuration
from miniorm.deconstruction import Parts, import_path, parameters
from miniorm.migrations.state import ModelState, ProjectState


class Operation:
    """A step. A subclass says what it does to the state, and to the database both ways."""

    reversible = True
    reduces_to_sql = True
    atomic = False  # a transaction of its own, in a migration that is not one as a whole
    elidable = False
    # Options that deconstruct() leaves out where they have these values.
    usual: dict[str, Any] = {}

    def state_forwards(self, app_label: str, state: ProjectState) -> ProjectState | None:
        """The state after this step. None: the same."""
        raise NotImplementedError

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        raise NotImplementedError

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Undo it: `from_state` is the state with this step, `to_state` the one without."""
        raise NotImplementedError

    def describe(self) -> str:
        return f"{type(self).__name__}: {self.deconstruct()[2]}"

    @property
    def migration_name_fragment(self) -> str:
        """A word for the name of the migration: "question_votes"."""
        return ""

    def deconstruct(self) -> Parts:
        path = f"miniorm.migrations.{type(self).__name__}"
        kwargs = {}
        for name, default in parameters(type(self)).items():
            value = getattr(self, name)
            if value != self.usual.get(name, default) and value is not None:
                kwargs[name] = value
        return path, [], kwargs

    def __repr__(self) -> str:
        return f"<{self.describe()}>"

    # --- small words for the operations ----------------------------------------------------

    def allowed(self, schema_editor: Any, app_label: str, model: Any) -> bool:
        """Whether the table is ours to change, in this database."""
        meta = model._meta
        if not meta.managed or getattr(meta, "proxy", False):
            return False
        return may_migrate(schema_editor.connection.alias, app_label, meta.model_name)


def may_migrate(alias: str, app_label: str, model_name: str | None = None, **hints: Any) -> bool:
    """What the first router with an opinion says."""
    for named in configuration.current().routers:
        router = import_path(named)() if isinstance(named, str) else named
        if (method := getattr(router, "allow_migrate", None)) is not None:
            allowed = method(alias, app_label, model_name=model_name, **hints)
            if allowed is not None:
                return bool(allowed)
    return True


class ModelOperation(Operation):
    """A step that concerns one model."""

    def __init__(self, name: str) -> None:
        self.name = name

    @property
    def name_lower(self) -> str:
        return self.name.lower()

    def model_state(self, app_label: str, state: ProjectState) -> ModelState:
        return state.get(app_label, self.name)

    def model(self, app_label: str, state: ProjectState) -> Any:
        return state.model_class(app_label, self.name)
