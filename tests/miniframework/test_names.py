"""The table of Django's names is true."""

from importlib import import_module
from typing import Any

import pytest

from miniframework.names import NAMES, translate


def load(dotted: str) -> Any:
    try:
        return import_module(dotted)
    except ModuleNotFoundError:
        module, _, name = dotted.rpartition(".")
        return getattr(import_module(module), name)


@pytest.mark.parametrize("ours", sorted(set(NAMES.values())))
def test_every_entry_can_be_imported(ours: str) -> None:
    assert load(ours) is not None


@pytest.mark.parametrize(
    ("django", "ours"),
    [
        ("django.urls.path", "miniframework.urls.path"),
        ("django.db.models.CharField", "miniorm.models.CharField"),
        ("django.db.transaction.atomic", "miniorm.transaction.atomic"),
        ("django.template.Library", "templating.Library"),
        ("django.template.response.TemplateResponse",
         "miniframework.template.response.TemplateResponse"),
        ("django.core.exceptions.PermissionDenied", "miniframework.exceptions.PermissionDenied"),
        ("django.contrib.sessions", "miniframework.sessions"),
        ("django.middleware.csrf.CsrfViewMiddleware",
         "miniframework.middleware.csrf.CsrfViewMiddleware"),
        ("os.path", "os.path"),
        ("djangosomething.x", "djangosomething.x"),
    ],
)  # fmt: skip
def test_a_name_is_translated(django: str, ours: str) -> None:
    assert translate(django) == ours
