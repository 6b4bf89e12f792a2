"""The real server, with a handler that tells what became of a request's body.

/parts answers with an iterable, whose length nobody knows in advance.
"""

import io
import signal
import sys

from httpserver import Request, Response, Server, listen

TEXT = [("Content-Type", "text/plain")]


def echo(request: Request) -> Response:
    if request.path == "/parts":
        return Response(200, TEXT, iter([b"Hello, ", b"", b"World!\n"]))
    kept = "memory" if isinstance(request.body, io.BytesIO) else "a file"
    text = f"{request.content_length} bytes, kept in {kept}; trailers: {request.trailers.items()}\n"
    return Response(200, TEXT, text.encode("latin-1"))


server = Server(echo, [listen(sys.argv[1] if len(sys.argv) > 1 else "8000")])
signal.signal(signal.SIGINT, lambda number, frame: server.stop())
print(f"Serving at {server.addresses[0]}/", flush=True)
server.run()
