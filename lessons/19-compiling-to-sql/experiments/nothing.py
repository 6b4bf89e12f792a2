"""Which questions did Ann not close? nothing.py [off]; off: NOT, as SQL understands it."""

import sys

from polls import Question, fill, show

from miniorm import conditions
from miniorm.models import Q

if "off" in sys.argv:
    conditions._known = lambda lookup: lookup

fill()
for rows in (
    Question.objects.filter(closed_by="Ann"),
    Question.objects.exclude(closed_by="Ann"),
    Question.objects.exclude(~Q(closed_by="Ann")),
    Question.objects.exclude(text="Tea or coffee?"),
):
    show(rows)
    print("   ", [each.text for each in rows])
