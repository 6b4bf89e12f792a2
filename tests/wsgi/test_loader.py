"""From words to an application: what is found, what is said where nothing is."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import ROOT
from wsgi.errors import LoadError
from wsgi.loader import load

MODULE = """
def app(environ, start_response): ...
def make(*values, **named):
    made.append((values, named))
    return app
class Site:
    app = app
made = []
number = 3
"""

CALLABLES = """
import functools
from sample_app import app, make
class Mounted:
    def __init__(self, environ, start_response): ...
@functools.wraps(make)
def wrapped(environ, start_response): ...
@functools.wraps(app)
def wrapping(): ...
def create_app(): ...
class Asgi:
    async def __call__(self, scope, receive, send): ...
asgi = Asgi()
typed = dict
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is imported from, whose modules are forgotten at the end."""
    (tmp_path / "sample_site").mkdir()
    (tmp_path / "sample_site" / "__init__.py").touch()
    (tmp_path / "sample_site" / "wsgi.py").write_text("application = print\n")
    (tmp_path / "sample_app.py").write_text(MODULE)
    (tmp_path / "sample_calls.py").write_text(CALLABLES)
    (tmp_path / "sample_script.py").write_text("import sys\nsys.exit(4)\n")
    (tmp_path / "sample_importer.py").write_text("import not_there_at_all\n")
    monkeypatch.syspath_prepend(tmp_path)
    for name in (
        "sample_site",
        "sample_site.wsgi",
        "sample_app",
        "sample_calls",
        "sample_importer",
    ):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return tmp_path


@pytest.mark.parametrize(
    "spelling",
    [
        "sample_app",
        "sample_app:app",
        "sample_app:Site.app",
        "sample_app:make()",
        "sample_calls:Mounted",
        "sample_calls:wrapped",
        "sample_calls:typed",
        "sample_site.wsgi",
    ],
)
def test_what_is_spelt_is_found(folder: Path, spelling: str) -> None:
    assert callable(load(spelling))


def test_a_factory_is_called_with_plain_values(folder: Path) -> None:
    load("sample_app:make('test', 2, debug=True)")
    assert sys.modules["sample_app"].made == [(("test", 2), {"debug": True})]


@pytest.mark.parametrize(
    ("spelling", "message"),
    [
        ("sample_ap:app", "there is no module 'sample_ap'"),
        ("sample_ap:app", "Did you mean 'sample_app'?"),
        ("sample_site.wsgy", "Did you mean 'sample_site.wsgi'?"),
        ("sample_app:ap", "module 'sample_app' has no attribute 'ap'. Did you mean 'app'?"),
        ("sample_app:zebra", "It has: Site, app, make."),
        ("sample_calls:create_app", "(too many positional arguments). A factory is named with"),
        ("sample_calls:wrapping", "cannot be called with environ and start_response"),
        ("sample_calls:asgi", "(missing a required argument: 'send')"),
        ("sample_app:number", "which is not callable"),
        ("sample_app.py:app", "did you mean 'sample_app:app'?"),
        ("sample_site/wsgi.py", "did you mean 'sample_site.wsgi'?"),
        ("sample_app:app:x", "expected MODULE:ATTRIBUTE"),
        ("", "expected MODULE:ATTRIBUTE"),
        ("sample_app:make(print())", "called with plain values"),
        ("sample_app:make(**{})", "called with plain values"),
        ("sample_app:make() or app()", "called with plain values"),
        ("sample_script", "ended the program (sys.exit(4))"),
    ],
)
def test_what_is_not_there_is_said_in_a_sentence(folder, spelling: str, message: str) -> None:
    with pytest.raises(LoadError) as caught:
        load(spelling)
    assert message in str(caught.value)


def test_what_the_module_raises_passes_through(folder: Path) -> None:
    with pytest.raises(ModuleNotFoundError, match="not_there_at_all"):
        load("sample_importer")


NAMED_AS_OURS = {
    "wsgi.py": "import wsgi\nassert wsgi.__file__ == __file__\napp = print\n",
    "httpserver/__init__.py": "from httpserver.views import app\n",
    "httpserver/views.py": "from . import __name__\nassert __name__ == 'httpserver'\napp = print\n",
    "tests/__init__.py": "",
    "tests/app.py": "from tests.more import app\n",
    "tests/more.py": "app = print\n",
    "templating.py": "app = print\n",
}


@pytest.mark.parametrize("spelling", ["wsgi:app", "httpserver", "tests.app", "templating:app"])
def test_an_application_may_be_called_as_we_are(tmp_path: Path, spelling: str) -> None:
    for name, text in NAMED_AS_OURS.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    # By another way than `python -m wsgi`, which would run the folder's own wsgi.py.
    command = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r});"
        "from wsgi.__main__ import main; sys.exit(main())"
    )
    result = subprocess.run(
        [sys.executable, "-c", command, spelling, "--check-config"],
        cwd=tmp_path, capture_output=True, text=True, timeout=30,
    )  # fmt: skip
    assert (result.stdout, result.stderr) == (f"{spelling}: all is well\n", "")


def test_our_own_package_is_no_application(tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "wsgi", "wsgi:app", "--check-config", "--chdir", tmp_path],
        cwd=ROOT, capture_output=True, text=True, timeout=30,
    )  # fmt: skip
    assert result.returncode == 3
    assert "there is no module 'wsgi' of yours" in result.stderr
