"""Escaping: the functions that vouch for text and those that do not, beside Django's."""

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
    SafeData,
    SafeString,
    as_text,
    conditional_escape,
    escape,
    format_html,
    format_html_join,
    html_safe,
    mark_safe,
)
from templating.scripts import JSONEncoder, escapejs, json_script


@given(st.text())
def test_escape_is_django_s_for_any_text(text: str) -> None:
    assert escape(text) == django_html.escape(text)
    assert escapejs(text) == django_html.escapejs(text)
    assert conditional_escape(mark_safe(text)) == text
    assert escape(mark_safe(text)) == django_html.escape(text)


def test_safe_text_stays_safe_only_with_safe_text() -> None:
    safe = mark_safe("<b>")
    assert isinstance(safe + mark_safe("<i>"), SafeString)
    for unsafe in (safe + "<i>", "<i>" + safe, safe.upper(), safe[:1], safe * 2, f"{safe}<"):
        assert not isinstance(unsafe, SafeData)
    assert mark_safe(safe) is safe
    assert str(safe) is safe
    assert isinstance(mark_safe(5), SafeString)


def test_mark_safe_decorates_a_function() -> None:
    @mark_safe
    def bold(text: str) -> str:
        """Doc."""
        return f"<b>{text}</b>"

    assert isinstance(bold("x"), SafeString)
    assert bold.__doc__ == "Doc."


def test_whatever_has_html_is_safe_on_either_side() -> None:
    assert conditional_escape(django_safestring.mark_safe("<b>")) == "<b>"
    assert django_html.conditional_escape(mark_safe("<b>")) == "<b>"
    assert as_text("<b>") == "<b>"
    assert isinstance(as_text(django_safestring.mark_safe("<b>")), SafeString)
    assert not isinstance(as_text(5), SafeString)


def test_html_safe_vouches_for_a_class() -> None:
    @html_safe
    class Form:
        def __str__(self) -> str:
            return "<form>"

    assert conditional_escape(Form()) == "<form>"
    assert isinstance(str(Form()), SafeString)
    for kind in (type("A", (), {}), Form):
        with pytest.raises(ValueError, match="own __str__"):
            html_safe(kind)


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


def test_format_html_without_arguments_is_refused() -> None:
    with pytest.raises(TypeError, match="mark_safe"):
        format_html("<b>name</b>")


def test_format_html_join_takes_rows_and_mappings() -> None:
    rows = [("<1>", 2), (mark_safe("<3>"), 4)]
    made = format_html_join("\n<", "<li>{} {}</li>", rows)
    assert made == "<li>&lt;1&gt; 2</li>\n&lt;<li><3> 4</li>"
    assert made == django_html.format_html_join("\n<", "<li>{} {}</li>", rows)
    assert format_html_join(mark_safe("<br>"), "{a}", [{"a": "<"}, {"a": 1}]) == "&lt;<br>1"
    assert isinstance(format_html_join("", "{}", []), SafeString)


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


def test_json_refuses_what_it_has_no_form_for() -> None:
    for value in (object(), datetime.time(1, tzinfo=datetime.UTC), {1, 2}):
        with pytest.raises((TypeError, ValueError)):
            json_script(value)

    class Plain(json.JSONEncoder):
        def default(self, o: Any) -> Any:
            return "<plain>"

    assert "\\u003Cplain\\u003E" in json_script({1}, encoder=Plain)
