"""A name from outside that ends up in generated code: guard off, guard on.

python experiments/inject.py off
"""

import sys

from polls import Question, fill

from miniorm.models import Value
from miniorm.querysets.selecting import Selecting

fill(2)
name = "n = print('I run in your server') #"
if "off" in sys.argv:
    Selecting._check_alias = lambda *_: None  # type: ignore[method-assign]
try:
    print(list(Question.objects.annotate(**{name: Value(1)})))
except (ValueError, TypeError) as error:
    print(f"{type(error).__name__}: {error}")
