"""Questions without an unpopular choice: excluding.py [off]; off: NOT of a joined row."""

import sys

from polls import Question, counting, fill

from miniorm import conditions

if "off" in sys.argv:
    conditions._first_multiple = lambda lookup: None

fill(3)
rows = Question.objects.exclude(choice__votes__lt=2)
with counting() as asked:
    for question in rows:
        print(question.text, [choice.votes for choice in question.choice_set.all()])
print(asked[0])
