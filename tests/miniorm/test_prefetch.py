import pytest

from miniorm import models, registry
from miniorm.models import Prefetch, prefetch_related_objects
from tests.miniorm.library import ALL, Author, Book, Copy
from tests.miniorm.sql import statements


@pytest.fixture(autouse=True)
def _isolated():
    with registry.isolated():
        yield


@pytest.fixture
def shelf(database):
    """Ann wrote a (in two copies) and b, Bob wrote c and edits a, Eve wrote nothing."""
    database.make_tables(*ALL)
    ann, bob, _ = (Author.objects.create(name=name) for name in ("Ann", "Bob", "Eve"))
    a = Book.objects.create(author=ann, editor=bob, title="a", pages=10)
    Book.objects.create(author=ann, title="b", pages=300)
    Book.objects.create(author=bob, title="c", pages=20)
    for place in "xy":
        Copy.objects.create(book=a, shelf=place)
    return database


def test_a_prefetch_may_have_a_queryset_and_a_name_of_its_own(shelf):
    thin = Prefetch("book_set", queryset=Book.objects.filter(pages__lt=100), to_attr="thin")
    with statements() as asked:
        authors = list(Author.objects.prefetch_related(thin, "book_set"))
        assert [[book.title for book in each.thin] for each in authors] == [["a"], ["c"], []]
        assert [len(each.book_set.all()) for each in authors] == [2, 1, 0]
        assert authors[0].thin[0].author is authors[0]
    assert len(asked) == 3


def test_a_queryset_without_a_name_is_what_all_gives(shelf):
    last = Prefetch("book_set", Book.objects.order_by("-title"))
    (ann, *_) = Author.objects.prefetch_related(last)
    with statements() as asked:
        assert [book.title for book in ann.book_set.all()] == ["b", "a"]
    assert not asked
    assert ann.book_set.filter(title="a").count() == 1


def test_lookups_go_on_through_lists_and_querysets(shelf):
    with statements() as asked:
        authors = Author.objects.prefetch_related(
            Prefetch("book_set", Book.objects.prefetch_related("copy_set"), to_attr="books"),
            Prefetch("books__editor", to_attr="by"),
        )
        ann = authors[0] if False else next(iter(authors))
        assert [copy.shelf for copy in ann.books[0].copy_set.all()] == ["x", "y"]
        assert ann.books[0].by.name == "Bob"
        assert ann.books[1].by is None
    assert len(asked) == 4


def test_what_is_there_is_not_fetched_again(shelf):
    with statements() as asked:
        copies = list(Copy.objects.select_related("book").prefetch_related("book__editor"))
        assert {copy.book.editor.name for copy in copies} == {"Bob"}
    assert len(asked) == 2
    books = list(Book.objects.all())
    with statements() as asked:
        prefetch_related_objects(books, "author", "author__edited")
        prefetch_related_objects(books, "author")
        prefetch_related_objects([], "author")
        assert len(books[2].author.edited.all()) == 1
    assert len(asked) == 2


def test_one_to_one_is_prefetched_from_either_side(shelf):
    class Cover(models.Model):
        book = models.OneToOneField(Book, models.CASCADE)

        class Meta:
            app_label = "library"

    shelf.make_tables(Cover)
    Cover.objects.create(book=Book.objects.get(title="b"))
    with statements() as asked:
        books = list(Book.objects.order_by("title").prefetch_related("cover"))
        assert [hasattr(book, "cover") for book in books] == [False, True, False]
        assert books[1].cover.book is books[1]
        (cover,) = Cover.objects.prefetch_related("book__author")
        assert cover.book.author.name == "Ann"
        assert cover.book.cover is cover
    assert len(asked) == 5
    with statements() as asked:
        books = list(Book.objects.order_by("title").select_related("cover"))
        assert [hasattr(book, "cover") for book in books] == [False, True, False]
        assert books[1].cover.book is books[1]
        assert Cover.objects.select_related("book").get().book.cover.pk
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("lookups", "error", "match"),
    [
        pytest.param(["nothing"], AttributeError, "Cannot find 'nothing' on Author", id="name"),
        pytest.param(["name"], ValueError, "does not resolve to an item that supports", id="field"),
        pytest.param(
            ["book_set", Prefetch("book_set", Book.objects.all())],
            ValueError,
            "already seen with a different queryset",
            id="twice",
        ),
        pytest.param(
            [Prefetch("book_set", to_attr="born")], ValueError, "conflicts with a field", id="attr"
        ),
    ],
)
def test_what_cannot_be_prefetched_says_so(shelf, lookups, error, match):
    with pytest.raises(error, match=match):
        list(Author.objects.prefetch_related(*lookups))


def test_a_queryset_of_values_is_no_prefetch():
    with pytest.raises(ValueError, match="cannot use raw"):
        Prefetch("book_set", Book.objects.values("title"))


def test_another_manager_answers_on_a_related_set(shelf):
    class Long(models.Manager):
        def get_queryset(self):
            return super().get_queryset().filter(length__gte=3)

    class Verse(models.Model):
        author = models.ForeignKey(Author, models.CASCADE)
        length = models.IntegerField()
        objects = models.Manager()
        long = Long()

        class Meta:
            app_label = "library"

    shelf.make_tables(Verse)
    ann = Author.objects.get(name="Ann")
    for length in (1, 3):
        ann.verse_set.create(length=length)
    assert ann.verse_set.count() == 2
    assert ann.verse_set(manager="long").get().length == 3
