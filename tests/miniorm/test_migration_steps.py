"""Steps and migrations taken in a database in memory, there and back."""

import pytest

from miniorm import migrations, models
from miniorm.configuration import configure, connect
from miniorm.connections import connections
from miniorm.errors import IntegrityError
from miniorm.migrations.autodetector import MigrationAutodetector
from miniorm.migrations.executor import MigrationExecutor
from miniorm.migrations.graph import MigrationGraph
from miniorm.migrations.migration import Migration
from miniorm.migrations.operations.base import ModelOperation
from miniorm.migrations.questioner import MigrationQuestioner
from miniorm.migrations.recorder import MigrationRecorder
from miniorm.migrations.state import CLASSES_KEPT, ProjectState


@pytest.fixture
def memory():
    return connect("sqlite:///:memory:")


def question(**options):
    fields = [("id", models.BigAutoField(primary_key=True)), ("text", models.TextField())]
    return migrations.CreateModel("Question", fields, options)


def choice():
    fields = [
        ("id", models.BigAutoField(primary_key=True)),
        ("question", models.ForeignKey("polls.question", models.CASCADE)),
        ("votes", models.IntegerField(default=0)),
    ]
    return migrations.CreateModel("Choice", fields)


def after(*operations):
    """The state after these steps."""
    state = ProjectState()
    for each in operations:
        state = each.state_forwards("polls", state)
    return state


# --- a step, there and back -------------------------------------------------------------


class Noting(ModelOperation):
    """A step that only notes what it was asked to change."""

    def __init__(self, name="Question"):
        self.name = name
        self.asked = []

    def changed(self, model):
        return model

    def change(self, move, old, new):
        names = [each and each._meta.object_name for each in (old, new)]
        self.asked.append((*names, move.model._meta.object_name))


class NotingRename(Noting):
    names = ("Question", "Poll")


NOTHING, ASKED = ProjectState(), after(question())
RENAMED = after(question(), migrations.RenameModel("Question", "Poll"))


@pytest.mark.parametrize(
    ("step", "first", "second", "there", "back"),
    [
        (Noting(), NOTHING, ASKED, (None, "Question"), ("Question", None)),
        (Noting(), ASKED, ASKED, ("Question", "Question"), ("Question", "Question")),
        (NotingRename(), ASKED, RENAMED, ("Question", "Poll"), ("Poll", "Question")),
    ],
    ids=["made", "kept", "renamed"],
)
def test_a_step_changes_the_old_subject_into_the_new_one(memory, step, first, second, there, back):
    with memory.schema_editor() as editor:
        step.database_forwards("polls", editor, first, second)
        step.database_backwards("polls", editor, second, first)
    assert [asked[:2] for asked in step.asked] == [there, back]
    # The table is that of the new subject; where there is none, of the old one.
    assert [asked[2] for asked in step.asked] == [each[1] or each[0] for each in (there, back)]


@pytest.mark.parametrize(
    "made",
    [question(managed=False), migrations.CreateModel("Draft", [], {"proxy": True}, ["polls.note"])],
    ids=["unmanaged", "proxy"],
)
def test_a_table_that_is_not_ours_is_left_alone(memory, made):
    state = after(migrations.CreateModel("Note", question().fields))
    step = Noting(made.name)
    with memory.schema_editor() as editor:
        step.database_forwards("polls", editor, state, made.state_forwards("polls", state))
    assert step.asked == []


class OnlyChoices:
    def allow_migrate(self, alias, app_label, model_name=None, **hints):
        return model_name == "choice"


def test_a_router_is_asked_for_each_step():
    configure({"default": "sqlite:///:memory:"}, routers=[OnlyChoices()])
    step = Noting()
    with connections["default"].schema_editor() as editor:
        step.database_forwards("polls", editor, NOTHING, ASKED)
    assert step.asked == []


def test_the_way_back_is_the_way_there_with_the_states_exchanged(memory):
    steps = [
        question(),
        choice(),
        migrations.AddField("choice", "text", models.CharField(max_length=20, default="?")),
        migrations.RenameField("choice", "votes", "score"),
        migrations.RenameModel("Question", "Poll"),
        migrations.RemoveField("choice", "text"),
    ]
    states = [after(*steps[:count]) for count in range(len(steps) + 1)]
    seen = [_tables(memory)]
    for step, old, new in zip(steps, states, states[1:], strict=False):
        with memory.schema_editor() as editor:
            step.database_forwards("polls", editor, old, new)
        seen.append(_tables(memory))
    assert seen[-1] == {
        "polls_poll": ["id", "text"],
        "polls_choice": ["id", "question_id", "score"],
    }
    for count in reversed(range(len(steps))):
        with memory.schema_editor() as editor:
            steps[count].database_backwards("polls", editor, states[count + 1], states[count])
        assert _tables(memory) == seen[count]


def _tables(connection):
    known = connection.introspection
    return {name: sorted(known.column_names(name)) for name in known.table_names()
            if name.startswith("polls")}  # fmt: skip


# --- classes, and what they stay for -------------------------------------------------------


def with_voter():
    key = ("id", models.BigAutoField(primary_key=True))
    return after(question(), choice(), migrations.CreateModel("Voter", [key]))


def test_classes_stay_while_nothing_that_they_are_connected_with_changes(memory):
    old = with_voter()
    step = migrations.RenameField("choice", "votes", "score")
    new = step.state_forwards("polls", old)
    stays = {
        name: old.model_class("polls", name) is new.model_class("polls", name)
        for name in ("Voter", "Question", "Choice")
    }
    assert stays == {"Voter": True, "Question": False, "Choice": False}


def test_classes_of_one_state_are_made_once_and_know_each_other(memory):
    state = with_voter()
    asked, chosen = (state.model_class("polls", name) for name in ("question", "Choice"))
    assert chosen._meta.get_field("question").remote_field.model is asked
    assert state.model_class("polls", "Question") is asked
    # Back by a step and its opposite: the models are the same, and new states of them.
    there = migrations.RenameField("choice", "votes", "score").state_forwards("polls", state)
    assert there.model_class("polls", "Choice")._meta.get_field("score").column == "score"
    assert state.model_class("polls", "Choice") is chosen


def test_a_class_of_an_unknown_model_is_refused(memory):
    with pytest.raises(LookupError, match=r"polls\.Voters"):
        with_voter().model_class("polls", "Voters")


def test_not_all_classes_are_kept_for_ever(memory):
    state = with_voter()
    first = state.model_class("polls", "Voter")
    for number in range(CLASSES_KEPT):
        add = migrations.AddField("voter", f"n{number}", models.IntegerField(null=True))
        later = add.state_forwards("polls", state)
        later.model_class("polls", "Voter")
    assert len(state._made) == CLASSES_KEPT
    assert state.model_class("polls", "Voter") is not first


# --- was it renamed? -----------------------------------------------------------------------


class Answers(MigrationQuestioner):
    """Says yes to the renames named, and notes what it was asked."""

    def __init__(self, *renames):
        self.renames = renames
        self.asked = []

    def ask_rename(self, model_name, old_name, new_name, field):
        self.asked.append((model_name, old_name, new_name))
        return (old_name, new_name) in self.renames


def voter(**fields):
    return after(migrations.CreateModel("Voter", list(fields.items())))


def integer(**options):
    return models.IntegerField(default=0, **options)


RENAMES = {
    "yes": ({"a": integer()}, {"b": integer()}, ["Rename field a on voter to b"], ["a b"]),
    "no": ({"a": integer()}, {"b": integer()},
           ["Remove field a from voter", "Add field b to voter"], ["a b"]),
    "not alike": ({"a": integer()}, {"b": models.TextField(default="")},
                  ["Remove field a from voter", "Add field b to voter"], []),
    "still there": ({"a": integer()}, {"a": integer(), "b": integer()}, ["Add field b to voter"],
                    []),
    "the column stays": ({"a": integer()}, {"b": integer(db_column="a")},
                         ["Rename field a on voter to b", "Alter field b on voter"], ["a b"]),
    "one of two": ({"a": integer()}, {"b": integer(), "c": integer()},
                   ["Rename field a on voter to b", "Add field c to voter"], ["a b"]),
    "two of two": ({"a": integer(), "b": integer()}, {"c": integer(), "d": integer()},
                   ["Rename field b on voter to c", "Rename field a on voter to d"],
                   ["a c", "b c", "a d"]),
}  # fmt: skip


@pytest.mark.parametrize(("before", "now", "told", "asked"), RENAMES.values(), ids=RENAMES)
def test_a_renamed_field_is_asked_for(memory, request, before, now, told, asked):
    yes = {"no": [], "two of two": [("b", "c"), ("a", "d")]}
    answers = Answers(*yes.get(request.node.callspec.id, [("a", "b")]))
    steps = MigrationAutodetector(voter(**before), voter(**now), answers).detect()
    assert [step.operation.describe() for step in steps] == told
    assert answers.asked == [("Voter", *each.split()) for each in asked]


# --- a migration, whole or not at all ----------------------------------------------------


def fail(apps, schema_editor):
    raise ZeroDivisionError


@pytest.fixture
def executor(memory):
    """An executor of two migrations that are in no file."""
    first, second = Migration("0001_initial", "polls"), Migration("0002_more", "polls")
    first.operations = [question(), choice()]
    second.operations = [migrations.AddField("choice", "text", models.TextField(default="?"))]
    second.dependencies = [first.key]
    found = MigrationExecutor(memory)
    found.loader.graph = MigrationGraph([first, second])
    found.told = []
    found.progress = lambda action, migration, fake: found.told.append((action, migration.name))
    return found


def _record(executor):
    return sorted(name for _, name in MigrationRecorder(executor.connection).applied_migrations())


def test_a_migration_is_applied_and_recorded(executor):
    state = executor.migrate()
    assert _record(executor) == ["0001_initial", "0002_more"]
    assert executor.loader.applied == {("polls", "0001_initial"), ("polls", "0002_more")}
    assert "text" in state.get("polls", "choice").fields
    assert _tables(executor.connection)["polls_choice"] == ["id", "question_id", "text", "votes"]
    assert executor.told == [
        ("apply_start", "0001_initial"), ("apply_success", "0001_initial"),
        ("apply_start", "0002_more"), ("apply_success", "0002_more"),
    ]  # fmt: skip
    assert executor.migration_plan() == []


def test_a_migration_that_fails_leaves_neither_tables_nor_a_record(executor):
    executor.loader.graph.nodes["polls", "0002_more"].operations += [migrations.RunPython(fail)]
    with pytest.raises(ZeroDivisionError):
        executor.migrate()
    assert _record(executor) == ["0001_initial"]
    assert executor.loader.applied == {("polls", "0001_initial")}
    assert _tables(executor.connection)["polls_choice"] == ["id", "question_id", "votes"]
    assert executor.told[-1] == ("apply_start", "0002_more")


def test_a_faked_migration_is_only_recorded(executor):
    executor.migrate([("polls", "0001_initial")], fake=True)
    assert _record(executor) == ["0001_initial"]
    assert _tables(executor.connection) == {}


def test_tables_that_are_there_are_not_made_again_by_fake_initial(executor):
    executor.migrate([("polls", "0001_initial")])
    MigrationRecorder(executor.connection).record_unapplied(("polls", "0001_initial"))
    executor.loader.applied.clear()
    executor.migrate(fake_initial=True)
    assert _record(executor) == ["0001_initial", "0002_more"]


def test_what_another_process_has_applied_meanwhile_is_not_applied_again(executor):
    plan = executor.migration_plan()
    executor.migrate([("polls", "0001_initial")])
    executor.loader.applied.clear()  # as it was when that process looked
    executor.migrate(plan=plan)
    assert _record(executor) == ["0001_initial", "0002_more"]


def test_a_migration_that_is_no_transaction_keeps_what_it_did(executor):
    second = executor.loader.graph.nodes["polls", "0002_more"]
    second.atomic = False
    second.operations += [migrations.RunPython(fail)]
    with pytest.raises(ZeroDivisionError):
        executor.migrate()
    assert _record(executor) == ["0001_initial"]
    assert "text" in _tables(executor.connection)["polls_choice"]


def test_the_plan_leads_to_a_migration_from_either_side(executor):
    def plan(*targets):
        return [(each.migration.name, each.backwards)
                for each in executor.migration_plan(targets or None)]  # fmt: skip

    assert plan() == [("0001_initial", False), ("0002_more", False)]
    assert plan(("polls", "0001_initial")) == [("0001_initial", False)]
    executor.migrate()
    assert plan() == []
    assert plan(("polls", "0001_initial")) == [("0002_more", True)]
    assert plan(("polls", None)) == [("0002_more", True), ("0001_initial", True)]
    executor.migrate([("polls", None)])
    assert _record(executor) == []
    assert _tables(executor.connection) == {}


# --- a table made anew on SQLite ----------------------------------------------------------


@pytest.fixture
def polls(memory):
    """Two tables with rows, and what a person has put on one of them by hand."""
    state = after(question(), choice())
    with memory.schema_editor() as editor:
        for name in ("Question", "Choice"):
            editor.create_model(state.model_class("polls", name))
    for sql in (
        "INSERT INTO polls_question VALUES (1, 'Tea?'), (2, 'Tabs?'), (7, 'gone')",
        "INSERT INTO polls_choice VALUES (1, 1, 3), (2, 2, 5)",
        "DELETE FROM polls_question WHERE id = 7",
        "CREATE INDEX theirs ON polls_question (text)",
        "CREATE VIEW texts AS SELECT text FROM polls_question",
        "CREATE TABLE log (id integer)",
        "CREATE TRIGGER logs AFTER INSERT ON polls_question BEGIN "
        "INSERT INTO log VALUES (new.id); END",
    ):
        memory.execute(sql, None)
    return state


def _remade(memory, state, step=None):
    step = step or migrations.AddField("question", "code", models.IntegerField(default=4))
    with memory.schema_editor() as editor:
        step.database_forwards("polls", editor, state, step.state_forwards("polls", state))


def test_rows_are_copied_into_the_table_made_anew(memory, polls):
    _remade(memory, polls)
    found = memory.execute("SELECT id, text, code FROM polls_question ORDER BY id").fetchall()
    assert found == [(1, "Tea?", 4), (2, "Tabs?", 4)]
    assert not [name for name in memory.introspection.table_names() if name.startswith("new__")]


def test_foreign_keys_to_the_table_made_anew_still_hold(memory, polls):
    _remade(memory, polls)
    assert memory.execute("SELECT id, question_id, votes FROM polls_choice").fetchall() == [
        (1, 1, 3), (2, 2, 5),
    ]  # fmt: skip
    with pytest.raises(IntegrityError):
        memory.execute("INSERT INTO polls_choice VALUES (3, 99, 0)")


def test_the_counter_goes_on_where_it_was(memory, polls):
    _remade(memory, polls)
    memory.execute("INSERT INTO polls_question (text, code) VALUES ('new', 1)")
    assert memory.execute("SELECT max(id) FROM polls_question").fetchone() == (8,)


def test_indexes_triggers_and_views_are_there_as_before(memory, polls):
    _remade(memory, polls)
    _remade(memory, polls, migrations.AlterField("choice", "votes", models.BigIntegerField()))
    names = {name for (name,) in memory.execute("SELECT name FROM sqlite_master").fetchall()}
    assert {"theirs", "logs", "texts"} <= names
    assert any(name.startswith("polls_choice_question_id_") for name in names)
    memory.execute("INSERT INTO polls_question (id, text, code) VALUES (9, 'nine', 1)")
    assert memory.execute("SELECT id FROM log").fetchall() == [(9,)]
    assert memory.execute("SELECT count(*) FROM texts").fetchone() == (3,)
