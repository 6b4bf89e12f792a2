"""What all methods of a QuerySet work on: a query, a database, what was found so far.

Step 6 of the trip. In Django: `django.db.models.query`.
"""

from typing import Any

from miniorm.configuration import DEFAULT_ALIAS
from miniorm.errors import NotSupportedError
from miniorm.prefetch import Prefetch
from miniorm.query import Query
from miniorm.results import Results, Shape


class BaseQuerySet:
    """A query that is not asked yet, or whose answer is kept."""

    def __init__(
        self, model: Any = None, query: Query | None = None, using: Any = None, hints: Any = None
    ) -> None:
        self.model = model
        self.query = query if query is not None else Query(model)
        self._db: str | None = using
        self._shape: Shape = "objects"
        self._prefetch: tuple[str | Prefetch, ...] = ()
        self._known: tuple[tuple[Any, Any], ...] = ()  # (foreign key, the object it is)
        self._result_cache: list[Any] | None = None

    def _clone(self, **changes: Any) -> Any:
        """Another queryset, whose query differs in this."""
        return self._with(self.query._replace(**changes))

    def _with(self, query: Query) -> Any:
        twin = object.__new__(type(self))
        twin.__dict__.update(self.__dict__)
        twin.query = query
        twin._result_cache = None
        return twin

    @property
    def db(self) -> str:
        return self._db or DEFAULT_ALIAS

    @property
    def ordered(self) -> bool:
        wanted = self.query.ordering
        if wanted is None:
            return bool(self.model._meta.ordering) and not self.query.grouped_by
        return bool(wanted)

    def _results(self) -> Results:
        return Results(self.query, self.db, self._shape, self._known)

    def _fetched(self) -> list[Any]:
        raise NotImplementedError

    def _refuse_slice(self, what: str) -> None:
        if self.query.is_sliced:
            raise TypeError(f"Cannot {what} a query once a slice has been taken.")

    def _refuse_combined(self, method: str) -> None:
        if self.query.combined:
            raise NotSupportedError(
                f"Calling QuerySet.{method}() after {self.query.combined.kind}() is not supported."
            )

    def resolve_expression(self, query: Any = None, *args: Any, **kwargs: Any) -> Any:
        """Inside of another query: a subquery."""
        from miniorm.expressions import Subquery

        return Subquery(self).resolve_expression(query)
