"""The real Django with a database in memory, as the judge of what an ORM answers."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest


def django_models() -> Any:
    """`django.db.models`, ready to use, with `tables_of(*models)` to work in."""
    import django
    from django.apps import AppConfig, apps
    from django.conf import settings
    from django.db import connections, models
    from django.utils import timezone

    if not settings.configured:
        settings.configure()
    memory = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
    connections.settings = connections.configure_settings({"default": memory})
    django.setup()

    class Compared(AppConfig):  # Django finds relations only among the models of its apps
        path = "/"

    def install(label: str) -> None:
        config = Compared(label, None)
        config.apps, config.models = apps, apps.all_models[label]
        apps.app_configs[label] = config

    @contextmanager
    def tables_of(*tables: Any) -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch, timezone.override("America/Chicago"):
            patch.setattr(settings, "USE_TZ", True)  # whoever chose the settings before
            yield from made(*tables)

    def made(*tables: Any) -> Iterator[None]:
        connection = connections["default"]
        label = tables[0]._meta.app_label
        install(label)
        apps.clear_cache()
        with connection.schema_editor() as editor:
            for table in tables:
                editor.create_model(table)
        yield
        connection.close()
        del apps.app_configs[label], apps.all_models[label]
        apps.clear_cache()

    return SimpleNamespace(**vars(models), tables_of=tables_of)
