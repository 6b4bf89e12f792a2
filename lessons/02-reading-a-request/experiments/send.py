"""Send bytes to a server and print its answer: python experiments/send.py PORT PIECE...

In a piece, \\r, \\n and \\xHH stand for the byte. Several pieces go out one by one.
"""

import socket
import sys
import time


def connect(port: int) -> socket.socket:
    """A connection; a server that was started just now gets five seconds to be there."""
    deadline = time.monotonic() + 5
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=10)
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def main() -> None:
    with connect(int(sys.argv[1])) as server:
        server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # no piece waits for more
        for piece in sys.argv[2:]:
            server.sendall(piece.encode("latin-1").decode("unicode_escape").encode("latin-1"))
            time.sleep(0.1)
        server.shutdown(socket.SHUT_WR)
        while data := server.recv(65536):
            print(data.decode("latin-1").replace("\r", ""), end="", flush=True)


if __name__ == "__main__":
    main()
