import datetime
import uuid
from decimal import Decimal

import pytest

from miniorm import models, registry
from miniorm.errors import DataError, ImproperlyConfigured, ValidationError

UTC = datetime.UTC


@pytest.fixture(autouse=True)
def _isolated():
    with registry.isolated():
        yield


class Everything(models.Model):
    yes = models.BooleanField(null=True)
    char = models.CharField(max_length=20, null=True)
    text = models.TextField(null=True)
    whole = models.BigIntegerField(null=True)
    part = models.FloatField(null=True)
    money = models.DecimalField(max_digits=10, decimal_places=2, null=True)
    day = models.DateField(null=True)
    moment = models.DateTimeField(null=True)
    time = models.TimeField(null=True)
    span = models.DurationField(null=True)
    key = models.UUIDField(null=True)
    data = models.JSONField(null=True)
    raw = models.BinaryField(null=True)

    class Meta:
        app_label = "library"


ROUND_TRIPS = [
    ("yes", True),
    ("yes", False),
    ("char", 'Zoë\'s 100% \\ "book"'),
    ("text", "line\nline 🎈" * 100),
    ("whole", -(2**63)),
    ("whole", 2**63 - 1),
    ("part", 0.1),
    ("money", Decimal("12345678.90")),
    ("money", Decimal("-0.01")),
    ("day", datetime.date(1, 1, 1)),
    ("moment", datetime.datetime(2024, 5, 1, 12, 30, 0, 123456, tzinfo=UTC)),
    ("moment", datetime.datetime(2024, 5, 1, 12, 30, tzinfo=UTC)),
    ("time", datetime.time(23, 59, 59, 999999)),
    ("span", datetime.timedelta(days=-3, microseconds=5)),
    ("key", uuid.UUID(int=5)),
    ("data", {"a": [1, 2.5, None, True, "x"]}),
    ("raw", b"\x00\xff"),
]


@pytest.mark.parametrize(("name", "value"), ROUND_TRIPS, ids=lambda each: repr(each)[:20])
def test_a_value_comes_back_as_it_went(database, name, value):
    database.make_tables(Everything)
    saved = Everything.objects.create(**{name: value})
    found = getattr(Everything.objects.get(pk=saved.pk), name)
    assert (found, type(found)) == (value, type(value))
    if name not in ("data", "part"):
        assert Everything.objects.filter(**{name: value}).count() == 1
        assert Everything.objects.values_list(name, flat=True).get() == value


def test_a_moment_elsewhere_is_the_same_moment_in_utc(database):
    database.make_tables(Everything)
    zone = datetime.timezone(datetime.timedelta(hours=5))
    Everything.objects.create(moment=datetime.datetime(2024, 1, 1, 2, tzinfo=zone))
    assert Everything.objects.get().moment == datetime.datetime(2023, 12, 31, 21, tzinfo=UTC)


def test_a_naive_moment_is_warned_about(database):
    database.make_tables(Everything)
    with pytest.warns(RuntimeWarning, match="naive datetime"):
        Everything.objects.create(moment=datetime.datetime(2024, 1, 1))


def test_decimals_have_the_scale_of_the_field(database):
    database.make_tables(Everything)
    saved = Everything.objects.create(money=Decimal("1.005"))
    assert str(Everything.objects.get(pk=saved.pk).money) == "1.01"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("whole", "many"), ("part", "x"), ("money", "x"), ("day", "1.5.2024"), ("moment", "now"),
        ("time", "25:00"), ("span", 3), ("key", "x"), ("yes", "perhaps"),
    ],
)  # fmt: skip
def test_a_value_of_another_kind_is_refused_by_name(name, value):
    field = Everything._meta.get_field(name)
    with pytest.raises(ValueError, match=f"Field '{name}' expected .* but got {value!r}"):
        field.get_prep_value(value)
    with pytest.raises(ValidationError):
        field.to_python(value)


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        (models.EmailField(), "a.b@example.org", "a@b@c"),
        (models.URLField(), "https://example.org/x", "javascript:alert(1)"),
        (models.SlugField(), "a-b_1", "a b"),
        (models.PositiveIntegerField(), 0, -1),
        (models.SmallIntegerField(), 32767, 32768),
        (models.CharField(max_length=2), "ab", "abc"),
        (models.IntegerField(choices=[(1, "one"), ("more", [(2, "two")])]), 2, 3),
        (models.IntegerField(), 0, None),
        (models.TextField(), "x", ""),
        (models.BooleanField(), False, None),
    ],
    ids=lambda each: type(each).__name__,
)
def test_validation(field, good, bad):
    assert field.clean(good, None) == good
    with pytest.raises(ValidationError):
        field.clean(bad, None)


def test_auto_now_sets_the_time_of_saving(database):
    class Note(models.Model):
        made = models.DateTimeField(auto_now_add=True)
        changed = models.DateTimeField(auto_now=True)
        day = models.DateField(auto_now=True)

        class Meta:
            app_label = "library"

    database.make_tables(Note)
    note = Note.objects.create()
    made, changed = note.made, note.changed
    note.save()
    assert note.made == made
    assert note.changed > changed
    assert Note.objects.get().changed == note.changed


def test_a_default_may_be_a_function():
    field = models.JSONField(default=list)
    assert field.get_default() is not field.get_default()
    assert models.CharField(max_length=1).get_default() == ""
    assert models.IntegerField().get_default() is None


@pytest.mark.parametrize(
    "make",
    [
        lambda: models.CharField(max_length=0),
        lambda: models.DecimalField(max_digits=2),
        lambda: models.AutoField(),
        lambda: models.ForeignKey("x", on_delete=models.SET_NULL),
        lambda: models.ForeignKey("x", on_delete=models.SET_DEFAULT),
    ],
)
def test_a_field_that_makes_no_sense_is_refused_at_once(make):
    with pytest.raises(ImproperlyConfigured):
        make()


def test_a_field_of_one_s_own_converts_both_ways(database):
    class Words(models.TextField):
        def get_internal_type(self):
            return "TextField"

        def get_prep_value(self, value):
            return " ".join(value)

        def from_db_value(self, value, expression, connection):
            return value.split()

    class Sentence(models.Model):
        words = Words()

        class Meta:
            app_label = "library"

    database.make_tables(Sentence)
    Sentence.objects.create(words=["to", "be"])
    assert Sentence.objects.get(words=["to", "be"]).words == ["to", "be"]


@pytest.mark.parametrize(
    "field", [models.CharField(max_length=9), models.TextField()], ids=["char", "text"]
)
def test_a_zero_byte_is_not_saved_in_text(database, field):
    class Note(models.Model):
        text = field

    database.make_tables(Note)
    for write in (Note.objects.create, Note.objects.update):
        with pytest.raises(DataError, match=r"'text' cannot hold a zero byte, .* character 1 of"):
            write(text="a\0b")
    assert Note.objects.count() == 0
