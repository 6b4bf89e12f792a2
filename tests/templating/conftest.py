"""What holds for all tests of this layer."""

from collections.abc import Iterator

import pytest

from templating import configuration, formats


@pytest.fixture(autouse=True, scope="module")
def nothing_handed_down() -> Iterator[None]:
    """As where no framework is in use: another test in this process may have used one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(formats, "time_zone", None)
        patch.setattr(formats, "use_tz", False)
        patch.setattr(configuration, "language_code", "en-us")
        patch.setattr(configuration, "languages", ())
        yield
