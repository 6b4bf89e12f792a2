"""The chapters: their metadata, and what each of them must have and keep to."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lessons.book import checks, terminal
from lessons.book.chapters import (
    FOLDER,
    Chapter,
    all_chapters,
    choose,
    find,
    load,
    neighbours,
    parts,
)
from lessons.book.errors import BookError
from lessons.book.listings import problems as listing_problems
from lessons.book.walks import functions, missing, passed_over
from lessons.book.walks import problems as walk_problems
from lessons.places import LESSONS, ROOT

METADATA = """
title = "Bytes"
part = "Server"
step = 1
question = "What arrives?"
walks = ["httpserver/events.py"]

[[exercise]]
slug = "parse-head"
title = "Take a head apart"
blanks = ["httpserver/parser.py:parse_head"]
tests = ["tests/httpserver/test_parser.py"]
select = "head"
anchor = "take-a-head-apart"
hints = ["a", "b", "c"]
"""

PICTURE = """<svg xmlns="http://www.w3.org/2000/svg" class="pic" viewBox="0 0 9 9" role="img"
aria-labelledby="pic-title pic-desc"><title id="pic-title">A line</title>
<desc id="pic-desc">From here to there.</desc>
<style>.pic { color: #111 } @media (prefers-color-scheme: dark) { .pic { color: #eee } }</style>
<path d="M0 0L9 9"/></svg>"""

QUESTION = "<details><summary>Why?</summary>\n\nBecause of *this*.\n\n</details>\n\n"
TEXT = f"""# Bytes

![A line](pic.svg)

```python file=first/serve.py
```

```console
$ python first/serve.py
$ python experiments/hello.py
```

## Run it
## Break it
## Build it
### Take a head apart
## In real life
## Five questions
{QUESTION * 5}
## Words

- **frame**
"""


@pytest.fixture
def chapter(tmp_path: Path) -> Chapter:
    return make(tmp_path)


def make(lessons: Path, name: str = "01-bytes", metadata: str = METADATA) -> Chapter:
    folder = lessons / name
    for each in ("first", "experiments"):
        (folder / each).mkdir(parents=True)
    (folder / "chapter.toml").write_text(metadata)
    (folder / "README.md").write_text(TEXT)
    (folder / "pic.svg").write_text(PICTURE)
    (folder / "first" / "serve.py").write_text('"""A server."""\n')
    (folder / "experiments" / "hello.py").write_text('"""A client."""\n')
    return load(folder)


def change(chapter: Chapter, old: str, new: str, file: str = "README.md") -> None:
    path = chapter.folder / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


# The real chapters.


def none(problems: list[str]) -> None:
    """Fail with what was found, and nothing of the test's own code."""
    if problems:
        pytest.fail("\n".join(problems), pytrace=False)


every_chapter = pytest.mark.parametrize(
    "chapter", all_chapters(), ids=lambda chapter: str(chapter.slug)
)


@every_chapter
@pytest.mark.parametrize("check", checks.CHECKS, ids=lambda check: str(check.__name__))
def test_a_chapter_keeps_to_the_rules(
    check: Callable[[Chapter], list[str]], chapter: Chapter
) -> None:
    none(check(chapter))


@every_chapter
def test_a_chapter_passes_by_every_function_that_it_walks(chapter: Chapter) -> None:
    none(walk_problems(chapter))


def test_no_folder_is_half_a_chapter_and_no_name_is_taken_twice() -> None:
    folders = [each for each in LESSONS.iterdir() if FOLDER.fullmatch(each.name)]
    assert checks.unfinished(folders) == []
    assert checks.repeated(all_chapters()) == []


@every_chapter
def test_a_chapter_can_be_read_in_a_terminal(
    chapter: Chapter, capsys: pytest.CaptureFixture[str]
) -> None:
    assert terminal.read_command(chapter.slug) == 0
    shown = capsys.readouterr().out
    assert chapter.title in shown
    assert "\x1b" not in shown
    assert "<details" not in shown


# Metadata.


def test_the_metadata_is_read_whole(chapter: Chapter) -> None:
    assert (chapter.number, chapter.slug, chapter.part, chapter.step) == (1, "bytes", "Server", 1)
    assert chapter.walks == ("httpserver/events.py",)
    (exercise,) = chapter.exercises
    assert exercise.slug == "parse-head"
    assert exercise.blanks == ("httpserver/parser.py:parse_head",)
    assert exercise.select == "head"
    assert exercise.hints == ("a", "b", "c")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("title =", "titel =", r"no key 'titel'. Did you mean 'title'\?"),
        ('title = "Bytes"', "", "title is missing"),
        ('title = "Bytes"', 'title = ""', "title must be a text"),
        ("step = 1", "step = 11", "step must be one of 0, 1, .* not 11"),
        ("step = 1", "step = true", "step must be one of"),
        ('part = "Server"', 'part = "Sever"', r"Did you mean 'Server'\?"),
        ("[[exercise]]", "[exercise]", r"\[\[exercise\]\]"),
        ('slug = "parse-head"', 'slug = "Parse head"', r"\[\[exercise\]\] 1: slug must be"),
        ("tests =", "tets =", r"\[\[exercise\]\] 1: there is no key 'tets'. Did you mean 'tests'"),
        (":parse_head", "", "FILE.py:DEFINITION"),
        ('["a", "b", "c"]', '"a"', "hints must be a list of texts"),
        ('["tests/httpserver/test_parser.py"]', "[]", "tests must be a list of texts, at least"),
        ("step = 1", "step = ", "not TOML: .*line 4"),
    ],
)  # fmt: skip
def test_a_slip_in_the_metadata_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in METADATA
    with pytest.raises(BookError, match=message) as raised:
        make(tmp_path, metadata=METADATA.replace(old, new, 1))
    assert "chapter.toml" in str(raised.value)


def test_a_folder_without_metadata_is_no_chapter_yet(tmp_path: Path) -> None:
    folder = tmp_path / "01-bytes"
    folder.mkdir()
    assert all_chapters(tmp_path) == []
    with pytest.raises(BookError, match=r"has no chapter\.toml"):
        load(folder)


def test_changed_metadata_is_read_again(chapter: Chapter) -> None:
    change(chapter, '"What arrives?"', '"What leaves?"', "chapter.toml")
    assert load(chapter.folder).question == "What leaves?"


@pytest.fixture
def book(tmp_path: Path) -> list[Chapter]:
    for name, part in (("00-trip", ""), ("01-bytes", "Server"), ("08-pep", "Gateway")):
        make(tmp_path, name, f'title = "T"\nquestion = "Q"\npart = "{part}"')
    return all_chapters(tmp_path)


@pytest.mark.parametrize("name", ["bytes", "1", "01", "01-bytes", 1])
def test_a_chapter_is_found_by_any_of_its_names(book: list[Chapter], name: str | int) -> None:
    found = find(name, book)
    assert found is not None
    assert found.slug == "bytes"


def test_who_asks_for_a_chapter_that_is_not_there_is_told_which_are(book: list[Chapter]) -> None:
    assert find("7", book) is None
    with pytest.raises(BookError, match=r"no chapter 'byte'. Did you mean 'bytes'\?"):
        choose("byte", book)
    with pytest.raises(BookError, match=r"There are: trip, bytes, pep\."):
        choose("77", book)


def test_neighbours_and_parts_follow_the_book(book: list[Chapter]) -> None:
    first, second, third = book
    assert neighbours(first, book) == (None, second)
    assert neighbours(second, book) == (first, third)
    assert neighbours(third, book) == (second, None)
    assert [part.title for part in parts(book) if part.chapters] == ["", "Server", "Gateway"]


def test_a_part_without_chapters_knows_which_are_to_come(tmp_path: Path) -> None:
    for name, part in (("00-trip", ""), ("02-bytes", "Server"), ("06-rows", "Database")):
        make(tmp_path, name, f'title = "T"\nquestion = "Q"\npart = "{part}"')
    coming = {part.title: list(part.coming) for part in parts(all_chapters(tmp_path))}
    assert coming == {
        "": [], "Server": [], "Gateway": [3, 4, 5], "Framework": [3, 4, 5], "Database": [],
        "Templates": [], "Together": [],
    }  # fmt: skip


# The checks, on a chapter that keeps to all of them but one.


def test_a_good_chapter_has_no_problems(chapter: Chapter) -> None:
    assert checks.problems(chapter) == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("# Bytes\n", "# Bites\n", "must begin with `# Bytes`"),
        ("## Run it", "#### Run it", "level 4, below one of 1"),
        ("## Run it", "## Run", "lacks the section 'Run it'"),
        ("## Five questions", "## Five things", "lacks 5 questions"),
        (QUESTION * 5, QUESTION * 4, "it has 4"),
        ("![A line](pic.svg)", "", "lacks a picture"),
        ("![A line](pic.svg)", "![](pic.svg)", "no text alternative"),
        ("![A line](pic.svg)", "![A line](pick.svg)", "no picture pick.svg"),
        ("$ python first/serve.py", "$ true", "lacks a run of its first version"),
        ("$ python experiments/hello.py", "$ true", "lacks a run of an experiment"),
        ("### Take a head apart", "### Take it", "no heading #take-a-head-apart"),
        ("</details>\n\n\n## Words", "\n## Words", "a <details> is never closed"),
        ("## Words", "[x](#wirds)\n## Words", "no #wirds here. Did you mean 'words'"),
        ("## Words", "[x](../02-no/README.md)\n## Words", "02-no/README.md, which is not there"),
        ("## Words", '## Words\n\n<p id="words">', "'words' stands 2 times"),
        ("</summary>\n\nBecause", "</summary>\nBecause", "leave a line empty"),
        ("experiments/hello.py", "hello.py", "does not mention experiments/hello.py"),
        ("## Words", "```python file=httpserver/parser.py def=parse_head\n```\n## Words", "fold"),
    ],
)  # fmt: skip
def test_a_fault_of_the_text_is_found(chapter: Chapter, old: str, new: str, message: str) -> None:
    change(chapter, old, new)
    assert message in "\n".join(checks.problems(chapter))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('<title id="pic-title">A line</title>', "", "no <title>"),
        (">From here to there.<", "><", "no <desc>"),
        ("pic-title pic-desc", "pic-title", "does not name the <desc>"),
        ("(prefers-color-scheme: dark)", "print", "no colours for the dark"),
        (' role="img"', "", 'role="img"'),
        ('viewBox="0 0 9 9"', "", "no viewBox"),
        ("<path", '<image href="https://example.com/x.png"/><path', "outside of itself"),
        ("<path", '<a href="#nowhere"/><path', "no #nowhere"),
        ("<path", "<script/><path", "a script"),
        (".pic { color: #111 }", "text { color: #111 }", "whole page"),
        ("</svg>", "", "not XML"),
    ],
)  # fmt: skip
def test_a_fault_of_a_picture_is_found(chapter: Chapter, old: str, new: str, message: str) -> None:
    change(chapter, old, new, "pic.svg")
    assert message in "\n".join(checks.problems(chapter))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1\n", "no docstring"),
        ('"""A server."""\nx = (\n', "not Python"),
        ('"""A server."""\n' + "x = 1\n" * 700, "at most 700"),
    ],
)
def test_a_fault_of_a_program_is_found(chapter: Chapter, text: str, message: str) -> None:
    (chapter.folder / "first" / "serve.py").write_text(text)
    assert message in "\n".join(checks.programs(chapter))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("parser.py:parse_head", "parser.py:parse_heat", "Did you mean 'parse_head'"),
        ("httpserver/parser.py:", "lessons/run.py:", "not a file of a layer"),
        ("test_parser.py", "test_pariser.py", "there is no test"),
        ('["a", "b", "c"]', '["a"]', "it has 1 hints"),
    ],
)
def test_a_fault_of_an_exercise_is_found(tmp_path: Path, old: str, new: str, message: str) -> None:
    chapter = make(tmp_path, metadata=METADATA.replace(old, new))
    assert message in "\n".join(checks.exercises(chapter))


def test_a_name_that_is_taken_twice_is_found(tmp_path: Path) -> None:
    chapters = [make(tmp_path), make(tmp_path, "02-more")]
    assert checks.repeated(chapters) == ["the exercise parse-head is there twice."]


# Walks.


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "walked.py"
    path.write_text(
        "class Loop:\n"
        "    def __init__(self): ...\n"
        "    def run(self):\n"
        "        def inner(): ...\n"
        "    @property\n"
        "    def time(self): ...\n"
        "    @time.setter\n"
        "    def time(self, value): ...\n"
        "def start(): ...\n"
        "LIMIT = 3\n"
    )
    return path


def test_functions_are_those_of_the_file_and_its_classes(source: Path) -> None:
    assert list(functions(source)) == ["Loop.__init__", "Loop.run", "Loop.time", "start"]


def test_what_is_neither_quoted_nor_named_is_listed(chapter: Chapter, source: Path) -> None:
    change(chapter, "## Words", "`Loop` has `run` and starts; `start()` starts it.\n\n## Words")
    assert passed_over(chapter, [source]) == ["walked.py:Loop.time"]


def test_a_quoted_function_is_passed_by(chapter: Chapter) -> None:
    assert missing(chapter) == [
        f"httpserver/events.py:{name}" for name in functions(LESSONS.parent / chapter.walks[0])
    ]
    change(chapter, "## Words", "```python file=httpserver/events.py\n```\n\n## Words")
    assert missing(chapter) == []
    assert listing_problems(chapter)  # the body is another check's concern


# In the terminal.


def test_a_terminal_gets_words_for_pictures_and_no_html(chapter: Chapter) -> None:
    text = terminal.for_terminal(chapter)
    assert "Picture: A line. From here to there." in text
    assert "**Why?**" in text
    assert "<" not in text


def test_reading_what_is_not_there_says_what_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert terminal.read_command("no-such") == 1
    assert "There is no chapter 'no-such'" in capsys.readouterr().err


SHELF = {"config", "config_checks", "config_tables", "settings", "toml_lines", "units", "values"}


def test_the_part_on_the_server_passes_by_every_function_of_its_spine() -> None:
    files = [path for path in (ROOT / "httpserver").glob("*.py") if path.stem not in SHELF]
    left = [set(passed_over(chapter, files)) for chapter in all_chapters()]
    assert not set.intersection(*left)
