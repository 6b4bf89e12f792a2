"""Which migrations a database has had: a table in the database itself.

In Django: `django.db.migrations.recorder`.
"""

import datetime
from functools import cache
from typing import Any

from miniorm import registry
from miniorm.migrations.migration import Name

TABLE = "miniorm_migrations"


@cache
def _model() -> Any:
    """The model of the table; it is nobody's app, and `create_tables()` does not know it."""
    from miniorm import models

    with registry.apart():

        class AppliedMigration(models.Model):
            app = models.CharField(max_length=255)
            name = models.CharField(max_length=255)
            applied = models.DateTimeField()

            class Meta:
                app_label = "migrations"
                db_table = TABLE

    return AppliedMigration


class MigrationRecorder:
    """The record in one database."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    def has_table(self) -> bool:
        return TABLE in self.connection.introspection.table_names()

    def ensure_schema(self) -> None:
        """Make the table unless it is there."""
        if self.has_table():
            return
        with self.connection.schema_editor() as editor:
            if lock := self.connection.ops.schema_lock_sql():
                self.connection.execute(lock)
            if not self.has_table():
                editor.create_model(_model())

    def applied_migrations(self) -> set[Name]:
        if not self.has_table():
            return set()
        return {(row.app, row.name) for row in self._rows.all()}

    def is_applied(self, key: Name) -> bool:
        return bool(self._rows.filter(app=key[0], name=key[1]).exists())

    def record_applied(self, key: Name) -> None:
        now = datetime.datetime.now(datetime.UTC)
        from miniorm.configuration import current

        moment = now if current().use_tz else now.replace(tzinfo=None)
        self._rows.create(app=key[0], name=key[1], applied=moment)

    def record_unapplied(self, key: Name) -> None:
        self._rows.filter(app=key[0], name=key[1]).delete()

    @property
    def _rows(self) -> Any:
        return _model().objects.using(self.connection.alias)
