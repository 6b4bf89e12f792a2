"""What a clone costs: the same change of a query, in three ways."""

import copy
import dataclasses
import timeit

from miniorm.query import Query

names = Query._field_defaults
Frozen = dataclasses.make_dataclass(
    "Frozen",
    [("model", type), *((name, object, default) for name, default in names.items())],
    frozen=True,
)
query, frozen = Query(model=int), Frozen(int)
for title, clone in [
    ("Query._replace", lambda: query._replace(high=5)),
    ("dataclasses.replace", lambda: dataclasses.replace(frozen, high=5)),
    ("copy.deepcopy", lambda: copy.deepcopy(frozen)),
]:
    best = min(timeit.repeat(clone, number=100, repeat=20)) / 100
    print(f"{title:20}{1_000_000 * best:6.2f} us")
