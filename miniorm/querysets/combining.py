"""Several querysets in one: `&`, `|`, `^`, and SQL's UNION, INTERSECT, EXCEPT.

Step 6 of the trip. The operators make one query with both conditions; union() and its kin two
queries whose rows the database puts together, of one model or of several.

Django's page "QuerySet API reference"; in Django: `django.db.models.query` and `Query.combine`.
"""

from collections.abc import Sequence
from typing import Any

from miniorm.conditions import AND, OR, Group, IsTrue, Not
from miniorm.expressions import Col
from miniorm.nested import Combined
from miniorm.query import Query
from miniorm.querysets.base import BaseQuerySet


class Combining(BaseQuerySet):
    """This queryset and others as one."""

    def __and__(self, other: Any) -> Any:
        mine, theirs = self._both("&", other)
        # The other one's journeys over multi-valued relations are its own.
        moved = tuple(each.map_columns(_renumbered(mine.filters)) for each in theirs.where)
        return self._clone(
            where=(*mine.where, *moved),
            filters=mine.filters + theirs.filters,
            empty=mine.empty or theirs.empty,
        )

    def __or__(self, other: Any) -> Any:
        return self._either("|", other, lambda mine, theirs: Group(OR, [mine, theirs]))

    def __xor__(self, other: Any) -> Any:
        return self._either("^", other, _exactly_one)

    def _either(self, sign: str, other: Any, join: Any) -> Any:
        if self.query.is_sliced:
            rows: Any = self
            return rows._as_subquery()._either(sign, other, join)
        if other.query.is_sliced:
            other = other._as_subquery()
        mine, theirs = self._both(sign, other)
        if mine.empty:
            return other._clone()
        if theirs.empty:
            return self._clone()
        where = join(Group(AND, mine.where), Group(AND, theirs.where))
        return self._clone(where=(where,), filters=max(mine.filters, theirs.filters))

    def _as_subquery(self) -> Any:
        """The rows of a slice, found by their keys."""
        keys = self._clone(values=("pk",), related=())
        return self.model._base_manager.using(self._db).filter(pk__in=keys)

    def _both(self, sign: str, other: Any) -> tuple[Query, Query]:
        if not isinstance(other, BaseQuerySet) or self.model is not other.model:
            raise TypeError("Cannot combine queries on two different base models.")
        for each in (self, other):
            each._refuse_combined({"&": "__and__", "|": "__or__", "^": "__xor__"}[sign])
            if each.query.is_sliced:
                raise TypeError("Cannot combine queries once a slice has been taken.")
        if (self.query.distinct, self.query.distinct_on) != (
            other.query.distinct,
            other.query.distinct_on,
        ):
            raise TypeError("Cannot combine a unique query with a non-unique query.")
        return self.query, other.query

    # --- the database's own -----------------------------------------------------------

    def union(self, *other_qs: Any, all: bool = False) -> Any:
        """The rows of all of them; with `all`, equal ones several times."""
        querysets = [each for each in (self, *other_qs) if not each.query.empty]
        if len(querysets) < 2:
            return querysets[0]._clone() if querysets else self._clone()
        return self._combined("union", querysets, all)

    def intersection(self, *other_qs: Any) -> Any:
        """The rows that are in every one."""
        for each in (self, *other_qs):
            if each.query.empty:
                return each._clone()
        return self._combined("intersection", [self, *other_qs])

    def difference(self, *other_qs: Any) -> Any:
        """The rows of this one that are in none of the others."""
        others = [each for each in other_qs if not each.query.empty]
        if self.query.empty or not others:
            return self._clone()
        return self._combined("difference", [self, *others])

    def _combined(self, kind: str, querysets: Sequence[Any], keep_all: bool = False) -> Any:
        queries = tuple(each.query for each in querysets)
        first = querysets[0]
        return first._with(
            Query(
                first.model,
                ordering=(),
                annotations=queries[0].annotations,
                hidden=queries[0].hidden,
                values=queries[0].values,
                related=queries[0].related,
                deferred=queries[0].deferred,
                combined=Combined(kind, keep_all, queries),
            )
        )


def _renumbered(by: int) -> Any:
    def change(column: Col) -> Col:
        path = tuple(
            join._replace(number=join.number + by if join.number else 0) for join in column.path
        )
        return Col(path, column.field, column.relation)

    return change


def _exactly_one(mine: Any, theirs: Any) -> Any:
    """SQL has no XOR: one of the two, and not the other."""
    pairs = ((mine, theirs), (theirs, mine))
    return Group(OR, [Group(AND, [one, Not(IsTrue(other))]) for one, other in pairs])
