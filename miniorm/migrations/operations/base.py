"""What an operation is: one step of a migration, in the state and in the database.

A step says what it is about, its subject: a model, a field, an index. What is to be done to the
database follows from the two states it leads from and to: a subject that is only in the second
is made, one that is only in the first is taken away, one in both is altered. So the way back is
the way there with the states exchanged, and is written nowhere.

In Django: `django.db.migrations.operations.base`.
"""

from typing import Any, NamedTuple

from miniorm import configuration
from miniorm.deconstruction import Parts, deconstruct_value, import_path
from miniorm.migrations.state import ModelState, ProjectState


class Move(NamedTuple):
    """A step taken in a database: from one state to another."""

    editor: Any
    app_label: str
    before: ProjectState
    after: ProjectState
    backwards: bool = False
    model: Any = None  # the class of the table that changes


class Operation:
    """A step. A subclass says what it does to the state, and to the database both ways."""

    reversible = True
    reduces_to_sql = True
    atomic: bool | None = False  # a transaction of its own, in a migration that is not one
    elidable = False
    # What describe() says and what the migration's name has of it, with the step's attributes.
    told = ""
    fragment = ""

    def state_forwards(self, app_label: str, state: ProjectState) -> ProjectState | None:
        """The state after this step. None: the same."""
        raise NotImplementedError

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        self.take(Move(schema_editor, app_label, from_state, to_state))

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Undo it: `from_state` is the state with this step, `to_state` the one without."""
        self.take(Move(schema_editor, app_label, from_state, to_state, backwards=True))

    def take(self, move: Move) -> None:
        """There or back, for the steps that say both in one."""
        raise NotImplementedError

    def describe(self) -> str:
        if not self.told:
            return f"{type(self).__name__}: {self.deconstruct()[2]}"
        return self.told.format_map(vars(self))

    @property
    def migration_name_fragment(self) -> str:
        """A word for the name of the migration: "question_votes"."""
        return self.fragment.format_map(vars(self)).lower()

    def deconstruct(self) -> Parts:
        return deconstruct_value(self)

    def __repr__(self) -> str:
        return f"<{self.describe()}>"


class ModelOperation(Operation):
    """A step about the model `name`."""

    name: str

    @property
    def names(self) -> tuple[str, str]:
        """What its subject is called before and after."""
        return self.name, self.name

    def changed(self, model: ModelState) -> ModelState:
        """The model's state after this step."""
        raise NotImplementedError

    def change(self, move: Move, old: Any, new: Any) -> None:
        """Bring the database from the old subject to the new one; None: there is none."""
        raise NotImplementedError

    def state_forwards(self, app_label: str, state: ProjectState) -> ProjectState:
        return state.put(self.changed(state.get(app_label, self.name)))

    def take(self, move: Move) -> None:
        names = self.names[::-1] if move.backwards else self.names
        old, new = (
            self.subject(move.app_label, state, name)
            for state, name in zip((move.before, move.after), names, strict=True)
        )
        model = self.owner(move, old, new)
        meta, alias = model._meta, move.editor.connection.alias
        ours = meta.managed and not meta.proxy
        if ours and may_migrate(alias, move.app_label, meta.model_name):
            self.change(move._replace(model=model), old, new)

    def subject(self, app_label: str, state: ProjectState, name: str) -> Any:
        """The model's class in a state, if it is there."""
        known = (app_label, name.lower()) in state.models
        return state.model_class(app_label, name) if known else None

    def owner(self, move: Move, old: Any, new: Any) -> Any:
        """The model whose table it is."""
        return new or old


class PartOperation(ModelOperation):
    """A step about a part of the model `model_name`: a field, an index, a constraint."""

    model_name: str

    def state_forwards(self, app_label: str, state: ProjectState) -> ProjectState:
        return state.put(self.changed(state.get(app_label, self.model_name)))

    def owner(self, move: Move, old: Any, new: Any) -> Any:
        return move.before.model_class(move.app_label, self.model_name)


class Renaming:
    """A step from one name to another."""

    old_name: str
    new_name: str

    @property
    def names(self) -> tuple[str, str]:
        return self.old_name, self.new_name


def may_migrate(alias: str, app_label: str, model_name: str | None = None, **hints: Any) -> bool:
    """What the first router with an opinion says."""
    for named in configuration.current().routers:
        router = import_path(named)() if isinstance(named, str) else named
        if (method := getattr(router, "allow_migrate", None)) is not None:
            answer = method(alias, app_label, model_name=model_name, **hints)
            if answer is not None:
                return bool(answer)
    return True
