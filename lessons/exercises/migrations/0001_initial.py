"""The first tables: how far each exercise is, and each check of one."""

import miniframework.utils.timezone
from miniorm import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Progress",
            fields=[
                ("id", models.BigAutoField(verbose_name="ID", primary_key=True)),
                ("exercise", models.CharField(max_length=100, unique=True)),
                ("chapter", models.CharField(max_length=100)),
                ("passed", models.IntegerField(default=0)),
                ("total", models.IntegerField(default=0)),
                ("attempts", models.IntegerField(default=0)),
                ("hints", models.IntegerField(default=0)),
                ("started_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                ("done_at", models.DateTimeField(null=True)),
            ],
            options={"ordering": ["pk"], "verbose_name_plural": "progress"},
        ),
        migrations.CreateModel(
            name="Attempt",
            fields=[
                ("id", models.BigAutoField(verbose_name="ID", primary_key=True)),
                ("progress", models.ForeignKey(to="exercises.progress", on_delete=models.CASCADE)),
                ("at", models.DateTimeField(default=miniframework.utils.timezone.now)),
                ("mood", models.CharField(max_length=10)),
                ("passed", models.IntegerField(default=0)),
                ("total", models.IntegerField(default=0)),
                ("seconds", models.FloatField(default=0.0)),
            ],
            options={"ordering": ["-at", "-pk"]},
        ),
    ]
