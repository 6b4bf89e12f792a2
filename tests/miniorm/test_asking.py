"""When a queryset asks, what it keeps, and what it gives: in memory, in milliseconds."""

import re

import pytest

from miniorm import models, registry
from miniorm.configuration import connect
from miniorm.errors import FieldError, NotSupportedError
from miniorm.events import observe
from miniorm.fields.numbers import BIGGEST
from miniorm.models import Count, FilteredRelation, Q
from miniorm.prefetch import prefetch_related_objects
from miniorm.query import Query, Scope
from miniorm.schema import create_tables
from tests.miniorm.library import ALL, Author, Book, Copy


@pytest.fixture
def statements():
    """An author with three books; the SQL that runs from here on."""
    connect("sqlite:///:memory:")
    create_tables(ALL)
    jane = Author.objects.create(name="Jane")
    for title, pages in [("Emma", 474), ("Sanditon", 80), ("Persuasion", 249)]:
        Book.objects.create(author=jane, title=title, pages=pages)
    seen = []
    stop = observe(lambda name, details: name == "sql.start" and seen.append(details["sql"]))
    yield seen
    stop()


# --- another one, and the answer that is kept ---------------------------------------------


def test_another_one_leaves_the_first_as_it_was(statements):
    books = Book.objects.order_by("pages")
    thin = books.filter(pages__lt=100)
    assert thin is not books
    assert [book.title for book in books] == ["Sanditon", "Persuasion", "Emma"]
    assert [book.title for book in thin] == ["Sanditon"]


def test_the_answer_is_kept_and_another_one_asks_anew(statements):
    books = Book.objects.all()
    assert statements == []
    first, *_ = books
    assert first is next(iter(books)) is books[0]
    assert (len(books), len(statements)) == (3, 1)
    Book.objects.all().update(pages=1)
    assert {book.pages for book in books} == {474, 80, 249}
    assert {book.pages for book in books.all()} == {1}


def test_an_empty_answer_is_an_answer(statements):
    books = Book.objects.filter(pages=1)
    assert (list(books), list(books), len(statements)) == ([], [], 1)


def test_another_one_is_of_the_same_class_and_knows_the_same(statements):
    class Noting(models.QuerySet):
        def __init__(self, note, **options):
            super().__init__(**options)
            self.note = note

    books = Noting("mine", model=Book, using="default")
    thin = books.filter(pages__lt=100).values_list("title", flat=True)
    assert (type(thin), thin.note, thin.db, list(thin)) == (Noting, "mine", "default", ["Sanditon"])
    assert books.filter(pages=80).get().title == "Sanditon"


def test_what_is_to_be_prefetched_is_for_objects_only(statements):
    books = Book.objects.prefetch_related("author")
    assert [book.author.name for book in books] == ["Jane"] * 3
    assert len(list(books)) == 3
    assert len(statements) == 2
    assert len(books.values("title")) == 3
    assert len(statements) == 3


# --- a part of a part ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ((2, 5), (0, None), (2, 5)),
        ((2, 5), (1, None), (3, 5)),
        ((2, 5), (1, 2), (3, 4)),
        ((2, 5), (1, 9), (3, 5)),
        ((2, None), (3, None), (5, None)),
        ((2, None), (3, 4), (5, 6)),
        ((0, None), (0, 10**30), (0, BIGGEST)),
        ((10**30, None), (0, None), None),
        ((2, 5), (3, None), None),
        ((2, 5), (7, 9), None),
        ((0, 3), (2, 2), None),
    ],
)
def test_a_part_of_a_part(first, second, expected):
    query = Query(Book).sliced(*first).sliced(*second)
    assert query.empty == (expected is None)
    if expected:
        assert (query.low, query.high) == expected


def test_what_is_empty_stays_so():
    assert Query(Book, empty=True).sliced(0, 5).empty


# --- one and no other ---------------------------------------------------------------------


def test_get_asks_for_no_more_rows_than_it_counts(statements):
    assert Book.objects.order_by("title").get(pages=80).title == "Sanditon"
    assert statements[0].endswith("LIMIT 21")
    assert "ORDER BY" not in statements[0]


def test_get_says_what_there_was_instead(statements):
    with pytest.raises(Book.DoesNotExist, match="^Book matching query does not exist.$"):
        Book.objects.get(pages=1)
    with pytest.raises(Book.MultipleObjectsReturned, match="one Book -- it returned 3!$"):
        Book.objects.get()
    Author.objects.bulk_create(Author(name="x") for _ in range(20))
    with pytest.raises(Author.MultipleObjectsReturned, match="it returned 20!$"):
        Author.objects.get(name="x")
    with pytest.raises(Author.MultipleObjectsReturned, match="it returned 20 or more!$"):
        Author.objects.get()


def test_get_of_a_part_has_its_order_and_its_limits(statements):
    assert Book.objects.order_by("pages")[1:2].get().title == "Persuasion"
    with pytest.raises(Book.DoesNotExist):
        Book.objects.order_by("pages")[5:6].get()
    both = Book.objects.filter(pages=80).union(Book.objects.filter(pages=80))
    assert both.get().title == "Sanditon"
    with pytest.raises(NotSupportedError, match=r"QuerySet\.get\(\) after union"):
        both.get(pages=80)


# --- is there one? ------------------------------------------------------------------------


def test_exists_asks_for_one_key_in_no_order(statements):
    books = Book.objects.filter(pages__gt=100).order_by("title").select_related("author")
    assert books.exists()
    assert not books.filter(pages=1).exists()
    for sql in statements:
        assert sql.startswith('SELECT "library_book"."id" FROM "library_book" WHERE')
        assert sql.endswith("LIMIT 1")
        assert "JOIN" not in sql


def test_exists_asks_nothing_where_the_answer_is_known(statements):
    books, none = Book.objects.all(), Book.objects.filter(pages=1)
    assert (len(books), len(none)) == (3, 0)
    statements.clear()
    assert (books.exists(), none.exists(), Book.objects.none().exists()) == (True, False, False)
    assert statements == []


def test_exists_in_a_part_and_in_groups(statements):
    books = Book.objects.order_by("pages")
    assert books[2:].exists()
    assert not books[3:].exists()
    counted = Author.objects.annotate(n=Count("book"))
    assert counted.filter(n=3).exists()
    assert not counted.filter(n=4).exists()
    assert Book.objects.annotate(twice=Count("pk")).exists()


def test_exists_in_a_part_of_distinct_rows_counts_each_once(statements):
    authors = Book.objects.values("author").distinct()
    assert authors[:1].exists()
    assert not authors[1:].exists()


# --- from name to name --------------------------------------------------------------------


def found(model, name, query=None):
    """The relations on the way and their numbers, the column, and what is left of the name."""
    column, rest = Scope(query or Query(model), number=3).find(name)
    way = [(join.relation.name, join.number) for join in column.path]
    return way, f"{column.field.model.__name__}.{column.field.name}", rest


@pytest.mark.parametrize(
    ("model", "name", "expected"),
    [
        (Book, "title", ([], "Book.title", [])),
        (Book, "title__upper__startswith", ([], "Book.title", ["upper", "startswith"])),
        (Book, "pk", ([], "Book.id", [])),
        (Book, "author", ([], "Book.author", [])),
        (Book, "author__in", ([], "Book.author", ["in"])),
        (Book, "author_id", ([], "Book.author", [])),
        (Book, "author_id__gt", ([], "Book.author", ["gt"])),
        (Book, "author__pk", ([], "Book.author", [])),
        (Book, "author__id__gt", ([], "Book.author", ["gt"])),
        (Book, "author__name", ([("author", 0)], "Author.name", [])),
        (Copy, "book__author", ([("book", 0)], "Book.author", [])),
        (Copy, "book__author__name", ([("book", 0), ("author", 0)], "Author.name", [])),
        (Author, "book", ([("book", 3)], "Book.id", [])),
        (Author, "book__isnull", ([("book", 3)], "Book.id", ["isnull"])),
        (Author, "book__pages__gt", ([("book", 3)], "Book.pages", ["gt"])),
        (Author, "book__copy__shelf", ([("book", 3), ("copy", 3)], "Copy.shelf", [])),
        (Author, "edited__author__born", ([("edited", 3), ("author", 0)], "Author.born", [])),
    ],
)
def test_a_name_leads_to_a_column(model, name, expected):
    assert found(model, name) == expected


def test_a_name_that_leads_nowhere_is_an_error_with_the_choices():
    with pytest.raises(FieldError, match="'titel' into field of library.Book.*mean 'title'"):
        Scope(Query(Book)).find("titel")
    with pytest.raises(FieldError, match="'auhtor'.*mean 'author'"):
        Book.objects.filter(auhtor__name="x")
    with pytest.raises(FieldError, match="'nam'.*mean 'name'"):
        Book.objects.filter(author__nam="x")


def test_a_name_may_begin_with_that_of_a_filtered_relation():
    rows = Author.objects.annotate(thin=FilteredRelation("book", condition=Q(book__pages__lt=99)))
    way, column, rest = found(Author, "thin__title__upper", rows.query)
    assert ([name for name, _ in way], column, rest) == (["book"], "Book.title", ["upper"])


def test_a_field_of_a_parent_is_one_step_away():
    with registry.isolated():

        class Atlas(Book):
            scale = models.IntegerField()

            class Meta:
                app_label = "library"

        assert found(Atlas, "scale") == ([], "Atlas.scale", [])
        assert found(Atlas, "pages__gt") == ([("book_ptr", 0)], "Book.pages", ["gt"])
        way = [("book_ptr", 0), ("author", 0)]
        assert found(Atlas, "author__name") == (way, "Author.name", [])


SLIPS = {
    "a part of a date": (lambda: Book.objects.filter(published__year="x"),
                         "Field 'published__year' expected a number but got 'x'."),
    "in a list": (lambda: Book.objects.filter(published__year__in=["x"]),
                  "Field 'published__year' expected a number but got 'x'."),
    "a day": (lambda: Book.objects.filter(published__date="x"),
              "Field 'published__date' expected a date as YYYY-MM-DD but got 'x'."),
    "an aggregate": (lambda: Book.objects.aggregate(total="pages"),
                     "received non-expression(s): pages. Expected is one such as Sum('pages')."),
    "create": (lambda: Book.objects.create("Emma"),
               "Book.objects.create() takes values by name, and got 'Emma'."),
    "prefetch": (lambda: prefetch_related_objects([Author(id=1)], "book_sets"),
                 "to prefetch_related(). Did you mean 'book_set'?"),
}  # fmt: skip


@pytest.mark.parametrize(("ask", "said"), SLIPS.values(), ids=SLIPS)
def test_a_slip_in_a_query_is_told_in_its_own_words(ask, said):
    with pytest.raises((ValueError, TypeError, AttributeError), match=re.escape(said)):
        ask()
