"""What no class statement can see: names of models and fields that there are not."""

import pytest

from miniorm import models, registry
from miniorm.checks import problems
from miniorm.configuration import configure


@pytest.fixture(autouse=True)
def _isolated():
    with registry.isolated():
        yield


def problems_of(options, *fields):
    """What is said of a Book with these options; fields are (name, field)."""

    class Author(models.Model):
        name = models.CharField(max_length=9)

    meta = type("Meta", (), options)
    body = {"__module__": "reading.models", "Meta": meta, **dict(fields)}
    body.update(
        title=models.CharField(max_length=9),
        when=models.DateTimeField(null=True),
        data=models.JSONField(default=dict),
        author=models.ForeignKey(Author, models.CASCADE),
        others=models.ManyToManyField(Author, related_name="more"),
    )
    return [*problems([Author, type("Book", (models.Model,), body)])]


GOOD = [
    {"ordering": ["title", "-author__name", "pk", "?", "when__year", "data__a", "author_id"]},
    {"ordering": [models.F("title").desc(nulls_last=True), "author"]},
    {"get_latest_by": "-when"},
    {"get_latest_by": ["when", "title"]},
    {"unique_together": [("title", "author"), ("when", "title")]},
    {"order_with_respect_to": "author"},
    {"constraints": [models.UniqueConstraint(fields=["title"], name="a", include=["when"]),
                     models.UniqueConstraint(models.F("title").desc(), name="b"),
                     models.CheckConstraint(condition=~models.Q(title="x"), name="c")]},
    {"indexes": [models.Index(fields=["-title"], name="d", condition=models.Q(when__year__gt=1))]},
]  # fmt: skip


@pytest.mark.parametrize("options", GOOD, ids=lambda each: next(iter(each)))
def test_what_names_fields_that_there_are_is_no_problem(options):
    assert problems_of(options) == []


BAD = [
    ({"ordering": ["nme"]}, "'nme'"),
    ({"ordering": ["-author__nme"]}, "Did you mean 'name'?"),
    ({"ordering": [models.F("titel")]}, "Did you mean 'title'?"),
    ({"get_latest_by": "wen"}, "Did you mean 'when'?"),
    ({"unique_together": [("title", "autor")]}, "Did you mean 'author'?"),
    ({"unique_together": [("title", "others")]}, "has no column"),
    ({"constraints": [models.UniqueConstraint(fields=["titel"], name="a")]}, "'title'?"),
    ({"constraints": [models.CheckConstraint(condition=models.Q(titel=1), name="a")]}, "'title'?"),
    ({"indexes": [models.Index(fields=["titel"], name="a")]}, "Did you mean 'title'?"),
]


@pytest.mark.parametrize(("options", "hint"), BAD, ids=[next(iter(each)) for each, _ in BAD])
def test_an_option_that_names_no_field_is_told(options, hint):
    (said,) = problems_of(options)
    assert said.startswith(f"reading.Book: Meta.{next(iter(options))}: ")
    assert hint in said


def test_two_fields_of_one_column_are_told():
    assert problems_of({}, ("author_id", models.IntegerField())) == [
        "reading.Book.author and reading.Book.author_id are both the column 'author_id': "
        "give one a db_column."
    ]


@pytest.mark.parametrize(
    "field",
    [
        lambda: models.ForeignKey("reading.Bok", models.CASCADE),
        lambda: models.ManyToManyField("reading.Bok"),
        lambda: models.ManyToManyField("Book", through="reading.Bok"),
    ],
)
def test_a_relation_to_a_model_that_is_nowhere_is_told(field):
    (said,) = problems_of({}, ("next", field()))
    assert said == (
        "reading.Book.next points to the model 'reading.Bok', which is nowhere. "
        "Did you mean 'reading.Book'?"
    )


def test_two_fields_of_one_column_but_for_the_case_are_told_on_sqlite():
    named = [("x", models.IntegerField()), ("X", models.IntegerField())]
    configure({"default": "postgresql://localhost/x"})
    assert problems_of({}, *named) == []
    configure({"default": "sqlite:///:memory:"})
    (said,) = problems_of({}, *named)
    assert said == (
        "reading.Book.X and reading.Book.x are both the column 'X' (SQLite ignores case): "
        "give one a db_column."
    )


def test_two_models_of_one_table_are_told():
    assert problems_of({"db_table": "miniorm_author"}) == [
        "miniorm.Author and reading.Book are both the table 'miniorm_author': "
        "give one another db_table."
    ]


def test_one_table_is_meant_where_it_is_unmanaged():
    assert problems_of({"db_table": "miniorm_author", "managed": False}) == []


def test_the_links_of_a_field_in_the_table_of_a_model_are_told():
    (said,) = problems_of({}, ("fans", models.ManyToManyField("Book", db_table="miniorm_author")))
    assert said.startswith("miniorm.Author and reading.Book_fans are both the table")


FIELDS = [
    ("save", models.IntegerField, {}, "'save' is the name of a part of every model; expected"),
    ("delete", models.IntegerField, {}, "'delete' is the name of a part of every model; expected"),
    ("objects", models.IntegerField, {}, "'objects' is the name of its manager; expected another"),
    ("key", models.IntegerField, {"primary_key": True, "null": True}, "expected a key that is"),
    ("code", models.IntegerField, {"validators": [4]}, "4 among its validators is no function"),
    ("code", models.CharField, {"max_length": 2, "default": "long"},
     "the default 'long' has 4 characters; expected at most max_length=2."),
    ("code", models.CharField, {"max_length": 2, "choices": [("group", [("abc", "A")])]},
     "the choice 'abc' has 3 characters; expected at most max_length=2."),
]  # fmt: skip


@pytest.mark.parametrize(("name", "kind", "options", "hint"), FIELDS)
def test_what_a_field_cannot_be_is_told(name, kind, options, hint):
    (said,) = problems_of({}, (name, kind(**options)))
    assert said.startswith(f"reading.Book.{name}")
    assert hint in said


def test_an_ordering_that_is_a_text_is_told():
    (said,) = problems_of({"ordering": "title"})
    assert said == (
        "reading.Book: Meta.ordering is the text 'title'; expected a list or tuple of names, "
        "['title']."
    )


def test_validators_are_a_list():
    with pytest.raises(TypeError, match="IntegerField got validators=4; expected a list of func"):
        models.IntegerField(validators=4)
