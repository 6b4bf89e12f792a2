"""The table of a benchmark: each row with its figures, its target and what was reached."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tests.benchmarks.rounds import Results

KIB = 1024

UNITS: dict[str, Callable[[float], str]] = {
    "requests a second": lambda figure: f"{figure:,.0f}/s",
    "rows a second": lambda figure: f"{figure:,.0f}/s",
    "bytes a second": lambda figure: f"{figure / KIB**3:.2f} GiB/s",
    "bytes": lambda figure: f"{figure / KIB:.2f} KiB",
    "seconds": lambda figure: f"{figure * 1e6:,.0f} µs",
    "milliseconds": lambda figure: f"{figure:,.0f} ms",
}


@dataclass(frozen=True, slots=True)
class Row:
    """A comparison. What is reached is `ours` divided by `other`, or `ours` where that is None."""

    group: str  # for --only
    what: str
    ours: str  # keys of figures
    other: str | None
    other_name: str  # in words
    target: float | None = None  # None: shown for comparison only
    at_most: bool = False  # the target is a ceiling, else a floor
    unit: str = "requests a second"

    @property
    def keys(self) -> tuple[str, ...]:
        return (self.ours,) if self.other is None else (self.ours, self.other)

    def reached(self, results: Results) -> float | None:
        ours = results.median(self.ours)
        if self.other is None or ours is None:
            return ours
        other = results.median(self.other)
        return None if other is None else ours / other

    def met(self, reached: float) -> bool:
        assert self.target is not None
        return reached <= self.target if self.at_most else reached >= self.target

    def missing(self, results: Results) -> str | None:
        return next((results.missing[key] for key in self.keys if key in results.missing), None)

    def say(self, reached: float) -> str:
        return UNITS[self.unit](reached) if self.other is None else f"{reached:.2f} x"


def print_table(console: Console, title: str, rows: Sequence[Row], results: Results) -> None:
    table = Table(title=title, title_justify="left", title_style="bold")
    for column in ("what", "ours"):
        table.add_column(column, justify="right" if column == "ours" else "left")
    table.add_column("beside it")
    table.add_column("target", justify="right")
    table.add_column("reached", justify="right")
    group = rows[0].group
    for row in rows:
        if row.group != group:
            table.add_section()
        group = row.group
        table.add_row(*cells(row, results))
    console.print(table)
    reasons = {row.missing(results): None for row in rows if row.missing(results)}
    for reason in reasons:
        console.print(f"Left out: {escape(str(reason))}", highlight=False)


def cells(row: Row, results: Results) -> list[str]:
    def figure(key: str) -> str:
        median = results.median(key)
        return "" if median is None else UNITS[row.unit](median)

    target = ""
    if row.target is not None:
        bound = "at most" if row.at_most else "at least"
        value = UNITS[row.unit](row.target) if row.other is None else f"{row.target:g} x"
        target = f"{bound} {value}"
    other = f"{row.other_name} {figure(row.other)}" if row.other else ""
    return [row.what, figure(row.ours), other, target, verdict(row, row.reached(results))]


def verdict(row: Row, reached: float | None) -> str:
    if reached is None:
        return "[yellow]left out[/]"
    if row.target is None:
        return f"[dim]{row.say(reached)}[/]"
    if row.met(reached):
        return f"[green]{row.say(reached)} yes[/]"
    return f"[red]{row.say(reached)} no[/]"


def write_json(
    path: Path,
    machine: dict[str, str],
    settings: dict[str, int],
    rows: Sequence[Row],
    results: Results,
) -> None:
    """Everything, with the figure of each single round, for a note or for another program."""
    lines = []
    for row in rows:
        reached = row.reached(results)
        lines.append(
            {
                "group": row.group,
                "what": row.what,
                "beside": row.other_name,
                "unit": row.unit,
                "ours": results.median(row.ours),
                "other": results.median(row.other) if row.other else None,
                "target": row.target,
                "at_most": row.at_most,
                "reached": reached,
                "met": None if row.target is None or reached is None else row.met(reached),
                "left_out": row.missing(results),
            }
        )
    whole = {"machine": machine, **settings, "rows": lines, "rounds_of": results.figures}
    path.write_text(json.dumps(whole, indent=2, ensure_ascii=False) + "\n", "utf-8")
