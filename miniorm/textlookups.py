"""Lookups in a text: contains, startswith, regex, and their kin that ignore case.

Step 6 of the trip. The databases disagree about what LIKE does with "A" and "a", and about
letters beyond ASCII. Here the answer is the same on both, PostgreSQL's: "contains" knows
upper from lower case, "icontains" does not, in every alphabet. What is looked for is taken
literally: a "%" in it is a percent sign.

Django's page "Field lookups"; in Django: `django.db.models.lookups`, with the `operators`
of each back end.
"""

from typing import Any

from miniorm import fields
from miniorm.expressions import SQL, Expression
from miniorm.lookups import Lookup, in_no_row, register


class TextLookup(Lookup):
    """Part of a text. `%(lhs)s` and `%(rhs)s` in the templates; `folded` ignores case."""

    prepare_rhs = False
    folded = False
    sqlite: str
    before, after = "", ""  # what LIKE puts around the value

    def get_prep_lookup(self) -> Any:
        return str(self.rhs)

    def _sides(self, compiler: Any, connection: Any) -> tuple[str, str, list[Any], list[Any]]:
        lhs, params = self.process_lhs(compiler, connection)
        rhs, more = self.process_rhs(compiler, connection)
        if connection.vendor == "postgresql":
            # An address as text would have its network with it: "192.0.2.1/32".
            is_address = isinstance(self.lhs.output_field, fields.GenericIPAddressField)
            lhs = f"HOST({lhs})" if is_address else f"{lhs}::text"
            rhs = f"{rhs}::text"
        elif isinstance(self.lhs.output_field, fields.UUIDField):
            lhs = f"UUID_TEXT({lhs})"
        if self.folded:
            lhs, rhs = f"LOWER({lhs})", f"LOWER({rhs})"
        return lhs, rhs, params, more

    def as_sqlite(self, compiler: Any, connection: Any) -> SQL:
        if in_no_row(self.rhs):
            return "1 = 0", []
        # LIKE of SQLite takes "a" for "A"; these compare exactly, and need no escapes.
        lhs, rhs, params, more = self._sides(compiler, connection)
        sql, all_params = "", []
        for piece in self.sqlite.split("|"):
            sql += {"lhs": lhs, "rhs": rhs}.get(piece, piece)
            all_params += {"lhs": params, "rhs": more}.get(piece, [])
        return sql, all_params

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        if in_no_row(self.rhs):
            return "1 = 0", []
        lhs, rhs, params, more = self._sides(compiler, connection)
        if isinstance(self.rhs, Expression):
            rhs = rf"REPLACE(REPLACE(REPLACE({rhs}, '\', '\\'), '%%', '\%%'), '_', '\_')"
            rhs = " || ".join(part for part in (self.before, rhs, self.after) if part)
        else:
            before, after = ("%" if part else "" for part in (self.before, self.after))
            more = [f"{before}{escaped(value)}{after}" for value in more]
        return f"{lhs} LIKE {rhs}", [*params, *more]


def escaped(text: str) -> str:
    """`text` for LIKE, with its own wildcards taken literally."""
    return text.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")


@register(fields.Field)
class Contains(TextLookup):
    lookup_name = "contains"
    sqlite = "INSTR(|lhs|, |rhs|) > 0"
    before = after = "'%%'"


@register(fields.Field)
class StartsWith(TextLookup):
    lookup_name = "startswith"
    sqlite = "SUBSTR(|lhs|, 1, LENGTH(|rhs|)) = |rhs"
    after = "'%%'"


@register(fields.Field)
class EndsWith(TextLookup):
    lookup_name = "endswith"
    sqlite = "SUBSTR(|lhs|, LENGTH(|lhs|) - LENGTH(|rhs|) + 1) = |rhs"
    before = "'%%'"


@register(fields.Field)
class IExact(TextLookup):
    lookup_name, folded = "iexact", True
    sqlite = "|lhs| = |rhs"


@register(fields.Field)
class IContains(Contains):
    lookup_name, folded = "icontains", True


@register(fields.Field)
class IStartsWith(StartsWith):
    lookup_name, folded = "istartswith", True


@register(fields.Field)
class IEndsWith(EndsWith):
    lookup_name, folded = "iendswith", True


@register(fields.Field)
class Regex(Lookup):
    """A regular expression is found in it: Python's on SQLite, PostgreSQL's own there."""

    lookup_name = "regex"
    prepare_rhs = False
    sqlite, postgresql = "{lhs} REGEXP {rhs}", "{lhs}::text ~ {rhs}"

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        if in_no_row(self.rhs):
            return "1 = 0", []
        lhs, params = self.process_lhs(compiler, connection)
        rhs, more = self.process_rhs(compiler, connection)
        template = self.sqlite if connection.vendor == "sqlite" else self.postgresql
        return template.format(lhs=lhs, rhs=rhs), [*params, *more]


@register(fields.Field)
class IRegex(Regex):
    lookup_name = "iregex"
    sqlite, postgresql = "{lhs} REGEXP ('(?i)' || {rhs})", "{lhs}::text ~* {rhs}"
