import datetime
from decimal import Decimal

import pytest

from miniorm import models
from miniorm.compiler import Compiler
from miniorm.configuration import connect
from miniorm.errors import FieldError
from miniorm.models import F, Q
from tests.miniorm.library import ALL, Author, Book, Copy

UTC = datetime.UTC


def names(**lookups):
    return [author.name for author in Author.objects.filter(**lookups).order_by("pk")]


@pytest.fixture
def authors(database):
    database.make_tables(*ALL)
    for name, born in [("Zoë", 1), ("zOË%", 2), ("a_b\\c", 3), ("aXb", None)]:
        Author.objects.create(name=name, born=born)
    return database


@pytest.mark.parametrize(
    ("lookup", "value", "expected"),
    [
        ("exact", "Zoë", ["Zoë"]),
        ("iexact", "ZOË", ["Zoë"]),
        ("contains", "O", ["zOË%"]),
        ("icontains", "oË", ["Zoë", "zOË%"]),
        ("contains", "%", ["zOË%"]),
        ("contains", "_", ["a_b\\c"]),
        ("contains", "\\", ["a_b\\c"]),
        ("contains", "", ["Zoë", "zOË%", "a_b\\c", "aXb"]),
        ("startswith", "z", ["zOË%"]),
        ("istartswith", "z", ["Zoë", "zOË%"]),
        ("startswith", "a_", ["a_b\\c"]),
        ("endswith", "b", ["aXb"]),
        ("endswith", "longer than any name", []),
        ("endswith", "", ["Zoë", "zOË%", "a_b\\c", "aXb"]),
        ("iendswith", "Ë", ["Zoë"]),
        ("regex", "^[aZ]", ["Zoë", "a_b\\c", "aXb"]),
        ("iregex", "^z", ["Zoë", "zOË%"]),
        ("in", ["Zoë", "aXb", "x"], ["Zoë", "aXb"]),
        ("in", [], []),
        ("gt", "zz", []),
    ],
)
def test_lookups_of_text(authors, lookup, value, expected):
    assert names(**{f"name__{lookup}": value}) == expected


@pytest.mark.parametrize(
    ("lookup", "value", "expected"),
    [
        ("exact", None, ["aXb"]),
        ("isnull", False, ["Zoë", "zOË%", "a_b\\c"]),
        ("range", (2, 3), ["zOË%", "a_b\\c"]),
        ("in", {1, None, "2"}, ["Zoë", "zOË%"]),
        ("in", range(1000), ["Zoë", "zOË%", "a_b\\c"]),
        ("contains", 2, ["zOË%"]),
        ("gte", "3", ["a_b\\c"]),
        ("lt", F("id"), []),
        ("exact", F("id"), ["Zoë", "zOË%", "a_b\\c"]),
    ],
    ids=lambda each: "a set" if isinstance(each, set) else str(each)[:15],
)
def test_lookups_of_numbers(authors, lookup, value, expected):
    assert names(**{f"born__{lookup}": value}) == expected


def test_a_value_of_another_column_is_taken_literally_in_a_pattern(authors):
    book = Book.objects.create(author_id=3, title="b\\")
    assert list(Book.objects.filter(author__name__contains=F("title"))) == [book]
    assert list(Book.objects.filter(author__name__startswith=F("title"))) == []


def test_decimals_are_compared_as_numbers(authors):
    book = Book.objects.create(author_id=1, title="x")
    Copy.objects.create(book=book, price=Decimal("9.50"))
    assert Copy.objects.filter(price__lt=Decimal("10.25"), price__gte="9.5").count() == 1
    assert Copy.objects.annotate(twice=F("price") * 2).filter(twice__gt=Decimal("9")).count() == 1
    assert Copy.objects.annotate(twice=F("price") * 2).get().twice == Decimal("19.00")


@pytest.mark.parametrize(
    ("lookups", "error", "message"),
    [
        ({"titel": 1}, FieldError, "'titel'.*Choices are: author, author_id.*mean 'title'"),
        ({"author__nam": 1}, FieldError, "'nam'.*mean 'name'"),
        ({"title__containz": 1}, FieldError, "'containz'.*mean 'contains'"),
        ({"title__year": 1}, FieldError, "Unsupported lookup 'year' for CharField 'title'"),
        ({"published__year__x": 1}, FieldError, "Unsupported lookup 'x'"),
        ({"pages": "many"}, ValueError, "Field 'pages' expected a number but got 'many'"),
        ({"pages__in": 3}, TypeError, "in takes a list"),
        ({"pages__range": 3}, ValueError, "range takes a pair"),
        ({"pages__isnull": 1}, ValueError, "isnull takes True or False"),
        ({"pages__gt": None}, ValueError, "Cannot use None"),
        ({"author": Book(pk=1)}, ValueError, "Must be 'Author' instance"),
        ({"author": Author()}, ValueError, "must be saved"),
    ],
    ids=str,
)
def test_what_makes_no_sense_is_refused_when_it_is_written(lookups, error, message):
    connect("sqlite:///:memory:")
    with pytest.raises(error, match=message):
        Book.objects.filter(**lookups)


def test_a_queryset_is_a_subquery(authors):
    Book.objects.create(author_id=1, title="x")
    Book.objects.create(author_id=2, title="y")
    some = Author.objects.filter(name__startswith="Z")
    assert Book.objects.get(author__in=some).title == "x"
    assert Book.objects.get(title__in=Book.objects.values("title").filter(pk=2)).pk == 2
    newest = Author.objects.order_by("-pk")[:3]
    assert Book.objects.filter(author__in=newest).count() == 1
    assert Book.objects.filter(author__in=Author.objects.none()).count() == 0
    assert Book.objects.exclude(author__in=some).get().title == "y"


def test_lookups_and_transforms_of_one_s_own(authors):
    class Length(models.Transform):
        lookup_name, function = "length", "LENGTH"
        _output_field = models.IntegerField()

    class NotEqual(models.Lookup):
        lookup_name = "ne"

        def as_sql(self, compiler, connection):
            lhs, params = self.process_lhs(compiler, connection)
            rhs, more = self.process_rhs(compiler, connection)
            return f"{lhs} <> {rhs}", [*params, *more]

    models.CharField.register_lookup(Length)
    models.Field.register_lookup(NotEqual)
    try:
        assert names(name__length=4) == ["zOË%"]
        assert names(name__length__gt=4) == ["a_b\\c"]
        assert names(born__ne=1) == ["zOË%", "a_b\\c"]
        assert Author.objects.filter(~Q(born__ne=1)).count() == 2
    finally:
        del models.CharField.class_lookups["length"]
        del models.Field.class_lookups["ne"]


@pytest.mark.parametrize("name", ["_connector", "_negated"])
@pytest.mark.parametrize("method", ["filter", "exclude", "get", "get_or_create"])
def test_the_keywords_of_q_are_no_names_of_fields(method, name):
    """A view that hands a URL's parameters to filter() would let them write SQL."""
    with pytest.raises(TypeError, match=name):
        getattr(Author.objects, method)(**{"name": "zz", "born": 1, name: "OR 1=1 OR"})


def test_q_knows_three_connectors():
    with pytest.raises(ValueError, match="_connector must be 'AND', 'OR' or 'XOR', not 'OR 1=1"):
        Q(name="zz", born=1, _connector="OR 1=1 OR")
    assert Q(name="zz", born=1, _connector="OR").connector == "OR"


@pytest.mark.parametrize(
    ("lookup", "value", "expected"),
    [
        ("exact", 1.5, []),
        ("exact", 2.0, [2]),
        ("gt", 1.5, [2]),
        ("gte", 1.5, [2]),
        ("lt", 1.5, [-1, 0, 1]),
        ("lte", 1.5, [-1, 0, 1]),
        ("gt", -0.5, [0, 1, 2]),
        ("gte", -0.5, [0, 1, 2]),
        ("lt", -0.5, [-1]),
        ("lte", Decimal("-0.5"), [-1]),
        ("in", [1.5, 2.0, Decimal("0.5"), -1], [-1, 2]),
        ("range", (-0.5, 1.5), [0, 1]),
    ],
    ids=str,
)
def test_whole_numbers_are_compared_with_fractions_as_numbers_are(
    database, lookup, value, expected
):
    database.make_tables(*ALL)
    for born in (-1, 0, 1, 2):
        Author.objects.create(name="a", born=born)
    found = Author.objects.filter(**{f"born__{lookup}": value}).order_by("born")
    assert [each.born for each in found] == expected
    others = Author.objects.exclude(**{f"born__{lookup}": value}).order_by("born")
    assert [each.born for each in others] == [n for n in (-1, 0, 1, 2) if n not in expected]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), Decimal("NaN")], ids=str)
def test_what_is_no_number_is_compared_with_none(value):
    with pytest.raises(ValueError, match="expected a number"):
        Author.objects.filter(born__lt=value)


@pytest.mark.parametrize(
    ("pair", "expected"),
    [
        ((0, 10**30), [1, 2, 3]),
        ((-(10**30), 2), [1, 2]),
        ((-(10**30), 10**30), [1, 2, 3]),
        ((10**30, 10**31), []),
        ((-(10**31), -(10**30)), []),
    ],
    ids=str,
)
def test_a_range_may_end_beyond_every_column(authors, pair, expected):
    found = Author.objects.filter(born__range=pair).order_by("born")
    assert [each.born for each in found] == expected
    count = Author.objects.exclude(born__range=pair).count()
    assert count == 4 - len(expected)  # with the one of whom it is not known
    assert Book.objects.filter(~Q(author__born__range=pair)).count() == 0


@pytest.mark.parametrize(
    ("lookup", "value", "expected"),
    [
        ("exact", "1e400000", 0),
        ("exact", "1e999999999", 0),
        ("lt", "1e400000", 1),
        ("gt", "1e400000", 0),
        ("gt", "-1e400000", 1),
        ("in", ["1e400000", "1"], 1),
        ("range", ("-1e400000", "1e400000"), 1),
    ],
    ids=str,
)
def test_a_decimal_may_have_more_digits_than_any_column(authors, lookup, value, expected):
    book = Book.objects.create(author_id=1, title="x")
    Copy.objects.create(book=book, price=1)
    assert Copy.objects.filter(**{f"price__{lookup}": value}).count() == expected


@pytest.mark.parametrize("value", ["1e-400000", "-1e-999999999", Decimal("1e-1001")], ids=str)
def test_a_decimal_of_too_many_places_is_refused_before_it_is_written_out(value):
    with pytest.raises(ValueError, match="expected a decimal number"):
        Copy.objects.filter(price__gt=value)


@pytest.mark.parametrize(
    "lookup",
    [
        "exact",
        "iexact",
        "contains",
        "icontains",
        "startswith",
        "iendswith",
        "regex",
        "iregex",
        "gt",
        "lte",
    ],
)
def test_no_row_has_a_zero_byte_in_its_text(authors, lookup):
    """`?q=%00` is an ordinary request, and PostgreSQL's driver takes no such text."""
    value = "Zo\0"
    assert names(**{f"name__{lookup}": value}) == []
    assert Author.objects.exclude(**{f"name__{lookup}": value}).count() == 4
    assert names(name__in=[value, "Zoë"]) == ["Zoë"]
    assert names(name__range=["", value]) == []


def test_excluding_the_rows_of_a_subquery_minds_no_null_in_it(authors):
    """In SQL, `x NOT IN (1, NULL)` is never true."""
    born = Author.objects.values("born")
    assert None in born.values_list("born", flat=True)
    assert [each.pk for each in Author.objects.exclude(pk__in=born)] == [4]
    assert Author.objects.filter(~Q(pk__in=born.order_by("pk")[:4])).count() == 1
    assert Author.objects.filter(pk__in=born).count() == 3
    assert Author.objects.exclude(born__in=born).get().name == "aXb"
    assert Author.objects.filter(~~Q(pk__in=born)).count() == 3


def test_a_long_list_is_one_parameter(authors):
    for lookup in ({"pk__in": range(1000)}, {"name__in": [*map(str, range(600)), "aXb"]}):
        sql, params = Compiler(Author.objects.filter(**lookup).query, authors.connection).as_sql()
        assert ("ANY(%s)" if authors.vendor == "postgresql" else "json_each(%s)") in sql
        assert len(params) == 1
    assert Author.objects.filter(name__in=[*map(str, range(600)), "aXb"]).count() == 1
    assert Author.objects.exclude(pk__in=range(2, 1000)).count() == 1
