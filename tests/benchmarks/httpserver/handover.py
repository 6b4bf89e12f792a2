"""`python -m tests.benchmarks.httpserver.handover`: from the loop to a thread and back, compared.

The server with one handler that answers at once, so that what is measured is the way there and
back. Each contender is a process of its own, loaded by wrk in interleaved rounds.
"""

import argparse
import queue
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from httpserver import pool, server
from httpserver.addresses import listen
from httpserver.loop import Job, Loop
from httpserver.messages import Request, Response
from httpserver.server import Server
from tests.benchmarks.httpserver.probes import requests_a_second
from tests.benchmarks.machine import CLIENT_CORE, SERVER_CORE, on_core
from tests.benchmarks.rounds import Probe, run
from tests.processes import free_port, python

MODULE = "tests.benchmarks.httpserver.handover"
THREADS = 4


class Executor:
    """The standard library's pool: a Future, with its lock and condition, for each job."""

    def __init__(self, size: int, timeout: float) -> None:
        self._executor = ThreadPoolExecutor(size)

    def replace_stuck(self) -> bool:
        return True  # no handler here gets stuck

    def submit(self, job: Job) -> None:
        self._executor.submit(job)

    def close(self, seconds: float) -> None:
        self._executor.shutdown(wait=False)


def wake_each_time(loop: Loop, job: Job) -> None:
    loop._posted.append(job)
    loop._wake_out.send(b"\0")


def put(module: Any, name: str, value: Any) -> Callable[[], None]:
    return lambda: setattr(module, name, value)


CONTENDERS: dict[str, tuple[int, Callable[[], None]]] = {
    "SimpleQueue, waking who sleeps": (THREADS, lambda: None),
    "SimpleQueue, waking each time": (THREADS, put(Loop, "post", wake_each_time)),
    "queue.Queue, waking who sleeps": (THREADS, put(pool, "SimpleQueue", queue.Queue)),
    "ThreadPoolExecutor, waking who sleeps": (THREADS, put(server, "Pool", Executor)),
    "no threads at all": (0, lambda: None),
}


def serve(name: str, port: int) -> None:
    threads, change = CONTENDERS[name]
    change()
    response = [("Content-Type", "text/plain")]

    def hello(request: Request) -> Response:
        return Response(200, list(response), b"Hello, World!")

    Server(hello, [listen(f"127.0.0.1:{port}")], threads=threads).run()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--serve", nargs=2, metavar=("CONTENDER", "PORT"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve[0], int(options.serve[1]))
        return
    probes = [Probe((name,), partial(load, name)) for name in CONTENDERS]
    results = run(probes, options.rounds, options.seconds, lambda number, probe: None)
    ours = results.median(next(iter(CONTENDERS))) or 0.0
    for name in CONTENDERS:
        median = results.median(name)
        told = f"{median:9,.0f} {median / ours:6.2f}" if median else results.missing[name]
        print(f"{name:40} {told}")


def load(name: str, seconds: int) -> tuple[float]:
    port = free_port()
    with on_core(SERVER_CORE):
        process = python("-m", MODULE, "--serve", name, str(port), port=port)
    with process, on_core(CLIENT_CORE):
        return (requests_a_second("hello", port, "/", seconds),)


if __name__ == "__main__":
    main()
