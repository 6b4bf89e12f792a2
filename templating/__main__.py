"""`python -m templating PAGE.html name=value`: render a template to the terminal.

Step 7, alone. Errors go to stderr; the exit status is 0, 1 for a template or data that
fails, 2 for a wrong command line.
"""

import sys

if sys.version_info < (3, 11):  # said here, before the imports below fail on it
    sys.exit(f"glasstack needs Python 3.11 or later; this is {sys.version.split()[0]}.")

import argparse
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from templating.engine import Engine
from templating.lexer import tokenise
from templating.loaders.cached import Loader as CachedLoader
from templating.loaders.filesystem import Loader
from templating.nodes import Node
from templating.source import Origin
from templating.template import Template

CLEAR_SCREEN = "\x1b[H\x1b[2J\x1b[3J"
# How often --watch looks whether a file has changed, in seconds.
WATCH_INTERVAL = 0.2


def main(argv: list[str] | None = None) -> int:
    parser = arguments()
    options = parser.parse_intermixed_args(argv)  # values also behind options
    if not options.watch:
        return run(options)
    if options.data == "-":
        parser.error("--watch reads its files again and again: give --data a file")
    try:
        watch(options)
    except KeyboardInterrupt:
        return 0


def run(options: argparse.Namespace, stamps: dict[str, int] | None = None) -> int:
    """Render once: the text to stdout or the error to stderr, and the exit status.

    `stamps` is given the files that took part, each with the time of its last change.
    """
    try:
        sys.stdout.write(produce(options, {} if stamps is None else stamps))
        sys.stdout.flush()
    except BrokenPipeError:  # who reads has seen enough: `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:  # whatever a template, a tag or the data raises: one kind text
        tell(error)
        return 1
    return 0


def tell(error: Exception) -> None:
    print(f"{type(error).__name__}: {error}", file=sys.stderr)
    for note in getattr(error, "__notes__", ()):
        print(f"  {note}" if note.startswith("in template") else note, file=sys.stderr)


def watch(options: argparse.Namespace, wait: Callable[[float], object] = time.sleep) -> NoReturn:
    """Render, and again whenever one of the files that took part has changed."""
    while True:
        if sys.stdout.isatty():
            sys.stdout.write(CLEAR_SCREEN)
        stamps: dict[str, int] = {}
        run(options, stamps)
        while all(modified(name) == stamp for name, stamp in stamps.items()):
            wait(WATCH_INTERVAL)


class NotingLoader(Loader):
    """Files, noted with their time as they are read; those that are not there, too."""

    def __init__(self, engine: Engine, stamps: dict[str, int]) -> None:
        super().__init__(engine)
        self.stamps = stamps

    def get_contents(self, origin: Origin) -> str:
        note(origin.name, self.stamps)
        return super().get_contents(origin)


def note(name: str, stamps: dict[str, int]) -> None:
    stamps.setdefault(name, modified(name))


def modified(name: str) -> int:
    """When a file was changed last; 0 where there is none."""
    try:
        return os.stat(name).st_mtime_ns
    except (OSError, ValueError):
        return 0


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m templating",
        description="Render a template written in Django's template language.",
    )
    parser.add_argument("page", help="the template: a file, or a name inside --dir")
    parser.add_argument(
        "values", nargs="*", default=[], metavar="name=value", type=pair, help="variables"
    )
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
    parser.add_argument(
        "--watch", action="store_true", help="render again whenever a file changes, until Ctrl-C"
    )
    return parser


def pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form name=value")
    return name, value


def produce(options: argparse.Namespace, stamps: dict[str, int]) -> str:
    page = Path(options.page)
    folders = options.dir or [str(page.parent)]
    engine = Engine(dirs=folders)
    kept = CachedLoader(engine, [])
    kept.loaders = [NotingLoader(engine, stamps)]
    engine.template_loaders = [kept]
    if options.data and options.data != "-":
        note(options.data, stamps)
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
        shown = node.token.source if node.token is not None else ""
        inner = [line for child in node.child_nodes() for line in lines(child, depth + 1)]
        return [f"{'  ' * depth}{type(node).__name__}  {shown!r}\n", *inner]

    return "".join(line for node in template.nodelist for line in lines(node, 0))


STAGES = {"tokens": show_tokens, "nodes": show_nodes, "code": Template.listing}

if __name__ == "__main__":
    sys.exit(main())
