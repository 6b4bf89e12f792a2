"""The real Django's settings, which are one for the process, as the tests of templates want them.

Not by django.test: to import it takes half a second, each time a learner's exercise is judged.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import django
import pytest
from django.conf import settings
from django.utils import timezone

if not settings.configured:  # what another layer's tests chose may stand already
    settings.configure(USE_TZ=False, TIME_ZONE="UTC", SECRET_KEY="for tests only")
    django.setup()


@contextmanager
def django_zone(use_tz: bool, name: str) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "USE_TZ", use_tz)
        patch.setattr(settings, "TIME_ZONE", name)
        patch.setenv("TZ", name)
        forget_zone()
        yield
    forget_zone()


def forget_zone() -> None:
    time.tzset()
    timezone.get_default_timezone.cache_clear()
