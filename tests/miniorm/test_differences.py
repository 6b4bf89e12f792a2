"""What the two databases answer differently: a table, and both of them asked.

What miniorm makes one answer of is tested wherever it is done. This is the rest, and nothing
else: a `feature` is what a program can ask before it relies on one of the answers.
"""

from dataclasses import fields
from typing import Any, NamedTuple

import pytest

from miniorm import models
from miniorm.backends.operations import Features
from miniorm.backends.postgresql import FEATURES as POSTGRESQL
from miniorm.backends.sqlite3 import FEATURES as SQLITE
from miniorm.errors import DatabaseError, DataError, Error, OperationalError, ProgrammingError


class Word(models.Model):
    text = models.TextField()

    class Meta:
        app_label = "differences"


class Difference(NamedTuple):
    feature: str  # "" where there is nothing to ask before: catch DatabaseError
    asked: str  # SQL, or what a regex is looked for in
    sqlite: Any  # the answer, or the error
    postgresql: Any


# fmt: off
DIFFERENCES = [
    Difference("division_by_zero_is_null", "SELECT 1 / 0", None, DataError),
    Difference("has_exact_decimals", "SELECT 0.1 + 0.2 = 0.3", False, True),
    Difference("supports_nan", "SELECT CAST('NaN' AS float) > 1", False, True),
    Difference("integers_overflow_to_float", "SELECT 9223372036854775807 + 1", 2.0**63, DataError),
    Difference("collates_by_locale", "SELECT 'a' = 'A' COLLATE nocase", True, ProgrammingError),
    Difference("collates_by_locale", "SELECT 'B' < 'a' COLLATE \"C\"", OperationalError, True),
    Difference("can_distinct_on_fields", "SELECT DISTINCT ON (1) 1", OperationalError, 1),
    Difference("supports_json_field_contains", "SELECT '1' @> '1'::jsonb", OperationalError, True),
    Difference("has_select_for_update", "SELECT 1 FOR UPDATE", OperationalError, 1),
    Difference("", "SELECT 1 FROM nowhere", OperationalError, ProgrammingError),
    Difference("", "SELECT nothing", OperationalError, ProgrammingError),
    Difference("", "SELEKT 1", OperationalError, ProgrammingError),
    Difference("has_python_regex", r"tea for two ~ \bfor\b", True, False),
    Difference("has_python_regex", r"tea for two ~ \yfor\y", Error, True),
    Difference("has_python_regex", r"tea for 2 ~ [[:digit:]]", False, True),
]

# What both take, and find the same with.
COMMON_REGEX = {
    r"tea for two ~ ^tea": True,
    r"tea for two ~ two$": True,
    r"tea for two ~ ^two": False,
    r"tea for two ~ t.a": True,
    r"tea for two ~ [a-f]or": True,
    r"tea for two ~ [^f]or": False,
    r"tea for two ~ (coffee|tea) for": True,
    r"tea for two ~ (?:coffee|juice) for": False,
    r"tea for 2 ~ \d": True,
    r"tea for two ~ \d": False,
    r"tea for two ~ \w+\s\w+\s\w+": True,
    r"tea for two ~ te{1,2}a": True,
    r"tea for two ~ te{2,}a": False,
    r"tea for two ~ t.*?o": True,
    r"tea for two ~ for(?= two)": True,
    r"tea for two ~ for(?! two)": False,
    r"tea for tea ~ (tea) for \1": True,
    r"tea for two ~ \.": False,
    "tea\nfor two ~ a.f": True,
}
# fmt: on
FEATURES = {each.feature for each in DIFFERENCES if each.feature}


def answer(connection, asked):
    text, is_regex, pattern = asked.partition(" ~ ")
    if is_regex:
        Word.objects.create(text=text)
        return Word.objects.filter(text__regex=pattern).exists()
    (value,) = connection.execute(asked, None).fetchone()
    return value


@pytest.mark.filterwarnings("ignore:Possible nested set:FutureWarning")
def test_what_stays_different_is_as_the_table_says(database):
    database.make_tables(Word)
    for each in DIFFERENCES:
        expected = getattr(each, database.vendor)
        if isinstance(expected, type):
            with pytest.raises(expected) as raised:
                answer(database.connection, each.asked)
            assert isinstance(raised.value, DatabaseError) or each.feature
        else:
            assert answer(database.connection, each.asked) == expected, each
        Word.objects.all().delete()


def test_a_feature_says_which(database):
    features = {"sqlite": SQLITE, "postgresql": POSTGRESQL}[database.vendor]
    assert database.connection.features is features
    assert {each.name for each in fields(Features)} >= FEATURES


def test_the_table_has_every_feature_that_is_an_answer():
    # The others tell how tables are made and drivers spoken to, and change no answer.
    inner = {"minimum_version", "max_query_params", "foreign_keys_inline"}
    inner |= {"supports_comments", "supports_virtual_generated_columns"}
    inner |= {f"has_native_{kind}_field" for kind in ("uuid", "duration", "json")}
    names = {each.name for each in fields(Features)} - inner
    differ = {name for name in names if getattr(SQLITE, name) != getattr(POSTGRESQL, name)}
    assert differ == FEATURES


def test_the_common_regular_expressions_find_the_same_on_both(database):
    database.make_tables(Word)
    for asked, expected in COMMON_REGEX.items():
        assert answer(database.connection, asked) is expected, asked
        Word.objects.all().delete()
