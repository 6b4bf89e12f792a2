"""`make bench-http`: httpserver and wsgi beside their peers and the limit of the language.

What each row compares stands in rows.py, how its figures are taken in probes.py.

    make bench-http ARGS="--quick"
    .venv/bin/python -m tests.benchmarks.httpserver --only proxy --rounds 9 --json proxy.json
"""

import sys

from tests.benchmarks.command import Benchmark, run
from tests.benchmarks.httpserver.rows import ROWS, make_files, probes
from tests.benchmarks.httpserver.servers import SETTING

BENCHMARK = Benchmark(
    module="tests.benchmarks.httpserver",
    description="Measure httpserver and wsgi beside their peers, in interleaved rounds.",
    packages=("waitress", "granian", "gunicorn", "cheroot", "whitenoise"),
    programs=("nginx", "wrk"),
    rows=ROWS,
    probes=probes,
    make_files=make_files,
    setting=SETTING,
)

if __name__ == "__main__":
    sys.exit(run(BENCHMARK))
