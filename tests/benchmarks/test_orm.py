"""The benchmark of ORMs compares what gives the same rows and leaves the same table."""

from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks.orm.library import BOOKS, book, sqlite_place
from tests.benchmarks.orm.rows import NAMED, contender_of
from tests.benchmarks.rounds import Unavailable

NEW = range(BOOKS, BOOKS + 3)
KEYS = range(BOOKS + 1, BOOKS + 4)


def taken(row: Any, *names: str) -> tuple[Any, ...]:
    """A row's values, of an object or of a tuple with them in this order."""
    return tuple(getattr(row, name, None) for name in names) if hasattr(row, "title") else row


@pytest.mark.parametrize("name", ["ours", *NAMED])
def test_each_contender_does_what_is_measured(name: str, tmp_path: Path) -> None:
    try:
        kind = contender_of(name)
    except Unavailable:
        assert name in ("peewees", "sqlalchemys")
        pytest.skip(f"{NAMED[name]} is a peer of `make bench-orm` only")
    place = sqlite_place(tmp_path / "books.db")
    contender = kind(place)
    new = [tuple(book(number).values()) for number in NEW]
    whole = ("id", "title", "pages", "price", "author_id")
    try:
        for insert in (contender.insert, contender.bulk):
            place.reset(0)
            insert(NEW)
            assert place.books() == new
        place.reset(3)
        contender.change(KEYS)
        assert [pages for _, pages, _, _ in place.books()] == [-key for key in KEYS]
        contender.delete(KEYS)
        assert place.books() == []
        first = {number: (number + 1, *book(number).values()) for number in range(BOOKS)}
        assert [taken(row, *whole) for row in contender.get([7, 3])] == [first[6], first[2]]
        assert sorted(taken(row, *whole) for row in contender.objects()) == [*first.values()]
        assert {tuple(row) for row in contender.values()} == {row[1:4] for row in first.values()}
        related = {row.id: row.author.name for row in contender.related() if name != "driver"}
        assert name == "driver" or related[7] == "Author number 6"
        assert sorted(map(tuple, contender.group()))[:2] == [(0, 15), (1, 15)]
    finally:
        contender.close()
        place.driver.close()
