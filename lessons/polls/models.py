"""Questions, their choices, and the votes: step 6 of the trip."""

from miniframework.utils import timezone
from miniorm import models


class QuestionManager(models.Manager):
    """What the views ask for, by its name."""

    def published(self):
        """Questions whose day has come, the newest first."""
        return self.filter(pub_date__lte=timezone.now()).order_by("-pub_date", "-pk")


class Question(models.Model):
    question_text = models.CharField(max_length=200)
    pub_date = models.DateTimeField("date published")

    objects = QuestionManager()

    def __str__(self):
        return self.question_text

    def get_absolute_url(self):
        from miniframework.urls import reverse

        return reverse("polls:detail", args=[self.pk])


class Choice(models.Model):
    question = models.ForeignKey(Question, on_delete=models.CASCADE)
    choice_text = models.CharField(max_length=200)
    votes = models.IntegerField(default=0)

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return self.choice_text
