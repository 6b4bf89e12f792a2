"""Functions that make JSON of columns: the shelf of step 6.

In Django: `django.db.models.functions.json`.
"""

from typing import Any

from miniorm import fields
from miniorm.expressions import SQL, Expression, Func, Value
from miniorm.expressions.base import output_field_of


class _Part(Expression):
    """A value as JSON takes it: SQLite has no booleans, and text for JSON."""

    def __init__(self, expression: Any) -> None:
        self.sources = (expression,)

    def as_sqlite(self, compiler: Any, connection: Any) -> SQL:
        sql, params = compiler.compile(self.sources[0])
        field = output_field_of(self.sources[0])
        if isinstance(field, fields.BooleanField):
            return f"JSON(CASE {sql} WHEN 1 THEN 'true' WHEN 0 THEN 'false' END)", params
        return (f"JSON({sql})" if isinstance(field, fields.JSONField) else sql), params

    def as_postgresql(self, compiler: Any, connection: Any) -> SQL:
        sql, params = compiler.compile(self.sources[0])
        source = self.sources[0]
        is_text = isinstance(source, Value) and isinstance(source.value, str)
        return (f"{sql}::text" if is_text else sql), params


class JSONArray(Func):
    """A list of these: `JSONArray("title", F("pages") * 2)`."""

    function = "JSON_ARRAY"
    _output_field = fields.JSONField()

    def resolve_expression(self, *args: Any, **kwargs: Any) -> Any:
        twin = super().resolve_expression(*args, **kwargs)
        return twin.with_sources(
            each if isinstance(each, _Part) else _Part(each) for each in twin.sources
        )

    def as_postgresql(self, compiler: Any, connection: Any) -> SQL:
        function = self.function.replace("JSON_", "JSONB_BUILD_")
        return self.as_sql(compiler, connection, function=function)

    def may_be_null(self) -> bool:
        return False


class JSONObject(JSONArray):
    """A dictionary of these: `JSONObject(name="title", length=F("pages"))`."""

    function = "JSON_OBJECT"

    def __init__(self, **fields: Any) -> None:
        super().__init__(*(each for name, value in fields.items() for each in (Value(name), value)))
