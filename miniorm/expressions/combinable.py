"""Python's operators on expressions, and F, the name of a column.

Step 6 of the trip. `F("votes") + 1` is no number but an expression that the database computes.

In Django: `django.db.models.expressions` (Combinable, F).
"""

from typing import Any


class Combinable:
    """Python's operators on expressions: each makes a CombinedExpression."""

    conditional = False  # whether it is true or false, and may so stand in filter()

    def _combined(self, operator: str, other: Any, swapped: bool = False) -> Any:
        from miniorm.expressions.operations import CombinedExpression

        left, right = (other, self) if swapped else (self, other)
        return CombinedExpression(left, operator, right)

    def __neg__(self) -> Any:
        return self._combined("*", -1)

    def __add__(self, other: Any) -> Any:
        return self._combined("+", other)

    def __sub__(self, other: Any) -> Any:
        return self._combined("-", other)

    def __mul__(self, other: Any) -> Any:
        return self._combined("*", other)

    def __truediv__(self, other: Any) -> Any:
        return self._combined("/", other)

    def __mod__(self, other: Any) -> Any:
        return self._combined("%%", other)

    def __pow__(self, other: Any) -> Any:
        return self._combined("^", other)

    def __radd__(self, other: Any) -> Any:
        return self._combined("+", other, swapped=True)

    def __rsub__(self, other: Any) -> Any:
        return self._combined("-", other, swapped=True)

    def __rmul__(self, other: Any) -> Any:
        return self._combined("*", other, swapped=True)

    def __rtruediv__(self, other: Any) -> Any:
        return self._combined("/", other, swapped=True)

    def __rmod__(self, other: Any) -> Any:
        return self._combined("%%", other, swapped=True)

    def __rpow__(self, other: Any) -> Any:
        return self._combined("^", other, swapped=True)

    def bitand(self, other: Any) -> Any:
        return self._combined("&", other)

    def bitor(self, other: Any) -> Any:
        return self._combined("|", other)

    def bitxor(self, other: Any) -> Any:
        return self._combined("#", other)

    def bitleftshift(self, other: Any) -> Any:
        return self._combined("<<", other)

    def bitrightshift(self, other: Any) -> Any:
        return self._combined(">>", other)

    # Python's own `&` and `|` are for conditions: Exists(...) | Q(...).

    def _as_conditions(self, other: Any, connector: str) -> Any:
        from miniorm.conditions import Q

        if self.conditional and getattr(other, "conditional", False):
            return Q(self, other, _connector=connector)
        raise NotImplementedError("Use .bitand(), .bitor(), and .bitxor() for bitwise operations.")

    def __and__(self, other: Any) -> Any:
        return self._as_conditions(other, "AND")

    def __or__(self, other: Any) -> Any:
        return self._as_conditions(other, "OR")

    def __xor__(self, other: Any) -> Any:
        return self._as_conditions(other, "XOR")

    def __invert__(self) -> Any:
        from miniorm.expressions.operations import NegatedExpression

        return NegatedExpression(self)

    def asc(self, **nulls: Any) -> Any:
        """To order by it; `nulls_first=True` or `nulls_last=True` says where NULL comes."""
        from miniorm.expressions.ordering import OrderBy

        return OrderBy(self, **nulls)

    def desc(self, **nulls: Any) -> Any:
        from miniorm.expressions.ordering import OrderBy

        return OrderBy(self, descending=True, **nulls)


class F(Combinable):
    """A name, to be looked up where the expression is used; `F("title")[:3]` is part of it."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"F({self.name})"

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash(self.name)

    def __getitem__(self, part: Any) -> Any:
        from miniorm.expressions.operations import sliced

        return sliced(self, part)

    def __contains__(self, other: object) -> bool:
        raise TypeError("argument of type 'F' is not iterable")  # or __getitem__ would be asked

    def resolve_expression(self, query: Any = None, *args: Any, **kwargs: Any) -> Any:
        return query.reference(self.name)
