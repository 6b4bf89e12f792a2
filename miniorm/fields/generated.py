"""A column that the database computes from others. Beside step 6.

    area = GeneratedField(expression=F("width") * F("height"),
                          output_field=IntegerField(), db_persist=True)

`db_persist=True` keeps the value with the row, False computes it at every look, which
PostgreSQL cannot do before its version 18. Nobody else writes the column: an instance has
the value once it is saved.

The SQL standard's "generated column"; sqlite.org/gencol.html. In Django:
`django.db.models.fields.generated`.
"""

from typing import Any

from miniorm.errors import NotSupportedError
from miniorm.fields.base import Field

# All that concerns the value is what the field of the result says.
OF_THE_OUTPUT = (
    "get_internal_type", "rel_db_type", "cast_db_type", "converter", "to_python",
    "get_prep_value", "get_db_prep_value", "get_lookup", "get_lookups", "get_transform",
)  # fmt: skip


class GeneratedField(Field):
    """The value of `expression`, which is one of `output_field`."""

    generated = True
    form_class = None

    def __init__(
        self, *, expression: Any, output_field: Any, db_persist: bool, **options: Any
    ) -> None:
        if not isinstance(db_persist, bool):
            raise ValueError("GeneratedField.db_persist must be True or False.")
        for option, only in (("editable", False), ("blank", True), ("null", True)):
            if options.setdefault(option, only) is not only:
                raise ValueError(f"A GeneratedField has {option}={only}, and nothing else.")
        for option in ("default", "db_default"):
            if option in options:
                raise ValueError(f"A GeneratedField has no {option}: its value is computed.")
        super().__init__(**options)
        self.expression = expression
        self.output_field = output_field
        self.db_persist = db_persist

    def contribute_to_class(self, cls: Any, name: str, private_only: bool = False) -> None:
        super().contribute_to_class(cls, name)
        for attribute in ("model", "name", "attname", "column"):
            setattr(self.output_field, attribute, getattr(self, attribute))
        if not cls._meta.abstract:
            setattr(cls, name, _Unknown(name))

    def clone(self) -> Field:
        twin: Any = super().clone()
        twin.output_field = self.output_field.clone()
        return twin  # type: ignore[no-any-return]

    def db_type(self, connection: Any) -> str | None:
        if not self.db_persist and not connection.features.supports_virtual_generated_columns:
            raise NotSupportedError(
                f"{connection.display_name} keeps a generated column with its row: "
                f"{getattr(self, 'name', 'the field')!r} needs db_persist=True."
            )
        found: str | None = self.output_field.db_type(connection)
        return found


class _Unknown:
    """What stands in the class until an instance has a value of its own."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, instance: Any, owner: Any) -> Any:
        if instance is None:
            return self
        if instance._state.adding:
            raise AttributeError(
                f"Cannot read a generated field from an unsaved model: the database computes "
                f"{self.name!r} when the row is written."
            )
        instance.refresh_from_db(fields=[self.name])
        return instance.__dict__[self.name]


def _delegated(name: str) -> Any:
    return lambda self, *args, **kwargs: getattr(self.output_field, name)(*args, **kwargs)


for _method in OF_THE_OUTPUT:
    setattr(GeneratedField, _method, _delegated(_method))
