"""`make bench-http`: httpserver and wsgi beside their peers and the limit of the language.

One run, in interleaved rounds, each server pinned to one core and the client to another. What
each row compares stands in rows.py, how its figures are taken in probes.py.

    make bench-http ARGS="--quick"
    .venv/bin/python -m tests.benchmarks.httpserver --only proxy --rounds 9 --json proxy.json
"""

import argparse
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from tests.benchmarks import machine, rounds
from tests.benchmarks.httpserver.rows import GROUPS, ROWS, make_files, probes
from tests.benchmarks.httpserver.servers import Servers
from tests.benchmarks.report import Row, print_table, write_json
from tests.benchmarks.rounds import Probe, Results

PACKAGES = ("waitress", "granian", "gunicorn", "cheroot", "whitenoise")
PROGRAMS = ("nginx", "wrk")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command. The exit status: 0, 1 where nothing could be measured, 2 for usage."""
    options = parser().parse_args(argv)
    if options.quick:
        options.rounds, options.seconds = 1, 1
    # Asked to end, it ends its servers too: the `with` blocks below see to it.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    console = Console()
    if not console.is_terminal:
        console = Console(width=110)
    facts = machine.describe(PACKAGES, PROGRAMS)
    for name, value in facts.items():
        console.print(f"[bold]{name:<8}[/] {escape(value)}", highlight=False, soft_wrap=True)
    chosen = [row for row in ROWS if not options.only or row.group in options.only]
    try:
        results = measure(console, chosen, options.rounds, options.seconds)
    except KeyboardInterrupt:
        console.print("Stopped.")
        return 130
    title = f"Medians; rounds: {options.rounds}; seconds for each figure: {options.seconds}"
    print_table(console, title, chosen, results)
    if options.json:
        settings = {"rounds": options.rounds, "seconds": options.seconds}
        write_json(options.json, facts, settings, chosen, results)
    return 0 if results.figures else 1


def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.httpserver",
        description="Measure httpserver and wsgi beside their peers, in interleaved rounds.",
        epilog="The figures mean something on a quiet machine with two cores or more.",
    )
    add = parser.add_argument
    add("--only", action="append", choices=GROUPS, metavar="NAME",
        help=f"these rows alone; repeatable: {', '.join(GROUPS)}")  # fmt: skip
    add("--rounds", type=count, default=5, metavar="N", help="default: 5")
    add("--seconds", type=count, default=2, metavar="N", help="for each figure; default: 2")
    add("--quick", action="store_true", help="one round of one second: does it all work?")
    add("--json", type=Path, metavar="FILE", help="write all figures there too")
    return parser


def count(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return int(text)


def measure(console: Console, chosen: Sequence[Row], number: int, seconds: int) -> Results:
    needed = {key for row in chosen for key in row.keys}
    with (
        tempfile.TemporaryDirectory(prefix="benchmark-") as name,
        machine.on_core(machine.CLIENT_CORE),
    ):
        site = Path(name, "site")
        site.mkdir()
        make_files(site)
        with Servers(site, Path(name)) as servers:
            selected = [probe for probe in probes(servers) if needed & set(probe.keys)]
            with progress(console) as bar:
                task = bar.add_task("", total=number * len(selected))

                def show(this: int, probe: Probe) -> None:
                    done = (this - 1) * len(selected) + selected.index(probe)
                    said = f"round {this} of {number}: {probe.keys[0]}"
                    bar.update(task, description=said, completed=done)
                    bar.refresh()

                return rounds.run(selected, number, seconds, show)


def progress(console: Console) -> Progress:
    """Drawn between two measurements only: a thread that draws would take its share of them."""
    columns = (TextColumn("{task.description:<32}"), BarColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console, auto_refresh=False, transient=True)


if __name__ == "__main__":
    sys.exit(main())
