"""Results: a query is asked, and its rows come back as what was wanted.

Step 6 of the trip, where SQL is run. A compiler writes the SELECT, a connection runs it,
and generated loaders (`rows`) make of the driver's tuples model instances, with those of
select_related() in their places, or the dicts, tuples and values of values().

In Django: `django.db.models.query` (ModelIterable, ValuesIterable and their kin).
"""

import gc
from collections import namedtuple
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Literal

from miniorm import signals
from miniorm.compiler import Compiler
from miniorm.connections import connections
from miniorm.events import announce, observers
from miniorm.lookups import Exact, GreaterThan, GreaterThanOrEqual, LessThan, LessThanOrEqual
from miniorm.query import Path, Query, loaded_fields
from miniorm.rows import Part, model_loader, values_loader

# Lookups whose SQL, on either database, depends on the column alone and not on the value.
PLAIN = frozenset({Exact, GreaterThan, GreaterThanOrEqual, LessThan, LessThanOrEqual})
# Statements and loaders that a connection keeps: a program has few shapes of queries.
KEPT_LIMIT = 500
# So many rows are made into objects without a thought of garbage.
MANY = 100

Load = Callable[[Sequence[Any]], list[Any]]
Shape = Literal["objects", "dicts", "tuples", "flat", "named"]


class Results:
    """The answer to a query, once it is asked."""

    def __init__(
        self, query: Query, alias: str, shape: Shape, known: Sequence[tuple[Any, Any]] = ()
    ) -> None:
        self.query = query
        self.model = query.model
        self.alias = alias
        self._shape = shape
        self._known = known

    def all(self) -> list[Any]:
        """Ask the database."""
        if self.query.empty:
            return []
        connection = connections[self.alias]
        sql, params, load = self._plan(connection)
        rows = connection.fetch(sql, params)
        self._announce(len(rows))
        if len(rows) < MANY:
            return self._related_known(load(rows))
        with uncollected():
            return self._related_known(load(rows))

    def chunks(self, size: int) -> Iterator[list[Any]]:
        """The rows, `size` at a time; the database keeps the rest, where it can."""
        if self.query.empty:
            return
        connection = connections[self.alias]
        sql, params, load = self._made(connection)
        count = 0
        for rows in connection.stream(sql, params, size):
            count += len(rows)
            yield self._related_known(load(rows))
        self._announce(count)

    def _plan(self, connection: Any) -> tuple[str, list[Any], Load]:
        """SQL, parameters, and what is made of the rows.

        The connection keeps the first and the last of a query that only compares columns.
        """
        query = self.query
        signalled = bool(signals.pre_init.receivers or signals.post_init.receivers)
        shapes: list[Any] = [
            query.outline,
            self._shape,
            self.alias,
            signalled,
            query.model._meta.changes,
        ]
        params: list[Any] = []
        for condition in query.where:
            value = condition.plain_value(connection) if type(condition) in PLAIN else None
            if value is None:
                return self._made(connection)
            column = condition.lhs
            shapes.append((type(condition), column.path, id(column.field)))
            params.append(value)
        key, store = tuple(shapes), connection.kept
        if key in store:
            sql, load = store[key]
            return sql, params, load
        sql, own, load = self._made(connection)
        if query.outline is not None and own == params:  # Meta.ordering may have some of its own
            if len(store) >= KEPT_LIMIT:
                store.clear()
            store[key] = sql, load
        return sql, own, load

    def _made(self, connection: Any) -> tuple[str, list[Any], Load]:
        compiler = Compiler(self.query, connection)
        sql, params = compiler.as_sql()
        return sql, params, self._loader(compiler)

    def _announce(self, count: int) -> None:
        if observers:
            label = self.model._meta.label if self._shape == "objects" else None
            announce("rows.fetched", count=count, model=label)

    def _related_known(self, found: list[Any]) -> list[Any]:
        """The rows; objects with the one that they point to, as those of `question.choice_set`."""
        for field, instance in self._known if self._shape == "objects" else ():
            key = getattr(instance, field.target_field.attname)
            for each in found:
                if vars(each).get(field.attname) == key:  # by "|" and union() others come along
                    each._state.fields_cache[field.name] = instance
        return found

    def _loader(self, compiler: Compiler) -> Load:
        """What makes objects, dicts or tuples of the driver's rows."""
        query, alias, connection = self.query, self.alias, compiler.connection
        if self._shape == "objects":
            load = model_loader(
                self._parts(), query.fetched_annotations, connection, query.distinct
            )
            return lambda rows: load(rows, alias)
        tuples = values_loader([column for _, column in compiler.columns()], connection)
        if self._shape == "flat":
            return lambda rows: [row[0] for row in tuples(rows)]
        if self._shape == "dicts":
            names = query.values or ()
            return lambda rows: [dict(zip(names, row, strict=True)) for row in tuples(rows)]
        if self._shape == "named":
            row_class = _row_class(query.values or ())
            return lambda rows: [row_class._make(each) for each in tuples(rows)]
        return tuples

    def _parts(self) -> tuple[Part, ...]:
        """The objects in each row: the model's, and those of select_related()."""
        places: dict[Path, int] = {(): 0}
        fields = tuple(loaded_fields(self.query, (), self.model))
        parts = [Part(self.model, None, "", "", _is_simple(self.model), fields)]
        for path in self.query.related:
            relation = path[-1].relation
            # Between two objects there may be a parent's table, which is none of them.
            near = next(
                path[:count] for count in range(len(path) - 1, -1, -1) if path[:count] in places
            )
            places[path] = len(parts)
            model = relation.related_model
            back = (
                ""
                if relation.remote_field.multiple or relation.remote_field.hidden
                else relation.remote_field.cache_name
            )
            parts.append(
                Part(
                    model,
                    places[near],
                    path[-1].alias or relation.cache_name,
                    back,
                    _is_simple(model),
                    tuple(loaded_fields(self.query, path, model)),
                )
            )
        return tuple(parts)


@lru_cache(maxsize=256)
def _row_class(names: tuple[str, ...]) -> Any:
    return namedtuple("Row", names)


@contextmanager
def uncollected() -> Iterator[None]:
    """Without the search for garbage: of many new objects that all are wanted it finds none.

    It would look through them, and through all that the program has, again and again.
    """
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


def _is_simple(model: Any) -> bool:
    """Whether an instance may be filled in without its class being asked."""
    from miniorm.model import Model

    return (
        model.__init__ is Model.__init__
        and model.from_db.__func__ is Model.__dict__["from_db"].__func__
        and not signals.pre_init.receivers
        and not signals.post_init.receivers
    )
