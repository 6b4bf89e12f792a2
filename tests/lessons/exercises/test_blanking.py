"""Bodies taken out and put back; everything around them stays byte for byte."""

import ast
import textwrap

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lessons.exercises.blanking import (
    Pointer,
    UnknownDefinition,
    Unreadable,
    blank,
    bodies,
    body_texts,
    check_syntax,
    definitions,
    find_definition,
    is_blank,
    transplant,
)
from lessons.places import LAYERS, ROOT

POINTER = Pointer("02-reading", "reading", "take-apart")
FIRST, SECOND = POINTER.lines()


def text(source: str) -> str:
    return textwrap.dedent(source).lstrip("\n")


def blanks(indent: int = 4) -> str:
    return f"\n{' ' * indent}{FIRST}\n{' ' * indent}{SECOND}"


CASES = {
    "a function": ("def f(a):\n    return a\n", "f", "def f(a):" + blanks() + "\n"),
    "a docstring stays": (
        'def f():\n    """What.\n\n  odd\n    """\n\n    x = 1\n    return x\n\n\nz = 1\n',
        "f",
        'def f():\n    """What.\n\n  odd\n    """' + blanks() + "\n\n\nz = 1\n",
    ),
    "one line": ("def f(): return 1\nx = 2\n", "f", "def f():" + blanks() + "\nx = 2\n"),
    "one line with a docstring": (
        'def f(): "What."\n',
        "f",
        'def f():\n    "What."' + blanks() + "\n",
    ),
    "one line with a docstring and more": (
        'def f(): "What."; return 2\n',
        "f",
        'def f():\n    "What."' + blanks() + "\n",
    ),
    "only a docstring": (
        'def f():\n    """What."""\n',
        "f",
        'def f():\n    """What."""' + blanks() + "\n",
    ),
    "comments beside signature and docstring": (
        'def f():  # noqa\n    """What."""  # yes\n    # how\n'
        "    return 1  # that\n    # end\n# out\n",
        "f",
        'def f():  # noqa\n    """What."""  # yes' + blanks() + "\n# out\n",
    ),
    "a signature over many lines": (
        'def f(\n    a: "x:y" = {1: 2}[1],\n    b=lambda: 3,\n) -> "dict[str, int]":'
        "\n    return 1\n",
        "f",
        'def f(\n    a: "x:y" = {1: 2}[1],\n    b=lambda: 3,\n) -> "dict[str, int]":'
        + blanks()
        + "\n",
    ),
    "strings with odd indentation": (
        'def f():\n    x = """\nat the margin: def g(): pass\n"""\n    return x\n\n\ny = 1\n',
        "f",
        "def f():" + blanks() + "\n\n\ny = 1\n",
    ),
    "a method": (
        "class A:\n    x = 1\n\n    @deco(1)\n    def f(self):\n        return 1\n\n    y = 2\n",
        "A.f",
        "class A:\n    x = 1\n\n    @deco(1)\n    def f(self):" + blanks(8) + "\n\n    y = 2\n",
    ),
    "a nested function": (
        "def f():\n    def g():\n        return 1\n    return g\n",
        "f.g",
        "def f():\n    def g():" + blanks(8) + "\n    return g\n",
    ),
    "an async function": (
        "async def f():\n    await g()\n",
        "f",
        "async def f():" + blanks() + "\n",
    ),
    "a generator": ("def f():\n    yield 1\n", "f", "def f():" + blanks() + "\n"),
    "a property with its setter": (
        "class A:\n    @property\n    def p(self):\n        return 1\n\n"
        "    @p.setter\n    def p(self, v):\n        pass\n",
        "A.p",
        "class A:\n    @property\n    def p(self):" + blanks(8) + "\n\n"
        "    @p.setter\n    def p(self, v):" + blanks(8) + "\n",
    ),
    "the setter alone": (
        "class A:\n    @property\n    def p(self):\n        return 1\n\n"
        "    @p.setter\n    def p(self, v):\n        pass\n",
        "A.p.setter",
        "class A:\n    @property\n    def p(self):\n        return 1\n\n"
        "    @p.setter\n    def p(self, v):" + blanks(8) + "\n",
    ),
    "overloads are signatures": (
        "@overload\ndef f(a: int) -> int: ...\n@overload\ndef f(a: str) -> str: ...\n"
        "def f(a):\n    return a\n",
        "f",
        "@overload\ndef f(a: int) -> int: ...\n@overload\ndef f(a: str) -> str: ...\n"
        "def f(a):" + blanks() + "\n",
    ),
    "a whole class": (
        'class A:\n    """What."""\n    x = 1\n    def f(self):\n        return 1\n'
        "    class B:\n        def g(self):\n            return 2\n",
        "A",
        'class A:\n    """What."""\n    x = 1\n    def f(self):' + blanks(8) + "\n"
        "    class B:\n        def g(self):" + blanks(12) + "\n",
    ),
    "under if and try": (
        "if x:\n    def f():\n        return 1\nelse:\n    def f():\n        return 2\n",
        "f",
        "if x:\n    def f():" + blanks(8) + "\nelse:\n    def f():" + blanks(8) + "\n",
    ),
    "no line end at the end": ("def f():\n    return 1", "f", "def f():" + blanks()),
    "letters of more than one byte": (
        "def f(a='ä€𝄞'): return 'ö'  # ü\nx = 'ß'\n",
        "f",
        "def f(a='ä€𝄞'):" + blanks() + "\nx = 'ß'\n",
    ),
    "tabs": ("def f():\n\treturn 1\n", "f", f"def f():\n\t{FIRST}\n\t{SECOND}\n"),
}


@pytest.mark.parametrize(("source", "name", "expected"), CASES.values(), ids=list(CASES))
def test_a_body_becomes_a_pointer(source: str, name: str, expected: str) -> None:
    blanked = blank(source, name, POINTER)
    assert blanked == expected
    ast.parse(blanked)
    assert is_blank(blanked, name)
    assert not is_blank(source, name)


@pytest.mark.parametrize(("source", "name", "expected"), CASES.values(), ids=list(CASES))
def test_blanking_twice_is_blanking_once(source: str, name: str, expected: str) -> None:
    assert blank(expected, name, POINTER) == expected


@pytest.mark.parametrize(("source", "name", "expected"), CASES.values(), ids=list(CASES))
def test_a_body_put_back_does_what_it_did(source: str, name: str, expected: str) -> None:
    back = transplant(expected, name, source)
    assert ast.dump(ast.parse(back)) == ast.dump(ast.parse(source))


def test_windows_line_ends_stay() -> None:
    blanked = blank('def f():\r\n    """W."""\r\n    return 1\r\nx = 1\r\n', "f", POINTER)
    assert blanked == (f'def f():\r\n    """W."""\r\n    {FIRST}\r\n    {SECOND}\r\nx = 1\r\n')


def test_the_blank_says_which_exercise_it_is() -> None:
    with pytest.raises(NotImplementedError, match="your turn: reading/take-apart"):
        exec(blank("def f(): pass\n", "f", POINTER) + "f()")


@pytest.mark.parametrize(
    ("wanted", "meant"),
    [("Server.rnu", "Server.run"), ("run", "Server.run"), ("zzz", ""), ("Server.run.setter", "")],
)
def test_a_name_that_is_not_there_is_said_with_one_that_is(wanted: str, meant: str) -> None:
    source = "class Server:\n    def run(self):\n        pass\n"
    with pytest.raises(UnknownDefinition) as caught:
        find_definition(source, wanted)
    assert repr(wanted) in str(caught.value)
    assert (f"Did you mean {meant!r}?" in str(caught.value)) == bool(meant)


def test_a_text_that_is_not_python_is_said_with_its_line() -> None:
    with pytest.raises(Unreadable, match=r"server\.py, line 2, is not Python yet") as caught:
        check_syntax("x = 1\ndef f(:\n", "server.py")
    assert caught.value.line == 2


@pytest.mark.parametrize(
    ("target", "donor", "expected"),
    [
        ('def f():\n    """D."""\n    raise E\n', "def f(): return 1\n", "return 1"),
        ('def f():\n    """D."""\n    raise E\n', "def f():\n    return 1\n", "return 1"),
        ("def f():\n    raise E\n", 'def f(): "D."; return 1\n', "return 1"),
        ("def f():\n    raise E\n", 'def f(): "D."\n', "pass"),
        ('def f(): "D."\n', "def f():\n    return 1\n", "return 1"),
        ("class A:\n  def f(self):\n    raise E\n",
         "class A:\n    def f(self):\n        x = 1\n        y = x\n",
         "x = 1"),
    ],
)  # fmt: skip
def test_a_body_fits_a_place_of_another_shape(target: str, donor: str, expected: str) -> None:
    name = definitions(target)[-1]
    moved = transplant(target, name, donor)
    ast.parse(moved)
    assert expected in body_texts(moved, name)[0]
    assert ("D." in target) == ("D." in moved)


SOURCES = {
    path.relative_to(ROOT).as_posix(): path.read_bytes().decode("utf-8")
    for layer in LAYERS
    for path in sorted((ROOT / layer).rglob("*.py"))
}
NAMES = [(file, name) for file, source in SOURCES.items() for name in definitions(source)]


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(NAMES))
def test_blanking_any_real_definition_leaves_the_rest_as_it_is(place: tuple[str, str]) -> None:
    file, name = place
    source = SOURCES[file]
    found = bodies(source, name)
    blanked = blank(source, name, POINTER)
    ast.parse(blanked)
    assert blank(blanked, name, POINTER) == blanked
    after = bodies(blanked, name)
    assert [body.name for body in after] == [body.name for body in found]
    assert _around(source, found) == _around(blanked, after)
    # (All the layers' docstrings stand on lines of their own, so nothing else may move.)
    assert transplant(blanked, name, source) == source


def _around(source: str, found: list) -> list[str]:
    """The text between the bodies."""
    edges = [0, *(edge for body in found for edge in (body.start, body.end)), len(source)]
    return [source[edges[i] : edges[i + 1]] for i in range(0, len(edges), 2)]
