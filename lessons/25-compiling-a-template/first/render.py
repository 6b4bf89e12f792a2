"""A template becomes a Python function, and that a page: python first/render.py PAGE.html DATA.json

With --show in place of the data, the function is printed.
"""

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


def translate(text: str) -> str:
    """The Python of a template: a function that writes the page piece by piece."""
    lines, depth = ["def page(context, write):"], 1

    def line(code: str) -> None:
        lines.append("    " * depth + code)

    for kind, contents in tokenise(text):
        match kind, contents.split():
            case "", _:
                line(f"write({contents!r})")
            case "{{", _:
                line(f"write(str(evaluate({contents!r}, context)))")
            case "{%", ["for", name, "in", expression]:
                line(f"for context[{name!r}] in evaluate({expression!r}, context):")
                depth += 1
            case "{%", ["if", expression]:
                line(f"if evaluate({expression!r}, context):")
                depth += 1
            case "{%", ["else"]:
                depth -= 1
                line("else:")
                depth += 1
            case "{%", ["endfor" | "endif"]:
                depth -= 1
            case "{%", _:
                raise SyntaxError(f"there is no tag {contents!r}")
    return "\n".join(lines)


def compile_page(text: str) -> Callable[[dict[str, Any]], str]:
    """The template as a function of its values, to be called as often as you like."""
    space: dict[str, Any] = {"evaluate": evaluate}
    exec(translate(text), space)  # noqa: S102 - what came from outside stands in it as literals

    def render(context: dict[str, Any]) -> str:
        parts: list[str] = []
        space["page"](context, parts.append)
        return "".join(parts)

    return render


if __name__ == "__main__":
    template, data = Path(sys.argv[1]).read_text("utf-8"), sys.argv[2]
    if data == "--show":
        print(translate(template))
    else:
        print(compile_page(template)(json.loads(Path(data).read_text("utf-8"))), end="")
