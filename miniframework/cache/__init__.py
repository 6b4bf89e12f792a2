"""Values that are dear to make, kept for a while: `cache.set("key", value, 30)`.

No step of the trip: views and templates use it to make one shorter.

Django: https://docs.djangoproject.com/en/5.2/topics/cache/
"""

from collections.abc import Iterator
from threading import Lock
from typing import Any

from miniframework.cache.backends.base import BaseCache, InvalidCacheBackendError
from miniframework.conf import settings
from miniframework.signals import setting_changed
from miniframework.suggest import did_you_mean
from miniframework.utils.module_loading import import_string

DEFAULT_CACHE_ALIAS = "default"


class Caches:
    """The caches of the setting CACHES by alias, each made when it is first asked for."""

    def __init__(self) -> None:
        self._made: dict[str, BaseCache] = {}
        self._lock = Lock()

    def __getitem__(self, alias: str) -> BaseCache:
        with self._lock:
            if alias not in self._made:
                self._made[alias] = self._make(alias)
            return self._made[alias]

    def _make(self, alias: str) -> BaseCache:
        known = settings.CACHES
        if alias not in known:
            raise InvalidCacheBackendError(
                f"CACHES has no cache named {alias!r}.{did_you_mean(alias, known)}"
            )
        options = dict(known[alias])
        backend = options.pop("BACKEND")
        try:
            kind = import_string(backend)
        except ImportError as error:
            raise InvalidCacheBackendError(
                f"CACHES has the BACKEND {backend!r}, which cannot be imported: {error}"
            ) from error
        made: BaseCache = kind(options.pop("LOCATION", ""), options)
        return made

    def __iter__(self) -> Iterator[str]:
        return iter(settings.CACHES)

    def forget(self, **changed: Any) -> None:
        if changed.get("setting") == "CACHES":
            self._made.clear()


class DefaultCache:
    """`cache` is `caches["default"]`, whichever that is when it is used."""

    def __getattr__(self, name: str) -> Any:
        return getattr(caches[DEFAULT_CACHE_ALIAS], name)

    def __contains__(self, key: str) -> bool:
        return key in caches[DEFAULT_CACHE_ALIAS]


caches = Caches()
cache = DefaultCache()
setting_changed.connect(caches.forget)

__all__ = ["DEFAULT_CACHE_ALIAS", "BaseCache", "InvalidCacheBackendError", "cache", "caches"]
