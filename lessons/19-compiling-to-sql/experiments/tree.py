"""What filter() makes of its arguments: the tree, the SQL, and the parameters."""

from typing import Any

from polls import Choice, fill, show

from miniorm.models import F, Q


def draw(node: Any, depth: int = 0) -> None:
    """A node in a line, and what it is made of below it."""
    name = type(node).__name__
    word = getattr(node, "connector", "")
    print("  " * depth + (repr(node) if name == "Col" else f"{name} {word}".rstrip()))
    for each in node.sources:
        draw(each, depth + 1)
    value = getattr(node, "rhs", None)
    if value is not None and not hasattr(value, "sources"):
        print("  " * (depth + 1) + repr(value))


fill()
for condition in (
    Q(question__pub_date__year=2024),
    Q(votes__gt=3) | ~Q(text="Tea"),
    Q(votes__gt=F("question__id") + 1),
):
    rows = Choice.objects.filter(condition)
    print(condition)
    draw(rows.query.where[0], 1)
    show(rows)
