"""A project made on the spot: settings and patterns for as long as one test takes."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from types import ModuleType
from typing import Any

import pytest

from miniframework.conf import settings
from miniframework.test import override_settings

Project = Callable[..., None]


@pytest.fixture(autouse=True)
def configured() -> None:
    if not settings.configured:
        settings.configure()


@pytest.fixture
def project() -> Iterator[Project]:
    """`project(patterns, handlers={...}, DEBUG=True)` until the test ends."""
    with ExitStack() as stack:

        def make(
            patterns: Any = (), *, handlers: dict[str, Any] | None = None, **options: Any
        ) -> None:
            urlconf = ModuleType("project_urls")
            vars(urlconf).update({"urlpatterns": list(patterns), **(handlers or {})})
            options.setdefault("SECRET_KEY", "for tests")
            options.setdefault("ALLOWED_HOSTS", ["testserver"])
            stack.enter_context(override_settings(ROOT_URLCONF=urlconf, **options))

        yield make
