"""What is measured, and what it is held against: the table that `make bench-templating` prints."""

import statistics
import time
from functools import partial

from tests.benchmarks.report import Row
from tests.benchmarks.rounds import Probe
from tests.benchmarks.templating.pages import NAMES, PAGES, Render, contender, plain

NAMED = {"django": "Django", "jinja2": "Jinja2", "mako": "Mako", "join": "a bare join"}
COMPARED = {
    "fortunes": "fortunes, 13 rows",
    "table": "table, 1,000 x 10 cells",
    "inheritance": "three levels, 50 includes",
    "compile": "compiling a page",
}
# The time that ours may take, as a part of the other's.
TARGETS = {
    **{(page, "django"): 1 / 8 for page in PAGES},
    **{(page, "jinja2"): 1.0 for page in PAGES},
    **{(page, "mako"): 1.0 for page in ("fortunes", "table")},
    ("compile", "jinja2"): 2.0,
}
LEFT_OUT = {("inheritance", "mako"), ("compile", "join")}

ROWS = [
    Row(page, what, f"{page}/ours", f"{page}/{name}", named, TARGETS.get((page, name)), True,
        unit="seconds")
    for page, what in COMPARED.items()
    for name, named in NAMED.items()
    if (page, name) not in LEFT_OUT
]  # fmt: skip


def probes() -> list[Probe]:
    """Every page by everybody, in the order of one round."""
    return [
        Probe((f"{page}/{name}",), partial(measure, name, page))
        for page in COMPARED
        for name in NAMES
        if (page, name) not in LEFT_OUT
    ]


def measure(name: str, page: str, seconds: int) -> tuple[float]:
    """The seconds of processor time of one render: the median of batches of some 20 milliseconds.

    All of it is work of this one thread: so a busy machine counts for less than by the clock.
    """
    render = contender(name, page)
    if page in PAGES:
        wanted, given = plain(contender("ours", page)()), plain(render())
        assert given == wanted, f"{name} gives another text for {page}: {given[:300]}"
    many = max(1, int(0.02 / (batch(render, 1) or 0.02)))
    ends = time.monotonic() + seconds
    batches = [batch(render, many)]
    while time.monotonic() < ends:
        batches.append(batch(render, many))
    return (statistics.median(batches) / many,)


def batch(render: Render, many: int) -> float:
    began = time.process_time()
    for _ in range(many):
        render()
    return time.process_time() - began
