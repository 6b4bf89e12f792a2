"""A QuerySet: a query that is lazy, chained, and asked once.

Step 6 of the trip. Each method gives another QuerySet and asks nothing; the first look at
the rows (iterating, len, bool, list, repr, [n]) runs the SQL, and what came is kept:

    latest = Question.objects.filter(pub_date__lte=now).order_by("-pub_date")[:5]   # no SQL
    for question in latest: ...                                                     # SQL
    for question in latest: ...                                                     # none

Django's page "QuerySet API reference"; in Django: `django.db.models.query`.
"""

import operator
from collections.abc import Iterator
from typing import Any

from miniorm.prefetch import prefetch_related_objects
from miniorm.querysets.changing import Changing
from miniorm.querysets.combining import Combining
from miniorm.raw import RawQuerySet
from miniorm.state import AltersData

REPR_OUTPUT_SIZE = 20


class QuerySet(Combining, Changing, AltersData):
    """The rows of a model that answer a query."""

    @classmethod
    def as_manager(cls) -> Any:
        """A manager with the methods of this queryset class."""
        from miniorm.manager import Manager

        return Manager.from_queryset(cls)()

    as_manager.__func__.queryset_only = True  # type: ignore[attr-defined]

    def raw(
        self, raw_query: str, params: Any = (), translations: Any = None, using: Any = None
    ) -> RawQuerySet:
        """Objects of an SQL query of your own, with "%s" for its parameters."""
        return RawQuerySet(raw_query, self.model, params, translations, using or self._db)

    def __getstate__(self) -> dict[str, Any]:
        """To be pickled it is asked, and takes its rows with it."""
        self._fetched()
        return self.__dict__

    # --- looking at the rows ----------------------------------------------------------

    def __iter__(self) -> Iterator[Any]:
        return iter(self._fetched())

    def __len__(self) -> int:
        return len(self._fetched())

    def __bool__(self) -> bool:
        return bool(self._fetched())

    def __contains__(self, item: object) -> bool:
        return item in self._fetched()

    def __repr__(self) -> str:
        data: list[Any] = list(self[: REPR_OUTPUT_SIZE + 1])
        if len(data) > REPR_OUTPUT_SIZE:
            data[-1] = "...(remaining elements truncated)..."
        return f"<{type(self).__name__} {data!r}>"

    def __getitem__(self, key: Any) -> Any:
        """One object, or with a slice another queryset (a list where it has a step)."""
        if not isinstance(key, int | slice):
            raise TypeError(
                f"QuerySet indices must be integers or slices, not {type(key).__name__}."
            )
        if isinstance(key, int):
            if key < 0:
                raise ValueError("Negative indexing is not supported.")
            if self._result_cache is not None:
                return self._result_cache[key]
            return self._with(self.query.sliced(key, key + 1))._fetched()[0]
        low = 0 if key.start is None else operator.index(key.start)
        high = None if key.stop is None else operator.index(key.stop)
        if low < 0 or (high is not None and high < 0):
            raise ValueError("Negative indexing is not supported.")
        if self._result_cache is not None:
            return self._result_cache[key]
        rows = self._with(self.query.sliced(low, None if high is None else max(low, high)))
        return list(rows)[:: key.step] if key.step else rows

    def _fetched(self) -> list[Any]:
        if self._result_cache is None:
            self._result_cache = self._results().all()
            if self._prefetch and self._shape == "objects":
                prefetch_related_objects(self._result_cache, *self._prefetch)
        return self._result_cache
