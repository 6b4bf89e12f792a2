"""Methods that give another queryset: of fewer rows, in another order, with more in each.

Step 6 of the trip. None of them asks the database anything. Django's page "QuerySet API
reference", "Methods that return new QuerySets"; in Django: `django.db.models.query`.
"""

from collections.abc import Sequence
from typing import Any

from miniorm.compiler import order_by
from miniorm.conditions import Q, filtered
from miniorm.errors import FieldError
from miniorm.filtered import FilteredRelation
from miniorm.locking import Lock
from miniorm.query import Scope, all_paths, named_paths
from miniorm.querysets.base import BaseQuerySet
from miniorm.results import Shape


class Selecting(BaseQuerySet):
    """Which rows, in which order, and what of each."""

    # --- which rows -------------------------------------------------------------------

    def all(self) -> Any:
        return self._clone()

    def none(self) -> Any:
        """No rows, and no question asked."""
        return self._clone(empty=True)

    def filter(self, *args: Any, **kwargs: Any) -> Any:
        """The rows for which all of this holds."""
        self._refuse_combined("filter")
        return self._filtered(args, kwargs, negated=False)

    def exclude(self, *args: Any, **kwargs: Any) -> Any:
        """The rows for which not all of this holds."""
        self._refuse_combined("exclude")
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
        return self._with(filtered(self.query, condition, negated))

    def complex_filter(self, condition: Any) -> Any:
        """By a Q or a dictionary of lookups, as limit_choices_to is."""
        return self.filter(condition) if isinstance(condition, Q) else self.filter(**condition)

    def _of_instance(self, field: Any, instance: Any) -> Any:
        """The rows whose foreign key is this object, which they need not fetch again."""
        twin = self.filter(**{field.name: instance})
        twin._known = (*self._known, (field, instance))
        return twin

    def distinct(self, *names: str) -> Any:
        """Without rows that are equal in every column fetched, or in these (PostgreSQL)."""
        self._refuse_combined("distinct")
        self._refuse_slice("create distinct fields in")
        for name in names:
            Scope(self.query).reference(name)
        return self._clone(distinct=True, distinct_on=names)

    def using(self, alias: str | None) -> Any:
        """The same on another database."""
        twin = self._clone()
        twin._db = alias
        return twin

    def select_for_update(
        self,
        nowait: bool = False,
        skip_locked: bool = False,
        of: Sequence[str] = (),
        no_key: bool = False,
    ) -> Any:
        """Lock the rows until the transaction ends, where the database has such locks."""
        self._refuse_combined("select_for_update")
        if nowait and skip_locked:
            raise ValueError("The nowait option cannot be used with skip_locked.")
        return self._clone(lock=Lock(nowait, skip_locked, tuple(of), no_key))

    # --- in which order ---------------------------------------------------------------

    def order_by(self, *names: Any) -> Any:
        """In this order: names, "-name" for the other way round, "?", expressions."""
        self._refuse_slice("reorder")
        wanted: list[Any] = []
        for name in names:  # a wrong name is reported here, not where the rows are fetched
            found = order_by(name, Scope(self.query))
            wanted += [name] if isinstance(name, str) else found
        return self._clone(ordering=tuple(wanted), reverse=False)

    def reverse(self) -> Any:
        self._refuse_slice("reverse")
        return self._clone(reverse=not self.query.reverse)

    # --- what of each -----------------------------------------------------------------

    def values(self, *names: Any, **expressions: Any) -> Any:
        """Dictionaries instead of objects, with these names."""
        return self._values("dicts", names, expressions)

    def values_list(self, *names: Any, flat: bool = False, named: bool = False) -> Any:
        """Tuples instead of objects; with `flat` and one name just its values; or named ones."""
        if flat and named:
            raise TypeError("'flat' and 'named' can't be used together.")
        if flat and len(names) > 1:
            raise TypeError("'flat' is not valid when values_list is called with several fields.")
        return self._values("flat" if flat else "named" if named else "tuples", names, {})

    def _values(self, shape: Shape, names: Sequence[Any], expressions: dict[str, Any]) -> Any:
        named: list[str] = []
        for each in names:
            if not isinstance(each, str):
                alias = getattr(each, "default_alias", type(each).__name__.lower())
                while alias in expressions or alias in named:
                    alias += "_"
                expressions[alias], each = each, alias
            named.append(each)
        named += [alias for alias in expressions if alias not in named]
        base = self._clone(values=None).annotate(**expressions) if expressions else self
        query = base.query
        wanted = tuple(named)
        if not wanted:
            wanted = tuple(field.attname for field in self.model._meta.fields)
            wanted += tuple(alias for alias, _ in query.fetched_annotations)
        if shape == "flat":
            wanted = wanted[:1]
        for name in wanted:
            if name in query.hidden:
                raise FieldError(f"Cannot select the {name!r} alias. Use annotate() to promote it.")
            Scope(query).reference(name)
        twin = base._clone(values=wanted, related=())
        twin._shape = shape
        return twin

    def annotate(self, *args: Any, **kwargs: Any) -> Any:
        """Each row with something computed: `annotate(Count("choice"), double=F("votes") * 2)`."""
        self._refuse_combined("annotate")
        return self._annotated(args, kwargs, hidden=False)

    def alias(self, *args: Any, **kwargs: Any) -> Any:
        """As annotate(), for use in the query alone: it is not fetched."""
        self._refuse_combined("alias")
        return self._annotated(args, kwargs, hidden=True)

    def _annotated(self, args: tuple[Any, ...], kwargs: dict[str, Any], hidden: bool) -> Any:
        query = self.query
        for alias, expression in _by_alias(args, kwargs).items():
            self._check_alias(alias)
            if not hasattr(expression, "resolve_expression") and not isinstance(
                expression, FilteredRelation
            ):
                raise TypeError(f"annotate() received non-expression(s): {expression}.")
            if isinstance(expression, FilteredRelation):
                named = (alias, expression.named(alias, query))
                query = query._replace(filtered_relations=(*query.filtered_relations, named))
                continue
            resolved = expression.resolve_expression(Scope(query))
            others = tuple(each for each in query.annotations if each[0] != alias)
            query = query._replace(
                annotations=(*others, (alias, resolved)),
                hidden=query.hidden | {alias} if hidden else query.hidden - {alias},
            )
            if resolved.contains_aggregate and query.grouped_by is None:
                query = query._replace(grouped_by=query.values or ())
            if query.values is not None and not hidden and alias not in query.values:
                query = query._replace(values=(*query.values, alias))
        return self._with(query)

    def _check_alias(self, alias: str) -> None:
        # It becomes an attribute in generated code, and a name in SQL.
        if not alias.isidentifier():
            raise ValueError(f"The annotation {alias!r} is not a Python identifier.")
        names = self.query.values  # after values() a row has these, and no fields
        if alias in (self.model._meta.by_name if names is None else ("pk", *names)):
            raise ValueError(f"The annotation {alias!r} conflicts with a field on the model.")

    def select_related(self, *names: Any) -> Any:
        """Fetch the objects of these foreign keys in the same query; None: no more."""
        self._refuse_combined("select_related")
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
        self._refuse_combined("prefetch_related")
        twin = self._clone()
        twin._prefetch = () if lookups == (None,) else (*self._prefetch, *lookups)
        return twin

    def _without_prefetch(self) -> Any:
        """The same, with what was found if it was asked already."""
        twin = self._with(self.query)
        twin._prefetch, twin._result_cache = (), self._result_cache
        return twin

    # --- a part of each ---------------------------------------------------------------

    def defer(self, *names: Any) -> Any:
        """Objects without these fields, which are fetched when asked for; None: with all."""
        self._refuse_combined("defer")
        if names == (None,):
            return self._clone(deferred=(frozenset(), True))
        wanted = self._loadable("defer", names)
        before, deferring = self.query.deferred
        if deferring:
            return self._clone(deferred=(before | wanted, True))
        # only("a", "b").defer("b") fetches a.
        left = before - wanted
        return self._clone(deferred=(left, False) if left else (wanted - before, True))

    def only(self, *names: Any) -> Any:
        """Objects with these fields (and the key), the others being fetched when asked for."""
        self._refuse_combined("only")
        if names == (None,):
            raise TypeError("Cannot pass None as an argument to only().")
        wanted = self._loadable("only", names)
        before, deferring = self.query.deferred
        return self._clone(deferred=(wanted - before if deferring and before else wanted, False))

    def _loadable(self, method: str, names: Sequence[str]) -> frozenset[str]:
        if self._shape != "objects":
            raise TypeError(f"Cannot call {method}() after .values() or .values_list()")
        for name in names:
            Scope(self.query).reference(name)
        pk = self.model._meta.pk.name
        return frozenset(pk if name == "pk" else name for name in names)

    # --- the dates there are ----------------------------------------------------------

    def dates(self, field_name: str, kind: str, order: str = "ASC") -> Any:
        """Each year, month, week or day in which there is a row, as a date."""
        from miniorm.fields import DateField

        if kind not in ("year", "month", "week", "day"):
            raise ValueError("'kind' must be one of 'year', 'month', 'week', or 'day'.")
        return self._dates(field_name, kind, order, output_field=DateField())

    def datetimes(self, field_name: str, kind: str, order: str = "ASC", tzinfo: Any = None) -> Any:
        """As dates(), down to "hour", "minute" and "second", as moments in the time zone."""
        from miniorm.fields import DateTimeField

        kinds = ("year", "month", "week", "day", "hour", "minute", "second")
        if kind not in kinds:
            raise ValueError(f"'kind' must be one of {', '.join(map(repr, kinds))}.")
        return self._dates(field_name, kind, order, output_field=DateTimeField(), tzinfo=tzinfo)

    def _dates(self, name: str, kind: str, order: str, **options: Any) -> Any:
        from miniorm.functions import Trunc

        if order not in ("ASC", "DESC"):
            raise ValueError("'order' must be either 'ASC' or 'DESC'.")
        rows = self.annotate(datefield=Trunc(name, kind, **options))
        rows = rows.filter(**{f"{name}__isnull": False}).values_list("datefield", flat=True)
        return rows.distinct().order_by("datefield" if order == "ASC" else "-datefield")


def _by_alias(args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """Expressions by name; those without one have a name of their own, as Count("x") has."""
    found = {}
    for each in args:
        try:
            alias = each.default_alias
        except (AttributeError, TypeError):
            raise TypeError("Complex annotations require an alias") from None
        if alias in kwargs:
            raise ValueError(
                f"The named annotation {alias!r} conflicts with the default name for another "
                "annotation."
            )
        found[alias] = each
    return {**found, **kwargs}
