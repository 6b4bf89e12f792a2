"""A step of last year on an empty database of today: python experiments/today.py today|then"""

import sys
from typing import Any

import miniorm
from miniorm import migrations, models
from miniorm.errors import Error
from miniorm.migrations.executor import MigrationExecutor
from miniorm.migrations.graph import MigrationGraph


class Question(models.Model):
    text = models.CharField(max_length=200)
    closed = models.BooleanField(default=False)  # since this year

    class Meta:
        app_label = "polls"


def fill(apps: Any, schema_editor: Any) -> None:
    model = Question if sys.argv[1] == "today" else apps.get_model("polls", "Question")
    model.objects.create(text="Tea or coffee?")


class First(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Question",
            [("id", models.BigAutoField(primary_key=True)), ("text", models.TextField())],
        ),
        migrations.RunPython(fill),
    ]


class Second(migrations.Migration):
    dependencies = [("polls", "0001_initial")]
    operations = [migrations.AddField("question", "closed", models.BooleanField(default=False))]


executor = MigrationExecutor(miniorm.connect("sqlite:///:memory:"))
executor.loader.migrated_apps.add("polls")
executor.loader.graph = MigrationGraph(
    [First("0001_initial", "polls"), Second("0002_question_closed", "polls")]
)
try:
    executor.migrate()
    print(*Question.objects.values())
except Error as error:
    print(error)
