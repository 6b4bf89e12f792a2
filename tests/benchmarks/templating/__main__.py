"""`make bench-templating`: our templates beside Django's, Jinja2's, Mako's and a bare join.

The pages stand in pages.py, what each is held against in rows.py.

    make bench-templating ARGS="--quick"
    .venv/bin/python -m tests.benchmarks.templating --only table --rounds 9 --json table.json
"""

import sys
from pathlib import Path

from tests.benchmarks.command import Benchmark, run
from tests.benchmarks.servers import Setting
from tests.benchmarks.templating.rows import ROWS, probes

BENCHMARK = Benchmark(
    module="tests.benchmarks.templating",
    description="Measure templating beside other engines, in interleaved rounds.",
    packages=("django", "jinja2", "markupsafe", "mako"),
    programs=(),
    rows=ROWS,
    probes=lambda servers: probes(),
    make_files=lambda folder: None,
    setting=Setting(Path(), {}),  # no servers: all of it runs in this process
)

if __name__ == "__main__":
    sys.exit(run(BENCHMARK))
