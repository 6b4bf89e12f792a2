import pytest

from miniorm.models import Count, F, FilteredRelation, Q
from tests.miniorm.library import ALL, Author, Book, Copy


@pytest.fixture
def shelf(database):
    database.make_tables(*ALL)
    ann, bob, _ = (Author.objects.create(name=name) for name in ("Ann", "Bob", "Eve"))
    for author, title, pages in ((ann, "a", 10), (ann, "b", 300), (bob, "c", 20)):
        Book.objects.create(author=author, title=title, pages=pages)
    Copy.objects.create(book=Book.objects.get(title="b"), shelf="x")


def long(**conditions):
    return FilteredRelation("book", condition=Q(book__pages__gte=100, **conditions))


def test_who_has_none_is_counted_too(shelf):
    rows = Author.objects.annotate(long=long()).annotate(n=Count("long"))
    assert list(rows.values_list("name", "n")) == [("Ann", 1), ("Bob", 0), ("Eve", 0)]


def test_it_is_asked_as_any_relation(shelf):
    rows = Author.objects.annotate(long=long())
    assert [each.name for each in rows.filter(long__isnull=True)] == ["Bob", "Eve"]
    assert [each.name for each in rows.filter(long__title="b")] == ["Ann"]
    assert list(rows.values_list("name", "long__title")) == [
        ("Ann", "b"),
        ("Bob", None),
        ("Eve", None),
    ]
    assert [each.name for each in rows.filter(book__title="a", long__title="b")] == ["Ann"]
    assert [each.name for each in rows.order_by("-long__pages", "name")][-3:].count("Ann") == 1
    assert rows.filter(long__copy__shelf="x").get().name == "Ann"
    assert rows.filter(Q(long__title=F("name")) | Q(name="Eve")).get().name == "Eve"


def test_it_is_in_the_join_and_inner_where_it_must_be_there(shelf):
    rows = Author.objects.annotate(long=long())
    assert "LEFT OUTER JOIN" in str(rows.filter(long=None).query)
    assert "INNER JOIN" in str(rows.filter(long__title="b").query)
    assert "JOIN" not in str(rows.query)


def test_a_forward_relation_may_be_filtered(shelf):
    old = FilteredRelation("author", condition=Q(author__name="Ann"))
    rows = Book.objects.annotate(by=old).order_by("title")
    assert list(rows.values_list("by__name", flat=True)) == ["Ann", "Ann", None]


def test_what_it_does_not_take_says_so(shelf):
    with pytest.raises(ValueError, match="cannot be empty"):
        FilteredRelation("")
    with pytest.raises(ValueError, match="must be a Q"):
        FilteredRelation("book", condition="x")
    with pytest.raises(ValueError, match="no relation 'name'"):
        Author.objects.annotate(x=FilteredRelation("name"))
    with pytest.raises(ValueError, match="deeper than the relation_name"):
        Author.objects.annotate(long=long(book__copy__shelf="x"))
