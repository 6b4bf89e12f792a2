import pytest

from miniorm import models, registry
from miniorm.errors import ImproperlyConfigured
from tests.miniorm.library import ALL, Author, Book, countries


@pytest.fixture(autouse=True)
def _isolated():
    with registry.isolated():
        yield


class Person(models.Model):
    name = models.CharField(max_length=20)
    mother = models.ForeignKey("self", models.CASCADE, null=True, related_name="children")

    class Meta:
        app_label = "library"


class Passport(models.Model):
    person = models.OneToOneField("Person", on_delete=models.CASCADE)

    class Meta:
        app_label = "library"


@pytest.fixture
def jane(database):
    database.make_tables(*ALL, Person, Passport)
    return Author.objects.create(name="Jane")


def test_the_object_is_fetched_once_and_kept(jane):
    Book.objects.create(author=jane, title="Emma")
    book = Book.objects.get()
    assert book.author == jane
    assert book.author is book.author
    assert book.editor is None


def test_another_key_means_another_object(jane):
    emily = Author.objects.create(name="Emily")
    book = Book.objects.create(author=jane, title="Emma")
    book.author_id = emily.pk
    assert book.author == emily
    book.author = jane
    assert book.author_id == jane.pk


def test_only_the_right_kind_of_object_can_be_assigned():
    with pytest.raises(ValueError, match=r"Book\.author must be a Author instance"):
        Book(author=Book())


def test_a_missing_object_is_the_other_model_s_does_not_exist(jane):
    with pytest.raises(Author.DoesNotExist, match="Book has no author"):
        _ = Book(title="x").author


def test_the_way_back_is_a_manager(jane):
    emma = jane.book_set.create(title="Emma")
    assert emma.author is jane
    assert [book.author is jane for book in jane.book_set.all()] == [True]
    assert jane.book_set.filter(title="Emma").count() == 1
    assert jane.book_set.get(pk=emma.pk) == emma
    assert list(jane.edited.all()) == []


def test_an_unsaved_object_has_no_way_back():
    with pytest.raises(ValueError, match="needs to be saved before 'book_set'"):
        Author(name="x").book_set.all()


def test_rows_are_added_removed_cleared_and_set(jane):
    books = [Book.objects.create(author=jane, title=title) for title in "abc"]
    jane.edited.add(*books[:2])
    assert jane.edited.count() == 2
    jane.edited.remove(books[0])
    assert list(jane.edited.all()) == [books[1]]
    jane.edited.set(books[1:])
    assert list(jane.edited.order_by("pk")) == books[1:]
    jane.edited.clear()
    assert not jane.edited.exists()
    with pytest.raises(AttributeError, match="cannot be NULL"):
        jane.book_set.clear()
    jane.book_set.add(Book(title="d"), bulk=False)
    assert jane.book_set.count() == 4


def test_get_or_create_on_the_way_back(jane):
    assert jane.book_set.get_or_create(title="x")[1]
    assert not jane.book_set.get_or_create(title="x")[1]


def test_a_relation_to_itself(jane):
    eve = Person.objects.create(name="Eve")
    abel = eve.children.create(name="Abel")
    assert abel.mother == eve
    assert list(Person.objects.filter(mother__name="Eve")) == [abel]
    assert list(Person.objects.filter(children__name="Abel")) == [eve]
    assert list(Person.objects.exclude(children__name="Abel")) == [abel]


def test_one_to_one_leads_to_one_object_on_either_side(jane):
    eve = Person.objects.create(name="Eve")
    with pytest.raises(Passport.DoesNotExist, match="Person has no passport"):
        _ = eve.passport
    eve = Person.objects.get()
    passport = Passport.objects.create(person=eve)
    assert eve.passport is passport
    assert Person.objects.get(passport=passport).passport == passport
    assert list(Person.objects.filter(passport__isnull=True)) == []


def test_two_ways_back_of_one_name_are_refused():
    with pytest.raises(ImproperlyConfigured, match="related_name"):

        class Letter(models.Model):
            sender = models.ForeignKey(Author, models.CASCADE)
            receiver = models.ForeignKey(Author, models.CASCADE)

            class Meta:
                app_label = "library"


def test_a_name_that_never_comes_is_named():
    class Orphan(models.Model):
        parent = models.ForeignKey("nowhere.Parent", models.CASCADE)

        class Meta:
            app_label = "library"

    with pytest.raises(ImproperlyConfigured, match=r"'nowhere\.Parent', which is not defined"):
        Orphan.objects.filter(parent__x=1)


def test_a_hidden_relation_has_no_way_back():
    class Hidden(models.Model):
        author = models.ForeignKey(Author, models.CASCADE, related_name="+")

        class Meta:
            app_label = "library"

    assert "hidden" not in Author._meta.by_name
    assert not hasattr(Author, "hidden_set")


def test_an_unsaved_object_is_none_to_point_to_though_its_own_key_is_known(database):
    Country, City = countries()
    database.make_tables(Country, City)
    country = Country()
    city = City(country=country)
    with pytest.raises(ValueError, match="unsaved related object 'country'"):
        city.save()
    country.code = "pe"
    country.save()
    city.save()
    assert City.objects.get().country_id == "pe"
