"""The command line: to stdout what was rendered, to stderr what went wrong."""

import json
from pathlib import Path

import pytest

from templating.__main__ import main


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "page.html"
    path.write_text("Hello {{ name }}{% for x in xs %} {{ x }}{% endfor %}\n")
    return path


def test_a_page_is_rendered_with_values_and_data(
    page: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data.json"
    data.write_text(json.dumps({"xs": [1, 2], "name": "nobody"}))
    assert main([str(page), "name=<you>", "--data", str(data)]) == 0
    assert capsys.readouterr().out == "Hello &lt;you&gt; 1 2\n"


@pytest.mark.parametrize(
    ("stage", "shown"),
    [("tokens", "1:7\tVAR\t'name'"), ("nodes", "ForNode"), ("code", "def template(context")],
)
def test_each_stage_can_be_shown(
    stage: str, shown: str, page: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(page), "--show", stage]) == 0
    assert shown in capsys.readouterr().out


def test_a_template_error_is_told_on_stderr_with_status_1(
    page: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page.write_text("{{ x|uper }}")
    assert main([str(page)]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Did you mean 'upper'?" in captured.err
    assert "Traceback" not in captured.err
    assert main([str(page.with_name("none.html"))]) == 1


def test_a_wrong_command_line_is_status_2(page: Path) -> None:
    with pytest.raises(SystemExit) as caught:
        main([str(page), "novalue"])
    assert caught.value.code == 2
