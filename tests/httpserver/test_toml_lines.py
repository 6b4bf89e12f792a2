"""The line of each key of a TOML text."""

import json
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httpserver.toml_lines import Keys, line_of, lines_of

# name: (text, lines of its keys)
CASES: dict[str, tuple[str, dict[Keys, int]]] = {
    "nothing": ("", {}),
    "comments alone": ("# a = 1\n\n  # b", {}),
    "a pair": ("\n a = 1 # c = 2\n", {("a",): 2}),
    "quoted keys": (
        "\"a b\" = 1\n'c.d' = 2\n\"\\u00e9\" = 3",
        {("a b",): 1, ("c.d",): 2, ("é",): 3},
    ),
    "dotted keys": ("\na . b.\"c\" = 1", {("a",): 2, ("a", "b"): 2, ("a", "b", "c"): 2}),
    "keys that look like numbers": ("3.14 = 1", {("3",): 1, ("3", "14"): 1}),
    "a table": ("[a]\nb = 1", {("a",): 1, ("a", "b"): 2}),
    "a table without a header": ("[a.b]\n", {("a",): 1, ("a", "b"): 1}),
    "a header that comes later": ("[a.b]\n\n[a]", {("a",): 3, ("a", "b"): 1}),
    "a spaced header": ("[ a . 'b' ]", {("a",): 1, ("a", "b"): 1}),
    "tables in a list": (
        "[[a]]\nb = 1\n[[a]]\nb = 2",
        {("a",): 1, ("a", 0): 1, ("a", 0, "b"): 2, ("a", 1): 3, ("a", 1, "b"): 4},
    ),
    "lists in tables in a list": (
        "[[a]]\n[[a.b]]\n[[a.b]]\n[a.b.c]\n[[a]]\n[[a.b]]",
        {
            ("a",): 1,
            ("a", 0): 1,
            ("a", 0, "b"): 2,
            ("a", 0, "b", 0): 2,
            ("a", 0, "b", 1): 3,
            ("a", 0, "b", 1, "c"): 4,
            ("a", 1): 5,
            ("a", 1, "b"): 6,
            ("a", 1, "b", 0): 6,
        },
    ),
    "a list over lines": (
        "a = [\n  1, # one\n\n  [2,\n  3],\n]\nb = 1",
        {("a",): 1, ("a", 0): 2, ("a", 1): 4, ("a", 1, 0): 4, ("a", 1, 1): 5, ("b",): 7},
    ),
    "empty containers": ("a = []\nb = {}\nc = [ [ ], { } ]", {
        ("a",): 1, ("b",): 2, ("c",): 3, ("c", 0): 3, ("c", 1): 3,
    }),
    "an inline table": (
        "a = { b = 1, c.d = [{ e = '}' }] }\nf = 1",
        {
            ("a",): 1,
            ("a", "b"): 1,
            ("a", "c"): 1,
            ("a", "c", "d"): 1,
            ("a", "c", "d", 0): 1,
            ("a", "c", "d", 0, "e"): 1,
            ("f",): 2,
        },
    ),
    "strings over lines": (
        'a = """\n[b]\nc = 1\\\n\\""" """\nd = \'\'\'\n[e]\\\'\'\'\nf = 1',
        {("a",): 1, ("d",): 5, ("f",): 7},
    ),
    "quotes at a string's end": ('a = """x"""""\nb = """"""\nc = 1', {
        ("a",): 1, ("b",): 2, ("c",): 3,
    }),
    "strings that look like keys": (
        "a = \"b = 1 # no\"\nc = '[d]'\ne = \"\\\"[f]\"",
        {("a",): 1, ("c",): 2, ("e",): 3},
    ),
    "dates and numbers": (
        "a = 1979-05-27 07:32:00.5\nb = +1_000.5e-3\nc = [1.5, 07:32:00]",
        {("a",): 1, ("b",): 2, ("c",): 3, ("c", 0): 3, ("c", 1): 3},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "lines"), CASES.values(), ids=CASES.keys())
def test_each_key_has_its_line(text: str, lines: dict[Keys, int]) -> None:
    assert lines_of(text) == lines
    assert set(paths(tomllib.loads(text))) == set(lines)


def test_what_has_no_line_has_that_of_what_is_around() -> None:
    lines = lines_of("\n[a]\nb = 1")
    assert line_of(lines, ("a", "b")) == 3
    assert line_of(lines, ("a", "c", 0)) == 2
    assert line_of(lines, ("x",)) == 1


def paths(value: Any, at: Keys = ()) -> Iterator[Keys]:
    """The path of everything in what tomllib has read."""
    items: Any = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    for key, element in items:
        yield (*at, key)
        yield from paths(element, (*at, key))


# --- Any document --------------------------------------------------------------------------

LETTERS = st.text("ab.=[]{}\"'#,\\\n é", max_size=6)


@st.composite
def written_string(draw: st.DrawFn) -> str:
    text = draw(LETTERS)
    quoted = json.dumps(text, ensure_ascii=False)
    forms = [quoted, f'""{quoted}""']
    if "\\" not in text:
        quotes_of_two = text.replace('""', '"x')
        forms.append(f'"""\n{quotes_of_two.rstrip(chr(34))}"""')
    if "'" not in text:
        forms.append(f"'''{text}'''")
        if "\n" not in text:
            forms.append(f"'{text}'")
    return draw(st.sampled_from(forms))


SPACE = st.sampled_from(["", " ", "\t"])
BREAK = st.sampled_from(["", " ", "\n", "\n\n  ", " # ], }\n"])
SCALARS = st.sampled_from(["1", "-1.5e3", "true", "1979-05-27 07:32:00", "07:32:00.25"])


@st.composite
def written_list(draw: st.DrawFn, values: st.SearchStrategy[str]) -> str:
    parts = [draw(BREAK) + each + draw(BREAK) for each in draw(st.lists(values, max_size=3))]
    return "[" + ",".join(parts) + draw(BREAK) + "]"


@st.composite
def written_table(draw: st.DrawFn, values: st.SearchStrategy[str]) -> str:
    pairs = [f" {draw(keys(number))} = {each}" for number, each in enumerate(draw(
        st.lists(values, max_size=3)
    ))]  # fmt: skip
    return "{" + ",".join(pairs) + "}"


@st.composite
def keys(draw: st.DrawFn, number: int) -> str:
    """A key that is no other's, in one of the ways to write it."""
    last = draw(st.sampled_from([f"k{number}", f'"k {number}"', f"'k.{number}'", f"{number}-"]))
    first = draw(st.sampled_from(["", f"d{number} . ", f'"#{number}".']))
    return first + last


VALUES = st.recursive(
    SCALARS | written_string(), lambda inner: written_list(inner) | written_table(inner)
)


@st.composite
def documents(draw: st.DrawFn) -> str:
    lines: list[str] = []
    for table in range(draw(st.integers(0, 4))):
        head = draw(st.sampled_from(["", f"[t{table}]", f'[t{table}."x]"]', "[[list]]"]))
        if table and "list" in "".join(lines) and draw(st.booleans()):
            head = draw(st.sampled_from([f"[list.t{table}]", "[[list.inner]]"]))
        if head or not table:
            lines.append(head + draw(st.sampled_from(["", " # [no]"])))
        for number in range(draw(st.integers(0, 3))):
            key = draw(keys(100 * table + number))
            lines.append(f"{draw(SPACE)}{key}{draw(SPACE)}={draw(SPACE)}{draw(VALUES)}")
    return "\n".join(lines)


@given(documents())
def test_every_key_that_tomllib_sees_has_a_line_and_no_other(text: str) -> None:
    content = tomllib.loads(text)
    lines = lines_of(text)
    assert set(lines) == set(paths(content))
    rows = text.split("\n")
    for path, line in lines.items():
        if isinstance(path[-1], str):
            assert path[-1] in rows[line - 1]
