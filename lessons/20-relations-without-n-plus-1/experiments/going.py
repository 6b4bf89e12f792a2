"""What goes with a row, and what may hold it back: going.py question, author or prize."""

import sys

from polls import Author, Choice, Question, counting, fill

from miniorm import models
from miniorm.errors import ProtectedError
from miniorm.schema import create_tables


class Prize(models.Model):
    """Nobody may take the choice away for which there was one."""

    choice = models.ForeignKey(Choice, models.PROTECT)

    class Meta:
        app_label = "polls"


fill(3)
create_tables([Prize])
if "prize" in sys.argv:
    Prize.objects.create(choice=Choice.objects.last())
with counting() as asked:
    if "question" in sys.argv:
        print(Question.objects.get(pk=1).delete())
    if "author" in sys.argv:
        print(Author.objects.get().delete())
    if "prize" in sys.argv:
        try:
            Question.objects.all().delete()
        except ProtectedError as error:
            print(error.args[0], error.protected_objects)
print(*asked, sep="\n")
