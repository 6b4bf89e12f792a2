"""Steps that concern whole models: create, delete, rename, options, indexes, constraints.

Django's page "Migration Operations"; in Django: `django.db.migrations.operations.models`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from miniorm.migrations.operations.base import ModelOperation
from miniorm.migrations.state import Deconstructed, Key, ModelState, ProjectState, key_of

# Options that only Python reads: AlterModelOptions sets them, and no table changes.
OPTION_KEYS = (
    "base_manager_name", "default_manager_name", "default_permissions", "default_related_name",
    "get_latest_by", "managed", "ordering", "permissions", "select_on_save", "verbose_name",
    "verbose_name_plural",
)  # fmt: skip


class CreateModel(ModelOperation):
    """Make a model with its table."""

    def __init__(
        self,
        name: str,
        fields: Sequence[tuple[str, Any]],
        options: Mapping[str, Any] | None = None,
        bases: Sequence[Any] | None = None,
        managers: Sequence[tuple[str, Any]] | None = None,
    ) -> None:
        super().__init__(name)
        self.fields = list(fields)
        self.options = dict(options or {})
        self.bases = tuple(bases or ())
        self.managers = list(managers or ())
        names = [field_name for field_name, _ in self.fields]
        if len({*names}) != len(names):
            twice = next(each for each in names if names.count(each) > 1)
            raise ValueError(f"Found duplicate value {twice} in CreateModel fields argument.")

    usual = {"options": {}, "bases": (), "managers": []}

    def state(self, app_label: str) -> ModelState:
        fields = {name: Deconstructed.of(field) for name, field in self.fields}
        bases = tuple(
            each.lower() if isinstance(each, str) else each
            for each in self.bases
            if getattr(each, "__qualname__", "") != "Model" or len(self.bases) > 1
        )
        options = ModelState(app_label, self.name, {}).having(**self.options).options
        return ModelState(app_label, self.name, fields, options, bases, tuple(self.managers))

    def state_forwards(self, app_label: str, state: ProjectState) -> ProjectState:
        new = self.state(app_label)
        if new.key in state.models:
            raise ValueError(f"The model {new.label} is created twice.")
        return state.put(new)

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        model = self.model(app_label, to_state)
        if self.allowed(schema_editor, app_label, model):
            schema_editor.create_model(model)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        model = self.model(app_label, from_state)
        if self.allowed(schema_editor, app_label, model):
            schema_editor.delete_model(model)

    def describe(self) -> str:
        return f"Create model {self.name}"

    @property
    def migration_name_fragment(self) -> str:
        return self.name_lower


class DeleteModel(ModelOperation):
    """Drop a model with its table."""

    def state_forwards(self, app_label: str, state: ProjectState) -> ProjectState:
        return state.drop(self.model_state(app_label, state).key)

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        model = self.model(app_label, from_state)
        if self.allowed(schema_editor, app_label, model):
            schema_editor.delete_model(model)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        model = self.model(app_label, to_state)
        if self.allowed(schema_editor, app_label, model):
            schema_editor.create_model(model)

    def describe(self) -> str:
        return f"Delete model {self.name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"delete_{self.name_lower}"


class RenameModel(ModelOperation):
    """Rename a model, and its table unless that has a name of its own."""

    def __init__(self, old_name: str, new_name: str) -> None:
        self.old_name, self.new_name = old_name, new_name
        super().__init__(old_name)

    def state_forwards(self, app_label: str, state: ProjectState) -> ProjectState:
        old = state.get(app_label, self.old_name)
        new = replace(old, name=self.new_name)
        rest = state.drop(old.key)
        # In its old place: fields of other models keep the order that they had.
        return rest.put(
            *(repointed(each, old.key, new.key) for each in [*rest.models.values(), new])
        )

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        self._rename(
            schema_editor, app_label, (from_state, self.old_name), (to_state, self.new_name)
        )

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        self._rename(
            schema_editor, app_label, (from_state, self.new_name), (to_state, self.old_name)
        )

    def _rename(
        self,
        schema_editor: Any,
        app_label: str,
        before: tuple[ProjectState, str],
        after: tuple[ProjectState, str],
    ) -> None:
        old, new = (state.model_class(app_label, name) for state, name in (before, after))
        if not self.allowed(schema_editor, app_label, new):
            return
        schema_editor.alter_db_table(new, old._meta.db_table, new._meta.db_table)
        # Tables of many-to-many relations are named after the models that they connect.
        old_key, new_key = (app_label, before[1].lower()), (app_label, after[1].lower())
        for key in before[0].models:
            other_key = new_key if key == old_key else key
            align_many_to_many(
                schema_editor,
                before[0].model_class(*key),
                after[0].model_class(*other_key),
                only=None if key == old_key else old_key,
            )

    def describe(self) -> str:
        return f"Rename model {self.old_name} to {self.new_name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"rename_{self.old_name.lower()}_{self.new_name.lower()}"

    def deconstruct(self) -> Any:
        path = f"miniorm.migrations.{type(self).__name__}"
        return path, [], {"old_name": self.old_name, "new_name": self.new_name}


def repointed(state: ModelState, old: Key, new: Key) -> ModelState:
    """The model state with every mention of one model changed to another."""
    label = ".".join(new)
    fields = {}
    for name, field in state.fields.items():
        changes = {
            option: label
            for option in ("to", "through")
            if field.kwargs.get(option) and key_of(field.kwargs[option], state.key) == old
        }
        if field.kwargs.get("to") == "self":
            changes.pop("to", None)
        fields[name] = field.having(**changes) if changes else field
    bases = tuple(
        label if isinstance(base, str) and key_of(base, state.key) == old else base
        for base in state.bases
    )
    if all(fields[name] is state.fields[name] for name in fields) and bases == state.bases:
        return state
    return replace(state, fields=fields, bases=bases)


def align_many_to_many(
    schema_editor: Any, old_model: Any, new_model: Any, only: Key | None = None
) -> None:
    """Rename the automatic tables of many-to-many fields, and their columns."""
    old_fields = getattr(old_model._meta, "local_many_to_many", ())
    new_fields = getattr(new_model._meta, "local_many_to_many", ())
    for old, new in zip(old_fields, new_fields, strict=True):
        before, after = old.remote_field.through, new.remote_field.through
        if not getattr(after._meta, "auto_created", False):
            continue
        target = old.remote_field.model._meta
        if only is None or (target.app_label, target.model_name) == only:
            align_through(schema_editor, before, after)


def align_through(schema_editor: Any, before: Any, after: Any) -> None:
    schema_editor.alter_db_table(after, before._meta.db_table, after._meta.db_table)
    pairs = list(zip(before._meta.local_fields, after._meta.local_fields, strict=True))
    for old, new in pairs:
        if old.column != new.column:
            schema_editor.rename_column(after._meta.db_table, old, new)


# --- options --------------------------------------------------------------------------


class ModelOptionOperation(ModelOperation):
    """A step that sets one option of Meta; backwards is forwards with the states changed."""

    option = ""

    @property
    def value(self) -> Any:
        return getattr(self, self.option)

    def state_forwards(self, app_label: str, state: ProjectState) -> ProjectState:
        found = self.model_state(app_label, state)
        return state.put(found.having(**{self.option: self.value}))

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        old, new = (self.model(app_label, state) for state in (from_state, to_state))
        if self.allowed(schema_editor, app_label, new):
            self.alter(schema_editor, old, new)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        self.database_forwards(app_label, schema_editor, from_state, to_state)

    def alter(self, schema_editor: Any, old: Any, new: Any) -> None:
        raise NotImplementedError

    def describe(self) -> str:
        return f"Alter {self.option} for {self.name} ({self.value!r})"

    @property
    def migration_name_fragment(self) -> str:
        return f"alter_{self.name_lower}_{self.option}"


class AlterModelTable(ModelOptionOperation):
    """Rename a model's table."""

    option = "db_table"

    def __init__(self, name: str, table: str | None) -> None:
        super().__init__(name)
        self.table = table

    @property
    def value(self) -> Any:
        return self.table

    def alter(self, schema_editor: Any, old: Any, new: Any) -> None:
        schema_editor.alter_db_table(new, old._meta.db_table, new._meta.db_table)
        align_many_to_many(schema_editor, old, new)

    def describe(self) -> str:
        return f"Rename table for {self.name} to {self.table or '(default)'}"

    @property
    def migration_name_fragment(self) -> str:
        return f"alter_{self.name_lower}_table"

    def deconstruct(self) -> Any:
        path = f"miniorm.migrations.{type(self).__name__}"
        return path, [], {"name": self.name, "table": self.table}


class AlterModelTableComment(ModelOptionOperation):
    option = "db_table_comment"

    def __init__(self, name: str, table_comment: str | None) -> None:
        super().__init__(name)
        self.table_comment = table_comment

    @property
    def value(self) -> Any:
        return self.table_comment

    def alter(self, schema_editor: Any, old: Any, new: Any) -> None:
        before, after = (getattr(each._meta, self.option, None) for each in (old, new))
        schema_editor.alter_db_table_comment(new, before, after)


class AlterUniqueTogether(ModelOptionOperation):
    option = "unique_together"

    def __init__(self, name: str, unique_together: Any) -> None:
        super().__init__(name)
        together = unique_together or ()
        if together and isinstance(next(iter(together)), str):
            together = [together]
        self.unique_together = [tuple(each) for each in together]

    def alter(self, schema_editor: Any, old: Any, new: Any) -> None:
        schema_editor.alter_unique_together(
            new, old._meta.unique_together, new._meta.unique_together
        )


class AlterOrderWithRespectTo(ModelOptionOperation):
    option = "order_with_respect_to"

    def __init__(self, name: str, order_with_respect_to: str | None) -> None:
        super().__init__(name)
        self.order_with_respect_to = order_with_respect_to

    def alter(self, schema_editor: Any, old: Any, new: Any) -> None:
        before, after = (getattr(each._meta, self.option, None) for each in (old, new))
        if before and not after:
            schema_editor.remove_field(old, old._meta.get_field("_order"))
        elif after and not before:
            field = new._meta.get_field("_order")
            if not field.has_default():
                field.default = 0
            schema_editor.add_field(old, field)


class AlterModelOptions(ModelOptionOperation):
    """Set the options that only Python reads."""

    def __init__(self, name: str, options: Mapping[str, Any]) -> None:
        super().__init__(name)
        self.options = dict(options)

    def state_forwards(self, app_label: str, state: ProjectState) -> ProjectState:
        found = self.model_state(app_label, state)
        return state.put(found.having(**{**dict.fromkeys(OPTION_KEYS), **self.options}))

    def alter(self, schema_editor: Any, old: Any, new: Any) -> None:
        """Tables know nothing of these."""

    def describe(self) -> str:
        return f"Change Meta options on {self.name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"alter_{self.name_lower}_options"


class AlterModelManagers(ModelOptionOperation):
    def __init__(self, name: str, managers: Sequence[tuple[str, Any]]) -> None:
        super().__init__(name)
        self.managers = list(managers)

    def state_forwards(self, app_label: str, state: ProjectState) -> ProjectState:
        found = self.model_state(app_label, state)
        return state.put(replace(found, managers=tuple(self.managers)))

    def alter(self, schema_editor: Any, old: Any, new: Any) -> None:
        """Tables know nothing of managers."""

    def describe(self) -> str:
        return f"Change managers on {self.name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"alter_{self.name_lower}_managers"


# --- indexes and constraints ----------------------------------------------------------


class _AddNamed(ModelOperation):
    """Add an index or a constraint."""

    option, added, removed = "", "", ""
    what = ""

    def __init__(self, model_name: str, thing: Any) -> None:
        super().__init__(model_name)
        self.model_name = model_name
        self.thing = thing
        if not thing.name:
            raise ValueError(
                f"A migration adds an {self.what} by name; this one has none: {thing}."
            )

    def state_forwards(self, app_label: str, state: ProjectState) -> ProjectState:
        found = self.model_state(app_label, state)
        return state.put(
            found.having(**{self.option: [*found.options.get(self.option, ()), self.thing]})
        )

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        model = self.model(app_label, from_state)
        if self.allowed(schema_editor, app_label, model):
            getattr(schema_editor, self.added)(model, self.thing)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        model = self.model(app_label, from_state)
        if self.allowed(schema_editor, app_label, model):
            getattr(schema_editor, self.removed)(model, self.thing)

    def describe(self) -> str:
        return f"Create {self.what} {self.thing.name} on {self.model_name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"{self.name_lower}_{self.thing.name.lower()}"

    def deconstruct(self) -> Any:
        path = f"miniorm.migrations.{type(self).__name__}"
        return path, [], {"model_name": self.model_name, self.what: self.thing}


class AddIndex(_AddNamed):
    option, added, removed, what = "indexes", "add_index", "remove_index", "index"

    def __init__(self, model_name: str, index: Any) -> None:
        super().__init__(model_name, index)
        self.index = index


class AddConstraint(_AddNamed):
    option, added, removed = "constraints", "add_constraint", "remove_constraint"
    what = "constraint"

    def __init__(self, model_name: str, constraint: Any) -> None:
        super().__init__(model_name, constraint)
        self.constraint = constraint


class _RemoveNamed(ModelOperation):
    """Remove an index or a constraint; what it was is known from the state before."""

    option, added, removed, what = "", "", "", ""

    def __init__(self, model_name: str, name: str) -> None:
        super().__init__(model_name)
        self.model_name = model_name
        self.thing_name = name

    def state_forwards(self, app_label: str, state: ProjectState) -> ProjectState:
        found = self.model_state(app_label, state)
        gone = found.named(self.option, self.thing_name)
        kept = [each for each in found.options[self.option] if each is not gone]
        return state.put(found.having(**{self.option: kept}))

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        model = self.model(app_label, from_state)
        if self.allowed(schema_editor, app_label, model):
            thing = self.model_state(app_label, from_state).named(self.option, self.thing_name)
            getattr(schema_editor, self.removed)(model, thing)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        model = self.model(app_label, from_state)
        if self.allowed(schema_editor, app_label, model):
            thing = self.model_state(app_label, to_state).named(self.option, self.thing_name)
            getattr(schema_editor, self.added)(model, thing)

    def describe(self) -> str:
        return f"Remove {self.what} {self.thing_name} from {self.model_name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"remove_{self.name_lower}_{self.thing_name.lower()}"

    def deconstruct(self) -> Any:
        path = f"miniorm.migrations.{type(self).__name__}"
        return path, [], {"model_name": self.model_name, "name": self.thing_name}


class RemoveIndex(_RemoveNamed):
    option, added, removed, what = "indexes", "add_index", "remove_index", "index"


class RemoveConstraint(_RemoveNamed):
    option, added, removed = "constraints", "add_constraint", "remove_constraint"
    what = "constraint"


class RenameIndex(ModelOperation):
    """Give an index another name."""

    def __init__(self, model_name: str, new_name: str, old_name: str) -> None:
        super().__init__(model_name)
        self.model_name, self.new_name, self.old_name = model_name, new_name, old_name

    def state_forwards(self, app_label: str, state: ProjectState) -> ProjectState:
        found = self.model_state(app_label, state)
        renamed = found.named("indexes", self.old_name).clone()
        renamed.name = self.new_name
        indexes = [
            renamed if each.name == self.old_name else each for each in found.options["indexes"]
        ]
        return state.put(found.having(indexes=indexes))

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        self._rename(
            app_label, schema_editor, (from_state, self.old_name), (to_state, self.new_name)
        )

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        self._rename(
            app_label, schema_editor, (from_state, self.new_name), (to_state, self.old_name)
        )

    def _rename(self, app_label: str, schema_editor: Any, before: Any, after: Any) -> None:
        model = self.model(app_label, after[0])
        if self.allowed(schema_editor, app_label, model):
            old, new = (
                self.model_state(app_label, state).named("indexes", name)
                for state, name in (before, after)
            )
            schema_editor.rename_index(model, old, new)

    def describe(self) -> str:
        return f"Rename index {self.old_name} on {self.model_name} to {self.new_name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"rename_{self.old_name.lower()}_{self.new_name.lower()}"

    def deconstruct(self) -> Any:
        path = f"miniorm.migrations.{type(self).__name__}"
        names = {"new_name": self.new_name, "old_name": self.old_name}
        return path, [], {"model_name": self.model_name, **names}
