"""What holds for all tests of this layer."""

from collections.abc import Iterator

import pytest

from templating import formats


@pytest.fixture(autouse=True, scope="module")
def no_time_zone() -> Iterator[None]:
    """As where no framework has handed one down: another test in this process may have."""
    before = formats.time_zone, formats.use_tz
    formats.time_zone, formats.use_tz = None, False
    yield
    formats.time_zone, formats.use_tz = before
