"""Listings that are the source: found in it, compared with it, brought up to date.

A fence names where its text comes from:

    ```python file=httpserver/parser.py def=parse_head
    ```python file=httpserver/parser.py def=Parser.feed from="while True:" to="return head"
    ```python file=first/serve.py

`file` is a path from the root, or from the chapter's folder where it begins with first/ or
experiments/. `def` is a function, class, method, function in a function (`outer.inner`), a
property's setter (`Class.name.setter`) or a name that is given a value; decorators belong
to it. `from` and `to` are lines of it as they stand, without their indentation, or how
such a line begins; each means the first that fits. The source carries no marks.
"""

import ast
import sys
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from functools import lru_cache
from pathlib import Path

from lessons.book.chapters import Chapter, all_chapters, choose
from lessons.book.errors import BookError, shown
from lessons.book.files import changed, text_of, write_whole
from lessons.book.markdown import Document, Fence
from lessons.places import ROOT
from miniframework.suggest import did_you_mean

OWN = ("first/", "experiments/")
OPTIONS = ("file", "def", "from", "to")
LONGEST_DIFF = 12  # lines; a listing that differs everywhere is seen by its beginning
ACCESSORS = ("setter", "deleter")


@dataclass(frozen=True)
class Span:
    """Lines of a file, counted from 1, both included; `name_line` is the one with `def`."""

    first: int
    last: int
    name_line: int


@dataclass(frozen=True)
class Listing:
    """A fence, and what the source says in its place."""

    fence: Fence
    path: Path
    definition: str
    span: Span
    text: str

    @property
    def title(self) -> str:
        return f"{self.definition} in {shown(self.path)}" if self.definition else shown(self.path)


def listings(chapter: Chapter) -> Iterator[Listing]:
    """The listings of a chapter; BookError at the first that names what is not there."""
    for fence in Document.of(chapter).fences:
        if is_listing(fence):
            yield resolve(chapter, fence)


def is_listing(fence: Fence) -> bool:
    return "file=" in fence.info


def resolve(chapter: Chapter, fence: Fence) -> Listing:
    """What a fence should show. BookError says what it names that is not there."""
    options = fence.options
    for option in options:
        if option not in OPTIONS:
            raise BookError(f"there is no option {option!r}.{did_you_mean(option, OPTIONS)}")
    path = source_path(chapter, options.get("file", ""))
    definition = options.get("def", "")
    lines = text_of(path).splitlines()
    span = find_definition(path, definition) if definition else Span(1, len(lines), 1)
    for option in ("from", "to"):
        if option in options:
            span = _narrow(span, lines, option, options[option], definition or options["file"])
    text = textwrap.dedent("\n".join(lines[span.first - 1 : span.last])).rstrip() + "\n"
    return Listing(fence, path, definition, span, text)


def source_path(chapter: Chapter, name: str) -> Path:
    base = chapter.folder if name.startswith(OWN) else ROOT
    path = (base / name).resolve()
    if not path.is_relative_to(base.resolve()) or not path.is_file():
        known = [shown(each) for each in sorted((base / name).parent.glob("*.*"))]
        raise BookError(f"there is no file {name!r}.{did_you_mean(name, known)}")
    return path


def _narrow(span: Span, lines: Sequence[str], option: str, wanted: str, where: str) -> Span:
    """The span, begun (`from`) or ended (`to`) at the first line that is `wanted`."""
    inside = {number: lines[number - 1].strip() for number in range(span.first, span.last + 1)}
    wanted = wanted.strip()
    found = [number for number, line in inside.items() if line == wanted]
    found += [number for number, line in inside.items() if line.startswith(wanted)]
    if not found or not wanted:
        raise BookError(
            f"{where} has no line {wanted!r}"
            + (f" at or after line {span.first}" if option == "to" else "")
            + f" ({option}=).{did_you_mean(wanted, inside.values())}"
        )
    if option == "from":
        return Span(found[0], span.last, found[0])
    return Span(span.first, found[0], span.name_line)


def find_definition(path: Path, name: str) -> Span:
    """Where a definition of a Python file stands, its decorators included."""
    known = definitions(path)
    if name not in known:
        # The likeliest slip is a method without its class.
        inside = [each for each in known if each.endswith("." + name)]
        hint = f" Did you mean {inside[0]!r}?" if inside else did_you_mean(name, known)
        raise BookError(f"{shown(path)} defines no {name!r}.{hint}")
    return known[name]


def definitions(path: Path) -> dict[str, Span]:
    """Every definition of a Python file by its dotted name, those inside functions too.

    Of a name that is defined more than once the first counts.
    """
    return _definitions(path, changed(path))


@lru_cache(maxsize=256)
def _definitions(path: Path, modified: int) -> dict[str, Span]:
    if path.suffix != ".py":
        raise BookError(f"{shown(path)} is not Python: it has no definitions (def=).")
    try:
        tree = ast.parse(text_of(path))
    except SyntaxError as error:
        raise BookError(f"{shown(path)}:{error.lineno}: not Python: {error.msg}.")
    found: dict[str, Span] = {}
    for name, span in _visit(tree.body, ""):
        found.setdefault(name, span)
    return found


def _visit(
    body: Sequence[ast.AST], prefix: str, is_local: bool = False
) -> Iterator[tuple[str, Span]]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
            span = Span(first, node.end_lineno or node.lineno, node.lineno)
            yield prefix + node.name, span
            for decorator in node.decorator_list:
                if isinstance(decorator, ast.Attribute) and decorator.attr in ACCESSORS:
                    yield f"{prefix}{node.name}.{decorator.attr}", span
            inside_function = is_local or not isinstance(node, ast.ClassDef)
            yield from _visit(node.body, f"{prefix}{node.name}.", inside_function)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                if isinstance(target, ast.Name) and not is_local:
                    span = Span(node.lineno, node.end_lineno or node.lineno, node.lineno)
                    yield prefix + target.id, span
        else:
            # What is defined under an `if`, a `try` or a `with` is defined here.
            for inner in ("body", "handlers", "orelse", "finalbody", "cases"):
                yield from _visit(getattr(node, inner, ()), prefix, is_local)


def problems(chapter: Chapter) -> list[str]:
    """What is wrong with the listings of a chapter: file, line, and how it differs."""
    return [
        f"{shown(chapter.readme)}:{fence.line}: {problem}"
        for fence in Document.of(chapter).fences
        if is_listing(fence) and (problem := _problem(chapter, fence))
    ]


def _problem(chapter: Chapter, fence: Fence) -> str:
    try:
        listing = resolve(chapter, fence)
        check_marks(listing)
    except BookError as error:
        return str(error)
    if fence.body == listing.text:
        return ""
    diff = unified_diff(
        fence.body.splitlines(), listing.text.splitlines(), "chapter", "source", n=1, lineterm=""
    )
    lines = list(diff)[2:]
    if len(lines) > LONGEST_DIFF:
        lines = [*lines[:LONGEST_DIFF], f"... and {len(lines) - LONGEST_DIFF} lines more"]
    return (
        f"the listing of {listing.title} differs from the source"
        f" (-chapter +source; `python -m lessons sync {chapter.slug}` mends it):\n"
        + "\n".join("    " + line for line in lines)
    )


def check_marks(listing: Listing) -> None:
    """A source text that has fences itself would end the fence that it stands in."""
    fence = listing.fence
    if not fence.closed:
        raise BookError(f"the listing of {listing.title} is never closed with {fence.marks}.")
    if any(line.strip().startswith(fence.marks) for line in listing.text.splitlines()):
        raise BookError(
            f"{listing.title} contains {fence.marks}: open and close this fence with one mark more."
        )


def sync(chapter: Chapter) -> int:
    """Bring the listings of a chapter up to date; how many were not.

    Only the bodies of fences that differ are written anew. Those that name what is not
    there stay as they are: `problems` tells of them.
    """
    document = Document.of(chapter)
    lines, count = list(document.lines), 0
    for fence in reversed(document.fences):
        if not is_listing(fence):
            continue
        try:
            listing = resolve(chapter, fence)
            check_marks(listing)
        except BookError:
            continue
        if fence.body != listing.text:
            body = [(fence.prefix + line).rstrip() for line in listing.text.splitlines()]
            lines[fence.line : fence.end - 1] = body
            count += 1
    if count:
        write_whole(chapter.readme, "\n".join(lines))
    return count


def sync_command(name: str | None) -> int:
    """`python -m lessons sync [CHAPTER]`: bring listings up to date and say so."""
    status, total = 0, 0
    try:
        for chapter in all_chapters() if name is None else [choose(name)]:
            count = sync(chapter)
            total += count
            if count:
                print(f"{shown(chapter.readme)}: {count} listing{'s' * (count != 1)} rewritten.")
            for problem in problems(chapter):
                print(problem, file=sys.stderr)
                status = 1
    except (BookError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    if not total and not status:
        print("Every listing is as the source has it.")
    return status
