"""The polls anew, in the folder work/, where you may change them: python experiments/begin.py [app]

Copies the experiments there, makes the tables by a first migration, and puts in three rows.
With "app" it stops before the migration. What was in work/ is removed.
"""

import os
import shutil
import sys
from importlib import import_module
from pathlib import Path

from miniorm import connect
from miniorm.migrations.commands import makemigrations, migrate

chapter = Path(__file__).resolve().parent.parent
work = chapter / "work"
shutil.rmtree(work, ignore_errors=True)
shutil.copytree(chapter / "experiments", work, ignore=shutil.ignore_patterns("begin.py", "*.pyc"))
if sys.argv[1:] == ["app"]:
    sys.exit()

os.chdir(work)
sys.path[0] = str(work)
# Who changes votes to score within this second would get the compiled file of before: it is
# known by the second and the size of its source.
sys.dont_write_bytecode = True
database = connect("sqlite:///polls.db", apps={"polls": "polls"})
models = import_module("polls.models")
makemigrations(["polls"], tell=len)
migrate(tell=len)

question = models.Question.objects.create(text="Tea or coffee?")
question.choice_set.create(text="Tea", votes=3)
question.choice_set.create(text="Coffee", votes=2)
