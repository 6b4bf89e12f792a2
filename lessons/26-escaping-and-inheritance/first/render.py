"""A page that escapes, and fills the blocks of another: python first/render.py PAGE.html DATA.json

With --show in place of the data, the functions are printed.
"""

import html
import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

TAG = re.compile(r"(\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\})")

Function = Callable[..., None]


class Safe(str):
    """Text that is HTML already."""


def escape(value: Any) -> str:
    return value if isinstance(value, Safe) else html.escape(str(value))


FILTERS: dict[str, Callable[[Any, str], Any]] = {
    "upper": lambda value, _: str(value).upper(),
    "default": lambda value, instead: value or instead,
    "safe": lambda value, _: Safe(value),
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
    """The Python of a template: a function for the page, and one for each of its blocks."""
    lines, depth = ["def page(context, write, blocks):"], 1
    done, outer = [lines], []

    def line(code: str) -> None:
        lines.append("    " * depth + code)

    for kind, contents in tokenise(text):
        match kind, contents.split():
            case "", _:
                line(f"write({contents!r})")
            case "{{", _:
                line(f"write(escape(evaluate({contents!r}, context)))")
            case "{%", ["extends", parent]:
                done.append([f"parent = {json.loads(parent)!r}"])
            case "{%", ["block", name] if name.isidentifier():
                line(f"blocks[{name!r}](context, write, blocks)")
                outer.append((lines, depth))
                lines, depth = [f"def block_{name}(context, write, blocks):"], 1
                done.append(lines)
            case "{%", ["endblock"]:
                lines, depth = outer.pop()
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
    return "\n".join(line for function in done for line in function)


def load(path: Path) -> tuple[Function, dict[str, Function]]:
    """The function to begin with, and the blocks that it calls, by name."""
    space: dict[str, Any] = {"evaluate": evaluate, "escape": escape}
    exec(translate(path.read_text("utf-8")), space)  # noqa: S102
    blocks = {name[6:]: space[name] for name in space if name.startswith("block_")}
    if "parent" not in space:
        return space["page"], blocks
    page, above = load(path.parent / space["parent"])
    return page, {**above, **blocks}


def render(path: Path, context: dict[str, Any]) -> str:
    page, blocks = load(path)
    parts: list[str] = []
    page(context, parts.append, blocks)
    return "".join(parts)


if __name__ == "__main__":
    template, data = Path(sys.argv[1]), sys.argv[2]
    if data == "--show":
        print(translate(template.read_text("utf-8")))
    else:
        print(render(template, json.loads(Path(data).read_text("utf-8"))), end="")
