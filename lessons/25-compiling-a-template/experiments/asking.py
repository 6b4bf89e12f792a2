"""A table of 1,000 cells: how often does the page look into its context, or change it?

python experiments/asking.py
"""

from collections import Counter
from typing import Any

from templating import Context, Engine
from templating.context import ContextDict
from templating.runtime import NAMES, find

CELLS = {
    "{{ cell }}": "{{ cell }}",
    "and a cycle": "{{ cell }}{% cycle 'odd' 'even' %}",
    "and a firstof ... as": "{{ cell }}{% firstof cell 'none' as last %}",
}
PAGE = "{% for row in rows %}{% for cell in row %}CELL{% endfor %}{% endfor %}"
ROWS = [range(10)] * 100
count: Counter[str] = Counter()


class CountingLayer(ContextDict):
    def __setitem__(self, name: str, value: Any) -> None:
        count["set"] += 1
        super().__setitem__(name, value)


class CountingContext(Context):
    def push(self, *args: Any, **kwargs: Any) -> CountingLayer:
        return CountingLayer(self, *args, **kwargs)


def counting_find(context: Context, name: str) -> Any:
    count["asked"] += 1
    return find(context, name)


NAMES["find"] = counting_find
print(f"{'in each cell':24}{'asked':>8}{'set':>8}")
for title, cell in CELLS.items():
    count.clear()
    Engine().from_string(PAGE.replace("CELL", cell)).render(CountingContext({"rows": ROWS}))
    print(f"{title:24}{count['asked']:8}{count['set']:8}")
