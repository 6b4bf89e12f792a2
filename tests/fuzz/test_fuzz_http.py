"""A short look at what `python -m tests.fuzz.http` looks at for as long as one likes."""

import pytest

from tests.fuzz.http import PROPERTIES, explore

pytestmark = pytest.mark.timeout(120)


@pytest.mark.parametrize("name", PROPERTIES)
def test_it_holds_of_some_hundred_inputs(name: str) -> None:
    explore(name, 150, start=9112)  # the same every time: what is new, the long look finds
