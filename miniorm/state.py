"""What an instance knows of itself besides its values.

Step 6 of the trip. Kept in one object, so that everything else on an instance is a plain
attribute with a column's value. In Django: `django.db.models.base.ModelState`.
"""

from typing import Any


class ModelState:
    """`instance._state`: which database, whether it is new, related objects fetched so far."""

    __slots__ = ("adding", "db", "fields_cache")

    def __init__(self, db: str | None = None, adding: bool = True) -> None:
        self.db = db  # the alias it was loaded from or saved to
        self.adding = adding  # not in the database so far
        self.fields_cache: dict[str, Any] = {}  # related objects, by the relation's name
