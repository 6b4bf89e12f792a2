"""Escaping: the functions that vouch for text and those that do not."""

import datetime
import html
import json
from typing import Any

import pytest
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
from templating.scripts import json_script


class Markup(str):
    """A safe string of somebody else, whose `str()` forgets what it is."""

    __slots__ = ()

    def __html__(self) -> str:
        return f"{self}"


@given(st.text())
def test_escaped_are_the_five_characters_and_no_others(text: str) -> None:
    assert escape(text) == html.escape(text)
    assert conditional_escape(text) == escape(mark_safe(text)) == escape(text)
    assert conditional_escape(mark_safe(text)) == text


def test_whatever_has_html_is_safe() -> None:
    assert conditional_escape(Markup("<b>")) == "<b>"
    assert isinstance(as_text(Markup("<b>")), SafeString)
    assert as_text("<b>") == "<b>"
    assert not isinstance(as_text(5), SafeString)


def test_what_was_escaped_is_safe() -> None:
    for value in ("<b>", 5, None):
        assert isinstance(conditional_escape(value), SafeString)
    assert conditional_escape(conditional_escape("<b>")) == "&lt;b&gt;"


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


def test_format_html_escapes_its_arguments() -> None:
    made = format_html("<b>{}</b>{} {a:>4} {b!r}", "<x>", mark_safe("<y>"), a="&", b=1)
    assert made == "<b>&lt;x&gt;</b><y> &amp; '1'"
    assert isinstance(made, SafeString)
    assert format_html("{a}", a="<") == "&lt;"


def test_format_html_without_arguments_is_refused() -> None:
    with pytest.raises(TypeError, match="mark_safe"):
        format_html("<b>name</b>")


def test_format_html_join_takes_rows_and_mappings() -> None:
    rows = [("<1>", 2), (mark_safe("<3>"), 4)]
    made = format_html_join("\n<", "<li>{} {}</li>", rows)
    assert made == "<li>&lt;1&gt; 2</li>\n&lt;<li><3> 4</li>"
    assert format_html_join(mark_safe("<br>"), "{a}", [{"a": "<"}, {"a": 1}]) == "&lt;<br>1"
    assert isinstance(format_html_join("", "{}", []), SafeString)


def test_json_refuses_what_it_has_no_form_for() -> None:
    for value in (object(), datetime.time(1, tzinfo=datetime.UTC), {1, 2}):
        with pytest.raises((TypeError, ValueError)):
            json_script(value)

    class Plain(json.JSONEncoder):
        def default(self, o: Any) -> Any:
            return "<plain>"

    assert "\\u003Cplain\\u003E" in json_script({1}, encoder=Plain)
