"""A web server: one page, one client at a time."""

import socket
import sys

PAGE = b"<h1>Hello from a socket</h1>\n"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(PAGE)


def answer(client: socket.socket) -> None:
    client.recv(65536)  # the request; whatever it asks for, it gets the page
    client.sendall(HEAD + PAGE)


port = int(sys.argv[1]) if len(sys.argv) > 1 else 8000
listener = socket.create_server(("127.0.0.1", port))
print(f"Serving at http://127.0.0.1:{port}/", flush=True)
try:
    while True:
        client, address = listener.accept()
        with client:
            answer(client)
except KeyboardInterrupt:
    print("\nStopped.")
