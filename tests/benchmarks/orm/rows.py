"""What is measured, and what it is held against: the table that `make bench-orm` prints."""

import importlib
import statistics
import time
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any

from lessons.postgres import PostgresUnavailable
from tests.benchmarks.machine import SERVER_CORE, on_core
from tests.benchmarks.orm.library import BOOKS, Place, postgresql_place, sqlite_place
from tests.benchmarks.report import Row
from tests.benchmarks.rounds import Probe, Unavailable

NAMED = {
    "driver": "the driver alone",
    "djangos": "Django",
    "peewees": "Peewee",
    "sqlalchemys": "SQLAlchemy",
}
OPERATIONS = {
    "insert": "insert, one by one",
    "bulk": "insert, many at once",
    "objects": "fetch all as objects",
    "get": "get by primary key",
    "values": "values of three columns",
    "related": "select_related",
    "change": "get, change, save",
    "delete": "get and delete",
    "group": "group and count",
}
# At each measurement so many rows, or queries.
ROWS_OF = {"insert": 500, "bulk": 1_000, "get": 500, "change": 500, "delete": 500, "group": 10}
WRITING = ("insert", "bulk", "change", "delete")
ON_POSTGRESQL = ("insert", "get")
ONLY_POSTGRESQL = {"clientcursor": "the driver, ClientCursor"}

PEERS = tuple(name for name in NAMED if name != "driver")
# How many times what the other does in a second, on SQLite. Where the driver itself is not three
# times as fast as the best peer, it is what counts.
TARGETS = {
    **{(operation, peer): 3.0 for operation in OPERATIONS for peer in PEERS},
    **{("get", peer): 5.0 for peer in PEERS},
    **{(operation, peer): None for operation in ("values", "group") for peer in PEERS},
    ("values", "driver"): 0.9,
    ("group", "driver"): 0.9,
}


def _rows() -> Iterator[Row]:
    for vendor, operations in (("sqlite", tuple(OPERATIONS)), ("postgresql", ON_POSTGRESQL)):
        others = NAMED if vendor == "sqlite" else {**NAMED, **ONLY_POSTGRESQL}
        for operation in operations:
            for name, named in others.items():
                target = TARGETS.get((operation, name))
                if vendor == "postgresql":
                    target = 0.6 if name == "driver" else None
                yield Row(
                    group=operation if vendor == "sqlite" else f"postgresql-{operation}",
                    what=OPERATIONS[operation] + (" (PostgreSQL)" * (vendor == "postgresql")),
                    ours=f"{vendor}/{operation}/ours",
                    other=f"{vendor}/{operation}/{name}",
                    other_name=named,
                    target=target,
                    unit="rows a second",
                )


ROWS = list(_rows())


def probes(folder: Path) -> list[Probe]:
    """Every operation by everybody, in the order of one round."""
    contenders = Contenders(folder)
    keys = dict.fromkeys(key for row in ROWS for key in (row.other, row.ours) if key)
    return [Probe((key,), partial(contenders.measure, *key.split("/"))) for key in keys]


class Contenders:
    """Who takes part, each with a database, from the first time that it is asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._places: dict[tuple[str, str], Place] = {}

    def place(self, vendor: str, name: str) -> Place:
        shared = name if vendor == "sqlite" else ""
        if (vendor, shared) not in self._places:
            self._places[vendor, shared] = (
                sqlite_place(self.folder / f"{name}.db")
                if vendor == "sqlite"
                else postgresql_place(_postgresql())
            )
        return self._places[vendor, shared]

    def measure(self, vendor: str, operation: str, name: str, seconds: int) -> tuple[float]:
        """Rows a second: the median of batches.

        On SQLite in processor time, for all is work of this one thread, and a busy machine counts
        for less than by the clock. PostgreSQL's work is another process's: there by the clock.
        """
        place = self.place(vendor, name)
        contender = contender_of(name)(place)
        try:
            clock = time.process_time if vendor == "sqlite" else time.perf_counter
            ends = time.monotonic() + seconds
            batches = [batch(contender, operation, place, clock) for _ in range(2)][1:]
            while time.monotonic() < ends:
                batches.append(batch(contender, operation, place, clock))
        finally:
            contender.close()
            place.reset(0)
        return (ROWS_OF.get(operation, BOOKS) / statistics.median(batches),)


def contender_of(name: str) -> Any:
    try:
        return importlib.import_module(f"tests.benchmarks.orm.contenders.{name}").Contender
    except ImportError as error:
        raise Unavailable(f"{NAMED[name]} is not installed (`make bench-orm` does it): {error}")


@cache
def _postgresql() -> str:
    from tests.postgres import private_server

    try:
        with on_core(SERVER_CORE):
            return private_server()
    except PostgresUnavailable as error:
        raise Unavailable(f"there is no PostgreSQL: {error}")


def batch(contender: Any, operation: str, place: Place, clock: Callable[[], float]) -> float:
    """The seconds of one operation on so many rows. What it needs and leaves is not counted."""
    count = ROWS_OF.get(operation, BOOKS)
    numbers = range(BOOKS, BOOKS + count)
    if operation in WRITING:
        place.reset(extra=0 if operation in ("insert", "bulk") else count)
    arguments = {
        "insert": [numbers],
        "bulk": [numbers],
        "get": [range(1, BOOKS, BOOKS // count)],
        "change": [range(BOOKS + 1, BOOKS + 1 + count)],
        "delete": [range(BOOKS + 1, BOOKS + 1 + count)],
    }
    times = count if operation == "group" else 1
    call = partial(getattr(contender, operation), *arguments.get(operation, ()))
    began = clock()
    for _ in range(times):
        call()
    return clock() - began
