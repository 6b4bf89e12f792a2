"""Query strings and HTML forms, taken apart: `request.GET` and `request.POST`.

Step 3 of the trip. Both are "name=value" pairs joined by "&", the values percent-encoded
and the spaces written as "+". A request's own QueryDict cannot be changed, since others
read it too; a `copy()` can.

URL Standard, "application/x-www-form-urlencoded".
Django: https://docs.djangoproject.com/en/5.2/ref/request-response/#querydict-objects
"""

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, unquote_to_bytes, urlencode

from miniframework.conf import settings
from miniframework.exceptions import BadRequest, TooManyFieldsSent
from miniframework.utils.datastructures import MultiValueDict


class QueryDict(MultiValueDict):
    def __init__(
        self,
        query_string: str | bytes | None = None,
        mutable: bool = False,
        encoding: str | None = None,
    ) -> None:
        super().__init__()
        self.encoding = encoding or settings.DEFAULT_CHARSET
        self._mutable = mutable
        for name, value in parse_pairs(query_string or b"", self.encoding):
            self._lists.setdefault(name, []).append(value)

    @classmethod
    def fromkeys(
        cls, iterable: Iterable[str], value: str = "", mutable: bool = False
    ) -> "QueryDict":
        made = cls(mutable=True)
        for key in iterable:
            made.appendlist(key, value)
        made._mutable = mutable
        return made

    def _assert_mutable(self) -> None:
        if not self._mutable:
            raise AttributeError(
                "This QueryDict belongs to a request and cannot be changed. Change a .copy()."
            )

    def __setitem__(self, key: str, value: Any) -> None:
        self._assert_mutable()
        super().__setitem__(key, value)

    def __delitem__(self, key: str) -> None:
        self._assert_mutable()
        super().__delitem__(key)

    def setlist(self, key: str, values: Iterable[Any]) -> None:
        self._assert_mutable()
        super().setlist(key, values)

    def setlistdefault(self, key: str, default_list: Iterable[Any] = ()) -> list[Any]:
        self._assert_mutable()
        return super().setlistdefault(key, default_list)

    def appendlist(self, key: str, value: Any) -> None:
        self._assert_mutable()
        super().appendlist(key, value)

    def copy(self) -> "QueryDict":
        """The same pairs, and free to be changed."""
        made = QueryDict(mutable=True, encoding=self.encoding)
        made._lists = {key: list(values) for key, values in self._lists.items()}
        return made

    __copy__ = copy

    def urlencode(self, safe: str | None = None) -> str:
        """The pairs as a query string again; `safe` names characters to leave as they are."""
        pairs = [(key, value) for key, values in self._lists.items() for value in values]
        encoded = [(str(k).encode(self.encoding), str(v).encode(self.encoding)) for k, v in pairs]
        if safe is None:
            return urlencode(encoded)
        return "&".join(f"{quote(k, safe)}={quote(v, safe)}" for k, v in encoded)


def parse_pairs(query: str | bytes, encoding: str) -> list[tuple[str, str]]:
    """The (name, value) pairs of a query string; bytes that are no text become U+FFFD.

    Raises TooManyFieldsSent past settings.DATA_UPLOAD_MAX_NUMBER_FIELDS: thousands of
    names that fall into one bucket of a dict would keep a worker busy for minutes.
    """
    raw = query.encode(encoding, "replace") if isinstance(query, str) else query
    limit = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
    if limit is not None and raw.count(b"&") >= limit:
        raise TooManyFieldsSent(
            f"The request has more than {limit} fields (DATA_UPLOAD_MAX_NUMBER_FIELDS)."
        )
    pairs = []
    for field in raw.split(b"&"):
        if field:
            name, _, value = field.partition(b"=")
            pairs.append((decode(name, encoding), decode(value, encoding)))
    return pairs


def decode(text: bytes, encoding: str) -> str:
    try:
        return unquote_to_bytes(text.replace(b"+", b" ")).decode(encoding, "replace")
    except (LookupError, UnicodeError):  # idna refuses bytes that it should replace
        raise BadRequest(f"Text cannot be read as {encoding!r}.") from None
