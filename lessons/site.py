"""The site, put together: its database made ready, its handler with files and application."""

import os
from pathlib import Path

import miniframework
import miniorm
from httpserver.messages import Handler
from lessons.database import bring_up_to_date
from wsgi import Gateway
from wsgi.static import with_static


def set_up() -> None:
    """Load settings, applications and models, as the first line of every command."""
    os.environ.setdefault("MINIFRAMEWORK_SETTINGS_MODULE", "lessons.settings")
    miniframework.setup()


def prepare_database() -> tuple[list[str], int]:
    """Apply the migrations that are missing and ask some questions; which, and how many."""
    from lessons.polls.samples import add_samples

    applied = bring_up_to_date()
    added = add_samples()
    # The workers are forked from here on, and a connection must not cross a fork.
    miniorm.connections.close_all()
    return applied, added


def static_locations() -> list[tuple[str, Path]]:
    from miniframework.staticfiles import finders

    return [(url, Path(folder)) for url, folder in finders.static_locations()]


def make_handler() -> Handler:
    """Files first, then the application: what `python -m wsgi --static ...` serves."""
    from lessons.wsgi import application

    return with_static(Gateway(application, multithread=True), static_locations())
