"""Prefetching: the objects related to many, with one query for each relation.

Step 6 of the trip. A page that shows ten questions with their choices would ask ten more
times, once for each `question.choice_set` ("the N+1 problem"). `prefetch_related()` asks
once, with the keys of all ten, and puts what came where each instance looks first.

Django's page "QuerySet API reference", prefetch_related(); in Django:
`django.db.models.query.prefetch_related_objects`.
"""

from collections.abc import Iterable
from typing import Any

from miniorm.related import ForwardDescriptor, ReverseManyDescriptor
from miniorm.relations import ForeignKey, ManyToOneRel


def prefetch(instances: list[Any], lookups: Iterable[str]) -> None:
    """Fetch the objects related to many instances with one query for each relation.

    "choice_set", "question", and on from there: "choice_set__votes_cast".
    """
    done: set[str] = set()
    for lookup in lookups:
        level, so_far = instances, ""
        for name in lookup.split("__"):
            so_far = f"{so_far}__{name}" if so_far else name
            level = [each for each in level if each is not None]
            if not level:
                break
            descriptor = getattr(type(level[0]), name, None)
            if isinstance(descriptor, ForwardDescriptor):
                level = _prefetch_forward(level, descriptor.field, fetch=so_far not in done)
            elif isinstance(descriptor, ReverseManyDescriptor):
                level = _prefetch_reverse(level, descriptor.relation, fetch=so_far not in done)
            else:
                raise AttributeError(
                    f"Cannot find {name!r} on {type(level[0]).__name__}: {lookup!r} is an invalid "
                    "parameter to prefetch_related()."
                )
            done.add(so_far)


def _prefetch_forward(instances: list[Any], field: ForeignKey, fetch: bool) -> list[Any]:
    if fetch:
        keys = {getattr(each, field.attname) for each in instances} - {None}
        target = field.target_field.attname
        rows = field.related_model._default_manager.raw_queryset(instances[0]._state.db)
        by_key = {getattr(row, target): row for row in rows.filter(**{f"{target}__in": list(keys)})}
        for each in instances:
            if (row := by_key.get(getattr(each, field.attname))) is not None:
                each._state.fields_cache[field.name] = row
    return [each._state.fields_cache.get(field.name) for each in instances]


def _prefetch_reverse(instances: list[Any], relation: ManyToOneRel, fetch: bool) -> list[Any]:
    name, field = relation.get_accessor_name(), relation.field
    if fetch:
        owners = {getattr(each, field.target_field.attname): each for each in instances}
        rows = relation.related_model._default_manager.using(instances[0]._state.db)
        groups: dict[Any, list[Any]] = {key: [] for key in owners}
        for row in rows.filter(**{f"{field.name}__in": list(owners)}):
            key = getattr(row, field.attname)
            row._state.fields_cache[field.name] = owners[key]
            groups[key].append(row)
        for each in instances:
            found = getattr(each, str(name)).get_queryset()
            found._result_cache = groups[getattr(each, field.target_field.attname)]
            each.__dict__.setdefault("_prefetched_objects_cache", {})[name] = found
    return [row for each in instances for row in each._prefetched_objects_cache[name]]
