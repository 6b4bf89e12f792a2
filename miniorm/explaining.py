"""What a queryset asks of the database: SQL, parameters and plan side by side.

Beside the trip: `python -m miniorm sql 'Question.objects.filter(...)'`.
"""

import re
import shutil
import textwrap
from itertools import zip_longest
from typing import Any, NamedTuple

from miniorm.compiler import Compiler
from miniorm.events import observe

# Each of these begins a line.
CLAUSES = re.compile(
    r" (?=(?:FROM|INNER JOIN|LEFT OUTER JOIN|WHERE|GROUP BY|HAVING|ORDER BY|LIMIT|OFFSET|SET|"
    r"VALUES|RETURNING|UNION|INTERSECT|EXCEPT)\b)"
)
NARROW = 88  # characters; below this the columns stand under each other


class Asked(NamedTuple):
    """One statement with its parameters."""

    sql: str
    params: list[Any]


def statements_of(expression: str, names: dict[str, Any], connection: Any) -> list[Asked]:
    """What evaluating an expression asks, and what the queryset that it gives would ask."""
    asked: list[Asked] = []

    def note(event: str, details: dict[str, Any]) -> None:
        if event == "sql.start":
            asked.append(Asked(details["sql"], list(details["params"] or ())))

    stop = observe(note)
    try:
        value = eval(expression, names)  # noqa: S307 (typed by whoever runs the command)
    finally:
        stop()
    if hasattr(value, "get_queryset"):
        raise TypeError(f"that is a manager, which asks nothing by itself: {expression}.all()")
    query = getattr(value, "query", None)
    if query is not None and hasattr(query, "where"):
        sql, params = Compiler(query, connection).as_sql()
        asked.append(Asked(sql, list(params)))
    return asked


def plan_of(asked: Asked, connection: Any) -> list[str]:
    """How the database would go about it, a line for each step."""
    if connection.vendor == "sqlite":
        rows = connection.execute(f"EXPLAIN QUERY PLAN {asked.sql}", asked.params).fetchall()
        depth = {0: -1}
        lines = []
        for number, parent, _, detail in rows:
            depth[number] = depth.get(parent, -1) + 1
            lines.append("  " * depth[number] + detail)
        return lines
    rows = connection.execute(f"EXPLAIN {asked.sql}", asked.params).fetchall()
    return [line for (line,) in rows]


def side_by_side(asked: Asked, connection: Any, width: int | None = None) -> str:
    """The three as columns, or under each other where the terminal is narrow."""
    width = width or shutil.get_terminal_size((120, 24)).columns
    columns = [
        ("SQL", CLAUSES.sub("\n", asked.sql).splitlines()),
        ("parameters", [repr(each) for each in asked.params] or ["none"]),
        ("plan", plan_of(asked, connection)),
    ]
    room = [width // 2 - 2, max(12, min(24, width // 6))]
    room.append(width - sum(room) - 4)
    longest = [max((len(word) for line in lines for word in line.split()), default=0)
               for _, lines in columns]  # fmt: skip
    if width < NARROW or longest[0] > room[0] or longest[2] > room[2] - len("  "):
        return "\n\n".join("\n".join([title, *lines]) for title, lines in columns)
    cells = [
        [title, "-" * len(title), *(part for line in lines for part in _wrapped(line, size))]
        for (title, lines), size in zip(columns, room, strict=True)
    ]
    return "\n".join(
        "  ".join(cell.ljust(size) for cell, size in zip(row, room, strict=True)).rstrip()
        for row in zip_longest(*cells, fillvalue="")
    )


def _wrapped(line: str, width: int) -> list[str]:
    return textwrap.wrap(line, width, subsequent_indent="  ", replace_whitespace=False) or [""]
