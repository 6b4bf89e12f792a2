"""What holds for all tests of this layer."""

from collections.abc import Iterator
from contextlib import nullcontext
from functools import partial
from importlib.util import find_spec
from typing import Any

import pytest

from templating import configuration, formats

# The real Django is one for the process: what another layer's tests chose may stand already.
# Where `make run` judges a learner's work there is none, and tests that need none run all the same.
PLAIN = {"USE_TZ": False, "TIME_ZONE": "UTC"}
django_settings: Any = nullcontext
if find_spec("django") is not None:
    import django
    from django.conf import settings
    from django.test.utils import override_settings

    if not settings.configured:
        settings.configure(**PLAIN, SECRET_KEY="for tests only")
        django.setup()
    django_settings = partial(override_settings, **PLAIN)


@pytest.fixture(autouse=True, scope="module")
def nothing_handed_down() -> Iterator[None]:
    """As where no framework is in use: another test in this process may have used one."""
    with pytest.MonkeyPatch.context() as patch, django_settings():
        patch.setattr(formats, "time_zone", None)
        patch.setattr(formats, "use_tz", False)
        patch.setattr(configuration, "language_code", "en-us")
        patch.setattr(configuration, "languages", ())
        yield
