"""Tables that are changed while rows are in them, on both databases."""

import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from miniorm import migrations, models
from miniorm.errors import IntegrityError, NotSupportedError
from miniorm.migrations.state import ProjectState
from miniorm.transaction import atomic


def author_and_book():
    return [
        migrations.CreateModel(
            "Author",
            [
                ("id", models.BigAutoField(primary_key=True)),
                ("name", models.CharField(max_length=20)),
                ("born", models.IntegerField(null=True)),
            ],
        ),
        migrations.CreateModel(
            "Book",
            [
                ("id", models.BigAutoField(primary_key=True)),
                ("author", models.ForeignKey("library.author", models.CASCADE)),
                ("title", models.CharField(max_length=20)),
            ],
        ),
    ]


class History:
    """A database whose tables are changed step by step, and back."""

    def __init__(self, connection):
        self.connection = connection
        self.states = [ProjectState()]
        self.done = []

    def take(self, *operations):
        """Take these steps in one migration."""
        with self.connection.schema_editor() as editor:
            for operation in operations:
                before = self.states[-1]
                after = operation.state_forwards("library", before) or before
                operation.database_forwards("library", editor, before, after)
                self.states.append(after)
                self.done.append(operation)

    def undo(self, count=1):
        with self.connection.schema_editor() as editor:
            for _ in range(count):
                after, before = self.states.pop(), self.states[-1]
                self.done.pop().database_backwards("library", editor, after, before)

    def model(self, name):
        return self.states[-1].model_class("library", name)

    def rows(self, name, *fields):
        return list(self.model(name).objects.order_by("pk").values_list(*fields))

    def looks(self):
        """The tables as the database describes them, names of constraints aside."""
        known = self.connection.introspection
        found = {}
        for table in known.table_names():
            columns = {(c.name, c.type, c.null, c.length, c.numbered) for c in known.columns(table)}
            others = sorted(
                (c.columns, c.primary_key, c.unique, c.index, c.partial, bool(c.check))
                for c in known.constraints(table)
            )
            found[table] = (columns, others, known.relations(table))
        return found


@pytest.fixture
def history(database):
    found = History(database.connection)
    found.take(*author_and_book())
    author, book = found.model("Author"), found.model("Book")
    jane = author.objects.create(name="Jane", born=1775)
    mary = author.objects.create(name="Mary")
    book.objects.create(author=jane, title="Emma")
    book.objects.create(author=mary, title="Frankenstein")
    author.objects.create(name="Nobody").delete()
    return found


BOOKS = [(1, 1, "Emma"), (2, 2, "Frankenstein")]

Char, Integer, Key = models.CharField, models.IntegerField, models.ForeignKey
CASCADE, AUTHOR = models.CASCADE, "library.author"
Add, Alter = migrations.AddField, migrations.AlterField
STEPS = {
    "a nullable field": Add("author", "note", models.TextField(null=True)),
    "a field with a default": Add("author", "note", Char(max_length=9, default="'%")),
    "an indexed field": Add("author", "age", Integer(default=0, db_index=True)),
    "a unique field": Add("author", "code", Integer(null=True, unique=True)),
    "a checked field": Add("author", "age", models.PositiveIntegerField(default=3)),
    "a foreign key": Add("author", "best", Key("library.book", models.SET_NULL, null=True)),
    "a foreign key with a default": Add(
        "book", "editor", Key(AUTHOR, CASCADE, default=2, related_name="+")
    ),
    "another type": Alter("author", "born", models.BigIntegerField(null=True)),
    "text": Alter("author", "born", Char(max_length=9, null=True)),
    "not null": Alter("author", "born", Integer(default=5)),
    "unique": Alter("author", "name", Char(max_length=20, unique=True)),
    "an index": Alter("author", "name", Char(max_length=20, db_index=True)),
    "a check": Alter("author", "born", models.PositiveIntegerField(null=True)),
    "a column's name": Alter("author", "born", Integer(null=True, db_column="year")),
    "a one-to-one": Alter("book", "author", models.OneToOneField(AUTHOR, CASCADE)),
    "no index": Alter("book", "author", Key(AUTHOR, CASCADE, db_index=False)),
    "no constraint": Alter("book", "author", Key(AUTHOR, CASCADE, db_constraint=False)),
    "a renamed field": migrations.RenameField("author", "born", "year"),
    "a renamed key": migrations.RenameField("book", "author", "writer"),
    "a renamed primary key": migrations.RenameField("author", "id", "number"),
    "a renamed model": migrations.RenameModel("Author", "Writer"),
    "a table's name": migrations.AlterModelTable("author", "people"),
    "unique together": migrations.AlterUniqueTogether("book", [("author", "title")]),
    "an Index": migrations.AddIndex(
        "author", models.Index(fields=["-name"], condition=models.Q(born__gt=0), name="by_name")
    ),
    "a UniqueConstraint": migrations.AddConstraint(
        "author", models.UniqueConstraint(fields=["name", "born"], name="once")
    ),
    "a unique index": migrations.AddConstraint(
        "author", models.UniqueConstraint(fields=["name"], condition=models.Q(born=1), name="once")
    ),
    "a CheckConstraint": migrations.AddConstraint(
        "author", models.CheckConstraint(condition=~models.Q(name="%'"), name="named")
    ),
    "a wider primary key": Alter("author", "id", Char(max_length=9, primary_key=True)),
    "options": migrations.AlterModelOptions("author", {"ordering": ["name"]}),
}


def test_every_step_keeps_the_rows_and_can_be_undone(history):
    before = history.looks()
    for told, step in STEPS.items():
        history.take(step)
        author = getattr(step, "new_name", "") if told == "a renamed model" else "Author"
        assert len(history.rows(author, "pk")) == 2, told
        assert len(history.rows("Book", "pk")) == 2, told
        _same_as_made_at_once(history)
        history.undo()
        assert history.looks() == before, told
        assert history.rows("Author", "id", "name") == [(1, "Jane"), (2, "Mary")], told
        assert history.rows("Book", "id", "author", "title") == BOOKS, told
        with pytest.raises(IntegrityError):
            history.model("Book").objects.create(author_id=99, title="?")
        history.connection.execute("UPDATE library_author SET born = NULL WHERE id = 2")


def test_a_number_is_not_given_again_after_a_change(history):
    history.take(STEPS["unique"])
    assert history.model("Author").objects.create(name="Ann").pk == 4


def _same_as_made_at_once(history):
    """The changed tables look as those do that are made from the models in one go."""
    changed = history.looks()
    models_now = [history.states[-1].model_class(*key) for key in history.states[-1].models]
    try:
        with history.connection.schema_editor() as editor:
            _drop_all(editor)
            for model in models_now:
                if not model._meta.proxy:
                    editor.create_model(model)
            editor.finish()
            made = history.looks()
            raise ZeroDivisionError  # the transaction is undone
    except ZeroDivisionError:
        assert changed == made


def test_a_removed_field_comes_back_with_its_default(history):
    history.take(migrations.RemoveField("author", "born"))
    assert "born" not in history.connection.introspection.column_names("library_author")
    history.undo()
    assert history.rows("Author", "name", "born") == [("Jane", None), ("Mary", None)]


def test_a_default_for_now_is_no_default(history):
    field = models.DateField(default=datetime.date(2024, 5, 1))
    history.take(migrations.AddField("book", "bought", field, preserve_default=False))
    assert history.rows("Book", "bought") == [(datetime.date(2024, 5, 1),)] * 2
    assert not history.model("Book")._meta.get_field("bought").has_default()


def test_python_and_sql_run_between_changes(history):
    def fill(apps, schema_editor):
        book = apps.get_model("library", "Book")
        for each in book.objects.all():
            each.title = each.author.name
            each.save()

    history.take(
        migrations.AddField("book", "pages", models.IntegerField(default=1)),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RunSQL("UPDATE library_book SET pages = 7; -- and; so on", ""),
        migrations.AlterField("book", "title", Char(max_length=30, unique=True)),
    )
    assert history.rows("Book", "title", "pages") == [("Jane", 7), ("Mary", 7)]
    history.undo(4)
    assert history.rows("Book", "title") == [("Jane",), ("Mary",)]


def test_a_failure_leaves_everything_as_it_was(history):
    before = history.looks()

    def fail(apps, schema_editor):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        history.take(STEPS["not null"], STEPS["a renamed key"], migrations.RunPython(fail))
    assert history.looks() == before
    assert history.connection.execute("SELECT born FROM library_author ORDER BY id").fetchall() == [
        (1775,),
        (None,),
    ]


def test_rows_that_point_to_nothing_are_found_before_the_commit(history):
    with pytest.raises(IntegrityError):
        history.take(migrations.RunSQL("UPDATE library_book SET author_id = 99"))


def test_inside_atomic_sqlite_refuses_to_change_tables(history):
    if history.connection.vendor != "sqlite":
        return
    with atomic(), pytest.raises(NotSupportedError, match="inside atomic"):
        history.take(STEPS["unique"])


def test_what_others_put_on_an_sqlite_table_stays(history):
    if history.connection.vendor != "sqlite":
        return
    for sql in (
        "CREATE INDEX theirs ON library_author (born, name)",
        "CREATE VIEW names AS SELECT name FROM library_author",
        "CREATE TRIGGER theirs_too AFTER INSERT ON library_author BEGIN SELECT 1; END",
    ):
        history.connection.execute(sql)
    history.take(STEPS["unique"])
    kept = history.connection.execute("SELECT name FROM sqlite_master WHERE name LIKE 'their%%'")
    assert {name for (name,) in kept.fetchall()} == {"theirs", "theirs_too"}
    assert history.connection.execute("SELECT * FROM names").fetchall() == [("Jane",), ("Mary",)]


def test_names_that_were_moved_away_can_be_used_again(history):
    history.take(
        migrations.RenameField("book", "author", "writer"),
        Add("book", "author", Key(AUTHOR, CASCADE, null=True, related_name="+")),
        migrations.RenameModel("Book", "Volume"),
        migrations.CreateModel("Book", author_and_book()[1].fields),
    )  # fmt: skip
    _same_as_made_at_once(history)


def _drop_all(editor):
    cascade = " CASCADE" if editor.connection.vendor == "postgresql" else ""
    for name in editor.connection.introspection.table_names():
        editor.execute(f'DROP TABLE "{name}"{cascade}')


# --- any changes ----------------------------------------------------------------------

KINDS = [
    lambda null: models.IntegerField(default=7, null=null),
    lambda null: models.CharField(max_length=20, default="7", null=null),
    lambda null: models.BigIntegerField(default=7, null=null, db_index=True),
    lambda null: models.TextField(default="7", null=null),
    lambda null: models.PositiveIntegerField(default=7, null=null),
]
SLOTS = ["one", "two", "three"]
CHANGE = st.tuples(
    st.sampled_from([*["field", "alter"] * 2, "rename", "remove", "model", "index", "both"]),
    st.sampled_from(SLOTS),
    st.sampled_from(SLOTS),
    st.sampled_from(range(len(KINDS))),
    st.booleans(),
)  # fmt: skip


def steps_of(changes):
    """Steps that make sense, and what the rows have in each field afterwards."""
    fields, name = {}, "Thing"
    indexed: set[str] = set()
    together = False
    for number, (what, slot, other, kind, null) in enumerate(changes):
        field = KINDS[kind](null)
        if what == "field" and slot not in fields:
            fields[slot] = True
            yield migrations.AddField(name, slot, field)
        elif what == "alter" and slot in fields:
            yield migrations.AlterField(name, slot, field)
        elif what == "rename" and slot in fields and other not in fields:
            fields[other] = fields.pop(slot)
            indexed = {other if each == slot else each for each in indexed}
            yield migrations.RenameField(name, slot, other)
        elif what == "remove" and slot in fields and slot not in indexed and not together:
            del fields[slot]
            yield migrations.RemoveField(name, slot)
        elif what == "model":
            old, name = name, f"Thing{number}"
            yield migrations.RenameModel(old, name)
        elif what == "index" and slot in fields:
            indexed.add(slot)
            yield migrations.AddIndex(name, models.Index(fields=[slot], name=f"index{number}"))
        elif what == "both" and len(fields) > 1:
            together = not together
            pair = [(*sorted(fields)[:2], "key")] if together else []
            yield migrations.AlterUniqueTogether(name, pair)


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(changes=st.lists(CHANGE, min_size=2, max_size=7))
def test_any_changes_keep_the_rows_forward_and_back(database, changes):
    with database.connection.schema_editor() as editor:
        _drop_all(editor)
    history = History(database.connection)
    history.take(
        migrations.CreateModel(
            "Thing",
            [
                ("id", models.BigAutoField(primary_key=True)),
                ("key", models.IntegerField(unique=True)),
                ("parent", models.ForeignKey("library.thing", models.CASCADE, null=True)),
            ],
        ),
        migrations.CreateModel(
            "Other",
            [
                ("id", models.BigAutoField(primary_key=True)),
                ("thing", models.ForeignKey("library.thing", models.CASCADE)),
            ],
        ),
    )
    first = history.model("Thing").objects.create(key=1)
    history.model("Thing").objects.create(key=2, parent=first)
    history.model("Other").objects.create(thing=first)
    before = history.looks()
    steps = list(steps_of(changes))
    for step in steps:
        history.take(step)
        name = next(
            state.name for key, state in history.states[-1].models.items() if key[1] != "other"
        )
        assert history.rows(name, "id", "key", "parent") == [(1, 1, None), (2, 2, 1)]
        extra = set(history.states[-1].get("library", name).fields) - {"id", "key", "parent"}
        for field in extra:
            assert {str(value) for (value,) in history.rows(name, field)} == {"7"}
    _same_as_made_at_once(history)
    history.undo(len(steps))
    assert history.looks() == before
    assert history.rows("Thing", "id", "key", "parent") == [(1, 1, None), (2, 2, 1)]
    assert history.rows("Other", "id", "thing") == [(1, 1)]
