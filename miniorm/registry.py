"""Every model there is, by application and name.

Before the trip: a class statement enters its model here. A foreign key may name a model
that is defined further down (`ForeignKey("Choice", ...)`), so whoever needs a model by
name leaves a callback, which is called as soon as the model exists.

In Django: `django.apps.registry` (models of an app, and `lazy_model_operation`).
"""

import re
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from miniorm import configuration
from miniorm.errors import ImproperlyConfigured
from miniorm.suggest import did_you_mean

ModelClass = Any
Key = tuple[str, str]  # ("polls", "question")

_models: dict[Key, ModelClass] = {}
_waiting: dict[Key, list[Callable[[ModelClass], None]]] = {}
_one_at_a_time = threading.RLock()


def app_label_for(module: str) -> str:
    """The label of the application that a module belongs to.

    The longest configured package that the module is in decides; else its own name does.
    """
    apps = configuration.current().apps
    owners = [name for name in apps if module == name or module.startswith(name + ".")]
    if owners:
        return apps[max(owners, key=len)]
    return usual_label(module)


def usual_label(module: str) -> str:
    """What a module's application is called where nobody says.

    "polls.models" is of "polls"; a module in no package is an application of its own name,
    `notes.py` "notes", and has that name too where it is run (`python notes.py`). One that is
    called `models.py`, or has no file, is "main".
    """
    package, _, name = (_as_imported() if module == "__main__" else module).rpartition(".")
    if package:
        return package.rpartition(".")[2]
    return "main" if name == "models" or name.startswith("__") else name


def _as_imported() -> str:
    """What the module that is run would be called if it were imported."""
    run = sys.modules["__main__"]
    if spec := getattr(run, "__spec__", None):  # python -m polls.count
        return str(spec.name)
    return re.sub(r"\W", "_", Path(getattr(run, "__file__", None) or "__main__").stem)


def register(model: ModelClass) -> None:
    """Enter a new model and call whoever waited for it.

    A module that is executed anew (a reload, a notebook's cell) replaces its models.
    """
    key = (model._meta.app_label, model._meta.model_name)
    earlier = _models.get(key)
    if earlier is not None and earlier.__module__ != model.__module__:
        raise ImproperlyConfigured(
            f"Two models are called {model._meta.label}: one in {earlier.__module__}, one in "
            f"{model.__module__}. Rename one, or give it another Meta.app_label."
        )
    if earlier is not None:
        _forget(earlier)
    _models[key] = model
    for callback in _waiting.pop(key, []):
        callback(model)


def _forget(model: ModelClass) -> None:
    """Take a replaced model out, and its foreign keys from the models they point to."""
    del _models[model._meta.app_label, model._meta.model_name]
    for other in _models.values():
        other._meta.drop_related_objects_of(model)


def when_defined(
    label: str, from_model: ModelClass, callback: Callable[[ModelClass], None]
) -> None:
    """Call `callback(model)` once the model that `label` names exists.

    "polls.Question", or "Question" for one in the application of `from_model`.
    """
    app_label, _, name = label.rpartition(".")
    key = (app_label or from_model._meta.app_label, name.lower())
    if key in _models:
        callback(_models[key])
    else:
        _waiting.setdefault(key, []).append(callback)


def get_models(
    app_label: str | None = None, include_auto_created: bool = False
) -> list[ModelClass]:
    """All models, or those of one application, in the order of their definition.

    Those of a many-to-many field's links only where asked for: nobody wrote them.
    """
    return [
        model
        for key, model in _models.items()
        if app_label in (None, key[0]) and (include_auto_created or not model._meta.auto_created)
    ]


def knows(model: ModelClass) -> bool:
    """Whether it is the model of its name: not one replaced since, nor one half made."""
    return _models.get((model._meta.app_label, model._meta.model_name)) is model


def get_model(label: str) -> ModelClass:
    """The model of a label as "polls.Question"; raises LookupError."""
    app_label, _, name = label.rpartition(".")
    try:
        return _models[app_label, name.lower()]
    except KeyError:
        known = [model._meta.label for model in _models.values()]
        raise LookupError(f"There is no model {label!r}.{did_you_mean(label, known)}") from None


@contextmanager
def isolated() -> Iterator[None]:
    """Forget the models defined inside, as it ends: for tests and experiments.

    In Django: `django.test.utils.isolate_apps`.
    """
    models, waiting = dict(_models), {key: list(some) for key, some in _waiting.items()}
    try:
        yield
    finally:
        for key, model in list(_models.items()):
            if models.get(key) is not model:
                _forget(model)
        _models.update(models)
        for model in _models.values():  # a class whose making failed has left its relations
            for relation in [
                each for each in model._meta.relations if not knows(each.related_model)
            ]:
                model._meta.drop_related_objects_of(relation.related_model)
        _waiting.clear()
        _waiting.update(waiting)


@contextmanager
def apart() -> Iterator[dict[Key, ModelClass]]:
    """Models defined inside are entered in a registry of their own, which this gives.

    Migrations make models as they were once, beside those that are: of the same names.
    """
    global _models, _waiting
    with _one_at_a_time:
        before = _models, _waiting
        _models, _waiting = {}, {}
        try:
            yield _models
        finally:
            _models, _waiting = before
