"""A queryset that two pages share: shared.py [off]; off: its methods change it, and no other."""

import sys
from typing import Any

from polls import Question

from miniorm.query import Query
from miniorm.querysets.base import BaseQuerySet


def changed(self: Any, query: Query) -> Any:
    self.query, self._result_cache = query, None
    return self


if "off" in sys.argv:
    BaseQuerySet._with = changed  # type: ignore[method-assign]

OPEN = Question.objects.open()
for page in ("Ann", "Bob", "Ann"):
    print(f"the open questions of {page}:", *OPEN.by(page))
print("all that are open:", *OPEN)
