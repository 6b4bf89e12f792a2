"""A client that leaves without a goodbye, and what becomes of the server.

python experiments/rude_client.py first/serve.py
python experiments/rude_client.py experiments/hello.py
"""

import socket
import struct
import subprocess
import sys


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def leave_rudely(port: int) -> None:
    client = socket.create_connection(("127.0.0.1", port))
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()  # with this option: a reset, as from a phone that lost its network


def page(port: int) -> str:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            return client.recv(1000).split(b"\r\n")[0].decode()
    except ConnectionError:
        return "no answer; nobody is there"


if len(sys.argv) != 2:
    sys.exit("usage: python experiments/rude_client.py SERVER.py")
port = free_port()
server = subprocess.Popen(
    [sys.executable, sys.argv[1], str(port)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
)
try:
    assert server.stdout is not None
    server.stdout.readline()
    print("Before:", page(port))
    leave_rudely(port)
    print("After: ", page(port))
finally:
    server.terminate()
    last_words = server.communicate()[1].decode().splitlines()[-1:]
words = last_words[0].partition(":")[0] if last_words else "none; it lived until now"
print("The server's last words:", words)
