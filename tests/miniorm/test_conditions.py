"""exclude() over relations to several rows, in memory; the same in Python is the judge."""

import pytest

from miniorm import models, registry
from miniorm.configuration import connect
from miniorm.models import F, Q
from miniorm.schema import create_tables
from tests.miniorm.library import ALL, Author, Book, Copy


@pytest.fixture(autouse=True)
def _library():
    """Ann wrote a (5 pages, two copies) and b (300), Bob wrote c (5), Eve nothing."""
    with registry.isolated():
        fill()
        yield


def fill():
    class Shelfmark(models.Model):
        books = models.ManyToManyField(Book, related_name="marks")
        text = models.CharField(max_length=5)

        class Meta:
            app_label = "library"

    connect("sqlite:///:memory:")
    create_tables([*ALL, Shelfmark])
    ann, bob, _ = (Author.objects.create(name=name, born=5) for name in ("Ann", "Bob", "Eve"))
    a = Book.objects.create(author=ann, title="a", pages=5)
    Book.objects.create(author=ann, title="b", pages=300)
    Book.objects.create(author=bob, title="c", pages=5, editor=ann)
    for place in "xy":
        Copy.objects.create(book=a, shelf=place)
    for text in "mn":
        Shelfmark.objects.create(text=text).books.add(a)


@pytest.mark.parametrize(
    ("rows", "names"),
    [
        (lambda: Author.objects.exclude(book__pages=300), ["Bob", "Eve"]),
        (lambda: Author.objects.exclude(book__pages=5), ["Eve"]),
        (lambda: Author.objects.filter(~Q(book__pages=5) | Q(name="Ann")), ["Ann", "Eve"]),
        (lambda: Author.objects.exclude(~Q(book__pages=300)), ["Ann"]),
        (lambda: Author.objects.exclude(book__pages=F("born")), ["Eve"]),
        (lambda: Author.objects.exclude(book__pages=F("book__id")), ["Ann", "Bob", "Eve"]),
        (lambda: Author.objects.exclude(book__copy__shelf="x"), ["Bob", "Eve"]),
        (lambda: Author.objects.exclude(book__isnull=True), ["Ann", "Bob"]),
        (lambda: Author.objects.exclude(book__isnull=False), ["Eve"]),
        (lambda: Author.objects.exclude(book__copy__isnull=True), []),
        (lambda: Book.objects.exclude(author__book__title="b"), ["c"]),
        (lambda: Book.objects.exclude(editor__book__pages=300), ["a", "b"]),
        (lambda: Book.objects.exclude(marks__text="m"), ["b", "c"]),
    ],
)
def test_to_exclude_several_rows_is_to_have_none_of_them(rows, names):
    assert sorted(str(each) for each in rows()) == names


def test_nobody_comes_twice():
    Book.objects.create(author=Author.objects.get(name="Bob"), title="d", pages=7)
    found = Author.objects.exclude(book__title="a")
    assert [each.name for each in found] == ["Bob", "Eve"]
    assert found.count() == 2


def test_the_subquery_begins_with_the_first_table_of_several_rows():
    sql = str(Book.objects.exclude(editor__book__pages=300).query).replace('"', "")
    assert sql.endswith(
        "FROM library_book LEFT OUTER JOIN library_author "
        "ON (library_book.editor_id = library_author.id) WHERE NOT (EXISTS(SELECT 1 FROM "
        "library_book U0 WHERE U0.author_id = library_author.id AND U0.pages = 300))"
    )
