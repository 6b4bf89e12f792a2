import pytest

from miniorm.conditions import filtered
from miniorm.configuration import connect
from miniorm.errors import FieldError
from miniorm.models import F, Q
from miniorm.query import Join, Query, Scope
from tests.miniorm.library import Author, Book, Copy


@pytest.fixture(autouse=True)
def _database():
    connect("sqlite:///:memory:")


def test_a_query_is_a_value():
    query = Query(Book)
    longer = filtered(query, Q(pages=3))
    assert query.where == ()
    assert len(longer.where) == 1
    assert longer._replace(where=(), filters=0) == query


@pytest.mark.parametrize(
    ("slices", "expected"),
    [
        ([(2, 5)], (2, 5)),
        ([(2, None)], (2, None)),
        ([(2, 10), (1, 3)], (3, 5)),
        ([(2, 5), (1, 99)], (3, 5)),
        ([(2, None), (3, None)], (5, None)),
    ],
)
def test_slices_of_slices(slices, expected):
    query = Query(Book)
    for low, high in slices:
        query = query.sliced(low, high)
    assert (query.low, query.high) == expected


def test_a_slice_of_nothing_is_empty():
    assert Query(Book).sliced(3, 3).empty


def path_of(name, number=None, model=Copy):
    column, rest = Scope(Query(model), number).find(name)
    return [join.relation.name for join in column.path], column.field.name, rest


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("shelf", ([], "shelf", [])),
        ("pk", ([], "id", [])),
        ("book", ([], "book", [])),
        ("book_id", ([], "book", [])),
        ("book__id", ([], "book", [])),
        ("book__pk__in", ([], "book", ["in"])),
        ("book__author__id", (["book"], "author", [])),
        ("book__title__contains", (["book"], "title", ["contains"])),
        ("book__author__born__gt", (["book", "author"], "born", ["gt"])),
        ("book__copy__shelf", (["book", "copy"], "shelf", [])),
        ("book__copy", (["book", "copy"], "id", [])),
        ("book__isnull", ([], "book", ["isnull"])),
    ],
)
def test_names_lead_to_columns(name, expected):
    assert path_of(name) == expected


def test_each_filter_call_makes_a_journey_of_its_own_to_several_rows():
    authors = Author.objects.filter(book__pages=1, book__title="x").filter(book__pages=2)
    paths = {column.path for each in authors.query.where for column in each.columns()}
    relation = Author._meta.get_field("book")
    assert paths == {(Join(relation, 1),), (Join(relation, 2),)}


def test_ordering_goes_where_the_filter_went():
    sql = str(Author.objects.filter(book__pages=1).order_by("book__title").query)
    assert sql.count("JOIN") == 1


def test_unknown_names_in_expressions_are_reported():
    with pytest.raises(FieldError, match="'page'"):
        Book.objects.filter(pages=F("page"))


def test_the_sql_can_be_read():
    sql = str(Book.objects.filter(title="O'Hara", pages__gt=3).order_by("title")[:2].query)
    assert sql.startswith('SELECT "library_book"."id", ')
    assert sql.endswith(
        """ WHERE ("library_book"."pages" > 3 AND "library_book"."title" = "O'Hara") """
        'ORDER BY "library_book"."title" ASC LIMIT 2'
    )


def test_a_queryset_for_another_database_is_no_subquery():
    authors = Author.objects.using("archive")
    with pytest.raises(ValueError, match="'archive' cannot be asked of 'default'"):
        list(Book.objects.filter(author__in=authors))
    with pytest.raises(ValueError, match="'archive' cannot be asked of 'default'"):
        list(Book.objects.filter(pages__in=authors.values("born")))
    assert str(Book.objects.filter(author__in=Author.objects.using("default")).query)
