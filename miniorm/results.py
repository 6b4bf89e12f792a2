"""Results: a query is asked, and its rows come back as what was wanted.

Step 6 of the trip, where SQL is run. A compiler writes the SELECT, a connection runs it,
and generated loaders (`rows`) make of the driver's tuples model instances, with those of
select_related() in their places, or the dicts, tuples and values of values().

In Django: `django.db.models.query` (ModelIterable, ValuesIterable and their kin).
"""

from collections import namedtuple
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, Literal

from miniorm import signals
from miniorm.compiler import Compiler
from miniorm.connections import connections
from miniorm.events import announce, observers
from miniorm.options import Options
from miniorm.query import Path, Query, loaded_fields
from miniorm.rows import LOADERS_LIMIT, Loader, Part, model_loader, values_loader

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
        compiler = Compiler(self.query, connection)
        cursor = connection.execute(*compiler.as_sql())
        with connection.wrap_database_errors():
            rows = cursor.fetchall()
        self._announce(len(rows))
        return self._loaded(rows, compiler)

    def chunks(self, size: int) -> Iterator[list[Any]]:
        """The rows, `size` at a time; the database keeps the rest, where it can."""
        if self.query.empty:
            return
        connection = connections[self.alias]
        compiler = Compiler(self.query, connection)
        cursor = connection.stream(*compiler.as_sql())
        count = 0
        while True:
            with connection.wrap_database_errors():
                rows = cursor.fetchmany(size)
            if not rows:
                break
            count += len(rows)
            yield self._loaded(rows, compiler)
        self._announce(count)

    def _announce(self, count: int) -> None:
        if observers:
            label = self.model._meta.label if self._shape == "objects" else None
            announce("rows.fetched", count=count, model=label)

    def _loaded(self, rows: Sequence[Any], compiler: Compiler) -> list[Any]:
        """Objects, dicts or tuples of the driver's rows."""
        if self._shape != "objects":
            return self._loaded_values(rows, compiler)
        found = self._loader(compiler.connection)(rows, self.alias)
        for field, instance in self._known:
            for each in found:
                each._state.fields_cache[field.name] = instance
        return found

    def _loader(self, connection: Any) -> Loader:
        """What makes the objects; the connection keeps those that it needs again and again."""
        query = self.query
        signalled = bool(signals.pre_init.receivers or signals.post_init.receivers)
        computed = query.fetched_annotations
        key = (
            query.model, query.related, query.deferred, query.distinct, signalled, Options.changes
        )  # fmt: skip
        load: Loader | None = connection.loaders.get(key) if not computed else None
        if load is None:
            load = model_loader(self._parts(), computed, connection, query.distinct)
            if len(connection.loaders) >= LOADERS_LIMIT:
                connection.loaders.clear()
            if not computed:
                connection.loaders[key] = load
        return load

    def _loaded_values(self, rows: Sequence[Any], compiler: Compiler) -> list[Any]:
        columns = compiler.columns()
        tuples = values_loader([column for _, column in columns], compiler.connection)(rows)
        if self._shape == "flat":
            return [row[0] for row in tuples]
        if self._shape == "dicts":
            names = self.query.values or ()
            return [dict(zip(names, row, strict=True)) for row in tuples]
        if self._shape == "named":
            row = _row_class(self.query.values or ())
            return [row._make(each) for each in tuples]
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


def _is_simple(model: Any) -> bool:
    """Whether an instance may be filled in without its class being asked."""
    from miniorm.model import Model

    return (
        model.__init__ is Model.__init__
        and model.from_db.__func__ is Model.__dict__["from_db"].__func__
        and not signals.pre_init.receivers
        and not signals.post_init.receivers
    )
