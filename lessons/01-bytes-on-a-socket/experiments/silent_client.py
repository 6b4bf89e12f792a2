"""A client that connects and says nothing, and what the others notice of it.

python experiments/silent_client.py first/serve.py
python experiments/silent_client.py experiments/hello.py
"""

import socket
import subprocess
import sys
import time

REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def watch(port: int) -> None:
    silent = socket.create_connection(("127.0.0.1", port))
    print("A client connects and says nothing.")
    second = socket.create_connection(("127.0.0.1", port), timeout=2)
    print("A second client asks for the page.")
    asked = time.monotonic()
    second.sendall(REQUEST)
    try:
        line = second.recv(1000).split(b"\r\n")[0].decode()
        print(f"It is answered, {line}, after {(time.monotonic() - asked) * 1000:.1f} ms.")
    except TimeoutError:
        print("No answer within two seconds.")
        silent.close()
        line = second.recv(1000).split(b"\r\n")[0].decode()
        print(f"The silent client leaves. Now the second is answered: {line}")
    second.close()
    silent.close()


if len(sys.argv) != 2:
    sys.exit("usage: python experiments/silent_client.py SERVER.py")
port = free_port()
server = subprocess.Popen([sys.executable, sys.argv[1], str(port)], stdout=subprocess.PIPE)
try:
    assert server.stdout is not None
    server.stdout.readline()  # it says where it serves: so it listens
    watch(port)
finally:
    server.terminate()
    server.wait()
