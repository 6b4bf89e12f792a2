import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from miniorm import models, registry, transaction
from miniorm.errors import FieldError
from miniorm.events import observe
from miniorm.models import Avg, Count, F, Max, Min, Q, Sum
from tests.miniorm.library import ALL, Author, Book, Copy

UTC = datetime.UTC


@pytest.fixture
def library(database):
    database.make_tables(*ALL)
    jane = Author.objects.create(name="Jane", born=1775)
    emily = Author.objects.create(name="Emily", born=1818)
    Author.objects.create(name="Nobody")
    for author, title, pages, year in [
        (jane, "Emma", 474, 1815),
        (jane, "Sanditon", 80, 1925),
        (emily, "Wuthering Heights", 416, 1847),
    ]:
        Book.objects.create(
            author=author,
            title=title,
            pages=pages,
            published=datetime.datetime(year, 12, 23, tzinfo=UTC),
        )
    Book.objects.create(author=jane, editor=emily, title="Unfinished")
    return database


@pytest.fixture
def statements():
    """The SQL that ran while the test looked on."""
    seen = []
    stop = observe(lambda name, details: name == "sql.start" and seen.append(details["sql"]))
    yield seen
    stop()


def titles(books):
    return [book.title for book in books]


def test_nothing_is_asked_before_the_rows_are_looked_at(library, statements):
    books = Book.objects.filter(pages__gt=100).exclude(title="x").order_by("-pages")[:5]
    assert statements == []
    assert titles(books) == ["Emma", "Wuthering Heights"]
    assert (len(books), bool(books), books[0].title) == (2, True, "Emma")
    assert len(statements) == 1


def test_a_queryset_is_not_changed_by_its_methods(library):
    books = Book.objects.all()
    books.filter(pages=1)
    books.order_by("title")
    assert len(books) == 4


def test_slices_are_limits(library, statements):
    books = Book.objects.order_by("pk")
    assert titles(books[1:3]) == ["Sanditon", "Wuthering Heights"]
    assert titles(books[1:][1:]) == ["Wuthering Heights", "Unfinished"]
    assert titles(books[:2][1:9]) == ["Sanditon"]
    assert titles(books[::2]) == ["Emma", "Wuthering Heights"]
    assert books[2].title == "Wuthering Heights"
    assert len(books[2:2]) == 0
    with pytest.raises(IndexError):
        books[9]
    with pytest.raises(ValueError, match="Negative"):
        books[-1]
    with pytest.raises(TypeError, match="once a slice has been taken"):
        books[:2].filter(pk=1)


def test_get_is_one_row_or_an_error_that_says_why(library):
    assert Book.objects.get(title="Emma").pages == 474
    with pytest.raises(Book.DoesNotExist, match="Book matching query does not exist"):
        Book.objects.get(title="x")
    with pytest.raises(Book.MultipleObjectsReturned, match="it returned 3!"):
        Book.objects.get(author__name="Jane")


def test_a_key_that_no_column_can_hold_is_simply_not_there(library):
    with pytest.raises(Book.DoesNotExist):
        Book.objects.get(pk=10**30)
    assert Book.objects.filter(pk__lt=10**30).count() == 4
    assert Book.objects.filter(pk__in=[1, 10**30]).count() == 1


def test_repr_is_cut_after_twenty(library):
    assert repr(Author.objects.filter(born=1775)) == "<QuerySet [<Author: Jane>]>"
    Author.objects.bulk_create(Author(name="x") for _ in range(25))
    assert repr(Author.objects.all()).endswith("'...(remaining elements truncated)...']>")


def test_ordering_by_meta_by_names_and_along_relations(library):
    assert [author.name for author in Author.objects.all()] == ["Emily", "Jane", "Nobody"]
    assert titles(Book.objects.order_by("author", "-pages")) == [
        "Wuthering Heights", "Unfinished", "Emma", "Sanditon",
    ]  # fmt: skip
    assert titles(Book.objects.order_by("-author__born", "title"))[0] == "Wuthering Heights"
    assert len(Book.objects.order_by("?")) == 4
    with pytest.raises(FieldError, match="'titel'.*mean 'title'"):
        Book.objects.order_by("titel")


def test_nulls_are_the_greatest_as_on_postgresql(library):
    assert titles(Book.objects.order_by("pages"))[-1] == "Unfinished"
    assert titles(Book.objects.order_by("-pages"))[0] == "Unfinished"
    assert titles(Book.objects.order_by(F("pages").desc(nulls_last=True)))[-1] == "Unfinished"
    assert titles(Book.objects.order_by("pages").reverse())[0] == "Unfinished"


def test_first_last_earliest_latest(library):
    assert Book.objects.first().title == "Emma"
    assert Book.objects.last().title == "Unfinished"
    assert Book.objects.none().first() is None
    known = Book.objects.filter(published__isnull=False)
    assert known.earliest().title == "Emma"
    assert known.latest().title == "Sanditon"
    assert known.latest("pages").title == "Emma"
    with pytest.raises(Book.DoesNotExist):
        Book.objects.none().latest()


def test_values_and_values_list(library):
    books = Book.objects.order_by("pk")[:1]
    assert list(books.values("title", "author__name")) == [
        {"title": "Emma", "author__name": "Jane"}
    ]
    assert list(books.values_list("title", "author")) == [("Emma", 1)]
    assert list(books.values_list("title", flat=True)) == ["Emma"]
    assert set(books.values()[0]) == {
        "id", "author_id", "editor_id", "title", "pages", "published",
    }  # fmt: skip
    assert books.values_list("published", flat=True)[0].tzinfo is not None
    with pytest.raises(FieldError):
        books.values("nothing")


def test_distinct_leaves_out_what_is_equal(library):
    names = Book.objects.values_list("author__name", flat=True)
    assert sorted(names.distinct()) == ["Emily", "Jane"]
    assert names.distinct().count() == 2
    assert list(names.distinct().order_by("-author__born")) == ["Emily", "Jane"]
    written = Author.objects.filter(book__pages__gt=1)
    assert [author.name for author in written] == ["Emily", "Jane", "Jane"]
    assert [author.name for author in written.distinct()] == ["Emily", "Jane"]


def test_count_exists_and_contains(library):
    assert Book.objects.count() == 4
    assert Book.objects.order_by("pk")[1:3].count() == 2
    assert Book.objects.filter(pages=80).exists()
    assert not Book.objects.filter(pages=81).exists()
    assert not Book.objects.none().exists()
    emma = Book.objects.get(title="Emma")
    assert Book.objects.filter(pages__gt=100).contains(emma)
    assert not Book.objects.filter(pages__lt=100).contains(emma)


def test_none_asks_nothing(library, statements):
    nothing = Book.objects.none()
    assert (list(nothing), nothing.count(), nothing.update(pages=1)) == ([], 0, 0)
    assert nothing.aggregate(Count("pk")) == {"pk__count": 0}
    assert statements == []
    assert len(nothing | Book.objects.all()) == 4
    assert len(nothing & Book.objects.all()) == 0


def test_get_or_create_and_update_or_create(library):
    jane, created = Author.objects.get_or_create(name="Jane", defaults={"born": 1})
    assert (jane.born, created) == (1775, False)
    anne, created = Author.objects.get_or_create(name="Anne", defaults={"born": lambda: 1820})
    assert (anne.born, created) == (1820, True)
    anne, created = Author.objects.update_or_create(name="Anne", defaults={"born": 1821})
    assert (anne.born, created) == (1821, False)
    assert Author.objects.get(name="Anne").born == 1821


def test_bulk_create_of_rows_with_nothing_given_has_no_conflict_to_ignore(database):
    with registry.isolated():

        class Ticket(models.Model):
            class Meta:
                app_label = "library"

    database.make_tables(Ticket)
    Ticket.objects.create(pk=77)
    Ticket.objects.bulk_create([Ticket(pk=77), Ticket(), Ticket(pk=78)], ignore_conflicts=True)
    assert Ticket.objects.count() == 3


def test_bulk_create_gives_keys(library):
    made = Author.objects.bulk_create([Author(name=f"a{n}") for n in range(5)], batch_size=2)
    names = Author.objects.in_bulk([author.pk for author in made])
    assert [names[author.pk].name for author in made] == [f"a{n}" for n in range(5)]
    assert len(Author.objects.in_bulk()) == 8


def test_update_is_one_statement_computed_there(library):
    assert Book.objects.filter(author__name="Jane").update(pages=F("pages") + 1) == 3
    assert Book.objects.get(title="Emma").pages == 475
    assert Book.objects.filter(title="Emma").update(author=Author.objects.get(name="Emily")) == 1
    assert Book.objects.get(title="Emma").author.name == "Emily"
    with pytest.raises(FieldError, match="'page'.*mean 'pages'"):
        Book.objects.update(page=1)
    with pytest.raises(FieldError, match="Joined"):
        Book.objects.update(pages=F("author__born"))
    with pytest.raises(TypeError, match="slice"):
        Book.objects.all()[:1].update(pages=1)


def test_select_related_fetches_along(library, statements):
    books = list(Book.objects.select_related("author", "editor").order_by("pk"))
    assert [book.author.name for book in books] == ["Jane", "Jane", "Emily", "Jane"]
    assert [book.editor and book.editor.name for book in books] == [None, None, None, "Emily"]
    assert len(statements) == 1
    assert "INNER JOIN" in statements[0]
    assert "LEFT OUTER JOIN" in statements[0]
    Copy.objects.create(book=books[0])
    statements.clear()
    assert Copy.objects.select_related("book__author").get().book.author.name == "Jane"
    assert Copy.objects.select_related().get().book.author.name == "Jane"
    assert len(statements) == 2
    with pytest.raises(FieldError, match="'autor'.*mean 'author'"):
        Book.objects.select_related("autor")


def test_prefetch_related_is_one_query_for_each_relation(library, statements):
    authors = list(Author.objects.prefetch_related("book_set__editor"))
    assert [len(author.book_set.all()) for author in authors] == [1, 3, 0]
    assert [b.editor.name for a in authors for b in a.book_set.all() if b.editor] == ["Emily"]
    assert all(book.author is author for author in authors for book in author.book_set.all())
    assert len(statements) == 3
    statements.clear()
    assert len({book.author.name for book in Book.objects.prefetch_related("author")}) == 2
    assert len(statements) == 2
    with pytest.raises(AttributeError, match="invalid parameter"):
        list(Author.objects.prefetch_related("books"))


def test_aggregates_of_all_rows(library):
    assert Book.objects.aggregate(Sum("pages"), low=Min("pages"), high=Max("pages")) == {
        "pages__sum": 970, "low": 80, "high": 474,
    }  # fmt: skip
    assert Book.objects.aggregate(mean=Avg("pages"))["mean"] == pytest.approx(970 / 3)
    assert Book.objects.aggregate(n=Count("author", distinct=True)) == {"n": 2}
    assert Book.objects.aggregate(n=Count("pk", filter=Q(pages__gt=100))) == {"n": 2}
    assert Book.objects.order_by("pages")[:2].aggregate(Sum("pages")) == {"pages__sum": 496}
    assert Book.objects.filter(pk=0).aggregate(Sum("pages")) == {"pages__sum": None}
    assert Book.objects.aggregate(latest=Max("published"))["latest"].year == 1925


def test_annotations_of_each_row_and_each_group(library):
    authors = Author.objects.annotate(books=Count("book"), pages=Sum("book__pages"))
    assert [(a.name, a.books, a.pages) for a in authors] == [
        ("Emily", 1, 416), ("Jane", 3, 554), ("Nobody", 0, None),
    ]  # fmt: skip
    assert [author.name for author in authors.filter(books__gt=1)] == ["Jane"]
    assert authors.order_by("-books").first().name == "Jane"
    assert authors.filter(books__gt=0).count() == 2
    assert authors.aggregate(Avg("books"))["books__avg"] == pytest.approx(4 / 3)
    groups = Book.objects.values("author__name").annotate(n=Count("pk")).order_by("n")
    assert list(groups) == [{"author__name": "Emily", "n": 1}, {"author__name": "Jane", "n": 3}]
    doubled = Book.objects.annotate(double=F("pages") * 2).filter(double=160)
    assert [(book.title, book.double) for book in doubled] == [("Sanditon", 160)]
    with pytest.raises(ValueError, match="conflicts"):
        Book.objects.annotate(title=F("pages"))


def test_an_alias_cannot_bring_in_code_or_sql(library):
    with pytest.raises(ValueError, match="identifier"):
        Book.objects.annotate(**{'x"; DROP TABLE library_book --': F("pages")})


def test_iterator_keeps_nothing(library, statements):
    books = Book.objects.order_by("pk")
    assert len(list(books.iterator(chunk_size=3))) == 4
    assert len(list(books.iterator(chunk_size=3))) == 4
    assert len([each for each in statements if "SELECT" in each]) == 2


def test_querysets_can_be_joined(library):
    jane = Book.objects.filter(author__name="Jane")
    short = Book.objects.filter(pages__lt=100)
    assert titles(jane & short) == ["Sanditon"]
    assert len(jane | Book.objects.filter(author__name="Emily")) == 4
    with pytest.raises(TypeError, match="different base models"):
        jane | Author.objects.all()


def test_rows_are_announced(library):
    seen = []
    stop = observe(lambda name, details: name == "rows.fetched" and seen.append(details))
    list(Book.objects.all())
    list(Book.objects.values("pk"))
    stop()
    assert seen == [{"count": 4, "model": "library.Book"}, {"count": 4, "model": None}]


# --- against Python lists -------------------------------------------------------------

WORDS = st.sampled_from(["", "a", "A", "ab", "Ab", "b%", "_", "\\", "%", "é", "É", "ba b"])
NUMBERS = st.none() | st.integers(-3, 3)
PLAIN = {
    "exact": lambda x, v: x == v,
    "gt": lambda x, v: x > v,
    "gte": lambda x, v: x >= v,
    "lt": lambda x, v: x < v,
    "lte": lambda x, v: x <= v,
    "in": lambda x, v: x in v,
    "range": lambda x, v: v[0] <= x <= v[1],
    "contains": lambda x, v: v in x,
    "startswith": str.startswith,
    "endswith": str.endswith,
    "icontains": lambda x, v: v.lower() in x.lower(),
    "iexact": lambda x, v: v.lower() == x.lower(),
    "istartswith": lambda x, v: x.lower().startswith(v.lower()),
}
ON_NUMBERS = st.one_of(
    st.tuples(st.sampled_from(["exact", "gt", "gte", "lt", "lte"]), st.integers(-3, 3)),
    st.tuples(st.just("in"), st.lists(st.integers(-3, 3), max_size=3)),
    st.tuples(st.just("range"), st.tuples(st.integers(-3, 3), st.integers(-3, 3))),
    st.tuples(st.just("isnull"), st.booleans()),
)
ON_WORDS = st.tuples(
    st.sampled_from(
        ["exact", "contains", "startswith", "endswith", "icontains", "iexact", "istartswith"]
    ),
    WORDS,
)
# A comparison is (path, lookup, value); of a book, its author and its editor.
COMPARISONS = st.one_of(
    st.tuples(st.sampled_from(["pages", "author__born", "editor__born", "editor"]), ON_NUMBERS),
    st.tuples(st.sampled_from(["title", "author__name", "editor__name"]), ON_WORDS),
).map(lambda pair: (pair[0], *pair[1]))
TREES = st.recursive(
    COMPARISONS,
    lambda inner: st.one_of(
        st.tuples(st.just("not"), inner),
        st.tuples(st.sampled_from(["and", "or"]), st.lists(inner, min_size=1, max_size=3)),
    ),
    max_leaves=6,
)


def as_q(tree):
    match tree:
        case ("not", inner):
            return ~as_q(inner)
        case (("and" | "or") as connector, [first, *rest]):
            q = as_q(first)
            for other in rest:
                q = q & as_q(other) if connector == "and" else q | as_q(other)
            return q
        case (path, lookup, value):
            return Q(**{f"{path}__{lookup}": value})


def value_at(row, path):
    for name in path.split("__"):
        row = None if row is None else row[name]
    return row["id"] if isinstance(row, dict) else row


def holds(tree, row):
    match tree:
        case ("not", inner):
            return not holds(inner, row)
        case ("and", parts):
            return all(holds(part, row) for part in parts)
        case ("or", parts):
            return any(holds(part, row) for part in parts)
        case (path, lookup, value):
            found = value_at(row, path)
            if lookup == "isnull":
                return (found is None) == value
            return found is not None and bool(PLAIN[lookup](found, value))


@st.composite
def libraries(draw):
    authors = [
        {"id": number + 1, "name": draw(WORDS), "born": draw(NUMBERS)}
        for number in range(draw(st.integers(1, 3)))
    ]
    books = [
        {
            "id": number + 1,
            "author": draw(st.sampled_from(authors)),
            "editor": draw(st.sampled_from([None, *authors])),
            "title": draw(WORDS),
            "pages": draw(NUMBERS),
        }
        for number in range(draw(st.integers(0, 6)))
    ]
    return authors, books


def fill(authors, books):
    Author.objects.bulk_create([Author(**author) for author in authors])
    Book.objects.bulk_create(
        Book(
            id=book["id"],
            title=book["title"],
            pages=book["pages"],
            author_id=book["author"]["id"],
            editor_id=book["editor"] and book["editor"]["id"],
        )
        for book in books
    )


class Undo(Exception):
    pass


SETTINGS = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
def empty(database):
    database.make_tables(*ALL)
    return database


@pytest.mark.timeout(300)
@SETTINGS
@given(data=st.data())
def test_filters_orders_and_slices_are_as_on_a_list(empty, data):
    authors, books = data.draw(libraries())
    kept, left_out = data.draw(st.lists(TREES, max_size=2)), data.draw(st.lists(TREES, max_size=2))
    descending = data.draw(st.booleans())
    low = data.draw(st.integers(0, 3))
    high = data.draw(st.none() | st.integers(low, 6))

    expected = [book for book in books if all(holds(tree, book) for tree in kept)]
    expected = [book for book in expected if not any(holds(tree, book) for tree in left_out)]
    expected.sort(key=lambda book: (book["pages"] is None, book["pages"] or 0, book["id"]))
    if descending:
        expected.reverse()

    try:
        with transaction.atomic():
            fill(authors, books)
            found = Book.objects.all()
            for tree in kept:
                found = found.filter(as_q(tree))
            for tree in left_out:
                found = found.exclude(as_q(tree))
            sign = "-" if descending else ""
            found = found.order_by(f"{sign}pages", f"{sign}pk")
            assert found.count() == len(expected)
            assert found.exists() == bool(expected)
            found = found[low:high]
            assert [book.pk for book in found] == [book["id"] for book in expected[low:high]]
            raise Undo
    except Undo:
        pass


@pytest.mark.timeout(300)
@SETTINGS
@given(data=st.data())
def test_multi_valued_relations_are_as_on_a_list(empty, data):
    authors, books = data.draw(libraries())
    conditions = data.draw(
        st.lists(
            st.one_of(
                st.tuples(st.just("pages"), ON_NUMBERS.filter(lambda pair: pair[0] != "isnull")),
                st.tuples(st.just("title"), ON_WORDS),
            ).map(lambda pair: (pair[0], *pair[1])),
            min_size=1,
            max_size=2,
        )
    )
    names = {f"book__{path}__{lookup}": value for path, lookup, value in conditions}
    if len(names) < len(conditions):
        return
    of = {author["id"]: [b for b in books if b["author"] is author] for author in authors}
    together = [
        key for key, own in of.items() if any(all(holds(c, b) for c in conditions) for b in own)
    ]
    apart = [
        key for key, own in of.items() if all(any(holds(c, b) for b in own) for c in conditions)
    ]
    try:
        with transaction.atomic():
            fill(authors, books)
            everyone = Author.objects.order_by("pk").values_list("pk", flat=True)
            assert list(everyone.filter(**names).distinct()) == together
            chained = everyone
            for name, value in names.items():
                chained = chained.filter(**{name: value})
            assert list(chained.distinct()) == apart
            # exclude() with several conditions leaves out who has a book for each of them.
            assert list(everyone.exclude(**names)) == [k for k in of if k not in apart]
            raise Undo
    except Undo:
        pass


def test_a_slice_past_the_end_of_a_slice_is_empty(library):
    for number in range(9):
        Author.objects.create(name=f"{number}")
    rows = Author.objects.order_by("pk")
    assert list(rows[0:2][7:]) == []
    assert list(rows[5:10][7:9]) == []
    assert rows[5:10][7:].count() == 0
    assert not rows[5:10][7:].exists()
    with pytest.raises(IndexError):
        rows[0:2][7]
    with pytest.raises(IndexError):
        rows[:2][2]
    assert list(rows[0:10][1 : 10**25]) == list(rows[1:10])


@pytest.mark.parametrize("huge", [2**63 - 2, 2**63 - 1, 2**63, 10**25], ids=str)
def test_a_slice_may_begin_and_end_beyond_every_row(library, huge):
    rows = Author.objects.order_by("pk")
    assert list(rows[huge:]) == []
    assert list(rows[huge : huge + 5]) == []
    assert list(rows[1:huge]) == list(rows.all())[1:]
    assert rows[:huge].count() == Author.objects.count()
    with pytest.raises(IndexError):
        rows[huge]
