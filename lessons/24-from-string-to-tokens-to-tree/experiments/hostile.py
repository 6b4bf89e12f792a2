"""A line of opening braces that nothing closes: what it costs to find no tag in it.

python experiments/hostile.py        as it is
python experiments/hostile.py off    tags are found by one regular expression
"""

import re
import sys
import time
from collections.abc import Iterator

from templating import Engine, lexer

TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}")


def simple(text: str) -> Iterator[tuple[int, int]]:
    return (found.span() for found in TAG.finditer(text))


if "off" in sys.argv:
    lexer.tags = simple

engine = Engine()
engine.from_string("warm up")
for size in (1000, 2000, 4000):
    begin = time.process_time()
    engine.from_string("{{" * size)
    print(f"{size} openings on a line: {(time.process_time() - begin) * 1000:.0f} ms")
