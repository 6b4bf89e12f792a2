"""What each database would be told. None is there: python experiments/both.py [tables]"""

import sys
from typing import Any

import miniorm
from miniorm import models
from miniorm.connections import connection


class Poll(models.Model):
    question = models.CharField(max_length=40)
    asked = models.DateTimeField(null=True)
    is_open = models.BooleanField(default=True)
    price = models.DecimalField(max_digits=5, decimal_places=2)

    class Meta:
        app_label = "polls"


QUERYSETS: list[Any] = [
    Poll.objects.filter(question__startswith="50%"),
    Poll.objects.filter(question__icontains="äpfel"),
    Poll.objects.filter(question__regex="^tea"),
    Poll.objects.order_by("-asked"),
    Poll.objects.filter(pk__in=range(600)),
]


def say(queryset: Any) -> None:
    sql = str(queryset.values("pk").query).replace('"polls_poll".', "")
    print(f"{connection.vendor + ':':<12}{sql.partition('polls_poll')[2][2:72]}")


databases = [{"default": url} for url in ("sqlite:///:memory:", "postgresql:///polls")]
if "tables" in sys.argv:
    for each in databases:
        miniorm.configure(each)
        editor = connection.schema_editor(collect_sql=True)
        editor.create_model(Poll)
        print(*editor.collected_sql)
else:
    for queryset in QUERYSETS:
        for each in databases:
            miniorm.configure(each)
            say(queryset)
