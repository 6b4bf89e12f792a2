"""The command line: to stdout what was rendered, to stderr what went wrong."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from templating.__main__ import arguments, main, watch


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


def test_values_may_stand_before_and_behind_the_options(
    page: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page.write_text("{{ a }} {{ b }}")
    assert main(["page.html", "a=1", "--dir", str(page.parent), "b=2"]) == 0
    assert capsys.readouterr().out == "1 2"


def test_nodes_show_the_white_space_of_a_text(
    page: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page.write_text("a {{ b }}\n")
    assert main([str(page), "--show", "nodes"]) == 0
    assert capsys.readouterr().out == ("TextNode  'a '\nVariableNode  '{{ b }}'\nTextNode  '\\n'\n")


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


def test_an_error_in_a_render_shows_the_way_and_the_lines_around(
    page: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page.write_text("one\n{% include 'part.html' %}")
    page.with_name("part.html").write_text("\n  {{ name|add:nothing }}")
    assert main([str(page), "name=x"]) == 1
    assert capsys.readouterr().err == (
        "VariableDoesNotExist: Failed lookup for 'nothing'\n"
        "  in template 'page.html', line 2: {% include 'part.html' %}\n"
        "  in template 'part.html', line 2: {{ name|add:nothing }}\n"
        "       1 | \n"
        "  >    2 |   {{ name|add:nothing }}\n"
        "         |   ^^^^^^^^^^^^^^^^^^^^^^\n"
    )


def test_a_reader_that_has_gone_is_no_error(page: Path) -> None:
    command = f"{sys.executable} -m templating {page} name=x | true; echo ${{PIPESTATUS[0]}}"
    page.write_text("x" * 1_000_000)
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=30)
    assert (done.stdout, done.stderr) == ("1\n", "")


def test_watching_renders_again_when_a_file_changes_or_appears(
    page: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page.write_text("{{ name }}{% include 'part.html' %}")
    part, data = tmp_path / "part.html", tmp_path / "data.json"
    data.write_text('{"name": "n"}')
    edits = iter(
        [
            lambda: part.write_text("{% if %}"),
            lambda: (part.write_text("part"), os.utime(part, (1, 1))),
            lambda: None,
            lambda: (data.write_text('{"name": "m"}'), os.utime(data, (1, 1))),
        ]
    )
    shown: list[str] = []

    def wait(seconds: float) -> None:
        captured = capsys.readouterr()
        shown.append(captured.out + captured.err.partition(":")[0])
        edit = next(edits, None)
        if edit is None:
            raise KeyboardInterrupt
        edit()

    with pytest.raises(KeyboardInterrupt):
        watch(arguments().parse_args([str(page), "--watch", "--data", str(data)]), wait)
    assert shown == ["TemplateDoesNotExist", "TemplateSyntaxError", "npart", "", "mpart"]


def test_what_is_read_from_standard_input_cannot_be_watched(page: Path) -> None:
    with pytest.raises(SystemExit) as caught:
        main([str(page), "--watch", "--data", "-"])
    assert caught.value.code == 2


def test_a_wrong_command_line_is_status_2(page: Path) -> None:
    with pytest.raises(SystemExit) as caught:
        main([str(page), "novalue"])
    assert caught.value.code == 2
