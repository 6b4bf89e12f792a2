"""The book: chapters, the links into the source, the pictures."""

import re
from pathlib import Path

import pytest

from lessons.book.chapters import Chapter, all_chapters, find
from lessons.book.glossary import Word
from lessons.book.listings import listings
from lessons.book.markdown import Document
from lessons.book.sources import SOURCES, Sources, is_own, line_of
from lessons.book.text import colour, line_named, reader_url, render_chapter, render_source
from lessons.reader.search import search

chapters = pytest.mark.parametrize("chapter", all_chapters(), ids=lambda chapter: chapter.slug)


def test_there_are_chapters_and_the_first_is_the_round_trip() -> None:
    first = all_chapters()[0]
    assert (first.number, first.slug) == (0, "round-trip")
    assert find("round-trip") == first
    assert find("no-such") is None


@chapters
def test_a_page_is_made_of_what_the_chapter_has(chapter: Chapter) -> None:
    page = render_chapter(chapter)
    document = Document.of(chapter)
    assert page.count("<svg") == len(document.pictures)
    assert page.count('<figure class="listing">') == len(list(listings(chapter)))
    assert 'href="../' not in page
    for heading in document.headings:
        assert f'id="{heading.id}"' in page


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


# How a text becomes a page.

WORDS = [Word("frame", "A piece.", "bytes"), Word("head", "The beginning.", "bytes")]


@pytest.fixture
def chapter(tmp_path: Path) -> Chapter:
    folder = tmp_path / "01-bytes"
    (folder / "first").mkdir(parents=True)
    (folder / "first" / "a.py").write_text("LIMIT = 3\n")
    (tmp_path / "02-more").mkdir()
    return Chapter(1, "bytes", "Bytes", "?", folder)


def page_of(chapter: Chapter, text: str) -> str:
    chapter.readme.write_text(text)
    return str(render_chapter(chapter, WORDS))


def test_headings_have_the_ids_that_code_hosts_give_them(chapter: Chapter) -> None:
    page = page_of(chapter, "# Run it, *now*!\n\n## `parse_head`\n\n## Example\n\n## Example\n")
    for name in ("run-it-now", "parse_head", "example", "example-1"):
        assert f'id="{name}"' in page


def test_a_listing_has_a_caption_that_leads_to_its_line(chapter: Chapter) -> None:
    page = page_of(chapter, "```python file=httpserver/events.py def=announce\n```\n")
    path = SOURCES.find("httpserver/events.py")
    assert path is not None
    line = line_of(path, "announce")
    assert f'<a href="/source/httpserver/events.py#L{line}">httpserver/events.py</a>' in page
    assert "<code>announce</code></figcaption>" in page


def test_a_listing_of_what_is_gone_is_shown_as_it_was_written(chapter: Chapter) -> None:
    page = page_of(chapter, "```python file=httpserver/events.py def=gone\nkept\n```\n")
    assert "kept" in page
    assert "figcaption" not in page


@pytest.mark.parametrize(
    ("target", "url"),
    [
        ("../02-more/README.md", "/chapters/more/"),
        ("../02-more/README.md#run-it", "/chapters/more/#run-it"),
        ("../02-more/", "/chapters/more/"),
        ("#run-it", "#run-it"),
        ("/polls/", "/polls/"),
        ("https://www.rfc-editor.org/rfc/rfc9112", "https://www.rfc-editor.org/rfc/rfc9112"),
        ("nothing.txt", "nothing.txt"),
    ],
)
def test_links_lead_to_pages_of_the_reader(chapter: Chapter, target: str, url: str) -> None:
    assert reader_url(target, "text", chapter) == url
    assert f'href="{url}"' in page_of(chapter, f"[text]({target})")


@pytest.mark.parametrize("text", ["Headers.get", "get", "get()"])
def test_a_method_may_be_named_without_its_class(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.py"
    path.write_text("class Headers:\n    def get(self): ...\n    def twice(self): ...\n"
                    "class Other:\n    def twice(self): ...\n")  # fmt: skip
    assert line_named(path, text) == 2
    assert line_named(path, "twice") is None


def test_a_word_is_linked_where_it_occurs_first(chapter: Chapter) -> None:
    page = page_of(
        chapter,
        "# A frame\n\n`frame` [a frame](#x) <a href='/'>frame</a> *Frame* & frame, head.\n\nhead\n",
    )
    assert page.count("/glossary/#frame") == 1
    assert page.count("/glossary/#head") == 1
    assert '<em><a class="word" href="/glossary/#frame">Frame</a></em> &amp; frame' in page


def test_markdown_works_inside_of_folded_passages(chapter: Chapter) -> None:
    page = page_of(
        chapter,
        "<details><summary>Why?</summary>\n\n*So*:\n\n```python\nx = 1\n```\n\n</details>\n",
    )
    assert "<em>So</em>" in page
    assert '<div class="code"' in page


def test_a_console_has_its_prompts_and_output_marked(chapter: Chapter) -> None:
    page = page_of(chapter, "```console norun\n$ echo <hi>\n<hi>\n```\n")
    assert '<div class="code console" tabindex="0">' in page
    assert '<span class="gp">$ </span>' in page
    assert '<span class="go">&lt;hi&gt;' in page


def test_a_picture_stands_in_no_paragraph(chapter: Chapter) -> None:
    (chapter.folder / "pic.svg").write_text('<?xml version="1.0"?>\n<svg viewBox="0 0 1 1"></svg>')
    page = page_of(chapter, "![A & B](pic.svg)\n")
    assert page.startswith('<figure class="drawing" tabindex="0"><svg role="img"')
    assert 'aria-label="A &amp; B"' in page
    assert "<?xml" not in page
    assert "<p>" not in page


def test_a_page_is_made_anew_when_what_it_is_made_of_changes(chapter: Chapter) -> None:
    chapter.readme.write_text("```python file=first/a.py\nLIMIT = 3\n```\n\n![x](pic.svg)\n")
    (chapter.folder / "pic.svg").write_text("<svg>one</svg>")
    page = render_chapter(chapter)
    assert render_chapter(chapter) is page
    (chapter.folder / "pic.svg").write_text("<svg>other</svg>")
    assert "other" in render_chapter(chapter)


def test_code_is_coloured_with_few_marks() -> None:
    assert colour("a.b(c)\n", "python").count("<span") == 0
    assert '<span class="k">return</span>' in colour("return a\n", "python")
    assert "&lt;b&gt;" in colour("<b>", "no-such-language")
    assert colour("\n  x\n", "text").endswith("<code>\n  x</code></pre></div>\n")


def test_what_a_reader_typed_along_is_no_source() -> None:
    typed = ["22-migrations/work/polls/models.py", "21-transactions/mine.py", "x/__pycache__/a.py"]
    assert not any(is_own(f"lessons/{name}") for name in typed)
    assert is_own("lessons/22-migrations/first/migrate.py")
    assert is_own("miniorm/work/a.py")


def test_chapters_are_found_before_code() -> None:
    found = [entry.where for entry in search("migration")]
    assert found[0] == "chapter 22, Migrations"
    assert any(where.endswith(".py") for where in found)
    assert search("parse_head")[0].where == "httpserver/parser.py"
