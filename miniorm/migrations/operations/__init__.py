"""The steps that a migration is made of."""

from miniorm.migrations.operations.base import Operation
from miniorm.migrations.operations.fields import AddField, AlterField, RemoveField, RenameField
from miniorm.migrations.operations.indexes import (
    AddConstraint,
    AddIndex,
    RemoveConstraint,
    RemoveIndex,
    RenameIndex,
)
from miniorm.migrations.operations.models import CreateModel, DeleteModel, RenameModel
from miniorm.migrations.operations.options import (
    AlterModelManagers,
    AlterModelOptions,
    AlterModelTable,
    AlterModelTableComment,
    AlterOrderWithRespectTo,
    AlterUniqueTogether,
)
from miniorm.migrations.operations.special import RunPython, RunSQL, SeparateDatabaseAndState

__all__ = [
    "AddConstraint", "AddField", "AddIndex", "AlterField", "AlterModelManagers",
    "AlterModelOptions", "AlterModelTable", "AlterModelTableComment", "AlterOrderWithRespectTo",
    "AlterUniqueTogether", "CreateModel", "DeleteModel", "Operation", "RemoveConstraint",
    "RemoveField", "RemoveIndex", "RenameField", "RenameIndex", "RenameModel", "RunPython",
    "RunSQL", "SeparateDatabaseAndState",
]  # fmt: skip
