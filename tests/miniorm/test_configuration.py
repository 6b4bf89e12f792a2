import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miniorm.configuration import (
    POSTGRESQL,
    SQLITE,
    configure,
    connect,
    current,
    parse_url,
)
from miniorm.connections import connections
from miniorm.errors import ImproperlyConfigured


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("sqlite:///library.db", "library.db"),
        ("sqlite:///data/library.db", "data/library.db"),
        ("sqlite:////tmp/library.db", "/tmp/library.db"),
        ("sqlite:///:memory:", ":memory:"),
        ("sqlite:///a%20b%3F.db", "a b?.db"),
    ],
)
def test_an_sqlite_url_names_a_file(url, name):
    assert parse_url(url) == {"ENGINE": SQLITE, "NAME": name, "OPTIONS": {}}


def test_a_postgresql_url_is_taken_apart():
    settings = parse_url("postgresql://me:p%40ss@db.example:5433/shop?sslmode=require")
    assert settings == {
        "ENGINE": POSTGRESQL,
        "NAME": "shop",
        "USER": "me",
        "PASSWORD": "p@ss",
        "HOST": "db.example",
        "PORT": "5433",
        "OPTIONS": {"sslmode": "require"},
    }


def test_a_unix_socket_is_named_in_the_query():
    settings = parse_url("postgresql:///shop?host=/var/run/postgresql")
    assert (settings["HOST"], settings["NAME"]) == ("/var/run/postgresql", "shop")
    assert settings["OPTIONS"] == {}


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("library.db", "not a database URL"),
        ("mysql://host/name", "expected sqlite:///FILE"),
        ("postgresq://host/name", "Did you mean 'postgresql'?"),
        ("sqlite://library.db", "three slashes"),
        ("sqlite:///", "names no file"),
        ("postgresql://host", "names no database"),
        ("postgresql://host:99999/name", "cannot be read"),
    ],
)
def test_a_bad_url_says_what_was_expected(url, message):
    with pytest.raises(ImproperlyConfigured, match=message):
        parse_url(url)


@pytest.mark.parametrize("port", ["port", "99999"])
def test_no_message_shows_a_password(port):
    with pytest.raises(ImproperlyConfigured) as caught:
        parse_url(f"postgresql://me:secret@host:{port}/name")
    assert "secret" not in str(caught.value)


@given(st.text(max_size=40))
def test_a_url_is_read_or_refused(rest):
    for scheme in ("sqlite", "postgresql"):
        try:
            parse_url(f"{scheme}://{rest}")
        except ImproperlyConfigured:
            pass


def test_configure_completes_the_settings():
    configure(
        {"default": {"ENGINE": SQLITE, "NAME": Path("x.db")}}, apps={"lessons.polls": "polls"}
    )
    assert current().databases["default"]["NAME"] == "x.db"
    assert current().databases["default"]["CONN_MAX_AGE"] == 0
    assert current().apps == {"lessons.polls": "polls"}


def test_a_configuration_cannot_be_changed():
    configuration = configure({})
    with pytest.raises(AttributeError):
        configuration.debug = True


def test_an_unknown_time_zone_is_refused():
    with pytest.raises(ImproperlyConfigured, match="Nowhere/Land"):
        configure({}, time_zone="Nowhere/Land")


@pytest.mark.parametrize(
    ("engine", "message"),
    [
        ("", "has no ENGINE"),
        ("django.db.backends.sqlite3", "Did you mean 'miniorm.backends.sqlite3'"),
        ("miniorm.backends.sqlite", "Did you mean 'miniorm.backends.sqlite3'"),
        ("json", "no database back end"),
    ],
)
def test_an_unknown_engine_says_what_was_expected(engine, message):
    configure({"default": {"ENGINE": engine, "NAME": "x"}})
    with pytest.raises(ImproperlyConfigured, match=message):
        connections["default"]


def test_a_missing_psycopg_says_how_to_install_it():
    program = (
        "import sys; sys.modules['psycopg'] = None\n"
        "from miniorm.configuration import connect\n"
        "connect('postgresql://localhost/x')"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert 'pip install "glasstack[postgres]"' in result.stderr


def test_importing_the_connections_loads_no_driver():
    program = (
        "import sys, miniorm.connections, miniorm.transaction\n"
        "assert not {'sqlite3', 'psycopg'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_file_in_a_missing_folder_is_named(tmp_path):
    with pytest.raises(Exception, match="does not exist") as caught:
        connect(f"sqlite:///{tmp_path}/nowhere/x.db")
    assert type(caught.value).__name__ == "OperationalError"


def test_a_file_alone_is_told_as_a_url():
    with pytest.raises(ImproperlyConfigured, match="Did you mean 'sqlite:///shop.db'"):
        connect("shop.db")
