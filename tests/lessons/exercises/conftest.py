"""A small book of its own: one layer, two chapters, three exercises, the tests that judge."""

from pathlib import Path

import pytest

from lessons.exercises.catalogue import Clone

LAYER = '''\
"""Counting."""

LIMIT = 10


def add(a, b):
    """The sum."""
    # as everybody does
    return a + b


def double(a):
    """Twice a."""
    return add(a, a)


class Counter:
    """Counts up."""

    def __init__(self):
        self.count = 0

    def up(self):
        """One more; the count."""
        self.count = add(self.count, 1)
        return self.count
'''

TESTS = """\
import subprocess, sys
import pytest
from httpserver.sums import Counter, add, double

@pytest.mark.parametrize(("a", "b", "c"), [(1, 2, 3), (2, 2, 4)])
def test_two_numbers_are_added(a, b, c):
    assert add(a, b) == c

def test_what_is_no_number_is_refused():
    with pytest.raises(TypeError):
        add(1, "one")

def test_a_number_is_doubled():
    assert double(4) == 8

def test_a_counter_counts_in_a_process_of_its_own():
    code = "from httpserver.sums import Counter; c = Counter(); c.up(); print(c.up())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "2", done.stderr
"""

FIRST = """\
title = "Adding"
part = "Server"
step = 1
question = "How?"
[[exercise]]
slug = "add"
title = "Add two numbers"
blanks = ["httpserver/sums.py:add"]
tests = ["tests/httpserver/test_sums.py"]
select = "added or refused"
anchor = "add"
hints = ["Look at the signs.", "There is one between a and b.", "It is +."]
[[exercise]]
slug = "double"
title = "Double a number"
blanks = ["httpserver/sums.py:double"]
tests = ["tests/httpserver/test_sums.py::test_a_number_is_doubled"]
"""

SECOND = """\
title = "Counting"
part = "Gateway"
step = 2
question = "How?"
[[exercise]]
slug = "count"
title = "Count up"
blanks = ["httpserver/sums.py:Counter.up"]
tests = ["tests/httpserver/test_sums.py"]
select = "counter"
"""


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    root = tmp_path / "clone"
    for file, text in {
        "pyproject.toml": "[tool.pytest.ini_options]\n",
        "httpserver/__init__.py": '"""A layer."""\n',
        "httpserver/sums.py": LAYER,
        "tests/httpserver/test_sums.py": TESTS,
        "lessons/__init__.py": "",
        "lessons/00-start/chapter.toml": 'title = "Start"\nquestion = "What?"\n',
        "lessons/01-adding/chapter.toml": FIRST,
        "lessons/02-counting/chapter.toml": SECOND,
    }.items():
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_text(text)
    return Clone(root)
