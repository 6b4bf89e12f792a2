import pytest

from miniorm import models, registry
from tests.miniorm.library import ALL, Author, Book


@pytest.fixture(autouse=True)
def _isolated():
    with registry.isolated():
        yield


@pytest.fixture
def author(database):
    database.make_tables(*ALL)
    author = Author.objects.create(name="Jane")
    Book.objects.create(author=author, title="Emma", pages=474)
    Book.objects.create(author=author, title="Sanditon", pages=80)
    return author


def titles(books):
    return [book.title for book in books]


def test_a_manager_has_its_own_methods_and_its_queryset_s(author):
    assert titles(Book.objects.long()) == ["Emma"]
    assert titles(Book.objects.thin()) == ["Sanditon"]


def test_a_queryset_s_methods_chain(author):
    assert titles(Book.objects.filter(title__contains="m").long()) == ["Emma"]


def test_a_related_manager_is_of_the_default_manager_s_class(author):
    assert titles(author.book_set.thin()) == ["Sanditon"]


def test_get_queryset_says_what_all_means(author):
    class Long(models.Manager):
        def get_queryset(self):
            return super().get_queryset().filter(pages__gte=300)

    manager = Long()
    manager.model = Book
    assert titles(manager.all()) == ["Emma"]
    assert manager.count() == 1


def test_as_manager_gives_the_queryset_s_methods():
    class Few(models.QuerySet):
        def few(self):
            return self[:2]

        def _hidden(self):
            pass

    manager = Few.as_manager()
    assert hasattr(manager, "few")
    assert not hasattr(manager, "_hidden")
    assert not hasattr(manager, "delete")


def test_a_manager_belongs_to_the_class_not_to_an_instance():
    with pytest.raises(AttributeError, match=r"write Book\.objects"):
        _ = Book().objects


def test_the_first_manager_is_the_default():
    class Two(models.Model):
        first = models.Manager()
        objects = models.Manager()

        class Meta:
            app_label = "library"

    assert Two._default_manager is Two.first
    assert Two.objects.name == "objects"
