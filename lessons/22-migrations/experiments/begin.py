"""Tables as the models say, by a first migration, and three rows in them: python begin.py"""

from importlib import import_module

from miniorm import connect
from miniorm.migrations.commands import makemigrations, migrate

database = connect("sqlite:///polls.db", apps={"polls": "polls"})
models = import_module("polls.models")
makemigrations(["polls"], tell=len)
migrate(tell=len)

question = models.Question.objects.create(text="Tea or coffee?")
question.choice_set.create(text="Tea", votes=3)
question.choice_set.create(text="Coffee", votes=2)
