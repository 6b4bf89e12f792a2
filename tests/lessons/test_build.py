"""`python -m lessons build DIR`: the reader as files, served by `python -m httpserver DIR`."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.processes import ROOT, Process, free_port, python

pytestmark = pytest.mark.timeout(120)

LARGEST = 100 * 1024  # bytes of a page


# `python -m lessons`, in a book of one page.
SHORT = """
import sys
from lessons.__main__ import main
from lessons.reader import static_build

static_build.paths = lambda: ["/"]
sys.exit(main())
"""


def run_build(var: Path, folder: Path, *program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *(program or ("-m", "lessons")), "build", str(folder)],
        cwd=ROOT, env={**os.environ, "GLASSTACK_VAR": str(var)},
        capture_output=True, text=True, timeout=100,
    )  # fmt: skip


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("build") / "site"
    result = run_build(tmp_path_factory.mktemp("var"), folder)
    assert result.returncode == 0, result.stderr
    return folder


@pytest.fixture(scope="module")
def served(built: Path) -> Iterator[Process]:
    port = free_port()
    command = ("-m", "httpserver", str(built), "--listen", f"127.0.0.1:{port}", "--quiet")
    with python(*command, port=port) as server:
        yield server


def links_of(page: str) -> set[str]:
    """The addresses within the site that a page leads to or loads."""
    found: set[str] = set()

    class Finder(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            for name, value in attrs:
                if name in ("href", "src", "action") and (value or "").startswith("/"):
                    found.add(re.split("[#?]", value or "")[0])

    Finder().feed(page)
    return found


def pages(built: Path) -> list[Path]:
    return sorted(path for path in built.rglob("index.html") if path.is_file())


def test_no_page_is_larger_than_100_kib(built: Path) -> None:
    large = [
        f"{path.relative_to(built)}: {path.stat().st_size}"
        for path in pages(built)
        if path.stat().st_size > LARGEST
    ]
    assert not large


def test_every_link_of_every_page_leads_to_a_page(built: Path, served: Process) -> None:
    links: set[str] = set()
    for path in pages(built):
        links |= links_of(path.read_text("utf-8"))
    links -= {"/search/"}  # the box searches by itself, as one types
    assert len(links) > 100
    for link in sorted(links):
        assert served.get(link)[0] == 200, link


def test_the_search_has_its_list(built: Path) -> None:
    entries = json.loads((built / "search.json").read_text())
    assert any(entry["title"] == "parse_head" for entry in entries)


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "mine.txt").write_text("mine")
    result = run_build(tmp_path / "var", tmp_path / "site")
    assert result.returncode == 1
    assert "is not empty" in result.stderr
    assert (tmp_path / "site" / "mine.txt").read_text() == "mine"


def test_a_second_build_replaces_the_first(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    for _ in range(2):
        result = run_build(tmp_path / "var", folder, "-c", SHORT)
        assert result.returncode == 0, result.stderr
        stale = folder / "chapters" / "stale"
        assert not stale.exists()
        stale.mkdir(parents=True)
    assert (folder / "index.html").is_file()
