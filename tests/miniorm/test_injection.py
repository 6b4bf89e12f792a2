"""Every door that takes a name: what tries to be SQL there is refused, or is a name like others."""

import re

import pytest

from miniorm import models
from miniorm.errors import DatabaseError
from miniorm.expressions import Case, Value, When, Window, WindowFrame
from miniorm.functions import Collate, Concat, Extract, JSONObject, RowNumber, Trunc
from miniorm.models import Count, F, FilteredRelation, OuterRef, Prefetch, Q
from tests.miniorm.library import ALL, Author, Book

EVIL = [
    'name"; DROP TABLE library_author; --',
    "name'); DELETE FROM library_author; --",
    "name) OR 1=1 --",
    "name%s",
    "(SELECT 1)",
    "1; --",
    "name\0",
]

# Each takes the name; what it gives is evaluated by list().
DOORS = {
    "filter": lambda evil: Author.objects.filter(**{evil: 1}),
    "lookup": lambda evil: Author.objects.filter(**{f"name__{evil}": 1}),
    "exclude": lambda evil: Author.objects.exclude(**{f"book__{evil}": 1}),
    "Q": lambda evil: Author.objects.filter(~Q((evil, 1))),
    "connector": lambda evil: Q(a=1, b=2, _connector=evil),
    "get": lambda evil: [Author.objects.get(**{evil: 1})],
    "order_by": lambda evil: Author.objects.order_by(evil),
    "order_by descending": lambda evil: Author.objects.order_by(f"-{evil}"),
    "latest": lambda evil: [Author.objects.latest(evil)],
    "values": lambda evil: Author.objects.values(evil),
    "values alias": lambda evil: Author.objects.values(**{evil: F("name")}),
    "values_list": lambda evil: Author.objects.values_list(evil, named=True),
    "annotate": lambda evil: Author.objects.annotate(**{evil: F("name")}),
    "alias": lambda evil: Author.objects.alias(**{evil: F("name")}).order_by("pk"),
    "annotate relation": lambda evil: Author.objects.annotate(**{evil: FilteredRelation("book")}),
    "FilteredRelation": lambda evil: Author.objects.annotate(b=FilteredRelation(evil)),
    "F": lambda evil: Author.objects.annotate(x=F(evil)),
    "F transform": lambda evil: Author.objects.annotate(x=F(f"name__{evil}")),
    "OuterRef": lambda evil: Author.objects.filter(
        models.Exists(Book.objects.filter(author=OuterRef(evil)))
    ),
    "aggregate of": lambda evil: [Author.objects.aggregate(x=Count(evil))],
    "distinct": lambda evil: Author.objects.distinct(evil),
    "only": lambda evil: Author.objects.only(evil),
    "defer": lambda evil: Author.objects.defer(evil),
    "select_related": lambda evil: Book.objects.select_related(evil),
    "prefetch_related": lambda evil: Author.objects.prefetch_related(evil),
    "Prefetch": lambda evil: Author.objects.prefetch_related(Prefetch(evil)),
    "dates": lambda evil: Book.objects.dates(evil, "year"),
    "dates kind": lambda evil: Book.objects.dates("published", evil),
    "dates order": lambda evil: Book.objects.dates("published", "year", evil),
    "in_bulk": lambda evil: Author.objects.in_bulk([1], field_name=evil),
    "update": lambda evil: [Author.objects.update(**{evil: 1})],
    "update to": lambda evil: [Author.objects.update(name=F(evil))],
    "create": lambda evil: [Author.objects.create(**{evil: 1})],
    "get_or_create": lambda evil: [Author.objects.get_or_create(**{evil: 1})],
    "bulk_update": lambda evil: [Author.objects.bulk_update(Author.objects.all(), [evil])],
    "bulk_create update": lambda evil: Author.objects.bulk_create(
        [Author(name="x")], update_conflicts=True, update_fields=[evil], unique_fields=["id"]
    ),
    "bulk_create unique": lambda evil: Author.objects.bulk_create(
        [Author(name="x")], update_conflicts=True, update_fields=["name"], unique_fields=[evil]
    ),
    "explain option": lambda evil: [Author.objects.explain(**{evil: True})],
    "explain format": lambda evil: [Author.objects.explain(format=evil)],
    "Extract": lambda evil: Book.objects.annotate(x=Extract("published", evil)),
    "Trunc": lambda evil: Book.objects.annotate(x=Trunc("published", evil)),
    "Collate": lambda evil: Author.objects.annotate(x=Collate("name", evil)),
    "When": lambda evil: Author.objects.annotate(x=Case(When(**{evil: 1}, then=Value(1)))),
    "Window": lambda evil: Author.objects.annotate(x=Window(RowNumber(), partition_by=evil)),
    "Window order": lambda evil: Author.objects.annotate(x=Window(RowNumber(), order_by=evil)),
    "WindowFrame": lambda evil: WindowFrame(start=evil),
    "union order": lambda evil: Author.objects.all().union(Author.objects.all()).order_by(evil),
    "using": lambda evil: Author.objects.using(evil),
}  # fmt: skip


def outcome(door, evil):
    """None where it was refused before the database saw it."""
    try:
        return f"gave {list(DOORS[door](evil))!r}"
    except (DatabaseError, NameError, IndexError) as error:
        return f"{type(error).__name__}: {error}"
    except Exception:
        return None


def test_what_is_no_name_is_refused_before_the_database_sees_it(database):
    database.make_tables(*ALL)
    author = Author.objects.create(name="ann")
    Book.objects.create(author=author, title="x")
    found = {(door, evil): outcome(door, evil) for door in DOORS for evil in EVIL}
    assert {pair: said for pair, said in found.items() if said} == {}
    assert Author.objects.count() == 1


@pytest.mark.parametrize("name", ["x'y", 'x"y', "x%y", "x)y"])
def test_a_value_is_never_sql(database, name):
    database.make_tables(*ALL)
    author = Author.objects.create(name=name)
    book = Book.objects.create(author=author, title="t")
    for rows in (
        Author.objects.filter(name=name),
        Author.objects.filter(name__in=[name, "a"]),
        Author.objects.filter(name__contains=name),
        Author.objects.filter(name__regex=f"^{re.escape(name)}$"),
        Author.objects.annotate(x=Value(name)).filter(x=F("name")),
        Author.objects.annotate(x=Concat("name", Value(name))).filter(x=name * 2),
        Author.objects.order_by(Case(When(name=name, then=Value(name)))),
        Author.objects.annotate(x=JSONObject(**{name: Value(name)})),
        Author.objects.raw("SELECT * FROM library_author WHERE name = %s", [name]),
    ):
        assert list(rows) == [author]
    assert Book.objects.filter(pk=book.pk).update(title=Value(name)) == 1
    assert Book.objects.get().title == name
