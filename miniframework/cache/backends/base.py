"""What every cache can do, from the six operations that a place to keep values has of its own.

Django: https://docs.djangoproject.com/en/5.2/topics/cache/#the-low-level-cache-api
"""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from miniframework.exceptions import ImproperlyConfigured


class InvalidCacheBackendError(ImproperlyConfigured):
    """The setting CACHES names no such cache, or one that cannot be made."""


DEFAULT_TIMEOUT: Any = object()  # None means for ever
MISSING: Any = object()


def default_key_func(key: str, key_prefix: str, version: int) -> str:
    return f"{key_prefix}:{version}:{key}"


class BaseCache:
    """A subclass writes `get`, `set`, `add`, `touch`, `delete` and `clear`."""

    def __init__(self, location: str, params: Mapping[str, Any]) -> None:
        options = params.get("OPTIONS", {})
        self.default_timeout: float | None = params.get("TIMEOUT", 300)
        self.max_entries = int(options.get("MAX_ENTRIES", 300))
        self.cull_frequency = int(options.get("CULL_FREQUENCY", 3))
        self.key_prefix: str = params.get("KEY_PREFIX", "")
        self.version: int = params.get("VERSION", 1)
        self.key_func: Callable[..., str] = params.get("KEY_FUNCTION") or default_key_func

    def make_key(self, key: str, version: int | None = None) -> str:
        return self.key_func(key, self.key_prefix, self.version if version is None else version)

    def expiry(self, timeout: float | None) -> float | None:
        """When a value that is kept now ends (time.time()); None: never."""
        seconds = self.default_timeout if timeout is DEFAULT_TIMEOUT else timeout
        return None if seconds is None else time.time() + seconds

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        raise NotImplementedError

    def set(
        self, key: str, value: Any, timeout: float | None = DEFAULT_TIMEOUT,
        version: int | None = None,
    ) -> None:  # fmt: skip
        raise NotImplementedError

    def add(
        self, key: str, value: Any, timeout: float | None = DEFAULT_TIMEOUT,
        version: int | None = None,
    ) -> bool:  # fmt: skip
        """Keep the value unless there is one; was there none?"""
        raise NotImplementedError

    def touch(
        self, key: str, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:
        """Keep what is there for another while; is there anything?"""
        raise NotImplementedError

    def delete(self, key: str, version: int | None = None) -> bool:
        raise NotImplementedError

    def clear(self) -> None:
        raise NotImplementedError

    def has_key(self, key: str, version: int | None = None) -> bool:
        return self.get(key, MISSING, version) is not MISSING

    def __contains__(self, key: str) -> bool:
        return self.has_key(key)

    def get_or_set(
        self, key: str, default: Any, timeout: float | None = DEFAULT_TIMEOUT,
        version: int | None = None,
    ) -> Any:  # fmt: skip
        """What is kept, else `default` (called, if it can be), kept from now on."""
        found = self.get(key, MISSING, version)
        if found is not MISSING:
            return found
        value = default() if callable(default) else default
        self.add(key, value, timeout, version)
        return self.get(key, value, version)  # another thread may have been faster

    def get_many(self, keys: Iterable[str], version: int | None = None) -> dict[str, Any]:
        found = {key: self.get(key, MISSING, version) for key in keys}
        return {key: value for key, value in found.items() if value is not MISSING}

    def set_many(
        self, data: Mapping[str, Any], timeout: float | None = DEFAULT_TIMEOUT,
        version: int | None = None,
    ) -> list[str]:  # fmt: skip
        """The keys that could not be kept: here there are none."""
        for key, value in data.items():
            self.set(key, value, timeout, version)
        return []

    def delete_many(self, keys: Iterable[str], version: int | None = None) -> None:
        for key in keys:
            self.delete(key, version)

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> Any:
        raise NotImplementedError

    def decr(self, key: str, delta: int = 1, version: int | None = None) -> Any:
        return self.incr(key, -delta, version)

    def close(self) -> None:
        """There is nothing to close, unless a subclass says so."""
