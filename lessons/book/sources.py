"""The source files that the book points into, and where a definition stands in them."""

import ast
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from lessons.places import LAYERS, ROOT

PACKAGES = (*LAYERS, "lessons")
SUFFIXES = {".py", ".html", ".css", ".js", ".md", ".toml", ".svg"}


class Sources:
    """Every file that may be shown, by its path from the root: "httpserver/parser.py".

    A name is looked up among the files that there are; it is never joined to a folder,
    so no spelling of it leads outside.
    """

    def __init__(self, root: Path, packages: tuple[str, ...] = PACKAGES) -> None:
        self.root = root
        self.packages = packages

    def names(self, package: str) -> Iterator[str]:
        for path in sorted((self.root / package).rglob("*")):
            if path.suffix in SUFFIXES and path.is_file() and "__pycache__" not in path.parts:
                yield path.relative_to(self.root).as_posix()

    def by_package(self) -> list[tuple[str, list[str]]]:
        return [(package, list(self.names(package))) for package in self.packages]

    def find(self, name: str) -> Path | None:
        package = name.partition("/")[0]
        if package in self.packages and name in self.names(package):
            return self.root / name
        return None


SOURCES = Sources(ROOT)


def line_of(path: Path, definition: str) -> int | None:
    """The line on which a function, class or method ("Server.run") begins; None if not there."""
    return _lines(path, path.stat().st_mtime_ns).get(definition)


@lru_cache(maxsize=256)
def _lines(path: Path, modified: int) -> dict[str, int]:
    found: dict[str, int] = {}

    def visit(body: list[ast.stmt], prefix: str) -> None:
        for node in body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                found[prefix + node.name] = node.lineno
                if isinstance(node, ast.ClassDef):
                    visit(node.body, f"{prefix}{node.name}.")
            elif isinstance(node, ast.Assign | ast.AnnAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                for target in targets:
                    if isinstance(target, ast.Name):
                        found.setdefault(prefix + target.id, node.lineno)

    visit(ast.parse(path.read_text("utf-8")).body, "")
    return found
