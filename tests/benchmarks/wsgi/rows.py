"""What is measured, and what it is held against: the table that `make bench-wsgi` prints."""

import os
import subprocess
import sys
from functools import partial
from pathlib import Path

from tests.benchmarks.report import Row
from tests.benchmarks.rounds import Probe
from tests.benchmarks.servers import Servers
from tests.benchmarks.wsgi.probes import SLOW_KIND, memory, rate, rate_and_cost, start
from tests.benchmarks.wsgi.servers import PROGRAMS

KINDS = {
    "json": "/json",
    "plaintext": "/plaintext",
    "db": "/db",
    "queries": "/queries?queries=20",
    "fortunes": "/fortunes",
    "updates": "/updates?queries=20",
}
GTHREAD = "gunicorn gthread"

ROWS = [
    Row("hello", "hello", "hello/ours", "hello/in process", "in process", 0.9),
    Row("django", "hello, Django", "django/ours", "django/gunicorn", GTHREAD, 1.2),
    Row("django", "hello, Django, 4 threads", "django/threads", "django/gunicorn", GTHREAD),
    *(
        Row("kinds", f"{kind}, Django", f"{kind}/ours", f"{kind}/gunicorn", GTHREAD, 1)
        for kind in KINDS
    ),
    Row("workers", f"{SLOW_KIND}, two workers", "two/rate", "one/rate", "one worker", 1.8),
    # Where the machine has no two cores to spare, this says whether two would do twice as much.
    Row("workers", f"{SLOW_KIND}, two workers, for each second of CPU", "two/cost", "one/cost",
        "one worker", 0.9),
    Row("start", "start to first answer, beyond python -c pass", "start/more", None, "", 250, True,
        unit="milliseconds"),
    # The heap settles after some 100,000 requests; five bytes kept of each would be more than this.
    Row("memory", "memory after all requests", "memory/after", "memory/before", "after a tenth",
        1.04, True, unit="bytes"),
]  # fmt: skip


def probes(servers: Servers) -> list[Probe]:
    """Everything that the rows speak of, in the order of one round."""

    def wrk(key: str, server: str, path: str = "/") -> Probe:
        return Probe((key,), partial(rate, servers, server, path))

    django = {"ours": "ours, Django", "gunicorn": "gunicorn, Django"}
    return [
        wrk("hello/ours", "ours"),
        wrk("hello/in process", "in process"),
        *(wrk(f"django/{name}", server) for name, server in django.items()),
        wrk("django/threads", "ours, Django, threads"),
        *(
            wrk(f"{kind}/{name}", server, path)
            for kind, path in KINDS.items()
            for name, server in django.items()
        ),
        Probe(("one/rate", "one/cost"), partial(rate_and_cost, servers, "one worker")),
        Probe(("two/rate", "two/cost"), partial(rate_and_cost, servers, "two workers")),
        Probe(("start/more",), partial(start, servers)),
        Probe(("memory/before", "memory/after"), partial(memory, servers)),
    ]


def make_files(folder: Path) -> None:
    """The database of the Django application."""
    environment = {**os.environ, "BENCHMARK_FOLDER": str(folder)}
    subprocess.run([sys.executable, "six_kinds.py"], cwd=PROGRAMS, env=environment, check=True)
