"""Case: the first condition that is true says what the value is.

Step 6 of the trip.

    Question.objects.annotate(
        state=Case(When(closed=True, then=Value("closed")), default=Value("open"))
    )

The SQL standard's CASE; Django's page "Conditional expressions".
"""

from typing import Any

from miniorm import fields
from miniorm.expressions.base import SQL, Expression, as_reference, output_field_of


class When(Expression):
    """If this holds, that: `When(votes__gt=3, then="votes")`; strings are names."""

    def __init__(self, condition: Any = None, then: Any = None, **lookups: Any) -> None:
        from miniorm.conditions import Q

        if lookups:
            condition = Q(**lookups) if condition is None else Q(condition, **lookups)
        if condition is None or not getattr(condition, "conditional", False):
            raise TypeError(
                "When() supports a Q object, a boolean expression, or lookups as a condition."
            )
        if isinstance(condition, Q) and not condition:
            raise ValueError("An empty Q() can't be used as a When() condition.")
        self.sources = (condition, as_reference(then))

    @property
    def condition(self) -> Any:
        return self.sources[0]

    @property
    def result(self) -> Any:
        return self.sources[1]

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        condition, params = compiler.compile(self.condition)
        result, more = compiler.compile(self.result)
        return f"WHEN {condition} THEN {result}", [*params, *more]

    def get_group_by_cols(self) -> list[Any]:
        return [column for each in self.sources for column in each.get_group_by_cols()]

    def _resolve_output_field(self) -> fields.Field | None:
        return output_field_of(self.result)


class Case(Expression):
    """A chain of When(), and the default where none of them holds."""

    def __init__(self, *cases: Any, default: Any = None, output_field: Any = None) -> None:
        if not all(isinstance(case, When) for case in cases):
            raise TypeError("Positional arguments must all be When objects.")
        super().__init__(output_field)
        self.sources = (*cases, as_reference(default))

    @property
    def cases(self) -> tuple[Any, ...]:
        return self.sources[:-1]

    @property
    def default(self) -> Any:
        return self.sources[-1]

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        default, default_params = compiler.compile(self.default)
        if not self.cases:
            return default, default_params
        whens = [compiler.compile(case) for case in self.cases]
        params = [param for _, some in whens for param in some]
        sql = f"CASE {' '.join(sql for sql, _ in whens)} ELSE {default} END"
        return sql, [*params, *default_params]

    def get_group_by_cols(self) -> list[Any]:
        if not self.cases:
            return self.default.get_group_by_cols()  # type: ignore[no-any-return]
        return super().get_group_by_cols()

    def may_be_null(self) -> bool:
        return self.default.may_be_null() or any(c.result.may_be_null() for c in self.cases)
