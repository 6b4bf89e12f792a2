"""Questions and their topics by a table of links; and what a Prefetch can be told."""

from polls import Choice, Question, Topic, counting, fill

from miniorm.models import Prefetch

fill(3)
work = Topic.objects.get(name="work")

with counting() as asked:
    names = [question.text for question in work.question_set.all()]
print(names, *asked, sep="\n")

with counting() as asked:
    work.question_set.set(Question.objects.filter(pk__in=[2, 3]))
print(*asked, sep="\n")

popular = Prefetch("choice_set", Choice.objects.filter(votes__gt=1), to_attr="popular")
with counting() as asked:
    for question in Question.objects.prefetch_related(popular, "topics"):
        choices = [choice.votes for choice in question.popular]
        print(question.text, choices, [topic.name for topic in question.topics.all()])
print(*asked, sep="\n")
