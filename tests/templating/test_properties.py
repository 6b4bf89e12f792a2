"""What must hold of any text: found by hypothesis, not by us."""

import contextlib
import html

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from templating import Context, Engine, TemplateSyntaxError
from templating.lexer import tags, tokenise
from templating.source import TAG

ENGINE = Engine()

PIECES = st.sampled_from(
    [
        *("{{ ", " }}", "{% ", " %}", "{#", "#}", "{", "%", "\n", " ", "'", '"', "\\", "é", "\r"),
        *("if ", "endif", "for ", "x in y", "endfor", "else", "elif ", "not ", "and ", "or "),
        *("a", "a.b", "|", "upper", "default:", "'s'", "1", "==", "in ", "with a=b", "endwith"),
        *("block a", "endblock", "extends 'a'", "include 'a'", "load ", "comment", "endcomment"),
        *("verbatim", "endverbatim", "cycle ", "now ", "as x", "autoescape on", "_(", ")", "\x00"),
    ]
)
TEMPLATES = st.lists(PIECES, max_size=30).map("".join) | st.text(max_size=60)


@given(st.text().filter(lambda text: "{" not in text))
def test_text_without_tags_renders_to_itself(text: str) -> None:
    assert ENGINE.from_string(text).render() == text


@given(TEMPLATES)
def test_joined_tokens_give_the_template_back(text: str) -> None:
    assert "".join(token.source for token in tokenise(text)) == text


@given(TEMPLATES)
def test_tokens_know_their_line_and_column(text: str) -> None:
    lines = text.split("\n")
    for token in tokenise(text):
        first_line = token.source.split("\n")[0]
        assert lines[token.lineno - 1][token.column - 1 :].startswith(first_line)


@given(TEMPLATES)
@example("{% if " + "not " * 500 + "x %}{% endif %}")
@example("{% if x %}" * 500)
@example("{{ x" + "|upper" * 500 + " }}")
@example("{{ x" + ".y" * 500 + " }}")
@example("{% if x " + "and x " * 300 + "%}{% endif %}")
@example("{% if x %}" + "{% elif x %}" * 500 + "{% endif %}")
@settings(deadline=None)
def test_compiling_any_text_raises_nothing_but_a_syntax_error(text: str) -> None:
    with contextlib.suppress(TemplateSyntaxError):
        ENGINE.from_string(text)


LONG = {
    "openings that nothing closes": "{{ {% {#" * 30_000,
    "one long line beyond ASCII": "é{{ a }}" * 400,
    "the same tag again and again": "{% cycle 'a' 'b' %}{{ a|default:'x' }}" * 400,
    "words": "{% firstof " + "a " * 3_000 + "%}",
    "blocks that nothing closes": "{% if x %}" * 10_000,
    "text before a mistake": "x" * 1_000_000 + "{% nope %}",
    "a number of many digits": "{{ " + "9" * 5_000 + " }}{{ a." + "9" * 5_000 + " }}",
    "spaces in a text to trim": "{% load i18n %}{% blocktranslate trimmed %}"
    + " " * 200_000
    + "x{% endblocktranslate %}",
    "words without end": "{% lorem 999999999999 w %}",
}


@pytest.mark.timeout(30)
@pytest.mark.parametrize("name", LONG)
def test_long_templates_take_no_more_than_their_length(name: str) -> None:
    try:
        shown = ENGINE.from_string(LONG[name]).render({"a": [1]})
    except TemplateSyntaxError as error:
        shown = str(error)
    assert len(shown) <= 300_000


@given(st.lists(st.sampled_from(["{{", "}}", "{%", "%}", "{#", "#}", "{", "}", "%", "a", "\n"])))
def test_tags_are_found_where_the_simple_pattern_finds_them(pieces: list[str]) -> None:
    text = "".join(pieces)
    assert list(tags(text)) == [found.span() for found in TAG.finditer(text)]


@given(st.text())
def test_a_value_comes_out_escaped(text: str) -> None:
    template = ENGINE.from_string("{{ x }}{% for y in l %}{{ y|default:'' }}{% endfor %}")
    assert template.render(Context({"x": text, "l": [text]})) == html.escape(text) * 2


FILTERS = [
    *("upper", "title", "capfirst", "linebreaksbr", "truncatechars:5", "cut:'a'", "escapejs"),
    *("striptags", "slice:':3'", "addslashes", "center:9", "slugify", "default:x", "join:x"),
]


@given(st.text(alphabet="<>&'\"aA1 \n"), st.sampled_from(FILTERS))
def test_no_filter_lets_a_tag_through(text: str, name: str) -> None:
    shown = ENGINE.from_string("{{ x|" + name + " }}").render({"x": text})
    assert "<" not in shown.replace("<br>", "")
