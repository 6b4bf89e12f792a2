"""A client that asks for a large export and reads nothing of it.

python experiments/slow_reader.py off    what the handler makes is held, however much it is
python experiments/slow_reader.py on     the real thing: it makes no more than somebody takes
"""

import math
import socket
import sys
import threading
from collections.abc import Iterator

from httpserver import Request, Response, Server, listen
from httpserver.pool import Job, Pool, Relay

PART = b"one row after the other\n" * 2_000  # 48,000 bytes
PARTS = 1_500  # 72 megabytes

carefully = Relay.__init__


def carelessly(relay: Relay, limit: int, wake: Job, pool: Pool) -> None:
    carefully(relay, math.inf, wake, pool)  # type: ignore[arg-type]


made = 0
all_made = threading.Event()


def export(request: Request) -> Response:
    def rows() -> Iterator[bytes]:
        global made
        for _ in range(PARTS):
            made += 1
            yield PART
        all_made.set()

    return Response(200, [], rows())


if sys.argv[1:] not in (["off"], ["on"]):
    sys.exit("usage: python experiments/slow_reader.py off|on")
if sys.argv[1] == "off":
    Relay.__init__ = carelessly  # type: ignore[assignment,method-assign]

listener = listen("127.0.0.1:0")
address = listener.getsockname()
server = Server(export, [listener], threads=1)
running = threading.Thread(target=server.run)
running.start()
with socket.create_connection(address) as client:
    client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    client.recv(1000)
    before = -1
    while made != before:  # until it comes to an end, or to a stop
        before = made
        all_made.wait(0.3)
    if all_made.is_set():
        print("The client has read one line. All 72 megabytes are made, and held for it.")
    else:
        print(f"The client has read one line. {made} of {PARTS} parts are made; the thread waits.")
server.stop()
running.join()
