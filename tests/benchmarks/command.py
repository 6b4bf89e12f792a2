"""The command that each benchmark is: its options, its rounds, its table.

One run, in interleaved rounds, each server pinned to one core and the client to another. What
is compared stands in the rows of the benchmark, how its figures are taken in its probes.
"""

import argparse
import signal
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from tests.benchmarks import machine, rounds
from tests.benchmarks.report import Row, print_table, write_json
from tests.benchmarks.rounds import Probe, Results
from tests.benchmarks.servers import Servers, Setting


@dataclass(frozen=True, slots=True)
class Benchmark:
    module: str
    description: str
    packages: tuple[str, ...]  # the peers, whose versions are printed
    programs: tuple[str, ...]
    rows: Sequence[Row]
    probes: Callable[[Servers], list[Probe]]  # all that the rows speak of, in the order of a round
    make_files: Callable[[Path], None]  # what the servers are given to serve
    setting: Setting  # the servers

    @property
    def groups(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(row.group for row in self.rows))


def run(benchmark: Benchmark, argv: Sequence[str] | None = None) -> int:
    """Run the command. The exit status: 0, 1 where nothing could be measured, 2 for usage."""
    options = parser(benchmark).parse_args(argv)
    if options.quick:
        options.rounds, options.seconds = 1, 1
    # Asked to end, it ends its servers too: the `with` blocks below see to it.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    console = Console()
    if not console.is_terminal:
        console = Console(width=110)
    facts = machine.describe(benchmark.packages, benchmark.programs)
    for name, value in facts.items():
        console.print(f"[bold]{name:<8}[/] {escape(value)}", highlight=False, soft_wrap=True)
    chosen = [row for row in benchmark.rows if not options.only or row.group in options.only]
    try:
        results = measure(console, benchmark, chosen, options.rounds, options.seconds)
    except KeyboardInterrupt:
        console.print("Stopped.")
        return 130
    title = f"Medians; rounds: {options.rounds}; seconds for each figure: {options.seconds}"
    print_table(console, title, chosen, results)
    if options.json:
        settings = {"rounds": options.rounds, "seconds": options.seconds}
        write_json(options.json, facts, settings, chosen, results)
    return 0 if results.figures else 1


def parser(benchmark: Benchmark) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"python -m {benchmark.module}",
        description=benchmark.description,
        epilog="The figures mean something on a quiet machine with two cores or more.",
    )
    add = parser.add_argument
    add("--only", action="append", choices=benchmark.groups, metavar="NAME",
        help=f"these rows alone; repeatable: {', '.join(benchmark.groups)}")  # fmt: skip
    add("--rounds", type=count, default=5, metavar="N", help="default: 5")
    add("--seconds", type=count, default=2, metavar="N", help="for each figure; default: 2")
    add("--quick", action="store_true", help="one round of one second: does it all work?")
    add("--json", type=Path, metavar="FILE", help="write all figures there too")
    return parser


def count(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return int(text)


def measure(
    console: Console, benchmark: Benchmark, chosen: Sequence[Row], number: int, seconds: int
) -> Results:
    needed = {key for row in chosen for key in row.keys}
    with (
        tempfile.TemporaryDirectory(prefix="benchmark-") as name,
        machine.on_core(machine.CLIENT_CORE),
    ):
        site = Path(name, "site")
        site.mkdir()
        benchmark.make_files(site)
        with Servers(benchmark.setting, site, Path(name)) as servers:
            selected = [probe for probe in benchmark.probes(servers) if needed & set(probe.keys)]
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
