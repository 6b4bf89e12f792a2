"""A query as a value, and what the names in it mean.

Step 6 of the trip. A QuerySet method does not change the query, it makes another one: a
Query is a tuple of tuples, so `_replace` is a whole clone, and what two querysets share
they can share safely. Nothing here is SQL yet: a column is known by the path of relations
that leads to its table, and `compiler.py` decides what to join for it.

    Choice.objects.filter(question__pub_date__year=2024)
                          -------- --------  ----
                          relation field     transform, and "exact" for the lookup

In Django: `django.db.models.sql.query`, `names_to_path` and `solve_lookup_type` above all.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from miniorm.errors import FieldError
from miniorm.fields.numbers import BIGGEST
from miniorm.suggest import did_you_mean

ModelClass = Any
Expression = Any


class Join(NamedTuple):
    """One step from table to table.

    `number` keeps two journeys to several rows apart. `filter(a).filter(b)` over a
    multi-valued relation asks for a row with a and a row with b, `filter(a, b)` for one
    with both: so each filter() call numbers its own. Along a foreign key there is only
    one row to come to, and the number is 0.
    """

    relation: Any  # a ForeignKey or a ManyToOneRel
    number: int = 0
    alias: str = ""  # of the FilteredRelation, whose condition is part of the join


Path = tuple[Join, ...]

COLUMNS_LIMIT = 500  # names of columns that a model keeps with what they mean
NOTHING_DEFERRED: tuple[frozenset[str], bool] = (frozenset(), True)
RELATED_DEPTH = 5  # select_related() without names goes no further


class Query(NamedTuple):
    """What is asked for. Everything that SELECT, UPDATE and DELETE need to know."""

    model: ModelClass
    where: tuple[Expression, ...] = ()  # all must hold
    ordering: tuple[Any, ...] | None = None  # None: as Meta.ordering says
    reverse: bool = False
    distinct: bool = False
    low: int = 0  # the slice [low:high]
    high: int | None = None
    distinct_on: tuple[str, ...] = ()
    annotations: tuple[tuple[str, Expression], ...] = ()
    hidden: frozenset[str] = frozenset()  # annotations that are not fetched (alias)
    values: tuple[str, ...] | None = None  # names to fetch; None: whole objects
    grouped_by: tuple[str, ...] | None = None  # with aggregates: () is "each object"
    related: tuple[Path, ...] = ()  # objects to fetch along (select_related)
    filtered_relations: tuple[tuple[str, Any], ...] = ()  # alias -> FilteredRelation
    deferred: tuple[frozenset[str], bool] = NOTHING_DEFERRED  # names not to fetch; False: all but
    lock: Any = None  # select_for_update
    combined: Any = None  # union() and its kin: (what, all, the queries)
    filters: int = 0  # how many filter() calls there were
    empty: bool = False  # none(): not even asked

    @property
    def outline(self) -> tuple[Any, ...] | None:
        """All but the conditions, to keep by it what depends on nothing else.

        None where it holds expressions, which are new ones each time.
        """
        if self.annotations or self.filtered_relations or self.combined or self.lock:
            return None
        if self.ordering and any(type(each) is not str for each in self.ordering):
            return None
        return self[:1] + self[2:]

    @property
    def is_sliced(self) -> bool:
        return self.low > 0 or self.high is not None

    def sliced(self, low: int, high: int | None) -> "Query":
        """The part [low:high] of what this query gives."""
        # Past the end there is nothing, and no table has more rows than a number counts.
        end = BIGGEST if self.high is None else self.high
        start = min(self.low + low, end)
        stop = self.high if high is None else min(self.low + high, end)
        return self._replace(low=start, high=stop, empty=self.empty or start in (stop, end))

    def expressions(self) -> Iterator[Expression]:
        """Every expression in here, except what is a plain name still."""
        yield from self.where
        yield from (expression for _, expression in self.annotations)
        yield from (each for each in self.ordering or () if not isinstance(each, str))
        for query in self.combined.queries if self.combined else ():
            yield from query.expressions()

    def mapped(self, change: Callable[[Expression], Expression]) -> "Query":
        """The same with each expression exchanged."""
        ordering = self.ordering and tuple(
            each if isinstance(each, str) else change(each) for each in self.ordering
        )
        combined = self.combined and self.combined._replace(
            queries=tuple(query.mapped(change) for query in self.combined.queries)
        )
        return self._replace(
            where=tuple(change(each) for each in self.where),
            annotations=tuple((name, change(each)) for name, each in self.annotations),
            ordering=ordering,
            combined=combined,
        )

    @property
    def fetched_annotations(self) -> tuple[tuple[str, Expression], ...]:
        if not self.hidden:
            return self.annotations
        return tuple(each for each in self.annotations if each[0] not in self.hidden)

    def __str__(self) -> str:
        """The SQL with its parameters written in, to be read and not to be run."""
        from miniorm.backends.base import readable
        from miniorm.compiler import Compiler
        from miniorm.connections import connections

        return readable(*Compiler(self, connections["default"]).as_sql())


class Scope:
    """Where the names of one filter(), annotate() or order_by() call are looked up."""

    def __init__(self, query: Query, number: int | None = None, summing_up: bool = False) -> None:
        self.query = query
        self.summing_up = summing_up  # aggregate(): an aggregate of aggregates makes sense
        self.number = number  # of the filter() call; None: go where others went before

    def reference(self, name: str) -> Expression:
        """What F(name) stands for: an annotation or a column, transformed perhaps."""
        expression, rest = self.find(name)
        for part in rest:
            expression = transformed(expression, part)
        return expression

    def find(self, name: str) -> tuple[Expression, list[str]]:
        """The annotation or column that a name begins with, and the parts that are left."""
        if not (self.query.annotations or self.query.filtered_relations):
            return self._column(name)
        first, *rest = name.split("__")
        annotations = dict(self.query.annotations)
        for count in range(len(rest), -1, -1):  # an alias may hold "__": choice__count
            alias = "__".join([first, *rest[:count]])
            if alias in annotations:
                return annotations[alias], rest[count:]
        return self._walk(name)

    def _column(self, name: str) -> tuple[Expression, list[str]]:
        """As `_walk`, which gives the same each time, unless it came to several rows."""
        meta = self.query.model._meta
        known, key = meta.columns, (name, meta.changes)
        if key not in known:
            found = self._walk(name)
            if any(join.relation.multiple for join in found[0].path):
                return found
            if len(known) >= COLUMNS_LIMIT:  # a name may come from a URL
                known.clear()
            known[key] = found
        return known[key]  # type: ignore[no-any-return]

    def _walk(self, name: str) -> tuple[Expression, list[str]]:
        """Follow the names from relation to relation until a column is reached."""
        from miniorm.expressions import Col

        parts = name.split("__")
        model = self.query.model
        path: Path = ()
        while True:
            part, *rest = parts
            filtered = not path and dict(self.query.filtered_relations).get(part)
            if filtered:
                path, found = filtered.path(self.query), filtered.relation(self.query)
            else:
                found = model._meta.by_name.get(part)
                if found is None:
                    raise self._unknown(model, part, at_start=not path)
                path = parent_path(path, model, found.model)
            if not found.is_relation or (part == found.attname != found.name):
                return _trimmed(path, found), rest
            goes_on = bool(rest) and rest[0] in found.related_model._meta.by_name
            if not goes_on and found.concrete and not filtered:
                return Col(path, found), rest
            if not filtered:
                path = self._joined(path, found)
            model = found.related_model
            if not goes_on:  # a relation without a field: its row as a whole
                return _trimmed(path, model._meta.pk, relation=found), rest
            parts = rest

    def _joined(self, path: Path, relation: Any) -> Path:
        for step in relation.steps():
            path = self._stepped(path, step)
        return path

    def _stepped(self, path: Path, relation: Any) -> Path:
        if not relation.multiple:
            return (*path, Join(relation))
        if self.number is not None:
            return (*path, Join(relation, self.number))
        return self._known(path, relation) or (*path, Join(relation))

    def _known(self, path: Path, relation: Any) -> Path | None:
        """The way that the last filter() went, so that ordering and counting see its rows."""
        columns = (column for each in self.query.where for column in each.columns())
        ways = (column.path[: len(path) + 1] for column in columns)
        same = (
            way
            for way in ways
            if way and way[:-1] == path and way[-1].relation is relation and not way[-1].alias
        )
        return max(same, key=lambda way: way[-1].number, default=None)

    def _unknown(self, model: ModelClass, part: str, at_start: bool) -> FieldError:
        known = model._meta.choices()
        if at_start:
            known = sorted({*known, *(alias for alias, _ in self.query.annotations)})
        return FieldError(
            f"Cannot resolve keyword {part!r} into field of {model._meta.label}. Choices are: "
            f"{', '.join(known)}.{did_you_mean(part, known)}"
        )


def parent_path(path: Path, model: ModelClass, owner: ModelClass) -> Path:
    """On to the table of the parent that has a field: a child's own has only what it adds."""
    if owner._meta.concrete_model is model._meta.concrete_model:
        return path
    return (*path, *(Join(link) for link in model._meta.links_to(owner)))


def _trimmed(path: Path, field: Any, relation: Any = None) -> Expression:
    """The column; the near one where a foreign key holds the same value (`question__id`)."""
    from miniorm.expressions import Col

    while path and not path[-1].alias and path[-1].relation.concrete:
        if path[-1].relation.target_field is not field:
            break
        field, path = path[-1].relation, path[:-1]
    return Col(path, field, relation)


def transformed(expression: Expression, name: str) -> Expression:
    """The transform `name` of an expression; raises FieldError where there is none."""
    found = expression.get_transform(name)
    if found is None:
        raise unsupported(expression, name)
    return found(expression)


def unsupported(expression: Expression, name: str) -> FieldError:
    """The error for a lookup or transform that an expression does not have."""
    known = sorted(expression.get_lookups())
    relation = getattr(expression, "relation", None)
    if relation is not None:  # it may have been meant as a field of the other model
        known = [*relation.related_model._meta.choices(), *known]
    return FieldError(
        f"Unsupported lookup {name!r} for {expression.describe()}; known are "
        f"{', '.join(known)}.{did_you_mean(name, known)}"
    )


# --- where select_related() goes --------------------------------------------------------


def named_paths(query: Query, names: Sequence[str]) -> Iterator[Path]:
    """To each object on the way of each name, "question__author"; raises FieldError."""
    for name in names:
        path: Path = ()
        at = query.model
        for part in name.split("__"):
            filtered = not path and dict(query.filtered_relations).get(part)
            field = filtered.relation(query) if filtered else at._meta.by_name.get(part)
            if field is None or not field.is_relation or field.multiple:
                known = [each.name for each in _to_one(at)]
                raise FieldError(
                    f"Invalid field name given in select_related: {part!r}. Choices are: "
                    f"{', '.join(known) or '(none)'}.{did_you_mean(part, known)}"
                )
            path = filtered.path(query) if filtered else _to_object(path, at, field)
            at = field.related_model
            yield path


def _to_one(model: Any) -> list[Any]:
    names = model._meta.get_fields()
    return [each for each in names if each.is_relation and not each.multiple]


def _to_object(path: Path, model: Any, relation: Any) -> Path:
    return (*parent_path(path, model, relation.model), Join(relation))


def loaded_fields(query: Query, path: Path, model: ModelClass) -> list[Any]:
    """The fields of the model at the end of a path that defer() and only() leave."""
    names, deferring = query.deferred
    own: list[Any] = model._meta.fields
    if not names:
        return own
    before = "".join(f"{join.alias or join.relation.name}__" for join in path)
    wanted = {name[len(before) :] for name in names if name.startswith(before)}
    if not deferring:  # what is on the way to a field is needed
        wanted = {name.partition("__")[0] for name in wanted}
    if not (deferring or wanted & set(model._meta.by_name)):  # only() says nothing of this one
        return own
    found = [
        field
        for field in own
        if field.primary_key or (bool({field.name, field.attname} & wanted) != deferring)
    ]
    for way in query.related:
        if way[:-1] == path and way[-1].relation in own and way[-1].relation not in found:
            raise FieldError(
                f"Field {model.__name__}.{way[-1].relation.name} cannot be both deferred and "
                "traversed using select_related at the same time."
            )
    return found


def all_paths(model: Any, path: Path = ()) -> Iterator[Path]:
    """Along every foreign key that cannot be NULL."""
    if len(path) == RELATED_DEPTH:
        return
    for field in model._meta.fields:
        if field.is_relation and not field.null and not field.remote_field.parent_link:
            way = _to_object(path, model, field)
            yield way
            yield from all_paths(field.related_model, way)
