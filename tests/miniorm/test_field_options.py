"""The options of fields and their public methods, with the real Django's fields beside."""

import datetime
import textwrap
import uuid
from decimal import Decimal

import pytest

from miniorm import models, registry
from miniorm.errors import DataError, ImproperlyConfigured, ValidationError
from miniorm.fields import interface
from miniorm.fields.durations import duration_string, parse_duration
from tests.miniorm.djangodb import django_models


@pytest.fixture(autouse=True)
def _isolated():
    with registry.isolated():
        yield


@pytest.fixture(scope="module")
def theirs():
    return django_models()


def test_an_option_that_there_is_not_is_named_with_the_likely_one():
    with pytest.raises(TypeError, match=r"CharField got an unknown option 'max_lenght'.*'max_len"):
        models.CharField(max_lenght=3)
    with pytest.raises(TypeError, match=r"'on_deleted'|on_delete"):
        models.ForeignKey("x", on_deleted=models.CASCADE)
    with pytest.raises(TypeError, match=r"ForeignKey got an unknown option 'relatedname'"):
        models.ForeignKey("x", models.CASCADE, relatedname="y")


def test_several_values_at_a_time_exclude_each_other():
    for options in ({"auto_now": True, "default": None}, {"auto_now": True, "auto_now_add": True}):
        with pytest.raises(ImproperlyConfigured, match="exclude each other"):
            models.DateField(**options)


# --- choices ----------------------------------------------------------------------------

SIZES = """
class Size(models.TextChoices):
    SMALL = "s", "Small"
    LARGE = "l"
    __empty__ = "(unknown)"

class Number(models.IntegerChoices):
    ONE = 1, "one!"
    TWO = 2

def late():
    return [("a", "A"), ("b", "B")]
"""
CHOICES = {
    "pairs": '[("a", "A"), ("b", "B")]',
    "lists": '[["a", "A"]]',
    "a dictionary": '{"a": "A", "b": "B"}',
    "groups": '[("Audio", [("a", "A"), ("b", "B")]), ("c", "C")]',
    "groups in dictionaries": '{"Audio": {"a": "A", "b": "B"}, "c": "C"}',
    "an enumeration": "Size",
    "numbers": "Number",
    "its pairs": "Size.choices",
    "a function": "late",
}


def executed(module, source):
    names = {"models": module, "__name__": "tests.miniorm.test_field_options"}
    exec(compile(textwrap.dedent(source), "<source>", "exec"), names)
    return names


@pytest.mark.parametrize("written", CHOICES.values(), ids=CHOICES)
def test_choices_have_many_forms_and_are_the_same(theirs, written):
    answers = []
    for module in (models, theirs):
        names = executed(module, SIZES)
        field = eval(f"models.CharField(max_length=9, choices={written})", names)
        answers.append([
            [*field.flatchoices], [*field.choices], field.get_choices(), field.get_choices(False),
        ])  # fmt: skip
    assert answers[0] == answers[1]


def test_choices_are_pairs():
    for wrong in (["ab", "cd"], [("a", "b", "c")], [1]):
        with pytest.raises(ImproperlyConfigured, match=r"A choice is a pair \(value, label\)"):
            models.CharField(choices=wrong)


def test_a_member_of_an_enumeration_is_a_value(database):
    class Size(models.TextChoices):
        SMALL = "s", "Small"

    class Number(models.IntegerChoices):
        ONE = 1, "one!"

    class Paper(models.Model):
        size = models.CharField(max_length=1, choices=Size, default=Size.SMALL)
        number = models.IntegerField(choices=Number, null=True)
        group = models.CharField(max_length=1, choices={"G": {"x": "X"}}, default="x")

        class Meta:
            app_label = "library"

    database.make_tables(Paper)
    paper = Paper.objects.create(number=Number.ONE)
    found = Paper.objects.get(size=Size.SMALL, number__in=[Number.ONE])
    assert found == paper
    assert (type(found.size), type(found.number)) == (str, int)
    assert (found.get_size_display(), found.get_number_display()) == ("Small", "one!")
    assert found.get_group_display() == "X"
    assert (Paper(number=9).get_number_display(), Paper().get_number_display()) == (9, None)
    found.full_clean()
    for wrong in ({"size": "x"}, {"number": 7}, {"group": "G"}):
        with pytest.raises(ValidationError, match="is not a valid choice"):
            Paper(**wrong).full_clean()
    assert 'default="s"' in models_text(Paper._meta.get_field("size"))


def models_text(field):
    from miniorm.migrations.serializer import text_of

    return text_of(field)


# --- fields of one's own, as Django's page "How to create custom model fields" has them ---

OWN = """
class Hand:
    def __init__(self, north, east):
        self.north, self.east = north, east

    def __eq__(self, other):
        return isinstance(other, Hand) and vars(self) == vars(other)


def parse_hand(text):
    if len(text) % 2:
        raise ValidationError("Invalid input for a Hand instance")
    return Hand(text[: len(text) // 2], text[len(text) // 2 :])


class HandField(models.Field):
    description = "A hand of cards (bridge style)"

    def __init__(self, *args, **kwargs):
        kwargs["max_length"] = 104
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        del kwargs["max_length"]
        return name, path, args, kwargs

    def get_internal_type(self):
        return "CharField"

    def from_db_value(self, value, expression, connection):
        return None if value is None else parse_hand(value)

    def to_python(self, value):
        return value if value is None or isinstance(value, Hand) else parse_hand(value)

    def get_prep_value(self, value):
        return None if value is None else value.north + value.east

    def value_to_string(self, obj):
        return self.get_prep_value(self.value_from_object(obj))

    def formfield(self, **kwargs):
        return super().formfield(**{"form_class": dict, **kwargs})


class CommaSepField(models.Field):
    "Implements comma-separated storage of lists"

    def __init__(self, separator=",", *args, **kwargs):
        self.separator = separator
        super().__init__(*args, **kwargs)

    @property
    def non_db_attrs(self):
        return super().non_db_attrs + ("separator",)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        if self.separator != ",":
            kwargs["separator"] = self.separator
        return name, path, args, kwargs

    def db_type(self, connection):
        return "varchar(50)"

    def get_db_prep_value(self, value, connection, prepared=False):
        return self.separator.join(value)

    def from_db_value(self, value, expression, connection):
        return [] if value is None else value.split(self.separator)


class UpperCaseCharField(models.CharField):
    def get_db_prep_save(self, value, connection):
        value = super().get_db_prep_save(value, connection)
        return value.upper()

    def pre_save(self, model_instance, add):
        value = super().pre_save(model_instance, add)
        setattr(model_instance, self.attname, value.upper())
        return value

    def contribute_to_class(self, cls, name, **kwargs):
        super().contribute_to_class(cls, name, **kwargs)
        setattr(cls, f"shout_{name}", lambda self: getattr(self, name) + "!")


class BooleanWord(models.BooleanField):
    def from_db_value(self, value, expression, connection):
        return {True: "yes", False: "no", None: "unknown"}[None if value is None else bool(value)]


class Game(models.Model):
    hand = HandField()
    list = CommaSepField(separator=";", null=True)
    word = UpperCaseCharField(max_length=9)
    sure = BooleanWord(null=True)

    class Meta:
        app_label = "own_fields"
"""


def played(module, error):
    """What happens to a model with these fields: the same wherever they run."""
    names = executed(module, OWN.replace("ValidationError", "Refused"))
    names["Refused"] = error
    game, hand = names["Game"], names["Hand"]
    yield from (field.deconstruct() for field in game._meta.fields[1:])
    yield [field.get_internal_type() for field in game._meta.fields[1:]]
    yield [field.description for field in game._meta.fields[1:2]]
    yield game._meta.get_field("hand").formfield(label="x")
    with tables(module, game):
        made = game.objects.create(hand=hand("ab", "cd"), list=["x", "y"], word="low")
        yield made.word, made.shout_word()
        found = game.objects.get(hand=hand("ab", "cd"))
        yield found.hand == made.hand, found.list, found.word, found.sure
        yield list(game.objects.values_list("list", "word", "sure"))
        yield game._meta.get_field("hand").value_to_string(found)
        found.full_clean(exclude=["sure", "list"])
        found.hand = "odd"
        try:
            found.full_clean(exclude=["sure", "list"])
        except error as refused:
            yield refused.message_dict


def tables(module, game):
    if hasattr(module, "tables_of"):
        return module.tables_of(game)
    from contextlib import nullcontext

    from miniorm.configuration import connect
    from miniorm.schema import create_tables

    connect("sqlite:///:memory:")
    create_tables([game])
    return nullcontext()


def test_fields_written_for_django_work_with_their_imports_changed(theirs):
    from django.core.exceptions import ValidationError as TheirError

    assert list(played(models, ValidationError)) == list(played(theirs, TheirError))


# --- values of text ------------------------------------------------------------------------

TEXTS = {
    "DateField": ["2024-05-01", "2024-5-1", "2024-13-01", "2024-02-30", "1.5.2024", "x"],
    "DateTimeField": ["2024-05-01 12:30", "2024-5-1 9:05", "2024-05-01T12:30:00.5",
                      "2024-05-01 25:00", "2024-02-30 12:00", "2024-02-30", "x", "2024-05-01"],
    "TimeField": ["12:30", "9:05", "12:30:59.000001", "25:00", "x"],
    "DurationField": ["3 04:05:06", "3 days, 4:05:06", "04:05:06.000007", "5:06", "6.5", "-1 0:00",
                      "-4:05", "P3DT4H5M6S", "PT6.5S", "-P1D", "-1 days +03:00:00", "x", "1:2:3:4"],
    "IntegerField": ["5", "-5", "5.5", "x", ""],
    "FloatField": ["5", "5.5", "1e3", "x"],
    "BooleanField": ["True", "f", "1", "yes", ""],
    "UUIDField": [str(uuid.UUID(int=5)), "5", "x"],
    "GenericIPAddressField": ["192.0.2.1", " 192.0.2.1 ", "2001:DB8::0:1", "::ffff:192.0.2.1",
                              "::ffff:a0a:a0a", "300.0.0.1", "1::2::3", "x", "a:b"],
    "EmailField": ["a@b.org", "a@b", "@b.org", "a\0@b.org"],
    "SlugField": ["a-b", "a b", "zoë"],
    "URLField": ["https://a.org/", "a.org", "javascript:x"],
}  # fmt: skip


@pytest.mark.parametrize(("kind", "texts"), TEXTS.items(), ids=TEXTS)
def test_what_a_person_gives_is_understood_as_by_django(theirs, kind, texts):
    from django.core.exceptions import ValidationError as TheirError

    for text in texts:
        answers = []
        for module, error in ((models, ValidationError), (theirs, TheirError)):
            try:
                answers.append(getattr(module, kind)().clean(text, None))
            except error as refused:
                answers.append([each.code for each in refused.error_list])
        # Django leaves the zero byte in text to its forms.
        if "\0" in text:
            answers[1] = [*answers[1], "null_characters_not_allowed"]
        assert answers[0] == answers[1], text


@pytest.mark.parametrize(
    "value", ["1.1", "1.10", "12.34", "123.4", "1234", "0.001", "1E+3", "0", "0E+9", "-99.99"]
)
def test_too_many_digits_have_djangos_codes(theirs, value):
    from django.core.exceptions import ValidationError as TheirError

    answers = []
    for module, error in ((models, ValidationError), (theirs, TheirError)):
        try:
            answers.append(
                str(module.DecimalField(max_digits=4, decimal_places=2).clean(value, None))
            )
        except error as refused:
            answers.append([(each.code, str(each.messages)) for each in refused.error_list])
    assert answers[0] == answers[1]


@pytest.mark.parametrize(
    "span",
    [
        datetime.timedelta(days=-3, microseconds=5),
        datetime.timedelta(hours=30),
        datetime.timedelta(),
    ],
    ids=str,
)
def test_a_duration_as_text_is_read_again(span):
    assert parse_duration(duration_string(span)) == span
    assert parse_duration(str(span)) == span


# --- checks ---------------------------------------------------------------------------------


def test_a_zero_byte_is_refused_by_full_clean():
    for field in (models.CharField(max_length=9), models.TextField(), models.SlugField()):
        with pytest.raises(ValidationError, match="Null characters are not allowed"):
            field.clean("a\0", None)


def test_messages_of_ones_own(database):
    class Note(models.Model):
        day = models.DateField(null=True)
        code = models.IntegerField(
            unique=True, error_messages={"unique": "taken: %(field_label)s", "invalid": "no!"}
        )
        text = models.CharField(
            max_length=3, unique_for_date="day", unique_for_year="day",
            error_messages={"max_length": "too long"},
        )  # fmt: skip

        class Meta:
            app_label = "library"

    database.make_tables(Note)
    Note.objects.create(day=datetime.date(2024, 5, 1), code=1, text="a")
    with pytest.raises(ValidationError) as refused:
        Note(day=datetime.date(2024, 5, 1), code=1, text="a").full_clean()
    assert refused.value.message_dict == {
        "code": ["taken: Code"],
        "text": ["Text must be unique for Day date.", "Text must be unique for Day year."],
    }
    with pytest.raises(ValidationError) as refused:
        Note(code="x", text="long").full_clean()
    assert refused.value.message_dict == {
        "code": ["no!"], "day": ["This field cannot be blank."], "text": ["too long"]
    }  # fmt: skip


def test_what_is_no_number_is_not_kept_as_nothing(database):
    class Measure(models.Model):
        value = models.FloatField(null=True)

        class Meta:
            app_label = "library"

    database.make_tables(Measure)
    if database.connection.features.supports_nan:
        assert Measure.objects.create(value=float("nan")).value != 0
    else:
        with pytest.raises(DataError, match="'value' got NaN, which SQLite cannot keep"):
            Measure.objects.create(value=float("nan"))


def test_decimals_of_a_default_in_the_database_have_the_fields_scale(database):
    class Price(models.Model):
        amount = models.DecimalField(max_digits=6, decimal_places=2, db_default=Decimal("1.5"))

        class Meta:
            app_label = "library"

    database.make_tables(Price)
    assert str(Price.objects.create().amount) == "1.50"


# --- the interface ----------------------------------------------------------------------------


class FormField(dict):
    """In place of a form field: what it was given."""


class Forms:
    Textarea = "textarea"

    def __getattr__(self, name):
        return lambda **options: FormField(options, kind=name)


FORM_FIELDS = {
    "BooleanField": {}, "CharField": {"max_length": 9}, "TextField": {"max_length": 9},
    "DateField": {"default": datetime.date(2024, 5, 1)}, "EmailField": {}, "URLField": {},
    "SlugField": {"allow_unicode": True}, "IntegerField": {"blank": True},
    "PositiveIntegerField": {"help_text": "h"}, "FloatField": {},
    "DecimalField": {"max_digits": 5, "decimal_places": 2}, "DurationField": {},
    "DateTimeField": {}, "TimeField": {}, "GenericIPAddressField": {"protocol": "IPv4"},
    "UUIDField": {"default": uuid.uuid4}, "JSONField": {}, "BigIntegerField": {},
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:The default scheme")
@pytest.mark.parametrize(("kind", "options"), FORM_FIELDS.items(), ids=FORM_FIELDS)
def test_a_form_field_gets_what_djangos_gets(theirs, monkeypatch, kind, options):
    from django import forms as their_forms

    monkeypatch.setattr(interface, "forms", Forms())
    given = getattr(models, kind)("long name", **options).formfield()
    made = getattr(theirs, kind)("long name", **options).formfield()
    assert given.pop("kind") == type(made).__name__
    given.pop("widget", None)
    for name, value in given.items():
        if hasattr(made, name):
            assert getattr(made, name) == value, name
    assert getattr(made, "min_value", None) == given.get("min_value") or kind == "BigIntegerField"
    assert isinstance(made, their_forms.Field)


def test_a_form_field_with_choices(monkeypatch):
    monkeypatch.setattr(interface, "forms", Forms())
    field = models.IntegerField(choices=[(1, "one")], null=True)
    made = field.formfield(max_length=3, label="L")
    assert made.pop("coerce") == field.to_python
    assert made == {"kind": "TypedChoiceField", "required": True, "label": "L", "help_text": "",
                    "choices": [("", "---------"), (1, "one")], "empty_value": None}  # fmt: skip
    assert models.BinaryField().formfield() is None
    assert models.AutoField(primary_key=True).formfield() is None


def test_without_forms_a_form_field_needs_its_class():
    with pytest.raises(ImproperlyConfigured, match="there are no forms here"):
        models.CharField().formfield()
    assert models.CharField("a").formfield(form_class=dict)["label"] == "A"


def test_the_connection_answers_as_djangos(database):
    connection = database.connection
    field = models.PositiveIntegerField()
    field.column = "n"
    check = {"type": field.db_type(connection), "check": '"n" >= 0'}
    assert field.db_parameters(connection) == check
    text = models.CharField(max_length=3, db_collation="C")
    assert text.db_parameters(connection)["collation"] == "C"
    assert models.BigAutoField(primary_key=True).rel_db_type(connection) == "bigint"
    assert connection.vendor in ("sqlite", "postgresql")
    assert connection.ops.quote_name("a b") == '"a b"'
    database.make_table()
    assert connection.introspection.table_names() == ["items"]
    for name in ("supports_json_field", "supports_json_field_contains", "has_select_for_update",
                 "supports_stored_generated_columns", "supports_virtual_generated_columns",
                 "supports_comments", "has_native_uuid_field", "uses_savepoints",
                 "can_return_columns_from_insert", "supports_unlimited_charfield"):  # fmt: skip
        assert isinstance(getattr(connection.features, name), bool)


def test_a_relation_is_a_choice_of_objects(monkeypatch):
    monkeypatch.setattr(interface, "forms", Forms())

    class Author(models.Model):
        name = models.CharField(max_length=9)

        class Meta:
            app_label = "chosen"

    class Book(models.Model):
        author = models.ForeignKey(Author, models.CASCADE, blank=True, limit_choices_to={"pk": 1})
        friends = models.ManyToManyField(Author, related_name="+")

        class Meta:
            app_label = "chosen"

    one = Book._meta.get_field("author").formfield()
    assert (one["kind"], one["required"], one["limit_choices_to"]) == (
        "ModelChoiceField", False, {"pk": 1},
    )  # fmt: skip
    assert one["queryset"].model is Author
    assert Book._meta.get_field("friends").formfield()["kind"] == "ModelMultipleChoiceField"


VALIDATORS = {
    "MaxValueValidator(3)": [3, 4],
    "MinValueValidator(lambda: 3)": [3, 2],
    "MaxLengthValidator(2)": ["ab", "abc"],
    "MinLengthValidator(2)": ["ab", "a"],
    "StepValueValidator(3)": [6, 7],
    "StepValueValidator(0.1, offset=1)": [1.3, 1.35],
    "RegexValidator('^a', inverse_match=True)": ["b", "a"],
    "EmailValidator(allowlist=['intern'])": ["a@intern", "a@other", "a@b.org", "a@localhost"],
    "int_list_validator(sep=';', allow_negative=True)": ["1;-2", "1,2", ""],
    "validate_comma_separated_integer_list": ["1,2", "1;2"],
    "validate_integer": ["-5", "5.0"],
    "validate_unicode_slug": ["zo\u00eb-1", "a b"],
    "validate_ipv4_address": ["192.0.2.1", "192.0.2", "::1"],
    "validate_ipv6_address": ["::1", "1::2::3"],
    "validate_ipv46_address": ["::1", "192.0.2.1", "x"],
    "ProhibitNullCharactersValidator()": ["a", "a\0"],
}


@pytest.mark.parametrize(("written", "values"), VALIDATORS.items(), ids=VALIDATORS)
def test_validators_refuse_what_djangos_refuse(written, values):
    from django.core import validators as their_validators
    from django.core.exceptions import ValidationError as TheirError

    from miniframework import validators

    answers = []
    for module, error in ((validators, ValidationError), (their_validators, TheirError)):
        check = eval(written, vars(module))
        answers.append([])
        for value in values:
            try:
                check(value)
            except error as refused:
                answers[-1].append(refused.code)
            else:
                answers[-1].append(None)
        assert "lambda" in written or eval(written, vars(module)) == check
    assert answers[0] == answers[1]
