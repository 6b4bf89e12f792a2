"""What an instance knows of itself besides its values, and what a template may not do to it.

Step 6 of the trip. The state is kept in one object, so that everything else on an instance
is a plain attribute with a column's value. In Django: `django.db.models.base.ModelState` and
`django.db.models.utils.AltersData`.
"""

from typing import Any


class AltersData:
    """A base that hands `method.alters_data` down to the methods that override it.

    A template calls what it finds, so `{{ question.delete }}` would delete; it leaves alone
    what is marked. A model's own `save()` is written without a thought of that.
    """

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        for name, method in vars(cls).items():
            if callable(method) and not hasattr(method, "alters_data"):
                above = [vars(base)[name] for base in cls.__mro__[1:] if name in vars(base)]
                if above and hasattr(above[0], "alters_data"):
                    method.alters_data = above[0].alters_data


class ModelState:
    """`instance._state`: which database, whether it is new, related objects fetched so far."""

    __slots__ = ("adding", "db", "fields_cache")

    def __init__(self, db: str | None = None, adding: bool = True) -> None:
        self.db = db  # the alias it was loaded from or saved to
        self.adding = adding  # not in the database so far
        self.fields_cache: dict[str, Any] = {}  # related objects, by the relation's name
