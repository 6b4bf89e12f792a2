"""`make bench-wsgi`: `python -m wsgi` beside the gateway alone and beside Gunicorn.

What each row compares stands in rows.py, how its figures are taken in probes.py.

    make bench-wsgi ARGS="--quick"
    .venv/bin/python -m tests.benchmarks.wsgi --only kinds --rounds 9 --json kinds.json
"""

import sys

from tests.benchmarks.command import Benchmark, run
from tests.benchmarks.wsgi.rows import ROWS, make_files, probes
from tests.benchmarks.wsgi.servers import SETTING

BENCHMARK = Benchmark(
    module="tests.benchmarks.wsgi",
    description="Measure wsgi beside the gateway alone and beside Gunicorn, in interleaved rounds.",
    packages=("gunicorn", "django"),
    programs=("wrk",),
    rows=ROWS,
    probes=probes,
    make_files=make_files,
    setting=SETTING,
)

if __name__ == "__main__":
    sys.exit(run(BENCHMARK))
