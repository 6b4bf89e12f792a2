"""Steps that concern one field: add, remove, alter, rename.

Django's page "Migration Operations"; in Django: `django.db.migrations.operations.fields`.
"""

import copy
from typing import Any

from miniorm.conditions import Q
from miniorm.expressions import F
from miniorm.migrations.operations.base import ModelOperation
from miniorm.migrations.operations.models import align_through
from miniorm.migrations.state import Deconstructed, ModelState, ProjectState, key_of


class FieldOperation(ModelOperation):
    """A step that concerns the field `name` of the model `model_name`."""

    def __init__(self, model_name: str, name: str, field: Any = None) -> None:
        super().__init__(model_name)
        self.model_name = model_name
        self.field_name = name
        self.field = field

    def column(self, app_label: str, state: ProjectState) -> Any:
        """The field, in the class that the state makes of the model."""
        model = self.model(app_label, state)
        return field_of(model, self.field_name)

    def deconstruct(self) -> Any:
        path = f"miniorm.migrations.{type(self).__name__}"
        kwargs: dict[str, Any] = {"model_name": self.model_name.lower(), "name": self.field_name}
        if self.field is not None:
            kwargs["field"] = self.field
        if not getattr(self, "preserve_default", True):
            kwargs["preserve_default"] = False
        return path, [], kwargs


def field_of(model: Any, name: str) -> Any:
    meta = model._meta
    for field in [*meta.local_fields, *getattr(meta, "local_many_to_many", ())]:
        if field.name == name:
            return field
    return meta.get_field(name)


class AddField(FieldOperation):
    """Add a field and its column. With preserve_default=False its default is for now only."""

    def __init__(
        self, model_name: str, name: str, field: Any, preserve_default: bool = True
    ) -> None:
        super().__init__(model_name, name, field)
        self.preserve_default = preserve_default

    def state_forwards(self, app_label: str, state: ProjectState) -> ProjectState:
        found = self.model_state(app_label, state)
        if self.field_name in found.fields:
            raise ValueError(f"{found.label} has a field {self.field_name!r} already.")
        field = _lasting(self.field, self.preserve_default)
        return state.put(found.having_fields({**found.fields, self.field_name: field}))

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        model = self.model(app_label, from_state)
        if not self.allowed(schema_editor, app_label, model):
            return
        field = self.column(app_label, to_state)
        if is_many_to_many(field):
            if _has_own_table(field):
                schema_editor.create_model(field.remote_field.through)
            return
        with _default_for_now(field, self):
            schema_editor.add_field(model, field)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        _remove(self, app_label, schema_editor, from_state)

    def describe(self) -> str:
        return f"Add field {self.field_name} to {self.model_name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"{self.name_lower}_{self.field_name.lower()}"


class RemoveField(FieldOperation):
    """Remove a field and its column. Backwards its values are gone: it comes with its default."""

    def __init__(self, model_name: str, name: str) -> None:
        super().__init__(model_name, name)

    def state_forwards(self, app_label: str, state: ProjectState) -> ProjectState:
        found = self.model_state(app_label, state)
        _check_known(found, self.field_name)
        kept = {name: each for name, each in found.fields.items() if name != self.field_name}
        return state.put(found.having_fields(kept))

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        _remove(self, app_label, schema_editor, from_state)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        model = self.model(app_label, from_state)
        if not self.allowed(schema_editor, app_label, model):
            return
        field = self.column(app_label, to_state)
        if not is_many_to_many(field):
            schema_editor.add_field(model, field)
        elif _has_own_table(field):
            schema_editor.create_model(field.remote_field.through)

    def describe(self) -> str:
        return f"Remove field {self.field_name} from {self.model_name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"remove_{self.name_lower}_{self.field_name.lower()}"


class AlterField(FieldOperation):
    """Change a field, and its column to fit."""

    def __init__(
        self, model_name: str, name: str, field: Any, preserve_default: bool = True
    ) -> None:
        super().__init__(model_name, name, field)
        self.preserve_default = preserve_default

    def state_forwards(self, app_label: str, state: ProjectState) -> ProjectState:
        found = self.model_state(app_label, state)
        _check_known(found, self.field_name)
        field = _lasting(self.field, self.preserve_default)
        return state.put(found.having_fields({**found.fields, self.field_name: field}))

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        old, new = (self.column(app_label, state) for state in (from_state, to_state))
        if not self.allowed(schema_editor, app_label, self.model(app_label, to_state)):
            return
        if is_many_to_many(old) != is_many_to_many(new):
            raise ValueError(
                f"{self.model_name}.{self.field_name} cannot become a many-to-many relation, or "
                "stop being one, by being altered: remove the one field and add the other."
            )
        if is_many_to_many(old):
            if _has_own_table(old) and _has_own_table(new):
                align_through(schema_editor, old.remote_field.through, new.remote_field.through)
            return
        with _default_for_now(new, self):
            schema_editor.alter_field(self.model(app_label, from_state), old, new)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        self.database_forwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        return f"Alter field {self.field_name} on {self.model_name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"alter_{self.name_lower}_{self.field_name.lower()}"


class RenameField(FieldOperation):
    """Rename a field, and its column unless that has a name of its own."""

    def __init__(self, model_name: str, old_name: str, new_name: str) -> None:
        super().__init__(model_name, old_name)
        self.old_name, self.new_name = old_name, new_name

    def state_forwards(self, app_label: str, state: ProjectState) -> ProjectState:
        found = self.model_state(app_label, state)
        _check_known(found, self.old_name)
        renamed = with_field_renamed(found, self.old_name, self.new_name)
        rest = [
            _pointing_anew(each, found, self.old_name, self.new_name)
            for each in state.put(renamed).models.values()
        ]
        return state.put(*rest)

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
        old_model, new_model = (self.model(app_label, state) for state, _ in (before, after))
        if not self.allowed(schema_editor, app_label, new_model):
            return
        old, new = field_of(old_model, before[1]), field_of(new_model, after[1])
        if not is_many_to_many(old):
            schema_editor.alter_field(old_model, old, new)
        elif _has_own_table(new):
            align_through(schema_editor, old.remote_field.through, new.remote_field.through)

    def describe(self) -> str:
        return f"Rename field {self.old_name} on {self.model_name} to {self.new_name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"rename_{self.old_name.lower()}_{self.name_lower}_{self.new_name.lower()}"

    def deconstruct(self) -> Any:
        path = f"miniorm.migrations.{type(self).__name__}"
        names = {"old_name": self.old_name, "new_name": self.new_name}
        return path, [], {"model_name": self.model_name.lower(), **names}


# --- what they share ------------------------------------------------------------------


def is_many_to_many(field: Any) -> bool:
    return bool(getattr(field, "many_to_many", False))


def _has_own_table(field: Any) -> bool:
    return bool(getattr(field.remote_field.through._meta, "auto_created", False))


def _remove(
    operation: FieldOperation, app_label: str, schema_editor: Any, state: ProjectState
) -> None:
    model = operation.model(app_label, state)
    if not operation.allowed(schema_editor, app_label, model):
        return
    field = operation.column(app_label, state)
    if not is_many_to_many(field):
        schema_editor.remove_field(model, field)
    elif _has_own_table(field):
        schema_editor.delete_model(field.remote_field.through)


def _check_known(state: ModelState, name: str) -> None:
    if name not in state.fields:
        raise ValueError(f"{state.label} has no field {name!r}; it has {', '.join(state.fields)}.")


def _lasting(field: Any, preserve_default: bool) -> Deconstructed:
    found = Deconstructed.of(field)
    if preserve_default:
        return found
    kwargs = {name: value for name, value in found.kwargs.items() if name != "default"}
    return Deconstructed(found.path, found.args, kwargs)


class _default_for_now:  # noqa: N801 (a context manager)
    """While the column is made, a field that does not keep its default has it."""

    def __init__(self, field: Any, operation: Any) -> None:
        self.field = field
        self.default = field.default
        if not operation.preserve_default:
            self.default = operation.field.default

    def __enter__(self) -> None:
        self.before, self.field.default = self.field.default, self.default

    def __exit__(self, *exc_info: object) -> None:
        self.field.default = self.before


def with_field_renamed(state: ModelState, old: str, new: str) -> ModelState:
    """The model state with a field's new name everywhere that it stands."""
    fields = {new if name == old else name: each for name, each in state.fields.items()}
    options = dict(state.options)
    if "unique_together" in options:
        options["unique_together"] = [
            tuple(new if each == old else each for each in names)
            for names in options["unique_together"]
        ]
    for option in ("ordering", "get_latest_by", "order_with_respect_to"):
        if option in options:
            options[option] = _renamed_names(options[option], old, new)
    for option in ("indexes", "constraints"):
        if option in options:
            options[option] = [_renamed_in(each, old, new) for each in options[option]]
    return state.having_fields(fields).having(**options)


def _renamed_names(names: Any, old: str, new: str) -> Any:
    """A name, "-name" or a list of them with a field's new name."""
    if isinstance(names, list | tuple):
        return type(names)(_renamed_names(each, old, new) for each in names)
    if isinstance(names, str):
        return f"-{new}" if names == f"-{old}" else new if names == old else names
    return renamed_reference(names, old, new)


def _renamed_in(thing: Any, old: str, new: str) -> Any:
    """An index or constraint with a field's new name."""
    twin = copy.copy(thing)
    for option in ("fields", "include"):
        if names := getattr(twin, option, None):
            setattr(twin, option, _renamed_names(names, old, new))
    if getattr(twin, "condition", None) is not None:
        twin.condition = renamed_reference(twin.condition, old, new)
    if getattr(twin, "expressions", None):
        twin.expressions = tuple(renamed_reference(each, old, new) for each in twin.expressions)
    return twin


def renamed_reference(condition: Any, old: str, new: str) -> Any:
    """A condition or expression with a field's new name."""
    if isinstance(condition, tuple):
        name, value = condition
        first, *rest = name.split("__")
        first = new if first == old else first
        return "__".join([first, *rest]), renamed_reference(value, old, new)
    if isinstance(condition, Q):
        twin = copy.copy(condition)
        twin.children = [renamed_reference(each, old, new) for each in condition.children]
        return twin
    if isinstance(condition, F):
        first, *rest = condition.name.split("__")
        return F("__".join([new if first == old else first, *rest]))
    if getattr(condition, "sources", None):
        return condition.with_sources(
            renamed_reference(each, old, new) for each in condition.sources
        )
    return condition


def _pointing_anew(state: ModelState, to: ModelState, old: str, new: str) -> ModelState:
    """Foreign keys with to_field=old point to the field's new name."""
    fields = {
        name: field.having(to_field=new)
        if field.kwargs.get("to_field") == old and key_of(field.kwargs["to"], state.key) == to.key
        else field
        for name, field in state.fields.items()
    }
    same = all(fields[name] is state.fields[name] for name in fields)
    return state if same else state.having_fields(fields)
