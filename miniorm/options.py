"""What a model says of itself: `Model._meta`.

Before step 6: the metaclass fills one of these for each model, from its inner `class Meta`
and its fields; queries, the compiler and the schema editor read it. Django's pages "Model
Meta options" and "Model _meta API"; in Django: `django.db.models.options`.
"""

import re
from functools import cached_property
from typing import Any

from miniorm import registry
from miniorm.errors import FieldDoesNotExist, FieldError
from miniorm.indexes import for_model
from miniorm.suggest import did_you_mean

ModelClass = Any
FieldOrRelation = Any

# What `class Meta` may say, and what holds where it does not.
META_DEFAULTS: dict[str, Any] = {
    "abstract": False,
    "app_label": None,
    "constraints": (),
    "db_table": "",
    "default_manager_name": None,
    "get_latest_by": None,
    "indexes": (),
    "managed": True,
    "ordering": (),
    "unique_together": (),
    "verbose_name": None,
    "verbose_name_plural": None,
}


class Options:
    """One model's options, fields, relations and managers."""

    abstract: bool
    app_label: str
    constraints: Any
    db_table: str
    default_manager_name: str | None
    get_latest_by: Any
    indexes: Any
    managed: bool
    ordering: Any
    unique_together: Any
    verbose_name: str
    verbose_name_plural: str
    proxy = False

    def __init__(self, name: str, module: str, meta: Any) -> None:
        self.object_name = name
        self.model_name = name.lower()
        self.fields: list[Any] = []
        self.related_objects: list[Any] = []  # the foreign keys of others that point here
        self.managers: list[Any] = []
        self.pk: Any = None
        self.model: ModelClass = None
        self._read(meta)
        self.app_label = self.app_label or registry.app_label_for(module)
        self.db_table = self.db_table or f"{self.app_label}_{self.model_name}"
        self.verbose_name = self.verbose_name or words(name)
        self.verbose_name_plural = self.verbose_name_plural or f"{self.verbose_name}s"
        self.unique_together = _normalized(self.unique_together)
        self.constraints = for_model(self.constraints, self)
        self.indexes = for_model(self.indexes, self)

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

    def __repr__(self) -> str:
        return f"<Options for {self.object_name}>"

    @property
    def label(self) -> str:
        """ "polls.Question": how messages and foreign keys call the model."""
        return f"{self.app_label}.{self.object_name}"

    @property
    def label_lower(self) -> str:
        return f"{self.app_label}.{self.model_name}"

    @property
    def default_manager(self) -> Any:
        """The manager that the others build on: the first one defined, unless named."""
        wanted = self.default_manager_name
        for manager in self.managers:
            if wanted in (None, manager.name):
                return manager
        raise ValueError(f"{self.label} has no manager named {wanted!r}.")

    # --- fields -----------------------------------------------------------------------

    def add_field(self, field: Any) -> None:
        """Put a field among the others, in the order in which they were created."""
        if any(other.name == field.name for other in self.fields):
            raise FieldError(f"{self.label} has two fields called {field.name!r}.")
        if field.primary_key:
            if self.pk is not None:
                raise FieldError(
                    f"{self.label} has two primary keys, {self.pk.name!r} and {field.name!r}; "
                    "a model has one."
                )
            self.pk = field
        self.fields.append(field)
        self.fields.sort()
        self._forget_names()

    @property
    def local_fields(self) -> list[Any]:
        """The fields with a column in this model's own table."""
        return self.fields

    @property
    def concrete_fields(self) -> list[Any]:
        return self.fields

    def get_fields(self) -> list[FieldOrRelation]:
        """The fields, then the relations that others made to this model."""
        return [*self.related_objects, *self.fields]

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
        for field in self.fields:
            names[field.attname] = field
            names[field.name] = field
        return names

    def choices(self) -> list[str]:
        """The names that a query may use, for error messages."""
        return sorted({*self.by_name} - {"pk"})

    # --- relations from other models --------------------------------------------------

    def add_related_object(self, relation: Any) -> None:
        self.related_objects.append(relation)
        self._forget_names()

    def drop_related_objects_of(self, model: ModelClass) -> None:
        """Forget the relations of a model that was defined anew."""
        self.related_objects = [
            relation for relation in self.related_objects if relation.related_model is not model
        ]
        self._forget_names()

    def _forget_names(self) -> None:
        self.__dict__.pop("by_name", None)


def words(name: str) -> str:
    """ "BlogEntry" in words: "blog entry"."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name).lower()


def _normalized(together: Any) -> tuple[tuple[str, ...], ...]:
    """unique_together as a tuple of tuples: one set may be given without the outer one."""
    if together and isinstance(together[0], str):
        together = [together]
    return tuple(tuple(names) for names in together)
