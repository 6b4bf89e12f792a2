"""What an instance asks of the database in its life: saved, saved in part, taken anew."""

import pytest

from miniorm import models, registry
from miniorm.configuration import connect
from miniorm.errors import DatabaseError
from miniorm.schema import create_tables
from tests.miniorm.library import ALL, Author, Book
from tests.miniorm.sql import statements


@pytest.fixture(autouse=True)
def _tables():
    with registry.isolated():
        connect("sqlite:///:memory:")
        create_tables(ALL)
        yield


@pytest.fixture
def jane():
    return Author.objects.create(name="Jane", born=1775)


def said(step):
    """The first words of the statements that a step runs, but for the transaction's."""
    with statements() as asked:
        step()
    words = [each.split()[0] for each in asked]
    return [word for word in words if word not in ("BEGIN", "COMMIT")]


def row(author):
    return Author.objects.values_list("name", "born").get(pk=author.pk)


def test_save_inserts_what_has_no_key():
    author = Author(name="Jane")
    assert said(author.save) == ["INSERT"]
    assert author.pk is not None


def test_save_updates_a_row_that_is_there(jane):
    jane.born = 1
    assert said(jane.save) == ["UPDATE"]
    assert row(jane) == ("Jane", 1)


def test_save_tries_the_update_where_a_key_was_given(jane):
    assert said(Author(pk=9, name="Emily").save) == ["UPDATE", "INSERT"]
    assert said(Author(pk=jane.pk, name="Anne").save) == ["UPDATE"]
    assert row(jane) == ("Anne", None)


def test_save_with_force_insert_asks_no_update():
    assert said(lambda: Author(pk=9, name="x").save(force_insert=True)) == ["INSERT"]


def test_save_of_a_key_by_default_is_an_insert_at_once():
    class Ticket(models.Model):
        code = models.CharField(max_length=9, primary_key=True, default=lambda: "new")
        note = models.CharField(max_length=9)

        class Meta:
            app_label = "library"

    create_tables([Ticket])
    ticket = Ticket(note="x")
    assert said(ticket.save) == ["INSERT"]
    assert said(ticket.save) == ["UPDATE"]
    assert said(lambda: Ticket(code="new", note="y").save(force_update=True)) == ["UPDATE"]


def test_save_of_some_fields_leaves_the_others(jane):
    Author.objects.update(name="Anne")
    jane.name, jane.born = "Emily", 1818
    assert said(lambda: jane.save(update_fields=["born"])) == ["UPDATE"]
    assert row(jane) == ("Anne", 1818)


def test_save_that_must_update_fails_without_its_row_or_key():
    with pytest.raises(DatabaseError, match="no row with the key 9"):
        Author(pk=9, name="x").save(force_update=True)
    with pytest.raises(DatabaseError, match="no row with the key 9"):
        Author(pk=9, name="x").save(update_fields=["name"])
    with pytest.raises(ValueError, match="needs its primary key"):
        Author(name="x").save(force_update=True)


def test_save_with_nothing_but_a_key_asks_whether_the_row_is_there():
    class Bare(models.Model):
        class Meta:
            app_label = "library"

    create_tables([Bare])
    Bare().save()
    assert said(Bare(pk=1).save) == ["SELECT"]
    assert said(Bare(pk=2).save) == ["SELECT", "INSERT"]


def test_refreshed_is_every_value_and_what_was_fetched_is_forgotten(jane):
    book = Book.objects.create(author=jane, title="Emma")
    other = Author.objects.create(name="Anne")
    Book.objects.update(author=other, title="Agnes Grey")
    assert said(book.refresh_from_db) == ["SELECT"]
    assert (book.title, book.author_id) == ("Agnes Grey", other.pk)
    assert book.author == other


def test_refreshed_are_only_the_fields_that_are_named(jane):
    book = Book.objects.create(author=jane, title="Emma")
    Book.objects.update(title="x", pages=9)
    book.refresh_from_db(fields=["pages"])
    assert (book.title, book.pages) == ("Emma", 9)
    assert book._state.fields_cache == {"author": jane}
    book.refresh_from_db(fields=["author"])
    assert "author" not in book._state.fields_cache


def test_refreshed_stays_what_was_left_out(jane):
    author = Author.objects.defer("born").get()
    Author.objects.update(name="Anne", born=1820)
    author.refresh_from_db()
    assert author.name == "Anne"
    assert author.get_deferred_fields() == {"born"}
    assert said(lambda: author.born) == ["SELECT"]
    assert author.born == 1820


def test_refreshed_finds_a_row_that_the_default_manager_hides():
    class Hidden(models.Manager):
        def get_queryset(self):
            return super().get_queryset().none()

    class Note(models.Model):
        text = models.CharField(max_length=9)
        objects = Hidden()

        class Meta:
            app_label = "library"

    create_tables([Note])
    note = Note(text="x")
    note.save()
    note.text = "y"
    note.refresh_from_db()
    assert note.text == "x"


def test_refreshed_from_a_row_that_is_gone_fails(jane):
    Author.objects.all().delete()
    with pytest.raises(Author.DoesNotExist):
        jane.refresh_from_db()
