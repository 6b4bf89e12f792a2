"""Several columns as one primary key: Django 5.2 has it, this layer has not.

What points to a row, deletes it or finds it again does so by one value here. The name is
known so that a model which uses it is told why, and what to write instead.
"""

from typing import Any

from miniorm.errors import ImproperlyConfigured


class CompositePrimaryKey:
    """Refused by name."""

    def __init__(self, *names: str, **options: Any) -> None:
        raise ImproperlyConfigured(
            f"CompositePrimaryKey({', '.join(map(repr, names))}) is not supported: a model has one "
            "primary key column. Leave it to the automatic id, and say that the fields are unique "
            "together: Meta.constraints = [UniqueConstraint(fields=[...], name=...)]."
        )
