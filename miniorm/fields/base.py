"""A field: one attribute of a model, and one column of its table.

Step 6 of the trip. A value has three lives: a Python value on the instance, a parameter on
its way to the database, and text in a form or a file. A field knows the way between them:

    to_python(value)              anything a person may give -> Python value, or ValidationError
    get_prep_value(value)         Python value -> what a parameter may be, on any database
    get_db_prep_value(value, c)   ... -> what this database's driver takes
    converter(connection)         what the driver gives -> Python value

How it checks one is in `validation`, what it offers to code of others in `interface`. Django's
page "Model field reference" has the options, "How to create custom model fields" the methods.
In Django: `django.db.models.fields`.
"""

import copy
import copyreg
from collections.abc import Callable, Iterable
from functools import lru_cache, total_ordering
from keyword import iskeyword
from typing import Any

from miniorm.deconstruction import deconstruct_field, parameters
from miniorm.errors import FieldError
from miniorm.fields import choices as choices_of
from miniorm.fields.interface import FieldInterface
from miniorm.fields.validation import FieldValidation, messages_of, validators_of
from miniorm.registering import RegisterLookupMixin
from miniorm.suggest import did_you_mean

ModelClass = Any


class NOT_PROVIDED:  # noqa: N801 (Django's name)
    """Stands for "no default", since None may be one."""


@total_ordering
class Field(FieldValidation, RegisterLookupMixin, FieldInterface):
    """What all fields share. A subclass says its type and how to make a value of it."""

    empty_strings_allowed = True
    is_ours = True  # a class of miniorm's own, and so what it takes is known here
    is_relation = False
    many_to_one = one_to_many = one_to_one = many_to_many = False
    auto_created = False  # written by no one: `id`, the link to a parent
    hidden = False
    generated = False  # the database computes it, and nobody else writes it
    remote_field: Any = None
    type_name = "value"  # what a message calls what was expected

    # Fields are created in the order of the class body, which is the order of the columns.
    creation_counter = 0

    name: str
    attname: str
    column: str
    model: ModelClass

    def __init__(
        self,
        verbose_name: str | None = None,
        name: str | None = None,
        primary_key: bool = False,
        max_length: int | None = None,
        unique: bool = False,
        blank: bool = False,
        null: bool = False,
        db_index: bool = False,
        default: Any = NOT_PROVIDED,
        editable: bool = True,
        serialize: bool = True,
        unique_for_date: str | None = None,
        unique_for_month: str | None = None,
        unique_for_year: str | None = None,
        choices: Any = None,
        help_text: str = "",
        db_column: str | None = None,
        db_tablespace: str | None = None,
        auto_created: bool = False,
        validators: Iterable[Callable[[Any], None]] = (),
        error_messages: dict[str, str] | None = None,
        db_comment: str | None = None,
        db_default: Any = NOT_PROVIDED,
        **unknown: Any,
    ) -> None:
        if unknown:
            raise _unknown_option(type(self), next(iter(unknown)))
        self.verbose_name = verbose_name
        self.primary_key = primary_key
        self.max_length = max_length
        self._unique = unique
        self.blank = blank
        self.null = null
        self.db_index = db_index
        self.default = default
        self.editable = editable
        self.serialize = serialize
        self.unique_for_date = unique_for_date
        self.unique_for_month = unique_for_month
        self.unique_for_year = unique_for_year
        self.given_choices = choices_of.normalized(choices)
        self.help_text = help_text
        self.db_column = db_column
        self.db_tablespace = db_tablespace
        self.auto_created = auto_created
        self.given_validators = validators_of(type(self), validators)
        self.own_validators = list(self.given_validators)
        self.given_messages = error_messages
        kind: Any = type(self)
        self.error_messages = {**messages_of(kind), **(error_messages or {})}
        self.db_comment = db_comment
        self.db_default = db_default
        self.creation_counter = Field.creation_counter
        Field.creation_counter += 1

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls.is_ours = cls.__module__.startswith("miniorm.")

    def __repr__(self) -> str:
        kind = f"{type(self).__module__}.{type(self).__qualname__}"
        return f"<{kind}: {self.name}>" if hasattr(self, "name") else f"<{kind}>"

    def __str__(self) -> str:
        return f"{self.model._meta.label}.{self.name}"

    def __lt__(self, other: "Field") -> bool:
        return self.creation_counter < other.creation_counter

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self) >> 4

    def __reduce__(self) -> Any:
        """A field is pickled as its place in a model: it is one object in every process."""
        if not hasattr(self, "model"):
            return copyreg.__newobj__, (type(self),), self.__dict__  # type: ignore[attr-defined]
        return _field_of, (self.model, self.name)

    def __copy__(self) -> "Field":
        twin = object.__new__(type(self))
        twin.__dict__.update(self.__dict__)
        return twin

    def __deepcopy__(self, memo: Any) -> "Field":
        return self.clone()

    def clone(self) -> "Field":
        """A copy for another model: the fields of an abstract base are given to each heir."""
        twin = copy.copy(self)
        twin.remote_field = copy.copy(self.remote_field)
        if twin.remote_field is not None:
            twin.remote_field.field = twin
        return twin

    # --- its place in the model -------------------------------------------------------

    def contribute_to_class(self, cls: ModelClass, name: str, private_only: bool = False) -> None:
        """Become the field `name` of a model; called by the metaclass."""
        if "__" in name or name.endswith("_") or name == "pk":
            raise FieldError(
                f"A field of {cls.__name__} is called {name!r}; a name may not hold '__' (it "
                "separates the steps of a lookup), end in '_' or be 'pk'."
            )
        if not name.isidentifier() or iskeyword(name):  # generated code has it as a name
            raise FieldError(f"A field of {cls.__name__} is called {name!r}: no name in Python.")
        self.name = name
        self.attname = self.get_attname()
        self.column = self.db_column or self.attname
        if self.verbose_name is None:
            self.verbose_name = name.replace("_", " ")
        self.model = cls
        cls._meta.add_field(self)
        if self.given_choices and f"get_{name}_display" not in cls.__dict__:
            setattr(cls, f"get_{name}_display", choices_of.display_method(self))

    def get_attname(self) -> str:
        """The attribute that holds the column's value."""
        return self.name

    @property
    def unique(self) -> bool:
        return self._unique or self.primary_key

    @property
    def concrete(self) -> bool:
        return True

    def deconstruct(self) -> tuple[str | None, str, list[Any], dict[str, Any]]:
        """(name, path, args, kwargs): what makes this field anew; a migration writes it."""
        return deconstruct_field(self)

    # --- its column -------------------------------------------------------------------

    def get_internal_type(self) -> str:
        """The name under which back ends know the type: of the nearest class that is ours."""
        kind: Any = type(self)
        return _internal_type(kind)

    def db_type(self, connection: Any) -> str | None:
        """The column's type in this database: "varchar(200)"."""
        internal_type = self.get_internal_type()
        try:
            return str(connection.data_types[internal_type] % self.__dict__)
        except KeyError:
            raise FieldError(
                f"The database {connection.alias!r} has no type for a {internal_type}; a field "
                "class of your own says its get_internal_type() or its db_type()."
            ) from None

    # --- values -----------------------------------------------------------------------

    def has_default(self) -> bool:
        return self.default is not NOT_PROVIDED

    def has_db_default(self) -> bool:
        return self.db_default is not NOT_PROVIDED

    def get_default(self) -> Any:
        """What a new instance has here when nothing is given."""
        if self.default is not NOT_PROVIDED:
            return self.default() if callable(self.default) else self.default
        if self.has_db_default():
            from miniorm.expressions import DatabaseDefault

            return DatabaseDefault(self.db_default, self)
        # An empty string is the empty value of text, so that there are not two of them.
        return "" if self.empty_strings_allowed and not self.null else None

    def to_python(self, value: Any) -> Any:
        """The Python value of what a person gave; raises ValidationError."""
        return value

    def get_prep_value(self, value: Any) -> Any:
        """A Python value as a parameter; raises ValueError or TypeError naming the field."""
        return value

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        """The parameter in the form that this database's driver takes."""
        return value if prepared else self.get_prep_value(value)

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        """The parameter for writing the column."""
        return self.get_db_prep_value(value, connection)

    def converter(self, connection: Any) -> Callable[[Any], Any] | None:
        """What makes a Python value of the driver's (never of None); None: nothing to do.

        A field class of your own may have `from_db_value(value, expression, connection)`,
        which gets None as well.
        """
        first: Callable[[Any], Any] | None = connection.ops.get_db_converter(
            self.get_internal_type(), getattr(self, "decimal_places", None)
        )
        return FromDatabase(self, first, connection) if hasattr(self, "from_db_value") else first

    def pre_save(self, instance: Any, add: bool) -> Any:
        """The value to write, which a field may decide just now (auto_now)."""
        return getattr(instance, self.attname)

    def refuse(self, value: Any) -> ValueError:
        """The error for a value that cannot be a parameter of this field."""
        name = getattr(self, "name", "?")
        return ValueError(f"Field {name!r} expected {self.type_name} but got {value!r}.")


def _field_of(model: ModelClass, name: str) -> Any:
    return model._meta.get_field(name)


class FromDatabase:
    """What a driver gave, made Python by the database's converter and `from_db_value`."""

    takes_null = True

    def __init__(self, field: Any, first: Callable[[Any], Any] | None, connection: Any) -> None:
        from miniorm.expressions import Col

        self.last = field.from_db_value
        self.expression = Col((), field)
        self.first = first
        self.connection = connection

    def __call__(self, value: Any) -> Any:
        if value is not None and self.first is not None:
            value = self.first(value)
        return self.last(value, self.expression, self.connection)


@lru_cache(maxsize=512)
def _internal_type(cls: Any) -> str:
    nearest = next(each for each in cls.__mro__ if each.__module__.startswith("miniorm."))
    return str((cls if nearest is Field else nearest).__name__)


def _unknown_option(cls: Any, name: str) -> TypeError:
    known = parameters(cls)
    return TypeError(
        f"{cls.__name__} got an unknown option {name!r}; it has {', '.join(known)}."
        f"{did_you_mean(name, known)}"
    )
