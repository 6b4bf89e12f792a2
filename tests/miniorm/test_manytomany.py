import pytest

from miniorm import models, registry
from miniorm.errors import ImproperlyConfigured
from miniorm.models import Count, Q
from miniorm.signals import m2m_changed
from tests.miniorm.sql import statements


@pytest.fixture(autouse=True)
def _isolated():
    with registry.isolated():
        yield


class Tag(models.Model):
    name = models.CharField(max_length=20)

    class Meta:
        app_label = "press"
        ordering = ["name"]

    def __str__(self):
        return self.name


class Article(models.Model):
    title = models.CharField(max_length=20)
    tags = models.ManyToManyField(Tag)

    class Meta:
        app_label = "press"
        ordering = ["title"]

    def __str__(self):
        return self.title


class Person(models.Model):
    name = models.CharField(max_length=20)
    friends = models.ManyToManyField("self")
    idols = models.ManyToManyField("self", symmetrical=False, related_name="fans")

    class Meta:
        app_label = "press"

    def __str__(self):
        return self.name


class Group(models.Model):
    name = models.CharField(max_length=20)
    members = models.ManyToManyField(
        Person,
        through="Membership",
        through_fields=("group", "person"),
        related_name="groups",
        related_query_name="group",
    )

    class Meta:
        app_label = "press"


class Membership(models.Model):
    person = models.ForeignKey(Person, models.CASCADE)
    group = models.ForeignKey(Group, models.CASCADE)
    inviter = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="invitations")
    since = models.IntegerField(default=2000)

    class Meta:
        app_label = "press"


ALL = (Tag, Article, Person, Group, Membership)


@pytest.fixture
def tables(database):
    database.make_tables(*ALL)
    return database


@pytest.fixture
def press(tables):
    """Articles a (with x and y), b (with y) and c (with none)."""
    x, y, _ = (Tag.objects.create(name=name) for name in "xyz")
    a, b, _ = (Article.objects.create(title=title) for title in "abc")
    a.tags.add(x, y)
    b.tags.add(y)
    return tables


def titles(rows):
    return [each.title for each in rows]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param(lambda: Article.objects.filter(tags__name="y"), "ab", id="name"),
        pytest.param(lambda: Article.objects.filter(tags=Tag.objects.get(name="x")), "a", id="obj"),
        pytest.param(lambda: Article.objects.filter(tags__in=Tag.objects.all()), "aab", id="in"),
        pytest.param(lambda: Article.objects.filter(tags=None), "c", id="none"),
        pytest.param(lambda: Article.objects.filter(tags__isnull=False), "aab", id="isnull"),
        pytest.param(lambda: Article.objects.exclude(tags__name="x"), "bc", id="exclude"),
        pytest.param(lambda: Article.objects.exclude(tags=None), "ab", id="exclude none"),
        pytest.param(
            lambda: Article.objects.filter(tags__name="x", tags__pk__gt=10**6), "", id="1"
        ),
        pytest.param(
            lambda: Article.objects.filter(tags__name="x").filter(tags__name="y"), "a", id="two"
        ),
        pytest.param(lambda: Article.objects.filter(tags__name="x", tags__id=0), "", id="one row"),
        pytest.param(
            lambda: Article.objects.filter(Q(tags__name="x") | Q(title="c")), "ac", id="or"
        ),
        pytest.param(
            lambda: Article.objects.annotate(n=Count("tags")).filter(n__gte=1).order_by("-n"),
            "ab",
            id="count",
        ),
        pytest.param(lambda: Article.objects.order_by("tags__name", "title")[:1], "a", id="order"),
    ],
)
def test_queries_go_along_the_links(press, rows, expected):
    assert "".join(titles(rows())) == expected


def test_queries_go_along_the_links_from_the_other_side(press):
    assert [str(each) for each in Tag.objects.filter(article__title="a")] == ["x", "y"]
    assert [str(each) for each in Tag.objects.exclude(article__title="b")] == ["x", "z"]
    counts = Tag.objects.annotate(n=Count("article")).values_list("name", "n")
    assert list(counts) == [("x", 1), ("y", 2), ("z", 0)]
    pairs = Article.objects.values_list("title", "tags__name").order_by("title", "tags__name")
    assert list(pairs) == [("a", "x"), ("a", "y"), ("b", "y"), ("c", None)]
    keys = Article.objects.filter(title="b").values("tags")
    assert list(keys) == [{"tags": Tag.objects.get(name="y").pk}]


def test_the_key_at_the_other_end_needs_one_join_only(tables):
    sql = str(Article.objects.filter(tags=1).query)
    assert sql.count("JOIN") == 1
    assert "INNER JOIN" in sql
    assert "LEFT OUTER JOIN" in str(Article.objects.filter(tags=None).query)


def test_links_are_added_removed_set_and_cleared(press):
    article = Article.objects.get(title="c")
    x, y, z = Tag.objects.all()
    article.tags.add(x, y.pk, x)
    article.tags.add(x)
    assert list(article.tags.all()) == [x, y]
    assert Article.tags.through.objects.filter(article=article).count() == 2
    article.tags.remove(y, z)
    assert list(article.tags.all()) == [x]
    article.tags.set([y, z.pk])
    assert list(article.tags.all()) == [y, z]
    article.tags.set([x], clear=True)
    assert list(x.article_set.all()) == [Article.objects.get(title="a"), article]
    article.tags.clear()
    assert not article.tags.exists()
    assert article.tags.create(name="new").article_set.get() == article
    assert article.tags.get_or_create(name="new")[1] is False
    assert article.tags.get_or_create(name="other")[1] is True
    assert article.tags.update_or_create({"name": "last"}, name="other")[0].name == "last"
    assert article.tags.filter(name__startswith="n").count() == 1
    x.article_set.add(article)
    assert article.tags.filter(article__title="c").count() == 3


def test_what_cannot_be_linked_says_so(press):
    article = Article.objects.get(title="a")
    with pytest.raises(TypeError, match="'Tag' instance expected, got <Article: a>"):
        article.tags.add(article)
    with pytest.raises(ValueError, match='Cannot add "<Tag: new>": the value for field "tag" is'):
        article.tags.add(Tag(name="new"))
    with pytest.raises(ValueError, match='needs to have a value for field "id" before'):
        _ = Article(title="new").tags
    with pytest.raises(TypeError, match=r"forward side .* Use tags.set\(\) instead"):
        article.tags = []
    with pytest.raises(TypeError, match=r"reverse side .* Use article_set.set\(\) instead"):
        Tag.objects.get(name="x").article_set = []
    with pytest.raises(TypeError, match="forward side"):
        Article(title="x", tags=[1])


def test_friends_are_friends_of_each_other(tables):
    ann, bob, eve = (Person.objects.create(name=name) for name in ("Ann", "Bob", "Eve"))
    ann.friends.add(bob)
    assert list(bob.friends.all()) == [ann]
    assert not hasattr(Person, "person_set")
    ann.idols.add(eve)
    assert list(eve.fans.all()) == [ann]
    assert list(eve.idols.all()) == []
    assert list(Person.objects.filter(friends__name="Bob")) == [ann]
    assert list(Person.objects.filter(fans__name="Ann")) == [eve]
    bob.friends.remove(ann)
    assert not ann.friends.exists()
    ann.friends.set([bob, eve])
    ann.friends.clear()
    assert Person.friends.through.objects.count() == 0


def test_links_may_carry_something(tables):
    ann, bob = (Person.objects.create(name=name) for name in ("Ann", "Bob"))
    band = Group.objects.create(name="Band")
    band.members.add(ann, through_defaults={"since": 1999, "inviter": bob})
    band.members.add(bob, through_defaults={"since": lambda: 2001})
    assert list(Membership.objects.values_list("person__name", "since")) == [
        ("Ann", 1999),
        ("Bob", 2001),
    ]
    assert list(ann.groups.filter(membership__since=1999)) == [band]
    assert list(band.members.filter(membership__since__gt=2000)) == [bob]
    assert list(Group.objects.filter(members=bob, membership__since=1999)) == []
    assert list(Person.objects.filter(group__name="Band", membership__since=1999)) == [ann]
    band.members.create(name="Eve", through_defaults={"since": 3})
    assert list(band.members.order_by("name").values_list("membership__since", flat=True)) == [
        1999,
        2001,
        3,
    ]


def test_prefetched_links_are_asked_for_once(press):
    with statements() as asked:
        articles = list(Article.objects.prefetch_related("tags"))
        found = {each.title: [tag.name for tag in each.tags.all()] for each in articles}
    assert found == {"a": ["x", "y"], "b": ["y"], "c": []}
    assert len(asked) == 2
    with statements() as asked:
        tags = list(Tag.objects.prefetch_related("article_set__tags"))
        assert [tag.name for tag in tags[0].article_set.all()[0].tags.all()] == ["x", "y"]
    assert len(asked) == 3
    articles[0].tags.add(Tag.objects.get(name="z"))
    assert articles[0].tags.count() == 3  # and what was prefetched is forgotten


def test_everyone_hears_of_a_changed_link(press):
    heard = []

    def hear(sender, action, reverse, pk_set, model, instance, **_):
        heard.append((action, reverse, pk_set, model, str(instance)))

    m2m_changed.connect(hear, sender=Article.tags.through)
    try:
        article, z = Article.objects.get(title="c"), Tag.objects.get(name="z")
        article.tags.add(z)
        z.article_set.remove(article)
        article.tags.clear()
        article.tags.add(z)
        article.tags.add(z)
        article.tags.set([])
    finally:
        m2m_changed.disconnect(hear, sender=Article.tags.through)
    both = {z.pk}
    assert heard == [
        ("pre_add", False, both, Tag, "c"),
        ("post_add", False, both, Tag, "c"),
        ("pre_remove", True, {article.pk}, Article, "z"),
        ("post_remove", True, {article.pk}, Article, "z"),
        ("pre_clear", False, None, Tag, "c"),
        ("post_clear", False, None, Tag, "c"),
        ("pre_add", False, both, Tag, "c"),
        ("post_add", False, both, Tag, "c"),
        ("pre_add", False, set(), Tag, "c"),
        ("post_add", False, set(), Tag, "c"),
        ("pre_remove", False, both, Tag, "c"),
        ("post_remove", False, both, Tag, "c"),
    ]


def test_links_go_with_either_end(press):
    tag = Tag.objects.get(name="y")
    assert tag.delete() == (3, {"press.Article_tags": 2, "press.Tag": 1})
    Article.objects.all().delete()
    assert Article.tags.through.objects.count() == 0


def test_the_model_of_the_links_is_made_once_and_has_a_table(tables):
    through = Article.tags.through
    assert through is Article._meta.get_field("tags").remote_field.through
    assert through._meta.db_table == "press_article_tags"
    assert [field.name for field in through._meta.fields] == ["id", "article", "tag"]
    assert through._meta.unique_together == (("article", "tag"),)
    assert through not in registry.get_models()
    assert through in registry.get_models(include_auto_created=True)
    assert [field.name for field in Person.friends.through._meta.fields] == [
        "id",
        "from_person",
        "to_person",
    ]


def test_a_long_name_of_a_table_is_cut_so_that_it_stays_its_own():
    class Long(models.Model):
        tags = models.ManyToManyField(Tag, db_table="t" * 80, related_name="+")

        class Meta:
            app_label = "press"

    assert len(Long.tags.through._meta.db_table) <= 63


def test_links_by_an_abstract_base_and_by_name():
    class Tagged(models.Model):
        tags = models.ManyToManyField("Tag", related_name="%(app_label)s_%(class)ss")

        class Meta:
            abstract = True
            app_label = "press"

    class Photo(Tagged):
        pass

    class Film(Tagged):
        pass

    assert Photo.tags.through is not Film.tags.through
    assert Photo.tags.through._meta.db_table == "press_photo_tags"
    assert {"press_photos", "press_films"} <= set(Tag._meta.by_name)


def test_links_that_are_not_clear_are_refused():
    class Duel(models.Model):
        fighters = models.ManyToManyField(Person, through="Fight", related_name="+")

        class Meta:
            app_label = "press"

    class Fight(models.Model):
        duel = models.ForeignKey(Duel, models.CASCADE)
        left = models.ForeignKey(Person, models.CASCADE, related_name="+")
        right = models.ForeignKey(Person, models.CASCADE, related_name="+")

        class Meta:
            app_label = "press"

    with pytest.raises(ImproperlyConfigured, match="2 to Person: name the two in through_fields"):
        Duel.objects.filter(fighters=1)
    with pytest.raises(ValueError, match="Cannot specify a db_table"):
        models.ManyToManyField(Tag, through="X", db_table="y")
