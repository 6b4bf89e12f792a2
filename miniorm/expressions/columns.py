"""Columns: what the names of expressions become.

Step 6 of the trip. A column is known by the path of relations to its table; only the
compiler knows the table's alias. In a subquery, `Outer` is an expression of the query around.

In Django: `django.db.models.expressions` (Col).
"""

from collections.abc import Callable, Iterator
from typing import Any

from miniorm import fields
from miniorm.expressions.base import SQL, Expression
from miniorm.query import Path, Scope


class Col(Expression):
    """A column of the model's own table, or of the one that `path` leads to."""

    contains_aggregate = contains_over_clause = False  # it has no sources to be asked

    def __init__(self, path: Path, field: Any, relation: Any = None) -> None:
        self.path = path
        self.field = field
        # Where an object may stand for its key: the relation that it must be of.
        self.relation = relation or (field if field.is_relation else None)

    def __repr__(self) -> str:
        names = [join.relation.name for join in self.path]
        return f"Col({'__'.join([*names, self.field.name])})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Col):
            return NotImplemented
        return self.field is other.field and self.path == other.path

    def __hash__(self) -> int:
        return hash((self.path, self.field))

    @property
    def target(self) -> Any:
        return self.field

    def resolve_expression(self, query: Any = None, *args: Any, **kwargs: Any) -> "Col":
        return self

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        return f"{compiler.alias(self.path)}.{compiler.quote(self.field.column)}", []

    def columns(self, depth: int = 0) -> Iterator["Col"]:
        if depth == 0:
            yield self

    def map_columns(self, change: Callable[["Col"], Any], depth: int = 0) -> Any:
        return change(self) if depth == 0 else self

    def bind(self, scope: Scope, depth: int) -> "Col":
        return self

    def required(self) -> frozenset[Path]:
        return frozenset(self.path[:count] for count in range(1, len(self.path) + 1))

    def may_be_null(self) -> bool:
        return bool(self.field.null) or any(join.relation.null or join.alias for join in self.path)

    @property  # type: ignore[misc]
    def output_field(self) -> fields.Field:
        field = self.field
        while field.is_relation:
            field = field.target_field
        return field.output_field if field.generated else field  # type: ignore[no-any-return]

    def converter(self, connection: Any) -> Callable[[Any], Any] | None:
        return self.output_field.converter(connection)

    def describe(self) -> str:
        return f"{type(self.field).__name__} {self.field.name!r}"


class Outer(Expression):
    """In a subquery: an expression over the query around it."""

    def __init__(self, expression: Expression) -> None:
        self.expression = expression

    def __repr__(self) -> str:
        return f"Outer({self.expression!r})"

    def __hash__(self) -> int:
        return hash(self.expression)

    def resolve_expression(self, query: Any = None, *args: Any, **kwargs: Any) -> "Outer":
        return self

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        return compiler.outer.compile(self.expression)  # type: ignore[no-any-return]

    def columns(self, depth: int = 0) -> Iterator[Any]:
        if depth:
            yield from self.expression.columns(depth - 1)

    def map_columns(self, change: Callable[[Any], Any], depth: int = 0) -> Any:
        return Outer(self.expression.map_columns(change, depth - 1)) if depth else self

    def bind(self, scope: Scope, depth: int) -> Any:
        return Outer(self.expression.bind(scope, depth - 1)) if depth > 1 else self

    def get_group_by_cols(self) -> list[Any]:
        return []  # of one row of the query around

    def may_be_null(self) -> bool:
        return self.expression.may_be_null()

    def _resolve_output_field(self) -> fields.Field | None:
        return self.expression.output_field
