"""Steps that concern an index or a constraint: add, remove, rename.

In Django: `django.db.migrations.operations.models`.
"""

from dataclasses import dataclass
from typing import Any

from miniorm.migrations.operations.base import Move, PartOperation, Renaming
from miniorm.migrations.state import ModelState, ProjectState


class _Named(PartOperation):
    """A step about what has a name among the indexes or constraints of Meta."""

    what = "index"
    option = "indexes"

    def subject(self, app_label: str, state: ProjectState, name: str) -> Any:
        there = state.get(app_label, self.model_name).options.get(self.option, ())
        return next((each for each in there if each.name == name), None)

    def change(self, move: Move, old: Any, new: Any) -> None:
        if new is None:
            getattr(move.editor, f"remove_{self.what}")(move.model, old)
        elif old is None:
            getattr(move.editor, f"add_{self.what}")(move.model, new)
        else:
            move.editor.rename_index(move.model, old, new)


class _Add(_Named):
    fragment = "{model_name}_{name}"

    def __post_init__(self) -> None:
        thing = getattr(self, self.what)
        self.name = thing.name
        if not thing.name:
            raise ValueError(
                f"A migration adds an {self.what} by name; this one has none: {thing}."
            )

    def changed(self, model: ModelState) -> ModelState:
        there = model.options.get(self.option, ())
        return model.having(**{self.option: [*there, getattr(self, self.what)]})


@dataclass(eq=False, repr=False)
class AddIndex(_Add):
    model_name: str
    index: Any

    told = "Create index {name} on {model_name}"


@dataclass(eq=False, repr=False)
class AddConstraint(_Add):
    model_name: str
    constraint: Any

    what, option = "constraint", "constraints"
    told = "Create constraint {name} on {model_name}"


@dataclass(eq=False, repr=False)
class _Remove(_Named):
    """What it was is known from the state before."""

    model_name: str
    name: str

    fragment = "remove_{model_name}_{name}"

    def changed(self, model: ModelState) -> ModelState:
        gone = model.named(self.option, self.name)
        kept = [each for each in model.options[self.option] if each is not gone]
        return model.having(**{self.option: kept})


class RemoveIndex(_Remove):
    told = "Remove index {name} from {model_name}"


class RemoveConstraint(_Remove):
    what, option = "constraint", "constraints"
    told = "Remove constraint {name} from {model_name}"


@dataclass(eq=False, repr=False)
class RenameIndex(Renaming, _Named):
    """Give an index another name."""

    model_name: str
    new_name: str
    old_name: str

    told = "Rename index {old_name} on {model_name} to {new_name}"
    fragment = "rename_{old_name}_{new_name}"

    def changed(self, model: ModelState) -> ModelState:
        old = model.named(self.option, self.old_name)
        renamed = old.clone()
        renamed.name = self.new_name
        indexes = [renamed if each is old else each for each in model.options[self.option]]
        return model.having(indexes=indexes)
