"""The difference between two states, as steps: what `makemigrations` finds out.

The steps are found in an order in which they can be taken, and each is taken at once in a
state of its own, so that what comes later is compared with what is there by then. At the end
the one list is cut into migrations (`arrangement`).

In Django: `django.db.migrations.autodetector`.
"""

from collections.abc import Callable, Mapping
from typing import Any

from miniorm.definitions import effective_default
from miniorm.errors import ValidationError
from miniorm.fields import NOT_PROVIDED
from miniorm.migrations.arrangement import Step, arrange
from miniorm.migrations.graph import MigrationGraph
from miniorm.migrations.migration import Migration
from miniorm.migrations.operations import (
    AddConstraint,
    AddField,
    AddIndex,
    AlterField,
    AlterModelManagers,
    AlterModelOptions,
    AlterModelTable,
    AlterModelTableComment,
    AlterOrderWithRespectTo,
    AlterUniqueTogether,
    CreateModel,
    DeleteModel,
    Operation,
    RemoveConstraint,
    RemoveField,
    RemoveIndex,
    RenameField,
    RenameIndex,
    RenameModel,
)
from miniorm.migrations.operations.options import OPTION_KEYS
from miniorm.migrations.questioner import MigrationQuestioner
from miniorm.migrations.renames import repointed
from miniorm.migrations.serializer import text_of
from miniorm.migrations.state import Deconstructed, Key, ModelState, ProjectState, key_of

NAMED = (
    ("indexes", AddIndex, RemoveIndex),
    ("constraints", AddConstraint, RemoveConstraint),
)


class MigrationAutodetector:
    """Finds the steps from one state to another."""

    def __init__(
        self,
        from_state: ProjectState,
        to_state: ProjectState,
        questioner: MigrationQuestioner | None = None,
    ) -> None:
        self.state = from_state
        self.to = to_state
        self.questioner = questioner or MigrationQuestioner()
        self.steps: list[Step] = []

    def changes(
        self, graph: MigrationGraph, apps: set[str] | None = None, name: str | None = None
    ) -> dict[str, list[Migration]]:
        """Each app's new migrations; `apps` are those that may get some."""
        self.detect(apps)
        return arrange(self.steps, graph, name)

    def detect(self, apps: set[str] | None = None) -> list[Step]:
        if apps is not None:  # what is not asked about is taken to be as it is
            others = {key: state for key, state in self.state.models.items() if key[0] not in apps}
            asked = {key: state for key, state in self.to.models.items() if key[0] in apps}
            self.to = ProjectState({**others, **asked})
        self._rename_models()
        kept = [key for key in self.to.models if key in self.state.models]
        for key in kept:
            self._rename_fields(key)
        for key in kept:
            self._remove_named(key)
        self._create_models()
        for key in kept:
            self._change_fields(key)
        self._delete_models()
        for key in kept:
            self._change_options(key)
        for key in kept:
            self._add_named(key)
        return self.steps

    def _take(self, key: Key, operation: Operation, *others: Key) -> None:
        """Note a step, and take it in the state."""
        elsewhere = {other for other in others if other[0] != key[0]}
        self.steps.append(Step(key[0], operation, key, elsewhere))
        self.state = operation.state_forwards(key[0], self.state) or self.state

    # --- renames ----------------------------------------------------------------------

    def _rename_models(self) -> None:
        for key, new in self.to.models.items():
            if key in self.state.models:
                continue
            for old in list(self.state.models.values()):
                gone = old.key not in self.to.models and old.app_label == new.app_label
                alike = gone and _same_fields(repointed(old, old.key, key), new)
                if alike and self.questioner.ask_rename_model(old, new):
                    others = self.state.links[old.key]
                    self._take(key, RenameModel(old.name, new.name), *others)
                    break

    def _rename_fields(self, key: Key) -> None:
        new = self.to.models[key]
        for name, field in new.fields.items():
            old = self.state.models[key]
            if name in old.fields:
                continue
            for old_name, old_field in old.fields.items():
                if old_name in new.fields:
                    continue
                column = field.kwargs.get("db_column") == old_name
                same = old_field == field or (
                    column and old_field.having(db_column=old_name) == field
                )
                if same and self.questioner.ask_rename(old.name, old_name, name, field):
                    self._take(key, RenameField(new.name.lower(), old_name, name))
                    if column and old_field != field:
                        self._take(key, AlterField(new.name.lower(), name, field))
                    break

    # --- models -----------------------------------------------------------------------

    def _create_models(self) -> None:
        waiting = {key: state for key, state in self.to.models.items()
                   if key not in self.state.models}  # fmt: skip
        later: list[tuple[Key, str, Deconstructed]] = []
        while waiting:
            key, held = _next_to_create(waiting)
            self._create_model(waiting.pop(key), held)
            later += [(key, name, field) for name, field in held.items()]
        for key, name, field in later:
            new = self.to.models[key]
            operation = AddField(new.name.lower(), name, field)
            self._take(key, operation, *field.targets(key))
        for key in dict.fromkeys(key for key, _, _ in later):
            self._change_options(key)
            self._add_named(key)

    def _create_model(self, state: ModelState, held: Mapping[str, Deconstructed]) -> None:
        fields = [(name, field) for name, field in state.fields.items() if name not in held]
        options = dict(state.options)
        if held:  # what may speak of them comes after them
            for option in ("indexes", "constraints", "unique_together", "order_with_respect_to"):
                options.pop(option, None)
        operation = CreateModel(state.name, fields, options, state.bases, state.managers)
        others = {key for name, field in fields for key in field.targets(state.key)}
        self._take(state.key, operation, *others, *state.parents())

    def _delete_models(self) -> None:
        gone = [state for key, state in self.state.models.items() if key not in self.to.models]
        names = {state.key for state in gone}
        # What still points there lets go first, so that any order will do.
        for state in gone:
            for name, field in state.fields.items():
                if (field.targets(state.key) - {state.key}) & names:
                    self._release(self.state.models[state.key], name)
        for state in reversed(gone):
            neighbours = self.state.links[state.key]
            self._take(state.key, DeleteModel(state.name), *neighbours)

    def _release(self, state: ModelState, name: str) -> None:
        for option, _, remove in NAMED:
            for thing in state.options.get(option, ()):
                self._take(state.key, remove(state.name.lower(), thing.name))
        if state.options.get("unique_together"):
            self._take(state.key, AlterUniqueTogether(state.name.lower(), []))
        self._take(state.key, RemoveField(state.name.lower(), name))

    # --- fields -----------------------------------------------------------------------

    def _change_fields(self, key: Key) -> None:
        old, new = self.state.models[key], self.to.models[key]
        for name in [each for each in old.fields if each not in new.fields]:
            self._take(key, RemoveField(new.name.lower(), name), *old.fields[name].targets(key))
        for name, field in new.fields.items():
            before = old.fields.get(name)
            if before is None:
                self._add_field(key, name, field)
            elif _pointed(before, key) != _pointed(field, key):
                self._alter_field(key, name, before, field)

    def _add_field(self, key: Key, name: str, field: Deconstructed) -> None:
        model_name = self.to.models[key].name
        keep = True
        if _needs_default(field):
            value = self._answer(self.questioner.ask_not_null_addition, key, name)
            if value is not NOT_PROVIDED:
                field, keep = field.having(default=value), False
        operation = AddField(model_name.lower(), name, field, preserve_default=keep)
        self._take(key, operation, *field.targets(key))

    def _answer(self, ask: Callable[[str, str], Any], key: Key, name: str) -> Any:
        """What the rows that are there get: a value that the field takes, or NOT_PROVIDED."""
        while (value := ask(name, self.to.models[key].name)) is not NOT_PROVIDED:
            field = self.to.model_class(*key)._meta.get_field(name)
            taker = getattr(field, "target_field", field)  # of a foreign key: what it points to
            try:
                given = taker.to_python(value() if callable(value) else value)
                taker.run_validators(given)
            except ValidationError as error:
                self.questioner.refused(f"{field} does not take {value!r}: {error.messages[0]}")
                continue
            if given is not None:
                break
            self.questioner.refused(f"{field} may not be NULL.")
        return value

    def _alter_field(
        self, key: Key, name: str, before: Deconstructed, field: Deconstructed
    ) -> None:
        model_name = self.to.models[key].name
        if _is_many_to_many(before) != _is_many_to_many(field):
            self._take(key, RemoveField(model_name.lower(), name))
            self._add_field(key, name, field)
            return
        keep = True
        if before.kwargs.get("null") and _needs_default(field):
            value = self._answer(self.questioner.ask_not_null_alteration, key, name)
            if value is not NOT_PROVIDED:
                field, keep = field.having(default=value), False
        operation = AlterField(model_name.lower(), name, field, preserve_default=keep)
        self._take(key, operation, *field.targets(key))

    # --- options, indexes, constraints ------------------------------------------------

    def _change_options(self, key: Key) -> None:
        new, name = self.to.models[key], self.to.models[key].name.lower()

        def differs(option: str) -> bool:
            before, after = (state.options.get(option) for state in (self.state.models[key], new))
            return text_of(before or None, False) != text_of(after or None, False)

        if differs("db_table"):
            self._take(key, AlterModelTable(name, new.options.get("db_table")))
        if differs("db_table_comment"):
            comment = new.options.get("db_table_comment")
            self._take(key, AlterModelTableComment(name, comment))
        if any(map(differs, OPTION_KEYS)):
            options = {each: new.options[each] for each in OPTION_KEYS if each in new.options}
            self._take(key, AlterModelOptions(name, options))
        if differs("order_with_respect_to"):
            wanted = new.options.get("order_with_respect_to")
            self._take(key, AlterOrderWithRespectTo(name, wanted))
        before = self.state.models[key].managers
        if text_of([*before], False) != text_of([*new.managers], False):
            self._take(key, AlterModelManagers(name, new.managers))

    def _remove_named(self, key: Key) -> None:
        """Take away indexes and constraints that are not wanted, before their fields go."""
        new = self.to.models[key]
        name = new.name.lower()
        self._rename_indexes(key)
        for option, _, remove in NAMED:
            wanted = {text_of(each, False) for each in new.options.get(option, ())}
            for thing in self.state.models[key].options.get(option, ()):
                if text_of(thing, False) not in wanted:
                    self._take(key, remove(name, thing.name))
        old_together = _together(self.state.models[key])
        kept = [each for each in old_together if each in _together(new)]
        if kept != old_together:
            self._take(key, AlterUniqueTogether(name, kept))

    def _rename_indexes(self, key: Key) -> None:
        """An index that is as before but for its name."""
        old, new = (
            {_but_for_the_name(each): each for each in state.options.get("indexes", ())}
            for state in (self.state.models[key], self.to.models[key])
        )
        for text, index in old.items():
            if text in new and new[text].name != index.name:
                name = self.to.models[key].name.lower()
                self._take(key, RenameIndex(name, new[text].name, index.name))

    def _add_named(self, key: Key) -> None:
        new = self.to.models[key]
        for option, add, _ in NAMED:
            there = {each.name for each in self.state.models[key].options.get(option, ())}
            for thing in new.options.get(option, ()):
                if thing.name not in there:
                    self._take(key, add(new.name.lower(), thing))
        if _together(self.state.models[key]) != _together(new):
            self._take(key, AlterUniqueTogether(new.name.lower(), _together(new)))


def _next_to_create(
    waiting: Mapping[Key, ModelState],
) -> tuple[Key, dict[str, Deconstructed]]:
    """A model that needs none of the others; of a circle the first, and what closes it in there."""
    for key, state in waiting.items():
        if not (state.neighbours() - {key}) & waiting.keys():
            return key, {}
    key = next(key for key, state in waiting.items() if not state.parents() & waiting.keys())
    fields = waiting[key].fields.items()
    others = waiting.keys() - {key}
    return key, {name: field for name, field in fields if field.targets(key) & others}


def _same_fields(old: ModelState, new: ModelState) -> bool:
    return {name: _pointed(each, new.key) for name, each in old.fields.items()} == {
        name: _pointed(each, new.key) for name, each in new.fields.items()
    }


def _pointed(field: Deconstructed, owner: Key) -> Deconstructed:
    """The field with the model that it names named in full."""
    to = field.kwargs.get("to")
    return field.having(to=".".join(key_of(to, owner))) if to else field


def _together(state: ModelState) -> list[tuple[str, ...]]:
    return [tuple(each) for each in state.options.get("unique_together", ())]


def _but_for_the_name(index: Any) -> str:
    twin = index.clone()
    twin.name = ""
    return text_of(twin, False)


def _is_many_to_many(field: Deconstructed) -> bool:
    return field.path.rpartition(".")[2] == "ManyToManyField"


def _needs_default(field: Deconstructed) -> bool:
    """Whether rows that are there could not have a value in the field."""
    made = field.build()
    if made.null or _is_many_to_many(field) or getattr(made, "generated", False):
        return False
    in_database = getattr(made, "db_default", NOT_PROVIDED)
    return in_database is NOT_PROVIDED and effective_default(made) is None
