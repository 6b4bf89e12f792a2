"""What `class Meta` says, what `_meta` answers, and what follows from either."""

import datetime
import pickle

import pytest

from miniorm import models, registry
from miniorm.errors import FieldDoesNotExist, ImproperlyConfigured, ValidationError
from miniorm.functions import RowNumber
from miniorm.models import Count, Q, Window
from tests.miniorm.library import ALL, Author, Book, Copy, countries
from tests.miniorm.sql import statements


@pytest.fixture(autouse=True)
def _isolated():
    with registry.isolated():
        yield


class Question(models.Model):
    text = models.CharField(max_length=20)
    asked = models.DateField(default=datetime.date(2024, 1, 1))

    class Meta:
        app_label = "quiz"
        verbose_name_plural = "quizzes"
        default_related_name = "%(app_label)s_%(class)ss"

    def __str__(self):
        return self.text


class Answer(models.Model):
    question = models.ForeignKey(Question, models.CASCADE)
    text = models.CharField(max_length=20)

    class Meta:
        app_label = "quiz"
        order_with_respect_to = "question"


class Record(models.Model):
    data = models.JSONField()

    class Meta:
        app_label = "quiz"


@pytest.fixture
def quiz(database):
    database.make_tables(Question, Answer)
    return Question.objects.create(text="Why?")


def test_rows_have_an_order_among_those_of_their_object(quiz):
    a, b, c = (Answer.objects.create(question=quiz, text=text) for text in "abc")
    other = Question.objects.create(text="How?")
    assert Answer.objects.create(question=other, text="x")._order == 0
    assert list(quiz.get_answer_order()) == [a.pk, b.pk, c.pk]
    quiz.set_answer_order([c.pk, a.pk, b.pk])
    assert [each.text for each in quiz.answer_set.all()] == ["c", "a", "b"]
    a = Answer.objects.get(text="a")
    assert a.get_next_in_order() == b
    assert a.get_previous_in_order() == c
    with pytest.raises(Answer.DoesNotExist):
        Answer.objects.get(text="b").get_next_in_order()
    with pytest.raises(ImproperlyConfigured, match="cannot be used together"):

        class Both(models.Model):
            class Meta:
                ordering = ["id"]
                order_with_respect_to = "x"


def test_the_rows_beside_by_a_date(quiz):
    later = Question.objects.create(text="b", asked=datetime.date(2024, 1, 2))
    same = Question.objects.create(text="c")
    assert quiz.get_next_by_asked() == same
    assert quiz.get_next_by_asked(text="b") == later
    assert same.get_previous_by_asked() == quiz
    with pytest.raises(Question.DoesNotExist, match="Question matching query does not exist"):
        quiz.get_previous_by_asked()
    with pytest.raises(ValueError, match="unsaved"):
        Question().get_next_by_asked()


def test_default_related_name():
    class Hint(models.Model):
        question = models.ForeignKey(Question, models.CASCADE)

        class Meta:
            app_label = "quiz"
            default_related_name = "%(app_label)s_%(class)ss"

    assert hasattr(Question, "quiz_hints")
    assert Question._meta.get_field("quiz_hints").related_model is Hint


def test_related_query_name_is_for_queries_only(database):
    class Hint(models.Model):
        question = models.ForeignKey(
            Question, models.CASCADE, related_name="hints", related_query_name="%(class)s"
        )

        class Meta:
            app_label = "quiz"

    database.make_tables(Question, Hint)
    hint = Question.objects.create(text="x").hints.create()
    assert Question.objects.get(hint=hint).hints.get() == hint
    assert Hint._meta.get_field("question").related_query_name() == "hint"


def test_meta_lists_fields_and_relations():
    meta = Author._meta
    assert [field.name for field in meta.get_fields()] == ["book", "edited", "id", "name", "born"]
    assert [each.name for each in meta.related_objects] == ["book", "edited"]
    assert meta.get_field("book").one_to_many
    assert Book._meta.get_field("author").many_to_one
    assert not meta.get_field("book").concrete
    assert [field.name for field in meta.concrete_fields] == ["id", "name", "born"]
    assert (meta.label, meta.label_lower, str(meta)) == (
        "library.Author",
        "library.author",
        "library.author",
    )
    assert Question._meta.verbose_name_plural == "quizzes"
    with pytest.raises(FieldDoesNotExist, match="no field named 'nam'.*mean 'name'"):
        meta.get_field("nam")


def test_hidden_relations_are_listed_where_asked_for():
    class Note(models.Model):
        author = models.ForeignKey(Author, models.CASCADE, related_name="+")

        class Meta:
            app_label = "library"

    hidden = [each for each in Author._meta.get_fields(include_hidden=True) if each.hidden]
    assert [each.related_model for each in hidden] == [Note]
    assert not any(each.hidden for each in Author._meta.get_fields())


def test_managers_by_name(database):
    class Open(models.Manager):
        def get_queryset(self):
            return super().get_queryset().filter(hidden=False)

    class Door(models.Model):
        hidden = models.BooleanField(default=False)
        open = Open()
        everything = models.Manager()

        class Meta:
            app_label = "library"
            default_manager_name = "everything"
            base_manager_name = "open"

    class Key(models.Model):
        door = models.ForeignKey(Door, models.CASCADE)

        class Meta:
            app_label = "library"

    assert Door._default_manager is Door.everything
    assert Door._base_manager is Door.open
    database.make_tables(Door, Key)
    key = Key.objects.create(door=Door.everything.create(hidden=True))
    with pytest.raises(Door.DoesNotExist):
        _ = Key.objects.get(pk=key.pk).door


def test_a_default_manager_hides_nothing_from_relations_and_saving(database):
    class Open(models.Manager):
        def get_queryset(self):
            return super().get_queryset().filter(hidden=False)

    class Gate(models.Model):
        hidden = models.BooleanField(default=False)
        objects = Open()

        class Meta:
            app_label = "library"

    class Lock(models.Model):
        gate = models.ForeignKey(Gate, models.CASCADE)

        class Meta:
            app_label = "library"

    database.make_tables(Gate, Lock)
    gate = Gate.objects.create(hidden=True)
    Lock.objects.create(gate=gate)
    assert Lock.objects.get().gate == gate
    gate.save(force_update=True)
    gate.refresh_from_db()
    assert not Gate.objects.exists()
    assert Lock.objects.prefetch_related("gate").get().gate == gate


def test_choices_are_limited_where_a_form_is_checked(database):
    class Sequel(models.Model):
        book = models.ForeignKey(
            Book, models.CASCADE, related_name="+", limit_choices_to={"pages__gt": 100}
        )
        author = models.ForeignKey(
            Author, models.CASCADE, related_name="+", limit_choices_to=lambda: Q(name="Ann")
        )

        class Meta:
            app_label = "library"

    database.make_tables(*ALL, Sequel)
    ann = Author.objects.create(name="Ann")
    book = Book.objects.create(author=ann, title="x", pages=5)
    with pytest.raises(ValidationError) as caught:
        Sequel(book=book, author=ann).full_clean()
    assert caught.value.message_dict == {
        "book": [f"book instance with id {book.pk} does not exist."]
    }
    Book.objects.update(pages=101)
    Sequel(book=book, author=ann).full_clean()


def test_a_key_may_be_another_unique_field(database):
    Country, City = countries()
    database.make_tables(Country, City)
    no = Country.objects.create(code="no")
    oslo = no.city_set.create()
    assert oslo.country_id == "no"
    assert City.objects.get(country=no) == City.objects.get(country="no") == oslo
    assert City.objects.get(country__id=no.pk).country == no
    assert Country.objects.get(city=oslo) == no
    assert next(iter(Country.objects.prefetch_related("city_set"))).city_set.all()[0] == oslo
    assert no.delete()[0] == 2


class Refused:
    """A constraint that refuses whatever is called "bad"."""

    fields = ()

    def for_model(self, meta):
        return self

    def validate(self, model, instance, exclude=None, using="default"):
        if instance.text == "bad":
            raise ValidationError("It is bad.", code="bad")


def test_constraints_are_asked_by_full_clean(quiz):
    class Poll(models.Model):
        text = models.CharField(max_length=20)

        class Meta:
            app_label = "quiz"
            constraints = (Refused(),)

    with pytest.raises(ValidationError) as caught:
        Poll(text="bad").full_clean(validate_unique=False)
    assert caught.value.message_dict == {"__all__": ["It is bad."]}
    Poll(text="bad").full_clean(validate_unique=False, validate_constraints=False)
    Poll(text="good").full_clean(validate_unique=False)


def test_what_is_unique_together_is_checked(database):
    database.make_tables(*ALL)
    author = Author.objects.create(name="Ann")
    book = Book.objects.create(author=author, title="x")
    copy = Copy.objects.create(book=book, shelf="a")
    copy.validate_unique()
    with pytest.raises(ValidationError, match="Copy with this Book and Shelf already exists"):
        Copy(book=book, shelf="a").validate_unique()
    Copy(book=book, shelf="a").validate_unique(exclude=["shelf"])


def test_instances_and_querysets_are_pickled(database):
    database.make_tables(*ALL)
    ann = Author.objects.create(name="Ann")
    Book.objects.create(author=ann, title="x", pages=3)
    book = Book.objects.select_related("author").get()
    with statements() as asked:
        again = pickle.loads(pickle.dumps(book))
        assert (again, again.author.name, again._state.db) == (book, "Ann", "default")
        assert again._state.adding is False
    assert not asked
    rows = Book.objects.filter(author__name="Ann", pages__in=[3]).order_by("-title")
    again = pickle.loads(pickle.dumps(rows))
    with statements() as asked:
        assert list(again) == [book]
    assert not asked
    query = pickle.loads(pickle.dumps(rows.query))
    assert str(query) == str(rows.query)
    fresh = Book.objects.all()
    fresh.query = query
    assert fresh.get() == book
    ways = [
        rows.annotate(n=Count("copy"), at=Window(RowNumber(), order_by="pk")),
        rows.filter(published__year=1815),
        Record.objects.filter(data__a=None, data__b__gt=1, data__c__startswith="x"),
    ]
    for query in (each.query for each in ways):
        assert str(pickle.loads(pickle.dumps(query))) == str(query)
    field = Book._meta.get_field("author")
    assert pickle.loads(pickle.dumps(field)) is field
    assert pickle.loads(pickle.dumps(field.remote_field)) is field.remote_field


def test_a_composite_key_is_refused_by_name():
    with pytest.raises(ImproperlyConfigured, match=r"CompositePrimaryKey\('a', 'b'\) is not"):
        models.CompositePrimaryKey("a", "b")


def test_a_field_may_be_added_to_a_finished_model():
    class Leaf(models.Model):
        class Meta:
            app_label = "library"

    Leaf.add_to_class("colour", models.CharField(max_length=5, default="green"))
    Leaf.add_to_class("shape", "round")
    assert (Leaf().colour, Leaf.shape) == ("green", "round")
    assert Leaf._meta.get_field("colour").model is Leaf
