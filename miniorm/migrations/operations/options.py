"""Steps that set an option of a model's Meta, or its managers.

In Django: `django.db.migrations.operations.models`.
"""

from dataclasses import dataclass, replace
from typing import Any

from miniorm.migrations.operations.base import ModelOperation, Move
from miniorm.migrations.operations.models import align_many_to_many
from miniorm.migrations.state import ModelState

# Options that only Python reads: AlterModelOptions sets them, and no table changes.
OPTION_KEYS = (
    "base_manager_name", "default_manager_name", "default_permissions", "default_related_name",
    "get_latest_by", "managed", "ordering", "permissions", "select_on_save", "verbose_name",
    "verbose_name_plural",
)  # fmt: skip


class _Option(ModelOperation):
    """Set one option; `alter` is what that is to the table, with the values before and after."""

    option: str

    def describe(self) -> str:
        return f"Alter {self.option} for {self.name} ({self.value!r})"

    @property
    def migration_name_fragment(self) -> str:
        return f"alter_{self.name}_{self.option}".lower()

    @property
    def value(self) -> Any:
        return getattr(self, self.option.removeprefix("db_"))

    def changed(self, model: ModelState) -> ModelState:
        return model.having(**{self.option: self.value})

    def change(self, move: Move, old: Any, new: Any) -> None:
        values = (getattr(each._meta, self.option) for each in (old, new))
        getattr(move.editor, f"alter_{self.option}")(new, *values)


@dataclass(eq=False, repr=False)
class AlterModelTable(_Option):
    """Rename a model's table."""

    name: str
    table: str | None

    option = "db_table"
    fragment = "alter_{name}_table"

    def describe(self) -> str:
        return f"Rename table for {self.name} to {self.table or '(default)'}"

    migration_name_fragment = ModelOperation.migration_name_fragment

    def change(self, move: Move, old: Any, new: Any) -> None:
        super().change(move, old, new)
        align_many_to_many(move.editor, old, new)


@dataclass(eq=False, repr=False)
class AlterModelTableComment(_Option):
    name: str
    table_comment: str | None

    option = "db_table_comment"


@dataclass(eq=False, repr=False)
class AlterUniqueTogether(_Option):
    name: str
    unique_together: Any

    option = "unique_together"

    def __post_init__(self) -> None:
        together = list(self.unique_together or ())
        if together and isinstance(together[0], str):
            together = [together]
        self.unique_together = [tuple(each) for each in together]


@dataclass(eq=False, repr=False)
class AlterOrderWithRespectTo(_Option):
    name: str
    order_with_respect_to: str | None

    option = "order_with_respect_to"

    def change(self, move: Move, old: Any, new: Any) -> None:
        before, after = (each._meta.order_with_respect_to for each in (old, new))
        if before and not after:
            move.editor.remove_field(old, old._meta.get_field("_order"))
        elif after and not before:
            field = new._meta.get_field("_order")
            if not field.has_default():
                field.default = 0
            move.editor.add_field(old, field)


class _OfPythonOnly(ModelOperation):
    def take(self, move: Move) -> None:
        """Tables know nothing of it."""


@dataclass(eq=False, repr=False)
class AlterModelOptions(_OfPythonOnly):
    """Set the options that only Python reads."""

    name: str
    options: Any  # by name

    told = "Change Meta options on {name}"
    fragment = "alter_{name}_options"

    def changed(self, model: ModelState) -> ModelState:
        return model.having(**{**dict.fromkeys(OPTION_KEYS), **self.options})


@dataclass(eq=False, repr=False)
class AlterModelManagers(_OfPythonOnly):
    name: str
    managers: Any  # (name, manager), ...

    told = "Change managers on {name}"
    fragment = "alter_{name}_managers"

    def changed(self, model: ModelState) -> ModelState:
        return replace(model, managers=tuple(self.managers))
