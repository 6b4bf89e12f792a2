"""Indexes: what makes the database find rows quickly, said in a model's Meta.

Before the trip, when tables are made:

    class Meta:
        indexes = [models.Index(fields=["-pub_date"], condition=Q(draft=False), name="shown")]

Django's page "Model index reference"; in Django: `django.db.models.indexes`.
"""

import copy
import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

from miniorm.deconstruction import Parts, deconstruct_value

ModelClass = Any


class Named:
    """What indexes and constraints share: a name in the database, and being written down."""

    name: str | None
    expressions: tuple[Any, ...] = ()
    is_index = True  # else it is a line of CREATE TABLE
    nulls_distinct: bool | None = None

    def deconstruct(self) -> Parts:
        path, _, kwargs = deconstruct_value(self)
        lists = {key: list(each) for key, each in kwargs.items() if isinstance(each, tuple)}
        return path, list(self.expressions), {**kwargs, **lists}

    def clone(self) -> Any:
        return copy.copy(self)

    def for_model(self, meta: Any) -> Any:
        """A copy for this model: a name in an abstract base may hold "%(class)s"."""
        twin = self.clone()
        if twin.name and "%(" in twin.name:
            twin.name %= {"app_label": meta.app_label.lower(), "class": meta.model_name}
        return twin

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        return self.deconstruct() == other.deconstruct()

    def __hash__(self) -> int:
        return hash((type(self), self.name))

    def __repr__(self) -> str:
        _, args, kwargs = self.deconstruct()
        words = [*map(repr, args), *(f"{key}={value!r}" for key, value in kwargs.items())]
        return f"<{type(self).__name__}: {' '.join(words)}>"


class Index(Named):
    """An index over fields ("-pub_date": descending) or expressions."""

    suffix = "idx"
    max_name_length = 30  # the shortest limit of any database; so it is portable

    def __init__(
        self,
        *expressions: Any,
        fields: Sequence[str] = (),
        name: str | None = None,
        db_tablespace: str | None = None,
        opclasses: Sequence[str] = (),
        condition: Any = None,
        include: Sequence[str] | None = None,
    ) -> None:
        check_list("Index", "fields", fields)
        check_list("Index", "include", include or ())
        if not expressions and not fields:
            raise ValueError("At least one field or expression is required to define an index.")
        if expressions and fields:
            raise ValueError("Index.fields and expressions are mutually exclusive.")
        if not name and (expressions or condition is not None or include or opclasses):
            raise ValueError(
                "An index with expressions, condition, include or opclasses must have a name."
            )
        if opclasses and len(opclasses) != len(fields):
            raise ValueError("Index.fields and Index.opclasses must have the same number.")
        self.expressions = tuple(as_expression(each) for each in expressions)
        self.fields = list(fields)
        self.name = name
        self.db_tablespace = db_tablespace
        self.opclasses = list(opclasses)
        self.condition = condition
        self.include = tuple(include or ())

    @property
    def fields_orders(self) -> list[tuple[str, str]]:
        """Each field's name, with "DESC" or ""."""
        return [(name.lstrip("-"), "DESC" if name[0] == "-" else "") for name in self.fields]

    def set_name_with_model(self, model: ModelClass) -> None:
        """Name it after table and columns: always the same for the same, and short."""
        table = model._meta.db_table.replace('"', "")
        columns = [
            (model._meta.get_field(name).column, order) for name, order in self.fields_orders
        ]
        parts = [
            table,
            *(f"-{column}" if order else column for column, order in columns),
            self.suffix,
        ]
        digest = hashlib.md5("".join(parts).encode(), usedforsecurity=False).hexdigest()[:6]
        name = f"{table[:11]}_{columns[0][0][:7]}_{digest}_{self.suffix}"
        # A name may not begin with what only the database's own names begin with.
        self.name = f"D{name[1:]}" if name[0] == "_" or name[0].isdigit() else name

    def create_sql(self, model: ModelClass, editor: Any) -> str:
        return str(editor.create_index_sql(model, self))

    def remove_sql(self, model: ModelClass, editor: Any) -> str:
        return f"DROP INDEX {editor.quote(self.name)}"


def as_expression(value: Any) -> Any:
    from miniorm.expressions import F

    return F(value) if isinstance(value, str) else value


def check_list(owner: str, option: str, value: Any) -> None:
    if not isinstance(value, list | tuple):
        raise ValueError(f"{owner}.{option} must be a list or tuple, not {value!r}.")


def for_model(items: Iterable[Any], meta: Any) -> list[Any]:
    """A model's own copies of what its Meta, or an abstract base's, lists."""
    return [item.for_model(meta) if isinstance(item, Named) else item for item in items]
