import pytest

from miniorm import models, registry
from miniorm.errors import DatabaseError, DataError, IntegrityError, ValidationError
from tests.miniorm.library import ALL, Author, Book, Copy


@pytest.fixture(autouse=True)
def _isolated():
    with registry.isolated():
        yield


@pytest.fixture
def library(database):
    database.make_tables(*ALL)
    return database


def test_values_are_taken_by_position_and_by_name():
    author = Author(7, "Jane", born=1775)
    assert (author.pk, author.id, author.name, author.born) == (7, 7, "Jane", 1775)


def test_pk_stands_for_the_key():
    author = Author(pk=3, name="x")
    author.pk = 4
    assert author.id == 4


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(TypeError, match=r"'nane'.*Its fields are id, name, born.*mean 'name'"):
        Author(nane="Jane")


def test_a_value_by_position_and_by_name_is_refused():
    with pytest.raises(TypeError, match="both by position and by name"):
        Author(1, "a", name="b")


def test_equality_is_by_table_and_key():
    assert Author(id=1) == Author(id=1, name="other")
    assert Author(id=1) != Author(id=2)
    assert Author(id=1) != Book(id=1)
    assert Author() != Author()
    assert len({Author(id=1), Author(id=1)}) == 1
    with pytest.raises(TypeError, match="without primary key"):
        hash(Author())


def test_a_saved_instance_has_a_key_and_can_be_found(library):
    author = Author(name="Jane")
    author.save()
    assert author.pk == 1
    assert not author._state.adding
    assert author._state.db == "default"
    assert Author.objects.get(pk=1).name == "Jane"


def test_saving_again_updates(library):
    author = Author.objects.create(name="Jane")
    author.name = "Jane Austen"
    author.save()
    assert list(Author.objects.values_list("name", flat=True)) == ["Jane Austen"]


def test_update_fields_writes_only_those(library):
    author = Author.objects.create(name="Jane", born=1)
    author.name, author.born = "x", 1775
    author.save(update_fields=["born"])
    assert Author.objects.values_list("name", "born").get() == ("Jane", 1775)


def test_update_fields_names_the_fields_there_are():
    with pytest.raises(ValueError, match="'nam'.*born, name.*mean 'name'"):
        Author(pk=1).save(update_fields=["nam"])


def test_an_update_of_a_row_that_is_gone_fails(library):
    with pytest.raises(DatabaseError, match="no row with the key 9"):
        Author(pk=9, name="x").save(force_update=True)


def test_a_given_key_is_inserted_where_there_is_no_such_row(library):
    Author(pk=9, name="x").save()
    assert Author.objects.get().pk == 9


def test_force_insert_of_a_key_that_is_taken_fails(library):
    Author.objects.create(pk=1, name="x")
    with pytest.raises(IntegrityError):
        Author(pk=1, name="y").save(force_insert=True)


def test_an_unsaved_related_object_is_named(library):
    with pytest.raises(ValueError, match="unsaved related object 'author'"):
        Book(author=Author(name="x"), title="y").save()


def test_a_related_object_saved_since_is_followed(library):
    author = Author(name="x")
    book = Book(author=author, title="y")
    author.save()
    book.save()
    assert book.author_id == author.pk


def test_refresh_from_db_takes_the_values_anew(library):
    author = Author.objects.create(name="Jane", born=1)
    Author.objects.update(name="Emily", born=2)
    author.refresh_from_db(fields=["name"])
    assert (author.name, author.born) == ("Emily", 1)
    author.refresh_from_db()
    assert author.born == 2


def test_what_does_not_fit_a_column_is_refused_on_every_database(library):
    with pytest.raises(DataError):
        Author.objects.create(name="x" * 51)
    with pytest.raises(DataError):
        Author.objects.create(name="x", born=2**31)


def test_full_clean_collects_every_error(library):
    with pytest.raises(ValidationError) as caught:
        Copy(shelf="not a slug!", price="1.234").full_clean()
    assert set(caught.value.message_dict) == {"book", "shelf", "price"}


def test_full_clean_looks_for_rows_that_are_unique_together(library):
    book = Book.objects.create(author=Author.objects.create(name="x"), title="y")
    copy = Copy.objects.create(book=book, shelf="a")
    with pytest.raises(ValidationError, match="with this Book and Shelf already exists"):
        Copy(book=book, shelf="a").full_clean()
    copy.full_clean()


def test_an_abstract_base_gives_its_fields_and_managers_to_its_heirs():
    class Dated(models.Model):
        note = models.TextField()
        year = models.IntegerField()
        everything = models.Manager()

        class Meta:
            app_label = "library"
            abstract = True
            ordering = ["-year"]

    class Diary(Dated):
        year = models.FloatField()

    class Letter(Dated):
        pass

    assert [field.name for field in Diary._meta.fields] == ["id", "note", "year"]
    assert type(Diary._meta.get_field("year")) is models.FloatField
    assert Diary._meta.get_field("note").model is Diary
    assert Letter._meta.get_field("note").model is Letter
    assert Diary._meta.ordering == ["-year"]
    assert not Diary._meta.abstract
    assert Diary.everything.model is Diary
    with pytest.raises(TypeError, match="abstract"):
        Dated()


def test_exceptions_are_each_model_s_own():
    assert issubclass(Author.DoesNotExist, models.ObjectDoesNotExist)
    assert not issubclass(Author.DoesNotExist, Book.DoesNotExist)


def test_an_unknown_option_in_meta_is_refused():
    with pytest.raises(TypeError, match="'odering'.*mean 'ordering'"):

        class Wrong(models.Model):
            class Meta:
                odering = ["x"]


def test_the_labels_of_choices_are_shown():
    class Paper(models.Model):
        size = models.CharField(max_length=2, choices=[("a4", "A4"), ("l", "Letter")])
        kind = models.IntegerField(choices={1: "white"}, null=True)

        class Meta:
            app_label = "library"

    paper = Paper(size="l")
    assert (paper.get_size_display(), paper.get_kind_display()) == ("Letter", None)


def test_meta_knows_names():
    assert Copy._meta.label == "library.Copy"
    assert Copy._meta.db_table == "library_copy"
    assert Copy._meta.verbose_name_plural == "copys"
    assert {field.name for field in Author._meta.get_fields()} == {
        "book", "edited", "id", "name", "born",
    }  # fmt: skip


def test_deleting_an_instance_without_a_key_is_refused():
    with pytest.raises(ValueError, match="can't be deleted"):
        Author().delete()


def test_what_writes_is_marked_so_that_no_template_calls_it():
    class Shelf(models.Model):
        author = models.ForeignKey(Author, on_delete=models.CASCADE, related_name="shelves")

        def save(self, *args, **options):
            super().save(*args, **options)

    class Careful(models.QuerySet):
        def delete(self):
            return super().delete()

    assert Shelf.save.alters_data
    assert Shelf.save_base.alters_data
    assert Shelf.delete.alters_data
    assert Careful.delete.alters_data
    assert not hasattr(Shelf.refresh_from_db, "alters_data")
    managers = ["create", "get_or_create", "update_or_create", "bulk_create", "update"]
    assert all(getattr(Shelf.objects, name).alters_data for name in managers)
    of_author = Author(pk=1).shelves
    related = [*managers, "add", "remove", "clear", "set"]
    assert all(getattr(of_author, name).alters_data for name in related)
    assert not getattr(of_author.filter, "alters_data", False)


def test_a_method_may_say_that_it_writes_nothing_after_all():
    class Frozen(models.Model):
        def save(self, *args, **options):
            raise TypeError("read only")

        save.alters_data = False

    assert Frozen.save.alters_data is False
