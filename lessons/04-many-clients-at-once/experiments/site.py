"""A site with a slow page, on the real httpserver: workers, threads, signals and all.

python experiments/site.py PORT WORKERS THREADS
"""

import os
import socket
import sys
import time
from collections.abc import Sequence

from httpserver import Request, Response, Server, listen
from httpserver.master import Master, serve


def site(request: Request) -> Response:
    if request.path == "/report":
        time.sleep(0.5)  # it asks a database, or another server
    text = f"<h1>{request.path}</h1> from process {os.getpid()}\n"
    return Response(200, [("Content-Type", "text/html")], text.encode())


def make_server(listeners: Sequence[socket.socket]) -> Server:
    return Server(site, listeners, threads=threads)


port, workers, threads = map(int, sys.argv[1:])
master = Master(
    serve(make_server),
    [listen(f"127.0.0.1:{port}")],
    workers,
    on_ready=lambda: print(f"Serving at http://127.0.0.1:{port}/", flush=True),
)
sys.exit(master.run())
