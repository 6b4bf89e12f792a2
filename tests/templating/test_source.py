"""Places in a template: a line, a column, and the lines around them."""

import pytest

from templating.source import Origin, Source

TEXT = "one\ntwo {{ a }}{% b %}\nthree\x0bstill three\nfour\nfive"


@pytest.mark.parametrize(
    ("line", "column", "tag"),
    [
        (2, 5, "{{ a }}"),
        (2, 12, "{% b %}"),
        (2, 6, "two {{ a }}{% b %}"),
        (2, None, "two {{ a }}{% b %}"),
        (3, 1, "three\x0bstill three"),
        (0, None, ""),
        (6, 1, ""),
    ],
)
def test_a_place_is_a_tag_or_else_its_line(line: int, column: int | None, tag: str) -> None:
    assert Source(TEXT).tag_at(line, column) == tag


def test_an_excerpt_marks_the_tag_among_its_lines() -> None:
    assert Source("one\n {{ a }}\nthree\nfour\nfive").excerpt(2, 2).split("\n") == [
        "       1 | one",
        "  >    2 |  {{ a }}",
        "         |  ^^^^^^^",
        "       3 | three",
        "       4 | four",
    ]
    assert Source("one\ntwo").excerpt(2, None) == "       1 | one\n  >    2 | two"


def test_a_template_without_a_file_has_a_name_unlike_any_file() -> None:
    assert Source("", "p.html", Origin("/t/p.html", "p.html")).filename == "/t/p.html"
    assert Source("").filename.startswith("template <string> at 0x")
    assert str(Source("{{ a }}", "p.html").position(1, 1)) == (
        "in template 'p.html', line 1: {{ a }}"
    )
