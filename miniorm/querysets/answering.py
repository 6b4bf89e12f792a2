"""Methods that ask at once, and give one thing: an object, a number, a dictionary.

Step 6 of the trip. Django's page "QuerySet API reference", "Methods that do not return
QuerySets"; in Django: `django.db.models.query`.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from miniorm.aggregates import Count
from miniorm.compiler import Compiler
from miniorm.connections import connections
from miniorm.prefetch import prefetch_related_objects
from miniorm.query import Scope
from miniorm.querysets.selecting import Selecting, _by_alias
from miniorm.rows import values_loader

MAX_GET_RESULTS = 21  # get() counts no further where one row was expected


class Answering(Selecting):
    """One answer."""

    def get(self, *args: Any, **kwargs: Any) -> Any:
        """The one row; raises the model's DoesNotExist or MultipleObjectsReturned."""
        if args or kwargs:
            self._refuse_combined("get")
        rows = self.filter(*args, **kwargs) if args or kwargs else self._clone()
        query = rows.query
        if not query.is_sliced:
            order = query.ordering if query.distinct_on else ()
            rows.query = query._replace(ordering=order, high=MAX_GET_RESULTS)
        found = rows._fetched()
        if len(found) == 1:
            return found[0]
        name = self.model._meta.object_name
        if not found:
            raise self.model.DoesNotExist(f"{name} matching query does not exist.")
        count = (
            f"{len(found)}" if len(found) < MAX_GET_RESULTS else f"{MAX_GET_RESULTS - 1} or more"
        )
        raise self.model.MultipleObjectsReturned(
            f"get() returned more than one {name} -- it returned {count}!"
        )

    def count(self) -> int:
        if self._result_cache is not None:
            return len(self._result_cache)
        if self.query.empty:
            return 0
        rows = self._clone(annotations=self._needed_to_count()) if self.query.annotations else self
        return int(rows._aggregated({"count": Count("*")})["count"])

    def _needed_to_count(self) -> Any:
        """Nothing that is computed for each row changes how many there are."""
        query = self.query
        fixed = query.grouped_by is not None or query.combined or query.distinct or query.is_sliced
        return query.annotations if fixed or query.values is not None else ()

    def exists(self) -> bool:
        if self._result_cache is not None:
            return bool(self._result_cache)
        if self.query.empty:
            return False
        connection = connections[self.db]
        query, sliced = self.query, self.query.is_sliced
        query = query.sliced(0, 1) if sliced else query._replace(high=1, ordering=())
        # Without DISTINCT a slice would begin among rows that are left out with it.
        if query.grouped_by is None and not query.combined and not (sliced and query.distinct):
            query = query._replace(annotations=(), values=("pk",), related=(), lock=None)
            query = query._replace(distinct=False, distinct_on=())
        return bool(connection.fetch(*Compiler(query, connection).as_sql()))

    def contains(self, obj: Any) -> bool:
        """Whether the object is among the rows."""
        self._refuse_combined("contains")
        if self._shape != "objects":
            raise TypeError("Cannot call QuerySet.contains() after .values() or .values_list().")
        if not hasattr(obj, "_meta"):
            raise TypeError("'obj' must be a model instance.")
        if obj._meta.concrete_model is not self.model._meta.concrete_model:
            return False
        if obj.pk is None:
            raise ValueError("QuerySet.contains() cannot be used on unsaved objects.")
        if self._result_cache is not None:
            return obj in self._result_cache
        return bool(self.filter(pk=obj.pk).exists())

    def first(self) -> Any:
        """The first row, by the key where there is no order; None where there is none."""
        rows: Any = self if self.ordered or self.query.is_sliced else self._by_key("first")
        return next(iter(rows[:1]), None)

    def last(self) -> Any:
        rows = self if self.ordered else self._by_key("last")
        return next(iter(rows.reverse()[:1]), None)

    def _by_key(self, method: str) -> Any:
        if self.query.grouped_by:
            raise TypeError(
                f"Cannot use QuerySet.{method}() on an unordered queryset performing aggregation. "
                "Add an ordering with order_by()."
            )
        return self.order_by("pk")

    def latest(self, *fields: Any) -> Any:
        """The last by these fields, or by Meta.get_latest_by; raises DoesNotExist."""
        return self._extreme("latest", fields).reverse()[:1].get()

    def earliest(self, *fields: Any) -> Any:
        return self._extreme("earliest", fields)[:1].get()

    def _extreme(self, method: str, names: Sequence[Any]) -> Any:
        self._refuse_combined(method)
        wanted: Any = names or self.model._meta.get_latest_by
        if not wanted:
            raise ValueError(
                "earliest() and latest() require either fields as positional arguments or "
                "'get_latest_by' in the model's Meta."
            )
        if self.query.is_sliced:
            raise TypeError("Cannot change a query once a slice has been taken.")
        return self.order_by(*([wanted] if isinstance(wanted, str) else wanted))

    def in_bulk(self, id_list: Iterable[Any] | None = None, *, field_name: str = "pk") -> Any:
        """Key -> object, for these keys or for all."""
        self._refuse_combined("in_bulk")
        if self.query.is_sliced:
            raise TypeError("Cannot use 'limit' or 'offset' with in_bulk().")
        if self._shape != "objects":
            raise TypeError("in_bulk() cannot be used with values() or values_list().")
        meta = self.model._meta
        field = meta.pk if field_name == "pk" else meta.get_field(field_name)
        if not field.unique and not self._is_unique(field_name):
            raise ValueError(
                f"in_bulk()'s field_name must be a unique field but {field_name!r} isn't."
            )
        rows = self if id_list is None else self.filter(**{f"{field_name}__in": list(id_list)})
        return {getattr(each, field.attname): each for each in rows._clone(ordering=())}

    def _is_unique(self, name: str) -> bool:
        constraints = getattr(self.model._meta, "constraints", ())
        alone = any(
            tuple(getattr(each, "fields", ())) == (name,) and getattr(each, "condition", 0) is None
            for each in constraints
        )
        return alone or self.query.distinct_on == (name,)

    def aggregate(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Values made of all rows: `aggregate(Avg("votes"))` -> {"votes__avg": 2.5}."""
        if self.query.distinct_on:
            raise NotImplementedError("aggregate() + distinct(fields) not implemented.")
        for each in (*args, *kwargs.values()):
            if not hasattr(each, "resolve_expression"):
                raise TypeError(
                    f"QuerySet.aggregate() received non-expression(s): {each}. Expected is one "
                    f"such as Sum({each!r})."
                )
        return self._aggregated(_by_alias(args, kwargs))

    def _aggregated(self, expressions: dict[str, Any]) -> dict[str, Any]:
        query, resolved = self.query, list[Any]()
        for alias, expression in expressions.items():
            # What was computed already has a name for what comes after it.
            above = query._replace(
                annotations=(*query.annotations, *zip(expressions, resolved, strict=False))
            )
            found = expression.resolve_expression(Scope(above, summing_up=True))
            if not found.contains_aggregate:
                raise TypeError(f"{alias} is not an aggregate expression")
            resolved.append(found)
        if query.empty:
            return {
                alias: _of_nothing(each) for alias, each in zip(expressions, resolved, strict=True)
            }
        connection = connections[self.db]
        rows = connection.fetch(*Compiler(query, connection).aggregate_sql(resolved))
        (values,) = values_loader(resolved, connection)(rows)
        return dict(zip(expressions, values, strict=True))

    def iterator(self, chunk_size: int | None = None) -> Iterator[Any]:
        """The rows one after the other; of the objects, only `chunk_size` exist at a time.

        SQLite finds the rows as they are asked for; PostgreSQL keeps them, and sends so many
        at a time. Nothing is kept here.
        """
        if chunk_size is not None and chunk_size <= 0:
            raise ValueError("Chunk size must be strictly positive.")
        if chunk_size is None and self._prefetch:
            raise ValueError(
                "chunk_size must be provided when using QuerySet.iterator() after "
                "prefetch_related()."
            )
        return self._chunks(chunk_size or 2000)

    def _chunks(self, size: int) -> Iterator[Any]:
        for chunk in self._results().chunks(size):
            if self._prefetch and self._shape == "objects":
                prefetch_related_objects(chunk, *self._prefetch)
            yield from chunk

    def explain(self, *, format: str | None = None, **options: Any) -> str:
        """How the database would go about it, in its own words."""
        if self.query.empty:
            return ""
        connection = connections[self.db]
        prefix = connection.ops.explain_query_prefix(format, **options)
        sql, params = Compiler(self.query, connection).as_sql()
        rows = connection.fetch(f"{prefix} {sql}", params)
        return "\n".join(" ".join(str(part) for part in row) for row in rows)


def _of_nothing(expression: Any) -> Any:
    """The value of an aggregate of no rows."""
    default = getattr(expression, "default", None)
    if default is not None:
        return getattr(default, "value", None)
    found = getattr(expression, "empty_result_set_value", NotImplemented)
    return None if found is NotImplemented else found
