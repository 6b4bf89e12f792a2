"""Aggregates: of all rows, of each row's, of groups; and where conditions on them stand."""

from polls import Choice, Question, fill, show

from miniorm.models import Count, F, Q, Sum

fill()
counted = Question.objects.annotate(total=Sum("choice__votes"))
for rows in (
    counted,
    counted.filter(pub_date__year=2024, total__gt=4),
    counted.filter(Q(closed_by=None) | Q(total__lt=5)),
    Choice.objects.values("question_id").annotate(n=Count("*")).order_by("-n", "question_id")[:2],
    Question.objects.annotate(liked=Count("choice", filter=Q(choice__votes__gt=2))),
    Choice.objects.annotate(twice=F("votes") * 2).filter(twice__gt=4),
):
    show(rows)
print([(each.text, each.total) for each in counted])
print(Choice.objects.aggregate(Sum("votes"), most=Count("*")))
