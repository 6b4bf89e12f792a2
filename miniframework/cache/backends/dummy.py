"""A cache that keeps nothing: for development, where every change should show.

Django: https://docs.djangoproject.com/en/5.2/topics/cache/#dummy-caching-for-development
"""

from typing import Any

from miniframework.cache.backends.base import BaseCache


class DummyCache(BaseCache):
    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        return default

    def set(self, *args: Any, **kwargs: Any) -> None:
        pass

    def add(self, *args: Any, **kwargs: Any) -> bool:
        return True

    def touch(self, *args: Any, **kwargs: Any) -> bool:
        return False

    def delete(self, *args: Any, **kwargs: Any) -> bool:
        return False

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> Any:
        raise ValueError(f"Key {key!r} not found")

    def clear(self) -> None:
        pass
