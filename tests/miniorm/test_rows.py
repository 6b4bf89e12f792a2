"""The generated code: objects of rows, and values for new instances; in memory, and quick."""

import traceback
from datetime import UTC, datetime
from itertools import count

import pytest

from miniorm import models, registry
from miniorm.configuration import connect
from miniorm.errors import FieldError
from miniorm.models import Value
from miniorm.rows import Part, Plan, filler, filler_source, source
from miniorm.schema import create_tables
from tests.miniorm.library import ALL, Author, Book, Copy


@pytest.fixture(autouse=True)
def _isolated():
    with registry.isolated():
        yield


@pytest.fixture
def rows():
    connect("sqlite:///:memory:")
    create_tables(ALL)
    author = Author.objects.create(name="Jane")
    Book.objects.create(author=author, title="Emma", published=datetime(1815, 12, 23, tzinfo=UTC))
    Book.objects.create(author=author, title="Lady Susan")


def body_of(plan):
    """The loader's lines inside of its loop."""
    lines = source(plan).splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("    for "))
    return [line.strip() for line in lines[first + 1 : -2]]


def plan_of(simple=True, converted=(), with_null=()):
    fields = tuple(Author._meta.fields)
    part = Part(Author, None, "", "", simple, fields)
    return Plan((part,), (), frozenset(converted), frozenset(with_null), extra=False)


def test_the_loader_has_a_line_for_each_column():
    assert body_of(plan_of()) == [
        "o0 = new(m0)",
        "o0._state = ModelState(db, False)",
        "o0.id = c0",
        "o0.name = c1",
        "o0.born = c2",
    ]


def test_the_loader_converts_what_has_a_converter_and_is_not_null():
    assert body_of(plan_of(converted=[2]))[-1] == "o0.born = None if c2 is None else to2(c2)"
    assert body_of(plan_of(converted=[2], with_null=[2]))[-1] == "o0.born = to2(c2)"


def test_the_loader_asks_a_class_that_wants_to_be_asked():
    assert body_of(plan_of(simple=False, converted=[1], with_null=[1])) == [
        "o0 = m0.from_db(db, ['id', 'name', 'born'], [c0, to1(c1), c2])"
    ]


def test_the_loader_makes_saved_objects_with_python_values(rows):
    emma, susan = Book.objects.order_by("pk")
    assert (emma.title, emma.published) == ("Emma", datetime(1815, 12, 23, tzinfo=UTC))
    assert susan.published is None
    assert not emma._state.adding
    assert emma._state.db == "default"


def test_the_loader_puts_objects_fetched_along_in_their_places(rows):
    book = Book.objects.select_related("author", "editor").annotate(n=Value(3)).first()
    assert (book._state.fields_cache["author"].name, book.n) == ("Jane", 3)
    assert book._state.fields_cache["editor"] is None


def test_the_loader_sets_an_annotation_called_like_a_word_of_python(rows):
    book = Book.objects.annotate(**{"class": Value(1), "None": Value(2)}).first()
    assert (vars(book)["class"], vars(book)["None"]) == (1, 2)


@pytest.mark.parametrize("name", ["x = print(1) #", "class", "a b", "1"])
def test_no_field_has_a_name_that_would_be_more_in_the_generated_code(name):
    with pytest.raises(FieldError, match="no name in Python"):
        type("Thing", (models.Model,), {"__module__": __name__, name: models.IntegerField()})


def test_a_traceback_shows_the_line_of_the_loader(rows):
    class Odd(models.CharField):
        def from_db_value(self, value, expression, connection):
            raise ZeroDivisionError

    class Thing(models.Model):
        name = Odd(max_length=9)

        class Meta:
            app_label = "library"

    create_tables([Thing])
    Thing.objects.create(name="x")
    with pytest.raises(ZeroDivisionError) as raised:
        Thing.objects.get()
    assert "o0.name = to1(c1)" in "".join(traceback.format_tb(raised.tb))


# New instances.


class Blank:
    """What values are given to."""


def test_a_new_instance_gets_what_is_given_and_else_the_defaults():
    blank = Blank()
    assert filler(Copy._meta.fields)(blank, shelf="b", book_id=3) == {}
    assert vars(blank) == {"id": None, "book_id": 3, "shelf": "b", "price": 0}


def test_a_new_instance_gives_back_what_no_field_takes():
    assert filler(Author._meta.fields)(Blank(), nane="Jane") == {"nane": "Jane"}


def test_a_new_instance_gets_an_own_default_where_it_is_made_anew():
    numbers = count(1)

    class Thing(models.Model):
        number = models.IntegerField(default=lambda: next(numbers))
        tags = models.JSONField(default=list)

    one, other = Thing(), Thing()
    assert (one.number, other.number, Thing(number=9).number) == (1, 2, 9)
    assert one.tags == other.tags == []
    assert one.tags is not other.tags
    assert next(numbers) == 3


def test_a_new_instance_takes_none_for_a_value():
    class Thing(models.Model):
        number = models.IntegerField(default=7, null=True)

    assert (Thing().number, Thing(number=None).number) == (7, None)


def test_a_new_instance_takes_the_object_of_a_foreign_key():
    author = Author(pk=5)
    book = Book(author=author, title="x")
    assert (book.author_id, book.author) == (5, author)
    assert Book(author=author, author_id=9).author_id == 5


def test_a_new_instance_of_fields_called_like_names_in_the_generated_code():
    class Thing(models.Model):
        rest = models.IntegerField()
        field3 = models.IntegerField()
        tags = models.JSONField(default=list)

    thing = Thing(rest=1, field3=2)
    assert (thing.rest, thing.field3, thing.tags) == (1, 2, [])


def test_a_new_instance_leaves_a_generated_value_to_the_database():
    class Thing(models.Model):
        number = models.IntegerField()
        twice = models.GeneratedField(
            expression=models.F("number") * 2,
            output_field=models.IntegerField(),
            db_persist=True,
        )

    assert "twice" not in vars(Thing(number=1))
    assert "get_default" not in filler_source(Thing._meta.fields)
