"""The page of first/serve.py, served by the real httpserver."""

import signal
import sys

from httpserver import Request, Response, Server, listen, parse_address

PAGE = b"<h1>Hello from a socket</h1>\n"


def hello(request: Request) -> Response:
    return Response(200, [("Content-Type", "text/html")], PAGE)


address = parse_address(sys.argv[1] if len(sys.argv) > 1 else "8000")
server = Server(hello, [listen(str(address))])
signal.signal(signal.SIGINT, lambda number, frame: server.stop())
print(f"Serving at {server.addresses[0]}/", flush=True)
server.run()
print("\nStopped.")
