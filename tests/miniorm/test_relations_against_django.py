"""The same models, rows and questions for miniorm and for the real Django: one answer.

The models are written once, as a function of the module `models`; so are the questions. What
Django answers on SQLite, miniorm answers on both of its databases.
"""

from types import SimpleNamespace
from typing import Any

import pytest

from miniorm import models as ours
from miniorm import registry
from tests.miniorm.djangodb import django_models

theirs = django_models()


def define(models: Any) -> SimpleNamespace:
    """Models with every kind of relation."""

    class Base(models.Model):
        class Meta:
            abstract = True
            app_label = "compared"

        def __str__(self):
            return f"{type(self).__name__} {self.pk}"

    class Author(Base):
        name = models.CharField(max_length=10, unique=True)
        mentor = models.ForeignKey("self", models.SET_NULL, null=True, related_name="pupils")
        friends = models.ManyToManyField("self")

    class Genre(Base):
        name = models.CharField(max_length=10)
        parent = models.ForeignKey("Genre", models.CASCADE, null=True)

    class Work(Base):
        title = models.CharField(max_length=10)
        author = models.ForeignKey(Author, models.CASCADE, related_query_name="work")
        genres = models.ManyToManyField(Genre, related_name="works")
        readers = models.ManyToManyField(Author, through="Reading", related_name="read")

    class Novel(Work):
        pages = models.IntegerField(null=True)

    class Trilogy(Novel):
        part = models.IntegerField(default=1)

    class Reading(Base):
        work = models.ForeignKey(Work, models.CASCADE)
        reader = models.ForeignKey(Author, models.PROTECT, to_field="name")
        stars = models.IntegerField(null=True)

    class Cover(Base):
        work = models.OneToOneField(Work, models.CASCADE, null=True)
        colour = models.CharField(max_length=10)

    class LoudAuthor(Author):
        class Meta:
            proxy = True
            app_label = "compared"
            ordering = ["-name"]

    found = (Author, Genre, Work, Novel, Trilogy, Reading, Cover, LoudAuthor)
    return SimpleNamespace(**{each.__name__: each for each in found}, tables=found[:-1])


def fill(m: SimpleNamespace) -> None:
    ann, bob, eve, _ = (m.Author.objects.create(name=name) for name in ("ann", "bob", "eve", "joe"))
    bob.mentor = eve.mentor = ann
    bob.save()
    eve.save()
    ann.friends.add(bob, eve)
    prose, crime, verse = (
        m.Genre.objects.create(name=name) for name in ("prose", "crime", "verse")
    )
    crime.parent = prose
    crime.save()
    w1 = m.Work.objects.create(title="w1", author=ann)
    n2 = m.Novel.objects.create(title="n2", author=ann, pages=100)
    n3 = m.Novel.objects.create(title="n3", author=bob)
    t4 = m.Trilogy.objects.create(title="t4", author=eve, pages=300, part=2)
    m.Work.objects.create(title="w5", author=eve)
    w1.genres.add(verse)
    n2.genres.add(prose, crime)
    t4.genres.set([crime])
    n3.readers.add(ann, through_defaults={"stars": 5})
    for reader in (ann, bob):
        t4.readers.add(reader, through_defaults={"stars": 3})
    m.Reading.objects.create(work=w1, reader=eve)
    m.Cover.objects.create(work=n2, colour="red")
    m.Cover.objects.create(work=w1, colour="blue")
    m.Cover.objects.create(colour="none")


# ruff: noqa: E501 (a question is one line)
# Each is an expression over m (the models), Q, F, Count, Prefetch, FilteredRelation ...
QUESTIONS = """
m.Work.objects.filter(genres__name="crime")
m.Work.objects.filter(genres__name="crime", genres__parent__name="prose")
m.Work.objects.filter(genres__name="crime").filter(genres__name="prose")
m.Work.objects.exclude(genres__name="crime")
m.Work.objects.exclude(genres__name="crime", author__name="ann")
m.Work.objects.exclude(genres__name="crime").exclude(genres__name="verse")
m.Work.objects.filter(~Q(genres__name="crime") | Q(author__name="eve"))
m.Work.objects.filter(~(Q(genres__name="crime") & Q(author__name="eve")))
m.Work.objects.filter(genres__isnull=True)
m.Work.objects.exclude(genres__isnull=True).distinct()
m.Work.objects.filter(genres__parent=None)
m.Work.objects.exclude(genres__parent=None)
m.Work.objects.filter(genres__parent__isnull=False)
m.Work.objects.filter(genres=m.Genre.objects.get(name="verse"))
m.Work.objects.filter(genres__in=m.Genre.objects.filter(name__lt="q"))
m.Work.objects.filter(genres__in=[1, 2]).distinct()
m.Work.objects.filter(pk__in=m.Work.objects.filter(genres__name="crime"))
m.Work.objects.filter(author__in=m.Author.objects.filter(name="ann"))
m.Work.objects.filter(author__friends__name="ann")
m.Work.objects.filter(author__mentor__name="ann")
m.Work.objects.filter(author__mentor__isnull=True)
m.Work.objects.exclude(author__mentor__name="ann")
m.Work.objects.filter(cover__colour="red")
m.Work.objects.exclude(cover__colour="red")
m.Work.objects.filter(cover__isnull=True)
m.Work.objects.filter(cover=None)
m.Work.objects.filter(cover=1)
m.Work.objects.filter(readers__name="ann")
m.Work.objects.filter(readers__name="ann", reading__stars=3)
m.Work.objects.filter(readers__name="eve", reading__stars__isnull=True)
m.Work.objects.exclude(reading__stars=3)
m.Work.objects.exclude(reading__stars__gt=3)
m.Work.objects.filter(Q(reading__stars=5) | Q(cover__colour="blue"))
m.Work.objects.filter(Q(reading__stars=None) & ~Q(readers=None))
m.Work.objects.filter(novel__pages=100)
m.Work.objects.filter(novel__trilogy__part=2)
m.Work.objects.filter(novel__isnull=True)
m.Work.objects.exclude(novel__pages=100)
m.Work.objects.exclude(novel__pages__gt=100)
m.Novel.objects.filter(title="n2")
m.Novel.objects.filter(author__name="ann", pages=100)
m.Novel.objects.filter(genres__name="crime")
m.Novel.objects.exclude(genres__name="crime")
m.Novel.objects.filter(reading__stars=5)
m.Novel.objects.filter(cover__colour="red")
m.Novel.objects.exclude(pages=100)
m.Trilogy.objects.filter(title="t4", pages=300, part=2, genres__name="crime")
m.Trilogy.objects.filter(novel_ptr__work_ptr__title="t4")
m.Trilogy.objects.filter(pk=4, id=4, work_ptr_id=4)
m.Author.objects.filter(work__novel__pages__gt=1)
m.Author.objects.filter(work__title="w1")
m.Author.objects.exclude(work__title="w1")
m.Author.objects.exclude(work__genres__name="crime")
m.Author.objects.filter(read__title="t4")
m.Author.objects.filter(read__author__name="eve", reading__stars=3)
m.Author.objects.exclude(read__author__name="eve")
m.Author.objects.filter(pupils__isnull=False).distinct()
m.Author.objects.filter(pupils__work__genres__name="crime")
m.Author.objects.exclude(pupils__name="bob")
m.Author.objects.filter(friends__friends__name="bob")
m.Author.objects.exclude(friends=None)
m.Author.objects.filter(reading=1)
m.Author.objects.filter(reading__work__cover__colour="blue")
m.LoudAuthor.objects.filter(work__title__gt="n")
m.LoudAuthor.objects.all()[:2]
m.Genre.objects.filter(works__author__name="ann")
m.Genre.objects.filter(works__novel__pages=300)
m.Genre.objects.exclude(works__author__name="ann")
m.Genre.objects.filter(genre__name="crime")
m.Genre.objects.filter(genre__works__title="t4")
m.Genre.objects.exclude(genre__works__title="t4")
m.Reading.objects.filter(reader="ann")
m.Reading.objects.filter(reader=m.Author.objects.get(name="ann"))
m.Reading.objects.filter(reader__id=1)
m.Reading.objects.filter(reader__in=m.Author.objects.filter(name="ann"))
m.Reading.objects.filter(work__novel__pages=300, reader__mentor=None)
m.Cover.objects.filter(work__genres=None)
m.Cover.objects.exclude(work__genres=None)
m.Cover.objects.exclude(work__author__name="ann")
m.Cover.objects.filter(work=None)
m.Work.objects.filter(genres__name="crime") | m.Work.objects.filter(title="w5")
m.Work.objects.filter(genres__name="crime") & m.Work.objects.filter(genres__name="prose")
m.Work.objects.filter(author=F("readers"))
m.Work.objects.filter(author__name=F("readers__mentor__name"))
m.Work.objects.annotate(n=Count("genres")).filter(n=2)
m.Work.objects.annotate(n=Count("genres", distinct=True), r=Count("readers", distinct=True)).filter(r__gte=F("n"))
m.Work.objects.filter(genres__name="crime").annotate(n=Count("genres")).values_list("title", "n")
m.Work.objects.annotate(n=Count("genres")).filter(genres__name="crime").values_list("title", "n")
m.Author.objects.annotate(n=Count("work__genres")).values_list("name", "n")
m.Author.objects.annotate(n=Count("work", filter=Q(work__genres__name="crime"))).values_list("name", "n")
m.Author.objects.annotate(n=Sum("work__novel__pages")).values_list("name", "n")
m.Author.objects.annotate(n=Count("pupils")).values_list("name", "n")
m.Author.objects.values("mentor__name").annotate(n=Count("pk"))
m.Author.objects.values_list("name", "friends__name")
m.Author.objects.values("work__novel")
m.Genre.objects.values_list("name", "works__title", "works__novel__pages")
m.Genre.objects.values("name", "parent", "parent_id", "parent__name")
m.Novel.objects.values()
m.Novel.objects.values_list("pk", "title", "pages")
m.Trilogy.objects.values("title", "pages", "part", "cover")
m.Work.objects.filter(genres__name="crime").filter(genres__name="prose").values_list("title", "genres__name")
m.Author.objects.filter(work__title__lt="n3").filter(work__title__gt="n1").annotate(n=Count("work", distinct=True)).values_list("name", "n")
m.Author.objects.annotate(n=Count("work")).filter(work__title="w1").filter(n__gt=0).values_list("name", "work__title")
m.Author.objects.annotate(f=FilteredRelation("work", condition=Q(work__title="w1"))).filter(f__isnull=False).values_list("work__title")
m.Work.objects.order_by("author__name", "-title").values_list("title")
m.Work.objects.order_by("author", "title").values_list("title")
m.Author.objects.annotate(f=FilteredRelation("work", condition=Q(work__title__gt="o"))).values_list("name", "f__title")
m.Author.objects.annotate(f=FilteredRelation("work", condition=Q(work__title="w1"))).filter(f=None)
m.Work.objects.annotate(f=FilteredRelation("genres", condition=Q(genres__name="crime"))).filter(f__isnull=False)
m.Work.objects.annotate(f=FilteredRelation("author", condition=Q(author__name="ann"))).filter(f__name="ann")
m.Work.objects.filter(author__work__title="w1").distinct()
m.Work.objects.filter(title="w1").update(title="w9"), m.Work.objects.filter(title="w9").update(title="w1")
m.Novel.objects.filter(title="n2").update(title="nn", pages=7), sorted(m.Novel.objects.values_list("title", "pages")), m.Novel.objects.filter(pages=7).update(title="n2", pages=100)
m.Novel.objects.filter(genres__name="crime").update(pages=F("pages") + 1), m.Novel.objects.filter(genres__name="crime").update(pages=F("pages") - 1)
[list(each.genres.order_by("name")) for each in m.Work.objects.order_by("title").prefetch_related("genres")]
[[r.name for r in each.readers.all()] for each in m.Work.objects.order_by("title").prefetch_related(Prefetch("readers", m.Author.objects.order_by("-name")))]
[[w.title for w in each.few] for each in m.Genre.objects.order_by("name").prefetch_related(Prefetch("works", m.Work.objects.filter(title__lt="t"), to_attr="few"))]
[getattr(each, "cover", None) for each in m.Work.objects.order_by("title").select_related("cover", "author__mentor")]
[each.author.mentor and each.author.mentor.name for each in m.Work.objects.order_by("title").select_related("author__mentor")]
[hasattr(each, "novel") for each in m.Work.objects.order_by("title").select_related("novel__trilogy")]
[each.novel.pages for each in m.Work.objects.filter(novel__isnull=False).order_by("title").prefetch_related("novel")]
list(m.Author.objects.get(name="ann").work_set.order_by("title").values_list("title", flat=True))
list(m.Author.objects.get(name="ann").work_set.order_by("title").values("title"))
m.Author.objects.get(name="ann").work_set.values_list("title", "author").order_by("-title").first()
[w.author.name for w in (m.Author.objects.get(name="ann").work_set.all() | m.Work.objects.filter(title="w5")).order_by("title")]
[w.author.name for w in m.Author.objects.get(name="ann").work_set.union(m.Work.objects.all()).order_by("title")]
[w.author.name for w in m.Author.objects.get(name="ann").work_set.only("title").order_by("title")]
list(m.Author.objects.get(name="ann").read.filter(reading__stars=3))
list(m.Author.objects.get(name="ann").read.exclude(reading__stars=3))
list(m.Author.objects.get(name="ann").friends.filter(friends__name="ann").order_by("name"))
m.Author.objects.get(name="ann").work_set.filter(genres__name="crime").count()
m.Author.objects.get(name="ann").pupils.aggregate(n=Count("work__genres"))
m.Work.objects.get(title="n2").genres.values_list("name", "parent__name").count()
m.Author.objects.filter(unknown=1)
m.Author.objects.filter(work__unknown=1)
m.Author.objects.filter(work=m.Genre.objects.get(name="crime"))
m.Work.objects.filter(genres=m.Author.objects.get(name="ann"))
m.Author.objects.get(name="ann").friends.add(m.Genre.objects.get(name="crime"))
m.Author.objects.select_related("work")
m.Author.objects.prefetch_related("unknown").get(name="ann")
m.Work(genres=[])
m.Work.objects.get(title="w1").novel
m.Author.objects.get(name="ann").delete()
m.Author(name="x").friends.all()
m.Cover.objects.create(work=m.Work(title="x"))
"""

LAST = """
m.Genre.objects.get(name="crime").delete()
m.Work.objects.get(title="w1").delete()
m.Novel.objects.filter(title="n3").delete()
m.Trilogy.objects.get().delete(keep_parents=True)
m.Work.objects.filter(author__name="eve").delete()
m.Author.objects.filter(name="joe").delete()
m.LoudAuthor.objects.filter(name="eve").delete()
m.Author.objects.all().delete()
"""


def answer(question: str, m: SimpleNamespace, models: Any) -> Any:
    """What comes of it, as text without an order that nobody asked for; or its error's kind."""
    names = {name: getattr(models, name) for name in ("Q", "F", "Count", "Sum", "Prefetch")}
    try:
        value = eval(question, {"m": m, "FilteredRelation": models.FilteredRelation, **names})
        if hasattr(value, "query"):
            ordered = "order_by" in question or "Loud" in question
            value = list(value) if ordered else sorted(map(str, value))
    except Exception as error:
        return next(each.__name__ for each in type(error).__mro__ if "Related" not in each.__name__)
    if isinstance(value, tuple) and isinstance(value[1], dict):  # what delete() gives
        value = (value[0], sorted(value[1].items()))
    return str(value)


@pytest.fixture(scope="module")
def django_answers():
    m = define(theirs)
    with theirs.tables_of(*m.tables):
        fill(m)
        lines = [line for line in (QUESTIONS + LAST).splitlines() if line]
        yield {line: answer(line, m, theirs) for line in lines}


def test_django_and_miniorm_give_one_answer(database, django_answers):
    with registry.isolated():
        m = define(ours)
        database.make_tables(*m.tables)
        fill(m)
        got = {line: answer(line, m, ours) for line in django_answers}
    different = {line: (got[line], django_answers[line]) for line in got}
    wrong = [f"{line}\n  {a}\n  {b}" for line, (a, b) in different.items() if a != b]
    assert not wrong, "ours, then Django's:\n" + "\n".join(wrong)
