"""The models of the polls, as they are today."""

from miniorm import models


class Question(models.Model):
    text = models.CharField(max_length=200)


class Choice(models.Model):
    question = models.ForeignKey(Question, models.CASCADE)
    text = models.CharField(max_length=100)
    votes = models.IntegerField(default=0)
