"""How long may a body take? Three answers, and two clients who try them.

One has a steady line and sends 48 KiB in 1.2 seconds. The other announces as much, and then
sends a byte ten times a second. Half a second is the time that a client is given.
"""

import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing

from httpserver import Limits, Request, Response, Server, listen

STEPS = 12  # one each tenth of a second
HEAD = b"POST /static/app.css HTTP/1.1\r\nHost: localhost\r\nContent-Length: 49152\r\n\r\n"
Connect = Callable[[], socket.socket]


def hello(request: Request) -> Response:
    return Response(200, [], b"hello\n")


def upload(connect: Connect, piece: bytes) -> str:
    with closing(connect()) as client:
        began = time.monotonic()
        client.settimeout(0.1)
        client.sendall(HEAD)
        for step in range(STEPS + 2):
            if step < STEPS:
                client.sendall(piece)
            try:
                status = client.recv(1000).split(b"\r\n")[0].decode()[9:]
                return f"{status}, after {time.monotonic() - began:.1f} s"
            except TimeoutError:
                pass  # it says nothing yet
        return f"still waited for, after {time.monotonic() - began:.1f} s"


def to_first_version() -> socket.socket:
    plain = socket.create_connection(("127.0.0.1", port), timeout=5)
    return trusting.wrap_socket(plain, server_hostname="localhost")


def to(server: Server, address: tuple[str, int]) -> Connect:
    threading.Thread(target=server.run, daemon=True).start()
    return lambda: socket.create_connection(address, timeout=5)


def real(body_rate: int) -> Connect:
    listener = listen("127.0.0.1:0")
    limits = Limits(body_timeout=0.5, body_rate=body_rate)
    return to(Server(hello, [listener], limits=limits), listener.getsockname())


with socket.create_server(("127.0.0.1", 0)) as probe:
    port = int(probe.getsockname()[1])
trusting = ssl.create_default_context(cafile="client.pem")
first_version = subprocess.Popen(
    [sys.executable, "first/serve.py", str(port), "experiments"], stdout=subprocess.PIPE
)
assert first_version.stdout is not None
first_version.stdout.readline()
ways = {
    "for each recv()": to_first_version,
    "for the whole body": real(body_rate=0),
    "and 1 s more for each KiB": real(body_rate=1024),
}
results: dict[tuple[str, bytes], str] = {}


def run(way: str, piece: bytes) -> None:
    results[way, piece] = upload(ways[way], piece)


STEADY, DRIP = b"x" * 4096, b"x"
threads = [
    threading.Thread(target=run, args=[way, piece]) for way in ways for piece in (STEADY, DRIP)
]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
first_version.terminate()
first_version.wait()
for way in ways:
    print(f"Half a second {way}:")
    print("  a steady line:", results[way, STEADY])
    print("  a drip:       ", results[way, DRIP])
