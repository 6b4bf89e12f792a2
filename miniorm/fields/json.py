"""Into JSON: the keys that a query names, and the lookups of what is found there.

Beside step 6. `filter(data__owner__name="Max")` goes along a path of keys (and of numbers,
for lists) into the document. What is there is JSON again, and compared as PostgreSQL does:
{"a": 1, "b": 2} in any order of keys, 1 like 1.0, and null < text < number < boolean < list <
dictionary. SQLite calls Python for that (`backends/sqlite3_json`).

Django's page "Querying JSONField"; PostgreSQL's manual, "JSON Functions and Operators". In
Django: `django.db.models.fields.json`.
"""

import json
from typing import Any

from miniorm import textlookups
from miniorm.errors import NotSupportedError
from miniorm.expressions import SQL, F
from miniorm.fields.data import JSONField
from miniorm.fields.text import TextField
from miniorm.listlookups import In, Range
from miniorm.lookups import (
    Exact,
    GreaterThan,
    GreaterThanOrEqual,
    LessThan,
    LessThanOrEqual,
    Lookup,
    Transform,
    register,
)

__all__ = ["KT", "JSONField", "KeyTextTransform", "KeyTransform"]


class KeyTransform(Transform):
    """What a document has under a key: `KeyTransform("owner", "data")`, or `data__owner`."""

    operator, function, collation = "#>", "JSON_AT", " COLLATE JSON"
    _output_field = JSONField()

    def __init__(self, key_name: Any, expression: Any, **options: Any) -> None:
        super().__init__(expression)
        self.key_name = str(key_name)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.key_name!r}, {self.sources[0]!r})"

    @classmethod
    def from_lookup(cls, lookup: str) -> "KeyTransform":
        """The transform that a name says: "data__owner__name"."""
        found, *keys = lookup.split("__")
        if not keys:
            raise ValueError("Lookup must contain key or index transforms.")
        for key in keys:
            found = cls(key, found)  # type: ignore[assignment]
        return found  # type: ignore[return-value]

    @property
    def document(self) -> Any:
        """The column (or what else holds the whole document)."""
        source = self.sources[0]
        return source.document if isinstance(source, KeyTransform) else source

    @property
    def keys(self) -> list[str]:
        """The way from the document to here."""
        source = self.sources[0]
        return [*(source.keys if isinstance(source, KeyTransform) else ()), self.key_name]

    def as_postgresql(self, compiler: Any, connection: Any) -> SQL:
        sql, params = compiler.compile(self.document)
        return f"({sql} {self.operator} %s)", [*params, self.keys]

    def as_sqlite(self, compiler: Any, connection: Any) -> SQL:
        sql, params = compiler.compile(self.document)
        return f"{self.function}({sql}, %s){self.collation}", [*params, json.dumps(self.keys)]

    def may_be_null(self) -> bool:
        return True  # the key may be missing

    def get_lookup(self, name: str) -> Any:
        return KEY_LOOKUPS.get(name) or super().get_lookup(name)

    def deconstruct(self) -> Any:
        source = self.sources[0]
        return (
            f"miniorm.fields.json.{type(self).__name__}",
            [self.key_name, source.name if isinstance(source, F) else source],
            {},
        )


class KeyTextTransform(KeyTransform):
    """The same as text: a JSON text without its quotes, null as NULL."""

    operator, function, collation = "#>>", "JSON_TEXT_AT", ""
    _output_field = TextField()  # type: ignore[assignment]

    def get_lookup(self, name: str) -> Any:
        return self.output_field.get_lookup(name)


KT = KeyTextTransform.from_lookup


# --- comparisons ------------------------------------------------------------------------


class _OfJSON(Lookup):
    """A comparison with a value that becomes JSON; on SQLite by PostgreSQL's order of it."""

    def process_lhs(self, compiler: Any, connection: Any, lhs: Any = None) -> SQL:
        sql, params = super().process_lhs(compiler, connection)
        return (f"{sql} COLLATE JSON" if connection.vendor == "sqlite" else sql), params

    def lies_between(self, value: Any) -> bool:
        return False


class _Comparison(_OfJSON):
    operator: str

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        lhs, params = self.process_lhs(compiler, connection)
        rhs, more = self.process_rhs(compiler, connection)
        return f"{lhs} {self.operator} {rhs}", [*params, *more]


@register(JSONField)
class JSONGreaterThan(_Comparison, GreaterThan):
    """In PostgreSQL's order, as the three that follow."""


@register(JSONField)
class JSONGreaterThanOrEqual(_Comparison, GreaterThanOrEqual): ...


@register(JSONField)
class JSONLessThan(_Comparison, LessThan): ...


@register(JSONField)
class JSONLessThanOrEqual(_Comparison, LessThanOrEqual): ...


@register(JSONField)
class JSONExact(_Comparison, Exact):
    can_use_none_as_rhs = True  # JSON's null


@register(JSONField)
class JSONIn(_OfJSON, In):
    def get_prep_lookup(self) -> Any:
        if not isinstance(self.rhs, list | tuple):
            return super().get_prep_lookup()
        return [value for value in self.rhs if value is not None]


@register(JSONField)
class JSONRange(_OfJSON, Range):
    def get_prep_lookup(self) -> Any:
        low, high = self.rhs
        return low, high

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        lhs, params = self.process_lhs(compiler, connection)
        field = self.lhs.output_field
        pair = [field.get_db_prep_value(each, connection) for each in self.rhs]
        return f"{lhs} BETWEEN %s AND %s", [*params, *pair]


def _of_text(lookup: Any) -> Any:
    """A lookup of text, for the text under a key."""

    class OfText(lookup):  # type: ignore[misc]
        def __init__(self, lhs: Any, rhs: Any) -> None:
            super().__init__(KeyTextTransform(lhs.key_name, lhs.sources[0]), rhs)

    OfText.__name__ = OfText.__qualname__ = f"KeyTransform{lookup.__name__}"
    globals()[OfText.__name__] = OfText  # where pickle looks for it
    return OfText


# Not `contains`: of JSON that is containment.
KEY_LOOKUPS = {
    lookup.lookup_name: _of_text(lookup)
    for lookup in (
        textlookups.IExact, textlookups.IContains, textlookups.StartsWith,
        textlookups.IStartsWith, textlookups.EndsWith, textlookups.IEndsWith,
        textlookups.Regex, textlookups.IRegex,
    )
}  # fmt: skip


# --- what is inside ---------------------------------------------------------------------


class _Containment(Lookup):
    """Whether one document has all that the other has. PostgreSQL only."""

    operator: str

    def as_postgresql(self, compiler: Any, connection: Any) -> SQL:
        lhs, params = self.process_lhs(compiler, connection)
        rhs, more = self.process_rhs(compiler, connection)
        return f"{lhs} {self.operator} {rhs}", [*params, *more]

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        raise NotSupportedError(
            f"{self.lookup_name} lookup is not supported on this database backend: "
            f"{connection.display_name} has no containment of JSON. Compare keys, as in "
            "data__key=value."
        )


@register(JSONField)
class DataContains(_Containment):
    lookup_name, operator = "contains", "@>"


@register(JSONField)
class ContainedBy(_Containment):
    lookup_name, operator = "contained_by", "<@"


@register(JSONField)
class HasKey(Lookup):
    """A dictionary has the key, or a list the text."""

    lookup_name, operator = "has_key", "?"
    connector = " AND "
    prepare_rhs = False

    def get_prep_lookup(self) -> Any:
        return str(self.rhs)

    def wanted(self) -> list[str]:
        return [self.rhs]

    def as_postgresql(self, compiler: Any, connection: Any) -> SQL:
        lhs, params = self.process_lhs(compiler, connection)
        return f"{lhs} {self.operator} %s", [*params, self.rhs]

    def as_sqlite(self, compiler: Any, connection: Any) -> SQL:
        lhs, params = self.process_lhs(compiler, connection)
        wanted = self.wanted()
        if not wanted:
            return (f"{lhs} IS NOT NULL", params) if self.connector == " AND " else ("1 = 0", [])
        tests = self.connector.join([f"JSON_HAS({lhs}, %s)"] * len(wanted))
        return f"({tests})", [each for key in wanted for each in (*params, key)]


@register(JSONField)
class HasKeys(HasKey):
    """All of the keys."""

    lookup_name, operator = "has_keys", "?&"

    def get_prep_lookup(self) -> Any:
        return [str(key) for key in self.rhs]

    def wanted(self) -> list[str]:
        return self.rhs  # type: ignore[no-any-return]


@register(JSONField)
class HasAnyKeys(HasKeys):
    """One of the keys at least."""

    lookup_name, operator = "has_any_keys", "?|"
    connector = " OR "
