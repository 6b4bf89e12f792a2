"""Filters with whatever text and numbers hypothesis finds: as Django, safe, and in bounded time."""

import html
import time
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from templating.filters import dates, links, lists, numbers, text, truncation
from templating.filters import html as html_filters
from templating.markup import Kind, pieces
from templating.safe import SafeString, mark_safe
from tests.templating.beside_django import DJANGO, OURS, djangos, ours

MINE = {name: each for library in OURS.template_builtins for name, each in library.filters.items()}
THEIRS = DJANGO.template_builtins[1].filters

few = settings(max_examples=60, deadline=None)


def outcome(function: Any, *args: Any) -> Any:
    try:
        return str(function(*args))
    except Exception as error:
        return type(error)


TEXT = st.text(alphabet="aB1é\u0301 <>&;'\"\\/.-_%\n\r\t:@ß日", max_size=25) | st.text(max_size=12)
PLAIN = [
    *("addslashes", "capfirst", "escapejs", "escape", "filesizeformat", "force_escape"),
    *("iriencode", "linebreaks", "linebreaksbr", "linenumbers", "lower", "make_list"),
    *("phone2numeric", "pprint", "slugify", "title", "upper", "urlencode", "wordcount"),
]


@given(TEXT, st.sampled_from(PLAIN))
@few
def test_text_becomes_what_django_makes_of_it(value: str, name: str) -> None:
    assert outcome(MINE[name], value) == outcome(THEIRS[name], value)


ARGUMENTS = st.integers(-3, 12) | st.sampled_from(["2", "-1", "x", "", ":2", "1:", "::-1", "a"])
TAKING = ["truncatechars", "truncatewords", "ljust", "rjust", "center", "wordwrap", "slice", "cut"]


@given(TEXT, st.sampled_from(TAKING), ARGUMENTS)
@few
def test_text_and_an_argument_become_what_django_makes_of_them(
    value: str, name: str, argument: Any
) -> None:
    assert outcome(MINE[name], value, argument) == outcome(THEIRS[name], value, argument)


ODD = (
    st.none()
    | st.booleans()
    | st.integers(-(10**6), 10**22)
    | st.floats(width=32)
    | st.floats(-1e9, 1e9)
    | st.decimals(allow_nan=False, places=3, min_value=-(10**9), max_value=10**9)
    | st.text(alphabet="0123456789.-eE+ x", max_size=8)
    | st.lists(st.integers(), max_size=3)
)
COUNTS = st.integers(-12, 12) | st.sampled_from(["2g", "g", "-3g", "u", "2u", "gu", "ug", "x", "1"])
COUNTING = ["add", "default", "default_if_none", "divisibleby", "floatformat", "pluralize", "yesno"]


@given(ODD, st.sampled_from(["floatformat", "filesizeformat", "length", "pluralize", "yesno"]))
@few
def test_odd_values_become_what_django_makes_of_them(value: Any, name: str) -> None:
    theirs = outcome(THEIRS[name], value)
    assume(isinstance(theirs, str))
    assert outcome(MINE[name], value) == theirs


@given(ODD, st.sampled_from(COUNTING), COUNTS)
@example(0.5, "floatformat", 0)
@example(-0.0, "floatformat", 2)
@example("1e30", "floatformat", "2g")
@few
def test_odd_values_and_arguments_become_what_django_makes_of_them(
    value: Any, name: str, argument: Any
) -> None:
    theirs = outcome(THEIRS[name], value, argument)
    assume(isinstance(theirs, str))
    assert outcome(MINE[name], value, argument) == theirs


ITEM = st.none() | st.integers(-3, 3) | st.text("ab<&", max_size=3)
NESTED = st.recursive(ITEM, lambda item: st.lists(item, max_size=4), max_leaves=8)
OF_LISTS = [
    *("join:'<'", "join:', '", "first", "last", "length", "slice:'1:'", "slice:'::-2'", "pprint"),
    *("unordered_list", "escapeseq", "safeseq", "dictsort:0", "dictsort:'a'", "dictsortreversed:1"),
    *("add:x", "yesno", "pluralize", "json_script:'x'", "stringformat:'r'", "default_if_none:1"),
]


@given(NESTED, st.sampled_from(OF_LISTS), st.sampled_from(["on", "off"]))
@few
def test_lists_become_what_django_makes_of_them(value: Any, name: str, autoescape: str) -> None:
    text = f"{{% autoescape {autoescape} %}}{{{{ x|{name} }}}}{{% endautoescape %}}"
    assert ours(text, {"x": value}) == djangos(text, {"x": value})


MARKUP = st.lists(
    st.sampled_from(
        [
            *(
                "<p>",
                "</p>",
                "<b>",
                "</b>",
                "<br>",
                "<br/>",
                '<a href="x>y">',
                "</a>",
                "<!-- x -->",
            ),
            *("one", "two three", " ", "\n", "&amp;", "&lt;b&gt;", "é", "x < y", "&nbsp;z"),
        ]
    ),
    max_size=10,
).map("".join)


@given(MARKUP, st.integers(-1, 12))
@few
def test_markup_is_cut_and_stripped_as_django_does_it(value: str, length: int) -> None:
    value += "."  # else its parser may lose the end, see test_filters.DIFFERENT
    assert MINE["striptags"](value) == THEIRS["striptags"](value)
    assert MINE["truncatewords_html"](value, length) == THEIRS["truncatewords_html"](value, length)
    visible = sum(len(html.unescape(p.text)) for p in pieces(value) if p.kind is Kind.TEXT)
    assume(visible != length and " < " not in value)
    assert MINE["truncatechars_html"](value, length) == THEIRS["truncatechars_html"](value, length)


WORDS = st.lists(
    st.sampled_from(
        [
            *("http://", "https://", "www.", "ab", "x.com", ".org", "/p", "?q=1", "&amp;", "&lt;"),
            *("#f", " ", "\n", "<", '"', "me@", "(", "[", ".", ",", ":", "!", ";", "é", "%20", "%"),
        ]
    ),
    max_size=8,
).map("".join)


@given(WORDS, st.booleans())
@few
def test_addresses_become_the_links_that_django_makes(value: str, autoescape: bool) -> None:
    assert MINE["urlize"](value, autoescape=autoescape) == THEIRS["urlize"](
        value, autoescape=autoescape
    )
    assert MINE["urlizetrunc"](value, 5) == THEIRS["urlizetrunc"](value, 5)


@given(TEXT)
@few
def test_the_pieces_of_any_text_join_to_it(value: str) -> None:
    assert "".join(piece.text for piece in pieces(value)) == value


@given(TEXT | MARKUP | WORDS, st.sampled_from(sorted(set(MINE) - {"safe", "safeseq"})))
@few
def test_what_is_not_safe_cannot_bring_a_tag_of_its_own(value: str, name: str) -> None:
    """Of the tags that come out, all are the filter's own, and no attribute but theirs."""
    for argument in ("", ":3", ":'a'"):
        shown = ours("{{ x|" + name + argument + " }}", {"x": value + "<script onx=1>"})
        if isinstance(shown, str):
            tags = {piece.text for piece in pieces(shown) if piece.kind is not Kind.TEXT}
            own = ("<a href=", "</a>", "<p>", "</p>", "<br>", "<li>", "</li>", "<script ")
            assert all(tag.startswith(own) or tag == "</script>" for tag in tags), shown


DATE_LETTERS = st.text(alphabet="aAbcdDeEfFgGhHiIjlLmMnNoOPrsStTuwWyYzZ\\ qx-,<", max_size=12)


@given(st.datetimes() | st.dates() | st.times(), DATE_LETTERS, st.sampled_from(["date", "time"]))
@few
def test_dates_are_written_as_django_writes_them(value: Any, letters: str, name: str) -> None:
    assert outcome(MINE[name], value, letters) == outcome(THEIRS[name], value, letters)


@given(st.datetimes() | st.dates(), st.datetimes() | st.dates())
@few
def test_times_between_are_django_s(value: Any, other: Any) -> None:
    for name in ("timesince", "timeuntil"):
        theirs = outcome(THEIRS[name], value, other)
        if isinstance(theirs, str):
            assert outcome(MINE[name], value, other) == theirs


# -- bounds ----------------------------------------------------------------------------------

SIZE = 60_000  # characters: what is quadratic takes minutes


HOSTILE = {
    name: (part * SIZE)[:SIZE] + end
    for name, part, end in [
        ("open tags", "<a ", ""),
        ("open comments", "<!--", ">"),
        ("comments without an end", "<!-- >", ""),
        ("values without an end", "<a x='\"", ">"),
        ("tags in values", '<a x=">">', ""),
        ("end tags", "</a ", ""),
        ("cdata", "<![CDATA[", "]]>"),
        ("nested tags", "<", "b>" * 2000),
        ("tags", "<b>", "</b>" * 2000),
        ("ampersands", "&", "x"),
        ("entities", "http://x.y/&lt;;", ""),
        ("brackets", "http://x.y(.", ")." * 5000),
        ("semicolons", "http://x.y/&", ";" * 5000),
        ("at signs", "a@a.", ".com"),
        ("dots", "a.", "com"),
        ("addresses", "www.a.com ", ""),
        ("spaces", " ", "x"),
        ("combining marks", "a\u0301\u0323", ""),
        ("new lines", "\n\r", ""),
    ]
}
LINEAR = [
    *("striptags", "urlize", "linebreaks", "linenumbers", "title", "slugify", "wordcount"),
    *("truncatewords_html:9999", "truncatechars_html:9999", "truncatechars:9999"),
    *("truncatewords:9999", "truncatewords_html:2", "urlizetrunc:9", "wordwrap:10", "escapejs"),
]


@pytest.mark.parametrize("attack", HOSTILE)
def test_hostile_text_takes_no_longer_than_its_length_allows(attack: str) -> None:
    began = time.process_time()
    for name in LINEAR:
        before = time.process_time()
        ours("{{ x|" + name + " }}", {"x": HOSTILE[attack]})
        assert time.process_time() - before < 2, name
    assert time.process_time() - began < 5


def test_what_a_template_asks_for_is_bounded() -> None:
    huge = 10**12
    assert len(text.ljust("x", huge)) == len(text.center("x", huge)) == text.MAX_WIDTH
    assert text.stringformat(1, f"{huge}d") == text.stringformat(1.5, f".{huge}f") == ""
    assert text.stringformat({"a": 1}, f"(a)d%(a){huge}d") == ""
    assert numbers.floatformat(1, huge) == "1"
    assert numbers.floatformat("1e1000000000") == "1e1000000000"
    assert numbers.get_digit(5, huge) == 0
    assert lists.slice_filter("abc", f":{huge}:{huge}") == "a"
    assert truncation.truncatechars("abc", huge) == "abc"
    assert text.wordwrap("a b", huge) == "a b"
    assert len(links.urlize("http://" + "a" * 5000)) == 5007
    assert html_filters.striptags("<" * 200 + "b>" * 200).count("b") <= 200
    assert dates.timesince(None) == ""


# -- safe strings of others ------------------------------------------------------------------


class Markup(str):
    """As MarkupSafe's, whose str() is a plain string."""

    def __html__(self) -> "Markup":
        return self

    def __str__(self) -> str:
        return str.__str__(self)


def test_the_safe_strings_of_others_stay_safe_where_ours_do() -> None:
    from django.utils.safestring import mark_safe as django_safe

    for foreign in (Markup("<b>Ä</b>"), django_safe("<b>Ä</b>")):
        for name in ("lower", "escape", "linebreaksbr", "urlize", "truncatechars:99", "upper"):
            expression = "{{ x|" + name + " }}"
            mine = OURS.from_string(expression).render({"x": mark_safe("<b>Ä</b>")})
            assert OURS.from_string(expression).render({"x": foreign}) == mine, name
        assert OURS.from_string("{{ x }}").render({"x": foreign}) == "<b>Ä</b>"
    assert isinstance(OURS.from_string("{{ x }}").render({"x": "a"}), SafeString)
    assert djangos("{{ x }}", {"x": mark_safe("<b>")}) == "<b>"
