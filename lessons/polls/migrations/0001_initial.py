"""The first tables: questions and their choices."""

from miniorm import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Question",
            fields=[
                ("id", models.BigAutoField(verbose_name="ID", primary_key=True)),
                ("question_text", models.CharField(max_length=200)),
                ("pub_date", models.DateTimeField(verbose_name="date published")),
            ],
        ),
        migrations.CreateModel(
            name="Choice",
            fields=[
                ("id", models.BigAutoField(verbose_name="ID", primary_key=True)),
                ("question", models.ForeignKey(to="polls.question", on_delete=models.CASCADE)),
                ("choice_text", models.CharField(max_length=200)),
                ("votes", models.IntegerField(default=0)),
            ],
            options={"ordering": ["pk"]},
        ),
    ]
