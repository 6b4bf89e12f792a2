"""JSON: one answer on both databases, that of Django on PostgreSQL."""

import subprocess
import sys

import pytest

from miniorm import models, registry
from miniorm.errors import DataError, NotSupportedError
from miniorm.fields.json import KT, KeyTextTransform, KeyTransform
from miniorm.migrations.serializer import text_of


@pytest.fixture(autouse=True)
def _isolated():
    with registry.isolated():
        yield


class Document(models.Model):
    data = models.JSONField(null=True)

    class Meta:
        app_label = "library"


# The keys of the rows are their places from 0.
DOCUMENTS = [
    None, {"a": 1}, {"a": 1.0, "b": {"c": [1, 2, {"d": "x"}]}}, {"a": "1"}, {"a": None},
    {"a": True}, [1, 2, "k"], "k", [], {"b": 1, "a": {"yy": 1, "x": 2}}, {}, {"0": "z"},
]  # fmt: skip

# Lookups with the rows that filter() finds and those that exclude() finds. As in Django, a row
# without the key is in neither, nor, for a comparison of text, one that has null under it.
CASES = [
    ({"a": 1}, [1, 2], [0, 3, 4, 5, 9]),
    ({"a": "1"}, [3], [0, 1, 2, 4, 5, 9]),
    ({"a": None}, [4], [1, 2, 3, 5, 9]),
    ({"a": {"x": 2, "yy": 1}}, [9], [0, 1, 2, 3, 4, 5]),
    ({"a__isnull": True}, [0, 6, 7, 8, 10, 11], [1, 2, 3, 4, 5, 9]),
    ({"b__c__2__d": "x"}, [2], [0]),
    ({"b__c__0__gte": 1}, [2], [0]),
    ({"a__gt": 0}, [1, 2, 5, 9], [0, 3, 4]),
    ({"a__lt": True}, [1, 2, 3, 4], [0, 5, 9]),
    ({"a__range": (0, 2)}, [1, 2], [0, 3, 4, 5, 9]),
    ({"a__in": [1, "1", {"x": 2, "yy": 1}]}, [1, 2, 3, 9], [0, 4, 5]),
    ({"exact": {"a": {"x": 2, "yy": 1}, "b": 1}}, [9], [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11]),
    ({"exact": None}, [], [*range(1, 12)]),
    ({"isnull": True}, [0], [*range(1, 12)]),
    ({"lt": "zz"}, [7, 8], [0, 1, 2, 3, 4, 5, 6, 9, 10, 11]),
    ({"has_key": "a"}, [1, 2, 3, 4, 5, 9], [0, 6, 7, 8, 10, 11]),
    ({"has_key": "k"}, [6, 7], [0, 1, 2, 3, 4, 5, 8, 9, 10, 11]),
    ({"has_keys": ["a", "b"]}, [2, 9], [0, 1, 3, 4, 5, 6, 7, 8, 10, 11]),
    ({"has_keys": []}, [*range(1, 12)], [0]),
    ({"has_any_keys": [0, "b"]}, [2, 9, 11], [0, 1, 3, 4, 5, 6, 7, 8, 10]),
    ({"has_any_keys": []}, [], [*range(12)]),
    ({"0": 1}, [6], [0, 11]),
    ({"0": "z"}, [11], [0, 6]),
    ({"-1": "k"}, [6], [0]),
    ({"a__icontains": "1"}, [1, 2, 3, 9], [0, 5]),
    ({"b__c__2__d__startswith": "x"}, [2], [0]),
    ({"a__regex": "^1$"}, [1, 3], [0, 2, 5, 9]),
    ({"a__iexact": "TRUE"}, [5], [0, 1, 2, 3, 9]),
]


@pytest.fixture
def documents(database):
    database.make_tables(Document)
    Document.objects.bulk_create(Document(pk=i, data=data) for i, data in enumerate(DOCUMENTS))
    return Document.objects.order_by("pk")


def test_a_lookup_goes_into_the_document(documents):
    wrong = []
    for lookups, inside, outside in CASES:
        named = {f"data__{name}": value for name, value in lookups.items()}
        for found, expected in ((documents.filter(**named), inside),
                                (documents.exclude(**named), outside)):  # fmt: skip
            rows = list(found.values_list("pk", flat=True))
            if rows != expected:
                wrong.append((lookups, rows, expected))
    assert wrong == []


def test_what_is_under_a_key_is_a_value_and_orders_as_one(documents):
    found = documents.filter(data__has_key="a").order_by("data__a", "pk")
    assert list(found.values_list("data__a", flat=True)) == [
        None, "1", 1, 1.0, True, {"x": 2, "yy": 1}
    ]  # fmt: skip
    text = documents.annotate(text=KT("data__a")).filter(text__isnull=False)
    assert list(text.values_list("text", flat=True)) == [
        "1", "1.0", "1", "true", '{"x": 2, "yy": 1}'
    ]  # fmt: skip
    assert documents.filter(data__a=models.F("data__b__c__0")).get().pk == 2
    assert documents.annotate(key=KeyTransform("c", KeyTransform("b", "data"))).get(
        key__isnull=False
    ).key == [1, 2, {"d": "x"}]


def test_the_order_of_documents_is_postgresqls(database):
    database.make_tables(Document)
    ordered = [[], None, "a", "b", -1, 0.5, 2, False, True, [3], [1, 2], [1, 3], {"z": 1},
               {"z": 2}, {"a": 1, "b": 1}, {"a": 1, "bb": 0}]  # fmt: skip
    for each in ordered:
        Document.objects.create(data=models.Value(each, models.JSONField()))
    for place, each in enumerate(ordered[2:], 2):
        assert Document.objects.filter(data__lt=each).count() == place, each
        assert Document.objects.filter(data__gte=each).count() == len(ordered) - place


def test_none_is_null_when_saved_and_jsons_null_when_asked_for(database):
    database.make_tables(Document)
    Document.objects.create(data=None)
    null = Document.objects.create(data=models.Value(None, models.JSONField()))
    assert Document.objects.get(data=None) == null
    assert Document.objects.get(data__isnull=False) == null
    null.refresh_from_db()
    assert null.data is None


def test_containment_is_postgresqls_alone(documents, database):
    cases = [("contains", {"a": 1}, [1, 2]), ("contained_by", {"a": 1, "z": 2}, [1, 10])]
    for lookup, value, expected in cases:
        found = documents.filter(**{f"data__{lookup}": value}).values_list("pk", flat=True)
        if database.connection.features.supports_json_field_contains:
            assert list(found) == expected
        else:
            with pytest.raises(NotSupportedError, match=f"{lookup} lookup is not supported"):
                list(found)


@pytest.mark.parametrize("key", ["a'b", 'a"b', "a]b", "a%sb", "%", "a\\b", "{a,b}", "'); --"])
def test_a_key_is_never_sql(documents, key):
    Document.objects.create(pk=99, data={key: {"inner": 1}})
    assert documents.get(**{f"data__{key}__inner": 1}).pk == 99
    assert documents.get(data__has_key=key).pk == 99
    assert documents.order_by(f"data__{key}").first().pk == 99
    assert list(documents.filter(pk=99).values_list(f"data__{key}", flat=True)) == [{"inner": 1}]


def test_what_json_cannot_hold_is_refused_on_both(database):
    database.make_tables(Document)
    for value, error in (({"a": "b\0"}, DataError), (float("nan"), ValueError), ({1}, TypeError)):
        with pytest.raises(error):
            Document.objects.create(data=value)
    kept = Document.objects.create(data="a\\u0000")
    assert Document.objects.get(pk=kept.pk).data == "a\\u0000"


def test_a_transform_is_written_into_a_migration():
    written = text_of(models.Index(KeyTextTransform("b", KeyTransform("a", "data")), name="i"))
    assert 'KeyTextTransform("b", miniorm.fields.json.KeyTransform("a", "data"))' in written


def test_an_index_may_look_into_a_document(database):
    class Indexed(models.Model):
        data = models.JSONField()

        class Meta:
            app_label = "library"
            indexes = [models.Index(KeyTextTransform("a", "data"), name="data_a")]

    database.make_tables(Indexed)
    Indexed.objects.create(data={"a": "x"})
    assert Indexed.objects.get(data__a="x")


def test_the_lookups_are_there_for_a_programs_first_query():
    program = """
from miniorm import connect, models
from miniorm.schema import create_tables

class Document(models.Model):
    data = models.JSONField(null=True)

    class Meta:
        app_label = "library"

connect("sqlite:///:memory:")
create_tables([Document])
for data in (None, models.Value(None, models.JSONField()), {"b": 1}):
    Document.objects.create(data=data)
print([each.pk for each in Document.objects.filter(data=None)])
print([each.pk for each in Document.objects.filter(data__has_key="b")])
"""
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (result.stdout, result.stderr) == ("[2]\n[3]\n", "")


def test_rows_are_grouped_by_what_is_under_a_key(database):
    database.make_tables(Document)
    for data in ({"a": 1}, {"a": 2}, {"a": 1}, {}):
        Document.objects.create(data=data)
    groups = Document.objects.values("data__a").annotate(n=models.Count("pk"))
    assert sorted(groups.values_list("n", flat=True)) == [1, 1, 2]
