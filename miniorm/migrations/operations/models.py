"""Steps that concern whole models: create, delete, rename.

Django's page "Migration Operations"; in Django: `django.db.migrations.operations.models`.
"""

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

from miniorm.migrations.operations.base import ModelOperation, Move, Renaming
from miniorm.migrations.renames import repointed
from miniorm.migrations.state import Deconstructed, Key, ModelState, ProjectState


class _Whole(ModelOperation):
    """Make a model's table, or drop it."""

    def change(self, move: Move, old: Any, new: Any) -> None:
        if new is None:
            move.editor.delete_model(old)
        else:
            move.editor.create_model(new)


@dataclass(eq=False, repr=False)
class CreateModel(_Whole):
    """Make a model with its table."""

    name: str
    fields: Any  # (name, field), ...
    options: Any = None  # those of Meta, by name
    bases: Any = None  # classes, and names of models
    managers: Any = None  # (name, manager), ...

    told = "Create model {name}"
    fragment = "{name}"

    def __post_init__(self) -> None:
        self.fields = list(self.fields)
        self.options = dict(self.options or {})
        self.bases = tuple(self.bases or ())
        self.managers = list(self.managers or ())
        for name, count in Counter(name for name, _ in self.fields).items():
            if count > 1:
                raise ValueError(f"Found duplicate value {name} in CreateModel fields argument.")

    def state(self, app_label: str) -> ModelState:
        fields = {name: Deconstructed.of(field) for name, field in self.fields}
        bases = tuple(
            each.lower() if isinstance(each, str) else each
            for each in self.bases
            if getattr(each, "__qualname__", "") != "Model" or len(self.bases) > 1
        )
        plain = ModelState(app_label, self.name, fields, {}, bases, tuple(self.managers))
        return plain.having(**self.options)

    def state_forwards(self, app_label: str, state: ProjectState) -> ProjectState:
        new = self.state(app_label)
        if new.key in state.models:
            raise ValueError(f"The model {new.label} is created twice.")
        return state.put(new)


@dataclass(eq=False, repr=False)
class DeleteModel(_Whole):
    """Drop a model with its table."""

    name: str

    told = "Delete model {name}"
    fragment = "delete_{name}"

    def state_forwards(self, app_label: str, state: ProjectState) -> ProjectState:
        return state.drop(state.get(app_label, self.name).key)


@dataclass(eq=False, repr=False)
class RenameModel(Renaming, ModelOperation):
    """Rename a model, and its table unless that has a name of its own."""

    old_name: str
    new_name: str

    told = "Rename model {old_name} to {new_name}"
    fragment = "rename_{old_name}_{new_name}"

    def state_forwards(self, app_label: str, state: ProjectState) -> ProjectState:
        old = state.get(app_label, self.old_name)
        new = replace(old, name=self.new_name)
        rest = state.drop(old.key)
        # In its old place: fields of other models keep the order that they had.
        return rest.put(
            *(repointed(each, old.key, new.key) for each in [*rest.models.values(), new])
        )

    def change(self, move: Move, old: Any, new: Any) -> None:
        move.editor.alter_db_table(new, old._meta.db_table, new._meta.db_table)
        # Tables of many-to-many relations are named after the models that they connect.
        align_many_to_many(move.editor, old, new)
        old_key = (move.app_label, old._meta.model_name)
        for key in move.before.models:
            if key != old_key:
                before, after = (state.model_class(*key) for state in (move.before, move.after))
                align_many_to_many(move.editor, before, after, only=old_key)


def align_many_to_many(
    editor: Any, old_model: Any, new_model: Any, only: Key | None = None
) -> None:
    """Rename the automatic tables of many-to-many fields (to one model only), and their columns."""
    pairs = zip(old_model._meta.local_many_to_many, new_model._meta.local_many_to_many, strict=True)
    for old, new in pairs:
        before, after = old.remote_field.through, new.remote_field.through
        target = old.remote_field.model._meta
        if after._meta.auto_created and only in (None, (target.app_label, target.model_name)):
            align_through(editor, before, after)


def align_through(editor: Any, before: Any, after: Any) -> None:
    editor.alter_db_table(after, before._meta.db_table, after._meta.db_table)
    for old, new in zip(before._meta.local_fields, after._meta.local_fields, strict=True):
        if old.column != new.column:
            editor.rename_column(after._meta.db_table, old, new)
