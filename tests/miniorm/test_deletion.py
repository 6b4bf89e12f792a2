import pytest

from miniorm import models, registry
from miniorm.errors import IntegrityError, ProtectedError, RestrictedError
from tests.miniorm.library import ALL, Author, Book, Copy


class Shop(models.Model):
    name = models.CharField(max_length=10)

    class Meta:
        app_label = "deletion"


class Shelf(models.Model):
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE)

    class Meta:
        app_label = "deletion"


class Item(models.Model):
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE)
    shelf = models.ForeignKey(Shelf, on_delete=models.RESTRICT, null=True)
    origin = models.ForeignKey(
        Shop, on_delete=models.SET_DEFAULT, default=None, null=True, related_name="+"
    )
    other = models.ForeignKey(Shop, on_delete=models.DO_NOTHING, null=True, related_name="+")

    class Meta:
        app_label = "deletion"


@pytest.fixture(autouse=True)
def _isolated():
    with registry.isolated():
        yield


@pytest.fixture
def library(database):
    database.make_tables(*ALL, Shop, Shelf, Item)
    return database


def test_cascade_deletes_what_points_there(library):
    jane = Author.objects.create(name="Jane")
    for title in "abc":
        jane.book_set.create(title=title)
    assert jane.delete() == (4, {"library.Book": 3, "library.Author": 1})
    assert jane.pk is None
    assert not Book.objects.exists()


def test_set_null_leaves_the_rows(library):
    jane, emily = Author.objects.create(name="Jane"), Author.objects.create(name="Emily")
    book = jane.book_set.create(title="x", editor=emily)
    assert emily.delete() == (1, {"library.Author": 1})
    book.refresh_from_db()
    assert book.editor is None


def test_protect_refuses_and_says_what_is_in_the_way(library):
    jane = Author.objects.create(name="Jane")
    copy = Copy.objects.create(book=jane.book_set.create(title="x"))
    with pytest.raises(ProtectedError, match=r"protected foreign keys: .Copy\.book.") as caught:
        jane.delete()
    assert caught.value.protected_objects == {copy}
    assert Author.objects.exists()


def test_restrict_refuses_unless_the_row_goes_anyway(library):
    shop = Shop.objects.create(name="x")
    shelf = Shelf.objects.create(shop=shop)
    Item.objects.create(shop=shop, shelf=shelf)
    with pytest.raises(RestrictedError):
        shelf.delete()
    assert shop.delete()[0] == 3


def test_set_default_and_do_nothing(library):
    shop, other = Shop.objects.create(name="a"), Shop.objects.create(name="b")
    item = Item.objects.create(shop=shop, origin=other)
    other.delete()
    item.refresh_from_db()
    assert item.origin_id is None
    Item.objects.update(other=Shop.objects.create(name="c"))
    with pytest.raises(IntegrityError):
        Shop.objects.get(name="c").delete()
    assert Shop.objects.filter(name="c").exists()


def test_a_queryset_deletes_its_rows_and_no_others(library):
    jane = Author.objects.create(name="Jane")
    Book.objects.bulk_create(Book(author=jane, title="x", pages=n) for n in range(1200))
    assert Book.objects.filter(author__name="Jane", pages__gte=50).delete() == (
        1150,
        {"library.Book": 1150},
    )
    assert Book.objects.count() == 50
    assert Book.objects.none().delete() == (0, {})


def test_a_slice_cannot_be_deleted(library):
    with pytest.raises(TypeError, match="limit"):
        Book.objects.all()[:3].delete()


def test_a_table_is_not_emptied_by_a_slip():
    assert not hasattr(Book.objects, "delete")


def test_all_that_protects_is_named_at_once(library):
    class Loan(models.Model):
        book = models.ForeignKey(Book, models.PROTECT)

        class Meta:
            app_label = "library"

    library.make_tables(Loan)
    book = Book.objects.create(author=Author.objects.create(name="Jane"), title="x")
    inside = {Copy.objects.create(book=book), Loan.objects.create(book=book)}
    with pytest.raises(ProtectedError, match=r"keys: 'Copy\.book', 'Loan\.book'\.") as caught:
        Book.objects.all().delete()
    assert caught.value.protected_objects == inside


def test_an_on_delete_of_one_s_own_and_set_by_another_field(library):
    def to_last(collector, field, rows, using):
        collector.add_field_update(field, Author.objects.order_by("pk").last().name, rows)

    class Fan(models.Model):
        name = models.CharField(max_length=9, unique=True)

        class Meta:
            app_label = "library"

    class Letter(models.Model):
        sender = models.ForeignKey(
            Fan, models.SET(lambda: Fan.objects.get(name="nobody")), to_field="name"
        )
        reader = models.ForeignKey(Fan, to_last, to_field="name", related_name="read")

        class Meta:
            app_label = "library"

    library.make_tables(Fan, Letter)
    for name in ("nobody", "Bob"):
        Fan.objects.create(name=name)
    Author.objects.create(name="nobody")
    Letter.objects.create(sender_id="Bob", reader_id="Bob")
    assert Fan.objects.get(name="Bob").delete() == (1, {"library.Fan": 1})
    letter = Letter.objects.get()
    assert (letter.sender_id, letter.reader_id) == ("nobody", "nobody")


def test_a_circle_of_rows_goes_as_a_whole(library):
    class Node(models.Model):
        after = models.ForeignKey("self", models.CASCADE, null=True)

        class Meta:
            app_label = "library"

    library.make_tables(Node)
    first = Node.objects.create()
    second = Node.objects.create(after=first)
    first.after = second
    first.save()
    assert second.delete() == (2, {"library.Node": 2})
    assert (second.pk, first.pk is None) == (None, False)


def test_more_rows_than_one_statement_takes(library):
    jane = Author.objects.create(name="Jane")
    Book.objects.bulk_create([Book(author=jane, title="x") for _ in range(1201)])
    assert jane.delete() == (1202, {"library.Book": 1201, "library.Author": 1})
