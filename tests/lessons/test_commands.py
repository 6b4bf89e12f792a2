"""The commands of the chapters, run; and how their output is compared."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lessons.book.chapters import Chapter, all_chapters
from lessons.book.commands import (
    CommandFailed,
    Shell,
    commands,
    console_fences,
    free_ports,
    group_exists,
    is_listening,
    line_matches,
    mask,
    matches,
    run_chapter,
    run_fence,
)
from lessons.book.errors import BookError
from lessons.book.markdown import Document, Fence
from lessons.places import ROOT


@pytest.mark.parametrize("chapter", all_chapters(), ids=lambda chapter: chapter.slug)
def test_a_chapter_says_first_where_its_commands_begin(chapter: Chapter) -> None:
    lines = chapter.text.splitlines()
    before = " ".join(lines[: console_fences(chapter)[0].line])
    assert "chapter's folder" in before or f"cd lessons/{chapter.folder.name}" in before


@pytest.mark.timeout(180)
@pytest.mark.parametrize("chapter", all_chapters(), ids=lambda chapter: chapter.slug)
def test_who_types_a_whole_chapter_sees_what_it_shows(chapter: Chapter) -> None:
    problem, left = run_chapter(chapter)
    if problem:
        pytest.fail(problem, pytrace=False)
    assert shown_by_git(f"lessons/{chapter.folder.name}/{name}" for name in left) == []


def shown_by_git(names: Iterable[str]) -> list[str]:
    """Those that `git status` would show, as .gitignore does not name them."""
    if not shutil.which("git") or not (ROOT / ".git").exists():
        return []
    wanted = list(names)
    command = ["git", "check-ignore", "--no-index", "--stdin"]
    answer = subprocess.run(
        command, cwd=ROOT, input="\n".join(wanted), capture_output=True, text=True, check=False
    )
    return sorted(set(wanted) - set(answer.stdout.splitlines()))


# Matching.


@pytest.mark.parametrize(
    ("expected", "line"),
    [
        ("same", "same"),
        ("took 12.3 ms", "took 4 ms"),
        ("  1.2 ms  all", " 12.2 ms  all"),
        ("Date: Sun, 06 Nov 1994 08:49:37 GMT", "Date: Tue, 01 Sep 2026 00:00:00 GMT"),
        ("at 2026-01-02T03:04:05.678+00:00", "at 2027-11-12 13:14:15Z"),
        ("[06/Nov/1994:08:49:37 +0000] GET", "[01/Sep/2026:10:11:12 +0200] GET"),
        ("http://127.0.0.1:8000/", "http://127.0.0.1:54321/"),
        ("('127.0.0.1', 8000)", "('127.0.0.1', 54321)"),
        ("worker 12 is ready", "worker 31337 is ready"),
        ("pid=12", "pid=9999"),
        ("<socket at 0x7f00aa11bb22>", "<socket at 0x7f99cc33dd44>"),
        ("    0.14     5.70   1  called", "   10.14    15.70   1  called"),
        ("Set-Cookie: a=...", "Set-Cookie: a=b; Path=/"),
        ("a...c...e", "abcde"),
        ("a...", "a"),
    ],
)
def test_what_varies_matches(expected: str, line: str) -> None:
    assert line_matches(expected, line)


@pytest.mark.parametrize(
    ("expected", "line"),
    [
        ("same", "other"),
        ("HTTP/1.1 200 OK", "HTTP/1.0 200 OK"),
        ("200", "404"),
        ("Content-Length: 12", "Content-Length: 13"),
        ("a...c", "ab"),
        ("ab...bc", "abc"),
        ("127.0.0.1:8000/a", "127.0.0.1:8000/b"),
        ("3 items", "4 items"),
    ],
)
def test_what_does_not_vary_must_be_the_same(expected: str, line: str) -> None:
    assert not line_matches(expected, line)


@pytest.mark.parametrize(
    ("expected", "printed", "does"),
    [
        ([], "", True),
        ([], "\n\n", True),
        ([], "x", False),
        (["x"], "", False),
        (["..."], "", True),
        (["..."], "a\nb\n", True),
        (["a", "...", "z"], "a\nz\n", True),
        (["a", "...", "z"], "a\nz\nb\nz\n", True),
        (["a", "...", "z"], "a\nz\nb\n", False),
        (["...", "b", "...", "d"], "a\nb\nc\nb\nd", True),
        (["...", "b", "c", "..."], "b\nb\nc", True),
        (["a", "", "b", ""], "a\r\n\r\nb \n\n", True),
        (["a"], "a\nb", False),
        (["a", "b"], "a", False),
    ],
)
def test_lines_match_with_wildcards(expected: list[str], printed: str, does: bool) -> None:
    assert matches(expected, printed) is does


@given(st.text())
@example("...\na...b\n12.3 ms\n")
@example(" 5 s\n[12] 0xabcdef12")
def test_any_output_matches_itself(output: str) -> None:
    assert matches(output.split("\n"), output)
    assert matches([mask(line) for line in output.split("\n")], output)


@given(st.lists(st.text("ab", min_size=1), max_size=8), st.lists(st.booleans(), max_size=8))
def test_any_lines_may_become_a_wildcard(lines: list[str], hidden: list[bool]) -> None:
    kept = [*hidden, *[False] * len(lines)][: len(lines)]
    expected = ["..." if hide else line for line, hide in zip(lines, kept, strict=True)]
    assert matches(expected, "\n".join(lines))


@pytest.mark.timeout(10)
def test_many_wildcards_are_matched_in_little_time() -> None:
    assert not matches(["...", "a"] * 100, "a\n" * 2000 + "b")
    assert not line_matches("a..." * 100 + "c", "a" * 20_000)


# Fences taken apart.


def fence_of(text: str) -> Fence:
    return Document(f"```console\n{text}```\n").fences[0]


def test_a_fence_is_taken_apart() -> None:
    found = commands(fence_of("$ one &\nready\n$ two \\\n  more\n\nout\n$ three\n"))
    assert [(each.text, each.expected, each.line) for each in found] == [
        ("one &", ("ready",), 2),
        ("two \\\n  more", ("", "out"), 4),
        ("three", (), 8),
    ]
    assert [each.in_background for each in found] == [True, False, False]


def test_output_before_the_first_command_is_refused() -> None:
    with pytest.raises(BookError, match="line 2: a console begins with a command"):
        commands(fence_of("what?\n$ true\n"))


def test_a_fence_that_is_not_to_be_run_is_not(chapter: Chapter) -> None:
    chapter.readme.write_text("```console norun\n$ false\n```\n\n```console\n$ true\n```\n")
    assert [fence.line for fence in console_fences(chapter)] == [5]


# Running.

SERVE = '''"""Answer with a line, one client at a time."""
import os
import socket

PORT = 8000
listener = socket.create_server(("127.0.0.1", PORT))
{say}
while True:
    client, _ = listener.accept()
    with client:
        client.recv(1000)
        client.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 3\\r\\n\\r\\nhi\\n")
'''
ASK = '''"""Ask."""
import urllib.request
print(urllib.request.urlopen("http://127.0.0.1:8000/").read().decode())
'''


@pytest.fixture
def chapter(tmp_path: Path) -> Chapter:
    folder = tmp_path / "01-bytes"
    (folder / "first").mkdir(parents=True)
    say = 'print(f"Serving at http://127.0.0.1:{PORT}/")'
    (folder / "first" / "serve.py").write_text(SERVE.format(say=say))
    (folder / "first" / "silent.py").write_text(SERVE.format(say=""))
    (folder / "first" / "ask.py").write_text(ASK)
    return Chapter(1, "bytes", "Bytes", "?", folder)


def run(chapter: Chapter, text: str) -> str:
    chapter.readme.write_text(f"# Bytes\n\n```console\n{text}```\n")
    (fence,) = console_fences(chapter)
    return run_fence(chapter, fence)


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "text",
    [
        "$ echo one; echo two >&2\none\ntwo\n",
        "$ cd first\n$ ls\nask.py\nserve.py\nsilent.py\n$ X=1\n$ echo $X $((X + 1))\n1 2\n",
        "$ false\n$ echo $?\n1\n",
        "$ printf 'no newline'\nno newline\n",
        "$ echo a \\\n  b\na b\n",
        "$ python -c 'import httpserver, sys; print(sys.stdin.read())'\n",
        "$ echo 'unfinished\n...\n",
        "$ cat no-such\ncat: no-such: No such file or directory\n",
        "$ python first/serve.py &\nServing at http://127.0.0.1:8000/\n"
        "$ python first/ask.py  # http://127.0.0.1:8000/\nhi\n",
        "$ python first/silent.py &\n$ python first/ask.py  # http://127.0.0.1:8000/\nhi\n",
        "$ sleep 30 &\n$ kill -INT %1; wait %1; echo $?\n130\n",
        "$ python -c \"raise SystemExit('bye')\"\nbye\n",
    ],
)
def test_what_is_shown_happens(chapter: Chapter, text: str) -> None:
    assert run(chapter, text) == ""


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("$ echo one\ntwo\n", "    -two\n    +one"),
        ("$ echo one\n", "Nothing is shown: write its output below it"),
        ("$ true\none\n", "`true` does not print what is shown"),
        ("$ no-such-command\n...\n", "'command not found', which `...` must not hide"),
        ("$ python -c 1/0\n...\n", "Traceback"),
        ("$ exit 3\n$ true\n", "has ended"),
        ("$ false &\nready\n", "`false &` does not print what is shown"),
        ("one\n", "a console begins with a command"),
    ],
)
def test_what_does_not_happen_is_told(chapter: Chapter, text: str, message: str) -> None:
    problem = run(chapter, text)
    assert message in problem
    assert "README.md:3: " in problem


def test_the_real_chapter_is_not_touched(chapter: Chapter) -> None:
    assert run(chapter, "$ rm -r first; touch new; ls\nREADME.md\nnew\n") == ""
    assert (chapter.folder / "first" / "serve.py").exists()
    assert not (chapter.folder / "new").exists()


@pytest.mark.timeout(30)
def test_an_endless_command_is_stopped(chapter: Chapter) -> None:
    began = time.monotonic()
    with pytest.raises(CommandFailed, match="did not end within the 0.5 seconds") as raised:  # noqa: SIM117
        with Shell(chapter.folder, limit=0.5) as shell:
            shell.run("echo begun; sleep 60")
    assert "begun" in str(raised.value)
    assert time.monotonic() - began < 10
    assert not group_exists(shell.process.pid)
    assert not shell.scratch.exists()


@pytest.mark.timeout(30)
def test_what_runs_in_the_background_is_stopped_with_its_children(chapter: Chapter) -> None:
    with Shell(chapter.folder) as shell:
        printed = shell.start(
            "bash -c 'sleep 60 & trap \"\" TERM; echo $!; wait'", lambda text: bool(text)
        )
        child = int(printed)
        os.kill(child, 0)
        group = shell.background[0].group
    assert not group_exists(group)
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def test_ports_are_exchanged_for_free_ones_with_as_many_digits() -> None:
    chosen = free_ports([8000, 8001, 18000])
    assert [len(str(port)) for port in chosen.values()] == [4, 4, 5]
    assert len(set(chosen.values())) == 3
    assert not any(is_listening(port) for port in chosen.values())
