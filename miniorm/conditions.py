"""Conditions: `Q`, the tree that filter() and exclude() make, and what NOT means in SQL.

Step 6 of the trip. SQL has three answers: true, false, and NULL for "unknown", and NOT of
unknown is unknown. In Python there are two, so `exclude(x=1)` has to give the rows where x
is NULL as well. That is done here, once: a comparison under a NOT says that its value is
known, so that it is true or false and nothing else. And under a NOT, "a choice with 3
votes" must mean "there is no such choice", not "there is a choice that is different":
a multi-valued relation becomes NOT EXISTS.

Django's pages "Complex lookups with Q objects" and "Spanning multi-valued relationships";
in Django: `django.db.models.query_utils`, `build_filter` and `split_exclude`.
"""

from collections.abc import Iterable
from typing import Any

from miniorm import datelookups, fields, listlookups, textlookups  # noqa: F401
from miniorm.errors import NotSupportedError
from miniorm.expressions import (
    SQL,
    Col,
    Exists,
    Expression,
    Outer,
    ResolvedOuterRef,
    Subquery,
)
from miniorm.expressions.base import as_expression
from miniorm.fields import json  # noqa: F401 (lookups register themselves, as those above)
from miniorm.lookups import Exact, IsNull, expressions_in
from miniorm.query import Path, Query, Scope, transformed

AND, OR, XOR = "AND", "OR", "XOR"


class Q:
    """Conditions as an object: `Q(votes__gt=3) | ~Q(choice_text="")`."""

    AND, OR, XOR = AND, OR, XOR
    conditional = True

    def __init__(
        self, *args: Any, _connector: str | None = None, _negated: bool = False, **kwargs: Any
    ) -> None:
        if _connector not in (None, AND, OR, XOR):  # it is written into the SQL as it is
            raise ValueError(f"_connector must be {AND!r}, {OR!r} or {XOR!r}, not {_connector!r}.")
        self.children: list[Any] = [*args, *sorted(kwargs.items())]
        self.connector = _connector or AND
        self.negated = _negated

    def _joined(self, other: Any, connector: str) -> "Q":
        if not isinstance(other, Q) and not hasattr(other, "resolve_expression"):
            raise TypeError(f"A Q can be combined with a Q or a condition, not with {other!r}.")
        if not self:
            return other if isinstance(other, Q) else Q(other)
        if isinstance(other, Q) and not other:
            return self
        return Q(self, other, _connector=connector)

    def __and__(self, other: Any) -> "Q":
        return self._joined(other, AND)

    def __or__(self, other: Any) -> "Q":
        return self._joined(other, OR)

    def __xor__(self, other: Any) -> "Q":
        return self._joined(other, XOR)

    def __invert__(self) -> "Q":
        return Q(self, _negated=True)

    def resolve_expression(self, query: Any = None, *args: Any, **kwargs: Any) -> Any:
        return resolve(self, query)

    def __bool__(self) -> bool:
        return any(bool(each) if isinstance(each, Q) else True for each in self.children)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Q):
            return NotImplemented
        return (self.children, self.connector, self.negated) == (
            other.children,
            other.connector,
            other.negated,
        )

    def __hash__(self) -> int:
        return hash((self.connector, self.negated, repr(self.children)))

    def __repr__(self) -> str:
        inside = f" {self.connector} ".join(
            "{}={!r}".format(*each) if isinstance(each, tuple) else repr(each)
            for each in self.children
        )
        return f"<Q: {'NOT ' if self.negated else ''}({inside})>"


# --- the resolved tree ----------------------------------------------------------------


class Condition(Expression):
    """Something true or false."""

    _output_field = fields.BooleanField()


class Group(Condition):
    """Several conditions: all of them, or at least one."""

    def __init__(self, connector: str, sources: Iterable[Expression]) -> None:
        self.connector = connector
        self.sources = tuple(sources)

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        parts = [compiler.compile(each) for each in self.sources]
        if not parts:  # all of nothing is true, one of nothing is false
            return ("1 = 1" if self.connector == AND else "1 = 0"), []
        sql = f" {self.connector} ".join(part for part, _ in parts)
        return f"({sql})", [param for _, params in parts for param in params]

    def required(self) -> frozenset[Path]:
        parts: list[frozenset[Path]] = [each.required() for each in self.sources]
        if self.connector == AND or not parts:
            return frozenset[Path]().union(*parts)
        return parts[0].intersection(*parts[1:])


class IsTrue(Condition):
    """A condition that is false where it would be unknown."""

    def __init__(self, condition: Expression) -> None:
        self.sources = (condition,)

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        sql, params = compiler.compile(self.sources[0])
        return f"({sql}) IS TRUE", params


class Not(Condition):
    """The opposite."""

    def __init__(self, condition: Expression) -> None:
        self.sources = (condition,)

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        sql, params = compiler.compile(self.sources[0])
        return f"NOT ({sql})", params


# --- from Q to the tree ---------------------------------------------------------------


def filtered(query: Query, condition: Any, negated: bool = False) -> Query:
    """The query with one more condition: a Q, or a pair of a name and a value."""
    number = query.filters + 1
    resolved = resolve(condition, Scope(query, number), negated)
    return query._replace(where=(*query.where, resolved), filters=number)


def resolve(condition: Any, scope: Scope, negated: bool = False) -> Any:
    """The tree of a Q or of an expression that is a condition. `negated` puts a NOT around."""
    tree = _resolve(condition, scope, negated)
    return Not(tree) if negated else tree


def _resolve(condition: Any, scope: Scope, under_not: bool) -> Any:
    """The tree; `under_not` says whether an odd number of NOTs stands around it."""
    if isinstance(condition, tuple):
        return _comparison(condition[0], condition[1], scope, under_not)
    if not isinstance(condition, Q):
        if not hasattr(condition, "resolve_expression"):
            raise TypeError(
                f"filter() takes Q objects, conditions and name=value, and got {condition!r}."
            )
        resolved = condition.resolve_expression(scope)
        return resolved if scope.number is None else _checked(resolved)
    if condition.connector == XOR:
        return _resolve(_without_xor(condition), scope, under_not)
    inside = under_not != condition.negated
    children = [_resolve(each, scope, inside) for each in condition.children]
    tree = children[0] if len(children) == 1 else Group(condition.connector, children)
    return Not(tree) if condition.negated else tree


def _checked(condition: Any) -> Any:
    if not getattr(condition, "conditional", False):
        raise TypeError("Cannot filter against a non-conditional expression.")
    if not condition.filterable:
        raise NotSupportedError(f"{type(condition).__name__} is disallowed in the filter clause.")
    return condition


def _without_xor(condition: Q) -> Q:
    """Exactly one of the two (SQL has no XOR): a AND NOT b, or b AND NOT a."""
    first, *rest = (each if isinstance(each, Q) else Q(each) for each in condition.children)
    for other in rest:
        first = (first & ~other) | (other & ~first)
    return ~first if condition.negated else first


def _comparison(name: str, value: Any, scope: Scope, under_not: bool) -> Any:
    """One `name=value`."""
    expression, rest = scope.find(name)
    lookup = build_lookup(expression, rest, value, scope)
    if not under_not:
        return lookup
    # In an annotation or a When() the rows that are joined are meant, one by one.
    split = _first_multiple(lookup) if scope.number is not None else None
    if split is not None:
        return _exists(lookup, *split)
    return _known(lookup)


def build_lookup(expression: Any, parts: list[str], value: Any, scope: Scope) -> Any:
    """The lookup that `parts` name: transforms, then a lookup, or "exact" where none is."""
    *before, last = parts or ["exact"]
    transforms = []
    for part in before:
        expression = transformed(expression, part)
        transforms.append(type(expression))
    found = expression.get_lookup(last)
    if found is None:
        expression = transformed(expression, last)
        transforms.append(type(expression))
        found, last = expression.get_lookup("exact"), "exact"
    if value is None and not found.can_use_none_as_rhs and last != "isnull":
        if last not in ("exact", "iexact"):
            raise ValueError(f"Cannot use None as a query value with {last!r}.")
        return IsNull(expression, True)
    value = _resolved(value, scope, last)
    for transform in transforms:
        if getattr(transform, "bilateral", False):
            several = isinstance(value, list | tuple | set)
            both = [transform(as_expression(each)) for each in (value if several else [value])]
            value = both if several else both[0]
    return found(expression, value)


def _resolved(value: Any, scope: Scope, lookup: str) -> Any:
    """The right side, in which expressions speak of this query."""
    if isinstance(value, list | tuple) and expressions_in(value):
        return [_resolved(each, scope, lookup) for each in value]
    if not hasattr(value, "resolve_expression"):
        return value
    rows: Any = getattr(value, "query", None)
    if lookup == "exact" and hasattr(value, "_fetched") and rows.high != rows.low + 1:
        raise ValueError(
            "The QuerySet value for an exact lookup must be limited to one result using slicing."
        )
    return value.resolve_expression(scope)


def _first_multiple(lookup: Any) -> tuple[Path, int] | None:
    """Where the compared column's path first comes to several rows; None: nowhere."""
    if lookup.contains_aggregate:
        return None
    for column in lookup.sources[0].columns():
        if any(join.alias for join in column.path):  # its condition is the join's already
            continue
        for index, join in enumerate(column.path):
            if join.relation.multiple:
                return column.path, index
    return None


class _StillOuter:
    """Where an OuterRef comes one query further in, and stays open."""

    number = None

    def reference(self, name: Any) -> Any:
        return ResolvedOuterRef(name)


def _exists(lookup: Any, path: Path, index: int) -> Any:
    """That there is a row at the end of path[index] for which the lookup is true."""
    relation = path[index].relation
    inside = path[: index + 1]

    def moved(column: Col) -> Any:
        if column.path[: index + 1] == inside:
            return Col(column.path[index + 1 :], column.field, column.relation)
        return Outer(column)

    near, far = relation.join_columns()
    link = Exact(Col((), far), Outer(Col(path[:index], near)))
    rows = Query(model=relation.related_model, where=(link,))
    inner = lookup.map_columns(moved).bind(_StillOuter(), 1)
    found = Exists(rows._replace(where=(link, inner)))
    # An outer join gives one row of NULLs where there is none, and isnull is true of that.
    if isinstance(lookup, IsNull) and lookup.rhs:
        return Group(OR, [found, Not(Exists(rows))])
    return found


def _known(lookup: Any) -> Any:
    """The lookup, false where a value in it is NULL instead of unknown."""
    if isinstance(lookup, IsNull) or lookup.rhs is None:  # None is JSON's null
        return lookup
    if isinstance(lookup.rhs, Subquery):  # x IN (SELECT ...): one of those rows may be NULL
        return IsTrue(lookup)
    # Of what is in a JSON document, it is the document that may be NULL.
    sources = [getattr(each, "document", each) for each in lookup.sources]
    unsure = [IsNull(each, False) for each in sources if each.may_be_null()]
    return Group(AND, [lookup, *unsure]) if unsure else lookup
