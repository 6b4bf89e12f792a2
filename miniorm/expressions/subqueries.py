"""Subqueries: a query inside of another one, that may speak of the row around it.

Step 6 of the trip.

    newest = Choice.objects.filter(question=OuterRef("pk")).order_by("-votes")
    Question.objects.annotate(best=Subquery(newest.values("choice_text")[:1]))

The inner query is written first, when nobody knows yet what will be around it; so an
OuterRef stays open there, and is looked up ("bound") where the subquery is used.

Django's page "Query Expressions"; in Django: `django.db.models.expressions`.
"""

from collections.abc import Callable, Iterator
from typing import Any

from miniorm import fields
from miniorm.errors import FieldError
from miniorm.expressions.base import SQL, Expression
from miniorm.expressions.columns import Outer
from miniorm.expressions.combinable import F
from miniorm.query import Query, Scope


class OuterRef(F):
    """A name of the query around; OuterRef(OuterRef("pk")) of the one around that."""

    name: Any  # a text, or an OuterRef

    def __repr__(self) -> str:
        return f"OuterRef({self.name})"

    def resolve_expression(self, query: Any = None, *args: Any, **kwargs: Any) -> Any:
        return ResolvedOuterRef(self.name)


class ResolvedOuterRef(Expression):
    """An OuterRef in its query, still without one around it."""

    def __init__(self, name: Any) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"ResolvedOuterRef({self.name})"

    def resolve_expression(self, query: Any = None, *args: Any, **kwargs: Any) -> Any:
        return self

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        raise ValueError(
            "This queryset contains a reference to an outer query and may only be used in a "
            "subquery."
        )

    def columns(self, depth: int = 0) -> Iterator[Any]:
        return iter(())

    def map_columns(self, change: Callable[[Any], Any], depth: int = 0) -> Any:
        return self

    def bind(self, scope: Any, depth: int) -> Any:
        if depth > 1:
            return self
        name = self.name
        return Outer(
            name.resolve_expression(scope) if isinstance(name, F) else scope.reference(name)
        )

    def may_be_null(self) -> bool:
        return True

    def _resolve_output_field(self) -> fields.Field | None:
        return None


class Subquery(Expression):
    """The one value that a query gives; for `in`, its values."""

    template = "(%(subquery)s)"
    empty_result_set_value = None

    def __init__(self, queryset: Any, output_field: Any = None, **extra: Any) -> None:
        self.query: Query = getattr(queryset, "query", queryset)
        self.using: str | None = getattr(queryset, "_db", None)  # of `using()`
        self._output_field = output_field
        self.extra = extra

    def __repr__(self) -> str:
        return f"{type(self).__name__}(...)"

    def with_query(self, query: Query) -> Any:
        twin = self.copy()
        twin.query = query
        return twin

    def resolve_expression(self, query: Any = None, *args: Any, **kwargs: Any) -> Any:
        return self.bind(query, 0)

    def bind(self, scope: Scope, depth: int) -> Any:
        return self.with_query(self.query.mapped(lambda each: each.bind(scope, depth + 1)))

    def columns(self, depth: int = 0) -> Iterator[Any]:
        for each in self.query.expressions():
            yield from each.columns(depth + 1)

    def map_columns(self, change: Callable[[Any], Any], depth: int = 0) -> Any:
        return self.with_query(self.query.mapped(lambda each: each.map_columns(change, depth + 1)))

    def as_sql(self, compiler: Any, connection: Any, template: Any = None, **extra: Any) -> SQL:
        sql, params = self.subquery_sql(compiler.inner(self.query))
        context = {**self.extra, **extra, "subquery": sql}
        return (template or context.get("template", self.template)) % context, params

    def subquery_sql(self, inner: Any) -> SQL:
        """What stands in the brackets; none() is a query that finds nothing."""
        query = inner.query
        if query.empty:
            return "SELECT NULL WHERE 1 = 0", []
        if query.values is None:
            raise FieldError(
                f"A subquery gives one column: use values() to say which of "
                f"{query.model._meta.label}."
            )
        return inner.as_sql()  # type: ignore[no-any-return]

    def get_group_by_cols(self) -> list[Any]:
        return [self]

    def may_be_null(self) -> bool:
        return True

    def _resolve_output_field(self) -> fields.Field | None:
        query = self.query
        if not query.values:
            return query.model._meta.pk  # type: ignore[no-any-return]
        field: fields.Field = Scope(query).reference(query.values[0]).output_field
        return field


class Exists(Subquery):
    """Whether a subquery has a row."""

    template = "EXISTS(%(subquery)s)"
    _exists_field = fields.BooleanField()

    def subquery_sql(self, inner: Any) -> SQL:
        return inner.exists_sql()  # type: ignore[no-any-return]

    def may_be_null(self) -> bool:
        return False

    def _resolve_output_field(self) -> fields.Field | None:
        return self._exists_field

    def __invert__(self) -> Any:
        from miniorm.conditions import Not

        return Not(self)
