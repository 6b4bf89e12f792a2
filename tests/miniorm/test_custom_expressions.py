"""Expressions, lookups and transforms of one's own, as Django's documentation writes them.

Each has the shape of an example on Django's pages "Query Expressions", "Custom lookups" and
"Database Functions": what is written for Django runs here with only its imports changed.
"""

# ruff: noqa: UP031 (the documentation's way to write)

import pytest

from miniorm.configuration import connect
from miniorm.errors import FieldError, NotSupportedError
from miniorm.expressions import Expression
from miniorm.functions import Length, Lower
from miniorm.lookups import Exact, GreaterThan, IContains
from miniorm.models import (
    Aggregate,
    CharField,
    Count,
    F,
    Field,
    FloatField,
    Func,
    IntegerField,
    Lookup,
    Q,
    Transform,
    Value,
)
from tests.miniorm.library import ALL, Author, Book


@pytest.fixture
def authors(database):
    database.make_tables(*ALL)
    for name, born in (("Ann", -3), ("bob", 2), ("Eve", None)):
        author = Author.objects.create(name=name, born=born)
        Book.objects.create(author=author, title=f"{name}!", pages=born)
    return database


def names(rows):
    return [each.name for each in rows.order_by("pk")]


class FirstOf(Expression):
    """An expression of one's own, from the page "Query Expressions": all its methods."""

    template = "COALESCE( %(expressions)s )"

    def __init__(self, expressions, output_field):
        super().__init__(output_field=output_field)
        for expression in expressions:
            if not hasattr(expression, "resolve_expression"):
                raise TypeError("%r is not an Expression" % expression)
        self.expressions = expressions

    def resolve_expression(
        self, query=None, allow_joins=True, reuse=None, summarize=False, for_save=False
    ):
        c = self.copy()
        c.is_summary = summarize
        c.expressions = [
            each.resolve_expression(query, allow_joins, reuse, summarize, for_save)
            for each in self.expressions
        ]
        return c

    def as_sql(self, compiler, connection, template=None):
        sql_expressions, sql_params = [], []
        for expression in self.expressions:
            sql, params = compiler.compile(expression)
            sql_expressions.append(sql)
            sql_params.extend(params)
        template = template or self.template
        data = {"expressions": ",".join(sql_expressions)}
        return template % data, sql_params

    def as_sqlite(self, compiler, connection):
        return self.as_sql(compiler, connection, template="IFNULL( %(expressions)s )")

    def get_source_expressions(self):
        return self.expressions

    def set_source_expressions(self, expressions):
        self.expressions = expressions


def test_an_expression_with_every_method_of_its_own(authors):
    first = FirstOf([F("born"), Value(7)], output_field=IntegerField())
    assert list(Author.objects.annotate(x=first).order_by("x").values_list("x", flat=True)) == [
        -3, 2, 7
    ]  # fmt: skip
    assert Author.objects.annotate(x=first).filter(x=7).get().name == "Eve"
    assert Author.objects.aggregate(n=Count("pk", filter=Q(name="Eve")))["n"] == 1
    summed = FirstOf([Count("book__pages"), Value(0)], output_field=IntegerField())
    assert [each.x for each in Author.objects.annotate(x=summed).order_by("pk")] == [1, 1, 0]


class Replaced(Func):
    function = "REPLACE"
    template = "%(function)s(%(expressions)s, %(what)s, %(by)s)"

    def as_postgresql(self, compiler, connection, **extra_context):
        return self.as_sql(compiler, connection, function="replace", **extra_context)


class Together(Aggregate):
    """A custom aggregate, with an option for its template."""

    function = "STRING_AGG"
    template = "%(function)s(%(distinct)s%(expressions)s, ', ')"
    allow_distinct = True

    def as_sqlite(self, compiler, connection, **extra):
        return super().as_sql(
            compiler, connection, function="GROUP_CONCAT",
            template="%(function)s(%(distinct)s%(expressions)s)", **extra,
        )  # fmt: skip


class Summed(Aggregate):
    function = "SUM"
    template = "%(function)s(%(all_values)s%(expressions)s)"
    allow_distinct = False

    def __init__(self, expression, all_values=False, **extra):
        super().__init__(expression, all_values="ALL " if all_values else "", **extra)


def test_functions_and_aggregates_of_one_s_own(authors):
    replaced = Replaced(F("name"), what="'n'", by="'m'", output_field=CharField())
    assert Author.objects.annotate(x=replaced).order_by("pk")[0].x == "Amm"
    some = Author.objects.filter(name__startswith="A")
    assert some.aggregate(x=Together("name", distinct=False))["x"] == "Ann"
    assert Author.objects.aggregate(x=Summed("born", all_values=True))["x"] == -1
    with pytest.raises(TypeError, match="does not allow distinct"):
        Summed("born", distinct=True)
    with pytest.raises(TypeError, match="takes exactly 1 argument"):
        Lower("a", "b")


class NotEqual(Lookup):
    lookup_name = "ne"

    def as_sql(self, compiler, connection):
        lhs, lhs_params = self.process_lhs(compiler, connection)
        rhs, rhs_params = self.process_rhs(compiler, connection)
        params = lhs_params + rhs_params
        return "%s <> %s" % (lhs, rhs), params


class AbsoluteValue(Transform):
    lookup_name = "abs"
    function = "ABS"

    @property
    def output_field(self):
        return FloatField()


class AbsoluteValueLessThan(Lookup):
    lookup_name = "lt"

    def as_sql(self, compiler, connection):
        lhs, lhs_params = compiler.compile(self.lhs.lhs)
        rhs, rhs_params = self.process_rhs(compiler, connection)
        params = lhs_params + rhs_params + lhs_params + rhs_params
        return "%s < %s AND %s > -%s" % (lhs, rhs, lhs, rhs), params


class UpperCase(Transform):
    lookup_name = "upper"
    function = "UPPER"
    bilateral = True


class Loud(IContains):
    lookup_name = "loud"

    def get_prep_lookup(self):
        return f"{self.rhs}"[:1]


@pytest.fixture
def registered():
    IntegerField.register_lookup(AbsoluteValue)
    AbsoluteValue.register_lookup(AbsoluteValueLessThan)
    CharField.register_lookup(UpperCase)
    CharField.register_lookup(Length, "len")
    Field.register_lookup(NotEqual)
    Author._meta.get_field("name").register_lookup(Loud)
    yield
    IntegerField._unregister_lookup(AbsoluteValue)
    AbsoluteValue._unregister_lookup(AbsoluteValueLessThan)
    CharField._unregister_lookup(UpperCase)
    CharField._unregister_lookup(Length, "len")
    Field._unregister_lookup(NotEqual)
    Author._meta.get_field("name")._unregister_lookup(Loud)


@pytest.mark.parametrize(
    ("lookups", "expected"),
    [
        ({"born__ne": 2}, ["Ann"]),
        ({"born__abs": 3}, ["Ann"]),
        ({"born__abs__lt": 3}, ["bob"]),
        ({"born__abs__gt": 2}, ["Ann"]),
        ({"name__upper": "eVE"}, ["Eve"]),
        ({"name__upper__startswith": "B"}, ["bob"]),
        ({"name__upper__in": ["ann", "BOB"]}, ["Ann", "bob"]),
        ({"name__upper__ne": "ann"}, ["bob", "Eve"]),
        ({"name__len": 3, "name__len__lt": 4}, ["Ann", "bob", "Eve"]),
        ({"name__loud": "nothing"}, ["Ann"]),
        ({"book__pages__abs__lt": 3}, ["bob"]),
    ],
    ids=lambda each: next(iter(each)) if isinstance(each, dict) else "",
)
def test_lookups_of_one_s_own(authors, registered, lookups, expected):
    assert names(Author.objects.filter(**lookups)) == expected
    assert set(names(Author.objects.exclude(**lookups))).isdisjoint(expected)


def test_a_lookup_that_is_registered_on_a_field_is_that_field_s(registered):
    assert "loud" in Author._meta.get_field("name").get_lookups()
    with pytest.raises(FieldError, match="Unsupported lookup 'loud'"):
        Book.objects.filter(title__loud="x")
    assert CharField(max_length=1).get_lookup("upper") is None
    assert CharField(max_length=1).get_transform("upper") is UpperCase


def test_lookups_are_conditions_without_names(authors):
    assert names(Author.objects.filter(GreaterThan(Length("name"), F("born") * 1))) == [
        "Ann",
        "bob",
    ]
    assert names(Author.objects.filter(Q(name="Eve") | Exact(F("born"), 2))) == ["bob", "Eve"]
    assert names(Author.objects.order_by(GreaterThan(F("born"), 0).desc())) == ["Ann", "bob", "Eve"]
    with pytest.raises(TypeError, match="non-conditional"):
        Author.objects.filter(Length("name"))


def test_what_cannot_be_filtered_by_says_so():
    class Unfilterable(Func):
        filterable = False
        output_field = FloatField()

        @property
        def conditional(self):
            return True

    connect("sqlite:///:memory:")
    with pytest.raises(NotSupportedError, match="Unfilterable is disallowed in the filter clause"):
        Author.objects.filter(Unfilterable(F("name")))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (F("a"), F("a"), True),
        (F("a"), F("b"), False),
        (F("a") + 1, F("a") + 1, True),
        (F("a") + 1, F("a") - 1, False),
        (Lower("a"), Lower("a"), True),
        (Lower("a"), Length("a"), False),
        (Value(1, output_field=IntegerField()), Value(1, output_field=IntegerField()), True),
        (Value(1, output_field=IntegerField()), Value(1, output_field=FloatField()), False),
        (Count("a", distinct=True), Count("a"), False),
        (F("a").asc(), F("a").desc(), False),
    ],
    ids=str,
)
def test_expressions_are_equal_by_what_they_say(one, other, same):
    assert (one == other) is same
    assert not same or hash(one) == hash(other)
