"""A QuerySet: a query that is lazy, chained, and asked once.

Step 6 of the trip. Each method gives another QuerySet and asks nothing; the first look at
the rows (iterating, len, bool, list, repr, [n]) runs the SQL, and what came is kept:

    latest = Question.objects.filter(pub_date__lte=now).order_by("-pub_date")[:5]   # no SQL
    for question in latest: ...                                                     # SQL
    for question in latest: ...                                                     # none

Django's page "QuerySet API reference"; in Django: `django.db.models.query`.
"""

import operator
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from miniorm.aggregates import Count
from miniorm.compiler import Compiler, order_by
from miniorm.conditions import AND, OR, Group, Q
from miniorm.configuration import DEFAULT_ALIAS
from miniorm.connections import connections
from miniorm.deletion import Collector
from miniorm.errors import FieldError, IntegrityError, NotSupportedError
from miniorm.expressions import Col
from miniorm.filtered import FilteredRelation
from miniorm.prefetch import Prefetch, prefetch_related_objects
from miniorm.query import Query, Scope, all_paths, named_paths
from miniorm.results import Results, Shape
from miniorm.rows import values_loader
from miniorm.state import AltersData
from miniorm.suggest import did_you_mean
from miniorm.transaction import atomic
from miniorm.writing import insert, update

MAX_GET_RESULTS = 21  # get() counts no further where one row was expected
REPR_OUTPUT_SIZE = 20


class QuerySet(AltersData):
    """The rows of a model that answer a query."""

    def __init__(self, model: Any = None, query: Query | None = None, using: Any = None) -> None:
        self.model = model
        self.query = query if query is not None else Query(model)
        self._db: str | None = using
        self._shape: Shape = "objects"
        self._prefetch: tuple[str | Prefetch, ...] = ()
        self._known: tuple[tuple[Any, Any], ...] = ()  # (foreign key, the object it is)
        self._result_cache: list[Any] | None = None

    @classmethod
    def as_manager(cls) -> Any:
        """A manager with the methods of this queryset class."""
        from miniorm.manager import Manager

        return Manager.from_queryset(cls)()

    as_manager.__func__.queryset_only = True  # type: ignore[attr-defined]

    def _clone(self, **changes: Any) -> Any:
        """Another queryset, whose query differs in this."""
        return self._with(self.query._replace(**changes))

    def _with(self, query: Query) -> Any:
        twin = object.__new__(type(self))
        twin.__dict__.update(self.__dict__)
        twin.query = query
        twin._result_cache = None
        return twin

    @property
    def db(self) -> str:
        return self._db or DEFAULT_ALIAS

    @property
    def ordered(self) -> bool:
        wanted = self.query.ordering
        return bool(self.model._meta.ordering if wanted is None else wanted)

    def __getstate__(self) -> dict[str, Any]:
        """To be pickled it is asked, and takes its rows with it."""
        self._fetched()
        return self.__dict__

    # --- looking at the rows ----------------------------------------------------------

    def __iter__(self) -> Iterator[Any]:
        return iter(self._fetched())

    def __len__(self) -> int:
        return len(self._fetched())

    def __bool__(self) -> bool:
        return bool(self._fetched())

    def __contains__(self, item: object) -> bool:
        return item in self._fetched()

    def __repr__(self) -> str:
        data: list[Any] = list(self[: REPR_OUTPUT_SIZE + 1])
        if len(data) > REPR_OUTPUT_SIZE:
            data[-1] = "...(remaining elements truncated)..."
        return f"<{type(self).__name__} {data!r}>"

    def __getitem__(self, key: Any) -> Any:
        """One object, or with a slice another queryset (a list where it has a step)."""
        if not isinstance(key, int | slice):
            raise TypeError(
                f"QuerySet indices must be integers or slices, not {type(key).__name__}."
            )
        if isinstance(key, int):
            if key < 0:
                raise ValueError("Negative indexing is not supported.")
            if self._result_cache is not None:
                return self._result_cache[key]
            return self._with(self.query.sliced(key, key + 1))._fetched()[0]
        low = 0 if key.start is None else operator.index(key.start)
        high = None if key.stop is None else operator.index(key.stop)
        if low < 0 or (high is not None and high < 0):
            raise ValueError("Negative indexing is not supported.")
        if self._result_cache is not None:
            return self._result_cache[key]
        rows = self._with(self.query.sliced(low, None if high is None else max(low, high)))
        return list(rows)[:: key.step] if key.step else rows

    def _fetched(self) -> list[Any]:
        if self._result_cache is None:
            self._result_cache = self._results().all()
            if self._prefetch and self._shape == "objects":
                prefetch_related_objects(self._result_cache, *self._prefetch)
        return self._result_cache

    def _results(self) -> Results:
        return Results(self.query, self.db, self._shape, self._known)

    def iterator(self, chunk_size: int = 2000) -> Iterator[Any]:
        """The rows one after the other; of the objects, only `chunk_size` exist at a time.

        SQLite finds the rows as they are asked for. A PostgreSQL sends all of them at once,
        and its driver keeps them until the last is taken, as bytes that are far smaller than
        objects: for more than fit in memory even so, ask for slices.
        """
        if chunk_size <= 0:
            raise ValueError("Chunk size must be strictly positive.")
        yield from self._results().chunks(chunk_size)

    # --- another queryset -------------------------------------------------------------

    def all(self) -> Any:
        return self._clone()

    def none(self) -> Any:
        """No rows, and no question asked."""
        return self._clone(empty=True)

    def filter(self, *args: Any, **kwargs: Any) -> Any:
        """The rows for which all of this holds."""
        return self._filtered(args, kwargs, negated=False)

    def exclude(self, *args: Any, **kwargs: Any) -> Any:
        """The rows for which not all of this holds."""
        return self._filtered(args, kwargs, negated=True)

    def _filtered(self, args: tuple[Any, ...], kwargs: dict[str, Any], negated: bool) -> Any:
        # The keyword arguments may be a URL's; these two are not names of fields, but Q's own.
        if "_connector" in kwargs or "_negated" in kwargs:
            raise TypeError(
                "filter() takes names of fields, not _connector and _negated: write a Q."
            )
        if not args and not kwargs:
            return self._clone()
        self._refuse_slice("filter")
        pair = len(kwargs) == 1 and not args  # as it most often is: no tree is needed
        condition = next(iter(kwargs.items())) if pair else Q(*args, **kwargs)
        return self._with(self.query.filtered(condition, negated))

    def complex_filter(self, condition: Any) -> Any:
        """By a Q or a dictionary of lookups, as limit_choices_to is."""
        return self.filter(condition) if isinstance(condition, Q) else self.filter(**condition)

    def _refuse_slice(self, what: str) -> None:
        if self.query.is_sliced:
            raise TypeError(f"Cannot {what} a query once a slice has been taken.")

    def _of_instance(self, field: Any, instance: Any) -> Any:
        """The rows whose foreign key is this object, which they need not fetch again."""
        twin = self.filter(**{field.name: instance})
        twin._known = (*self._known, (field, instance))
        return twin

    def order_by(self, *names: Any) -> Any:
        """In this order: names, "-name" for the other way round, "?", expressions."""
        self._refuse_slice("reorder")
        for name in names:  # a wrong name is reported here, not where the rows are fetched
            order_by(name, Scope(self.query))
        return self._clone(ordering=names, reverse=False)

    def reverse(self) -> Any:
        self._refuse_slice("reverse")
        return self._clone(reverse=not self.query.reverse)

    def distinct(self, *names: str) -> Any:
        """Without rows that are equal in every column fetched."""
        self._refuse_slice("create distinct fields in")
        if names:
            raise NotSupportedError("distinct() by some columns only is not here.")
        return self._clone(distinct=True)

    def using(self, alias: str | None) -> Any:
        """The same on another database."""
        twin = self._clone()
        twin._db = alias
        return twin

    def values(self, *names: str, **expressions: Any) -> Any:
        """Dictionaries instead of objects, with these names."""
        return self._values("dicts", names, expressions)

    def values_list(self, *names: Any, flat: bool = False) -> Any:
        """Tuples instead of objects; with `flat` and one name just its values."""
        if flat and len(names) > 1:
            raise TypeError("'flat' is not valid when values_list is called with several fields.")
        return self._values("flat" if flat else "tuples", names, {})

    def _values(self, shape: Shape, names: Sequence[str], expressions: dict[str, Any]) -> Any:
        base = self.annotate(**expressions) if expressions else self
        query = base.query
        wanted = (*names, *expressions)
        if not wanted:
            wanted = tuple(field.attname for field in self.model._meta.fields)
            wanted += tuple(alias for alias, _ in query.annotations)
        if shape == "flat":
            wanted = wanted[:1]
        for name in wanted:
            Scope(query).reference(name)
        twin = base._clone(values=wanted, related=())
        twin._shape = shape
        return twin

    def annotate(self, *args: Any, **kwargs: Any) -> Any:
        """Each row with something computed: `annotate(Count("choice"), double=F("votes") * 2)`."""
        expressions = {**{each.default_alias: each for each in args}, **kwargs}
        query = self.query
        for alias, expression in expressions.items():
            self._check_alias(alias)
            if isinstance(expression, FilteredRelation):
                named = (alias, expression.named(alias, query))
                query = query._replace(filtered_relations=(*query.filtered_relations, named))
                continue
            resolved = expression.resolve_expression(Scope(query))
            query = query._replace(annotations=(*query.annotations, (alias, resolved)))
            if resolved.contains_aggregate and query.grouped_by is None:
                query = query._replace(grouped_by=query.values or ())
            if query.values is not None:
                query = query._replace(values=(*query.values, alias))
        return self._with(query)

    def _check_alias(self, alias: str) -> None:
        # It becomes an attribute in generated code, and a name in SQL.
        if not alias.isidentifier():
            raise ValueError(f"The annotation {alias!r} is not a Python identifier.")
        if alias in self.model._meta.by_name:
            raise ValueError(f"The annotation {alias!r} conflicts with a field on the model.")

    def select_related(self, *names: Any) -> Any:
        """Fetch the objects of these foreign keys in the same query; None: no more."""
        if names == (None,):
            return self._clone(related=())
        if self._shape != "objects":
            raise TypeError("Cannot call select_related() after .values() or .values_list()")
        if names:
            paths = [*self.query.related, *named_paths(self.query, names)]
        else:
            paths = list(all_paths(self.model))
        return self._clone(related=tuple(dict.fromkeys(paths)))

    def prefetch_related(self, *lookups: Any) -> Any:
        """Fetch related objects with one more query for each relation; None: no more."""
        twin = self._clone()
        twin._prefetch = () if lookups == (None,) else (*self._prefetch, *lookups)
        return twin

    def _without_prefetch(self) -> Any:
        """The same, with what was found if it was asked already."""
        twin = self._with(self.query)
        twin._prefetch, twin._result_cache = (), self._result_cache
        return twin

    def __and__(self, other: "QuerySet") -> Any:
        self._check_combinable(other)
        mine = self.query
        # The other one's journeys over multi-valued relations are its own.
        theirs = [each.map_columns(_renumbered(mine.filters)) for each in other.query.where]
        return self._clone(
            where=(*mine.where, *theirs),
            filters=mine.filters + other.query.filters,
            empty=mine.empty or other.query.empty,
        )

    def __or__(self, other: "QuerySet") -> Any:
        self._check_combinable(other)
        if self.query.empty:
            return other._clone()
        if other.query.empty or not self.query.where:
            return self._clone()
        either = Group(OR, [Group(AND, self.query.where), Group(AND, other.query.where)])
        filters = max(self.query.filters, other.query.filters)
        return self._clone(where=(either,), filters=filters)

    def _check_combinable(self, other: "QuerySet") -> None:
        if self.model is not other.model:
            raise TypeError("Cannot combine queries on two different base models.")
        if self.query.is_sliced or other.query.is_sliced:
            raise TypeError("Cannot combine queries once a slice has been taken.")

    # --- one answer -------------------------------------------------------------------

    def get(self, *args: Any, **kwargs: Any) -> Any:
        """The one row; raises the model's DoesNotExist or MultipleObjectsReturned."""
        rows = self.filter(*args, **kwargs) if args or kwargs else self._clone()
        if not rows.query.is_sliced:
            rows = rows._clone(ordering=(), high=MAX_GET_RESULTS)
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
        return int(self.aggregate(count=Count("*"))["count"])

    def exists(self) -> bool:
        if self._result_cache is not None:
            return bool(self._result_cache)
        if self.query.empty:
            return False
        connection = connections[self.db]
        query = self.query if self.query.is_sliced else self.query._replace(high=1, ordering=())
        if query.grouped_by is None:
            query = query._replace(annotations=(), values=("pk",), distinct=False, related=())
        cursor = connection.execute(*Compiler(query, connection).as_sql())
        with connection.wrap_database_errors():
            return cursor.fetchone() is not None

    def contains(self, obj: Any) -> bool:
        if not hasattr(obj, "_meta"):
            raise TypeError("'obj' must be a model instance.")
        if self._result_cache is not None:
            return obj in self._result_cache
        return isinstance(obj, self.model) and bool(self.filter(pk=obj.pk).exists())

    def first(self) -> Any:
        """The first row, by the key where there is no order; None where there is none."""
        rows = self if self.ordered or self.query.is_sliced else self.order_by("pk")
        return next(iter(rows[:1]), None)

    def last(self) -> Any:
        rows = self if self.ordered else self.order_by("pk")
        return next(iter(rows.reverse()[:1]), None)

    def latest(self, *fields: str) -> Any:
        """The last by these fields, or by Meta.get_latest_by; raises DoesNotExist."""
        return self._extreme(fields).reverse()[:1].get()

    def earliest(self, *fields: str) -> Any:
        return self._extreme(fields)[:1].get()

    def _extreme(self, names: Sequence[str]) -> Any:
        wanted: Any = names or self.model._meta.get_latest_by
        if not wanted:
            raise ValueError(
                "earliest() and latest() require either fields as positional arguments or "
                "'get_latest_by' in the model's Meta."
            )
        return self.order_by(*([wanted] if isinstance(wanted, str) else wanted))

    def in_bulk(self, id_list: Iterable[Any] | None = None, *, field_name: str = "pk") -> Any:
        """Key -> object, for these keys or for all."""
        field = self.model._meta.by_name[field_name]
        if not field.unique:
            raise ValueError(f"in_bulk()'s field_name must be a unique field: {field_name!r}.")
        rows = self if id_list is None else self.filter(**{f"{field_name}__in": list(id_list)})
        return {getattr(each, field.attname): each for each in rows}

    def aggregate(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Values made of all rows: `aggregate(Avg("votes"))` -> {"votes__avg": 2.5}."""
        expressions = {**{each.default_alias: each for each in args}, **kwargs}
        query = self.query
        resolved = []
        for alias, expression in expressions.items():
            found = expression.resolve_expression(Scope(query, summing_up=True))
            if not found.contains_aggregate:
                raise TypeError(f"{alias} is not an aggregate expression")
            resolved.append(found)
        if query.empty:
            return {
                alias: getattr(each, "empty_value", None)
                for alias, each in zip(expressions, resolved, strict=True)
            }
        connection = connections[self.db]
        cursor = connection.execute(*Compiler(query, connection).aggregate_sql(resolved))
        with connection.wrap_database_errors():
            row = cursor.fetchone()
        (values,) = values_loader(resolved, connection)([row])
        return dict(zip(expressions, values, strict=True))

    # --- writing ----------------------------------------------------------------------

    def create(self, **values: Any) -> Any:
        """A new object, saved."""
        instance = self.model(**values)
        instance.save(force_insert=True, using=self.db)
        return instance

    create.alters_data = True  # type: ignore[attr-defined]  # templates must not call it

    def get_or_create(self, defaults: Mapping[str, Any] | None = None, **kwargs: Any) -> Any:
        """(the object, whether it was created).

        Two may try at once: where a unique constraint lets only one of them create it, the
        other gets what the first has made.
        """
        try:
            return self.get(**kwargs), False
        except self.model.DoesNotExist:
            pass
        try:
            with atomic(self.db):
                return self.create(**_values_to_create(kwargs, defaults)), True
        except IntegrityError:
            try:
                return self.get(**kwargs), False
            except self.model.DoesNotExist:
                pass
            raise

    get_or_create.alters_data = True  # type: ignore[attr-defined]

    def update_or_create(self, defaults: Mapping[str, Any] | None = None, **kwargs: Any) -> Any:
        """(the object with `defaults` set, whether it was created)."""
        with atomic(self.db):
            instance, created = self.get_or_create(defaults, **kwargs)
            if not created:
                for name, value in (defaults or {}).items():
                    setattr(instance, name, value() if callable(value) else value)
                instance.save(using=self.db)
        return instance, created

    update_or_create.alters_data = True  # type: ignore[attr-defined]

    def bulk_create(self, objs: Iterable[Any], batch_size: int | None = None) -> list[Any]:
        """Save many new objects with few statements; neither save() nor signals are called."""
        objects = list(objs)
        if batch_size is not None and batch_size <= 0:
            raise ValueError("Batch size must be a positive integer.")
        if self.model._meta.concrete_model._meta.parents:
            raise ValueError("Can't bulk create a multi-table inherited model")
        size = batch_size or len(objects) or 1
        pk = self.model._meta.pk
        for each in objects:
            each._check_related_objects_saved()
        with atomic(self.db, savepoint=False):
            for start in range(0, len(objects), size):
                batch = objects[start : start + size]
                keyless = [each for each in batch if getattr(each, pk.attname) is None]
                if len(keyless) < len(batch):
                    self._insert_batch([each for each in batch if each.pk is not None], None)
                self._insert_batch(keyless, pk)
        return objects

    bulk_create.alters_data = True  # type: ignore[attr-defined]

    def _insert_batch(self, objects: list[Any], numbered: Any) -> None:
        """INSERT objects; `numbered` is the key that the database gives, if it does."""
        if not objects:
            return
        table = self.model._meta.concrete_model
        columns = [field for field in table._meta.local_fields if field is not numbered]
        rows = [[field.pre_save(each, add=True) for field in columns] for each in objects]
        alias = self.db
        keys = insert(connections[alias], table, columns, rows)
        for each, key in zip(objects, keys, strict=True):
            if numbered is not None:
                setattr(each, numbered.attname, key)
            state = each._state
            state.adding, state.db = False, alias

    def update(self, **values: Any) -> int:
        """Change these fields in all rows, in one statement; how many rows there were."""
        self._refuse_slice("update")
        changes = []
        for name, value in values.items():
            field = self.model._meta.by_name.get(name)
            if field is None or not field.concrete:
                known = [each.name for each in self.model._meta.fields]
                raise FieldError(
                    f"update() got {name!r}, which is no column of {self.model._meta.label}; there "
                    f"are {', '.join(known)}.{did_you_mean(name, known)}"
                )
            changes.append((field, _assignable(field, value)))
        self._result_cache = None
        return self._update(changes)

    update.alters_data = True  # type: ignore[attr-defined]

    def _update(self, changes: Sequence[tuple[Any, Any]]) -> int:
        return update(connections[self.db], self.query, changes)

    def delete(self) -> tuple[int, dict[str, int]]:
        """Delete the rows and what depends on them; (how many, how many of each model)."""
        if self.query.is_sliced:
            raise TypeError("Cannot use 'limit' or 'offset' with delete().")
        if self._shape != "objects":
            raise TypeError("Cannot call delete() after .values() or .values_list()")
        if self.query.distinct:
            raise TypeError("Cannot call delete() after .distinct().")
        collector = Collector(self.db, origin=self)
        with atomic(self.db, savepoint=False):
            collector.collect(self._clone(ordering=(), related=())._fetched())
            answer = collector.delete()
        self._result_cache = None
        return answer

    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]


# --- what the methods share -----------------------------------------------------------


def _renumbered(by: int) -> Any:
    def change(column: Col) -> Col:
        path = tuple(
            join._replace(number=join.number + by if join.number else 0) for join in column.path
        )
        return Col(path, column.field, column.relation)

    return change


def _values_to_create(kwargs: dict[str, Any], defaults: Mapping[str, Any] | None) -> Any:
    """What was looked for by equality, and the defaults (called where they are functions)."""
    values = {name: value for name, value in kwargs.items() if "__" not in name}
    for name, value in (defaults or {}).items():
        values[name] = value() if callable(value) else value
    return values


def _assignable(field: Any, value: Any) -> Any:
    """An object as its key."""
    if not field.is_relation or not hasattr(value, "_meta"):
        return value
    if not isinstance(value, field.related_model._meta.concrete_model):
        raise ValueError(
            f"Cannot assign {value!r}: {field} must be a {field.related_model.__name__} instance."
        )
    return getattr(value, field.target_field.attname)
