"""Ordering: what rows are ordered by, and where those come that have nothing there.

Step 6 of the trip. In Django: `django.db.models.expressions` (OrderBy).
"""

from typing import Any

from miniorm import fields
from miniorm.expressions.base import SQL, Expression, as_expression


class OrderBy(Expression):
    """An expression to order by, with its direction and the place of NULL."""

    def __init__(
        self,
        expression: Any,
        descending: bool = False,
        nulls_first: bool | None = None,
        nulls_last: bool | None = None,
    ) -> None:
        if nulls_first and nulls_last:
            raise ValueError("nulls_first and nulls_last are mutually exclusive")
        if nulls_first is False or nulls_last is False:
            raise ValueError("nulls_first and nulls_last values must be True or None.")
        self.sources = (as_expression(expression),)
        self.descending = descending
        self.nulls_first = True if nulls_first else (False if nulls_last else None)

    @property
    def expression(self) -> Any:
        return self.sources[0]

    def reversed(self) -> "OrderBy":
        twin: OrderBy = self.copy()
        twin.descending = not self.descending
        twin.nulls_first = None if self.nulls_first is None else not self.nulls_first
        return twin

    def reverse_ordering(self) -> "OrderBy":
        """Django's: this one itself is turned round."""
        self.__dict__.update(vars(self.reversed()))
        return self

    def asc(self, **nulls: Any) -> "OrderBy":
        return OrderBy(self.sources[0], False, **nulls)

    def desc(self, **nulls: Any) -> "OrderBy":
        return OrderBy(self.sources[0], True, **nulls)

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        sql, params = compiler.compile(self.sources[0])
        return f"{sql} {self.direction()}", params

    def direction(self) -> str:
        """What is said after the expression."""
        word = "DESC" if self.descending else "ASC"
        if not self.sources[0].may_be_null():
            return word
        # To PostgreSQL NULL is greater than all, to SQLite less. Said, it is one answer.
        first = self.descending if self.nulls_first is None else self.nulls_first
        return f"{word} NULLS {'FIRST' if first else 'LAST'}"

    def get_group_by_cols(self) -> list[Any]:
        return self.sources[0].get_group_by_cols()  # type: ignore[no-any-return]


class Random(Expression):
    """A random number for each row: `order_by("?")`."""

    _output_field = fields.FloatField()

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        return "RANDOM()", []

    def as_sqlite(self, compiler: Any, connection: Any) -> SQL:
        return "RAND()", []  # from 0 to 1, as PostgreSQL's; SQLite's own is of 64 bits

    def get_group_by_cols(self) -> list[Any]:
        return []
