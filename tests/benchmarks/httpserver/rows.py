"""What is measured, and what it is held against: the table that `make bench-http` prints."""

from functools import partial
from pathlib import Path

from tests.benchmarks.httpserver.probes import (
    bytes_a_second,
    idle_connections,
    idle_count,
    requests_a_second,
)
from tests.benchmarks.report import KIB, Row
from tests.benchmarks.rounds import Probe
from tests.benchmarks.servers import Servers

SMALL, LARGE = KIB, 100 * KIB * KIB


def hello_rows(group: str, what: str) -> list[Row]:
    ours = f"{group}/ours"

    def beside(name: str, target: float | None = None) -> Row:
        return Row(group, what, ours, f"{group}/{name}", name, target)

    return [
        beside("waitress", 6),
        beside("granian", 1),
        beside("gunicorn"),
        beside("cheroot"),
        beside("bare loop"),
    ]


IDLE = f"{idle_count():,} idle connections"  # fewer where the limit of open files wants it

ROWS = [
    *hello_rows("hello", "hello, WSGI"),
    *hello_rows("browser", "hello, a browser's fields"),
    Row("pipelined", "hello, 16 deep", "pipelined/ours", "hello/ours", "one at a time", 1.8),
    Row("close", "hello, Connection: close", "close/ours", "close/waitress", "waitress", 2.5),
    Row("static", "static, 1 KiB", "static/ours", "static/whitenoise", "gunicorn, WhiteNoise", 6),
    Row("sendfile", "static, 100 MiB, one client", "sendfile/ours", "sendfile/nginx", "nginx", 0.8,
        unit="bytes a second"),
    Row("proxy", "proxy, nginx behind", "proxy/ours", "hello/ours", "hello, WSGI", 0.45),
    Row("idle", f"{IDLE}, memory of one", "idle/memory", None, "", 6 * KIB, True, "bytes"),
    Row("idle", f"{IDLE}, p99 beside", "idle/p99", "idle/p99 alone", "alone", 1.5, True,
        "seconds"),
]  # fmt: skip


def probes(servers: Servers) -> list[Probe]:
    """Everything that the rows speak of, in the order of one round."""

    def wrk(key: str, load: str, server: str, path: str = "/") -> Probe:
        def measure(seconds: int) -> tuple[float]:
            return (requests_a_second(load, servers.port(server), path, seconds),)

        return Probe((key,), measure)

    def download(key: str, server: str) -> Probe:
        def measure(seconds: int) -> tuple[float]:
            return (bytes_a_second(servers.port(server), "/large.bin", LARGE, seconds),)

        return Probe((key,), measure)

    contenders = ("ours", "waitress", "granian", "gunicorn", "cheroot", "bare loop")
    return [
        *(wrk(f"hello/{name}", "hello", name) for name in contenders),
        *(wrk(f"browser/{name}", "browser", name) for name in contenders),
        wrk("pipelined/ours", "pipelined", "ours"),
        wrk("close/ours", "close", "ours"),
        wrk("close/waitress", "close", "waitress"),
        wrk("static/ours", "hello", "our files", "/small.txt"),
        wrk("static/whitenoise", "hello", "whitenoise", "/small.txt"),
        download("sendfile/ours", "our files"),
        download("sendfile/nginx", "nginx"),
        wrk("proxy/ours", "hello", "our proxy"),
        Probe(("idle/memory", "idle/p99", "idle/p99 alone"), partial(idle_connections, servers)),
    ]


def make_files(folder: Path) -> None:
    (folder / "small.txt").write_bytes(b"glasstack\n" * (SMALL // 10) + b"." * (SMALL % 10))
    block = bytes(range(256)) * (KIB * KIB // 256)
    with (folder / "large.bin").open("wb") as file:
        for _ in range(LARGE // len(block)):
            file.write(block)
