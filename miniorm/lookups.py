"""Lookups: the comparisons that a name in filter() can end in.

Step 6 of the trip. `filter(votes__gt=3)` is `GreaterThan(Col(votes), 3)`. A lookup is
registered on a field class under its name; a Transform makes another value of a column
first (`pub_date__year`), and then that value's lookups apply. Here are the comparisons
with one value; those with several are in `listlookups`, of text in `textlookups`, of dates in
`datelookups`.

Django's pages "Field lookups" and "Custom lookups"; in Django: `django.db.models.lookups`.
"""

import math
from collections.abc import Callable
from decimal import Decimal
from importlib import import_module
from typing import Any

from miniorm import fields
from miniorm.expressions import SQL, Col, Expression, Func, Subquery
from miniorm.expressions.base import output_field_of
from miniorm.fields.numbers import BIGGEST, DECIMAL_DIGITS, SMALLEST
from miniorm.query import Path
from miniorm.registering import RegisterLookupMixin


class Transform(RegisterLookupMixin, Func):
    """A function of one value that a lookup's name can hold: `pub_date__year`."""

    lookup_name: Any = None
    bilateral = False  # whether what is compared with is transformed too
    arity: int | None = 1

    @property
    def lhs(self) -> Any:
        return self.sources[0]

    def get_lookup(self, lookup_name: str) -> Any:
        return super().get_lookup(lookup_name) or self.output_field.get_lookup(lookup_name)

    def get_transform(self, lookup_name: str) -> Any:
        return super().get_transform(lookup_name) or self.output_field.get_transform(lookup_name)

    def get_lookups(self) -> dict[str, Any]:
        return {**self.output_field.get_lookups(), **super().get_lookups()}

    def required(self) -> frozenset[Path]:
        found: frozenset[Path] = self.sources[0].required()
        return found

    def may_be_null(self) -> bool:
        return bool(self.sources[0].may_be_null())


def words_of(expression: Any) -> str:
    """What a filter calls a field, or a part of one: "pub_date__year"."""
    if isinstance(expression, Transform):
        return f"{words_of(expression.lhs)}__{expression.lookup_name}"
    return getattr(getattr(expression, "field", None), "name", None) or type(expression).__name__


class Lookup(Expression):
    """A comparison of an expression with a value, or with another expression."""

    lookup_name: Any = None
    prepare_rhs = True  # the value is one of the left side's field
    can_use_none_as_rhs = False
    _output_field = fields.BooleanField()

    def __init__(self, lhs: Any, rhs: Any) -> None:
        self.rhs = rhs
        self.sources = (lhs, *expressions_in(rhs))
        self._prepare()

    def _prepare(self) -> None:
        """Look the value over, once it is known what it is compared with."""
        if isinstance(self.rhs, Subquery):
            self.set_source_expressions((self.lhs, self._one_column(self.rhs)))
        elif not is_expression(self.rhs) and output_field_of(self.lhs) is not None:
            self.rhs = self.get_prep_lookup()
            if len(self.sources) > 1:  # of equal ones in a list, one is left
                self.sources = (self.lhs, *expressions_in(self.rhs))

    @property
    def lhs(self) -> Any:
        return self.sources[0]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.lhs!r}, {self.rhs!r})"

    def set_source_expressions(self, exprs: Any) -> None:
        """The left side, and the expressions on the right one, in a list perhaps."""
        self.sources = tuple(exprs)
        inside = iter(self.sources[1:])
        if is_expression(self.rhs):
            self.rhs = next(inside)
        elif isinstance(self.rhs, list | tuple):
            self.rhs = type(self.rhs)(
                next(inside) if is_expression(each) else each for each in self.rhs
            )

    def resolve_expression(self, *args: Any, **kwargs: Any) -> Any:
        twin = super().resolve_expression(*args, **kwargs)
        twin._prepare()
        return twin

    def required(self) -> frozenset[Path]:
        return frozenset[Path]().union(*(each.required() for each in self.sources))

    def rhs_is_direct_value(self) -> bool:
        return not is_expression(self.rhs)

    def get_prep_lookup(self) -> Any:
        """The value, checked and made one of the field; raises ValueError or TypeError."""
        return self.prepared(self.rhs) if self.prepare_rhs else self.rhs

    def prepared(self, value: Any) -> Any:
        field = self.lhs.output_field
        try:
            return field.get_prep_value(self.key_of(value))
        except ValueError as error:
            if "Field '?'" not in str(error):  # one that is in no model
                raise
            named = str(error).replace("'?'", repr(words_of(self.lhs)), 1)
            raise ValueError(named) from None

    def _one_column(self, rows: Subquery) -> Any:
        """The rows, of which a foreign key holds the field that it points to."""
        query, key = rows.query, getattr(self.lhs, "field", None)
        if query.values is not None:
            return rows
        if key is None or not key.is_relation:
            return rows.with_query(query._replace(values=("pk",), related=()))
        if not issubclass(query.model, key.related_model._meta.concrete_model):
            raise ValueError(
                f'Cannot use QuerySet for "{query.model.__name__}": Use a QuerySet for '
                f'"{key.related_model.__name__}".'
            )
        return rows.with_query(query._replace(values=(key.target_field.attname,), related=()))

    def lies_between(self, value: Any) -> bool:
        """Whether whole numbers are compared with something like 1.5, which none of them is."""
        return (
            isinstance(value, float | Decimal)
            and isinstance(self.lhs.output_field, fields.IntegerField)
            and math.isfinite(value)
            and value != int(value)
        )

    def key_of(self, value: Any) -> Any:
        """The key of a model instance, which must be one of the relation's; else the value."""
        if not hasattr(value, "_meta") or isinstance(value, type):
            return value
        relation: Any = getattr(self.lhs, "relation", None)
        if relation is not None and not isinstance(
            value, relation.related_model._meta.concrete_model
        ):
            raise ValueError(
                f"Cannot query {str(value)!r}: Must be "
                f"{relation.related_model.__name__!r} instance."
            )
        concrete = relation is not None and relation.concrete
        attname = relation.target_field.attname if concrete else value._meta.pk.attname
        key = getattr(value, attname)
        if key is None:
            raise ValueError(
                f"Model instances passed to related filters must be saved: {value!r} is not."
            )
        return key

    def process_lhs(self, compiler: Any, connection: Any, lhs: Any = None) -> SQL:
        return in_brackets(lhs or self.lhs, compiler)

    def process_rhs(self, compiler: Any, connection: Any) -> SQL:
        return self.side(self.rhs, compiler, connection)

    def side(self, value: Any, compiler: Any, connection: Any) -> SQL:
        """SQL of an expression, or a place for a value of the left side's field."""
        if is_expression(value):
            return in_brackets(value, compiler)
        if not self.prepare_rhs:
            return "%s", [value]
        prepared = self.lhs.output_field.get_db_prep_value(value, connection, prepared=True)
        return self.placeholder(connection), [prepared]

    def placeholder(self, connection: Any) -> str:
        # A decimal travels to SQLite as text. A column makes a number of it; what is
        # computed has no type there, and would find every number less than any text.
        computed = not hasattr(self.lhs, "path")
        is_decimal = isinstance(self.lhs.output_field, fields.DecimalField)
        sqlite = connection.vendor == "sqlite"
        return "CAST(%s AS NUMERIC)" if sqlite and computed and is_decimal else "%s"


def in_brackets(expression: Any, compiler: Any) -> SQL:
    """A side of a comparison; where it is a condition, a comparison itself perhaps, in brackets."""
    sql, params = compiler.compile(expression)
    plain = isinstance(expression, Col) or not getattr(expression, "conditional", False)
    return (sql if plain else f"({sql})"), params


def is_expression(value: Any) -> bool:
    return hasattr(value, "resolve_expression")


def expressions_in(value: Any) -> list[Any]:
    """The expression that a right side is, or those in a list."""
    if isinstance(value, list | tuple):
        return [each for each in value if is_expression(each)]
    return [value] if is_expression(value) else []


def register(*field_classes: Any) -> Callable[[Any], Any]:
    """Register the decorated lookup on these field classes, under its own name."""

    def decorate(lookup: Any) -> Any:
        for field_class in field_classes:
            field_class.register_lookup(lookup)
        return lookup

    return decorate


def in_no_row(value: Any) -> bool:
    """Whether no column can hold the value. It comes from a URL, and not every driver takes it."""
    if isinstance(value, int):
        return not SMALLEST <= value <= BIGGEST
    if isinstance(value, Decimal):
        return value.adjusted() >= DECIMAL_DIGITS
    return isinstance(value, str) and "\0" in value


class Comparison(Lookup):
    """Two values and an operator."""

    operator: str
    when_too_big: bool  # what the comparison is with a number beyond every column's
    when_too_small: bool
    # Of a number that lies between two whole ones: n > 1.5 is n > 1, n < 1.5 is n < 2.
    rounded: Any = staticmethod(math.floor)

    def prepared(self, value: Any) -> Any:
        return super().prepared(self.rounded(value) if self.lies_between(value) else value)

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        lhs, params = self.process_lhs(compiler, connection)
        if in_no_row(self.rhs):
            return (f"{lhs} IS NOT NULL", params) if self._beyond() else ("1 = 0", [])
        rhs, more = self.process_rhs(compiler, connection)
        return f"{lhs} {self.operator} {rhs}", [*params, *more]

    def plain_value(self, connection: Any) -> Any:
        """The parameter, where a column is compared with what is not beyond it; else None."""
        lhs, rhs = self.sources[0], self.rhs
        if type(lhs) is not Col or is_expression(rhs) or in_no_row(rhs):
            return None
        return lhs.output_field.get_db_prep_value(rhs, connection, prepared=True)

    def _beyond(self) -> bool:
        """What the comparison is with a value that no row has."""
        if isinstance(self.rhs, str):
            return False
        return self.when_too_big if self.rhs > 0 else self.when_too_small


@register(fields.Field)
class Exact(Comparison):
    lookup_name, operator = "exact", "="
    when_too_big = when_too_small = False

    def prepared(self, value: Any) -> Any:
        # Nothing is equal to 1.5 where all are whole, nor to a number beyond them.
        return BIGGEST + 1 if self.lies_between(value) else Lookup.prepared(self, value)


@register(fields.Field)
class GreaterThan(Comparison):
    lookup_name, operator = "gt", ">"
    when_too_big, when_too_small = False, True


@register(fields.Field)
class GreaterThanOrEqual(Comparison):
    lookup_name, operator = "gte", ">="
    when_too_big, when_too_small = False, True
    rounded = staticmethod(math.ceil)


@register(fields.Field)
class LessThan(Comparison):
    lookup_name, operator = "lt", "<"
    when_too_big, when_too_small = True, False
    rounded = staticmethod(math.ceil)


@register(fields.Field)
class LessThanOrEqual(Comparison):
    lookup_name, operator = "lte", "<="
    when_too_big, when_too_small = True, False


@register(fields.Field)
class IsNull(Lookup):
    lookup_name = "isnull"

    def get_prep_lookup(self) -> Any:
        if not isinstance(self.rhs, bool):
            raise ValueError(f"isnull takes True or False, and got {self.rhs!r}.")
        return self.rhs

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        lhs, params = self.process_lhs(compiler, connection)
        return f"{lhs} IS {'' if self.rhs else 'NOT '}NULL", params

    def required(self) -> frozenset[Path]:
        return frozenset() if self.rhs else super().required()

    def may_be_null(self) -> bool:
        return False


def __getattr__(name: str) -> Any:
    """To Django the other lookups are in this module, too."""
    for module in ("listlookups", "textlookups") if name.isidentifier() and name[0] != "_" else ():
        found = getattr(import_module(f"miniorm.{module}"), name, None)
        if found is not None:
            return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
