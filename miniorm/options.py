"""What a model says of itself: `Model._meta`.

Before step 6: the metaclass fills one of these for each model, from its inner `class Meta`
and its fields; queries, the compiler and the schema editor read it. Django's pages "Model
Meta options" and "Model _meta API"; in Django: `django.db.models.options`.
"""

import re
from collections.abc import Callable
from functools import cache, cached_property, partial
from typing import Any

from miniorm import registry
from miniorm.errors import FieldDoesNotExist, FieldError, ImproperlyConfigured
from miniorm.indexes import for_model
from miniorm.suggest import did_you_mean

ModelClass = Any
FieldOrRelation = Any

# What `class Meta` may say, and what holds where it does not.
META_DEFAULTS: dict[str, Any] = {
    "abstract": False,
    "app_label": None,
    "auto_created": False,  # of a many-to-many's own table: the model that has the field
    "base_manager_name": None,
    "constraints": (),
    "db_table": "",
    "db_table_comment": "",
    "db_tablespace": "",
    "default_manager_name": None,
    "default_permissions": ("add", "change", "delete", "view"),
    "default_related_name": None,
    "get_latest_by": None,
    "indexes": (),
    "managed": True,
    "order_with_respect_to": None,
    "ordering": (),
    "permissions": (),
    "proxy": False,
    "required_db_features": (),
    "required_db_vendor": None,
    "select_on_save": False,
    "swappable": None,
    "unique_together": (),
    "verbose_name": None,
    "verbose_name_plural": None,
}

# What is computed once, until a field or a relation is added here or to a parent.
CACHED = (
    "by_name", "columns", "fields", "fill", "heads", "many_to_many", "managers", "managers_map",
    "new_rows", "related_objects", "returned_fields",
)  # fmt: skip


class Options:
    """One model's options, fields, relations and managers."""

    abstract: bool
    app_label: str
    auto_created: Any
    base_manager_name: str | None
    constraints: Any
    db_table: str
    default_manager_name: str | None
    default_related_name: str | None
    get_latest_by: Any
    indexes: Any
    managed: bool
    order_with_respect_to: Any
    ordering: Any
    proxy: bool
    unique_together: Any
    verbose_name: str
    verbose_name_plural: str
    swapped = None
    changes = 0  # of any model's fields and relations so far: what others keep is older, or true

    def __init__(self, name: str, module: str, meta: Any) -> None:
        self.object_name = name
        self.model_name = name.lower()
        self.local_fields: list[Any] = []  # those with a column in the model's own table
        self.local_many_to_many: list[Any] = []
        self.local_managers: list[Any] = []
        self.relations: list[Any] = []  # the fields of others that point here, hidden ones too
        self.parents: dict[ModelClass, Any] = {}  # model with a table -> the link to its row
        self.pk: Any = None
        self.model: ModelClass = None
        self.concrete_model: ModelClass = None  # whose table it is: another one's for a proxy
        self.proxy_for_model: ModelClass = None
        self.given: frozenset[str] = frozenset()  # the options that Meta said
        self._read(meta)
        self.app_label = self.app_label or registry.app_label_for(module)
        self.db_table = self.db_table or f"{self.app_label}_{self.model_name}"
        self.verbose_name = self.verbose_name or words(name)
        self.verbose_name_plural = self.verbose_name_plural or f"{self.verbose_name}s"
        self.unique_together = _normalized(self.unique_together)
        self.constraints = for_model(self.constraints, self)
        self.indexes = for_model(self.indexes, self)
        if self.ordering and self.order_with_respect_to:
            raise ImproperlyConfigured(
                f"{name}: 'ordering' and 'order_with_respect_to' cannot be used together."
            )

    def _read(self, meta: Any) -> None:
        """Take what `class Meta` says; raises TypeError for an option there is not."""
        given = {name: getattr(meta, name) for name in dir(meta) if not name.startswith("_")}
        for name in given:
            if name not in META_DEFAULTS:
                raise TypeError(
                    f"'class Meta' of {self.object_name} got an invalid option {name!r}; known "
                    f"are {', '.join(META_DEFAULTS)}.{did_you_mean(name, META_DEFAULTS)}"
                )
        for name, default in META_DEFAULTS.items():
            setattr(self, name, given.get(name, default))
        self.given = frozenset(given)

    def __repr__(self) -> str:
        return f"<Options for {self.object_name}>"

    def __str__(self) -> str:
        return self.label_lower

    @property
    def label(self) -> str:
        """ "polls.Question": how messages and foreign keys call the model."""
        return f"{self.app_label}.{self.object_name}"

    @property
    def label_lower(self) -> str:
        return f"{self.app_label}.{self.model_name}"

    @property
    def verbose_name_raw(self) -> str:
        return str(self.verbose_name)

    # --- managers ---------------------------------------------------------------------

    @cached_property
    def managers(self) -> list[Any]:
        """The model's own managers, then those that it inherits, each with this model."""
        found: dict[str, Any] = {}
        for base in self.model.__mro__:
            if "_meta" in vars(base):
                for manager in base._meta.local_managers:
                    found.setdefault(manager.name, manager.for_model(self.model))
        return list(found.values())

    @cached_property
    def managers_map(self) -> dict[str, Any]:
        return {manager.name: manager for manager in self.managers}

    @property
    def default_manager(self) -> Any:
        """The manager that the others build on: the first one defined, unless named."""
        name = self.default_manager_name
        if name is None and not self.local_managers:
            name = self._said_above("default_manager_name")
        return self._named_manager(name) if name else self.managers[0]

    @property
    def base_manager(self) -> Any:
        """The manager by which a relation is followed and a row is saved: it hides no row."""
        name = self.base_manager_name or self._said_above("base_manager_name")
        return self._named_manager(name) if name else self.plain_manager

    @cached_property
    def plain_manager(self) -> Any:
        from miniorm.manager import Manager

        manager = Manager()
        manager.name, manager.model, manager.auto_created = "_base_manager", self.model, True
        return manager

    def _said_above(self, option: str) -> Any:
        """What the nearest parents say of a manager."""
        metas = (vars(base)["_meta"] for base in self.model.__mro__[1:] if "_meta" in vars(base))
        return next((getattr(meta, option) for meta in metas if getattr(meta, option)), None)

    def _named_manager(self, name: str) -> Any:
        try:
            return self.managers_map[name]
        except KeyError:
            raise ValueError(f"{self.object_name} has no manager named {name!r}.") from None

    # --- fields -----------------------------------------------------------------------

    def add_field(self, field: Any) -> None:
        """Put a field among the others, in the order in which they were created."""
        if any(other.name == field.name for other in (*self.fields, *self.many_to_many)):
            raise FieldError(f"{self.label} has two fields called {field.name!r}.")
        if self.proxy:
            raise FieldError(f"The proxy model {self.label} contains a field, {field.name!r}.")
        if field.primary_key:
            if self.pk is not None:
                raise FieldError(
                    f"{self.label} has two primary keys, {self.pk.name!r} and {field.name!r}; "
                    "a model has one."
                )
            self.pk = field
        own = self.local_many_to_many if field.many_to_many else self.local_fields
        own.append(field)
        own.sort()
        self.forget()

    @cached_property
    def fields(self) -> list[Any]:
        """All fields with a column: those of the parents, then those of the model itself."""
        inherited = [field for parent in self.parents for field in parent._meta.fields]
        return list(dict.fromkeys([*inherited, *self.local_fields]))

    @cached_property
    def columns(self) -> dict[str, Any]:
        """By a name that a query used (and `changes`): its column, and what of the name is left."""
        return {}

    @cached_property
    def fill(self) -> Callable[..., dict[str, Any]]:
        """What gives a new instance its values, generated for these fields."""
        from miniorm.rows import filler

        return filler(self.fields)

    @cached_property
    def heads(self) -> dict[str, str]:
        """By a table's alias: the columns of all fields as SELECT has them, once asked for."""
        return {}

    @cached_property
    def returned_fields(self) -> list[Any]:
        """The own fields whose value the database makes: an INSERT gives it back."""
        return [each for each in self.local_fields if each.generated or each.has_db_default()]

    @cached_property
    def new_rows(self) -> Callable[[bool], Any]:
        """How the table gets new rows; of whether it gives them their keys."""
        from miniorm.writing import NewRows

        return cache(partial(NewRows, self.model))

    @property
    def concrete_fields(self) -> list[Any]:
        return self.fields

    @property
    def local_concrete_fields(self) -> list[Any]:
        return self.local_fields

    @cached_property
    def many_to_many(self) -> list[Any]:
        inherited = [field for parent in self.parents for field in parent._meta.many_to_many]
        return list(dict.fromkeys([*inherited, *self.local_many_to_many]))

    @cached_property
    def related_objects(self) -> list[Any]:
        """The ways back from other models' fields that point here or to a parent."""
        inherited = [each for parent in self.parents for each in parent._meta.related_objects]
        own = [relation for relation in self.relations if not relation.hidden]
        return list(dict.fromkeys([*inherited, *own]))

    def get_fields(
        self, include_parents: bool = True, include_hidden: bool = False
    ) -> list[FieldOrRelation]:
        """Fields, and the relations that others made to this model; the parents' first."""
        found: list[FieldOrRelation] = []
        for parent in self.parents if include_parents else ():
            found += parent._meta.get_fields(include_hidden=include_hidden)
        found += [each for each in self.relations if include_hidden or not each.hidden]
        return list(dict.fromkeys([*found, *self.local_fields, *self.local_many_to_many]))

    def get_field(self, name: str) -> FieldOrRelation:
        """The field, or the relation from elsewhere, of that name."""
        found = self.by_name.get(name)
        if found is None or name == "pk":
            known = [field.name for field in self.get_fields()]
            raise FieldDoesNotExist(
                f"{self.object_name} has no field named {name!r}.{did_you_mean(name, known)}"
            )
        return found

    @cached_property
    def by_name(self) -> dict[str, FieldOrRelation]:
        """What a query can name: fields, their columns' attributes, relations, "pk"."""
        names: dict[str, FieldOrRelation] = {"pk": self.pk}
        for relation in self.related_objects:
            names[relation.name] = relation
        for field in (*self.fields, *self.many_to_many):
            names[field.attname] = field
            names[field.name] = field
        return names

    def choices(self) -> list[str]:
        """The names that a query may use, for error messages."""
        return sorted({*self.by_name} - {"pk"})

    # --- parents ----------------------------------------------------------------------

    def get_parent_list(self) -> list[ModelClass]:
        """Every model above that has a table, the nearest first."""
        above = [each for parent in self.parents for each in parent._meta.get_parent_list()]
        return list(dict.fromkeys([*self.parents, *above]))

    def get_ancestor_link(self, ancestor: ModelClass) -> Any:
        """The own field that leads towards the ancestor's row; None: there is none."""
        for parent, link in self.parents.items():
            if parent is ancestor or ancestor in parent._meta.get_parent_list():
                return link or parent._meta.get_ancestor_link(ancestor)
        return None

    def links_to(self, owner: ModelClass) -> list[Any]:
        """The one-to-one fields from the model's own table to the parent's that has a field."""
        target, at, links = owner._meta.concrete_model, self.concrete_model, []
        while at is not target:
            link = at._meta.get_ancestor_link(target)
            if link is None:  # it is no parent's: a relation that was made to a child
                return []
            links.append(link)
            at = link.remote_field.model._meta.concrete_model
        return links

    # --- relations from other models --------------------------------------------------

    def add_related_object(self, relation: Any) -> None:
        self.relations.append(relation)
        self.forget()

    def drop_related_objects_of(self, model: ModelClass) -> None:
        """Forget the relations of a model that was defined anew."""
        self.relations = [each for each in self.relations if each.related_model is not model]
        self.forget()

    def forget(self) -> None:
        """What was computed holds no longer, neither here nor for the models below."""
        Options.changes += 1
        for name in CACHED:
            self.__dict__.pop(name, None)
        for below in self.model.__subclasses__():
            if "_meta" in vars(below):
                below._meta.forget()


def words(name: str) -> str:
    """ "BlogEntry" in words: "blog entry"."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name).lower()


def _normalized(together: Any) -> tuple[tuple[str, ...], ...]:
    """unique_together as a tuple of tuples: one set may be given without the outer one."""
    if together and isinstance(together[0], str):
        together = [together]
    return tuple(tuple(names) for names in together)
