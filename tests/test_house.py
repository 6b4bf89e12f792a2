"""The walls of the house: who imports whom, and what is the same in every layer.

The source is read, not run, so that an import inside of a function counts too.
"""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LAYERS = ("httpserver", "wsgi", "miniframework", "miniorm", "templating")
MAY_IMPORT = {
    "httpserver": set(),
    "templating": set(),
    "miniorm": set(),
    "wsgi": {"httpserver"},
    "miniframework": {"templating", "miniorm"},
    "lessons": set(LAYERS),
}
# What one module alone may have, besides the standard library.
THIRD_PARTY = {"miniorm": {"psycopg", "psycopg_pool"}, "wsgi": {"watchfiles"}}
SAME_EVERYWHERE = ("events.py", "suggest.py")


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """(line, first component) of everything that the file imports by an absolute name."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name.partition(".")[0]) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.lineno, node.module.partition(".")[0]
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            argument = node.args[0] if node.args else None
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                yield node.lineno, argument.value.partition(".")[0]


def sources(package: str) -> list[Path]:
    found = sorted((ROOT / package).rglob("*.py"))
    assert found, f"{package} has no source files"
    return found


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_a_layer_imports_only_what_the_design_allows(package: str) -> None:
    allowed = {package} | MAY_IMPORT[package]
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in sources(package)
        for line, name in imports(path)
        if (name in MAY_IMPORT or name == "tests") and name not in allowed
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("package", LAYERS)
def test_a_layer_needs_nothing_but_the_standard_library(package: str) -> None:
    known = sys.stdlib_module_names | set(MAY_IMPORT) | THIRD_PARTY.get(package, set())
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in sources(package)
        for line, name in imports(path)
        if name not in known
    ]
    assert not wrong, "\n".join(wrong)


def test_the_xray_imports_the_standard_library_and_the_layers_only() -> None:
    known = sys.stdlib_module_names | set(LAYERS) | {"lessons"}
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in sources("lessons/xray")
        for line, name in imports(path)
        if name not in known
    ]
    assert not wrong, "\n".join(wrong)
    for path in sources("lessons/xray"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("lessons"):
                assert (node.module or "").startswith("lessons.xray"), path


@pytest.mark.parametrize("name", SAME_EVERYWHERE)
def test_a_file_that_every_layer_has_is_the_same_in_each(name: str) -> None:
    texts = {(ROOT / layer / name).read_text("utf-8") for layer in LAYERS}
    assert len(texts) == 1


def test_every_module_says_what_it_is() -> None:
    without = [
        str(path.relative_to(ROOT))
        for package in MAY_IMPORT
        for path in sources(package)
        if path.read_text("utf-8").strip() and not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert not without, f"no docstring: {without}"


def test_every_package_is_in_the_wheel_and_the_tests_are_not() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    listed = set(project["tool"]["setuptools"]["packages"])
    there = {
        ".".join(path.parent.relative_to(ROOT).parts)
        for package in MAY_IMPORT
        for path in (ROOT / package).rglob("__init__.py")
    }
    assert listed == there


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_can_be_imported_without_site_packages(layer: str) -> None:
    """-S leaves out everything that was installed: a bare Python must do."""
    result = subprocess.run(
        [sys.executable, "-S", "-c", f"import {layer}, {layer}.__main__"],
        cwd=ROOT, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr


def test_importing_the_orm_loads_no_back_end() -> None:
    code = (
        "import sys, miniorm, miniorm.models;"
        "print([name for name in sys.modules if name in ('sqlite3', 'psycopg')])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert result.stdout.strip() == "[]", result.stdout + result.stderr


@pytest.mark.parametrize("layer", LAYERS)
def test_every_room_is_in_the_plan(layer: str) -> None:
    """ARCHITECTURE.md names each module of a layer in the layer's own section."""
    plan = (ROOT / "ARCHITECTURE.md").read_text("utf-8").partition("## The rooms")[2]
    section = plan.partition(f"### {layer}\n")[2].partition("\n### ")[0]
    named = set(re.findall(r"`([\w/]+)`", section)) | {"events", "suggest", "__init__"}
    modules = {path.stem for path in sources(layer) if path.parent.name != "commands"}
    assert modules - named - {"global_settings"} == set()
    folders = {f"{path.parent.name}/" for path in sources(layer)} - {f"{layer}/"}
    assert folders - named == set()
