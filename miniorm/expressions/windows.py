"""Windows: a value made of the rows around a row, which stays a row of its own.

Step 6 of the trip. `Window(Sum("votes"), partition_by="question", order_by="pk")` is for each
choice the votes of the choices of its question up to it.

The SQL standard's window functions; Django's page "Query Expressions".
In Django: `django.db.models.expressions` (Window, WindowFrame).
"""

from enum import Enum
from typing import Any

from miniorm import fields
from miniorm.errors import NotSupportedError
from miniorm.expressions.base import SQL, Expression, as_reference
from miniorm.expressions.ordering import OrderBy


class Window(Expression):
    """An aggregate or a window function over the rows of a partition."""

    contains_aggregate = False
    contains_over_clause = True
    template = "%(expression)s OVER (%(window)s)"

    def __init__(
        self,
        expression: Any,
        partition_by: Any = None,
        order_by: Any = None,
        frame: Any = None,
        output_field: Any = None,
    ) -> None:
        if not getattr(expression, "window_compatible", False):
            raise ValueError(
                f"Expression '{type(expression).__name__}' isn't compatible with OVER clauses."
            )
        super().__init__(output_field)
        parts = [as_reference(each) for each in _several(partition_by)]
        self.partition_by = len(parts)  # how many of the sources that is
        ordering = [_ordered(each) for each in _several(order_by, "order_by")]
        self.frame = frame
        self.sources = (expression, *parts, *ordering)

    @property
    def source_expression(self) -> Any:
        return self.sources[0]

    def as_sql(self, compiler: Any, connection: Any, template: str | None = None) -> SQL:
        expression, params = compiler.compile(self.sources[0])
        partition, ordering = self._parts()
        words = []
        for keyword, some in (("PARTITION BY", partition), ("ORDER BY", ordering)):
            if some:
                sql, more = compiler.compile_list(some)
                words.append(f"{keyword} {sql}")
                params = [*params, *more]
        if self.frame is not None:
            words.append(compiler.compile(self.frame)[0])
        context = {"expression": expression, "window": " ".join(words)}
        return (template or self.template) % context, params

    def _parts(self) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        rest = self.sources[1:]
        return rest[: self.partition_by], rest[self.partition_by :]

    def get_group_by_cols(self) -> list[Any]:
        return [column for each in self.sources[1:] for column in each.get_group_by_cols()]

    def may_be_null(self) -> bool:
        return True

    def _resolve_output_field(self) -> fields.Field | None:
        return self.sources[0].output_field  # type: ignore[no-any-return]


def _several(value: Any, name: str = "") -> Any:
    if value is None:
        return ()
    if name and not isinstance(value, list | tuple | str) and not hasattr(value, "asc"):
        raise ValueError(
            "Window.order_by must be either a string reference to a field, an expression, or a "
            "list or tuple of them."
        )
    return value if isinstance(value, list | tuple) else [value]


def _ordered(value: Any) -> OrderBy:
    if isinstance(value, str):
        return OrderBy(as_reference(value.lstrip("+-")), descending=value.startswith("-"))
    return value if isinstance(value, OrderBy) else OrderBy(value)


class WindowFrameExclusion(Enum):
    CURRENT_ROW = "CURRENT ROW"
    GROUP = "GROUP"
    TIES = "TIES"
    NO_OTHERS = "NO OTHERS"


class WindowFrame:
    """From how many before a row to how many after it; None: to the end."""

    frame_type: str

    def __init__(
        self,
        start: int | None = None,
        end: int | None = None,
        exclusion: WindowFrameExclusion | None = None,
    ) -> None:
        for name, value in (("start", start), ("end", end)):
            if value is not None and not isinstance(value, int):  # it is written into the SQL
                raise ValueError(f"{name} argument must be an integer or None, not {value!r}.")
        if None not in (start, end) and start > end:  # type: ignore[operator]
            raise ValueError("The start of a frame cannot come after its end.")
        if exclusion is not None and not isinstance(exclusion, WindowFrameExclusion):
            raise TypeError(f"{type(self).__name__}.exclusion must be a WindowFrameExclusion.")
        self.start, self.end, self.exclusion = start, end, exclusion

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self._sql()}>"

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((self.start, self.end, self.exclusion))

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        return self._sql(), []

    def _sql(self) -> str:
        start, end = _bound(self.start, "PRECEDING"), _bound(self.end, "FOLLOWING")
        without = f" EXCLUDE {self.exclusion.value}" if self.exclusion else ""
        return f"{self.frame_type} BETWEEN {start} AND {end}{without}"


def _bound(rows: int | None, open_end: str) -> str:
    if rows is None:
        return f"UNBOUNDED {open_end}"
    if rows == 0:
        return "CURRENT ROW"
    return f"{abs(rows)} {'PRECEDING' if rows < 0 else 'FOLLOWING'}"


class RowRange(WindowFrame):
    """A frame counted in rows."""

    frame_type = "ROWS"


class ValueRange(WindowFrame):
    """A frame of the rows whose value is so near."""

    frame_type = "RANGE"

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        if self.start or self.end:
            raise NotSupportedError(
                "A ValueRange goes from the beginning or to the end, or stops at the current row."
            )
        return super().as_sql(compiler, connection)
