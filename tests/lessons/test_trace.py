"""`python -m lessons trace`: a real request, and every step of it in its place."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import ROOT

pytestmark = pytest.mark.timeout(120)

LINE = re.compile(r" *(?P<at>[\d.]+) +(?P<took>[\d.]+)? +(?P<step>\d+)  (?P<text> *\S.*)")


def run_trace(var: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "lessons", "trace", *arguments],
        cwd=ROOT, env={**os.environ, "GLASSTACK_VAR": str(var)},
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip


def lines_of(output: str) -> list[tuple[int, int, str]]:
    """(step, depth, text) of every line of the tree."""
    found = []
    for each in output.splitlines():
        matched = LINE.fullmatch(each)
        if matched:
            text = matched["text"]
            depth = (len(text) - len(text.lstrip())) // 2
            found.append((int(matched["step"]), depth, text.strip()))
    return found


def position(lines: list[tuple[int, int, str]], pattern: str) -> int:
    for index, (_, _, text) in enumerate(lines):
        if re.search(pattern, text):
            return index
    raise AssertionError(f"no line has {pattern!r}:\n" + "\n".join(str(line) for line in lines))


def test_a_page_goes_through_the_steps_in_order(tmp_path: Path) -> None:
    result = run_trace(tmp_path, "/polls/")
    assert result.returncode == 0, result.stderr
    lines = lines_of(result.stdout)
    expected = [
        (1, r"bytes in: GET /polls/ HTTP/1\.1"),
        (1, r"head parsed: GET /polls/"),
        (2, r"environ: \d+ keys; .*PATH_INFO='/polls/'"),
        (2, r"calls the application"),
        (3, r"middleware in: SecurityMiddleware"),
        (3, r"middleware in: CsrfViewMiddleware"),
        (4, r"which view answers"),
        (4, r"matched"),
        (5, r"view lessons\.polls\.views\.IndexView"),
        (7, r"render polls/index\.html"),
        (6, r"SELECT .*polls_question.* with "),
        (6, r"rows fetched"),
        (10, r"middleware out: CsrfViewMiddleware, 200 OK"),
        (10, r"middleware out: SecurityMiddleware, 200 OK"),
        (10, r"start_response\('200 OK'"),
        (10, r"head out: HTTP/1\.1 200 OK"),
        (10, r"bytes out"),
    ]
    positions = [position(lines, pattern) for _, pattern in expected]
    assert positions == sorted(positions), result.stdout
    assert [lines[place][0] for place in positions] == [step for step, _ in expected]


@pytest.mark.parametrize("path", ["/", "/polls/", "/polls/1/", "/glossary/"])
def test_no_template_asks_for_what_is_not_there(tmp_path: Path, path: str) -> None:
    assert "nothing is called" not in run_trace(tmp_path, path).stdout


def test_sql_shows_where_it_ran(tmp_path: Path) -> None:
    in_template = lines_of(run_trace(tmp_path, "/polls/").stdout)
    assert "[in the template]" in in_template[position(in_template, "SELECT")][2]
    in_view = lines_of(run_trace(tmp_path, "/polls/1/").stdout)
    assert "[in the view]" in in_view[position(in_view, "SELECT .*polls_question")][2]


def test_the_nesting_is_that_of_the_onion(tmp_path: Path) -> None:
    lines = lines_of(run_trace(tmp_path, "/polls/").stdout)
    depths = [lines[position(lines, f"middleware in: {name}")][1]
              for name in ("Security", "Common", "Csrf", "XFrame")]  # fmt: skip
    assert depths == list(range(depths[0], depths[0] + 4))
    assert lines[position(lines, "middleware out: Security")][1] == depths[0]


@pytest.mark.parametrize(
    ("arguments", "missing"),
    [
        (["/polls/"], {9: "nothing was raised"}),
        (["/polls/1/"], {8: "finished response", 9: "nothing was raised"}),
        (["/glossary/"], {6: "neither the view nor a template asked the database"}),
        (["/static/reader/style.css"], {
            2: "nobody was woken", 3: "nobody was woken", 4: "nobody", 5: "nobody", 6: "no view",
            7: "no view", 8: "no view", 9: "nothing"}),
        (["/polls"], {5: "no URL pattern matched"}),
        (["/nowhere/"], {5: "no URL pattern matched"}),
        (["/polls/1/vote/", "--method", "POST"], {5: "process_view of CsrfViewMiddleware"}),
        (["/polls/999/"], {7: "the view raised", 8: "the view raised"}),
        (["/polls/1/vote/", "--data", "choice=1"], {7: "without a template"}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)  # fmt: skip
def test_a_step_that_did_not_happen_is_listed_with_the_reason(tmp_path, arguments, missing) -> None:
    result = run_trace(tmp_path, *arguments)
    assert result.returncode == 0, result.stderr
    tail = result.stdout.partition("Steps that did not happen:")[2]
    for step, reason in missing.items():
        assert re.search(rf"^ *{step}  .*{reason}", tail, re.MULTILINE), result.stdout


@pytest.mark.parametrize(
    ("path", "error", "status"),
    [("/polls/999/", "Http404", 404), ("/mistake/", "IndexError", 500)],
)
def test_an_exception_shows_its_step(tmp_path: Path, path: str, error: str, status: int) -> None:
    result = run_trace(tmp_path, path)
    lines = lines_of(result.stdout)
    step, _, text = lines[position(lines, rf"^{error}.* -> {status}")]
    assert step == 9
    assert f"-> {status}" in text
    assert result.returncode == (1 if status == 500 else 0)


def test_a_vote_is_traced_to_its_update(tmp_path: Path) -> None:
    result = run_trace(tmp_path, "/polls/1/vote/", "--data", "choice=1")
    lines = lines_of(result.stdout)
    assert "POST /polls/1/vote/ -> 302" in result.stdout
    update = lines[position(lines, r'UPDATE .*"votes" = .*"votes" \+ ')]
    assert update[0] == 6


def test_a_path_that_is_none_is_said_in_a_sentence(tmp_path: Path) -> None:
    result = run_trace(tmp_path, "polls")
    assert result.returncode == 2
    assert "begins with a slash" in result.stdout + result.stderr
