"""The source files that the book points into, and where a definition stands in them."""

import ast
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from lessons.book.chapters import FOLDER, OWN
from lessons.places import LAYERS, ROOT

PACKAGES = (*LAYERS, "lessons")
SUFFIXES = {".py", ".html", ".css", ".js", ".toml", ".svg"}


class Sources:
    """Every file that may be shown, by its path from the root: "httpserver/parser.py".

    Each part of a name is looked up among what is in that folder; nothing else is ever joined
    to one, so no spelling of a name leads outside.
    """

    def __init__(self, root: Path, packages: tuple[str, ...] = PACKAGES) -> None:
        self.root = root
        self.packages = packages

    def names(self, package: str) -> Iterator[str]:
        for path in sorted((self.root / package).rglob("*")):
            name = path.relative_to(self.root).as_posix()
            if path.suffix in SUFFIXES and path.is_file() and is_own(name):
                yield name

    def by_package(self) -> list[tuple[str, list[str]]]:
        return [(package, list(self.names(package))) for package in self.packages]

    def find(self, name: str) -> Path | None:
        package, *parts = name.split("/")
        if package not in self.packages or not is_own(name):
            return None
        path = self.root / package
        for part in parts:
            if not path.is_dir() or part not in os.listdir(path):
                return None
            path /= part
        return path if path.suffix in SUFFIXES and path.is_file() else None


def is_own(name: str) -> bool:
    """Whether a file belongs to the project: what is compiled, or typed along, does not."""
    package, folder, inside = [*name.split("/", 2), "", ""][:3]
    in_chapter = package == "lessons" and inside and FOLDER.fullmatch(folder)
    return "__pycache__" not in name.split("/") and bool(not in_chapter or OWN.fullmatch(inside))


SOURCES = Sources(ROOT)


@dataclass(frozen=True, slots=True)
class Definition:
    """A function, class, method ("Server.run") or name of a module, and where it begins."""

    name: str
    line: int
    summary: str  # the first line of its docstring


def line_of(path: Path, definition: str) -> int | None:
    """The line on which a definition begins; None if it is not there."""
    lines = {each.name: each.line for each in definitions(path)}
    return lines.get(definition)


def definitions(path: Path) -> tuple[Definition, ...]:
    """Everything that a source file defines, in the order of the file."""
    return _definitions(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=2048)
def _definitions(path: Path, modified: int) -> tuple[Definition, ...]:
    return tuple(_visit(ast.parse(path.read_text("utf-8")).body, ""))


def _visit(body: list[ast.stmt], prefix: str) -> Iterator[Definition]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            summary = (ast.get_docstring(node) or "").partition("\n")[0]
            yield Definition(prefix + node.name, node.lineno, summary)
            if isinstance(node, ast.ClassDef):
                yield from _visit(node.body, f"{prefix}{node.name}.")
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                if isinstance(target, ast.Name):
                    yield Definition(prefix + target.id, node.lineno, "")
