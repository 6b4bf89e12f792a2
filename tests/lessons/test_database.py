"""The site's tables: made by its migrations, and by nothing else."""

import sys
from importlib import import_module

import pytest

from lessons.database import bring_up_to_date
from miniorm import configuration, registry
from miniorm.connections import connections
from miniorm.migrations import commands
from miniorm.schema import create_tables
from tests.miniorm.sql import statements

APPS = {"lessons.exercises": "exercises", "lessons.polls": "polls"}
ALL = ["exercises.0001_initial", "polls.0001_initial"]


@pytest.fixture
def models(tmp_path):
    """The models of the site, on an empty database."""
    before = configuration.current()
    configuration.configure({"default": f"sqlite:///{tmp_path / 'site.sqlite3'}"}, apps=APPS)
    names = [f"{package}.models" for package in APPS]
    with registry.isolated():
        for name in names:
            sys.modules.pop(name, None)
            import_module(name)
        yield registry.get_models("exercises") + registry.get_models("polls")
    for name in names:
        del sys.modules[name]
    connections.close_all()
    configuration._current = before


def test_a_new_database_gets_its_tables_and_then_one_statement_looks(models):
    assert bring_up_to_date() == ALL
    assert create_tables(models) == []
    with statements() as asked:
        assert bring_up_to_date() == []
    assert len(asked) == 1


def test_tables_from_before_there_were_migrations_stay_with_their_rows(models):
    assert len(create_tables(models)) == 4
    question = registry.get_model("polls.Question")
    question.objects.create(question_text="Why?", pub_date="2024-05-01T10:00:00Z")
    assert bring_up_to_date() == ALL
    assert question.objects.get().question_text == "Why?"
    assert bring_up_to_date() == []


def test_the_migrations_say_what_the_models_say(models):
    told = []
    assert commands.makemigrations(tell=told.append, check=True) == 0, told
