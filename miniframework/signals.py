"""What the framework calls out during a request, for whoever connected.

Steps 3, 9 and 10 of the trip. `request_started` when the environ has arrived,
`request_finished` when the response was sent and closed, `got_request_exception` when an
exception was nobody's: the ORM ends idle connections on the first two. Unlike the observer
hook in `events.py`, a signal is part of the product: what a receiver raises is raised.

Django: https://docs.djangoproject.com/en/5.2/ref/signals/#module-django.core.signals
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import miniorm
from miniorm.signals import Signal

request_started = Signal()  # sender: the handler's class; environ
request_finished = Signal()  # sender: the handler's class
got_request_exception = Signal()  # sender: the handler's class; request
setting_changed = Signal()  # sender: override_settings; setting, value, enter


def close_old_connections(**kwargs: Any) -> None:
    """Before and after each request: a connection past its age or broken is closed."""
    miniorm.close_old_connections()


def reset_queries(**kwargs: Any) -> None:
    """The list of executed SQL, kept with DEBUG, begins anew with each request."""
    miniorm.reset_queries()


def connect_database() -> None:
    """Tie the database connections to the life of a request (called by `setup`)."""
    for signal, receiver in DATABASE_RECEIVERS:
        signal.connect(receiver)


@contextmanager
def database_left_alone() -> Iterator[None]:
    """The end of a request ends no connection: the test is on the same one, perhaps in a
    transaction, or its database exists in memory only."""
    connected = [pair for pair in DATABASE_RECEIVERS if pair[0].disconnect(pair[1])]
    try:
        yield
    finally:
        for signal, receiver in connected:
            signal.connect(receiver)


DATABASE_RECEIVERS = [
    (request_started, reset_queries),
    (request_started, close_old_connections),
    (request_finished, close_old_connections),
]
