"""Many-to-many fields, inherited tables, proxies and ordered rows, migrated forward and back."""

import pytest

from miniorm.migrations.autodetector import MigrationAutodetector
from miniorm.migrations.state import ProjectState
from tests.miniorm.test_migrations import Yes, state_of
from tests.miniorm.test_schema_changes import History, _same_as_made_at_once

MODELS = """
class Tag(models.Model):
    name = models.CharField(max_length=20)

class Post(models.Model):
    title = models.CharField(max_length=20)
    tags = models.ManyToManyField(Tag)
    friends = models.ManyToManyField("self")

class Special(Post):
    extra = models.IntegerField(default=1)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(extra__gt=0), name="extra")]

class Part(models.Model):
    post = models.ForeignKey(Post, models.CASCADE)

    class Meta:
        order_with_respect_to = "post"

class Draft(Post):
    class Meta:
        proxy = True
"""
CHANGES = [
    MODELS.replace("Post", "Entry").replace("post", "entry"),
    MODELS.replace("tags =", "labels = models.ManyToManyField(Tag, related_name='+')\n    marks ="),
    MODELS.replace('order_with_respect_to = "post"', 'db_table = "pieces"'),
    MODELS.replace('    friends = models.ManyToManyField("self")\n', ""),
]


def test_relations_keep_their_rows_forward_and_back(database):
    history = History(database.connection)
    _go_to(history, MODELS)
    _same_as_made_at_once(history)
    post, tag, special = map(history.model, ("Post", "Tag", "Special"))
    first = special.objects.create(title="first")
    first.tags.add(tag.objects.create(name="new"))
    second = post.objects.create(title="second")
    second.friends.add(first.post_ptr)
    history.model("Part").objects.create(post=second)
    for source in CHANGES:
        before = len(history.done)
        _go_to(history, source)
        _same_as_made_at_once(history)
        history.undo(len(history.done) - before)
        _same_as_made_at_once(history)
        assert list(history.model("Special").objects.values_list("title", "tags__name")) == [
            ("first", "new")
        ]
    assert history.model("Part").objects.get().post.title == "second"
    history.undo(len(history.done))
    assert database.connection.introspection.table_names() == []


def _go_to(history, source):
    wanted = state_of(source)
    for step in MigrationAutodetector(history.states[-1], wanted, Yes()).detect():
        history.take(step.operation)
    assert MigrationAutodetector(history.states[-1], wanted, Yes()).detect() == []
    assert isinstance(history.states[-1], ProjectState)


ODD = """
class One(models.Model):
    id = models.{key}(primary_key=True)

class Two(models.Model):
    links = models.ManyToManyField({links}, related_name="+")
    to = models.ForeignKey(One, models.CASCADE, null=True, related_name="+")
    self = models.ForeignKey("self", models.CASCADE, null=True, related_name="+")
    {code}

    class Meta:
        unique_together = {together}
"""
FIRST = {"key": "AutoField", "links": "One", "together": '[("to", "code")]'}
FIRST["code"] = "code = models.ForeignKey(One, models.CASCADE, null=True, related_name='+')"


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"links": "'self'"}, id="links lead elsewhere"),
        pytest.param(
            {"code": "", "together": "[]"}, id="a field that was unique with another goes"
        ),
        pytest.param(
            {"code": "code = models.CharField(max_length=5, default='', db_index=True)"},
            id="the column changes its name and keeps its index",
        ),
        pytest.param(
            {"key": "CharField"}, id="keys that nothing leads back from change their type"
        ),
    ],
)
def test_odd_changes_go_forward_and_back(database, changes):
    history = History(database.connection)
    first, second = (
        ODD.format(**values).replace("CharField(primary", "CharField(max_length=9, primary")
        for values in (FIRST, {**FIRST, **changes})
    )
    _go_to(history, first)
    before = len(history.done)
    _go_to(history, second)
    _same_as_made_at_once(history)
    history.undo(len(history.done) - before)
    _same_as_made_at_once(history)
