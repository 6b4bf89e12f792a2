"""A manager: where a model's queries begin.

Step 6 of the trip. `Question.objects` is a manager; `objects.filter(...)` is
`objects.get_queryset().filter(...)`. Whoever overrides `get_queryset` says what "all" means,
and whoever adds a method gives a question about the data its name:

    class QuestionManager(models.Manager):
        def published(self):
            return self.filter(pub_date__lte=now())

Django's page "Managers"; in Django: `django.db.models.manager`.
"""

import copy
import inspect
from collections.abc import Callable
from typing import Any

from miniorm.queryset import QuerySet
from miniorm.state import AltersData


class BaseManager(AltersData):
    """A manager without the methods of a queryset."""

    auto_created = False
    use_in_migrations = False
    _queryset_class: Any = QuerySet

    def __init__(self) -> None:
        self.model: Any = None
        self.name: str | None = None
        self._db: str | None = None
        self._hints: dict[str, Any] = {}

    def __repr__(self) -> str:
        where = f" of {self.model._meta.label}" if self.model else ""
        return f"<{type(self).__name__} {self.name!r}{where}>"

    def __str__(self) -> str:
        return f"{self.model._meta.label}.{self.name}"

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return id(self)

    def contribute_to_class(self, cls: Any, name: str) -> None:
        """Become the manager `name` of a model; called by the metaclass."""
        self.name = self.name or name
        self.model = cls
        setattr(cls, name, ManagerDescriptor(self))
        cls._meta.local_managers.append(self)
        cls._meta.forget()

    def for_model(self, model: Any) -> "BaseManager":
        """This manager, or a copy of it for a model that inherits it."""
        if self.model is model:
            return self
        twin = copy.copy(self)
        twin.model = model
        return twin

    @classmethod
    def from_queryset(cls, queryset_class: Any, class_name: str | None = None) -> Any:
        """A manager class that has the public methods of a queryset class too."""
        name = class_name or f"{cls.__name__}From{queryset_class.__name__}"
        methods = _methods_for_managers(cls, queryset_class)
        return type(name, (cls,), {"_queryset_class": queryset_class, **methods})

    def get_queryset(self) -> Any:
        """What "all" means here. Every query of this manager begins with it."""
        return self._queryset_class(model=self.model, using=self._db)

    def all(self) -> Any:
        return self.get_queryset()

    def using(self, alias: str | None) -> Any:
        return self.get_queryset().using(alias)

    def db_manager(self, using: str | None = None, hints: dict[str, Any] | None = None) -> Any:
        """This manager for another database."""
        twin = copy.copy(self)
        twin._db = using or self._db
        twin._hints = hints or self._hints
        return twin

    @property
    def db(self) -> str:
        return str(self.get_queryset().db)


def _methods_for_managers(manager_class: Any, queryset_class: Any) -> dict[str, Any]:
    """The public methods of a queryset class, each as one that starts from get_queryset().

    `method.queryset_only = True` keeps one out (`delete`: nobody should empty a table by a
    slip), False takes one in that begins with "_".
    """
    methods = {}
    for name, method in inspect.getmembers(queryset_class, inspect.isfunction):
        only = getattr(method, "queryset_only", None)
        hidden = only if only is not None else name.startswith("_")
        if not hidden and not hasattr(manager_class, name):
            methods[name] = _forwarding(name, method)
    return methods


def _forwarding(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
    def forward(self: Any, *args: Any, **kwargs: Any) -> Any:
        return getattr(self.get_queryset(), name)(*args, **kwargs)

    forward.__name__ = name
    forward.__doc__ = method.__doc__
    forward.alters_data = getattr(method, "alters_data", False)  # type: ignore[attr-defined]
    return forward


_WithQuerySetMethods: Any = BaseManager.from_queryset(QuerySet)


class Manager(_WithQuerySetMethods):  # type: ignore[misc]
    """What a model has as `objects` unless it says otherwise; the base of your own."""


class ManagerDescriptor:
    """`Question.objects` is the manager; `question.objects` is a mistake and says so."""

    def __init__(self, manager: BaseManager) -> None:
        self.manager = manager

    def __get__(self, instance: Any, cls: Any) -> BaseManager:
        if instance is not None:
            raise AttributeError(
                f"A manager asks about a table, not about one row: write "
                f"{cls.__name__}.{self.manager.name}, not an instance of it."
            )
        if cls._meta.abstract:
            raise AttributeError(f"{cls.__name__} is abstract: it has no table to ask about.")
        return cls._meta.managers_map[self.manager.name]  # type: ignore[no-any-return]
