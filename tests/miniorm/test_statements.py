"""From filter(), annotate() and update() to statements, and to the rows that they find."""

import pytest

from miniorm.compiler import Compiler
from miniorm.configuration import connect
from miniorm.connections import connections
from miniorm.errors import FieldError
from miniorm.models import Count, F, FilteredRelation, Q, Sum
from miniorm.schema import create_tables
from miniorm.writing import WritingCompiler
from tests.miniorm.library import ALL, Author, Book, Copy


@pytest.fixture(autouse=True)
def _library():
    """Ann wrote a (5 pages) and b (300, no editor), Bob c (of nobody knows how many pages)."""
    connect("sqlite:///:memory:")
    create_tables(ALL)
    ann, bob = (Author.objects.create(name=name, born=born) for name, born in NAMES)
    Book.objects.create(author=ann, title="a", pages=5, editor=bob)
    Book.objects.create(author=ann, title="b", pages=300)
    Book.objects.create(author=bob, title="c", editor=ann)


NAMES = (("Ann", 5), ("Bob", None))


def readable(sql):
    return sql.replace('"', "").replace("library_", "")


def compiled(rows):
    sql, params = Compiler(rows.query, connections["default"]).as_sql()
    return readable(sql), params


def where(rows):
    sql, params = compiled(rows.order_by())
    return sql.partition(" WHERE ")[2], params


# --- the tree ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "sql", "params"),
    [
        (Q(title="a"), "book.title = %s", ["a"]),
        (Q(title="a", pages=1), "(book.pages = %s AND book.title = %s)", [1, "a"]),
        (Q(title="a") | Q(pages=1), "(book.title = %s OR book.pages = %s)", ["a", 1]),
        (~Q(title="a"), "NOT (book.title = %s)", ["a"]),
        (~~Q(pages=1), "NOT (NOT (book.pages = %s))", [1]),
        (Q(), "1 = 1", []),
        (Q(pages__gt=F("id")), "book.pages > book.id", []),
        (
            Q(title="a") ^ Q(title="b"),
            "((book.title = %s AND NOT (book.title = %s)) OR "
            "(book.title = %s AND NOT (book.title = %s)))",
            ["a", "b", "b", "a"],
        ),
    ],
)
def test_a_tree_of_q_is_a_tree_of_conditions(condition, sql, params):
    assert where(Book.objects.filter(condition)) == (sql, params)


@pytest.mark.parametrize("condition", ["title", 7, None])
def test_a_tree_has_no_place_for_what_is_no_condition(condition):
    with pytest.raises(TypeError, match=r"takes Q objects, conditions and name=value"):
        Book.objects.filter(condition)


def test_a_tree_has_no_place_for_what_is_neither_true_nor_false():
    with pytest.raises(TypeError, match="non-conditional"):
        Book.objects.filter(F("pages") + 1)


# --- three answers ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "titles"),
    [
        (lambda: Book.objects.exclude(pages=5), "bc"),
        (lambda: Book.objects.exclude(pages__gt=100), "ac"),
        (lambda: Book.objects.exclude(pages=F("author__born")), "bc"),
        (lambda: Book.objects.exclude(editor__name="Bob"), "bc"),
        (lambda: Book.objects.exclude(~Q(pages=5)), "a"),
        (lambda: Book.objects.exclude(pages=None), "ab"),
        (lambda: Book.objects.exclude(pages__isnull=False), "c"),
        (lambda: Book.objects.exclude(Q(pages=5) | Q(title="c")), "b"),
        (lambda: Book.objects.exclude(pages__in=Author.objects.values("born")), "bc"),
    ],
)
def test_of_three_answers_exclude_gives_what_is_not_true(rows, titles):
    assert "".join(sorted(each.title for each in rows())) == titles


@pytest.mark.parametrize(
    ("rows", "sql"),
    [
        (lambda: Book.objects.exclude(title="a"), "NOT (book.title = %s)"),
        (
            lambda: Book.objects.exclude(pages=5),
            "NOT ((book.pages = %s AND book.pages IS NOT NULL))",
        ),
        (lambda: Book.objects.exclude(pages__isnull=True), "NOT (book.pages IS NULL)"),
        (lambda: Book.objects.filter(pages=5), "book.pages = %s"),
    ],
)
def test_of_three_answers_only_those_that_may_come_are_spoken_of(rows, sql):
    assert where(rows())[0] == sql


# --- WHERE and HAVING -------------------------------------------------------------------


def grouped(**conditions):
    rows = Book.objects.values("author_id").annotate(n=Count("*")).order_by("author_id")
    return rows.filter(**conditions) if conditions else rows


def test_having_holds_what_is_known_of_a_group_and_where_the_rest():
    sql, params = compiled(grouped(pages__gt=100, n__gt=0))
    assert sql == (
        "SELECT book.author_id, COUNT(*) AS n FROM book WHERE book.pages > %s "
        "GROUP BY book.author_id HAVING COUNT(*) > %s ORDER BY book.author_id ASC"
    )
    assert params == [100, 0]
    assert [each["n"] for each in grouped(pages__gt=100, n__gt=0)] == [1]


def test_having_with_a_column_makes_groups_by_it_too():
    rows = grouped().filter(Q(pages=5) | Q(n__gt=1))
    assert " GROUP BY book.author_id, book.pages HAVING (book.pages = %s OR" in compiled(rows)[0]
    assert [each["n"] for each in rows] == [1]


def test_having_leaves_a_second_way_to_the_rows_to_where():
    # In HAVING the condition would be asked of any one row of the group.
    for book in Book.objects.all():
        book.copy_set.create(shelf="x", price=1)
        book.copy_set.create(shelf="y", price=2)
    counted = Book.objects.annotate(n=Count("copy"))
    for price in (1, 2):
        assert len(counted.filter(n=2, copy__price=price)) == 3


@pytest.mark.parametrize(
    ("rows", "keys"),
    [
        (lambda: grouped(), "book.author_id"),
        (lambda: grouped().order_by("pages"), "book.author_id, book.pages"),
        (lambda: grouped().annotate(y=F("pages")), "book.author_id, book.pages"),
        (lambda: grouped().annotate(s=Sum("pages") + F("id")), "book.author_id, book.id"),
        (
            lambda: Book.objects.annotate(y=Q(pages__gt=1)).values("y").annotate(n=Count("*")),
            "book.pages > %s",
        ),
        (lambda: grouped().filter(Q(n__gt=F("pages") + 1)), "book.author_id, (book.pages + %s)"),
        (lambda: Author.objects.annotate(n=Count("book")), "author.id, author.name, author.born"),
    ],
)  # fmt: skip
def test_having_groups_means_to_name_what_their_rows_have_in_common(rows, keys):
    sql, _ = compiled(rows())
    words = sql.partition(" GROUP BY ")[2].partition(" ORDER BY ")[0].partition(" HAVING ")[0]
    assert words == keys


# --- the whole statement ----------------------------------------------------------------


def test_a_statement_has_its_words_and_its_parameters_in_sql_s_order():
    rows = (
        Author.objects.annotate(
            long=FilteredRelation("book", condition=Q(book__pages__gt=2)),
            twice=F("born") * 1,
            n=Count("long"),
        )
        .filter(n__gt=4, name="3")
        .order_by(F("born") + 6)[1:8]
    )
    sql, params = compiled(rows)
    order = (
        "SELECT ",
        " FROM ",
        " WHERE ",
        " GROUP BY ",
        " HAVING ",
        " ORDER BY ",
        " LIMIT 7 OFFSET 1",
    )
    places = [sql.find(word) for word in order]
    assert -1 not in places
    assert places == sorted(places)
    assert params == [1, 2, "3", 1, 6, 4, 6]


def test_a_statement_leaves_out_what_is_not_asked_for():
    assert compiled(Book.objects.values("title")) == ("SELECT book.title FROM book", [])
    assert compiled(Copy.objects.values("book__title")) == (
        "SELECT book.title FROM copy INNER JOIN book ON (copy.book_id = book.id)",
        [],
    )


# --- one table --------------------------------------------------------------------------


def writing(rows):
    return WritingCompiler(rows.query, connections["default"])


def updating(rows, **values):
    fields = [(Book._meta.get_field(name), value) for name, value in values.items()]
    sql, params = writing(rows).update_sql(fields)
    return readable(sql), params


def test_to_write_one_table_takes_the_values_first_and_then_the_conditions():
    rows = Book.objects.filter(title="a")
    assert updating(rows, pages=1, title="z") == (
        "UPDATE book SET pages = %s, title = %s WHERE book.title = %s",
        [1, "z", "a"],
    )
    assert updating(rows, pages=F("pages") + 1) == (
        "UPDATE book SET pages = (book.pages + %s) WHERE book.title = %s",
        [1, "a"],
    )
    assert updating(Book.objects.all(), pages=None) == ("UPDATE book SET pages = %s", [None])


def test_to_write_one_table_finds_its_rows_by_a_subquery_where_there_are_others():
    keys = (
        "book.id IN (SELECT U0.id FROM book U0 INNER JOIN author U1 "
        "ON (U0.author_id = U1.id) WHERE U1.name = %s)"
    )
    rows = Book.objects.filter(author__name="Ann").order_by("title")
    sql, params = writing(rows).delete_sql()
    assert (readable(sql), params) == (f"DELETE FROM book WHERE {keys}", ["Ann"])
    assert updating(rows, pages=1) == (f"UPDATE book SET pages = %s WHERE {keys}", [1, "Ann"])
    assert rows.update(pages=1) == 2


def test_to_write_one_table_finds_its_rows_by_a_subquery_where_groups_are_asked_of():
    rows = Book.objects.annotate(n=Count("copy")).filter(n=0)
    assert " HAVING COUNT(U1.id) = %s)" in readable(writing(rows).delete_sql()[0])
    assert rows.update(pages=7) == 3


@pytest.mark.parametrize(
    ("value", "message"),
    [(F("author__born"), "Joined field"), (Count("id"), "aggregate cannot be assigned")],
)
def test_to_write_one_table_computes_with_its_own_columns_only(value, message):
    with pytest.raises(FieldError, match=message):
        updating(Book.objects.all(), pages=value)
