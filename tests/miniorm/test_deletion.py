import pytest

from miniorm import models
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
