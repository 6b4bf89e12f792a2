"""Django, as it runs in production: DEBUG off, connections that stay open."""

from typing import Any

import django
from django.conf import settings
from django.db import connections, models, transaction

from miniorm.configuration import parse_url
from tests.benchmarks.orm.contenders.calls import Calls, sqlite_settings, tables
from tests.benchmarks.orm.library import Place

if not settings.configured:
    settings.configure(DEBUG=False, USE_TZ=True)
    django.setup()

Author, Book = tables(models, __name__)


class Contender(Calls):
    Book, Count, atomic = Book, models.Count, staticmethod(transaction.atomic)

    def __init__(self, place: Place) -> None:
        if place.vendor == "sqlite":
            found: Any = {"ENGINE": "django.db.backends.sqlite3", **sqlite_settings(place)}
        else:
            found = {**parse_url(place.address), "ENGINE": "django.db.backends.postgresql"}
        found["CONN_MAX_AGE"] = None
        self.before = connections.settings
        self._use(connections.configure_settings({"default": found}))
        connections["default"].connect()

    def close(self) -> None:
        self._use(self.before)

    @staticmethod
    def _use(found: Any) -> None:
        connections["default"].close()
        del connections["default"]  # the next one that is asked for is made by the settings
        connections.settings = found
