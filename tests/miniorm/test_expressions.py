import re

import pytest

from miniorm.errors import FieldError
from miniorm.models import Count, ExpressionWrapper, F, FloatField, Func, Q, Sum, TextField, Value
from tests.miniorm.library import ALL, Author, Book


@pytest.fixture
def author(database):
    database.make_tables(*ALL)
    author = Author.objects.create(name="Jane", born=10)
    Book.objects.create(author=author, title="x", pages=7)
    return author


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (F("pages") + 1, 8),
        (1 + F("pages"), 8),
        (F("pages") - 2 * F("pages"), -7),
        (F("pages") % 4, 3),
        (20 - F("pages"), 13),
        (-F("pages"), -7),
        (F("pages") * 0.5, 3.5),
        (F("pages") / 2, 3),
        (F("author__born") + F("pages"), 17),
        (Value("constant"), "constant"),
        (Func(F("title"), function="UPPER", output_field=TextField()), "X"),
        (ExpressionWrapper(F("pages") * 1.0, output_field=FloatField()), 7.0),
    ],
    ids=lambda value: re.sub(" object at 0x[0-9a-f]+", "", repr(value)),
)
def test_expressions_are_computed_by_the_database(author, expression, expected):
    assert Book.objects.annotate(found=expression).get().found == expected
    assert Book.objects.values_list("pk", flat=True).annotate(found=expression)


def test_a_counter_is_raised_on_what_is_there_then(author):
    one, other = Book.objects.get(), Book.objects.get()
    for book in (one, other):
        book.pages = F("pages") + 1
        book.save(update_fields=["pages"])
    assert Book.objects.get().pages == 9


def test_a_new_row_has_nothing_to_compute_with(author):
    with pytest.raises(ValueError, match="can only be used to update"):
        Book.objects.create(author=author, title="y", pages=F("pages") + 1)


def test_an_aggregate_of_an_aggregate_is_refused(author):
    with pytest.raises(FieldError, match="cannot be taken of an aggregate"):
        Author.objects.annotate(n=Count("book")).annotate(m=Sum("n"))


def test_an_aggregate_may_have_a_default_and_a_filter(author):
    rows = Author.objects.annotate(n=Sum("book__pages", filter=Q(book__pages__gt=100), default=0))
    assert rows.get().n == 0


def test_an_aggregate_of_something_computed_needs_a_name():
    with pytest.raises(TypeError, match="require an alias"):
        Book.objects.aggregate(Sum(F("pages") + 1))


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        (Q(a=1) & Q(b=2), "<Q: (<Q: (a=1)> AND <Q: (b=2)>)>"),
        (Q(a=1) | Q(b=2), "<Q: (<Q: (a=1)> OR <Q: (b=2)>)>"),
        (~Q(a=1), "<Q: NOT (<Q: (a=1)>)>"),
        (Q() | Q(a=1), "<Q: (a=1)>"),
        (Q(a=1) & Q(), "<Q: (a=1)>"),
    ],
)
def test_q_objects_combine(q, expected):
    assert repr(q) == expected


def test_q_objects_are_equal_by_what_they_say():
    assert Q(a=1, b=2) == Q(b=2, a=1)
    assert Q(a=1) != ~Q(a=1)
    assert not Q()
    with pytest.raises(TypeError):
        Q(a=1) & 3


def test_exclusive_or(author):
    def count(q):
        return Book.objects.filter(q).count()

    assert count(Q(pages=7) ^ Q(title="y")) == 1
    assert count(Q(pages=7) ^ Q(title="x")) == 0
    assert count(Q(pages=8) ^ Q(title="y")) == 0
