"""A cache in the memory of this process; all that name the same LOCATION share it.

What is kept is pickled, so that nobody changes another's value. Where there are more entries
than MAX_ENTRIES, those that were not asked for the longest go first.

Django: https://docs.djangoproject.com/en/5.2/topics/cache/#local-memory-caching
"""

import pickle
import time
from collections import OrderedDict
from collections.abc import Mapping
from threading import RLock
from typing import Any

from miniframework.cache.backends.base import DEFAULT_TIMEOUT, BaseCache


class Store:
    """What all caches of one location keep: key to (when it ends, value), the latest last."""

    def __init__(self) -> None:
        self.entries: OrderedDict[str, tuple[float | None, bytes]] = OrderedDict()
        self.lock = RLock()


_stores: dict[str, Store] = {}


class LocMemCache(BaseCache):
    def __init__(self, location: str, params: Mapping[str, Any]) -> None:
        super().__init__(location, params)
        self._store = _stores.setdefault(location, Store())

    def _find(self, key: str) -> bytes | None:
        """What is kept and has not ended. Under the lock, as the methods below."""
        entry = self._store.entries.get(key)
        if entry is None:
            return None
        expiry, pickled = entry
        if expiry is not None and expiry <= time.time():
            del self._store.entries[key]
            return None
        self._store.entries.move_to_end(key)
        return pickled

    def _keep(self, key: str, pickled: bytes, expiry: float | None) -> None:
        entries = self._store.entries
        if key not in entries and len(entries) >= self.max_entries:
            many = len(entries) // self.cull_frequency if self.cull_frequency else len(entries)
            for _ in range(min(len(entries), max(1, many))):
                entries.popitem(last=False)
        entries[key] = (expiry, pickled)
        entries.move_to_end(key)

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        with self._store.lock:
            pickled = self._find(self.make_key(key, version))
        return default if pickled is None else pickle.loads(pickled)  # noqa: S301 - our own

    def set(
        self, key: str, value: Any, timeout: float | None = DEFAULT_TIMEOUT,
        version: int | None = None,
    ) -> None:  # fmt: skip
        pickled = pickle.dumps(value)
        with self._store.lock:
            self._keep(self.make_key(key, version), pickled, self.expiry(timeout))

    def add(
        self, key: str, value: Any, timeout: float | None = DEFAULT_TIMEOUT,
        version: int | None = None,
    ) -> bool:  # fmt: skip
        with self._store.lock:
            if self._find(self.make_key(key, version)) is not None:
                return False
            self.set(key, value, timeout, version)
            return True

    def touch(
        self, key: str, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:
        full_key = self.make_key(key, version)
        with self._store.lock:
            pickled = self._find(full_key)
            if pickled is not None:
                self._keep(full_key, pickled, self.expiry(timeout))
            return pickled is not None

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> Any:
        """The number that is kept, so much greater; it ends when it would have ended."""
        full_key = self.make_key(key, version)
        with self._store.lock:
            pickled = self._find(full_key)
            if pickled is None:
                raise ValueError(f"Key {full_key!r} not found")
            value = pickle.loads(pickled) + delta  # noqa: S301 - our own
            self._keep(full_key, pickle.dumps(value), self._store.entries[full_key][0])
            return value

    def delete(self, key: str, version: int | None = None) -> bool:
        full_key = self.make_key(key, version)
        with self._store.lock:
            there = self._find(full_key) is not None
            self._store.entries.pop(full_key, None)
            return there

    def clear(self) -> None:
        with self._store.lock:
            self._store.entries.clear()
