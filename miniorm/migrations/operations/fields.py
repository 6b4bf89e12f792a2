"""Steps that concern one field: add, remove, alter, rename.

Django's page "Migration Operations"; in Django: `django.db.migrations.operations.fields`.
"""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from miniorm.migrations.operations.base import Move, PartOperation, Renaming
from miniorm.migrations.operations.models import align_through
from miniorm.migrations.renames import pointing_anew, with_field_renamed
from miniorm.migrations.state import Deconstructed, ModelState, ProjectState


class FieldOperation(PartOperation):
    """A step about the field `name` of the model `model_name`."""

    field: Any
    preserve_default = True

    def subject(self, app_label: str, state: ProjectState, name: str) -> Any:
        """The field in the class that the state makes of the model."""
        there = name in state.get(app_label, self.model_name).fields
        model = state.model_class(app_label, self.model_name)
        return model._meta.get_field(name) if there else None

    def change(self, move: Move, old: Any, new: Any) -> None:
        if any(each is not None and each.many_to_many for each in (old, new)):
            self._change_links(move, old, new)
        elif new is None:
            move.editor.remove_field(move.model, old)
        else:
            with self._default_for_now(new):
                if old is None:
                    move.editor.add_field(move.model, new)
                else:
                    move.editor.alter_field(move.model, old, new)

    def _change_links(self, move: Move, old: Any, new: Any) -> None:
        """A many-to-many field has no column; its links have a table, if nobody wrote one."""
        if old is not None and new is not None and old.many_to_many != new.many_to_many:
            raise ValueError(
                f"{self.model_name}.{self.name} cannot become a many-to-many relation, or "
                "stop being one, by being altered: remove the one field and add the other."
            )
        before, after = (each and _own_table(each) for each in (old, new))
        if new is None and before:
            move.editor.delete_model(before)
        elif old is None and after:
            move.editor.create_model(after)
        elif before and after:
            align_through(move.editor, before, after)
            _point_anew(move.editor, before, after)

    @contextmanager
    def _default_for_now(self, field: Any) -> Iterator[None]:
        """While the column is made, a field that does not keep its default has it."""
        lasting = field.default
        if not self.preserve_default:
            field.default = self.field.default
        try:
            yield
        finally:
            field.default = lasting


@dataclass(eq=False, repr=False)
class _Definition(FieldOperation):
    """A field given. With preserve_default=False its default is for now only."""

    model_name: str
    name: str
    field: Any
    preserve_default: bool = True

    def changed(self, model: ModelState) -> ModelState:
        field = Deconstructed.of(self.field)
        lasting = field if self.preserve_default else field.without("default")
        return model.having_fields({**model.fields, self.name: lasting})


class AddField(_Definition):
    """Add a field and its column."""

    told = "Add field {name} to {model_name}"
    fragment = "{model_name}_{name}"

    def changed(self, model: ModelState) -> ModelState:
        if self.name in model.fields:
            raise ValueError(f"{model.label} has a field {self.name!r} already.")
        return super().changed(model)


@dataclass(eq=False, repr=False)
class RemoveField(FieldOperation):
    """Remove a field and its column. Backwards its values are gone: it comes with its default."""

    model_name: str
    name: str

    told = "Remove field {name} from {model_name}"
    fragment = "remove_{model_name}_{name}"

    def changed(self, model: ModelState) -> ModelState:
        _check_known(model, self.name)
        kept = {name: each for name, each in model.fields.items() if name != self.name}
        return model.having_fields(kept)


class AlterField(_Definition):
    """Change a field, and its column to fit."""

    told = "Alter field {name} on {model_name}"
    fragment = "alter_{model_name}_{name}"

    def changed(self, model: ModelState) -> ModelState:
        _check_known(model, self.name)
        return super().changed(model)


@dataclass(eq=False, repr=False)
class RenameField(Renaming, FieldOperation):
    """Rename a field, and its column unless that has a name of its own."""

    model_name: str
    old_name: str
    new_name: str

    told = "Rename field {old_name} on {model_name} to {new_name}"
    fragment = "rename_{old_name}_{model_name}_{new_name}"

    def state_forwards(self, app_label: str, state: ProjectState) -> ProjectState:
        found = state.get(app_label, self.model_name)
        _check_known(found, self.old_name)
        state = state.put(with_field_renamed(found, self.old_name, self.new_name))
        return state.put(
            *(pointing_anew(each, found.key, self.old_name, self.new_name)
              for each in state.models.values())
        )  # fmt: skip


def _own_table(field: Any) -> Any:
    through = field.remote_field.through
    return through if through._meta.auto_created else None


def _point_anew(editor: Any, before: Any, after: Any) -> None:
    """Where links lead to another model than before, their column is a key of that one's rows."""
    for old, new in zip(before._meta.local_fields, after._meta.local_fields, strict=True):
        if old.is_relation and old.related_model._meta.label != new.related_model._meta.label:
            old = copy.copy(old)
            old.column = new.column  # it is called so already
            editor.alter_field(after, old, new)


def _check_known(model: ModelState, name: str) -> None:
    if name not in model.fields:
        raise ValueError(f"{model.label} has no field {name!r}; it has {', '.join(model.fields)}.")
