"""What a connection keeps from one query to the next must never be another query's."""

import datetime
import gc

import pytest

from miniorm import configure, models, signals
from miniorm.connections import connections
from miniorm.models import F, Q
from miniorm.results import uncollected
from tests.miniorm.library import ALL, Author, Book


class Weighed(models.Model):
    """Its own order has a parameter in it."""

    weight = models.IntegerField()

    class Meta:
        app_label = "library"
        ordering = [(F("weight") - 5) * (F("weight") - 5)]


@pytest.fixture
def books(database):
    database.make_tables(*ALL, Weighed)
    authors = [Author.objects.create(name=name, born=born) for name, born in (("A", 1), ("B", 2))]
    for number in range(6):
        Book.objects.create(author=authors[number % 2], title=f"t{number}", pages=number)


def titles(rows):
    return sorted(row.title for row in rows)


def test_the_same_question_with_another_value_has_its_own_answer(books):
    for number in (1, 4, 2**70, -(2**70), 4, None, 1):
        found = titles(Book.objects.filter(pages=number))
        assert found == ([f"t{number}"] if number in (1, 4) else [])
    for number in (2, 2**70, 3):
        assert len(Book.objects.filter(pages__lte=number)) == min(number + 1, 6)


def test_what_differs_in_anything_but_the_value_is_another_question(books):
    book = Book.objects
    asked = [
        lambda: book.filter(pages=1),
        lambda: book.filter(pages__gt=1),
        lambda: book.filter(id=1),
        lambda: book.filter(author=1),
        lambda: book.filter(author__born=1),
        lambda: book.filter(pages=1).order_by("-title"),
        lambda: book.filter(pages__gt=1)[:1],
        lambda: book.filter(pages__gt=1)[1:2],
        lambda: book.filter(pages__gt=1).exclude(pages=3),
        lambda: book.filter(Q(pages=1) | Q(pages=2)),
        lambda: book.filter(pages=F("id")),
        lambda: book.filter(pages=1).values("title"),
        lambda: book.filter(pages=1).values_list("title"),
        lambda: book.filter(pages=1).values_list("title", flat=True),
        lambda: book.filter(pages=1).select_related("author"),
        lambda: book.filter(pages=1).annotate(double=F("pages") * 2),
        lambda: book.filter(pages=1).annotate(double=F("pages") * 3),
    ]
    first = [str(ask().query) for ask in asked]
    answers = [list(ask()) for ask in asked]
    connections["default"].kept.clear()
    again = [list(ask()) for ask in reversed(asked)][::-1]
    assert again == answers == [list(ask()) for ask in asked]
    assert len(set(first)) == len(asked) - 2  # the three shapes of the same values


def test_an_order_with_parameters_keeps_them(books):
    for weight in (1, 4, 6, 9):
        Weighed.objects.create(weight=weight)
    for _ in range(2):
        assert [row.weight for row in Weighed.objects.filter(weight__gt=1)] in (
            [4, 6, 9],
            [6, 4, 9],
        )


def test_a_new_field_a_new_zone_and_a_signal_are_heeded(books, database):
    def moment():
        return Book.objects.get(title="t1").published

    noon = datetime.datetime(2024, 5, 1, 12, 0, tzinfo=datetime.UTC)
    Book.objects.filter(title="t1").update(published=noon)
    plain = moment()
    configure({"default": database.url}, use_tz=plain.tzinfo is None)
    assert (moment().tzinfo is None) != (plain.tzinfo is None)

    heard = []

    def hear(instance, **details):
        heard.append(instance.title)

    signals.post_init.connect(hear)
    try:
        moment()
    finally:
        signals.post_init.disconnect(hear)
    assert heard == ["t1"]

    connections["default"].execute("ALTER TABLE library_book ADD COLUMN subtitle varchar(9) NULL")
    before = Book.objects.get(title="t1")
    assert not hasattr(before, "subtitle")
    field = models.CharField(max_length=9, null=True)
    try:
        Book.add_to_class("subtitle", field)
        assert Book.objects.get(title="t1").subtitle is None
        assert Book(title="new", subtitle="s").subtitle == "s"
    finally:
        Book._meta.local_fields.remove(field)
        Book._meta.forget()
    assert not hasattr(Book.objects.get(title="t1"), "subtitle")


def test_garbage_is_looked_for_again_whatever_happened():
    assert gc.isenabled()
    with pytest.raises(ZeroDivisionError), uncollected():
        1 / gc.isenabled()
    assert gc.isenabled()
    gc.disable()
    try:
        with uncollected():
            pass
        assert not gc.isenabled()  # as whoever switched it off wants it
    finally:
        gc.enable()
