"""Every field with each option: written into a migration, applied, looked at, read back."""

import datetime
import ipaddress
import uuid
from decimal import Decimal

import pytest

from miniorm import fields, migrations, models, registry
from miniorm.errors import FieldError, NotSupportedError
from miniorm.expressions import DatabaseDefault
from miniorm.inspectdb import inspect_database
from miniorm.migrations.autodetector import MigrationAutodetector
from miniorm.migrations.migration import Migration
from miniorm.migrations.questioner import MigrationQuestioner
from miniorm.migrations.serializer import text_of
from miniorm.migrations.state import ProjectState
from miniorm.migrations.writer import migration_text

DAY = datetime.date(2024, 5, 1)

# Name -> the field with options, a value, and how inspectdb writes its column on SQLite and on
# PostgreSQL, where that is not the class itself.
FIELDS = {
    "yes": (lambda: models.BooleanField(default=True, help_text="sure?"), False, None),
    "char": (lambda: models.CharField(max_length=9, db_comment="it's short"), "Zoë", None),
    "unlimited": (lambda: models.CharField(), "x" * 999, "TextField"),
    "collated": (lambda: models.CharField(max_length=9, db_collation="C"), "b", "CharField"),
    "text": (lambda: models.TextField(blank=True), "two\nlines", None),
    "slug": (lambda: models.SlugField(unique_for_date="day"), "a-b", "CharField"),
    "wide_slug": (lambda: models.SlugField(allow_unicode=True, unique=True), "zoë", "CharField"),
    "email": (lambda: models.EmailField(error_messages={"blank": "!"}), "a@b.org", "CharField"),
    "url": (lambda: models.URLField(), "https://a.org/", "CharField"),
    "path": (lambda: models.FilePathField(path="/tmp", recursive=True), "/tmp/a", "CharField"),
    "address": (lambda: models.GenericIPAddressField(unpack_ipv4=True), "192.0.2.1", None),
    "small": (lambda: models.SmallIntegerField(db_column="klein"), -(2**15), None),
    "whole": (lambda: models.IntegerField(db_index=True), -5, None),
    "big": (lambda: models.BigIntegerField(verbose_name="large"), 2**63 - 1, None),
    "small_positive": (lambda: models.PositiveSmallIntegerField(), 0, None),
    "positive": (lambda: models.PositiveIntegerField(validators=[]), 2**31 - 1, None),
    "big_positive": (lambda: models.PositiveBigIntegerField(), 2**63 - 1, None),
    "part": (lambda: models.FloatField(), 0.1, None),
    "money": (lambda: models.DecimalField(max_digits=9, decimal_places=2), Decimal("1.10"), None),
    "day": (lambda: models.DateField(editable=False), DAY, None),
    "moment": (
        lambda: models.DateTimeField(),
        datetime.datetime(2024, 5, 1, 12, 30, 0, 5, tzinfo=datetime.UTC),
        None,
    ),
    "time": (lambda: models.TimeField(), datetime.time(23, 59, 59, 5), None),
    "span": (lambda: models.DurationField(), datetime.timedelta(days=-3, seconds=5), None),
    "key": (lambda: models.UUIDField(default=uuid.uuid4), uuid.UUID(int=5), None),
    "data": (lambda: models.JSONField(default=dict), {"a": [1, None, "x"]}, None),
    "raw": (lambda: models.BinaryField(max_length=9), b"\x00\xff", None),
    "size": (
        lambda: models.CharField(max_length=1, choices={"Paper": {"a": "A4"}, "l": "Letter"}),
        "a",
        "CharField",
    ),
    "counted": (lambda: models.IntegerField(db_default=7), 8, "IntegerField"),
    "computed": (lambda: models.IntegerField(db_default=models.Value(3) * 2), 9, "IntegerField"),
    "twice": (
        lambda: models.GeneratedField(
            expression=models.F("whole") * 2,
            output_field=models.BigIntegerField(),
            db_persist=True,
        ),
        -10,
        "BigIntegerField",
    ),
}
# What a column of SQLite does not tell.
GUESSED = {"span": "BigIntegerField", "data": "TextField", "address": "CharField",
           "collated": "CharField"}  # fmt: skip
COLLATIONS = {"sqlite": "NOCASE", "postgresql": "C"}


@pytest.fixture(autouse=True)
def _isolated():
    with registry.isolated():
        yield


class Answers(MigrationQuestioner):
    def ask_not_null_addition(self, field_name, model_name):
        return FIELDS[field_name][1]


def made(vendor, *names):
    """The fields of these names, each new."""
    found = {name: FIELDS[name][0]() for name in names or FIELDS}
    if "collated" in found:
        found["collated"].db_collation = COLLATIONS[vendor]
    return found


def state_of(vendor, *names):
    with registry.apart():
        body = {**made(vendor, *names), "__module__": "library.models", "__qualname__": "Thing"}
        return ProjectState.from_models([type("Thing", (models.Model,), body)])


def applied(connection, before, after):
    """Write the migration between two states, run what was written; the state that it made."""
    steps = MigrationAutodetector(before, after, Answers()).detect()
    written = Migration("0001_x", "library")
    written.operations = [step.operation for step in steps]
    names = {}
    exec(compile(migration_text(written), "<migration>", "exec"), names)
    assert issubclass(names["Migration"], migrations.Migration)
    reached = before
    with connection.schema_editor() as editor:
        migration = names["Migration"]("0001_x", "library")
        reached = migration.apply(before, editor)
    left = MigrationAutodetector(reached, after).detect()
    assert [(each.operation.describe(), text_of(each.operation)) for each in left] == []
    return reached


def test_every_field_has_a_case():
    concrete = {name for name in fields.__all__ if name.endswith("Field") and name != "Field"}
    used = {type(make()).__name__ for make, *_ in FIELDS.values()}
    assert concrete - used == {"AutoField", "BigAutoField", "SmallAutoField"}


def test_a_table_of_every_field_is_migrated_and_inspected_and_read_back(database):
    vendor = database.vendor
    state = applied(database.connection, ProjectState(), state_of(vendor))
    model = state.model_class("library", "Thing")
    values = {name: value for name, (_, value, _) in FIELDS.items() if name != "twice"}
    model.objects.create(**values)
    row = model.objects.get()
    read = {name: getattr(row, name) for name in FIELDS}
    expected = {name: value for name, (_, value, _) in FIELDS.items()}
    assert {name: (value, type(value)) for name, value in read.items()} == {
        name: (value, type(value)) for name, value in expected.items()
    }
    assert [*model.objects.values_list(*FIELDS).get()] == [*expected.values()]
    kept = {name: value for name, value in expected.items() if name not in ("part",)}
    assert all(model.objects.filter(**{name: value}).count() == 1 for name, value in kept.items())

    text = inspect_database(database.connection, ["library_thing"])
    for name, (make, _, kind) in FIELDS.items():
        kind = kind or type(make()).__name__
        # PostgreSQL's numbers do not say that they are positive, nor SQLite's text what it is.
        kind = GUESSED.get(name, kind) if vendor == "sqlite" else kind.replace("Positive", "")
        column = "klein" if name == "small" else name
        assert f"    {column} = models.{kind}(" in text, (name, text)
    columns = {each.name: each for each in database.connection.introspection.columns(
        "library_thing")}  # fmt: skip
    assert not any(each.null for name, each in columns.items() if name != "twice")
    assert columns["counted"].default == "7"
    if database.connection.features.supports_comments:
        assert columns["char"].comment == "it's short"
    applied(database.connection, state, ProjectState())
    assert "library_thing" not in database.connection.introspection.table_names()


def test_each_field_is_added_to_rows_that_are_there_and_removed(database):
    """In one table after the other, since a row must have been there before."""
    nothing = applied(database.connection, ProjectState(), state_of(database.vendor, "whole"))
    old = nothing.model_class("library", "Thing").objects.create(whole=3)
    names = [name for name in FIELDS if name not in ("whole", "wide_slug", "slug")]
    reached = applied(database.connection, nothing, state_of(database.vendor, "whole", *names))
    row = reached.model_class("library", "Thing").objects.get(pk=old.pk)
    for name in names:
        if name not in ("key", "data", "text", "yes"):
            expected = {"counted": 7, "computed": 6, "twice": 6}.get(name, FIELDS[name][1])
            assert getattr(row, name) == expected, name
    assert (row.data, row.text, row.yes) == ({}, "", True)
    left = applied(database.connection, reached, state_of(database.vendor, "whole"))
    assert left.model_class("library", "Thing").objects.values("whole").get() == {"whole": 3}


def test_the_database_has_the_default_for_what_is_written_by_others(database):
    state = applied(
        database.connection, ProjectState(), state_of(database.vendor, "counted", "computed")
    )
    database.connection.execute("INSERT INTO library_thing DEFAULT VALUES")
    model = state.model_class("library", "Thing")
    assert model.objects.values_list("counted", "computed").get() == (7, 6)
    saved = model.objects.create(computed=1)
    assert (saved.counted, saved.computed) == (7, 1)
    blank = model()
    blank.full_clean()
    assert isinstance(blank.counted, DatabaseDefault)
    blank.save()
    assert (blank.counted, blank.computed) == (7, 6)
    assert [each.counted for each in model.objects.bulk_create([model(), model(counted=1)])] == [
        7,
        1,
    ]


def test_a_generated_column_is_the_databases(database):
    state = state_of(database.vendor, "whole", "twice")
    reached = applied(database.connection, ProjectState(), state)
    model = reached.model_class("library", "Thing")
    row = model(whole=4)
    with pytest.raises(AttributeError, match="Cannot read a generated field from an unsaved"):
        _ = row.twice
    row.save()
    assert row.twice == 8
    row.whole = 5
    row.full_clean()
    row.save()
    assert row.twice == 8  # as in Django, until it is asked for
    row.refresh_from_db()
    assert row.twice == 10
    assert model.objects.filter(twice__gt=9).update(whole=6) == 1
    with pytest.raises(FieldError):
        model.objects.update(twice=1)
    assert [each.twice for each in model.objects.bulk_create([model(whole=1)])] == [2]
    # With another expression.
    thing = state.models["library", "thing"]
    thrice = thing.fields["twice"].having(expression=models.F("whole") * 3)
    other = state.put(thing.having_fields({**thing.fields, "twice": thrice}))
    changed = applied(database.connection, reached, other).model_class("library", "Thing")
    assert list(changed.objects.order_by("pk").values_list("twice", flat=True)) == [18, 3]


def test_a_generated_column_that_is_not_kept(database):
    class Square(models.Model):
        side = models.IntegerField()
        area = models.GeneratedField(
            expression=models.F("side") * models.F("side"),
            output_field=models.IntegerField(),
            db_persist=False,
        )

        class Meta:
            app_label = "library"

    if not database.connection.features.supports_virtual_generated_columns:
        with pytest.raises(NotSupportedError, match="needs db_persist=True"):
            database.make_tables(Square)
    else:
        database.make_tables(Square)
        assert Square.objects.create(side=3).area == 9


def test_an_address_is_kept_in_one_form(database):
    class Host(models.Model):
        address = models.GenericIPAddressField(null=True, blank=True)
        mapped = models.GenericIPAddressField(null=True, unpack_ipv4=True)

        class Meta:
            app_label = "library"

    database.make_tables(Host)
    Host.objects.create(address="2001:0DB8::0001", mapped="::ffff:192.0.2.1")
    Host.objects.create(address=ipaddress.ip_address("192.0.2.7"))
    Host.objects.create(address="")
    found = Host.objects.order_by("pk").values_list("address", "mapped")
    assert list(found) == [("2001:db8::1", "192.0.2.1"), ("192.0.2.7", None), (None, None)]
    for lookup, value, count in [
        ("exact", "2001:db8:0::1", 1), ("startswith", "192", 1), ("endswith", ".7", 1),
        ("iexact", "2001:DB8::1", 1), ("contains", "/32", 0), ("in", ["192.0.2.7", None], 1),
    ]:  # fmt: skip
        assert Host.objects.filter(**{f"address__{lookup}": value}).count() == count, lookup
    with pytest.raises(ValueError, match="expected an IP address"):
        Host.objects.create(address="300.1.1.1")


# An option before and after; what the column says of it, and a row that was there.
ALTERED = {
    "a default in the database": (
        lambda: models.IntegerField(db_default=1), lambda: models.IntegerField(db_default=2), 5, 5
    ),
    "no default any more": (
        lambda: models.IntegerField(db_default=1), lambda: models.IntegerField(), 5, 5
    ),
    "a default that fills what was NULL": (
        lambda: models.IntegerField(null=True), lambda: models.IntegerField(db_default=7), None, 7
    ),
    "a computed default": (
        lambda: models.IntegerField(db_default=1),
        lambda: models.IntegerField(db_default=models.Value(1) + 1), 5, 5
    ),
    "a comment": (
        lambda: models.TextField(db_comment="a"), lambda: models.TextField(db_comment="b"), "x", "x"
    ),
    "no comment": (
        lambda: models.TextField(db_comment="a"), lambda: models.TextField(), "x", "x"
    ),
    "a longer text": (
        lambda: models.CharField(max_length=2), lambda: models.CharField(max_length=3), "x", "x"
    ),
    "a text without limit": (
        lambda: models.CharField(max_length=2), lambda: models.CharField(), "x", "x"
    ),
    "a larger number": (
        lambda: models.SmallIntegerField(), lambda: models.BigIntegerField(), 5, 5
    ),
    "a positive number": (
        lambda: models.IntegerField(), lambda: models.PositiveIntegerField(), 5, 5
    ),
    "text that is JSON": (lambda: models.TextField(), lambda: models.JSONField(), "[1]", [1]),
    "text that is an address": (
        lambda: models.CharField(max_length=39), lambda: models.GenericIPAddressField(),
        "::1", "::1",
    ),
    "text that is a UUID": (
        lambda: models.CharField(max_length=36), lambda: models.UUIDField(),
        uuid.UUID(int=5).hex, uuid.UUID(int=5),
    ),
    "choices": (
        lambda: models.TextField(), lambda: models.TextField(choices={"x": "X"}), "x", "x"
    ),
}  # fmt: skip


@pytest.mark.parametrize(("before", "after", "value", "kept"), ALTERED.values(), ids=ALTERED)
def test_an_option_changes_and_the_rows_stay(database, before, after, value, kept):
    state = {}
    for name, make in (("before", before), ("after", after)):
        with registry.apart():
            body = {"value": make(), "__module__": "library.models", "__qualname__": "Thing"}
            state[name] = ProjectState.from_models([type("Thing", (models.Model,), body)])
    old = applied(database.connection, ProjectState(), state["before"])
    old.model_class("library", "Thing").objects.create(value=value)
    new = applied(database.connection, old, state["after"])
    assert new.model_class("library", "Thing").objects.get().value == kept
    changed = column_of(database)
    fresh = applied(database.connection, new, ProjectState())
    applied(database.connection, fresh, state["after"])
    assert changed == column_of(database)  # as one that was made so
    back = applied(database.connection, state["after"], state["before"])
    assert list(back.model_class("library", "Thing").objects.all()) == []


def column_of(database):
    """The column as the database describes it."""
    columns = database.connection.introspection.columns("library_thing")
    return next(each for each in columns if each.name == "value")
