"""The questions of first/ask.py, asked of models: python experiments/polls.py URL

All of it is one transaction, tables included, and is undone at the end.
"""

import sys
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import miniorm
from miniorm import models
from miniorm.schema import create_tables
from miniorm.transaction import atomic, set_rollback


class Poll(models.Model):
    question = models.CharField(max_length=40)
    asked = models.DateTimeField(null=True)
    is_open = models.BooleanField(default=True)
    price = models.DecimalField(max_digits=5, decimal_places=2)

    class Meta:
        app_label = "polls"


def questions() -> None:
    polls = Poll.objects.values_list("question", flat=True)
    print("begin with tea   ", list(polls.filter(question__startswith="tea")))
    print("the latest first ", list(polls.order_by("-asked")))
    print("are open         ", list(Poll.objects.order_by("pk").values_list("is_open", flat=True)))
    print("cost in all      ", Poll.objects.aggregate(models.Sum("price"))["price__sum"])
    print("have apples      ", list(polls.filter(question__icontains="äpfel")))
    print("the last moment  ", Poll.objects.aggregate(models.Max("asked"))["asked__max"])


if __name__ == "__main__":
    miniorm.connect(sys.argv[1])
    berlin = timezone(timedelta(hours=2))
    with atomic():
        create_tables([Poll])
        for question, asked, is_open, price in (
            ("Tea or milk?", datetime(2026, 5, 1, 14, tzinfo=berlin), True, "0.10"),
            ("tea, again?", datetime(2026, 5, 1, 13, tzinfo=UTC), False, "0.20"),
            ("ÄPFEL?", None, True, "0.00"),
        ):
            Poll.objects.create(
                question=question, asked=asked, is_open=is_open, price=Decimal(price)
            )
        questions()
        set_rollback(True)
