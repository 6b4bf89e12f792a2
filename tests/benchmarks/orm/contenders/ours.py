"""miniorm."""

from typing import Any

import miniorm
from miniorm import configuration, models, transaction
from tests.benchmarks.orm.contenders.calls import Calls, sqlite_settings, tables
from tests.benchmarks.orm.library import Place

Author, Book = tables(models, __name__)


class Contender(Calls):
    Book, Count, atomic = Book, models.Count, staticmethod(transaction.atomic)

    def __init__(self, place: Place) -> None:
        self.before = configuration.current()
        found: Any = place.address
        if place.vendor == "sqlite":
            found = {"ENGINE": "miniorm.backends.sqlite3", **sqlite_settings(place)}
        miniorm.connect(found)

    def close(self) -> None:
        miniorm.connections.close_all()
        configuration._current = self.before
