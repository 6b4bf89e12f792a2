"""Expressions in a migration: what is written gives an equal one."""

import pytest

import miniorm.datelookups
import miniorm.expressions
import miniorm.functions
from miniorm import models
from miniorm.functions import (
    Cast,
    Coalesce,
    Collate,
    Extract,
    JSONObject,
    Left,
    Lower,
    Round,
    Substr,
    TruncMonth,
)
from miniorm.migrations import serializer
from miniorm.models import Case, ExpressionWrapper, F, Func, IntegerField, OrderBy, Q, Value, When


@pytest.mark.parametrize(
    "expression",
    [
        F("a"),
        Value(1),
        F("a") + 1,
        F("a") ** 2,
        F("a").bitand(2),
        -F("a") % 3,
        Lower("a"),
        Lower(F("a")),
        Func(F("a"), Value("x"), function="REPLACE", template="%(function)s(%(expressions)s)"),
        Case(When(a=1, then=Value(2)), default=Value(3), output_field=IntegerField()),
        Cast("a", IntegerField()),
        Coalesce("a", Value(0)),
        Collate("a", "C"),
        Round("a", precision=2),
        Substr("a", 1, 2),
        Left("a", 3),
        Extract("d", "year"),
        TruncMonth("d"),
        JSONObject(a="x", b=Value(1)),
        F("a").desc(nulls_last=True),
        OrderBy(F("a")),
        ExpressionWrapper(F("a") * 2, output_field=IntegerField()),
        ExpressionWrapper(Q(a=F("b")), output_field=IntegerField()),
    ],
    ids=str,
)
def test_what_is_written_gives_an_equal_expression(expression):
    text = serializer.Serializer().node(expression).flat()
    again = eval(text, {"models": models, "miniorm": miniorm})
    assert type(again) is type(expression)
    assert repr(again) == repr(expression)
    assert serializer.Serializer().node(again).flat() == text
