"""The statements that change rows."""

from datetime import UTC, datetime

from polls import Choice, Question, fill, short

from miniorm import connection, reset_queries
from miniorm.models import F

fill()
connection.force_debug_cursor = True
reset_queries()
question = Question.objects.create(text="Why?", pub_date=datetime(2026, 1, 1, tzinfo=UTC))
Choice.objects.bulk_create([Choice(question=question, text=text) for text in ("So", "Because")])
Choice.objects.filter(text="So").update(votes=F("votes") + 1)
Choice.objects.filter(question__text="Why?").update(votes=0)
Choice.objects.filter(question__pub_date__year=2026).delete()
for each in connection.queries:
    print(short(each["sql"]))
