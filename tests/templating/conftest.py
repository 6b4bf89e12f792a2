"""What holds for all tests of this layer."""

from collections.abc import Iterator
from contextlib import nullcontext
from functools import partial
from importlib.util import find_spec

import pytest

from templating import configuration, formats

if find_spec("django"):
    from tests.templating.django_settings import django_zone

# Where `make run` judges there may be no Django: tests that need none run all the same.
plain_django = partial(django_zone, False, "UTC") if find_spec("django") else nullcontext


@pytest.fixture(autouse=True, scope="module")
def nothing_handed_down() -> Iterator[None]:
    """As where no framework is in use: another test in this process may have used one."""
    with pytest.MonkeyPatch.context() as patch, plain_django():
        patch.setattr(formats, "time_zone", None)
        patch.setattr(formats, "use_tz", False)
        patch.setattr(configuration, "language_code", "en-us")
        patch.setattr(configuration, "languages", ())
        yield
