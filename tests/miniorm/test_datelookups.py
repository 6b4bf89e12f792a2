"""Parts of dates in filter(), on both databases."""

import datetime

import pytest

from miniorm.configuration import configure
from tests.miniorm.library import ALL, Author, Book

UTC = datetime.UTC

MOMENTS = [
    datetime.datetime(2023, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    datetime.datetime(2024, 1, 1, tzinfo=UTC),
    datetime.datetime(2024, 12, 31, 23, 30, tzinfo=UTC),
    datetime.datetime(2025, 1, 1, tzinfo=UTC),
]


@pytest.mark.parametrize(
    ("lookup", "value", "expected"),
    [
        ("year", 2024, [1, 2]),
        ("year__gt", 2023, [1, 2, 3]),
        ("year__gte", 2024, [1, 2, 3]),
        ("year__lt", 2024, [0]),
        ("year__lte", 2024, [0, 1, 2]),
        ("year__in", [2023, 2025], [0, 3]),
        ("year", 0, []),
        ("month", 12, [0, 2]),
        ("day__lte", 1, [1, 3]),
        ("hour", 23, [0, 2]),
        ("minute", 30, [2]),
        ("date", datetime.date(2024, 12, 31), [2]),
        ("date__gt", datetime.date(2024, 1, 1), [2, 3]),
        ("date__year", 2023, [0]),
    ],
)
def test_lookups_of_moments(database, lookup, value, expected):
    database.make_tables(*ALL)
    author = Author.objects.create(name="x")
    for number, moment in enumerate(MOMENTS):
        Book.objects.create(author=author, title=str(number), published=moment)
    books = Book.objects.filter(**{f"published__{lookup}": value}).order_by("pk")
    assert [int(book.title) for book in books] == expected
    titles = Book.objects.exclude(**{f"published__{lookup}": value}).values_list("title", flat=True)
    assert {int(title) for title in titles} == set(range(4)) - set(expected)


def test_a_year_is_one_of_the_configured_time_zone(database):
    configure({"default": database.url}, time_zone="Europe/Berlin")
    database.make_tables(*ALL)
    author = Author.objects.create(name="x")
    for moment in MOMENTS:
        Book.objects.create(author=author, title="x", published=moment)
    assert Book.objects.filter(published__year=2024).count() == 2
    assert Book.objects.get(published__year__lt=2025, published__gt=MOMENTS[0]).pk == 2
    assert Book.objects.filter(published__month=12).count() == 0
    assert Book.objects.filter(published__hour=1, published__second=0).count() == 2
    assert list(Book.objects.dates("published", "day")) == [
        datetime.date(2024, 1, 1),
        datetime.date(2025, 1, 1),
    ]
