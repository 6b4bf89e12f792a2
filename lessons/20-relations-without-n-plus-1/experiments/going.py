"""A question is deleted: what goes with it, and what may hold it back."""

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

with counting() as asked:
    print(Question.objects.get(pk=1).delete())
print(*asked, sep="\n")

with counting() as asked:
    print(Author.objects.get().delete())
print(*asked, sep="\n")

Prize.objects.create(choice=Choice.objects.first())
try:
    Question.objects.all().delete()
except ProtectedError as error:
    print(error)
