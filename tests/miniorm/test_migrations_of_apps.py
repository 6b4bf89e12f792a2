"""Migrations of several apps, by the command line, on real files and both databases."""

import subprocess
import sys
from pathlib import Path

import pytest

PERSON = """
from miniorm import models

class Person(models.Model):
    name = models.CharField(max_length=20)
"""
POST = """
from miniorm import models

class Post(models.Model):
    author = models.ForeignKey("people.Person", models.CASCADE)
"""
BEST = '    best = models.ForeignKey("blog.Post", models.SET_NULL, null=True)\n'
ROOT = Path(__file__).parents[2]


class Folder:
    """A folder with apps, and `python -m miniorm` run in it."""

    def __init__(self, path, url):
        self.path, self.url = path, url

    def write(self, name, text):
        (self.path / name).parent.mkdir(parents=True, exist_ok=True)
        (self.path / name).write_text(text)

    def read(self, name):
        return (self.path / name).read_text()

    def run(self, *words, database=True):
        words = [*words, "--database", self.url] if database else words
        self.done = subprocess.run(
            [sys.executable, "-m", "miniorm", *words],
            cwd=self.path, env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        self.out, self.err = self.done.stdout, self.done.stderr
        assert "Traceback" not in self.err, self.err
        return self.done.returncode


@pytest.fixture
def folder(database, tmp_path):
    return Folder(tmp_path, database.url)


@pytest.fixture
def apps(folder):
    folder.write("people/models.py", PERSON)
    folder.write("blog/models.py", POST)
    return folder


@pytest.mark.timeout(60)
def test_an_app_without_migrations_is_needed_from_its_first_on(apps):
    assert apps.run("makemigrations", "blog") == 0, apps.err
    assert '("people", "__first__")' in apps.read("blog/migrations/0001_initial.py")
    assert "blog needs people, which has no migrations" in apps.out
    assert apps.run("makemigrations", "people") == 0, apps.err
    assert apps.run("migrate") == 0, apps.err
    assert apps.out.split() == [
        "applied", "people.0001_initial", "applied", "blog.0001_initial",
    ]  # fmt: skip
    assert apps.run("makemigrations", "--check") == 0, apps.out


@pytest.mark.timeout(60)
def test_apps_that_point_at_each_other_are_made_at_once(apps):
    apps.write("people/models.py", PERSON + BEST)
    assert apps.run("makemigrations", "blog") == 1
    assert "at once, makemigrations blog people." in apps.err
    assert not (apps.path / "blog" / "migrations").exists()
    assert apps.run("makemigrations", "blog", "people") == 0, apps.err
    assert apps.run("migrate") == 0, apps.err
    assert apps.run("makemigrations", "--check") == 0, apps.out


@pytest.mark.timeout(60)
def test_what_no_order_would_do_for_is_not_written(apps):
    assert apps.run("makemigrations", "blog") == 0, apps.err
    apps.write("people/models.py", PERSON + BEST)
    assert apps.run("makemigrations", "people") == 1
    assert "no order would do. These migrations need each other" in apps.err
    assert not (apps.path / "people" / "migrations").exists()


@pytest.mark.timeout(60)
def test_an_app_that_there_is_not_is_named(apps):
    apps.write("blog/models.py", "import people.models\n" + POST)
    assert apps.run("makemigrations", "blog", "--models", "blog.models") == 1
    assert "blog needs the app 'people', and that is not among the apps: blog." in apps.err


@pytest.mark.timeout(60)
def test_an_app_alone_needs_the_tables_of_those_without_migrations(apps):
    assert apps.run("makemigrations", "blog") == 0, apps.err
    assert apps.run("migrate", "blog") == 1
    assert "blog.0001_initial needs people, which has no migrations and no tables" in apps.err
    assert apps.run("migrate") == 0, apps.err
    assert "created people_person" in apps.out
    assert "applied blog.0001_initial" in apps.out
