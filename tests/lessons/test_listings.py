"""Listings: found in the source, compared with it, brought up to date."""

import os
import stat
from pathlib import Path

import pytest

from lessons.book import listings
from lessons.book.chapters import Chapter, all_chapters
from lessons.book.errors import BookError
from lessons.book.listings import problems, sync, sync_command

SOURCE = '''"""A program."""

import functools

LIMIT = 3
TABLE = {
    "a": 1,
}


@functools.cache
def outer(x):
    """Doc."""
    def inner():
        return x

    if x:
        return inner()
    return LIMIT


class Loop:
    turn: int = 0

    @property
    def time(self):
        return 1

    @time.setter
    def time(self, value):
        self._time = value

    async def run(self):
        await self.time

        text = """
  odd
"""


if LIMIT:
    def conditional(): ...
else:
    def conditional(): return 1
'''


@pytest.fixture
def chapter(tmp_path: Path) -> Chapter:
    (tmp_path / "first").mkdir()
    (tmp_path / "first" / "a.py").write_text(SOURCE)
    (tmp_path / "first" / "page.html").write_text("<p>\n  <b>\n</p>\n")
    return Chapter(1, "bytes", "Bytes", "?", tmp_path)


def write(chapter: Chapter, options: str, body: str = "", marks: str = "```") -> Path:
    path = chapter.readme
    path.write_text(f"# Bytes\n\n{marks}python {options}\n{body}{marks}\n\nAfter.\n")
    return path


def quoted(chapter: Chapter, options: str) -> str:
    write(chapter, options)
    (listing,) = listings.listings(chapter)
    return listing.text


@pytest.mark.parametrize("chapter", all_chapters(), ids=lambda chapter: str(chapter.slug))
def test_every_listing_is_as_the_source_has_it(chapter: Chapter) -> None:
    if found := problems(chapter):
        pytest.fail("\n".join(found), pytrace=False)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("def=LIMIT", "LIMIT = 3\n"),
        ("def=TABLE", 'TABLE = {\n    "a": 1,\n}\n'),
        ("def=outer from='if x:' to='return inner()'", "if x:\n    return inner()\n"),
        ("def=outer to='def outer'", "@functools.cache\ndef outer(x):\n"),
        ("def=outer.inner", "def inner():\n    return x\n"),
        ("def=Loop.turn", "turn: int = 0\n"),
        ("def=Loop.time", "@property\ndef time(self):\n    return 1\n"),
        ("def=Loop.time.setter to=def", "@time.setter\ndef time(self, value):\n"),
        ("def=conditional", "def conditional(): ...\n"),
        ("from='LIMIT = 3' to='LIMIT = 3'", "LIMIT = 3\n"),
        ('from="import" to="LIMIT"', "import functools\n\nLIMIT = 3\n"),
        ("def=Loop from='async def run' to='await'", "async def run(self):\n    await self.time\n"),
    ],
)
def test_a_definition_is_found(chapter: Chapter, options: str, expected: str) -> None:
    assert quoted(chapter, f"file=first/a.py {options}") == expected


def test_a_whole_file_and_a_whole_class_are_found(chapter: Chapter) -> None:
    assert quoted(chapter, "file=first/a.py") == SOURCE
    text = quoted(chapter, "file=first/a.py def=Loop")
    assert text.startswith("class Loop:\n")
    assert text.endswith('"""\n')
    assert quoted(chapter, "file=first/page.html from='<b>' to='<b>'") == "<b>\n"


def test_a_definition_of_a_layer_is_found(chapter: Chapter) -> None:
    assert quoted(chapter, "file=httpserver/events.py def=announce").startswith("def announce(")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("file=first/b.py", "no file 'first/b.py'"),
        ("file=../../etc/passwd", "no file"),
        ("file=first/../../x.py", "no file"),
        ("file=httpserver/parzer.py", "Did you mean 'httpserver/parser.py'"),
        ("file=first/a.py def=outher", "defines no 'outher'. Did you mean 'outer'"),
        ("file=first/a.py def=run", "Did you mean 'Loop.run'"),
        ("file=first/page.html def=x", "not Python"),
        ("file=first/a.py def=outer from='if y:'", "outer has no line 'if y:'"),
        ("file=first/a.py def=outer from='return LIMIT' to='if x:'", "at or after line 19"),
        ("file=first/a.py def=outer from=''", "has no line ''"),
        ("file=first/a.py fom=x", "no option 'fom'. Did you mean 'from'"),
        ("file=first/a.py from='x", "cannot read"),
    ],
)
def test_what_is_not_there_is_named(chapter: Chapter, options: str, message: str) -> None:
    write(chapter, options)
    (problem,) = problems(chapter)
    assert "README.md:3: " in problem
    assert message in problem
    with pytest.raises(BookError):
        list(listings.listings(chapter))


def test_a_difference_is_shown_and_mended(chapter: Chapter) -> None:
    path = write(chapter, "file=first/a.py def=outer.inner", "def inner():\n    return y\n")
    (problem,) = problems(chapter)
    assert "README.md:3: the listing of outer.inner in " in problem
    assert "    -    return y\n    +    return x" in problem
    assert sync(chapter) == 1
    assert problems(chapter) == []
    assert path.read_text() == (
        "# Bytes\n\n```python file=first/a.py def=outer.inner\ndef inner():\n    return x\n```\n"
        "\nAfter.\n"
    )


def test_what_is_right_is_not_written(chapter: Chapter) -> None:
    path = write(chapter, "file=first/a.py def=LIMIT", "LIMIT = 3\n")
    os.utime(path, (1, 1))
    assert sync(chapter) == 0
    assert path.stat().st_mtime == 1


def test_the_permissions_of_a_text_are_kept_and_nothing_is_left_behind(chapter: Chapter) -> None:
    path = write(chapter, "file=first/a.py def=LIMIT")
    path.chmod(0o640)
    assert sync(chapter) == 1
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert sorted(each.name for each in chapter.folder.iterdir()) == ["README.md", "first"]


def test_many_listings_are_mended_each_in_its_place(chapter: Chapter) -> None:
    chapter.readme.write_text(
        "- In a list:\n\n  ```python file=first/a.py def=TABLE\n  x\n  ```\n\n"
        "<details><summary>Folded</summary>\n\n```python file=first/a.py def=LIMIT\n```\n\n"
        "</details>\n\n```python\nfree = 1\n```\n\n"
        "```python file=first/a.py def=none\nkept\n```\n"
    )
    assert sync(chapter) == 2
    assert chapter.readme.read_text() == (
        "- In a list:\n\n  ```python file=first/a.py def=TABLE\n"
        '  TABLE = {\n      "a": 1,\n  }\n  ```\n\n'
        "<details><summary>Folded</summary>\n\n```python file=first/a.py def=LIMIT\n"
        "LIMIT = 3\n```\n\n"
        "</details>\n\n```python\nfree = 1\n```\n\n"
        "```python file=first/a.py def=none\nkept\n```\n"
    )
    assert len(problems(chapter)) == 1


def test_a_source_with_fences_does_not_end_its_own_fence(chapter: Chapter) -> None:
    (chapter.folder / "first" / "a.py").write_text('"""\n```\nx\n```\n"""\n')
    path = write(chapter, "file=first/a.py")
    before = path.read_text()
    assert "one mark more" in problems(chapter)[0]
    assert sync(chapter) == 0
    assert path.read_text() == before
    write(chapter, "file=first/a.py", marks="````")
    assert sync(chapter) == 1
    assert problems(chapter) == []


def test_a_fence_that_is_never_closed_is_left_alone(chapter: Chapter) -> None:
    chapter.readme.write_text("```python file=first/a.py def=LIMIT\nx\n\nThe rest.\n")
    assert "never closed" in problems(chapter)[0]
    assert sync(chapter) == 0


def test_the_command_says_what_it_did(
    chapter: Chapter, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write(chapter, "file=first/a.py def=LIMIT")
    monkeypatch.setattr(listings, "all_chapters", lambda: [chapter])
    assert sync_command(None) == 0
    assert "1 listing rewritten." in capsys.readouterr().out
    assert sync_command(None) == 0
    assert "Every listing is as the source has it." in capsys.readouterr().out
    write(chapter, "file=first/a.py def=none")
    assert sync_command(None) == 1
    assert "defines no 'none'" in capsys.readouterr().err
    assert sync_command("no-such") == 1
    assert "There is no chapter 'no-such'" in capsys.readouterr().err
