"""A project from startproject to a table in its database, as one makes it at a terminal."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import miniframework

CLONE = Path(miniframework.__file__ or "").resolve().parent.parent

MODELS = """\
from miniorm import models

class Question(models.Model):
    question_text = models.CharField(max_length=200)
"""

VIEWS = """\
from miniframework.http import HttpResponse
from miniframework.views import generic
from .models import Question

class IndexView(generic.ListView):
    model = Question
"""

ASK = """\
from miniframework.test import Client
response = Client(HTTP_HOST="localhost").get("/")
print(response.status_code, "is running" in response.content.decode())
"""


def run(folder: Path, *arguments: str, path: Path | None = CLONE) -> tuple[int, str, str]:
    environment = {
        name: text
        for name, text in os.environ.items()
        if name not in ("PYTHONPATH", "MINIFRAMEWORK_SETTINGS_MODULE")
    }
    if path:
        environment["PYTHONPATH"] = str(path)
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def project(tmp_path: Path) -> Path:
    status, out, err = run(tmp_path, "-m", "miniframework", "startproject", "mysite")
    assert (status, err) == (0, "")
    assert "manage.py migrate" in out
    assert "manage.py runserver" in out
    return tmp_path / "mysite"


@pytest.mark.timeout(120)
def test_a_new_project_checks_migrates_and_answers(project: Path) -> None:
    status, out, err = run(project, "manage.py", "check")
    assert (status, err) == (0, "")
    assert "No problems found." in out
    status, out, err = run(project, "manage.py", "migrate")
    assert (status, err) == (0, "")
    assert "Nothing to do" in out
    status, out, err = run(project, "manage.py", "shell", "-c", ASK)
    assert (status, out.strip()) == (0, "200 True"), err


@pytest.mark.timeout(120)
def test_an_app_with_a_model_gets_its_table(project: Path) -> None:
    status, out, _ = run(project, "manage.py", "startapp", "polls")
    assert status == 0
    assert "INSTALLED_APPS" in out
    (project / "polls" / "models.py").write_text(MODELS)
    settings = project / "mysite" / "settings.py"
    settings.write_text(settings.read_text().replace("APPS = []", 'APPS = ["polls"]'))
    status, out, err = run(project, "manage.py", "migrate")
    assert (status, err) == (0, "")
    assert "created polls_question" in out
    status, out, _ = run(project, "manage.py", "migrate", "--run-syncdb")
    assert "no table missing" in out


MISTAKES = [
    (("manage.py", "migrat"), "there is no command 'migrat'. Did you mean 'migrate'?"),
    (("manage.py", "check", "--settings", "mysite.setings"), "no module 'mysite.setings'"),
    (("manage.py", "runserver", "nowhere"), "'nowhere' is no address"),
    (("manage.py", "startapp", "mysite"), "mysite exists already"),
    (("manage.py", "startapp", "json"), "there is a module of this name already"),
    (("-m", "miniframework", "migrate"), "migrate needs a project's settings"),
]


@pytest.mark.timeout(120)
def test_each_mistake_is_a_sentence(project: Path) -> None:
    for command, sentence in MISTAKES:
        status, _, err = run(project, *command)
        assert status == 1, command
        assert sentence in err
        assert "Traceback" not in err


@pytest.mark.timeout(60)
def test_check_finds_what_is_wrong(project: Path) -> None:
    (project / "mysite" / "templates" / "broken.html").write_text("{% if x %}")
    urls = project / "mysite" / "urls.py"
    urls.write_text(urls.read_text().replace('path("",', 'path("/home/",'))
    status, _, err = run(project, "manage.py", "check")
    assert status == 1
    assert "begins with a slash" in err
    assert "template broken.html" in err
    assert "2 problems found." in err


@pytest.mark.timeout(60)
def test_a_misspelt_app_is_told(project: Path) -> None:
    run(project, "manage.py", "startapp", "polls")
    settings = project / "mysite" / "settings.py"
    settings.write_text(settings.read_text().replace("APPS = []", 'APPS = ["pols"]'))
    status, _, err = run(project, "manage.py", "check")
    assert status == 1
    assert "INSTALLED_APPS has 'pols'" in err
    assert "Did you mean 'polls'?" in err


@pytest.mark.timeout(60)
def test_without_the_framework_manage_says_how_to_get_it(project: Path) -> None:
    manage = str(project / "manage.py")
    status, _, err = run(project, "-S", "-P", manage, "check", path=None)
    assert status == 1
    assert "pip install glasstack" in err
    assert "Traceback" not in err


@pytest.mark.timeout(60)
def test_startproject_overwrites_nothing(project: Path) -> None:
    status, _, err = run(project.parent, "-m", "miniframework", "startproject", "mysite")
    assert status == 1
    assert "exists already" in err


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    ("file", "text", "expected"),
    [
        ("mysite/settings.py", "DEBGU = True\n", "Did you mean 'DEBUG'?"),
        (
            "polls/models.py",
            "from miniorm import models\n"
            "class Question(models.Model):\n    pass\n"
            "class Choice(models.Model):\n"
            "    question = models.ForeignKey('Questoin', on_delete=models.CASCADE)\n",
            "Did you mean 'Question'?",
        ),
    ],
    ids=["a setting", "a foreign key"],
)
def test_check_finds_a_slip(project: Path, file: str, text: str, expected: str) -> None:
    run(project, "manage.py", "startapp", "polls")
    settings = project / "mysite" / "settings.py"
    changed = settings.read_text().replace("INSTALLED_APPS = [", 'INSTALLED_APPS = [\n    "polls",')
    settings.write_text(changed)
    with (project / file).open("a") as opened:
        opened.write(text)
    status, _, err = run(project, "manage.py", "check")
    assert status == 1
    assert expected in err


@pytest.mark.timeout(120)
def test_an_import_of_django_is_translated(project: Path) -> None:
    """-S: without what is installed, where Django may well be."""
    with (project / "mysite" / "settings.py").open("a") as opened:
        opened.write("INSTALLED_APPS = ['polls']\n")
    (project / "polls").mkdir()
    (project / "polls" / "__init__.py").touch()
    (project / "polls" / "models.py").write_text("from django.db import models\n")
    status, _, err = run(project, "-S", "manage.py", "check")
    assert status == 1
    assert "django.db is miniorm here." in err
    assert "Traceback" not in err


@pytest.mark.timeout(120)
def test_migrate_says_which_column_a_table_lacks(project: Path) -> None:
    run(project, "manage.py", "startapp", "polls")
    settings = project / "mysite" / "settings.py"
    settings.write_text(settings.read_text() + "INSTALLED_APPS = ['polls']\n")
    models = project / "polls" / "models.py"
    models.write_text(
        "from miniorm import models\nclass Note(models.Model):\n    a = models.TextField()\n"
    )
    assert run(project, "manage.py", "migrate")[0] == 0
    models.write_text(models.read_text() + "    extra = models.IntegerField(default=0)\n")
    status, _, err = run(project, "manage.py", "migrate")
    assert status == 1
    assert "polls_note.extra not in the database" in err


@pytest.mark.timeout(120)
def test_the_databases_own_shell_is_opened_on_the_projects_database(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in = project / "bin" / "sqlite3"
    stand_in.parent.mkdir()
    stand_in.write_text('#!/bin/sh\necho "asked for ${1##*/}"\nexit 3\n')
    stand_in.chmod(0o755)
    monkeypatch.setenv("PATH", str(stand_in.parent), prepend=os.pathsep)
    status, out, err = run(project, "manage.py", "dbshell")
    assert (status, out) == (3, "asked for db.sqlite3\n"), err
