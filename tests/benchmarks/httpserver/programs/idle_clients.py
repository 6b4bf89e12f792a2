"""Many clients that ask once and then keep their connections open, saying nothing.

    python idle_clients.py PORT COUNT

Says "open" when all stand. At the end of its input it says how many the server has closed
meanwhile, and goes.
"""

import resource
import socket
import sys

REQUEST = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


def main() -> None:
    port, count = map(int, sys.argv[1:])
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    clients = []
    for _ in range(count):
        client = socket.create_connection(("127.0.0.1", port), timeout=10)
        client.sendall(REQUEST)
        assert client.recv(65536).startswith(b"HTTP/1.1 200 ")
        client.setblocking(False)
        clients.append(client)
    print("open", flush=True)
    sys.stdin.read()
    print(sum(is_closed(client) for client in clients), flush=True)


def is_closed(client: socket.socket) -> bool:
    try:
        return not client.recv(65536)
    except BlockingIOError:
        return False
    except OSError:
        return True


if __name__ == "__main__":
    main()
