"""Our server with room for many idle clients, in one process, so that its memory is its own.

python -m tests.benchmarks.httpserver.programs.roomy_server PORT CONNECTIONS
"""

import resource
import sys

from httpserver.addresses import listen
from httpserver.limits import Limits
from httpserver.messages import Request, Response
from httpserver.server import Server

BODY = b"Hello, World!"


def hello(request: Request) -> Response:
    return Response(200, [("Content-Type", "text/plain; charset=utf-8")], BODY)


def main() -> None:
    port, connections = map(int, sys.argv[1:])
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    # Nobody is sent away while the others are measured.
    limits = Limits(connections=connections, keep_alive=300, requests_per_connection=10**9)
    Server(hello, [listen(f"127.0.0.1:{port}")], limits=limits).run()


if __name__ == "__main__":
    main()
