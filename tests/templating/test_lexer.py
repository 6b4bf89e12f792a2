"""Tokens: what they are, where they begin, and what it costs to find them."""

import time

import pytest
from django.template.base import Token as DjangoToken
from django.template.base import TokenType as DjangoTokenType
from hypothesis import given
from hypothesis import strategies as st

from templating.lexer import Token, TokenType, tags, tokenise

TAGS = [
    ("", []),
    ("no tag", []),
    ("{{ a }}", ["{{ a }}"]),
    ("a{{ b }}{% c %}{# d #}e", ["{{ b }}", "{% c %}", "{# d #}"]),
    ("{{ a }}}", ["{{ a }}"]),
    ("{{{ a }}", ["{{{ a }}"]),
    ("{{{{ a }}", ["{{{{ a }}"]),
    ("{{%}}", ["{{%}}"]),
    ("{%}", []),
    ("{{}}", ["{{}}"]),
    ("{{}", []),
    ("{{ a %}", []),
    ("{{ a {% b %}", ["{% b %}"]),
    ("{{ a {% b %} }}", ["{{ a {% b %} }}"]),
    ('{{ "}}" }}', ['{{ "}}']),
    ("{# {{ a }} #}{{ b }}", ["{# {{ a }} #}", "{{ b }}"]),
    ("{{ a\n}}", []),
    ("{{ a\n}}{{ b }}", ["{{ b }}"]),
    ("{% a\n{% b %}\n{{ c }}", ["{% b %}", "{{ c }}"]),
    ("{{ a {# b }} #}", ["{{ a {# b }}"]),
    ("{# a {{ b }} {% c %}", ["{{ b }}", "{% c %}"]),
]


@pytest.mark.parametrize(("text", "expected"), TAGS)
def test_a_tag_ends_on_the_line_on_which_it_begins(text: str, expected: list[str]) -> None:
    assert [text[start:end] for start, end in tags(text)] == expected


@pytest.mark.timeout(20)
@pytest.mark.parametrize("line", ["{{" * 40_000, "{%" * 40_000 + "}}\n", "{{{%{#" * 10_000])
def test_openings_that_nothing_closes_cost_no_search_each(line: str) -> None:
    begin = time.process_time()
    list(tags(line))
    assert time.process_time() - begin < 1  # a search for each takes three times that, or more


def tokens(text: str) -> list[tuple[str, str]]:
    return [(token.token_type.value, token.contents) for token in tokenise(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" a ", [("text", " a ")]),
        ("a{{ b }}c", [("text", "a"), ("var", "b"), ("text", "c")]),
        ("{{b}}{%  c d %}{# e#}", [("var", "b"), ("block", "c d"), ("comment", "e")]),
        ("{{}}", [("var", "")]),
        ("{{ a", [("text", "{{ a")]),
    ],
)
def test_text_and_tags_become_tokens(text: str, expected: list[tuple[str, str]]) -> None:
    assert tokens(text) == expected


START, END = ("block", "verbatim"), ("block", "endverbatim")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{% verbatim %}{% endverbatim %}", [START, END]),
        ("{% verbatim %}{{ a }}{% endverbatim %}", [START, ("text", "{{ a }}"), END]),
        ("{% verbatim %}a{# b #}{% endverbatim %}{{ c }}",
         [START, ("text", "a"), ("text", "{# b #}"), END, ("var", "c")]),
        ("{% verbatim %}{% verbatim %}{% endverbatim %}{% if %}",
         [START, ("text", "{% verbatim %}"), END, ("block", "if")]),
        ("{% verbatim a %}{% endverbatim %}{{ endverbatim a }}{% endverbatim a %}",
         [("block", "verbatim a"), ("text", "{% endverbatim %}"),
          ("text", "{{ endverbatim a }}"), ("block", "endverbatim a")]),
        ("{{ verbatim }}{{ a }}", [("var", "verbatim"), ("var", "a")]),
        ("{% verbatims %}{{ a }}", [("block", "verbatims"), ("var", "a")]),
        ("{% verbatim %}{{ a }}", [START, ("text", "{{ a }}")]),
    ],
)  # fmt: skip
def test_in_a_verbatim_block_everything_is_text(text: str, expected: list[tuple[str, str]]) -> None:
    assert tokens(text) == expected


def test_a_token_knows_its_place() -> None:
    text = "one\n {{ a }}{% b %}\n\ntwo{# c #}{% verbatim %}\n{{ d }}"
    assert [(each.lineno, each.column, each.source) for each in tokenise(text)] == [
        (1, 1, "one\n "),
        (2, 2, "{{ a }}"),
        (2, 9, "{% b %}"),
        (2, 16, "\n\ntwo"),
        (4, 4, "{# c #}"),
        (4, 11, "{% verbatim %}"),
        (4, 25, "\n"),
        (5, 1, "{{ d }}"),
    ]
    for token in tokenise(text):
        start, end = token.position
        assert text[start:end] == token.source


@pytest.mark.parametrize(
    ("contents", "words"),
    [
        ("if a == 'b c'", ["if", "a", "==", "'b c'"]),
        ('x a|default:"b c"|d e="f g"', ["x", 'a|default:"b c"|d', 'e="f g"']),
        (r'x "a \" b" c', ["x", r'"a \" b"', "c"]),
        ("""x "it's" 'say "b c"'""", ["x", '''"it's"''', """'say "b c"'"""]),
        ("x _('a b') c", ["x", "_('a b')", "c"]),
        ('x "a b', ["x", '"a', "b"]),
        ("x _('a b", ["x", "_('a b"]),
        ("""x "a 'b c' 'd e""", ["x", '"a', "'b c'", "'d", "e"]),
        (r"""x 'a\' "b c" ' \" d""", ["x", r"""'a\' "b c" '""", r"\"", "d"]),
        (r"""x a"b"'c "d e" f""", ["x", 'a"b"', "'c", '"d e"', "f"]),
        ("", []),
    ],
)
def test_a_quoted_text_is_one_word(contents: str, words: list[str]) -> None:
    assert Token(TokenType.BLOCK, contents).split_contents() == words


@given(st.text("\"'\\ a_()=|"))
def test_words_are_those_of_django(contents: str) -> None:
    contents = contents.strip()
    try:
        expected = DjangoToken(DjangoTokenType.BLOCK, contents).split_contents()
    except StopIteration:  # what is marked for translation and has no end
        return
    assert Token(TokenType.BLOCK, contents).split_contents() == expected


@pytest.mark.parametrize("piece", ['\\" ', "\\' ", "\\\" \\' ", "x\" y' ", "_('a "])
@pytest.mark.parametrize("before", ["", '"', "'", '_("'])
def test_quotes_that_nothing_closes_cost_one_search(before: str, piece: str) -> None:
    def seconds(count: int) -> float:
        token = Token(TokenType.BLOCK, before + piece * count)
        start = time.process_time()
        token.split_contents()
        return time.process_time() - start

    # Ten times as much takes about ten times as long; it took a hundred times.
    assert seconds(10_000) < 40 * min(seconds(1_000) for _ in range(3)) + 0.5


def test_the_name_of_a_tag_is_its_first_word() -> None:
    names = [Token(TokenType.BLOCK, contents).name for contents in ("", "if", "if a", "if\ta\n")]
    assert names == ["", "if", "if", "if"]
