"""The schema editor, on models reduced to what it reads of them: their _meta."""

import threading
from types import SimpleNamespace

import pytest

from miniorm.configuration import connect
from miniorm.connections import connections
from miniorm.definitions import NAME_LIMIT, object_name
from miniorm.errors import IntegrityError
from miniorm.schema import SchemaEditor, create_tables, in_dependency_order
from miniorm.transaction import atomic


class Field:
    db_constraint = True

    def __init__(self, column, kind, to=None, **options):
        self.column, self.kind = column, kind
        self.remote_field = to and SimpleNamespace(model=to)
        self.null = options.get("null", False)
        self.primary_key = options.get("primary_key", False)
        self.unique = options.get("unique", False) or self.primary_key
        self.db_index = options.get("db_index", to is not None)

    @property
    def target_field(self):
        return self.remote_field.model._meta.local_fields[0]

    def get_internal_type(self):
        return "ForeignKey" if self.remote_field else self.kind

    def db_type(self, connection):
        return connection.data_types[self.kind] % {"max_length": 20}


def model(table, *fields, **options):
    """A stand-in for a model class with an id and these fields."""
    new = type(table, (), {})
    by_name = {field.column: field for field in fields}
    new._meta = SimpleNamespace(
        db_table=table,
        local_fields=[Field("id", "BigAutoField", primary_key=True), *fields],
        local_many_to_many=[],
        indexes=[],
        constraints=[],
        managed=True,
        db_table_comment="",
        proxy=False,
        unique_together=options.get("unique_together", ()),
        get_field=by_name.__getitem__,
    )
    return new


@pytest.fixture
def library():
    author = model("author", Field("name", "CharField", unique=True))
    book = model(
        "book",
        Field("author_id", "BigIntegerField", to=author),
        Field("title", "CharField", db_index=True),
        Field("pages", "PositiveIntegerField", null=True),
        unique_together=[("author_id", "title")],
    )
    return author, book


def add_book(pages=1, author=1, title="Emma"):
    connections["default"].execute(
        "INSERT INTO book (author_id, title, pages) VALUES (%s, %s, %s)", [author, title, pages]
    )


def test_tables_are_made_in_dependency_order_and_only_once(database, library):
    author, book = library
    assert create_tables([book, author]) == ["author", "book"]
    assert create_tables([book, author]) == []
    assert database.connection.introspection.table_names() == ["author", "book"]


@pytest.mark.parametrize(
    "break_it",
    [
        lambda: add_book(author=99),
        lambda: add_book(pages=-1),
        lambda: add_book(title=None),
        lambda: (add_book(), add_book()),
        lambda: connections["default"].execute("INSERT INTO author (name) VALUES ('Jane')"),
        lambda: connections["default"].execute("DELETE FROM author"),
    ],
    ids=["foreign key", "positive", "null", "unique together", "unique", "never cascades"],
)
def test_the_constraints_hold(database, library, break_it):
    create_tables(library)
    database.connection.execute("INSERT INTO author (name) VALUES ('Jane')")
    add_book(title="Persuasion")
    with pytest.raises(IntegrityError):
        break_it()


def test_rows_may_point_at_what_comes_later_in_the_transaction(database, library):
    create_tables(library)
    with atomic():
        add_book(author=7)
        database.connection.execute("INSERT INTO author (id, name) VALUES (7, 'Jane')")


def test_models_that_point_at_each_other_get_their_tables(database):
    egg = model("egg")
    hen = model("hen", Field("egg_id", "BigIntegerField", to=egg))
    egg._meta.local_fields.append(Field("hen_id", "BigIntegerField", to=hen, null=True))
    assert sorted(create_tables([hen, egg])) == ["egg", "hen"]
    with pytest.raises(IntegrityError):
        database.connection.execute("INSERT INTO egg (hen_id) VALUES (5)")


def test_a_model_may_point_at_itself(database):
    node = model("node")
    node._meta.local_fields.append(Field("parent_id", "BigIntegerField", to=node, null=True))
    assert create_tables([node]) == ["node"]


def test_a_deleted_model_leaves_nothing(database, library):
    author, book = library
    create_tables(library)
    editor = SchemaEditor(database.connection)
    editor.delete_model(book)
    editor.delete_model(author)
    assert database.connection.introspection.table_names() == []


def test_a_failure_leaves_no_table_at_all(database, library):
    _, book = library
    book._meta.local_fields.append(Field("title", "CharField"))  # the same column twice
    with pytest.raises(Exception, match="title"):
        create_tables(library)
    assert database.connection.introspection.table_names() == []


@pytest.mark.timeout(60)
def test_several_who_create_at_once_make_each_table_once(database, library):
    made, failures = [], []

    def work():
        try:
            made.extend(create_tables(library))
        except BaseException as error:
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(50)
    assert failures == []
    assert sorted(made) == ["author", "book"]


def test_the_sql_can_be_read(library):
    author, book = library
    editor = SchemaEditor(connect("sqlite:///:memory:"))
    assert editor.create_table_sql(author) == (
        'CREATE TABLE "author" (\n'
        '    "id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,\n'
        '    "name" varchar(20) NOT NULL UNIQUE\n'
        ")"
    )
    assert (
        '"author_id" bigint NOT NULL REFERENCES "author" ("id") DEFERRABLE INITIALLY DEFERRED'
        in editor.create_table_sql(book)
    )


def test_names_are_short_steady_and_apart():
    long = "ä" * 60
    first, second = object_name(long, ["a"], "idx"), object_name(long, ["b"], "idx")
    assert first != second
    assert first == object_name(long, ["a"], "idx")
    assert len(first.encode()) <= NAME_LIMIT


def test_dependency_order_keeps_the_given_order_otherwise(library):
    author, book = library
    other = model("other")
    assert in_dependency_order([other, book, author]) == [other, author, book]
