"""QuerySet methods, expressions and lookups: the same questions for miniorm and for the real Django.

What Django answers on SQLite, miniorm answers on both of its databases; where Django's SQLite has
another answer than PostgreSQL, the line says which is right.
"""

import datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from miniorm import functions, registry
from miniorm import models as ours
from tests.miniorm.djangodb import django_models

theirs = django_models()
UTC = datetime.UTC


def define(models: Any) -> SimpleNamespace:
    class Author(models.Model):
        name = models.CharField(max_length=20, unique=True)
        born = models.DateField(null=True)

        class Meta:
            app_label = "asked"

        def __str__(self):
            return self.name

    class Book(models.Model):
        author = models.ForeignKey(Author, models.CASCADE)
        editor = models.ForeignKey(Author, models.SET_NULL, null=True, related_name="edited")
        title = models.CharField(max_length=20)
        pages = models.IntegerField(null=True)
        price = models.DecimalField(max_digits=6, decimal_places=2, default=1)
        out = models.DateTimeField(null=True)
        loan = models.DurationField(null=True)
        good = models.BooleanField(default=True)

        class Meta:
            app_label = "asked"
            get_latest_by = "out"

        def __str__(self):
            return self.title

    class Tag(models.Model):
        name = models.CharField(max_length=20)
        books = models.ManyToManyField(Book)

        class Meta:
            app_label = "asked"

        def __str__(self):
            return self.name

    return SimpleNamespace(Author=Author, Book=Book, Tag=Tag, tables=(Author, Book, Tag))


def fill(m: SimpleNamespace) -> None:
    ann, bob, eve = (
        m.Author.objects.create(name=name, born=born and datetime.date(born, 5, 3))
        for name, born in (("ann", 1950), ("bob", 1960), ("eve", None))
    )
    books = [
        ("a1", ann, bob, 100, "1.50", datetime.datetime(2023, 12, 31, 23, 30, tzinfo=UTC), 3),
        ("a2", ann, None, 200, "2.25", datetime.datetime(2024, 1, 1, 10, tzinfo=UTC), None),
        ("a3", ann, eve, None, "2.25", datetime.datetime(2024, 7, 14, 8, 5, 59, tzinfo=UTC), 14),
        ("b1", bob, ann, 50, "9.00", datetime.datetime(2024, 7, 14, 20, tzinfo=UTC), 7),
        ("b2", bob, bob, 100, "0.10", None, 1),
    ]
    for title, author, editor, pages, price, out, loan in books:
        m.Book.objects.create(
            title=title, author=author, editor=editor, pages=pages, price=Decimal(price), out=out,
            loan=loan and datetime.timedelta(days=loan), good=title != "b1",
        )  # fmt: skip
    for name, titles in (("x", "a1 a2 b1"), ("y", "a1"), ("z", "")):
        m.Tag.objects.create(name=name).books.set(m.Book.objects.filter(title__in=titles.split()))


# ruff: noqa: E501 (a question is one line)
QUESTIONS = """
# --- Case, Subquery, Exists
B.annotate(x=Case(When(pages__gt=100, then=Value("thick")), When(pages=None, then=Value("?")), default="title")).values_list("title", "x")
B.order_by(Case(When(good=False, then=0), default=1), "-title").values_list("title", flat=True)
B.filter(Case(When(pages=50, then=True), default=False, output_field=BooleanField()))
B.aggregate(n=Sum(Case(When(good=True, then=1), default=0)))
B.update(pages=Case(When(title="a1", then=F("pages") + 1), default="pages")), B.get(title="a1").pages
When(Q(), then=1)
When("x", then=1)
Case("x")
B.annotate(x=Case(When(~Q(author__name="ann"), then=Value(1)), default=Value(2))).values_list("title", "x")
A.annotate(x=Count("book", filter=~Q(book__pages__gt=60))).values_list("name", "x")
A.annotate(newest=Subquery(B.filter(author=OuterRef("pk")).order_by("-title").values("title")[:1])).values_list("name", "newest")
A.filter(Exists(B.filter(author=OuterRef("pk"), pages__gt=100)))
A.filter(~Exists(B.filter(author=OuterRef("pk"))))
A.exclude(Exists(B.filter(author=OuterRef("pk"), pages__gt=100)))
A.filter(Exists(B.filter(author=OuterRef("pk"))) & Q(name__gt="a"))
A.filter(Exists(B.filter(author=OuterRef("pk"))) | Exists(B.filter(editor=OuterRef("pk"))))
A.filter(Q(name="eve") | Exists(B.filter(author=OuterRef("pk"), pages=50)))
A.annotate(x=Exists(B.filter(author=OuterRef("pk")))).filter(x=False)
A.annotate(x=Subquery(B.filter(author=OuterRef("pk")).values("author").annotate(n=Count("pk")).values("n"))).values_list("name", "x")
A.annotate(x=Coalesce(Subquery(B.filter(author=OuterRef("pk")).values("author").annotate(n=Sum("pages")).values("n")), 0)).filter(x__gt=100).values_list("name", "x")
B.filter(pages=Subquery(B.filter(author=OuterRef("author")).order_by("-pages").exclude(pages=None).values("pages")[:1]))
B.filter(pages__gt=Subquery(B.filter(title=OuterRef("title")).values("pages")) * 1)
B.filter(author__in=A.filter(edited__pk=OuterRef("pk")))
B.exclude(author__in=A.filter(edited__pk=OuterRef("pk")))
A.filter(Exists(B.filter(author=OuterRef("pk")).filter(Exists(T.filter(books=OuterRef("pk"), name=OuterRef(OuterRef("name")))))))
A.filter(Exists(B.filter(Exists(T.filter(books=OuterRef("pk"))), author__name=OuterRef("name"))))
A.filter(Exists(B.exclude(tag__name=OuterRef("name")).filter(author=OuterRef("pk"))))
A.exclude(book__title__in=B.filter(author__name=OuterRef("name")).values("title"))
T.annotate(n=Count("books"), x=Exists(B.filter(tag=OuterRef("pk"), pages=50))).values_list("name", "n", "x")
B.values("author__name").annotate(x=Subquery(A.filter(pk=OuterRef("author")).values("name"))).order_by("title")
list(B.filter(author=OuterRef("pk")))
B.filter(author=A.filter(name="ann")[:1])
B.filter(author=A.filter(name="ann"))
B.filter(pages__in=B.values("pages", "title"))
B.annotate(x=OuterRef("pk"))
A.filter(Exists(B.none()))
A.filter(~Exists(B.none()))
A.annotate(x=Subquery(B.none().values("title"))).values_list("x", flat=True)
B.filter(F("pages"))
B.filter(Count("pk"))
B.annotate(x=3)
# --- windows
B.annotate(n=Window(Count("*"), partition_by="author")).order_by("title").values_list("title", "n")
B.annotate(n=Window(Sum("pages"), partition_by=[F("author")], order_by="title")).order_by("title").values_list("title", "n")
B.annotate(n=Window(Sum("pages"), order_by=F("title").asc(), frame=RowRange(start=-1, end=1))).order_by("title").values_list("title", "n")
B.annotate(n=Window(Max("price"), order_by=["title"], frame=RowRange(start=None, end=0))).order_by("title").values_list("title", "n")
B.annotate(n=Window(Sum("pages"), order_by="title", frame=ValueRange())).order_by("title").values_list("title", "n")
B.annotate(n=Window(Count("pk"), order_by="title", frame=RowRange(start=None, end=None, exclusion=WindowFrameExclusion.CURRENT_ROW))).order_by("title").values_list("title", "n")
B.annotate(n=Window(RowNumber(), partition_by="author", order_by="-title")).filter(n=1).order_by("title")
B.annotate(n=Window(RowNumber(), order_by="title")).filter(n__lte=2, pages__lt=200).order_by("title")
B.annotate(n=Window(RowNumber(), partition_by="author", order_by="-title")).filter(n=1).count()
B.annotate(n=Window(RowNumber(), partition_by="author", order_by="-title")).filter(Q(n=1) | Q(title="a1"), good=True).order_by("-title")[:2]
B.annotate(n=Window(Rank(), order_by="price")).filter(n__lte=2).values_list("title", flat=True).order_by("title")
B.annotate(n=Window(Rank(), order_by="price")).exclude(n__lte=2).values_list("title", flat=True).order_by("title")
B.annotate(n=Window(Rank(), order_by="price")).filter(n__lte=2).exists()
B.annotate(n=Window(Rank(), order_by="price")).aggregate(m=Max("n"))
B.values("author__name").annotate(s=Sum("pages"), r=Window(Rank(), order_by=Sum("pages").desc())).order_by("author__name")
A.filter(book__in=B.annotate(n=Window(RowNumber(), order_by="title")).filter(n=1))
B.annotate(n=Window(RowNumber(), partition_by="author", order_by="title")).filter(n=2).select_related("author").order_by("title")[0].author.name
Window(F("x"))
Window(Lower("title"))
# --- F, operators, dates
B.annotate(x=F("title")[0]).values_list("x", flat=True)
B.annotate(x=F("title")[1:]).filter(x="1")
B.annotate(x=F("title")[:1]).filter(x="b").update(title=F("title")[:1])
F("title")[-1]
F("title")[::2]
B.annotate(x=F("pages") ** 2).values_list("x", flat=True).order_by("title")
B.annotate(x=F("pages") % 30, y=-F("pages"), z=2 ** F("pk")).order_by("title").values_list("x", "y")
B.annotate(x=F("pages").bitand(6), y=F("pages").bitor(1), z=F("pages").bitxor(7)).order_by("title").values_list("x", "y", "z")
B.annotate(x=F("pages").bitleftshift(1), y=F("pages").bitrightshift(2)).order_by("title").values_list("x", "y")
F("a") & F("b")
B.annotate(x=F("price") * 2).order_by("title").values_list("x", flat=True)
B.annotate(x=ExpressionWrapper(F("price") * F("pages"), output_field=FloatField())).order_by("title").values_list("x", flat=True)
B.annotate(x=F("out") + F("loan")).order_by("title").values_list("x", flat=True)
B.annotate(x=F("out") - datetime.timedelta(days=1)).order_by("title").values_list("x", flat=True)
B.annotate(x=F("out") - F("out")).order_by("title").values_list("x", flat=True)
B.filter(out__gt=Value(datetime.datetime(2024, 7, 14, 12, tzinfo=UTC)) - F("loan") / 2)  -> ['<a3>', '<b1>']
A.annotate(x=F("born") - datetime.date(1950, 5, 1)).order_by("name").values_list("x", flat=True)
B.annotate(x=F("loan") + F("loan")).order_by("title").values_list("x", flat=True)
B.aggregate(a=Sum("loan"), b=Avg("loan"), c=Max("loan"))
B.annotate(x=~F("good")).values_list("title", "x")
B.annotate(x=ExpressionWrapper(Q(pages__gt=100), output_field=BooleanField())).values_list("title", "x")
B.annotate(x=Q(pages__gt=60)).filter(x=True)
B.annotate(x=RawSQL("pages + %s", [1])).order_by("title").values_list("x", flat=True)
B.filter(pk__in=RawSQL("SELECT MIN(id) FROM asked_book WHERE pages > %s", [60]))
B.order_by(RawSQL("pages * %s", [-1]).asc(nulls_first=True), "title")
B.annotate(x=Func(F("title"), Value("z"), function="REPLACE", template="%(function)s(%(expressions)s, '1')", output_field=CharField())).order_by("title").values_list("x", flat=True)
B.order_by(F("pages").desc(nulls_last=True), Lower("title").desc()).values_list("title", flat=True)
B.order_by(F("pages").asc(nulls_first=True), "title").reverse().values_list("title", flat=True)
F("x").asc(nulls_first=True, nulls_last=True)
# --- aggregates
B.aggregate(a=Count("pages", distinct=True), b=Sum("pages", distinct=True), c=Avg("pages", distinct=True))
B.aggregate(a=Avg("price"), b=Sum("price"), c=Min("price"))                           -> {'a': '3.02', 'b': '15.1', 'c': '0.1'}
B.filter(pages=1).aggregate(a=Sum("pages", default=0), b=Count("pk"), c=Max("pages", default=Value(1)))
B.none().aggregate(a=Sum("pages", default=5), b=Count("pk"), c=Max("pages"))
B.none().aggregate(a=Coalesce(Max("pages"), 3), b=Coalesce(Max("pages"), Min("pages")))
B.filter(title__in=["a1", "a2"]).aggregate(a=Avg("price"), b=Sum(F("price") * F("price")))
str(B.aggregate(x=Sum("price"))["x"])                                                  -> 15.10
B.annotate(x=F("price") * Decimal("0.333")).values_list("title", "x")
B.values("author__name").annotate(pages=Sum("pages")).order_by("-pages").values_list("author__name", "pages")
B.values("author__name").annotate(pages=Sum("pages")).filter(pages__gt=200).count()
B.values("pages").annotate(pages=Sum("pages"))
B.aggregate(a=Sum("pages"), b=Sum("pages") * 2)
A.annotate(n=Count("book")).aggregate(Count("book"))
A.annotate(n=Count("book")).aggregate(a=Sum("book__pages"), b=Max("n"), c=Count("book") * 2)
A.values("name").annotate(n=Count("book")).aggregate(a=Count("born"), b=Sum("n"))
A.distinct().aggregate(a=Sum("book__pages"))
A.order_by("name")[:2].aggregate(a=Count("born"), b=Max("name"))
B.aggregate(a=Max("pages", filter=Q(good=False)))
B.aggregate(Max("pages"))
Max("pages", distinct=True)
Count("pages", default=1)
B.aggregate(a=F("pages"))
B.aggregate(F("pages"))
A.annotate(n=Count("book")).aggregate(Avg("n"), Max("n"))
B[:2].aggregate(s=Count("pk"))
B.order_by("title")[1:3].aggregate(s=Sum("pages"))
B.values("author").distinct().count(), B.values("author__name").distinct().aggregate(n=Count("author__name"))
B.annotate(x=Lower("title")).filter(x="a1").count()
B.values("pages").annotate(n=Count("pk")).filter(n__gt=1)
B.annotate(y=ExtractYear("out")).values("y").annotate(n=Count("pk")).order_by("y")  -> [{'y': 2023, 'n': 1}, {'y': 2024, 'n': 3}, {'y': None, 'n': 1}]
B.values(letter=F("title")[:1]).annotate(n=Count("pk")).order_by("letter")
B.values(letter=Lower("author__name")).annotate(n=Count("pk"), m=Max("pages")).order_by("letter")
A.annotate(n=Count("book")).order_by("-n", "name").values_list("name", "n")
A.annotate(n=Count("book") + Count("edited", distinct=True)).order_by("name").values_list("name", "n")
A.annotate(n=Count("book")).filter(n__gt=F("id")).order_by("name")
# --- methods that give querysets
B.alias(x=F("pages") + 1).filter(x=51).values()[0].keys()
B.alias(x=F("pages") + 1).annotate(x=F("x")).order_by("title").values_list("title", "x")
B.alias(x=F("pages") + 1).values("x")
B.alias(x=F("pages")).order_by("-x", "title").values_list("title", flat=True)  -> ['a3', 'a2', 'a1', 'b2', 'b1']
B.values_list("title", "author__name", named=True).order_by("title")[0]
B.values_list("title", "pages", named=True, flat=True)
B.values_list(Lower("author__name"), "title").order_by("title")
B.values("title", up=Upper("title")).order_by("title")[0]
B.order_by("title").values_list("title", "out__year", "pages")
B.filter(pages=100).union(B.filter(good=False)).order_by("title")
B.filter(pages=100).union(B.filter(pages=100), all=True).count()
B.filter(pages=100).union(B.filter(good=False), B.filter(title="a3")).order_by("-title")[1:3]
B.values_list("pages").union(B.values_list("pages")).order_by("pages")  -> [(50,), (100,), (200,), (None,)]
B.values_list("title", flat=True).union(A.values_list("name", flat=True)).order_by("title")
B.filter(good=True).intersection(B.filter(pages=100)).order_by("title")
B.difference(B.filter(good=True)).order_by("title")
B.difference(B.filter(good=True)).exists(), B.none().union(B.none()).exists()
B.filter(pages=100).union(B.filter(good=False)).values("title").order_by("title")
B.filter(pages=100).union(B.filter(good=False)).filter(pages=1)
B.filter(pages=100).union(B.filter(good=False)).delete()
B.filter(pages=100).union(B.filter(good=False)).annotate(x=F("pages"))
B.annotate(x=Value(1)).union(B.annotate(x=Value(2))).order_by("title", "x").values_list("title", "x")
A.filter(book__in=B.filter(pages=100).union(B.filter(good=False)).values("pk"))
B.filter(title="a1").union(B.filter(title="a1")).get().title
list(B.dates("out", "year")), list(B.dates("out", "month", order="DESC")), list(B.dates("out", "week")), list(B.dates("out", "day"))
list(B.datetimes("out", "hour")), list(B.datetimes("out", "minute", order="DESC")), list(B.filter(pages=50).datetimes("out", "second"))
B.dates("out", "hour")
B.datetimes("out", "eon")
B.dates("out", "year", order="x")
B.dates("title", "year")
B.defer("pages").order_by("title")[0].get_deferred_fields()
sorted(B.only("title").order_by("title")[0].get_deferred_fields())
B.only("title").order_by("title")[0].pages
sorted(B.only("title").defer("title").first().get_deferred_fields()), B.defer("title").only("title", "pages").order_by("pk")[0].title
sorted(B.defer("title").defer(None).first().get_deferred_fields())
B.select_related("author").only("title", "author__name").order_by("title")[0].author.get_deferred_fields()
B.select_related("author").defer("author__born").order_by("title")[0].author.born
B.select_related("author").only("title")[0]
B.only(None)
B.values("title").only("title")
setattr_and_save(B.only("title").get(title="a2"), title="a9"), B.get(title="a9").pages
setattr_and_save(B.defer("title").get(title="a2"), pages=7), B.get(pages=7).title
B.filter(pages=100) | B.filter(good=False)
B.filter(pages=100) & B.filter(author__name="ann")
B.filter(pages=100) ^ B.filter(author__name="ann")
B.filter(pages__gt=60) ^ B.filter(title__startswith="a")
A.filter(book__pages=100) | A.filter(book__pages=50)
A.filter(book__pages=100) & A.filter(book__pages=200)
B.order_by("title")[:2] | B.filter(title="b1")
B.filter(title="b1") | B.order_by("title")[:2]
B.order_by("title")[:2] & B.filter(title="b1")
B.filter(title="b1") | A.filter(name="ann")
B.filter(title="b1") ^ B.none(), B.none() | B.filter(title="b1")
B.distinct().values_list("pages", flat=True).order_by("pages")  -> [50, 100, 200, None]
B.distinct("title").order_by("title").aggregate(n=Count("pk"))
B.select_for_update().filter(title="a1")
B.select_for_update(nowait=True, skip_locked=True)
B.complex_filter({"title": "a1"}), B.complex_filter(Q(title="a2"))
B.filter(title__in=[F("title"), "x"]).count(), B.filter(pages__range=(F("pages"), 100)).count()
B.filter(pages__in=[F("author_id") * 50, 200])
B.filter(GreaterThan(F("pages"), 100)), B.filter(GreaterThan(F("pages"), F("author_id") * 99)).count()
B.annotate(x=LessThan(F("pages"), 100)).values_list("title", "x")
B.filter(Exact(Lower("title"), "a1") | Q(title="b1"))
# --- one answer
B.contains(B.get(title="a1")), B.filter(pages=1).contains(B.get(title="a1")), B.contains(A.get(name="ann"))
B.contains(m.Book(title="x"))
B.values("pk").contains(B.get(title="a1"))
B.exclude(out=None).earliest().title, B.exclude(out=None).latest().title, B.earliest("-price").title
B[:3].latest("title")
A.latest()
B.in_bulk(field_name="unknown")
B.in_bulk([1, 3]), B.in_bulk([]), len(B.in_bulk())
A.in_bulk(["ann"], field_name="name")
B.in_bulk(["a1"], field_name="title")
B[:2].in_bulk()
sorted(map(str, B.iterator(chunk_size=2))), [t.books.count() for t in T.prefetch_related("books").iterator(chunk_size=1)]
B.iterator(chunk_size=0)
T.prefetch_related("books").iterator()
B.first().title, B.last().title, B.order_by("-title").last().title, B.none().first()
B.filter(pages=100).explain() != ""
B.explain(format="x")
# --- prefetching slices
[(a.name, [b.title for b in a.book_set.all()]) for a in A.order_by("name").prefetch_related(Prefetch("book_set", B.order_by("-title")[:2]))]  -> [('ann', ['a3', 'a2']), ('bob', ['b2', 'b1']), ('eve', [])]
[(a.name, [b.title for b in a.some]) for a in A.order_by("name").prefetch_related(Prefetch("book_set", B.order_by("title")[1:3], to_attr="some"))]
[(t.name, [b.title for b in t.books.all()]) for t in T.order_by("name").prefetch_related(Prefetch("books", B.order_by("-title")[:1]))]  -> [('x', ['b1']), ('y', ['a1']), ('z', [])]
[(b.title, [t.name for t in b.some]) for b in B.order_by("title").prefetch_related(Prefetch("tag_set", T.order_by("-name")[:1], to_attr="some"))]
# --- raw
[(b.title, b.pages) for b in B.raw("SELECT * FROM asked_book WHERE pages = %s ORDER BY title", [100])]
[(b.title, b.twice, sorted(b.get_deferred_fields())) for b in B.raw("SELECT id, title, pages * 2 AS twice FROM asked_book ORDER BY title")]
[b.title for b in B.raw("SELECT id, name AS nom FROM asked_author WHERE id = 1", translations={"nom": "title"})]
list(B.raw("SELECT title FROM asked_book"))
B.raw("SELECT * FROM asked_book ORDER BY title")[0].title, len(list(B.raw("SELECT * FROM asked_book"))), B.raw("SELECT id, title FROM asked_book").columns
[b.price for b in B.raw("SELECT id, price FROM asked_book WHERE title = %(t)s", {"t": "a1"})]
# --- lookups
[[b.title for b in B.filter(**{f"out__{name}": value}).order_by("title")] for name, value in (("week", 28), ("week_day", 1), ("iso_week_day", 7), ("quarter", 3), ("iso_year", 2023), ("iso_year__gt", 2023), ("second", 59), ("second__lt", 5), ("time", datetime.time(10)), ("time__hour", 8), ("hour__in", [8, 20]), ("date", datetime.date(2024, 7, 14)), ("day__range", (1, 14)))]
[[a.name for a in A.filter(**{f"born__{name}": value})] for name, value in (("week", 18), ("week_day", 4), ("quarter", 2), ("year", 1950), ("iso_year", 1960), ("year__in", [1950, 1951]))]
B.filter(title__in=B.filter(pages=100).values("title"), good=True)
B.filter(author__isnull=False, editor__isnull=True), B.filter(editor__name__isnull=True)
B.filter(title__regex="^a[12]$"), B.filter(title__iregex="^A[12]$"), B.filter(title__iexact="A1"), B.filter(title__icontains="B")
B.filter(pages__gt=None)
B.filter(loan__gt=datetime.timedelta(days=5)), B.filter(loan=datetime.timedelta(days=3))
B.filter(price=Decimal("2.250")), B.filter(price__in=["2.25", 9])
# --- writing
[b.pk is None for b in A.bulk_create([m.Author(name="new"), m.Author(name="newer")])], A.count()
len(A.bulk_create([m.Author(name="ann"), m.Author(name="new")], ignore_conflicts=True)), A.count()
len(A.bulk_create([m.Author(name="ann", born=datetime.date(1, 2, 3)), m.Author(name="new")], update_conflicts=True, update_fields=["born"], unique_fields=["name"])), A.count(), A.get(name="ann").born
A.bulk_create([m.Author(name="ann")])
A.bulk_create([], ignore_conflicts=True, update_conflicts=True)
A.bulk_create([m.Author(name="ann")], update_conflicts=True)
A.bulk_create([m.Author(name="ann")], update_conflicts=True, update_fields=["born"])
A.bulk_create([m.Author(name="ann")], update_conflicts=True, update_fields=["id"], unique_fields=["name"])
bulk_updated(B, 2), B.order_by("title").values_list("title", "pages", "price", "out")
B.bulk_update([], ["title"]), B.bulk_update([m.Book(title="x")], ["title"])
B.bulk_update(B.all(), [])
B.bulk_update(B.all(), ["id"])
B.bulk_update(B.all(), ["tag"])
A.update_or_create(name="ann", defaults={"born": None}), A.get(name="ann").born
A.update_or_create(name="kim", defaults={"born": None}, create_defaults={"born": datetime.date(1990, 1, 1)})[1], A.get(name="kim").born
A.update_or_create(name="bob", defaults={"born": None}, create_defaults={"born": datetime.date(1990, 1, 1)})[1], A.get(name="bob").born
A.get_or_create(name="lou", defaults={"born": lambda: datetime.date(1990, 1, 1)})[0].born
B.filter(author__name="ann").update(pages=F("pages") + 1, editor=A.get(name="eve")), B.get(title="a1").pages
B.annotate(x=F("pages") * 2).update(pages=F("x")), B.get(title="b1").pages
B.update(pages=Subquery(A.filter(pk=OuterRef("author")).values("pk")[:1])), B.get(title="b1").pages
B.update(pages=F("author__id"))
B.update(pages=Count("tag"))
B.filter(tag__name="x").delete()
B.annotate(n=Count("tag")).filter(n=0).delete()
T.filter(name="x").delete()
A.filter(name="ann").delete()
"""
LINES = [line for line in QUESTIONS.splitlines() if line and not line.startswith("#")]
WRITES = ("bulk_", "_or_create", ".update(", ".delete(", "setattr")


def setattr_and_save(instance: Any, **values: Any) -> None:
    for name, value in values.items():
        setattr(instance, name, value)
    instance.save()


def bulk_updated(rows: Any, batch_size: int) -> int:
    books = list(rows.order_by("title"))
    for number, book in enumerate(books):
        book.pages, book.price, book.out = number, Decimal(number), None
        book.title += "!"
    books[0].pages = 1000 - type(books[0]).objects.count()
    return rows.bulk_update(books, ["pages", "price", "out", "title"], batch_size=batch_size)


def answer(question: str, m: SimpleNamespace, models: Any, place: Any) -> str:
    """What comes of it, as text without an order that nobody asked for; or its error's kind."""
    names = {name: getattr(place.functions, name) for name in functions.__all__}
    names |= {name: getattr(models, name) for name in ours.__all__ if hasattr(models, name)}
    names |= {name: getattr(place.lookups, name) for name in ("Exact", "GreaterThan", "LessThan")}
    names |= {
        "m": m, "A": m.Author.objects.all(), "B": m.Book.objects.all(), "T": m.Tag.objects.all(),
        "RawSQL": place.expressions.RawSQL, "datetime": datetime, "Decimal": Decimal, "UTC": UTC,
        "setattr_and_save": setattr_and_save, "bulk_updated": bulk_updated,
    }  # fmt: skip
    try:
        with place.transaction.atomic():
            value = plain(eval(question, names), "order_by" in question)
            text = str(value)
            if any(each in question for each in WRITES):
                raise Undo
        return text
    except Undo:
        return text
    except Exception as error:
        return type(error).__name__


class Undo(Exception):
    """What was written is not to stay."""


def plain(value: Any, ordered: bool) -> Any:
    if isinstance(value, float):
        return round(value, 6)
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(key): plain(each, ordered) for key, each in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return (type(value).__name__, value._fields, tuple(value))
    if isinstance(value, list | tuple):
        return type(value)(plain(each, ordered) for each in value)
    if hasattr(value, "_meta"):
        return f"<{value}>"
    if hasattr(value, "query") and hasattr(value, "filter"):
        rows = [plain(each, ordered) for each in value]
        return rows if ordered else sorted(map(str, rows))
    return value


@pytest.fixture(scope="module")
def django_answers():
    from django.db import transaction
    from django.db.models import expressions, functions, lookups
    from django.utils import timezone

    place = SimpleNamespace(
        transaction=transaction, functions=functions, lookups=lookups, expressions=expressions
    )
    m = define(theirs)
    with theirs.tables_of(*m.tables), timezone.override("UTC"):
        fill(m)
        found = {}
        for line in LINES:
            question, _, said = (part.strip() for part in line.partition("->"))
            found[question] = said or answer(question, m, theirs, place)
        return found


def test_django_and_miniorm_give_one_answer(database, django_answers):
    from miniorm import expressions, lookups, transaction

    place = SimpleNamespace(
        transaction=transaction, functions=functions, lookups=lookups, expressions=expressions
    )
    with registry.isolated():
        m = define(ours)
        database.make_tables(*m.tables)
        fill(m)
        got = {line: answer(line, m, ours, place) for line in django_answers}
    different = {line: (got[line], django_answers[line]) for line in got}
    wrong = [f"{line}\n  {a}\n  {b}" for line, (a, b) in different.items() if a != b]
    assert not wrong, "ours, then Django's:\n" + "\n".join(wrong)
