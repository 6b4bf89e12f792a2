"""A client begins a handshake and sends no more of it. What do the others notice?

python experiments/handshake.py off    who is accepted finishes the handshake first
python experiments/handshake.py on     the real thing: it happens by the way
"""

import os
import socket
import ssl
import sys
import threading
import time

from httpserver import Request, Response, channel, listen
from httpserver.server import Listener, Server
from httpserver.tls import Certificate, TLSSocket, tls_context


def at_once(sock: socket.socket, context: ssl.SSLContext) -> TLSSocket:
    """What the documentation of `ssl` shows first: `wrap_socket` returns when all is agreed."""
    sock.setblocking(True)
    wrapped = context.wrap_socket(sock, server_side=True)
    wrapped.setblocking(False)
    assert isinstance(wrapped, TLSSocket)
    return wrapped


def hello(request: Request) -> Response:
    return Response(200, [], b"hello\n")


def ask(address: tuple[str, int]) -> str:
    """Another client, which is as quick as one can be."""
    began = time.monotonic()
    try:
        sock = socket.create_connection(address, timeout=1)
        with trusting.wrap_socket(sock, server_hostname="localhost") as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            status = client.recv(1000).split(b"\r\n")[0].decode()
        return f"{status}, after {time.monotonic() - began:.3f} s"
    except TimeoutError:
        return "nothing within a second"


if sys.argv[1:] not in (["off"], ["on"]):
    sys.exit("usage: python experiments/handshake.py off|on")
if sys.argv[1] == "off":
    channel.speak_tls = at_once  # type: ignore[attr-defined]

trusting = ssl.create_default_context(cafile="client.pem")
listener = listen("127.0.0.1:0")
context = tls_context(Certificate("server.pem", "server.key"))
server = Server(hello, [Listener(listener, hello, context)])
address = listener.getsockname()
threading.Thread(target=server.run, daemon=True).start()

print("Before:   ", ask(address), flush=True)
with socket.create_connection(address) as silent:
    silent.sendall(b"\x16")  # the first byte of a handshake
    time.sleep(0.1)
    print("Meanwhile:", ask(address), flush=True)
    os._exit(0)  # a loop that stands still cannot be stopped in a better way
