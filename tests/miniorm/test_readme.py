"""The section "miniorm alone" of README.md, typed along: its files written, its commands run."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from lessons.book.chapters import Chapter
from lessons.book.commands import run_chapter, run_fence
from lessons.book.markdown import Document
from tests.postgres import emptied_postgres
from tests.processes import ROOT


@pytest.fixture
def shop(tmp_path: Path) -> Chapter:
    """A folder with the section as its text, and the files that it shows."""
    text = (ROOT / "README.md").read_text("utf-8")
    section = text.partition("## miniorm alone\n")[2].partition("\n## ")[0]
    folder = tmp_path / "00-shop"
    folder.mkdir()
    (folder / "README.md").write_text(section)
    for name, body in re.findall(r"```python\n# (\w+\.py)\n(.*?)```", section, re.DOTALL):
        (folder / name).write_text(body)
    return Chapter(0, "shop", "miniorm alone", "?", folder)


def test_its_commands_do_what_it_shows(shop: Chapter) -> None:
    problem, made = run_chapter(shop)
    assert problem == ""
    assert made == [
        "migrations/0001_initial.py",
        "migrations/__init__.py",
        "shop.db",
        "shop.db.lock",
    ]


@pytest.mark.postgres
def test_on_postgresql_only_the_url_is_another(shop: Chapter) -> None:
    (fence,) = [each for each in Document.of(shop).fences if "postgres" in each.options]
    body = fence.body.replace("postgresql:///shop", f"'{emptied_postgres()}'")
    assert run_fence(shop, replace(fence, body=body)) == ""
