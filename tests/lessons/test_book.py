"""The book: chapters, the links into the source, the pictures."""

import re
from pathlib import Path

import pytest

from lessons.book.chapters import Chapter, all_chapters, find
from lessons.book.sources import SOURCES, Sources, line_of
from lessons.book.text import reader_url, render_chapter, render_source

LINK = re.compile(r"(?<!!)\[`?(?P<text>[^]`]+)`?\]\((?P<target>[^)]+)\)")

chapters = pytest.mark.parametrize("chapter", all_chapters(), ids=lambda chapter: chapter.slug)


def test_there_are_chapters_and_the_first_is_the_round_trip() -> None:
    first = all_chapters()[0]
    assert (first.number, first.slug) == (0, "round-trip")
    assert find("round-trip") == first
    assert find("no-such") is None


@chapters
def test_every_link_of_a_chapter_leads_somewhere(chapter: Chapter) -> None:
    links = LINK.findall(chapter.text)
    assert links
    for text, target in links:
        if target.startswith(("/", "#", "http")):
            continue
        path = (chapter.folder / target).resolve()
        assert path.is_file(), f"{text}: {target} is not there"
        assert reader_url(target, text, chapter).startswith("/source/")
        if path.suffix == ".py":
            assert line_of(path, text), f"{target} defines no {text!r}"


@chapters
def test_a_picture_has_a_text_alternative_and_links_to_what_is_there(chapter: Chapter) -> None:
    page = render_chapter(chapter)
    drawings = list(chapter.folder.glob("*.svg"))
    assert drawings
    for drawing in drawings:
        text = drawing.read_text("utf-8")
        assert "<title" in text
        assert "<desc" in text
        assert "prefers-color-scheme: dark" in text
        for anchor in re.findall(r'href="#([\w-]+)"', text):
            assert f'id="{anchor}"' in page, f"{drawing.name}: no #{anchor} in the chapter"


def test_the_ten_steps_are_all_in_chapter_0() -> None:
    page = render_chapter(all_chapters()[0])
    for step in range(1, 11):
        section = page.partition(f'id="step-{step}"')[2].partition("<h2")[0]
        assert re.search(r'href="/source/[^"]+#L\d+"', section), f"step {step} links to no code"


def test_a_source_page_has_an_anchor_for_each_line() -> None:
    path = SOURCES.find("httpserver/events.py")
    assert path is not None
    page = render_source(path)
    count = len(path.read_text().splitlines())
    for line in (1, count):
        assert f'id="L{line}"' in page


@pytest.mark.parametrize(
    "name",
    ["../x.py", "lessons/../pyproject.toml", "/etc/passwd", "", "secret.py", "lessons",
     "pkg/hidden.txt", "lessons/none.py"],
)  # fmt: skip
def test_only_listed_files_are_found(tmp_path: Path, name: str) -> None:
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg" / "a.py").write_text("")
    (tmp_path / "pkg" / "hidden.txt").write_text("")
    (tmp_path / "secret.py").write_text("")
    sources = Sources(tmp_path, ("pkg",))
    assert sources.find("pkg/a.py") == tmp_path / "pkg" / "a.py"
    assert sources.find(name) is None
