"""`python -m templating PAGE.html name=value`: render a template to the terminal.

Step 7, alone. Errors go to stderr; the exit status is 0, 1 for a template or data that
fails, 2 for a wrong command line.
"""

import sys

if sys.version_info < (3, 11):  # said here, before the imports below fail on it
    sys.exit(f"glasstack needs Python 3.11 or later; this is {sys.version.split()[0]}.")

import argparse
import json
from pathlib import Path
from typing import Any

from templating.engine import Engine
from templating.lexer import tokenise
from templating.nodes import Node
from templating.source import Position
from templating.template import Template


def main(argv: list[str] | None = None) -> int:
    options = arguments().parse_args(argv)
    try:
        sys.stdout.write(produce(options))
    except Exception as error:  # whatever a template, a tag or the data raises: one kind text
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        position = getattr(error, "template_position", None)
        if isinstance(position, Position) and str(position.line) not in str(error):
            for note in getattr(error, "__notes__", ()):
                print(f"  {note}", file=sys.stderr)
        return 1
    return 0


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m templating",
        description="Render a template written in Django's template language.",
    )
    parser.add_argument("page", help="the template: a file, or a name inside --dir")
    parser.add_argument("values", nargs="*", metavar="name=value", type=pair, help="variables")
    parser.add_argument(
        "--data", metavar="FILE.json", help="more variables: a JSON object; - is standard input"
    )
    parser.add_argument(
        "--dir",
        action="append",
        default=[],
        help="a folder of templates, for extends and include too (may be repeated)",
    )
    parser.add_argument(
        "--show",
        choices=sorted(STAGES),
        help="print a stage of the way from text to Python instead of rendering",
    )
    return parser


def pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form name=value")
    return name, value


def produce(options: argparse.Namespace) -> str:
    page = Path(options.page)
    folders = options.dir or [str(page.parent)]
    engine = Engine(dirs=folders)
    template = engine.get_template(options.page if options.dir else page.name)
    if options.show:
        return STAGES[options.show](template)
    return str(template.render({**read_data(options.data), **dict(options.values)}))


def read_data(name: str | None) -> dict[str, Any]:
    if name is None:
        return {}
    text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"{name} is not JSON: {error}.") from error
    if not isinstance(data, dict):
        raise ValueError(f"{name}: expected a JSON object, found {type(data).__name__}.")
    return data


def show_tokens(template: Template) -> str:
    return "".join(
        f"{token.lineno}:{token.column}\t{token.token_type.name}\t{token.contents!r}\n"
        for token in tokenise(template.source)
    )


def show_nodes(template: Template) -> str:
    def lines(node: Node, depth: int) -> list[str]:
        shown = node.token.source.strip() if node.token is not None else ""
        inner = [line for child in node.child_nodes() for line in lines(child, depth + 1)]
        return [f"{'  ' * depth}{type(node).__name__}  {shown!r}\n", *inner]

    return "".join(line for node in template.nodelist for line in lines(node, 0))


STAGES = {"tokens": show_tokens, "nodes": show_nodes, "code": Template.listing}

if __name__ == "__main__":
    sys.exit(main())
