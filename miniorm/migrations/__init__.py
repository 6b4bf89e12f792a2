"""Migrations: how the tables follow the models, step by step, with the rows that are in them.

Before the trip. `makemigrations` compares the models with what the migrations so far lead to
and writes the difference as a file; `migrate` applies to a database what it has not had.

    from miniorm import migrations, models

    class Migration(migrations.Migration):
        dependencies = [("polls", "0001_initial")]
        operations = [
            migrations.AddField("question", "votes", models.IntegerField(default=0)),
        ]

Reading order: migration, state, operations, graph, loader, recorder, executor, autodetector,
arrangement; then questioner, serializer, writer, commands. Django's page "Migrations"; in Django:
`django.db.migrations`.
"""

from miniorm.migrations.migration import Migration
from miniorm.migrations.operations import *  # noqa: F403
from miniorm.migrations.operations import __all__ as _operations

__all__ = ["Migration", *_operations]
