"""Prefetching: the objects related to many, with one query for each relation.

Step 6 of the trip. A page that shows ten questions with their choices would ask ten more
times, once for each `question.choice_set` ("the N+1 problem"). `prefetch_related()` asks
once, with the keys of all ten, and puts what came where each instance looks first.

Which rows belong to many instances is what a descriptor or a related manager says
(`get_prefetch_querysets`); here the names are followed, and the rows handed out.

Django's page "QuerySet API reference", prefetch_related(), Prefetch() objects and
prefetch_related_objects(); in Django: `django.db.models.query`.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from miniorm.suggest import did_you_mean

# What prefetch_related() is told: a queryset of all rows that belong to these instances, a
# function that gives a row's key, one that gives the key of the instance it belongs to,
# whether each has one row only, where to keep them, and whether that name is a descriptor's.
Prefetched = tuple[Any, Callable[[Any], Any], Callable[[Any], Any], bool, str, bool]


class Prefetch:
    """A lookup with a queryset of its own, or with a name of its own for what is found.

    `Prefetch("choice_set", queryset=Choice.objects.filter(votes__gt=0), to_attr="popular")`
    """

    def __init__(self, lookup: str, queryset: Any = None, to_attr: str | None = None) -> None:
        if queryset is not None and queryset._shape != "objects":
            raise ValueError("Prefetch querysets cannot use raw(), values(), and values_list().")
        before = lookup.rpartition("__")[0]
        self.prefetch_through = lookup  # the names of the relations on the way
        self.prefetch_to = lookup  # the attributes where what is found stands
        if to_attr:
            self.prefetch_to = f"{before}__{to_attr}" if before else to_attr
        self.queryset = queryset
        self.to_attr = to_attr

    def __repr__(self) -> str:
        return f"<Prefetch: {self.prefetch_to}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Prefetch) and self.prefetch_to == other.prefetch_to

    def __hash__(self) -> int:
        return hash((Prefetch, self.prefetch_to))

    def under(self, prefix: str) -> "Prefetch":
        """The same further down: as a lookup of a prefetched queryset is."""
        twin = Prefetch(f"{prefix}__{self.prefetch_through}", self.queryset, self.to_attr)
        twin.prefetch_to = f"{prefix}__{self.prefetch_to}"
        return twin


def prefetch_related_objects(model_instances: Iterable[Any], *related_lookups: Any) -> None:
    """Fetch the objects related to many instances with one query for each relation.

    "choice_set", "question", and on from there: "choice_set__votes_cast"; or Prefetch objects.
    """
    instances = list(model_instances)
    waiting = [_as_prefetch(each) for each in related_lookups]
    done: dict[str, list[Any]] = {}  # prefetch_to -> the objects found there
    followed: set[str] = set()
    while instances and waiting:
        lookup = waiting.pop(0)
        if lookup.prefetch_to in followed:
            if lookup.queryset is not None:
                raise ValueError(
                    f"{lookup.prefetch_to!r} lookup was already seen with a different queryset. "
                    "You may need to adjust the ordering of your lookups."
                )
            continue
        followed.add(lookup.prefetch_to)
        # What a prefetched queryset wants prefetched in turn comes next.
        waiting = _follow(instances, lookup, done) + waiting
        followed.update(done)


def among(rows: Any, condition: Any, column: Any) -> Any:
    """Those of the rows for which a condition on a column holds.

    Where they are a slice, it is that slice for each value of the column: its rows are counted
    in a window, and the numbers compared.
    """
    query, conditions = rows.query, [condition]
    if query.is_sliced:
        conditions += _places(query, column)
        query = query._replace(low=0, high=None)
    return rows._with(query._replace(where=(*query.where, *conditions)))


def _places(query: Any, column: Any) -> list[Any]:
    from miniorm.compiler import order_by
    from miniorm.expressions import Window
    from miniorm.functions import RowNumber
    from miniorm.lookups import GreaterThan, LessThanOrEqual
    from miniorm.query import Scope

    names = query.model._meta.ordering if query.ordering is None else query.ordering
    order = [each for name in names for each in order_by(name, Scope(query))]
    if query.reverse:
        order = [each.reversed() for each in order]
    number = Window(RowNumber(), partition_by=column, order_by=order)
    above = [] if query.high is None else [LessThanOrEqual(number, query.high)]
    return [GreaterThan(number, query.low), *above]


def _as_prefetch(lookup: Any) -> Prefetch:
    return lookup if isinstance(lookup, Prefetch) else Prefetch(lookup)


def _follow(instances: list[Any], lookup: Prefetch, done: dict[str, list[Any]]) -> list[Prefetch]:
    """Fetch along one lookup; the further lookups of the querysets that were asked."""
    level, more = instances, []
    names = lookup.prefetch_through.split("__")
    places = lookup.prefetch_to.split("__")
    for depth, (name, place) in enumerate(zip(names, places, strict=True)):
        level = [each for each in level if each is not None]
        if not level:
            break
        so_far = "__".join(places[: depth + 1])
        if so_far in done:
            level = done[so_far]
            continue
        last = depth == len(names) - 1
        given = [lookup.queryset] if last and lookup.queryset is not None else None
        level, further = _one_step(level, name, place, given, lookup)
        more += [each.under(so_far) for each in further]
        done[so_far] = level
    return more


def _one_step(
    instances: list[Any], name: str, place: str, given: Any, lookup: Prefetch
) -> tuple[list[Any], list[Prefetch]]:
    """The objects that these instances have under a name, fetched unless they have been."""
    first = instances[0]
    own = getattr(type(first), name, None)
    to_attr = place if place != name else ""
    if own is None and hasattr(first, name) and name not in first._meta.by_name:
        return _what_is_there(instances, name), []  # where another Prefetch has put it
    is_there = own is not None and not hasattr(own, "get_prefetch_querysets")
    source = getattr(first, name) if is_there else own
    if not hasattr(source, "get_prefetch_querysets"):
        if own is None and not hasattr(first, name):
            raise AttributeError(
                f"Cannot find {name!r} on {type(first).__name__} object, "
                f"{lookup.prefetch_through!r} is an invalid parameter to prefetch_related()."
                f"{did_you_mean(name, _relations(first._meta))}"
            )
        raise ValueError(
            f"{lookup.prefetch_through!r} does not resolve to an item that supports prefetching - "
            "this is an invalid parameter to prefetch_related()."
        )
    if given is None and not to_attr:
        missing = [each for each in instances if not _has(each, own, source)]
        found = _fetch(missing, source, name, given, to_attr)[1] if missing else []
        return _what_is_there(instances, name), found
    return _fetch(instances, source, name, given, to_attr)


def _has(instance: Any, descriptor: Any, source: Any) -> bool:
    """Whether the objects have been fetched for this instance already."""
    if hasattr(descriptor, "is_cached"):
        return bool(descriptor.is_cached(instance))
    return source.cache_name in instance.__dict__.get("_prefetched_objects_cache", {})


def _relations(meta: Any) -> list[str]:
    """The names of what a model's instances have of others."""
    own = [field.name for field in (*meta.fields, *meta.many_to_many) if field.is_relation]
    return own + [name for each in meta.related_objects if (name := each.get_accessor_name())]


def _what_is_there(instances: list[Any], name: str) -> list[Any]:
    found: list[Any] = []
    for each in instances:
        try:
            value = getattr(each, name)
        except AttributeError:  # no such object: RelatedObjectDoesNotExist
            continue
        if hasattr(value, "get_queryset"):
            found += value.all()
        elif isinstance(value, list):
            found += value
        elif value is not None:
            found.append(value)
    return found


def _fetch(
    instances: list[Any], source: Any, name: str, given: Any, to_attr: str
) -> tuple[list[Any], list[Prefetch]]:
    """Ask for the rows of all instances and give each its own."""
    rows, row_key, owner_key, single, cache_name, _ = source.get_prefetch_querysets(
        instances, given
    )
    # They are done for all levels at once, by whoever called, and not for these rows alone.
    further = [_as_prefetch(each) for each in rows._prefetch]
    if further:
        rows = rows._without_prefetch()
    model = type(instances[0])
    if to_attr and to_attr in model._meta.by_name:
        raise ValueError(f"to_attr={to_attr} conflicts with a field on the {model.__name__} model.")
    groups: dict[Any, list[Any]] = {}
    found = list(rows)
    for row in found:
        groups.setdefault(row_key(row), []).append(row)
    for each in instances:
        own = groups.get(owner_key(each), [])
        if single:
            _keep_one(each, own[0] if own else None, to_attr, cache_name)
        elif to_attr:
            setattr(each, to_attr, own)
        else:
            kept = getattr(each, name).get_queryset() if given is None else rows.all()
            _keep_many(each, kept, own, cache_name)
    return found, further


def _keep_one(instance: Any, row: Any, to_attr: str, cache_name: str) -> None:
    if to_attr:
        setattr(instance, to_attr, row)
    else:
        instance._state.fields_cache[cache_name] = row


def _keep_many(instance: Any, rows: Any, found: Sequence[Any], cache_name: str) -> None:
    """As a queryset that has its answer: what `question.choice_set.all()` will give."""
    rows._result_cache = list(found)
    instance.__dict__.setdefault("_prefetched_objects_cache", {})[cache_name] = rows


# --- for what says which rows belong to many instances -------------------------------------


def given(querysets: Sequence[Any] | None, instances: Sequence[Any]) -> Any:
    """The queryset of a Prefetch object, on the instances' database unless it says another."""
    if not querysets:
        return None
    if len(querysets) != 1:
        raise ValueError(
            "querysets argument of get_prefetch_querysets() should have a length of 1."
        )
    (rows,) = querysets
    return rows if rows._db else rows.using(instances[0]._state.db)
