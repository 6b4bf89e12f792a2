"""A template and its values become a page: python first/render.py PAGE.html DATA.json"""

import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

TAG = re.compile(r"(\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\})")
FILTERS: dict[str, Callable[[Any, str], Any]] = {
    "upper": lambda value, _: str(value).upper(),
    "default": lambda value, instead: value or instead,
}


def tokenise(text: str) -> Iterator[tuple[str, str]]:
    """Text and tags by turns, each with its kind: "", "{{", "{%" or "{#"."""
    for number, piece in enumerate(TAG.split(text)):
        yield (piece[:2], piece[2:-2].strip()) if number % 2 else ("", piece)


def evaluate(expression: str, context: dict[str, Any]) -> Any:
    path, *filters = expression.split("|")
    value: Any = context
    for name in path.split("."):
        value = value[name]
    for each in filters:
        name, _, argument = each.partition(":")
        value = FILTERS[name](value, argument.strip('"'))
    return value


def render(text: str, context: dict[str, Any]) -> str:
    parts = []
    for kind, contents in tokenise(text):
        if kind == "":
            parts.append(contents)
        elif kind == "{{":
            parts.append(str(evaluate(contents, context)))
    return "".join(parts)


if __name__ == "__main__":
    page, data = (Path(name).read_text("utf-8") for name in sys.argv[1:3])
    print(render(page, json.loads(data)), end="")
