"""A long list, a page at a time.

Part of step 5: a view hands a `Page` to its template. Over a queryset it asks the database
for the count once, and for each page only for that page's rows.

Django: https://docs.djangoproject.com/en/5.2/ref/paginator/
"""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any


class InvalidPage(Exception):
    """There is no such page."""


class PageNotAnInteger(InvalidPage):
    """What was asked for is no number."""


class EmptyPage(InvalidPage):
    """A number, but nothing is on that page."""


class Paginator:
    """Pages of `per_page` objects; up to `orphans` left-over ones join the last page."""

    ELLIPSIS = "…"

    def __init__(
        self,
        object_list: Any,
        per_page: int | str,
        orphans: int | str = 0,
        allow_empty_first_page: bool = True,
    ) -> None:
        self.object_list = object_list
        self.per_page = int(per_page)
        self.orphans = int(orphans)
        self.allow_empty_first_page = allow_empty_first_page

    def __iter__(self) -> Iterator["Page"]:
        return (self.page(number) for number in self.page_range)

    @cached_property
    def count(self) -> int:
        """How many objects there are: a queryset counts in SQL, a list has a length."""
        counted = getattr(self.object_list, "count", None)
        if callable(counted) and not isinstance(self.object_list, Sequence):
            return int(counted())
        return len(self.object_list)

    @cached_property
    def num_pages(self) -> int:
        if self.count == 0 and not self.allow_empty_first_page:
            return 0
        full = max(1, self.count - self.orphans)
        return -(-full // self.per_page)

    @property
    def page_range(self) -> range:
        return range(1, self.num_pages + 1)

    def validate_number(self, number: Any) -> int:
        try:
            if isinstance(number, float) and not number.is_integer():
                raise ValueError
            number = int(number)
        except (TypeError, ValueError):
            raise PageNotAnInteger(
                f"A page number is an integer, and {number!r} is none."
            ) from None
        if number < 1:
            raise EmptyPage(f"Pages count from 1, so there is no page {number}.")
        if number > self.num_pages:
            raise EmptyPage(f"Page {number} has nothing on it: the last page is {self.num_pages}.")
        return int(number)

    def page(self, number: Any) -> "Page":
        """The page of this number; raises PageNotAnInteger or EmptyPage."""
        number = self.validate_number(number)
        bottom = (number - 1) * self.per_page
        top = bottom + self.per_page
        if top + self.orphans >= self.count:
            top = self.count
        return Page(self.object_list[bottom:top], number, self)

    def get_page(self, number: Any) -> "Page":
        """A page in any case: the first for nonsense, the last for too much."""
        try:
            return self.page(number)
        except PageNotAnInteger:
            return self.page(1)
        except EmptyPage:
            return self.page(self.num_pages)

    def get_elided_page_range(
        self, number: Any = 1, *, on_each_side: int = 3, on_ends: int = 2
    ) -> Iterator[int | str]:
        """Page numbers around this one and at both ends, with "…" for those between."""
        number = self.validate_number(number)
        last = self.num_pages
        if last <= (on_each_side + on_ends) * 2:
            yield from self.page_range
            return
        near = range(max(1, number - on_each_side), min(last, number + on_each_side) + 1)
        if near.start > on_ends + 2:
            yield from [*range(1, on_ends + 1), self.ELLIPSIS]
            yield from range(near.start, number)
        else:
            yield from range(1, number)
        if near.stop <= last - on_ends - 1:
            yield from range(number, near.stop)
            yield from [self.ELLIPSIS, *range(last - on_ends + 1, last + 1)]
        else:
            yield from range(number, last + 1)


class Page(Sequence[Any]):
    """The objects of one page, and the way to the next."""

    def __init__(self, object_list: Any, number: int, paginator: Paginator) -> None:
        self.object_list = object_list
        self.number = number
        self.paginator = paginator

    def __repr__(self) -> str:
        return f"<Page {self.number} of {self.paginator.num_pages}>"

    def __len__(self) -> int:
        return len(self.object_list)

    def __getitem__(self, index: Any) -> Any:
        # A queryset would ask the database for every index: read it whole, once.
        if not isinstance(self.object_list, list):
            self.object_list = list(self.object_list)
        return self.object_list[index]

    def has_next(self) -> bool:
        return self.number < self.paginator.num_pages

    def has_previous(self) -> bool:
        return self.number > 1

    def has_other_pages(self) -> bool:
        return self.has_previous() or self.has_next()

    def next_page_number(self) -> int:
        return self.paginator.validate_number(self.number + 1)

    def previous_page_number(self) -> int:
        return self.paginator.validate_number(self.number - 1)

    def start_index(self) -> int:
        """The first object's number in the whole list, counted from 1 (0 if it is empty)."""
        if self.paginator.count == 0:
            return 0
        return self.paginator.per_page * (self.number - 1) + 1

    def end_index(self) -> int:
        if self.number == self.paginator.num_pages:
            return self.paginator.count
        return self.number * self.paginator.per_page
