"""The Nginx layer: an HTTP/1.1 server, from bytes on a socket to bytes on a socket.

Steps 1 and 10 of the trip. It knows one thing about what it serves:
`handler(request) -> Response`. In reading order: `messages` (what travels), `parser` (the
head), `framing` (where a body ends), `connection` (one client as a table of states), then
what touches sockets: `loop`, `channel`, `pool`, `server`; `master` multiplies processes.
Static files (`static`, `conditions`) and `locations` are handlers like any other.

    from httpserver import Response, Server, listen

    def hello(request):
        return Response(200, [("Content-Type", "text/plain")], b"Hello, World!\\n")

    Server(hello, [listen("127.0.0.1:8080")]).run()

RFC 9110 and 9112.  In real life: Nginx, Apache, Caddy, HAProxy.
"""

from httpserver.addresses import ListenError, listen, parse_address
from httpserver.limits import Limits
from httpserver.messages import (
    BadRequest,
    File,
    Handler,
    Headers,
    HTTPError,
    Request,
    Response,
)
from httpserver.server import Server

__all__ = [
    "BadRequest",
    "File",
    "HTTPError",
    "Handler",
    "Headers",
    "Limits",
    "ListenError",
    "Request",
    "Response",
    "Server",
    "listen",
    "parse_address",
]
