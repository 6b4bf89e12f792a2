"""What the real Django on SQLite cannot judge: locks, DISTINCT ON, streams, fast deletes."""

import uuid
from itertools import islice

import pytest

from miniorm import models, registry, signals, transaction
from miniorm.errors import FieldError, NotSupportedError, TransactionManagementError
from miniorm.functions import SHA1, Now
from miniorm.models import F, Sum
from tests.miniorm.library import ALL, Author, Book, Copy
from tests.miniorm.sql import statements


@pytest.fixture
def books(database):
    database.make_tables(*ALL)
    for name in ("ann", "bob"):
        author = Author.objects.create(name=name)
        for number in (1, 2):
            Book.objects.create(author=author, title=f"{name}{number}", pages=number)
    return database


def test_rows_are_locked_on_postgresql_inside_a_transaction(books):
    rows = Book.objects.select_related("author").order_by("pk")
    with transaction.atomic(), statements() as asked:
        list(rows.select_for_update())
        list(rows.select_for_update(nowait=True, of=("self",), no_key=True))
        list(rows.select_for_update(skip_locked=True, of=("self", "author")))
    ends = [sql.partition(' ORDER BY "library_book"."id" ASC')[2] for sql in asked]
    if books.vendor == "sqlite":  # one writer at a time: there is nothing to lock
        assert ends == ["", "", ""]
        return
    assert ends == [
        " FOR UPDATE",
        ' FOR NO KEY UPDATE OF "library_book" NOWAIT',
        ' FOR UPDATE OF "library_book", "library_author" SKIP LOCKED',
    ]
    with pytest.raises(TransactionManagementError, match="outside of a transaction"):
        list(rows.select_for_update())
    with pytest.raises(FieldError, match="Choices are: self, author"), transaction.atomic():
        list(rows.select_for_update(of=("editor",)))


def test_distinct_on_fields_is_postgresql_s(books):
    rows = Book.objects.order_by("author_id", "-title").distinct("author")
    if books.vendor == "sqlite":
        with pytest.raises(NotSupportedError, match="DISTINCT ON fields is not supported"):
            list(rows)
        return
    assert [each.title for each in rows] == ["ann2", "bob2"]
    assert rows.count() == 2
    assert [each.title for each in Book.objects.filter(pk__in=rows).order_by("pk")] == [
        "ann2", "bob2"
    ]  # fmt: skip
    with pytest.raises(NotImplementedError):
        rows.aggregate(Sum("pages"))


@pytest.mark.parametrize("inside", [True, False])
def test_an_iterator_takes_rows_as_they_are_asked_for(books, inside):
    def look():
        found = Book.objects.order_by("pk").iterator(chunk_size=2)
        assert [each.title for each in islice(found, 3)] == ["ann1", "ann2", "bob1"]
        assert Book.objects.count() == 4  # another query meanwhile
        assert [each.title for each in found] == ["bob2"]

    if inside:
        with transaction.atomic():
            look()
    else:
        look()


def test_what_nobody_hears_of_is_deleted_in_one_statement(books):
    with statements() as asked:
        assert Author.objects.filter(name="ann").delete() == (3, {
            "library.Book": 2, "library.Author": 1
        })  # fmt: skip
    kinds = [sql.split()[0] for sql in asked if sql.split()[0] in ("SELECT", "DELETE", "UPDATE")]
    assert kinds.count("DELETE") == 2
    copies = Copy.objects.all()
    with statements() as asked:
        assert copies.delete() == (0, {})
    assert [sql.split()[0] for sql in asked if "COPY" in sql.upper()] == ["DELETE"]


def test_who_listens_hears_of_every_row(books):
    heard = []

    def hear(instance, **details):
        heard.append(instance.pk)

    signals.post_delete.connect(hear, sender=Copy)
    try:
        book = Book.objects.first()
        Copy.objects.create(book=book)
        with statements() as asked:
            assert Copy.objects.all().delete() == (1, {"library.Copy": 1})
        assert len(heard) == 1
        assert any("SELECT" in sql for sql in asked)
    finally:
        signals.post_delete.disconnect(hear, sender=Copy)


def test_a_deferred_field_is_fetched_once_and_alone(books):
    book = Book.objects.defer("title").get(pages=1, author__name="ann")
    assert book.get_deferred_fields() == {"title"}
    with statements() as asked:
        assert (book.title, book.title) == ("ann1", "ann1")
    (sql,) = asked
    assert sql.count('"library_book".') == 3  # the key, the title, the condition
    assert book.get_deferred_fields() == set()
    assert not hasattr(book, "nothing")
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = book.nothing


def test_only_what_was_loaded_is_saved(books):
    book = Book.objects.only("title").get(title="bob1")
    Book.objects.filter(pk=book.pk).update(pages=99)
    book.title = "new"
    with statements() as asked:
        book.save()
    assert "pages" not in asked[-1]
    assert Book.objects.get(title="new").pages == 99
    book = Book.objects.only("title").get(title="new")
    Book.objects.filter(pk=book.pk).update(title="newer")
    book.refresh_from_db()
    assert (book.title, "pages" in book.__dict__) == ("newer", False)


def test_a_uuid_is_searched_as_it_is_written(database):
    with registry.isolated():

        class Thing(models.Model):
            key = models.UUIDField()

            class Meta:
                app_label = "things"

        database.make_tables(Thing)
        Thing.objects.create(key=uuid.UUID("550e8400-e29b-41d4-a716-446655440000"))
        for lookup, value, count in (
            ("startswith", "550e8400-", 1),
            ("contains", "-e29b-", 1),
            ("icontains", "E29B-41", 1),
            ("iexact", "550E8400-E29B-41D4-A716-446655440000", 1),
            ("contains", "e29b41", 0),
            ("exact", "550e8400e29b41d4a716446655440000", 1),
        ):
            assert Thing.objects.filter(**{f"key__{lookup}": value}).count() == count, lookup


def test_now_is_this_moment(books):
    Book.objects.update(published=Now())
    assert Book.objects.filter(published__lte=Now()).count() == 4
    found = Book.objects.annotate(now=Now()).first()
    assert abs(found.now - found.published).total_seconds() < 60


def test_a_digest_of_postgresql_s_extension_is_sqlite_s_own(books):
    if books.vendor == "sqlite":
        found = Author.objects.annotate(x=SHA1("name")).get(name="ann").x
        assert len(found) == 40
    else:
        assert "DIGEST" in str(Author.objects.annotate(x=SHA1("name")).values("x").query)


def test_an_update_may_ask_a_window(books):
    from miniorm.expressions import Window
    from miniorm.functions import RowNumber

    number = Window(RowNumber(), partition_by="author", order_by="-title")
    assert Book.objects.annotate(n=number).filter(n=1).update(pages=F("pages") * 10) == 2
    assert list(Book.objects.order_by("pk").values_list("pages", flat=True)) == [1, 20, 1, 20]
    assert Book.objects.annotate(n=number).filter(n=2).delete()[0] == 2


def test_a_random_order_is_one_of_the_database(books):
    assert sorted(each.pk for each in Book.objects.order_by("?")) == [1, 2, 3, 4]
