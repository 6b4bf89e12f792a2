"""Migrations found, written, read again and applied."""

import datetime
import sys
import textwrap
from decimal import Decimal

import pytest

from miniorm import configuration, migrations, models, registry
from miniorm.configuration import configure
from miniorm.connections import connections
from miniorm.migrations import commands
from miniorm.migrations.arrangement import arrange
from miniorm.migrations.autodetector import MigrationAutodetector
from miniorm.migrations.exceptions import (
    CircularDependencyError,
    InconsistentMigrationHistory,
    IrreversibleError,
    MigrationError,
    NodeNotFoundError,
)
from miniorm.migrations.graph import MigrationGraph
from miniorm.migrations.migration import Migration
from miniorm.migrations.questioner import InteractiveQuestioner, MigrationQuestioner
from miniorm.migrations.serializer import text_of
from miniorm.migrations.state import ProjectState
from miniorm.migrations.writer import migration_text
from miniorm.validators import MaxValueValidator, RegexValidator, validate_slug
from tests.miniorm.test_every_field import made


def state_of(source):
    """The state of the models that a text defines, in the app "library"."""
    with registry.apart():
        names = {"models": models, "__name__": "library.models"}
        exec(compile(textwrap.dedent(source), "<models>", "exec"), names)
        found = [
            each for each in names.values() if getattr(each, "__module__", "") == "library.models"
        ]
        return ProjectState.from_models(found)


class Yes(MigrationQuestioner):
    def ask_rename(self, *args):
        return True

    def ask_rename_model(self, *args):
        return True

    def ask_not_null_addition(self, *args):
        return 7


BEFORE = """
class Author(models.Model):
    name = models.CharField(max_length=20)
    born = models.IntegerField(null=True)

class Book(models.Model):
    author = models.ForeignKey(Author, models.CASCADE)
"""

CHANGES = {
    "nothing": (BEFORE, []),
    "a field": (
        BEFORE.replace("    born", "    code = models.IntegerField()\n    born"),
        ["Add field code to author"],
    ),
    "a field less": (BEFORE.replace("    born = models.IntegerField(null=True)\n", ""),
                     ["Remove field born from author"]),
    "a longer name": (BEFORE.replace("20", "30"), ["Alter field name on author"]),
    "a renamed field": (BEFORE.replace("born", "year"), ["Rename field born on author to year"]),
    "a renamed model": (BEFORE.replace("Author", "Writer").replace("author", "writer"),
                        ["Rename model Author to Writer", "Rename field author on book to writer"]),
    "a model less": (BEFORE.partition("class Book")[0], ["Delete model Book"]),
    "both models less": ("", ["Remove field author from book", "Delete model Book",
                              "Delete model Author"]),
    "a new model": (
        BEFORE + "\nclass Copy(models.Model):\n    of = models.ForeignKey('Book', models.CASCADE)",
        ["Create model Copy"],
    ),
    "options": (BEFORE + "    class Meta:\n        ordering = ['author']",
                ["Change Meta options on book"]),
    "a table": (BEFORE + "    class Meta:\n        db_table = 'books'",
                ["Rename table for book to books"]),
    "an index": (BEFORE + "    class Meta:\n        indexes = "
                 "[models.Index(fields=['-author'], name='i')]",
                 ["Create index i on book"]),
    "a constraint": (
        BEFORE + "    class Meta:\n        constraints = [models.CheckConstraint("
        "condition=models.Q(id__gt=0), name='positive')]",
        ["Create constraint positive on book"],
    ),
    "unique together": (BEFORE + "    class Meta:\n        unique_together = ['author', 'id']",
                        ["Alter unique_together for book ([('author', 'id')])"]),
}  # fmt: skip


@pytest.mark.parametrize(("after", "told"), CHANGES.values(), ids=CHANGES)
def test_the_difference_is_found_and_leads_there(after, told):
    old, new = state_of(BEFORE), state_of(after)
    steps = MigrationAutodetector(old, new, Yes()).detect()
    assert [step.operation.describe() for step in steps] == told
    for there, back in ((old, new), (new, old)):
        reached = there
        for step in MigrationAutodetector(there, back, Yes()).detect():
            reached = step.operation.state_forwards("library", reached) or reached
        assert MigrationAutodetector(reached, back, Yes()).detect() == []


def test_models_that_point_at_each_other_are_made_one_after_the_other():
    state = state_of("""
        class Hen(models.Model):
            egg = models.ForeignKey("Egg", models.CASCADE, null=True)

        class Egg(models.Model):
            hen = models.ForeignKey(Hen, models.CASCADE)
    """)
    told = [
        each.operation.describe() for each in MigrationAutodetector(ProjectState(), state).detect()
    ]
    assert told == ["Create model Hen", "Create model Egg", "Add field egg to hen"]


def test_apps_that_point_at_each_other_get_migrations_in_turn():
    with registry.isolated():

        class Hen(models.Model):
            egg = models.ForeignKey("two.Egg", models.CASCADE, null=True)

            class Meta:
                app_label = "one"

        class Egg(models.Model):
            hen = models.ForeignKey(Hen, models.CASCADE)

            class Meta:
                app_label = "two"

        state = ProjectState.from_models([Hen, Egg])
    steps = MigrationAutodetector(ProjectState(), state).detect()
    found = arrange(steps, MigrationGraph())
    made = [each for some in found.values() for each in some]
    assert [str(each) for each in made] == [
        "one.0001_initial", "one.0002_hen_egg", "two.0001_initial",
    ]  # fmt: skip
    assert MigrationGraph(made).order() == [
        ("one", "0001_initial"), ("two", "0001_initial"), ("one", "0002_hen_egg"),
    ]  # fmt: skip


# --- written ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("it's", '"it\'s"'),
        ('"', "'\"'"),
        ((1,), "(1,)"),
        ({"a": [1.5, None]}, '{"a": [1.5, None]}'),
        ({2, 1}, "{1, 2}"),
        (float("inf"), 'float("inf")'),
        (Decimal("1.10"), 'decimal.Decimal("1.10")'),
        (datetime.date(2024, 5, 1), "datetime.date(2024, 5, 1)"),
        (datetime.datetime(2024, 5, 1, tzinfo=datetime.UTC), None),
        (datetime.timedelta(days=1), "datetime.timedelta(days=1)"),
        (models.CASCADE, "models.CASCADE"),
        (validate_slug, None),
        (MaxValueValidator(5), "miniorm.validators.MaxValueValidator(limit_value=5)"),
        (RegexValidator("^a"), None),
        (models.Q(a=1) | ~models.Q(b=2), "models.Q(a=1) | ~models.Q(b=2)"),
        (models.Q(models.Q(a=1) | models.Q(b=2), c=3), None),
        (~models.Q(a=1, b=2), "~models.Q(a=1, b=2)"),
        (models.F("a") + 1, '(models.F("a") + 1)'),
        (models.SlugField(), "models.SlugField()"),
        (models.DateTimeField(auto_now=True), "models.DateTimeField(auto_now=True)"),
        (models.SET(3), "models.SET(3)"),
        (models.Index(fields=["a"], name="i"), 'models.Index(fields=["a"], name="i")'),
    ],
)
def test_a_value_is_written_as_a_person_would_and_read_again(value, text):
    written = text_of(value)
    assert text is None or written == text
    names = {"models": models, "datetime": datetime, "decimal": sys.modules["decimal"],
             "miniorm": sys.modules["miniorm"], "re": sys.modules["re"]}  # fmt: skip
    assert text_of(eval(written, names)) == written


def test_what_has_no_name_cannot_be_written():
    with pytest.raises(ValueError, match="at the top of a module"):
        text_of(models.IntegerField(default=lambda: 1))


def test_a_migration_reads_like_written_by_hand():
    migration = Migration("0002_x", "library")
    migration.dependencies = [("library", "0001_initial")]
    migration.operations = [
        migrations.AddField("book", "pages", models.TextField()),
        migrations.RemoveConstraint("book", "positive"),
    ]
    assert migration_text(migration) == textwrap.dedent("""\
        from miniorm import migrations, models


        class Migration(migrations.Migration):
            dependencies = [
                ("library", "0001_initial"),
            ]

            operations = [
                migrations.AddField(model_name="book", name="pages", field=models.TextField()),
                migrations.RemoveConstraint(model_name="book", name="positive"),
            ]
    """)


class Own(migrations.Operation):
    def __init__(self, word, count=1):
        self.word, self.count = word, count


@pytest.mark.parametrize(
    ("step", "path"),
    [
        (migrations.AlterOrderWithRespectTo("part", None), "miniorm.migrations"),
        (migrations.AlterModelTableComment("part", None), "miniorm.migrations"),
        (migrations.AddField("a", "b", 1, preserve_default=False), "miniorm.migrations"),
        (migrations.RunSQL("SELECT 1", migrations.RunSQL.noop), "miniorm.migrations"),
        (migrations.SeparateDatabaseAndState(), "miniorm.migrations"),
        (migrations.RenameIndex("a", old_name="b", new_name="c"), "miniorm.migrations"),
        (Own("x"), "tests.miniorm.test_migrations"),
    ],
    ids=lambda each: type(each).__name__,
)
def test_a_step_says_how_it_was_made(step, path):
    found, args, said = step.deconstruct()
    assert (found, args) == (f"{path}.{type(step).__name__}", [])
    again = type(step)(**said)  # whatever must be given is said
    assert vars(again) == vars(step)
    assert again.deconstruct() == step.deconstruct()


def test_questions_are_asked_and_answers_taken():
    told, answers = [], iter(["y", "n", "1", "no value", "datetime.date(2024, 5, 1)", "2"])
    asking = InteractiveQuestioner(lambda question: next(answers), told.append)
    field = models.IntegerField()
    assert asking.ask_rename("author", "born", "year", ProjectState and _kind(field))
    assert not asking.ask_rename("author", "born", "year", _kind(field))
    assert asking.ask_not_null_addition("born", "author") == datetime.date(2024, 5, 1)
    assert any("That is no value" in line for line in told)
    with pytest.raises(MigrationError, match="Nothing was written"):
        asking.ask_not_null_addition("born", "author")


def _kind(field):
    from miniorm.migrations.state import Deconstructed

    return Deconstructed.of(field)


# --- in their order ------------------------------------------------------------------------


def migration(name, *dependencies, app="library", **options):
    found = Migration(name, app)
    found.dependencies = list(dependencies)
    for option, value in options.items():
        setattr(found, option, value)
    return found


def test_what_is_needed_comes_first():
    a, b = migration("0001"), migration("0002", ("library", "0001"), ("shop", "__first__"))
    other = migration("0001", app="shop", run_before=[("library", "0001")])
    graph = MigrationGraph([b, a, other])
    assert [".".join(key) for key in graph.order()] == ["shop.0001", "library.0001", "library.0002"]
    assert graph.leaf_nodes("library") == [("library", "0002")]
    assert graph.backwards_order(("library", "0001")) == [("library", "0002"), ("library", "0001")]


def test_circles_and_gaps_are_named():
    first, second = migration("0001", ("library", "0002")), migration("0002", ("library", "0001"))
    with pytest.raises(CircularDependencyError, match=r"library\.0001"):
        MigrationGraph([first, second])
    with pytest.raises(NodeNotFoundError, match="there is no such migration"):
        MigrationGraph([migration("0001"), migration("0002", ("library", "0003"))])


def test_a_long_history_is_no_deep_call():
    long = [migration(f"{n:05}", *([("library", f"{n - 1:05}")] if n else ())) for n in range(3000)]
    graph = MigrationGraph(long)
    last, first = ("library", "02999"), ("library", "00000")
    assert graph.order([last]) == sorted(graph.nodes)
    assert graph.backwards_order(first) == sorted(graph.nodes, reverse=True)


def test_a_model_keeps_its_class_where_nothing_changed():
    state = state_of(BEFORE + "\nclass Lonely(models.Model):\n    pass")
    lonely, author = (state.model_class("library", name) for name in ("Lonely", "Author"))
    step = migrations.AddField("author", "pages", models.IntegerField(default=0))
    later = step.state_forwards("library", state)
    assert later.model_class("library", "Lonely") is lonely
    assert later.model_class("library", "Author") is not author
    assert author.__name__ not in [model.__name__ for model in registry.get_models("library")
                                   if model.__module__ == "__fake__"]  # fmt: skip


# --- whole: files and databases ------------------------------------------------------------


class Project:
    """An app "shelf" on disk whose models are changed."""

    def __init__(self, folder):
        self.folder = folder / "shelf"
        self.folder.mkdir()
        (self.folder / "__init__.py").touch()
        self.told = []

    def models(self, source):
        for key in [each for each in registry._models if each[0] == "shelf"]:
            registry._forget(registry._models[key])
        names = {"models": models, "__name__": "shelf.models"}
        exec(textwrap.dedent(source), names)

    def make(self, *labels, **options):
        self.told.clear()
        for name in [each for each in sys.modules if each.startswith("shelf")]:
            del sys.modules[name]
        return commands.makemigrations(labels, tell=self.told.append, **options)

    def run(self, command, *arguments, **options):
        self.told.clear()
        for name in [each for each in sys.modules if each.startswith("shelf")]:
            del sys.modules[name]
        return getattr(commands, command)(*arguments, tell=self.told.append, **options)


ONE = """
class Book(models.Model):
    title = models.CharField(max_length=20)
"""
TWO = ONE + "    pages = models.IntegerField(default=3)\n"


@pytest.fixture
def project(database, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    configure({"default": database.url}, apps={"shelf": "shelf"})
    with registry.isolated():
        yield Project(tmp_path)
    for name in [each for each in sys.modules if each.startswith("shelf")]:
        del sys.modules[name]


def test_a_project_lives_with_its_migrations(project):
    project.models(ONE)
    assert project.make("shelf") == 0
    assert project.make() == 0
    assert project.told == ["No changes detected."]
    project.run("migrate")
    assert project.told == ["  applied shelf.0001_initial"]
    connections["default"].execute("INSERT INTO shelf_book (title) VALUES ('Emma')")
    project.models(TWO)
    project.run("migrate")
    assert "changes that no migration has" in project.told[-1]
    assert project.make(check=True) == 1
    project.make()
    assert (project.folder / "migrations" / "0002_book_pages.py").exists()
    assert project.run("migrate", check=True) == 1
    project.run("migrate")
    found = "SELECT title, pages FROM shelf_book"
    assert connections["default"].execute(found).fetchall() == [("Emma", 3)]
    project.run("showmigrations")
    assert project.told == ["shelf", " [X] 0001_initial", " [X] 0002_book_pages"]
    project.run("migrate", "shelf", "0001")
    assert project.told == ["  undone shelf.0002_book_pages"]
    project.run("migrate", "shelf", "0002", fake=True)
    project.run("migrate", "shelf", "zero", fake=True)
    project.run("migrate", fake_initial=True)
    assert project.told[0] == "  applied shelf.0001_initial (only noted)"
    project.run("migrate", "shelf", "zero")
    assert connections["default"].introspection.table_names() == ["miniorm_migrations"]
    assert project.run("sqlmigrate", "shelf", "0002") == 0
    assert "pages" in project.told[0]


def test_side_by_side_migrations_are_merged(project):
    project.models(ONE)
    project.make("shelf")
    project.make("shelf", empty=True, name="left")
    folder = project.folder / "migrations"
    text = (folder / "0002_left.py").read_text()
    (folder / "0002_right.py").write_text(text)
    with pytest.raises(MigrationError, match="makemigrations --merge"):
        project.run("migrate")
    project.make(merge=True, interactive=False)
    project.run("migrate")
    assert len(project.told) == 4


def test_an_order_that_cannot_be_is_refused(project):
    project.models(ONE)
    project.make("shelf")
    project.make("shelf", empty=True, name="second")
    project.run("migrate")
    connections["default"].execute("DELETE FROM miniorm_migrations WHERE name = '0001_initial'")
    with pytest.raises(InconsistentMigrationHistory, match="0002_second is applied before"):
        project.run("migrate")


def test_what_knows_no_way_back_is_not_begun(project):
    project.models(ONE)
    project.make("shelf")
    project.make("shelf", empty=True, name="fill")
    path = project.folder / "migrations" / "0002_fill.py"
    steps = 'operations = [migrations.RunSQL("DELETE FROM shelf_book")]'
    path.write_text(path.read_text().replace("operations = []", steps))
    project.run("migrate")
    with pytest.raises(IrreversibleError, match="Raw SQL"):
        project.run("migrate", "shelf", "zero")
    with pytest.raises(NodeNotFoundError, match="Did you mean"):
        project.run("migrate", "shelf", "0002_fil_")
    with pytest.raises(
        NodeNotFoundError, match=r"no migration '1'; it has 0001_initial, 0002_fill\.$"
    ):
        project.run("sqlmigrate", "shelf", "1")
    for number in range(3, 14):
        project.make("shelf", empty=True, name=f"step{number}")
    with pytest.raises(NodeNotFoundError, match=r"it has 3 more, 0004_step4, .*, 0013_step13\.$"):
        project.run("migrate", "shelf", "14")
    assert configuration.current().apps == {"shelf": "shelf"}


def test_a_model_without_a_default_for_old_rows_says_so(project):
    project.models(ONE)
    project.make("shelf")
    project.models(ONE + "    pages = models.IntegerField()\n")
    with pytest.raises(MigrationError, match=r"Book\.pages is new and may not be NULL"):
        project.make(interactive=False)


EVERYTHING = """
class Named(models.Model):
    code = models.CharField(max_length=9, unique=True)

    class Meta:
        abstract = True
        ordering = ["code"]

class Person(Named):
    friends = models.ManyToManyField("self")
    follows = models.ManyToManyField("self", symmetrical=False, related_name="followers")
    chief = models.ForeignKey("self", models.SET_NULL, null=True, blank=True)
    mates = models.ManyToManyField("Person", symmetrical=True)

class Special(Person):
    extra = models.IntegerField("Something", default=1, help_text="more", db_column="more")

class Proxy(Person):
    class Meta:
        proxy = True

class Team(Named):
    people = models.ManyToManyField(Person, through="Member", through_fields=("team", "who"))
    lead = models.OneToOneField(Person, models.PROTECT, related_name="%(class)s_led")
    fans = models.ManyToManyField(Person, related_name="+", db_table="fans", blank=True)
    rivals = models.ManyToManyField("self", through="Rivalry", symmetrical=True)

    class Meta:
        default_related_name = "teams"
        verbose_name = "side"
        get_latest_by = "id"

class Rivalry(models.Model):
    one = models.ForeignKey(Team, models.CASCADE, related_name="ones")
    other = models.ForeignKey(Team, models.CASCADE, related_name="others")

class Member(models.Model):
    team = models.ForeignKey(Team, models.CASCADE, to_field="code", db_column="side")
    who = models.ForeignKey("shelf.Person", models.CASCADE, limit_choices_to={"extra": 1})
    by = models.ForeignKey(Person, models.DO_NOTHING, related_name="+", db_constraint=False)
    seen = models.OneToOneField("Special", models.CASCADE, related_query_name="s", null=True)

    class Meta:
        order_with_respect_to = "team"
        unique_together = ["team", "who"]
        indexes = [models.Index(fields=["team", "-who"], name="both")]
        constraints = [models.UniqueConstraint(fields=["by"], name="once")]
"""


def test_makemigrations_a_second_time_finds_nothing(project):
    project.models(EVERYTHING)
    fields = made(connections["default"].vendor)
    type("Thing", (models.Model,), {**fields, "__module__": "shelf.models"})
    project.make("shelf")
    project.run("migrate")
    assert project.make(check=True) == 0, project.told
    assert project.told == ["No changes detected."]


def test_what_looks_like_a_rename_is_not_taken_for_granted(project):
    project.models(TWO)
    project.make("shelf")
    field = TWO.replace("pages", "length"), r"Book\.pages is gone and length"
    model = TWO.replace("Book", "Tome"), r"model shelf\.Book is gone and Tome"
    for changed, named in (field, model):
        project.models(changed)
        with pytest.raises(MigrationError, match=f"{named}.* looks like a rename. Run makemig"):
            project.make(interactive=False)
    assert len([*(project.folder / "migrations").glob("0*.py")]) == 1


def test_a_value_for_old_rows_is_one_that_the_field_takes(project):
    project.models(ONE)
    project.make("shelf")
    extra = "    pages = models.PositiveSmallIntegerField()\n"
    extra += "    of = models.ForeignKey('Book', models.CASCADE)\n"
    project.models(ONE + extra)
    told = []
    typed = ['"x"', "-1", "None", "7", '"first"', "1"]
    answers = iter([word for each in typed for word in ("1", each)])
    asking = InteractiveQuestioner(lambda question: next(answers), told.append)
    assert project.make(asking=asking) == 0
    assert [each for each in told if each.startswith("shelf.")] == [
        "shelf.Book.pages does not take 'x': “x” value must be an integer.",
        "shelf.Book.pages does not take -1: Ensure this value is greater than or equal to 0.",
        "shelf.Book.pages may not be NULL.",
        "shelf.Book.of does not take 'first': “first” value must be an integer.",
    ]
    text = (project.folder / "migrations" / "0002_book_pages_book_of.py").read_text()
    assert "default=7" in text


def test_a_default_without_a_name_ends_in_a_sentence(project):
    project.models(TWO.replace("default=3", "default=lambda: 3"))
    with pytest.raises(MigrationError, match=r"shelf\.0001_initial was not written: .*by a def"):
        project.make("shelf")


def test_an_error_names_the_migration_that_was_under_way(project):
    project.models(ONE)
    project.make("shelf")
    project.make("shelf", empty=True, name="fill")
    path = project.folder / "migrations" / "0002_fill.py"
    steps = 'operations = [migrations.RunSQL("DELETE FROM nowhere", "DELETE FROM never")]'
    path.write_text(path.read_text().replace("operations = []", steps))
    with pytest.raises(MigrationError, match=r"While applying shelf\.0002_fill: .*nowhere"):
        project.run("migrate")
    project.run("migrate", fake=True)
    with pytest.raises(MigrationError, match=r"While undoing shelf\.0002_fill: .*never"):
        project.run("migrate", "shelf", "0001")


def test_tables_made_without_migrations_are_noted_where_somebody_says_so(project):
    project.models(ONE)
    project.run("migrate")
    assert project.told[0] == "  created shelf_book"
    project.make("shelf")
    with pytest.raises(
        MigrationError,
        match=r"While applying shelf\.0001.* exists\. Its tables.*--fake-initial notes it",
    ):
        project.run("migrate")
    project.run("migrate", fake_initial=True)
    assert project.told == ["  applied shelf.0001_initial (only noted)"]


def test_taking_null_away_where_nobody_can_be_asked_is_told(project):
    project.models(ONE.replace("=20", "=20, null=True"))
    project.make("shelf")
    project.run("migrate")
    connections["default"].execute("INSERT INTO shelf_book (title) VALUES (NULL)")
    project.models(ONE)
    assert project.make(interactive=False) == 0
    assert project.told[0].startswith("Book.title may not be NULL any more")
    with pytest.raises(MigrationError, match="While applying") as caught:
        project.run("migrate")
    assert "new__" not in str(caught.value)
    if connections["default"].vendor == "sqlite":
        assert "NOT NULL constraint failed: shelf_book.title. Rows that" in str(caught.value)


def test_a_first_migration_is_only_noted_where_the_tables_of_links_are_there_too(project):
    project.models(ONE + "    like = models.ManyToManyField('self')\n")
    project.make("shelf")
    connections["default"].execute("CREATE TABLE shelf_book (id integer, title text)")
    with pytest.raises(MigrationError, match="already exists"):
        project.run("migrate", fake_initial=True)
    connections["default"].execute("CREATE TABLE shelf_book_like (id integer)")
    project.run("migrate", fake_initial=True)
    assert project.told == ["  applied shelf.0001_initial (only noted)"]
