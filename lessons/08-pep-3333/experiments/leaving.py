"""Five clients ask for a long page, read its beginning, and leave. Who has closed the page?

python experiments/leaving.py        as it is
python experiments/leaving.py off    close() is never called
"""

import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import wsgi.body
from httpserver import Server, listen
from wsgi import Gateway

CLIENTS = 5
connections: set[object] = set()  # as a database would count them


class Rows:
    """The rows of a table, for which a connection to the database is held until close()."""

    def __init__(self) -> None:
        connections.add(self)

    def __iter__(self) -> Iterator[bytes]:
        while True:
            yield b"one more row\n" * 1000

    def close(self) -> None:
        connections.discard(self)


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Rows:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return Rows()


if "off" in sys.argv:
    wsgi.body.close = lambda result, environ: None

server = Server(Gateway(application), [listen("127.0.0.1:0")])
threading.Thread(target=server.run, daemon=True).start()
port = int(server.addresses[0].rpartition(":")[2])

for _ in range(CLIENTS):
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        client.recv(1000)

limit = time.monotonic() + 1
while connections and time.monotonic() < limit:
    time.sleep(0.01)
print(f"{CLIENTS} clients have left; connections to the database held: {len(connections)}")
