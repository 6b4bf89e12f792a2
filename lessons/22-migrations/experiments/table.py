"""From a model to its table, and no further: python experiments/table.py"""

import miniorm
from miniorm import models
from miniorm.errors import Error
from miniorm.schema import create_tables


class Question(models.Model):
    text = models.CharField(max_length=200)

    class Meta:
        app_label = "polls"


class Choice(models.Model):
    question = models.ForeignKey(Question, models.CASCADE)
    text = models.CharField(max_length=100, unique=True)
    votes = models.PositiveIntegerField(default=0, db_column="count")

    class Meta:
        app_label = "polls"


database = miniorm.connect("sqlite:///:memory:")
with database.schema_editor(collect_sql=True) as editor:
    for model in (Question, Choice):
        editor.create_model(model)
print(*editor.collected_sql, sep="\n")
print("made:", create_tables([Question, Choice]))

models.BooleanField(default=False).contribute_to_class(Question, "closed")
print("made, after a change:", create_tables([Question, Choice]))
try:
    Question.objects.create(text="Tea or coffee?")
except Error as error:
    print(error)
