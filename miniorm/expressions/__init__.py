"""Expressions: what stands in SQL where a value can stand.

Step 6 of the trip. `F("votes") + 1` is computed by the database, on what is in the row at
that moment. An expression is made without knowing its model; `resolve_expression` gives a
copy in which the names are columns, and `as_sql(compiler, connection)` its SQL with the
parameters apart. A method `as_sqlite` or `as_postgresql` is preferred on that database.

Reading order: combinable, base, columns, operations, ordering, cases, subqueries, windows.
Django's page "Query Expressions"; in Django: `django.db.models.expressions`.
"""

from miniorm.expressions.base import (
    SQL,
    Expression,
    Value,
    common_field,
)
from miniorm.expressions.cases import Case, When
from miniorm.expressions.columns import Col, Outer
from miniorm.expressions.combinable import Combinable, F
from miniorm.expressions.operations import (
    CombinedExpression,
    DatabaseDefault,
    ExpressionList,
    ExpressionWrapper,
    Func,
    NegatedExpression,
    RawSQL,
    Star,
    Typed,
)
from miniorm.expressions.ordering import OrderBy, Random
from miniorm.expressions.subqueries import Exists, OuterRef, ResolvedOuterRef, Subquery
from miniorm.expressions.windows import (
    RowRange,
    ValueRange,
    Window,
    WindowFrame,
    WindowFrameExclusion,
)

__all__ = [
    "SQL",
    "Case",
    "Col",
    "Combinable",
    "CombinedExpression",
    "DatabaseDefault",
    "Exists",
    "Expression",
    "ExpressionList",
    "ExpressionWrapper",
    "F",
    "Func",
    "NegatedExpression",
    "OrderBy",
    "Outer",
    "OuterRef",
    "Random",
    "RawSQL",
    "ResolvedOuterRef",
    "RowRange",
    "Star",
    "Subquery",
    "Typed",
    "Value",
    "ValueRange",
    "When",
    "Window",
    "WindowFrame",
    "WindowFrameExclusion",
    "common_field",
]
