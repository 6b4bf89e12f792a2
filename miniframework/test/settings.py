"""Other settings for as long as a test takes.

Django: https://docs.djangoproject.com/en/5.2/topics/testing/tools/#overriding-settings
"""

from contextlib import ContextDecorator
from typing import Any

from miniframework.conf import settings
from miniframework.signals import setting_changed


class override_settings(ContextDecorator):  # noqa: N801 - Django's name
    """`with override_settings(DEBUG=True):`, or as a decorator of a test."""

    def __init__(self, **options: Any) -> None:
        self.options = options
        self._before: list[dict[str, Any]] = []

    def __enter__(self) -> None:
        before = settings._load()
        self._before.append(before)
        settings._replace({**before, **self.options})
        self._announce(enter=True)

    def __exit__(self, *exc_info: object) -> None:
        settings._replace(self._before.pop())
        self._announce(enter=False)

    def _announce(self, enter: bool) -> None:
        """Whoever keeps something made of a setting hears that it is another one now."""
        for name in self.options:
            value = settings._load().get(name)
            setting_changed.send(sender=type(self), setting=name, value=value, enter=enter)
