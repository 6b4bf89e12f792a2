"""FilteredRelation: a relation of which a query sees only some rows.

Step 6 of the trip. A condition in WHERE takes objects away; one in the ON of a join takes
away only what is joined to them, so that an author of no long book still counts, with 0:

    Author.objects.annotate(
        long=FilteredRelation("book", condition=Q(book__pages__gte=300))
    ).annotate(n=Count("long"))

Django's page "QuerySet API reference", FilteredRelation() objects; in Django:
`django.db.models.query_utils`.
"""

import copy
from typing import Any

from miniorm.conditions import Q, resolve
from miniorm.query import Join, Path, Query, Scope, parent_path


class FilteredRelation:
    """The relation of that name, with a condition on the rows that are joined."""

    alias: str

    def __init__(self, relation_name: str, *, condition: Q = Q()) -> None:  # noqa: B008 (a value)
        if not relation_name:
            raise ValueError("relation_name cannot be empty.")
        if not isinstance(condition, Q):
            raise ValueError("condition argument must be a Q() instance.")
        self.relation_name = relation_name
        self.condition = condition

    def named(self, alias: str, query: Query) -> "FilteredRelation":
        """A copy under the name that annotate() gave it, looked over; raises ValueError."""
        twin = copy.copy(self)
        twin.alias = alias
        query = query._replace(filtered_relations=((alias, twin),))
        way = twin.path(query)
        for column in twin.resolved(query).columns():
            if column.path != way[: len(column.path)]:
                raise ValueError(
                    f"FilteredRelation's condition doesn't support nested relations deeper than "
                    f"the relation_name (got {column!r} for {self.relation_name!r})."
                )
        return twin

    def _steps(self, query: Query) -> list[tuple[Any, Any]]:
        """(model, relation) for each part of the name."""
        model, found = query.model, []
        for part in self.relation_name.split("__"):
            relation = model._meta.by_name.get(part)
            if relation is None or not relation.is_relation:
                raise ValueError(
                    f"FilteredRelation's relation_name cannot contain lookups, and "
                    f"{model._meta.label} has no relation {part!r} (got {self.relation_name!r})."
                )
            found.append((model, relation))
            model = relation.related_model
        return found

    def relation(self, query: Query) -> Any:
        return self._steps(query)[-1][1]

    def path(self, query: Query) -> Path:
        """The way there, whose last step bears the alias."""
        path: Path = ()
        for model, relation in self._steps(query):
            path = parent_path(path, model, relation.model)
            path += tuple(Join(step) for step in relation.steps())
        return (*path[:-1], path[-1]._replace(alias=self.alias))

    def resolved(self, query: Query) -> Any:
        """The condition, as a tree whose columns are those of the filtered rows."""
        return resolve(self.condition, _FilteredScope(query, self))


class _FilteredScope(Scope):
    """Where the relation's own name means the filtered one."""

    def __init__(self, query: Query, relation: FilteredRelation) -> None:
        super().__init__(query)
        self.relation = relation

    def find(self, name: str) -> Any:
        own = self.relation.relation_name
        if name == own or name.startswith(f"{own}__"):
            name = self.relation.alias + name[len(own) :]
        return super().find(name)
