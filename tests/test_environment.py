"""scripts/environment.py: what a fresh machine may lack is said in a sentence."""

import ast
import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.processes import ROOT

SCRIPT = ROOT / "scripts" / "environment.py"


@pytest.fixture
def environment(tmp_path: Path) -> ModuleType:
    """The script, as if it stood in an empty clone."""
    spec = importlib.util.spec_from_file_location("environment", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.VENV = str(tmp_path / ".venv")
    module.PYTHON = str(tmp_path / ".venv" / "bin" / "python")
    return module


def test_a_missing_venv_module_is_said_with_the_way_on(environment, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "ensurepip", None)  # as Debian's python3 without -venv
    said = environment.main(["run"])
    assert "no working venv module" in said
    assert f"apt install python{sys.version_info.major}.{sys.version_info.minor}-venv" in said
    assert "python3 -m httpserver" in said


def test_an_old_python_is_said_with_the_way_on(environment, monkeypatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 8, 18))
    monkeypatch.setattr(environment.subprocess, "call", lambda *args, **kwargs: 1)
    said = environment.main(["run"])
    assert "needs Python 3.11 or later" in said
    assert "is 3.8" in said
    assert "make run PYTHON=" in said


def test_packages_that_cannot_be_fetched_are_said(environment, monkeypatch, capfd) -> None:
    monkeypatch.setattr(environment.subprocess, "call", lambda command, **more: 1)
    said = environment.fill("run")
    assert "could not install" in said
    assert "Installing what the lessons need" in capfd.readouterr().out


def test_a_wrong_word_is_answered_by_the_usage() -> None:
    result = subprocess.run(
        [sys.executable, str(SCRIPT), "nonsense"], capture_output=True, text=True, timeout=30
    )
    assert result.returncode == 1
    assert "usage:" in result.stderr


def test_the_script_can_be_read_by_a_python_that_is_too_old() -> None:
    """It must not end in a SyntaxError where it should say that the Python is too old."""
    tree = ast.parse(SCRIPT.read_text("utf-8"), feature_version=(3, 4))
    newer = (ast.JoinedStr, ast.AnnAssign, ast.NamedExpr, ast.Match, ast.AsyncFunctionDef)
    assert not [node for node in ast.walk(tree) if isinstance(node, newer)]
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            assert function.returns is None
            assert not function.args.kwonlyargs
