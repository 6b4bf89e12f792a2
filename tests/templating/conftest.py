"""What holds for all tests of this layer."""

from collections.abc import Iterator

import django
import pytest
from django.conf import settings
from django.test.utils import override_settings

from templating import configuration, formats

# The real Django is one for the process: what another layer's tests chose may stand already.
PLAIN = {"USE_TZ": False, "TIME_ZONE": "UTC"}
if not settings.configured:
    settings.configure(**PLAIN, SECRET_KEY="for tests only")
    django.setup()


@pytest.fixture(autouse=True, scope="module")
def nothing_handed_down() -> Iterator[None]:
    """As where no framework is in use: another test in this process may have used one."""
    with pytest.MonkeyPatch.context() as patch, override_settings(**PLAIN):
        patch.setattr(formats, "time_zone", None)
        patch.setattr(formats, "use_tz", False)
        patch.setattr(configuration, "language_code", "en-us")
        patch.setattr(configuration, "languages", ())
        yield
