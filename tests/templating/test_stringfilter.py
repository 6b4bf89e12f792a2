"""What filters promise of safe text, and that they keep it."""

# ruff: noqa: E501 - a case is one line, so that template and text stand side by side

import pytest

from templating import Engine, Library
from templating.filters.html import linebreaks
from templating.filters.lists import join
from templating.filters.stringfilter import stringfilter
from templating.filters.text import cut, lower, upper
from templating.safe import SafeString, mark_safe

VALUES = {
    "text": "a & <b>", "safe": mark_safe("<i>A</i> &amp; b"), "number": 5,
    "list": ["a", "<b>", mark_safe("<i>")], "lines": "one\ntwo\r\n\r\n\rthree <&>",
}  # fmt: skip
OFF = "{% autoescape off %}"

CASES = {
    "lower": [
        ("{{ text|lower }} {{ safe|lower }} {{ number|lower }}", "a &amp; &lt;b&gt; <i>a</i> &amp; b 5"),
        (OFF + "{{ text|lower }}", "a & <b>"),
    ],
    "upper": [("{{ text|upper }} {{ safe|upper }}", "A &amp; &lt;B&gt; &lt;I&gt;A&lt;/I&gt; &amp;AMP; B")],
    "cut": [
        ("{{ text|cut:'a' }} {{ number|cut:'5' }}", " &amp; &lt;b&gt; "),
        ("{{ safe|cut:'A' }}", "<i></i> &amp; b"),
        ("{{ safe|cut:';' }}", "&lt;i&gt;A&lt;/i&gt; &amp;amp b"),
    ],
    "join": [
        ("{{ list|join:'<' }}", "a<&lt;b&gt;<<i>"),
        ("{{ list|join:text }}", "aa &amp; &lt;b&gt;&lt;b&gt;a &amp; &lt;b&gt;<i>"),
        ("{{ number|join:'-' }}", "5"),
        (OFF + "{{ list|join:text }}", "aa & <b><b>a & <b><i>"),
        (OFF + "{{ list|join:'<'|escape }}", "a<<b><<i>"),
    ],
    "linebreaks": [
        ("{{ lines|linebreaks }}", "<p>one<br>two</p>\n\n<p>three &lt;&amp;&gt;</p>"),
        ("{{ safe|linebreaks }} {{ text|linebreaks }}", "<p><i>A</i> &amp; b</p> <p>a &amp; &lt;b&gt;</p>"),
        (OFF + "{{ text|linebreaks }}", "<p>a & <b></p>"),
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_filter_leaves_safe_what_it_may(name: str) -> None:
    for text, expected in CASES[name]:
        off = "{% endautoescape %}" if text.startswith(OFF) else ""
        assert (text, Engine().from_string(text + off).render(VALUES)) == (text, expected)


def test_called_from_python_a_filter_keeps_its_promise_too() -> None:
    safe = mark_safe("<I>")
    for made in (lower(safe), cut(safe, "x"), linebreaks("<"), join(["<"], "&")):
        assert isinstance(made, SafeString)
    for made in (lower("x"), upper(safe), cut("x", "x"), cut(safe, ";")):
        assert not isinstance(made, SafeString)


def test_a_filter_about_text_is_given_text() -> None:
    class Markup(str):
        __slots__ = ()

        def __html__(self) -> str:
            return f"{self}"

    seen: list[type] = []
    register = Library()

    @register.filter(is_safe=True)
    @stringfilter
    def same(value: str, *arguments: object, **named: object) -> str:
        seen.append(type(value))
        return str.__str__(value) + "".join(map(str, (*arguments, *named.values())))

    assert same(5, 6, x=7) == "567"
    assert isinstance(same(Markup("<b>")), SafeString)
    assert seen == [str, SafeString]
