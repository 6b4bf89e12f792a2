"""The models as they were at some moment: what migrations lead from and to.

Before the trip. A migration file of last year must not look at the models of today. So the
history is played again in memory: each operation makes a new `ProjectState` of the one
before. A state is a mapping of model states and is never changed; a model state has what
`deconstruct()` gave of each field. Classes are made of them only when something asks (the
schema editor, a RunPython function), and states that follow each other share the classes of
all models that no operation between them touched.

In Django: `django.db.migrations.state`.
"""

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from miniorm import registry
from miniorm.deconstruction import import_path
from miniorm.migrations.serializer import text_of
from miniorm.options import META_DEFAULTS, words
from miniorm.suggest import did_you_mean

Key = tuple[str, str]  # ("polls", "question")
ModelClass = Any

# How many sets of classes are kept for states to come.
CLASSES_KEPT = 50


class Deconstructed:
    """How to make an object: a path and arguments. Equal to whatever is written the same."""

    __slots__ = ("_text", "args", "kwargs", "path")

    def __init__(self, path: str, args: Iterable[Any] = (), kwargs: Mapping[str, Any] = {}) -> None:
        self.path = path
        self.args = tuple(args)
        self.kwargs = dict(kwargs)
        self._text: str | None = None

    @classmethod
    def of(cls, thing: Any) -> "Deconstructed":
        """Of a field, or of anything else that has deconstruct()."""
        return thing if isinstance(thing, cls) else cls(*thing.deconstruct()[-3:])

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        return self.path, self.args, self.kwargs

    def build(self) -> Any:
        """The object, a new one."""
        return import_path(self.path)(*self.args, **self.kwargs)

    def having(self, **kwargs: Any) -> "Deconstructed":
        """The same with other arguments."""
        return Deconstructed(self.path, self.args, {**self.kwargs, **kwargs}) if kwargs else self

    def without(self, name: str) -> "Deconstructed":
        """The same without an argument."""
        kwargs = {each: value for each, value in self.kwargs.items() if each != name}
        return Deconstructed(self.path, self.args, kwargs)

    @property
    def text(self) -> str:
        if self._text is None:
            self._text = text_of(self, strict=False)
        return self._text

    def __repr__(self) -> str:
        return self.text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Deconstructed) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    # --- where it points --------------------------------------------------------------

    def targets(self, owner: Key) -> set[Key]:
        """The models that this field names."""
        labels = [self.kwargs.get("to"), self.kwargs.get("through")]
        return {key_of(label, owner) for label in labels if label}


def key_of(label: str, owner: Key) -> Key:
    """The key of "self", "Question" or "polls.Question" as `owner` says it."""
    if label == "self":
        return owner
    app_label, _, name = label.rpartition(".")
    return app_label or owner[0], name.lower()


@dataclass(frozen=True, eq=False)
class ModelState:
    """One model at one moment."""

    app_label: str
    name: str
    fields: Mapping[str, Deconstructed]
    options: Mapping[str, Any] = field(default_factory=dict)
    bases: tuple[Any, ...] = ()  # classes, and labels of models
    managers: tuple[tuple[str, Any], ...] = ()

    @property
    def key(self) -> Key:
        return self.app_label, self.name.lower()

    @property
    def label(self) -> str:
        return f"{self.app_label}.{self.name}"

    @property
    def db_table(self) -> str:
        return self.options.get("db_table") or f"{self.app_label}_{self.name.lower()}"

    @classmethod
    def from_model(cls, model: ModelClass) -> "ModelState":
        """The state of a model class as it is now."""
        meta = model._meta
        own = [*meta.local_fields, *getattr(meta, "local_many_to_many", ())]
        fields = {each.name: Deconstructed.of(each) for each in own if each.name != "_order"}
        managers = tuple(
            (manager.name, manager)
            for manager in meta.managers
            if getattr(manager, "use_in_migrations", False)
        )
        return cls(
            meta.app_label, meta.object_name, fields, given_options(meta), _bases(model), managers
        )

    def having(self, **options: Any) -> "ModelState":
        """The same with other options; None takes one away."""
        found = {**self.options, **options}
        kept = {name: value for name, value in found.items() if value not in (None, [], ())}
        return replace(self, options=kept)

    def having_fields(self, fields: Mapping[str, Deconstructed]) -> "ModelState":
        return replace(self, fields=fields)

    def neighbours(self) -> set[Key]:
        """The models that this one names."""
        found = {key_of(base, self.key) for base in self.bases if isinstance(base, str)}
        return found.union(*(each.targets(self.key) for each in self.fields.values()))

    def named(self, option: str, name: str) -> Any:
        """The index or constraint of that name ("indexes", "constraints")."""
        for each in self.options.get(option, ()):
            if each.name == name:
                return each
        known = [each.name for each in self.options.get(option, ())]
        raise ValueError(f"{self.label} has no {name!r} among its {option}: {known}.")

    def render(self, classes: Mapping[Key, ModelClass]) -> ModelClass:
        """Make the class; `classes` has those it inherits from."""
        from miniorm.models import Model

        bases = tuple(
            classes[key_of(base, self.key)] if isinstance(base, str) else base
            for base in self.bases or (Model,)
        )
        options = dict(self.options)
        for option in ("indexes", "constraints"):
            if option in options:
                options[option] = [each.clone() for each in options[option]]
        body = {name: self._built(each) for name, each in self.fields.items()}
        body.update((name, copy.copy(manager)) for name, manager in self.managers)
        body["Meta"] = type("Meta", (), {**options, "app_label": self.app_label})
        body["__module__"] = "__fake__"  # no module: nobody can import it, or pickle its rows
        return type(bases[0])(self.name, bases, body)

    def _built(self, field: Deconstructed) -> Any:
        """The field; one that points to its own model says so."""
        to = field.kwargs.get("to")
        own = to is not None and key_of(to, self.key) == self.key
        return field.having(to="self").build() if own else field.build()


def given_options(meta: Any) -> dict[str, Any]:
    """What a model's Meta says that would not hold anyway."""
    usual = {
        **META_DEFAULTS,
        "app_label": meta.app_label,
        "abstract": meta.abstract,
        "db_table": f"{meta.app_label}_{meta.model_name}",
        "verbose_name": words(meta.object_name),
        "verbose_name_plural": f"{meta.verbose_name}s",
    }
    found = {}
    for option, default in usual.items():
        value = getattr(meta, option, default)
        if option not in getattr(meta, "given", usual):
            continue
        if option == "order_with_respect_to":
            value = getattr(value, "name", value)
        empty = not value and not default
        if not empty and value != default:
            found[option] = list(value) if isinstance(value, tuple) else value
    return found


def _bases(model: ModelClass) -> tuple[Any, ...]:
    """What a model inherits from: abstract models have given their fields already."""
    found: list[Any] = []
    for base in model.__bases__:
        meta = getattr(base, "_meta", None)
        if meta is not None and meta.abstract:
            found += _bases(base)
        else:
            found.append(base if meta is None else meta.label_lower)
    unique = tuple(dict.fromkeys(found))
    return () if [getattr(each, "__name__", "") for each in unique] == ["Model"] else unique


class ProjectState:
    """All models at one moment. Whatever changes it gives another."""

    def __init__(
        self, models: Mapping[Key, ModelState] | None = None, made: dict[Any, Any] | None = None
    ) -> None:
        self.models: Mapping[Key, ModelState] = models or {}
        # Classes by the set of model states that they were made of, shared by all that follow.
        self._made: dict[frozenset[ModelState], dict[Key, ModelClass]] = (
            {} if made is None else made
        )

    @classmethod
    def from_models(cls, models: Iterable[ModelClass]) -> "ProjectState":
        """The state that the models of today are in."""
        states = [
            ModelState.from_model(model)
            for model in models
            if not getattr(model._meta, "auto_created", False)
        ]
        return cls({state.key: state for state in states})

    def get(self, app_label: str, name: str) -> ModelState:
        key = app_label, name.lower()
        if key not in self.models:
            known = [state.label for state in self.models.values()]
            wanted = f"{app_label}.{name}"
            raise LookupError(
                f"No migration so far has made the model {wanted!r}.{did_you_mean(wanted, known)}"
            )
        return self.models[key]

    def put(self, *states: ModelState) -> "ProjectState":
        """With these model states, in place of those of their names."""
        return ProjectState({**self.models, **{each.key: each for each in states}}, self._made)

    def drop(self, key: Key) -> "ProjectState":
        rest = {each: state for each, state in self.models.items() if each != key}
        return ProjectState(rest, self._made)

    @cached_property
    def links(self) -> dict[Key, set[Key]]:
        """Each model with those it names and those that name it."""
        found: dict[Key, set[Key]] = {key: set() for key in self.models}
        for key, state in self.models.items():
            for other in state.neighbours() & self.models.keys():
                found[key].add(other)
                found[other].add(key)
        return found

    def model_class(self, app_label: str, name: str) -> ModelClass:
        """The class of a model, made with all that it is connected with, unless it was before."""
        key = self.get(app_label, name).key
        connected, new = {key}, [key]
        while new:
            found = self.links[new.pop()] - connected
            connected |= found
            new += found
        recipe = frozenset(self.models[each] for each in connected)
        if recipe not in self._made:
            while len(self._made) >= CLASSES_KEPT:
                del self._made[next(iter(self._made))]
            self._made[recipe] = self._make(
                [state for state in self.models.values() if state in recipe]
            )
        return self._made[recipe][key]

    def _make(self, states: list[ModelState]) -> dict[Key, ModelClass]:
        with registry.apart() as classes:
            waiting = list(states)
            while waiting:
                ready = [each for each in waiting if _parents(each) <= classes.keys()]
                if not ready:
                    raise LookupError(f"{waiting[0].label} inherits from what no migration made.")
                for state in ready:
                    state.render(classes)
                waiting = [each for each in waiting if each not in ready]
            return dict(classes)

    @property
    def apps(self) -> "StateApps":
        return StateApps(self)


def _parents(state: ModelState) -> set[Key]:
    return {key_of(base, state.key) for base in state.bases if isinstance(base, str)}


class StateApps:
    """What a RunPython function gets as `apps`: the models at that point of the history."""

    def __init__(self, state: ProjectState) -> None:
        self._state = state

    def get_model(self, app_label: str, model_name: str | None = None) -> ModelClass:
        """`get_model("polls", "Question")` or `get_model("polls.Question")`."""
        if model_name is None:
            app_label, _, model_name = app_label.partition(".")
        return self._state.model_class(app_label, model_name)

    def get_models(self) -> list[ModelClass]:
        return [self._state.model_class(*key) for key in self._state.models]
