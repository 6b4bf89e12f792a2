"""What a foreign key's attribute gives on an instance, in memory: its rows are few and quick."""

import pytest

from miniorm.configuration import connect
from miniorm.schema import create_tables
from tests.miniorm.library import ALL, Author, Book
from tests.miniorm.sql import statements


@pytest.fixture(autouse=True)
def ann():
    connect("sqlite:///:memory:")
    create_tables(ALL)
    return Author.objects.create(name="Ann")


@pytest.fixture
def book(ann):
    Book.objects.create(author=ann, title="a")
    return Book.objects.get()


def test_the_class_gives_the_descriptor_itself():
    assert Book.author.field is Book._meta.get_field("author")


def test_the_object_is_asked_for_once_and_kept(book, ann):
    with statements() as asked:
        assert book.author == ann
        assert book.author is book.author
    assert len(asked) == 1


def test_another_key_since_then_is_another_object(book):
    assert book.author.name == "Ann"
    book.author_id = Author.objects.create(name="Bob").pk
    with statements() as asked:
        assert book.author.name == "Bob"
        assert book.author.name == "Bob"
    assert len(asked) == 1


def test_no_key_is_no_object_and_asks_nothing(book):
    with statements() as asked:
        assert book.editor is None
        book.author_id = None
        with pytest.raises(Book.author.RelatedObjectDoesNotExist, match=r"^Book has no author\.$"):
            _ = book.author
        assert not hasattr(Book(), "author")
    assert not asked


def test_an_object_that_is_not_saved_yet_is_given_back():
    new = Author(name="Cid")
    book = Book(author=new)
    assert book.author is new
    assert book.author_id is None


def test_what_was_assigned_is_not_asked_for(book, ann):
    book.editor = ann
    with statements() as asked:
        assert book.editor is ann
    assert book.editor_id == ann.pk
    assert not asked


def test_the_rows_of_a_related_set_know_whose_they_are(book, ann):
    with statements() as asked:
        assert ann.book_set.get().author is ann
        assert ann.book_set.filter(title="a")[0].author is ann
    assert len(asked) == 2
