"""A mapping in which a name may have several values: what forms and query strings are.

Step 3 of the trip. "?tag=a&tag=b" has one name and two values; `[]` gives the last, as
most programs want, `getlist` all of them.

Django: https://docs.djangoproject.com/en/5.2/ref/request-response/#querydict-objects
"""

from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from typing import Any

from miniframework.suggest import did_you_mean


class MultiValueDictKeyError(KeyError):
    """No value of this name was sent."""


class MultiValueDict(MutableMapping[str, Any]):
    def __init__(self, lists: Mapping[str, Iterable[Any]] | None = None) -> None:
        self._lists: dict[str, list[Any]] = {k: list(v) for k, v in (lists or {}).items()}

    def __getitem__(self, key: str) -> Any:
        """The last value of this name; [] where the list is empty."""
        try:
            values = self._lists[key]
        except KeyError:
            raise MultiValueDictKeyError(
                f"{key!r} was not sent.{did_you_mean(str(key), self._lists)}"
            ) from None
        return values[-1] if values else []

    def __setitem__(self, key: str, value: Any) -> None:
        self._lists[key] = [value]

    def __delitem__(self, key: str) -> None:
        del self._lists[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._lists)

    def __len__(self) -> int:
        return len(self._lists)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, MultiValueDict):
            return self._lists == other._lists
        return NotImplemented

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self._lists!r}>"

    def get(self, key: str, default: Any = None) -> Any:
        value = self._lists.get(key)
        return value[-1] if value else default

    def getlist(self, key: str, default: list[Any] | None = None) -> list[Any]:
        """All values of this name, in the order in which they were sent."""
        if key not in self._lists:
            return [] if default is None else default
        return list(self._lists[key])

    def setlist(self, key: str, values: Iterable[Any]) -> None:
        self._lists[key] = list(values)

    def setlistdefault(self, key: str, default_list: Iterable[Any] = ()) -> list[Any]:
        if key not in self:
            self.setlist(key, default_list)
        return self._lists[key]

    def appendlist(self, key: str, value: Any) -> None:
        self._lists.setdefault(key, []).append(value)

    def lists(self) -> Iterator[tuple[str, list[Any]]]:
        """Each name with all of its values."""
        for key, values in self._lists.items():
            yield key, list(values)

    def dict(self) -> dict[str, Any]:
        """A plain dict with the last value of each name."""
        return {key: self[key] for key in self}

    def update(self, *args: Any, **kwargs: Any) -> None:
        """Append to the values that are there, rather than replace them."""
        for other in (*args, kwargs):
            if isinstance(other, MultiValueDict):
                pairs = [(key, value) for key, values in other.lists() for value in values]
            else:
                pairs = list(other.items() if isinstance(other, Mapping) else other)
            for key, value in pairs:
                self.appendlist(key, value)

    def copy(self) -> "MultiValueDict":
        return MultiValueDict(self._lists)

    __copy__ = copy
