"""Pages of a list."""

from typing import Any

import pytest

from miniframework.paginator import EmptyPage, PageNotAnInteger, Paginator


@pytest.mark.parametrize(
    ("count", "per_page", "orphans", "pages"),
    [(0, 5, 0, 1), (1, 5, 0, 1), (5, 5, 0, 1), (6, 5, 0, 2), (11, 5, 1, 2), (12, 5, 1, 3)],
)
def test_the_number_of_pages(count: int, per_page: int, orphans: int, pages: int) -> None:
    paginator = Paginator(list(range(count)), per_page, orphans)
    assert paginator.num_pages == pages
    assert [item for page in paginator for item in page] == list(range(count))


def test_a_page_knows_its_neighbours_and_its_place() -> None:
    page = Paginator("abcdefg", 3).page(2)
    assert "".join(page) == "def"
    assert (page.has_previous(), page.has_next(), page.has_other_pages()) == (True, True, True)
    assert (page.previous_page_number(), page.next_page_number()) == (1, 3)
    assert (page.start_index(), page.end_index()) == (4, 6)
    assert repr(page) == "<Page 2 of 3>"


@pytest.mark.parametrize(
    ("number", "error"),
    [("x", PageNotAnInteger), (1.5, PageNotAnInteger), (None, PageNotAnInteger), (0, EmptyPage),
     (4, EmptyPage)],
)  # fmt: skip
def test_a_page_that_is_not_there_is_refused(number: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        Paginator("abcdefg", 3).page(number)


@pytest.mark.parametrize(("asked", "given"), [("x", 1), ("99", 3), (-1, 3), ("2", 2)])
def test_get_page_always_gives_one(asked: Any, given: int) -> None:
    assert Paginator("abcdefg", 3).get_page(asked).number == given


@pytest.mark.parametrize(
    ("pages", "number", "expected"),
    [
        (4, 1, "1 2 3 4"),
        (20, 1, "1 2 3 4 … 19 20"),
        (20, 10, "1 2 … 7 8 9 10 11 12 13 … 19 20"),
        (20, 20, "1 2 … 17 18 19 20"),
    ],
)
def test_the_elided_range(pages: int, number: int, expected: str) -> None:
    paginator = Paginator(range(pages), 1)
    assert " ".join(map(str, paginator.get_elided_page_range(number))) == expected
