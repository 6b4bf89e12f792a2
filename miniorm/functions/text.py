"""Functions of text: the shelf of step 6.

In Django: `django.db.models.functions.text`.
"""

from typing import Any

from miniorm import fields
from miniorm.expressions import SQL, Func, Value
from miniorm.lookups import Transform

SPACE, NOTHING = Value(" "), Value("")


class _Named(Func):
    """A function whose name on SQLite is another."""

    sqlite: str

    def as_sqlite(self, compiler: Any, connection: Any) -> SQL:
        return self.as_sql(compiler, connection, function=self.sqlite)


class Chr(_Named, Transform):
    """The character of that number."""

    lookup_name, function, sqlite = "chr", "CHR", "CHAR"
    _output_field = fields.TextField()


class ConcatPair(Func):
    """Two texts in one; NULL counts as an empty one."""

    function = "CONCAT"

    def as_sql(self, compiler: Any, connection: Any, **extra: Any) -> SQL:
        cast = "::text" if connection.vendor == "postgresql" else ""
        parts = [compiler.compile(each) for each in self.sources]
        sql = " || ".join(f"COALESCE({part}{cast}, '')" for part, _ in parts)
        return f"({sql})", [param for _, params in parts for param in params]

    def may_be_null(self) -> bool:
        return False


class Concat(ConcatPair):
    """Several texts in one."""

    def __init__(self, *expressions: Any, **extra: Any) -> None:
        if len(expressions) < 2:
            raise ValueError("Concat must take at least two expressions")
        super().__init__(*expressions, **extra)


class Left(Func):
    """The first characters."""

    function, arity = "LEFT", 2
    _output_field = fields.TextField()

    def __init__(self, expression: Any, length: Any, **extra: Any) -> None:
        super().__init__(expression, _number("length", length, 1), **extra)

    def as_sqlite(self, compiler: Any, connection: Any) -> SQL:
        return self.as_sql(compiler, connection, function="SUBSTR", arg_joiner=", 1, ")


class Right(Left):
    """The last characters."""

    function = "RIGHT"

    def as_sqlite(self, compiler: Any, connection: Any) -> SQL:
        return self.as_sql(compiler, connection, function="SUBSTR", arg_joiner=", -")


class Length(Transform):
    """How many characters."""

    lookup_name, function = "length", "LENGTH"
    _output_field = fields.IntegerField()


class Lower(Transform):
    lookup_name, function = "lower", "LOWER"


class Upper(Transform):
    lookup_name, function = "upper", "UPPER"


class LPad(Func):
    """Filled up before the text to that length, or cut."""

    function = "LPAD"
    _output_field = fields.TextField()

    def __init__(
        self,
        expression: Any,
        length: Any,
        fill_text: Any = SPACE,
        **extra: Any,
    ) -> None:
        super().__init__(expression, _number("length", length, 0), fill_text, **extra)


class RPad(LPad):
    """Filled up after the text to that length, or cut."""

    function = "RPAD"


class LTrim(Transform):
    lookup_name, function = "ltrim", "LTRIM"


class RTrim(Transform):
    lookup_name, function = "rtrim", "RTRIM"


class Trim(Transform):
    lookup_name, function = "trim", "TRIM"


class Ord(_Named, Transform):
    """The number of the first character."""

    lookup_name, function, sqlite = "ord", "ASCII", "UNICODE"
    _output_field = fields.IntegerField()


class Repeat(Func):
    """The text so many times."""

    function = "REPEAT"
    _output_field = fields.TextField()

    def __init__(self, expression: Any, number: Any, **extra: Any) -> None:
        super().__init__(expression, _number("number", number, 0), **extra)


class Replace(Func):
    function = "REPLACE"

    def __init__(
        self,
        expression: Any,
        text: Any,
        replacement: Any = NOTHING,
        **extra: Any,
    ) -> None:
        super().__init__(expression, text, replacement, **extra)


class Reverse(Transform):
    lookup_name, function = "reverse", "REVERSE"


class StrIndex(_Named):
    """Where the second text is in the first, counted from 1; 0: nowhere."""

    function, sqlite, arity = "STRPOS", "INSTR", 2
    _output_field = fields.IntegerField()


class Substr(Func):
    """From that character on, counted from 1, so many."""

    function = "SUBSTR"
    _output_field = fields.TextField()

    def __init__(self, expression: Any, pos: Any, length: Any = None, **extra: Any) -> None:
        more = [] if length is None else [length]
        super().__init__(expression, _number("pos", pos, 1), *more, **extra)


def _number(name: str, value: Any, least: int) -> Any:
    if isinstance(value, int) and value < least:
        raise ValueError(f"{name!r} must be greater than {least - 1}.")
    return value


# --- digests, in hexadecimal ----------------------------------------------------------------


class MD5(Transform):
    lookup_name, function = "md5", "MD5"
    _output_field = fields.TextField()


class _SHA(Transform):
    _output_field = fields.TextField()

    def as_postgresql(self, compiler: Any, connection: Any) -> SQL:
        template = "ENCODE(%(function)s(CONVERT_TO(%(expressions)s, 'UTF8')), 'hex')"
        return self.as_sql(compiler, connection, template=template)


class SHA1(_SHA):
    """On PostgreSQL it needs the extension pgcrypto."""

    lookup_name, function = "sha1", "SHA1"

    def as_postgresql(self, compiler: Any, connection: Any) -> SQL:
        template = "ENCODE(DIGEST(%(expressions)s, 'sha1'), 'hex')"
        return self.as_sql(compiler, connection, template=template)


class SHA224(_SHA):
    lookup_name, function = "sha224", "SHA224"


class SHA256(_SHA):
    lookup_name, function = "sha256", "SHA256"


class SHA384(_SHA):
    lookup_name, function = "sha384", "SHA384"


class SHA512(_SHA):
    lookup_name, function = "sha512", "SHA512"
