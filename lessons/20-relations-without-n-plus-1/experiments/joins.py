"""What is joined, and how: joins.py [WORD of a title]; each with its SQL and what it finds."""

import sys

from polls import Choice, Question, counting, fill

from miniorm.models import Count, Q

BY_ANN = Q(author__name="Ann")
QUERIES = [
    ("filter once", Question.objects.filter(choice__text="Yes", choice__votes=3)),
    ("filter twice", Question.objects.filter(choice__text="Yes").filter(choice__votes=3)),
    ("the key alone", Choice.objects.filter(question__id=3)),
    ("and", Question.objects.filter(BY_ANN, text="Question 3")),
    ("or", Question.objects.filter(BY_ANN | Q(text="Question 4"))),
    ("not", Question.objects.exclude(BY_ANN)),
    ("none of several", Question.objects.exclude(choice__votes__lt=20)),
    ("order", Question.objects.order_by("author__name")),
    ("count", Question.objects.filter(choice__votes__gt=24).annotate(n=Count("choice"))),
    ("along", Choice.objects.select_related("question__author")),
]

fill()
for title, rows in QUERIES:
    if all(word in title.split() for word in sys.argv[1:]):
        with counting() as asked:
            found = len(rows)
        print(f"{title}: {found} rows", *asked, sep="\n")
