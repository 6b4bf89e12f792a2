"""The glossary: its file, its agreement with the chapters, its links in the text."""

from pathlib import Path

import pytest

from lessons.book.chapters import Chapter, all_chapters
from lessons.book.errors import BookError
from lessons.book.glossary import Finder, Word, glossary, problems, words_of

WORDS = [
    Word("request", "What a client asks.", "bytes"),
    Word("request line", "Its first line.", "bytes"),
    Word("WSGI", "An agreement.", "pep"),
]


def chapter_of(folder: Path, text: str, slug: str = "bytes") -> Chapter:
    folder = folder / slug
    folder.mkdir()
    (folder / "README.md").write_text(text)
    return Chapter(1, slug, "Bytes", "?", folder)


def test_the_glossary_and_the_chapters_agree() -> None:
    if found := problems(all_chapters(), glossary()):
        pytest.fail("\n".join(found), pytrace=False)


def test_words_are_read_in_the_order_of_the_alphabet(tmp_path: Path) -> None:
    path = tmp_path / "glossary.toml"
    assert glossary(path) == ()
    entry = '[[word]]\nterm = "{}"\ntext = "A *word*."\nchapter = "bytes"\n'
    path.write_text(entry.format("WSGI") + entry.format("request line"))
    words = glossary(path)
    assert [word.slug for word in words] == ["request-line", "wsgi"]
    assert words[0].text == "A *word*."


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[[word]]\nterm = "a"\ntext = "b"\n', "chapter is missing"),
        ('[[word]]\ntrem = "a"\n', r"\[\[word\]\] 1: .*'trem'. Did you mean 'term'"),
        ('[[wrod]]\nterm = "a"\n', "Did you mean 'word'"),
        ('[[word]]\nterm = "a"\ntext = "b"\nchapter = "c"\n' * 2, "'a' is there already"),
        ("[[word", "not TOML"),
    ],
)
def test_a_slip_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "glossary.toml"
    path.write_text(text)
    with pytest.raises(BookError, match=message):
        glossary(path)


def test_disagreement_is_told(tmp_path: Path) -> None:
    text = "## Words\n\n- **Request**: what is **asked**.\n\n## After\n\n**no word**\n"
    chapter = chapter_of(tmp_path, text)
    assert words_of(chapter) == ["Request", "asked"]
    found = "\n".join(problems([chapter], WORDS))
    assert "'WSGI': there is no chapter 'pep'" in found
    assert "'asked' is not in the glossary" in found
    assert "lacks 'request line' of the glossary" in found
    assert len(found.splitlines()) == 3


def test_words_may_be_a_plain_list(tmp_path: Path) -> None:
    chapter = chapter_of(tmp_path, "## Words\n\nSocket, event\nloop, *backlog*.\n")
    assert words_of(chapter) == ["Socket", "event loop", "backlog"]


def test_the_longest_word_is_found_and_each_but_once() -> None:
    finder = Finder(WORDS)
    pieces = finder.split("Requests: the request line, a Request, a request.")
    assert [(text, word.term if word else "") for text, word in pieces] == [
        ("Requests: the ", ""),
        ("request line", "request line"),
        (", a ", ""),
        ("Request", "request"),
        (", a request.", ""),
    ]
    assert finder.split("wsgi") == [("wsgi", WORDS[2])]
    assert finder.split("WSGI") == [("WSGI", None)]
    assert Finder([]).split("WSGI") == [("WSGI", None)]
