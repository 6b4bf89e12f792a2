"""Many to many: two models, and a table of links between them.

Step 6 of the trip. A column holds one key, so that `Article.publications =
ManyToManyField(Publication)` is no column at all, but a model of its own, `through`, with two
foreign keys: to the article and to the publication. It is made here unless the author writes
one, for links that carry something themselves (since when, how many).

To a query the relation is the two steps that it consists of: back along one foreign key of
`through`, and on along the other. What `article.publications` can do stands in `linked`.

Django's page "Many-to-many relationships"; in Django: `django.db.models.fields.related`.
"""

import hashlib
from typing import Any

from miniorm import registry
from miniorm.deletion import CASCADE
from miniorm.errors import ImproperlyConfigured
from miniorm.linked import ManyToManyDescriptor
from miniorm.relations import ForeignKey, ForeignObjectRel, Limits, ModelClass, RelatedField
from miniorm.schema import NAME_LIMIT


class ManyToManyRel(ForeignObjectRel):
    """The way back: from a publication to its articles."""

    many_to_many = True
    through: Any = None
    through_fields: tuple[str, str] | None = None
    symmetrical = False
    db_constraint = True

    def steps(self) -> tuple[Any, ...]:
        source, target = self.field.links
        return target.remote_field, source


class ManyToManyField(RelatedField):
    """Any number of rows here, each linked to any number of rows there.

    `symmetrical` (as a relation to "self" is unless told otherwise) links both ways: who is my
    friend has me as one.
    """

    many_to_many = True
    multiple = True
    form_class = "ModelMultipleChoiceField"
    column = None  # type: ignore[assignment]

    def __init__(
        self,
        to: Any,
        related_name: str | None = None,
        related_query_name: str | None = None,
        limit_choices_to: Limits = None,
        symmetrical: bool | None = None,
        through: Any = None,
        through_fields: Any = None,
        db_constraint: bool = True,
        db_table: str | None = None,
        **options: Any,
    ) -> None:
        if through is not None and db_table is not None:
            raise ValueError("Cannot specify a db_table if an intermediary model is used.")
        super().__init__(**options)
        self.db_table = db_table
        relation = ManyToManyRel(self, to, related_name, related_query_name, limit_choices_to)
        relation.symmetrical = to == "self" if symmetrical is None else symmetrical
        relation.through = through
        relation.through_fields = through_fields and tuple(through_fields)
        relation.db_constraint = db_constraint
        self.remote_field = relation

    # --- its place in the model -------------------------------------------------------

    @property
    def concrete(self) -> bool:
        return False

    def db_type(self, connection: Any) -> str | None:
        return None

    def contribute_to_class(self, cls: ModelClass, name: str, private_only: bool = False) -> None:
        relation = self.remote_field
        if relation.symmetrical and relation.model in ("self", cls, cls._meta.object_name):
            relation.related_name = f"{name}_rel_+"  # the way back is the way there
        super().contribute_to_class(cls, name)
        self.column = None
        setattr(cls, name, ManyToManyDescriptor(self.remote_field, reverse=False))
        if not cls._meta.abstract:
            self.resolve_names(cls)
            self.when_target_exists(cls, self.add_way_back)

    def way_back(self) -> Any:
        return ManyToManyDescriptor(self.remote_field, reverse=True)

    def make_through(self) -> None:
        """Find the model of the links by its name, or make it; the field's model is complete."""
        relation, model = self.remote_field, self.model
        if relation.through is None:
            relation.through = _through_model(self)
        elif isinstance(relation.through, str):
            registry.when_defined(relation.through, model, self._found_through)

    def _found_through(self, through: ModelClass) -> None:
        self.remote_field.through = through

    # --- the links --------------------------------------------------------------------

    @property
    def through(self) -> ModelClass:
        found = self.remote_field.through
        if found is None or isinstance(found, str):
            raise ImproperlyConfigured(f"{self} goes through {found!r}, which is not defined.")
        return found

    @property
    def links(self) -> tuple[ForeignKey, ForeignKey]:
        """The foreign keys of `through`: to this model, and to the other one."""
        meta, wanted = self.through._meta, self.remote_field.through_fields
        if wanted:
            return meta.get_field(wanted[0]), meta.get_field(wanted[1])
        here, there = self.model._meta.concrete_model, self.related_model._meta.concrete_model
        keys = [field for field in meta.fields if field.is_relation]
        own, others = _pointing_to(here, keys), _pointing_to(there, keys)
        if here is there and len(own) == 2:
            return own[0], own[1]
        if len(own) != 1 or len(others) != 1:
            raise ImproperlyConfigured(
                f"{self} goes through {meta.label}, which has {len(own)} foreign keys to "
                f"{here.__name__} and {len(others)} to {there.__name__}: name the two in "
                "through_fields."
            )
        return own[0], others[0]

    def steps(self) -> tuple[Any, ...]:
        source, target = self.links
        return source.remote_field, target

    def m2m_db_table(self) -> str:
        return self.through._meta.db_table  # type: ignore[no-any-return]

    def m2m_field_name(self) -> str:
        return self.links[0].name

    def m2m_reverse_field_name(self) -> str:
        return self.links[1].name

    def m2m_column_name(self) -> str:
        return self.links[0].column

    def m2m_reverse_name(self) -> str:
        return self.links[1].column

    # --- values -----------------------------------------------------------------------

    def value_from_object(self, instance: Any) -> Any:
        """The objects linked to the instance, as a list."""
        return [] if instance.pk is None else list(getattr(instance, self.attname).all())

    def save_form_data(self, instance: Any, data: Any) -> None:
        getattr(instance, self.attname).set(data)


def _pointing_to(model: ModelClass, keys: list[Any]) -> list[Any]:
    return [key for key in keys if key.related_model._meta.concrete_model is model]


def _through_model(field: ManyToManyField) -> ModelClass:
    """The model of the links where its author wrote none: two foreign keys."""
    from miniorm.model import Model

    model, to = field.model, field.remote_field.model
    meta = model._meta
    name = f"{meta.object_name}_{field.name}"
    here = meta.model_name
    there = to.rpartition(".")[2].lower() if isinstance(to, str) else to._meta.model_name
    if here == there:
        here, there = f"from_{here}", f"to_{there}"
    options = {
        "app_label": meta.app_label,
        "auto_created": model,
        "db_table": _table_name(field.db_table or f"{meta.db_table}_{field.name}"),
        "managed": meta.managed,
        "unique_together": (here, there),
        "verbose_name": f"{here}-{there} relationship",
        "verbose_name_plural": f"{here}-{there} relationships",
    }

    def key(target: Any) -> ForeignKey:
        constraint = field.remote_field.db_constraint
        return ForeignKey(target, CASCADE, related_name=f"{name}+", db_constraint=constraint)

    place = {"__module__": model.__module__, "Meta": type("Meta", (), options)}
    return type(name, (Model,), {**place, here: key(model), there: key(to)})


def _table_name(name: str) -> str:
    """A name that no database cuts, where two long ones would become the same."""
    if len(name) <= NAME_LIMIT:
        return name
    digest = hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()
    return f"{name[: NAME_LIMIT - 9]}_{digest[:8]}"
