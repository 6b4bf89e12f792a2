import pytest

from miniorm.configuration import connect
from miniorm.models import Count, F, FilteredRelation, Q
from tests.miniorm.library import Author, Book, Copy


@pytest.fixture(autouse=True)
def _database():
    connect("sqlite:///:memory:")


def joins(rows):
    """ "INNER library_author, LEFT T3": the joins of a queryset's SQL in order."""
    words = str(rows.query).split(" JOIN ")
    kinds = [part.rsplit(" ", 2)[-1 if part.endswith("INNER") else -2] for part in words[:-1]]
    return [
        f"{kind} {part.split(' ON ')[0].split()[-1]}".replace('"', "")
        for kind, part in zip(kinds, words[1:], strict=True)
    ]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (lambda: Book.objects.filter(author=1), []),
        (lambda: Book.objects.filter(author__pk=1, editor__isnull=True), []),
        (lambda: Book.objects.filter(author__name="x"), ["INNER library_author"]),
        (lambda: Book.objects.filter(editor__name="x"), ["INNER library_author"]),
        (
            lambda: Book.objects.filter(Q(editor__name="x") | Q(pages=1)),
            ["LEFT library_author"],
        ),
        (
            lambda: Book.objects.filter(Q(editor__name="x") | Q(editor__born=1)),
            ["INNER library_author"],
        ),
        (
            lambda: Book.objects.filter(Q(editor__name="x") | Q(pages=1), editor__born=1),
            ["INNER library_author"],
        ),
        (lambda: Book.objects.exclude(editor__name="x"), ["LEFT library_author"]),
        (lambda: Book.objects.exclude(author__name="x"), ["INNER library_author"]),
        (lambda: Book.objects.filter(editor__born__isnull=True), ["LEFT library_author"]),
        (lambda: Book.objects.filter(editor__born__isnull=False), ["INNER library_author"]),
        (lambda: Book.objects.order_by("editor__born"), ["LEFT library_author"]),
        (lambda: Author.objects.filter(book__isnull=True), ["LEFT library_book"]),
        (lambda: Author.objects.filter(book__pages=F("born")), ["INNER library_book"]),
        (lambda: Author.objects.annotate(n=Count("book")), ["LEFT library_book"]),
        (
            lambda: Author.objects.filter(book__pages=1).filter(book__pages=2),
            ["INNER library_book", "INNER T3"],
        ),
        (
            lambda: Copy.objects.filter(book__author__name="x", book__editor__name="y"),
            ["INNER library_book", "INNER library_author", "INNER T4"],
        ),
        (lambda: Author.objects.order_by("book__author__name"), ["LEFT library_book", "LEFT T3"]),
        (
            lambda: Copy.objects.annotate(
                thin=FilteredRelation("book", condition=Q(book__pages=1))
            ).order_by("thin__title"),
            ["LEFT library_book"],
        ),
        (lambda: Author.objects.exclude(book__pages=1), []),
    ],
)
def test_a_table_is_joined_once_and_inner_where_it_must_be_there(rows, expected):
    assert joins(rows()) == expected


def where(rows):
    return str(rows.query).split(" WHERE ", 1)[1].replace('"', "").replace("library_", "")


def test_not_on_a_nullable_column_gives_the_rows_with_null_too():
    assert where(Book.objects.exclude(pages=3)) == (
        "NOT ((book.pages = 3 AND book.pages IS NOT NULL))"
    )
    assert where(Book.objects.exclude(title="x")) == "NOT (book.title = 'x')"


def test_exclude_over_several_rows_is_not_exists():
    assert where(Author.objects.exclude(book__pages=3)) == (
        "NOT (EXISTS(SELECT 1 FROM book U0 WHERE U0.author_id = author.id AND U0.pages = 3)) "
        "ORDER BY author.name ASC"
    )


def test_what_is_compared_with_the_outer_row_refers_to_it():
    sql = where(Author.objects.exclude(book__pages=F("born")))
    assert "U0.pages = author.born" in sql
    sql = where(Author.objects.exclude(book__pages=F("book__id")))
    assert "U0.pages = U0.id" in sql


def test_names_are_quoted_and_values_are_parameters():
    evil = '"; DROP TABLE library_book; --'
    rows = Book.objects.filter(title=evil)
    from miniorm.compiler import Compiler
    from miniorm.connections import connections

    sql, params = Compiler(rows.query, connections["default"]).as_sql()
    assert params == [evil]
    assert "DROP" not in sql
