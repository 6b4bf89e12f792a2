"""Lookups with several values: `pk__in=[1, 2, 3]`, `pages__range=(100, 200)`.

Step 6 of the trip. The values of `in` may be the rows of a queryset: then it is one query with
a subquery in it. In either a value may be an expression.

Django's page "Field lookups"; in Django: `django.db.models.lookups`.
"""

from typing import Any

from miniorm import fields
from miniorm.expressions import SQL, Subquery
from miniorm.lookups import (
    GreaterThanOrEqual,
    LessThanOrEqual,
    Lookup,
    in_no_row,
    is_expression,
    register,
)

# A longer list travels as one parameter: as JSON to SQLite, as an array to PostgreSQL, which
# has to see of what it is.
LONG_LIST = 500
AS_ONE = (
    fields.AutoField, fields.BigAutoField, fields.IntegerField, fields.BigIntegerField,
    fields.CharField, fields.TextField, fields.UUIDField,
)  # fmt: skip


@register(fields.Field)
class In(Lookup):
    """One of several values, or of the rows of a queryset."""

    lookup_name = "in"

    def get_prep_lookup(self) -> Any:
        if isinstance(self.rhs, str | bytes) or not hasattr(self.rhs, "__iter__"):
            raise TypeError(f"in takes a list, a set, a queryset..., and got {self.rhs!r}.")
        # NULL is equal to nothing, so None can be left out; duplicates too.
        wanted = [each for each in self.rhs if each is not None and not self.lies_between(each)]
        values = dict.fromkeys(
            each if is_expression(each) else self.prepared(each) for each in wanted
        )
        return [value for value in values if not in_no_row(value)]

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        lhs, params = self.process_lhs(compiler, connection)
        if isinstance(self.rhs, Subquery):
            if self.rhs.using not in (None, connection.alias):
                raise ValueError(
                    f"A subquery for {self.rhs.using!r} cannot be asked of {connection.alias!r}: "
                    "let list() fetch its values first."
                )
            if self.rhs.query.empty:
                return "1 = 0", []
            sql, more = compiler.inner(self.rhs.query).keys_sql()
            return f"{lhs} IN ({sql})", [*params, *more]
        if is_expression(self.rhs):  # RawSQL with a SELECT, say
            sql, more = compiler.compile(self.rhs)
            return f"{lhs} IN {sql}", [*params, *more]
        if not self.rhs:
            return "1 = 0", []
        parts = [self.side(each, compiler, connection) for each in self.rhs]
        values = [value for _, some in parts for value in some]
        plain = len(parts) > LONG_LIST and {sql for sql, _ in parts} == {"%s"}
        if not plain or type(self.lhs.output_field) not in AS_ONE:
            found = None
        else:
            found = connection.ops.one_of_many(values)
        if found:
            sql, many = found
            return f"{lhs} {sql}", [*params, many]
        return f"{lhs} IN ({', '.join(sql for sql, _ in parts)})", [*params, *values]


@register(fields.Field)
class Range(Lookup):
    """Between two values, both included."""

    lookup_name = "range"

    def get_prep_lookup(self) -> Any:
        try:
            low, high = self.rhs
        except (TypeError, ValueError):
            raise ValueError(f"range takes a pair (low, high), and got {self.rhs!r}.") from None
        return GreaterThanOrEqual(self.lhs, low).rhs, LessThanOrEqual(self.lhs, high).rhs

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        low, high = self.rhs
        if any(map(in_no_row, self.rhs)):
            # As two comparisons, which know what to make of a value that no row has.
            above, params = compiler.compile(GreaterThanOrEqual(self.lhs, low))
            below, more = compiler.compile(LessThanOrEqual(self.lhs, high))
            return f"({above} AND {below})", [*params, *more]
        lhs, params = self.process_lhs(compiler, connection)
        start, more = self.side(low, compiler, connection)
        end, rest = self.side(high, compiler, connection)
        return f"{lhs} BETWEEN {start} AND {end}", [*params, *more, *rest]
