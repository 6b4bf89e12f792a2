"""Escaping and values inside of scripts: the same text as Django gives, for any."""

import datetime
import json
import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import html as django_html
from django.utils import safestring as django_safestring
from hypothesis import given
from hypothesis import strategies as st

from templating.safe import (
    SafeString,
    as_text,
    conditional_escape,
    escape,
    format_html,
    format_html_join,
    mark_safe,
)
from templating.scripts import JSONEncoder, escapejs, json_script


@given(st.text())
def test_escape_is_django_s_for_any_text(text: str) -> None:
    assert escape(text) == django_html.escape(text)
    assert escapejs(text) == django_html.escapejs(text)
    assert conditional_escape(mark_safe(text)) == text
    assert escape(mark_safe(text)) == django_html.escape(text)


def test_safe_strings_are_safe_on_either_side() -> None:
    assert conditional_escape(django_safestring.mark_safe("<b>")) == "<b>"
    assert django_html.conditional_escape(mark_safe("<b>")) == "<b>"
    assert isinstance(as_text(django_safestring.mark_safe("<b>")), SafeString)


CALLS: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
    ("<b>{}</b>{}", ("<x>", mark_safe("<y>")), {}),
    ("{a} {0:>4} {b!r}", ("&",), {"a": "'", "b": 1}),
    ("{} {{}} {}", (None, 5), {}),
]


@pytest.mark.parametrize(("form", "args", "kwargs"), CALLS)
def test_format_html_escapes_its_arguments(
    form: str, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    made = format_html(form, *args, **kwargs)
    assert isinstance(made, SafeString)
    assert made == django_html.format_html(form, *args, **kwargs)


def test_format_html_join_joins_as_django_s() -> None:
    rows = [("<1>", 2), (mark_safe("<3>"), 4)]
    made = format_html_join("\n<", "<li>{} {}</li>", rows)
    assert made == django_html.format_html_join("\n<", "<li>{} {}</li>", rows)


VALUES = [
    {"a": "</script><!-- & -->", "é": ["\u2028", None, True, 1.5]},
    datetime.datetime(2026, 1, 2, 3, 4, 5),
    datetime.datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=datetime.UTC),
    datetime.date(2026, 1, 2),
    datetime.time(3, 4, 5, 678901),
    datetime.timedelta(days=1, hours=2, milliseconds=5),
    datetime.timedelta(seconds=-1),
    [Decimal("1.50"), uuid.UUID(int=7)],
]


@pytest.mark.parametrize("value", VALUES, ids=str)
def test_json_script_is_django_s(value: Any) -> None:
    for element_id in (None, "", 'x"y'):
        assert json_script(value, element_id) == django_html.json_script(value, element_id)
    assert json.dumps(value, cls=JSONEncoder) == json.dumps(value, cls=DjangoJSONEncoder)
    assert "<" not in json_script(value).removeprefix("<script").removesuffix("</script>")
