"""The listener: it joins what five layers announce into one record for each request.

Which request an announcement belongs to is said by the server for what the loop does
(bytes, heads), and by the thread for everything else: the handler runs on one thread
from its call to `close()`, so the current record is kept in a ContextVar there.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from contextvars import ContextVar
from time import perf_counter
from types import TracebackType
from typing import Any

import httpserver.events
import miniframework.events
import miniorm.events
import templating.events
import wsgi.events
from lessons.xray.describe import CLOSING, HOOK_STEPS, OPENING
from lessons.xray.record import Entry, Record

LAYERS = (httpserver.events, wsgi.events, miniframework.events, miniorm.events, templating.events)

current: ContextVar[Record | None] = ContextVar("glasstack_record", default=None)


class Recorder:
    """Records while it is entered; keeps the last `keep` requests.

    `on_done(record)` is called once the last byte of a response has gone.
    """

    def __init__(self, on_done: Callable[[Record], None] | None = None, keep: int = 100) -> None:
        self.on_done = on_done
        self.keep = keep
        self.records: OrderedDict[str, Record] = OrderedDict()
        self._received: dict[Any, list[Entry]] = {}  # bytes that are no request yet
        self._lock = threading.Lock()
        self._ends: list[Callable[[], None]] = []

    def __enter__(self) -> "Recorder":
        self._ends = [events.observe(self.hear) for events in LAYERS]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for end in self._ends:
            end()

    def hear(self, name: str, details: dict[str, Any]) -> None:
        """One announcement, on the thread where it happens."""
        if name == "bytes.received":
            self._received.setdefault(details["connection"], []).append(moment(name, details))
        elif name == "connection.close":
            self._received.pop(details["connection"], None)
        elif name == "head.parsed":
            self._begin(details)
        else:
            record = self._record_of(name, details)
            if record is not None:
                note(record, name, details)
                if name == "bytes.sent" and self.on_done is not None:
                    self.on_done(record)

    def _begin(self, details: dict[str, Any]) -> None:
        record = Record(details["request"].id)
        record.entries += self._received.pop(details["connection"], [])
        record.add(moment("head.parsed", details))
        with self._lock:
            self.records[record.request_id] = record
            while len(self.records) > self.keep:
                self.records.popitem(last=False)

    def _record_of(self, name: str, details: dict[str, Any]) -> Record | None:
        if name in ("body.received", "handler.start", "response.started", "bytes.sent"):
            record = self.records.get(details["request"].id)
            if name == "handler.start":
                current.set(record)
            return record
        return current.get()


def note(record: Record, name: str, details: dict[str, Any]) -> None:
    """Put one announcement into the tree: open a span, close one, or add a moment."""
    base, _, edge = name.rpartition(".")
    if edge == "start":
        entry = moment(base, details)
        record.add(entry)
        record.open.append(entry)
    elif edge == "end":
        close(record, base, details)
    elif name in OPENING:
        record.add(moment(name, details))


def moment(name: str, details: dict[str, Any]) -> Entry:
    step, describe = OPENING[name]
    if name == "hook":
        step = HOOK_STEPS.get(details["hook"], step)
    return Entry(name, step, describe(details))


def close(record: Record, name: str, details: dict[str, Any]) -> None:
    if not any(entry.name == name for entry in record.open):
        return
    while record.open:
        entry = record.open.pop()
        entry.ended = perf_counter()
        if entry.name == name:
            if name in CLOSING:
                entry.closing_step, describe = CLOSING[name]
                entry.closing = describe(details)
            return
