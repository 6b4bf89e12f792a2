"""Where the time of a request goes: our server in this process, wrk beside it.

First without a profiler: requests a second, and how the processor's time divides between
Python and the kernel. Then under cProfile, which adds to every call, so that what calls much
looks slower than it is: read it for the order, not for the figures.

    .venv/bin/python -m tests.benchmarks.httpserver.profiling hello
"""

import argparse
import cProfile
import os
import pstats
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from httpserver.addresses import listen
from httpserver.messages import Handler
from httpserver.server import Server
from httpserver.static import StaticFiles
from tests.benchmarks.httpserver.probes import LOADS, requests_a_second
from tests.benchmarks.httpserver.programs.hello import app
from tests.benchmarks.httpserver.rows import SMALL
from tests.benchmarks.machine import CLIENT_CORE, SERVER_CORE, build, on_core
from tests.benchmarks.rounds import Unavailable
from tests.processes import free_port
from wsgi.gateway import Gateway

LINES = 30


def main(argv: Sequence[str] | None = None) -> int:
    options = parser().parse_args(argv)
    print(f"Python {sys.version.split()[0]}, {build()}\n")
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        if options.what == "static":
            Path(folder, "small.txt").write_bytes(b"." * SMALL)
            handler: Handler = StaticFiles(Path(folder))
            load, path = "hello", "/small.txt"
        else:
            handler, load, path = Gateway(app), options.what, "/"
        try:
            plainly(handler, load, path, options.seconds)
            profile = cProfile.Profile()
            rate = serve(handler, load, path, options.seconds, profile.runcall)
        except Unavailable as reason:
            print(reason, file=sys.stderr)
            return 1
    print(f"under the profiler: {rate:,.0f} requests a second\n")
    statistics = pstats.Stats(profile)
    if options.output:
        statistics.dump_stats(options.output)
    statistics.strip_dirs()
    for order in ("tottime", "cumulative"):
        statistics.sort_stats(order).print_stats(LINES)
    return 0


def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.httpserver.profiling",
        description="Show where the time of a request goes.",
    )
    parser.add_argument("what", nargs="?", default="hello", choices=[*LOADS, "static"])
    parser.add_argument("--seconds", type=int, default=3, help="of each part (default: 3)")
    parser.add_argument("--output", metavar="FILE", help="write the profile for pstats there too")
    return parser


def plainly(handler: Handler, load: str, path: str, seconds: int) -> None:
    """Without the profiler, which would count itself."""
    before = os.times()
    rate = serve(handler, load, path, seconds, lambda run: run())
    after = os.times()
    user, kernel = after.user - before.user, after.system - before.system
    requests = rate * seconds
    print(
        f"without the profiler: {rate:,.0f} requests a second, of which each takes"
        f" {user / requests * 1e6:.1f} µs in Python and {kernel / requests * 1e6:.1f} µs in the"
        " kernel"
    )


def serve(
    handler: Handler,
    load: str,
    path: str,
    seconds: int,
    through: Callable[[Callable[[], None]], object],
) -> float:
    """Run a server on this thread, through `through`, while wrk asks: requests a second."""
    port = free_port()
    server = Server(handler, [listen(f"127.0.0.1:{port}")])
    outcome: list[float | Unavailable] = []

    def ask() -> None:
        try:
            with on_core(CLIENT_CORE):
                outcome.append(requests_a_second(load, port, path, seconds))
        except Unavailable as reason:
            outcome.append(reason)
        finally:
            server.stop()

    with on_core(SERVER_CORE):
        asking = threading.Thread(target=ask)
        asking.start()
        through(server.run)
        asking.join()
    if isinstance(outcome[0], Unavailable):
        raise outcome[0]
    return outcome[0]


if __name__ == "__main__":
    sys.exit(main())
