"""Clients that send a head one byte at a time, and a guard against them.

python experiments/trickle.py off    each byte that comes begins a new wait
python experiments/trickle.py on     the real thing: one deadline for the whole head
"""

import socket
import sys
import threading
import time

from httpserver import Limits, Request, Response, Server, listen
from httpserver.channel import Channel

REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"

careful = Channel._settle


def forgiving(channel: Channel) -> None:
    channel._waiting = None  # as if the wait for this had not begun yet
    careful(channel)


def hello(request: Request) -> Response:
    return Response(200, [], b"hello\n")


def trickle(client: socket.socket) -> None:
    """The beginning of a head, and then a byte of a field that never ends, ever again."""
    try:
        client.sendall(b"GET / HTTP/1.1\r\nX-Slow: ")
        while True:
            client.sendall(b"a")
            time.sleep(0.2)
    except OSError:
        pass  # the server has had enough


def first_line(client: socket.socket) -> str:
    """What the client hears within three seconds."""
    client.settimeout(3)
    try:
        return client.recv(1000).split(b"\r\n")[0].decode()
    except TimeoutError:
        return "nothing in three seconds"


if sys.argv[1:] not in (["off"], ["on"]):
    sys.exit("usage: python experiments/trickle.py off|on")
if sys.argv[1] == "off":
    Channel._settle = forgiving  # type: ignore[assignment]

limits = Limits(connections=3, head_timeout=1, linger_timeout=0.2, graceful_timeout=0)
listener = listen("127.0.0.1:0")
server = Server(hello, [listener], limits=limits)
address = listener.getsockname()
running = threading.Thread(target=server.run)
running.start()

slow = [socket.create_connection(address) for _ in range(3)]
for client in slow:
    threading.Thread(target=trickle, args=[client], daemon=True).start()
print("Three slow clients have the three places. A fourth asks for the page.")
with socket.create_connection(address) as fourth:
    fourth.sendall(REQUEST)
    print("A slow one hears:", first_line(slow[0]))
    print("The fourth hears:", first_line(fourth))
server.stop()
running.join()
