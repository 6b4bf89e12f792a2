"""Finding commands, and telling errors in a sentence."""

import io
from argparse import ArgumentParser
from typing import Any

import pytest

from miniframework.__main__ import main
from miniframework.management import BaseCommand, CommandError, call_command
from miniframework.management.commands.runserver import address


class Greet(BaseCommand):
    help = "Say hello."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--loud", action="store_true")

    def handle(self, *args: Any, **options: Any) -> str:
        greeting = f"hello {options['name']}"
        return greeting.upper() if options["loud"] else greeting


def test_a_command_is_called_from_code() -> None:
    out = io.StringIO()
    assert call_command(Greet(stdout=out), "world") == "hello world"
    assert call_command(Greet(stdout=out), "world", loud=True) == "HELLO WORLD"
    assert out.getvalue() == "hello world\nHELLO WORLD\n"


def test_an_unknown_option_gets_a_suggestion() -> None:
    with pytest.raises(TypeError, match=r"no option 'lout'\. Did you mean 'loud'\?"):
        call_command(Greet(), "world", lout=True)


def test_a_command_error_carries_an_exit_status() -> None:
    assert CommandError("no").returncode == 1
    assert CommandError("no", returncode=3).returncode == 3


def test_help_lists_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    listed = capsys.readouterr().out
    for name in ("check", "migrate", "runserver", "shell", "startapp", "startproject"):
        assert f"  {name}" in listed


def test_help_for_one_command_shows_its_arguments(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["startproject", "--help"]) == 0
    assert "directory" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["my-site", "2nd", "class", "json", "miniframework"])
def test_a_bad_project_name_is_refused(
    name: str, tmp_path: Any, monkeypatch: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["startproject", name]) == 1
    message = capsys.readouterr().err
    assert "cannot be the name of a project" in message
    assert "Traceback" not in message
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("8001", "127.0.0.1:8001"),
        ("0.0.0.0:80", "0.0.0.0:80"),
        (":8000", ":8000"),
        ("[::1]:8000", "[::1]:8000"),
        ("localhost:8000", "localhost:8000"),
    ],
)
def test_an_address_to_serve_on(given: str, expected: str) -> None:
    assert address(given) == expected


@pytest.mark.parametrize("given", ["", "host", "1:2:3", "99999", "a b:80"])
def test_what_is_no_address_is_told(given: str) -> None:
    with pytest.raises(CommandError, match=r"write PORT or HOST:PORT"):
        address(given)
