"""Functions for `Window()` alone: the shelf of step 6.

In Django: `django.db.models.functions.window`.
"""

from typing import Any

from miniorm import fields
from miniorm.expressions import Func, Value


class _OfWindow(Func):
    window_compatible = True


class _Place(_OfWindow):
    """A whole number for each row."""

    _output_field: Any = fields.IntegerField()

    def may_be_null(self) -> bool:
        return False


class _Share(_Place):
    """A number from 0 to 1 for each row."""

    _output_field = fields.FloatField()


class RowNumber(_Place):
    function, arity = "ROW_NUMBER", 0


class Rank(_Place):
    """The place in the order; after two firsts comes a third."""

    function, arity = "RANK", 0


class DenseRank(_Place):
    """The place in the order; after two firsts comes a second."""

    function, arity = "DENSE_RANK", 0


class PercentRank(_Share):
    function, arity = "PERCENT_RANK", 0


class CumeDist(_Share):
    function, arity = "CUME_DIST", 0


class Ntile(_Place):
    """In which of so many groups of the same size the row is."""

    function = "NTILE"

    def __init__(self, num_buckets: int = 1, **extra: Any) -> None:
        if num_buckets <= 0:
            raise ValueError("num_buckets must be greater than 0.")
        super().__init__(Value(num_buckets), **extra)


class _OfAnotherRow(_OfWindow):
    """An expression of another row of the window."""

    def _resolve_output_field(self) -> fields.Field | None:
        return self.sources[0].output_field  # type: ignore[no-any-return]


class FirstValue(_OfAnotherRow):
    function, arity = "FIRST_VALUE", 1


class LastValue(_OfAnotherRow):
    function, arity = "LAST_VALUE", 1


class NthValue(_OfAnotherRow):
    function = "NTH_VALUE"

    def __init__(self, expression: Any, nth: int = 1, **extra: Any) -> None:
        if expression is None:
            raise ValueError("NthValue requires a non-null source expression.")
        if nth is None or nth <= 0:
            raise ValueError("NthValue requires a positive integer as for nth.")
        super().__init__(expression, Value(nth), **extra)


class Lag(_OfAnotherRow):
    """Of the row so many before; `default` where there is none."""

    function = "LAG"

    def __init__(self, expression: Any, offset: int = 1, default: Any = None, **extra: Any) -> None:
        name = type(self).__name__
        if expression is None:
            raise ValueError(f"{name} requires a non-null source expression.")
        if offset is None or offset <= 0:
            raise ValueError(f"{name} requires a positive integer for the offset.")
        more = [] if default is None else [default]
        super().__init__(expression, Value(offset), *more, **extra)


class Lead(Lag):
    """Of the row so many after."""

    function = "LEAD"
