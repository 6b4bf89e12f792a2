"""Constraints: what the database demands of every row, said in a model's Meta.

Before the trip, when tables are made; and `full_clean()` asks them, so that a person hears
what is wrong before the database refuses:

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["room", "day"], name="once_a_day"),
            models.CheckConstraint(condition=Q(votes__gte=0), name="no_negative_votes"),
        ]

Django's page "Constraints reference"; in Django: `django.db.models.constraints`.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from miniorm.configuration import DEFAULT_ALIAS
from miniorm.deconstruction import Parts, path_of
from miniorm.errors import ValidationError
from miniorm.indexes import Named, as_expression, check_list, said

ModelClass = Any


class BaseConstraint(Named):
    """What the database demands of every row, under a name."""

    default_violation_error_message = "Constraint “%(name)s” is violated."

    def __init__(
        self,
        *,
        name: str,
        violation_error_code: str | None = None,
        violation_error_message: str | None = None,
    ) -> None:
        if not name:
            raise ValueError(f"A {type(self).__name__} must be named.")
        self.name: str = name
        self.violation_error_code = violation_error_code
        self.violation_error_message = violation_error_message

    def get_violation_error_message(self) -> str:
        message = self.violation_error_message or self.default_violation_error_message
        return message % {"name": self.name}

    def violation(self) -> ValidationError:
        return ValidationError(self.get_violation_error_message(), code=self.violation_error_code)

    def constraint_sql(self, model: ModelClass, editor: Any) -> str | None:
        """Its line in CREATE TABLE; None: it is made by a statement of its own."""
        raise NotImplementedError

    def create_sql(self, model: ModelClass, editor: Any) -> str:
        table = editor.quote(model._meta.db_table)
        return f"ALTER TABLE {table} ADD {self.constraint_sql(model, editor)}"

    def remove_sql(self, model: ModelClass, editor: Any) -> str:
        table = editor.quote(model._meta.db_table)
        return f"ALTER TABLE {table} DROP CONSTRAINT {editor.quote(self.name)}"

    def validate(
        self, model: ModelClass, instance: Any, exclude: Any = None, using: str = DEFAULT_ALIAS
    ) -> None:
        """Raises ValidationError where this instance, saved, would violate the constraint."""
        raise NotImplementedError


class CheckConstraint(BaseConstraint):
    """A condition that is true, or unknown, of every row."""

    def __init__(self, *, condition: Any, name: str, **messages: Any) -> None:
        if not hasattr(condition, "resolve_expression") and not hasattr(condition, "connector"):
            raise TypeError("CheckConstraint.condition must be a Q instance or a condition.")
        super().__init__(name=name, **messages)
        self.condition = condition

    def deconstruct(self) -> Parts:
        options = ("condition", "name", "violation_error_code", "violation_error_message")
        return path_of(type(self)), [], said(self, *options)

    def constraint_sql(self, model: ModelClass, editor: Any) -> str:
        condition = editor.definition_sql(model, self.condition)
        return f"CONSTRAINT {editor.quote(self.name)} CHECK ({condition})"

    def validate(
        self, model: ModelClass, instance: Any, exclude: Any = None, using: str = DEFAULT_ALIAS
    ) -> None:
        if _names(self.condition) & set(exclude or ()):
            return
        if not holds(self.condition, instance, using):
            raise self.violation()


class UniqueConstraint(BaseConstraint):
    """No two rows (of those for which `condition` is true) have the same in these."""

    def __init__(
        self,
        *expressions: Any,
        fields: Sequence[str] = (),
        name: str,
        condition: Any = None,
        deferrable: Any = None,
        include: Sequence[str] | None = None,
        opclasses: Sequence[str] = (),
        nulls_distinct: bool | None = None,
        **messages: Any,
    ) -> None:
        super().__init__(name=name, **messages)
        check_list("UniqueConstraint", "fields", fields)
        if not expressions and not fields:
            raise ValueError(
                "At least one field or expression is required to define a unique constraint."
            )
        if expressions and fields:
            raise ValueError("UniqueConstraint.fields and expressions are mutually exclusive.")
        if deferrable and (condition is not None or include or expressions or opclasses):
            raise ValueError(
                "A deferrable UniqueConstraint has no condition, include, opclasses or expressions."
            )
        self.expressions = tuple(as_expression(each) for each in expressions)
        self.fields = tuple(fields)
        self.condition = condition
        self.deferrable = deferrable
        self.include = tuple(include or ())
        self.opclasses = tuple(opclasses)
        self.nulls_distinct = nulls_distinct

    def deconstruct(self) -> Parts:
        return path_of(type(self)), list(self.expressions), said(
            self, "fields", "name", "condition", "deferrable", "include", "opclasses",
            "nulls_distinct", "violation_error_code", "violation_error_message",
        )  # fmt: skip

    @property
    def is_index(self) -> bool:
        """SQL has no such constraint, but a unique index does the same."""
        special = self.condition is not None or self.include or self.opclasses
        return bool(self.expressions or special)

    def constraint_sql(self, model: ModelClass, editor: Any) -> str | None:
        if self.is_index:
            return None
        columns = ", ".join(
            editor.quote(model._meta.get_field(each).column) for each in self.fields
        )
        nulls = editor.nulls_sql(self.nulls_distinct)
        when = f" {_DEFERRABLE[str(self.deferrable)]}" if self.deferrable else ""
        return f"CONSTRAINT {editor.quote(self.name)} UNIQUE{nulls} ({columns}){when}"

    def create_sql(self, model: ModelClass, editor: Any) -> str:
        if self.is_index:
            return str(editor.create_index_sql(model, self, unique=True))
        return super().create_sql(model, editor)

    def remove_sql(self, model: ModelClass, editor: Any) -> str:
        if self.is_index:
            return f"DROP INDEX {editor.quote(self.name)}"
        return super().remove_sql(model, editor)

    @property
    def fields_orders(self) -> list[tuple[str, str]]:
        return [(name, "") for name in self.fields]

    def validate(
        self, model: ModelClass, instance: Any, exclude: Any = None, using: str = DEFAULT_ALIAS
    ) -> None:
        used = {*self.fields, *_names(*self.expressions, self.condition)}
        if used & set(exclude or ()):
            return
        rows = self._same_rows(model, instance, using)
        if rows is None:
            return
        if not instance._state.adding and instance.pk is not None:
            rows = rows.exclude(pk=instance.pk)
        if self.condition is not None:
            if not holds(self.condition, instance, using, unknown=False):
                return
            rows = rows.filter(self.condition)
        if rows.exists():
            raise self._violation(model, instance)

    def _same_rows(self, model: ModelClass, instance: Any, using: str) -> Any:
        """The rows that have the same as the instance; None where NULL makes it unlike any."""
        from miniorm.lookups import Exact
        from miniorm.query import Query, Scope

        rows = model._default_manager.using(using)
        for name in self.fields:
            value = getattr(instance, model._meta.get_field(name).attname)
            if value is None and self.nulls_distinct is not False:
                return None
            rows = rows.filter(**{f"{name}__isnull": True} if value is None else {name: value})
        given = Query(model, annotations=_values(instance))
        for expression in self.expressions:
            plain = expression.sources[0] if hasattr(expression, "descending") else expression
            rows = rows.filter(Exact(plain, plain.resolve_expression(Scope(given))))
        return rows

    def _violation(self, model: ModelClass, instance: Any) -> ValidationError:
        plain = bool(self.fields) and self.condition is None
        explain = getattr(instance, "unique_error_message", None)
        own = self.violation_error_message or self.violation_error_code
        if not plain or own or explain is None:
            return self.violation()
        found: ValidationError = explain(model, self.fields)
        if len(self.fields) == 1:
            return ValidationError({self.fields[0]: found})
        return found


class Deferrable:
    """When a unique constraint is looked at: at once, or as the transaction ends."""

    DEFERRED = "deferred"
    IMMEDIATE = "immediate"


_DEFERRABLE = {
    "deferred": "DEFERRABLE INITIALLY DEFERRED",
    "immediate": "DEFERRABLE INITIALLY IMMEDIATE",
}


# --- asking a condition about an instance that is not saved ------------------------------


def holds(condition: Any, instance: Any, using: str, unknown: bool = True) -> bool:
    """Whether the condition is true of the instance; `unknown` is the answer for NULL.

    The database is asked, with the values in place of the columns, since it decides in the end.
    """
    from miniorm.compiler import Compiler
    from miniorm.conditions import resolve
    from miniorm.connections import connections
    from miniorm.query import Query, Scope

    query = Query(type(instance), annotations=_values(instance))
    connection = connections[using]
    resolved = resolve(condition, Scope(query))
    sql, params = Compiler(query, connection).compile(resolved)
    (found,) = connection.execute(f"SELECT {sql}", params).fetchone()
    return unknown if found is None else bool(found)


def _values(instance: Any) -> tuple[tuple[str, Any], ...]:
    """The instance's values under every name that a condition may use."""
    from miniorm.expressions import Typed, Value

    meta, found = instance._meta, []
    for field in meta.concrete_fields:
        value = getattr(instance, field.attname)
        target = field
        while target.is_relation:
            target = target.target_field
        expression = (
            value
            if hasattr(value, "resolve_expression")
            else Typed(Value(value, target), output_field=target)
        )
        found += [(name, expression) for name in {field.name, field.attname}]
        if field is meta.pk:
            found.append(("pk", expression))
    return tuple(found)


def _names(*conditions: Any) -> set[str]:
    """The fields that conditions and expressions speak of."""
    return {name.partition("__")[0] for each in conditions for name in _referenced(each)}


def _referenced(condition: Any) -> Iterator[str]:
    if isinstance(condition, tuple):
        yield condition[0]
        yield from _referenced(condition[1])
    elif hasattr(condition, "connector") and hasattr(condition, "children"):
        for child in condition.children:
            yield from _referenced(child)
    elif type(condition).__name__ in ("F", "OuterRef"):
        yield condition.name
    else:
        for source in getattr(condition, "sources", ()):
            yield from _referenced(source)
