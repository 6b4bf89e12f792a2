"""Eight clients ask for a file of 16 megabytes, and read nothing of it. What does that cost?

python experiments/memory.py first      first/serve.py
python experiments/memory.py real       the real httpserver
"""

import socket
import subprocess
import sys
import tempfile

CLIENTS = 8
SIZE = 16 * 1024 * 1024


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def memory(pid: int) -> float:
    """What a process and its children have in memory, in megabytes."""
    told = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid=,rss="], capture_output=True, text=True, check=True
    )
    rows = [list(map(int, line.split())) for line in told.stdout.splitlines()]
    return sum(rss for each, parent, rss in rows if pid in (each, parent)) / 1024


if sys.argv[1:] not in (["first"], ["real"]):
    sys.exit("usage: python experiments/memory.py first|real")
port = free_port()
with tempfile.TemporaryDirectory() as folder:
    with open(f"{folder}/film.mp4", "wb") as film:
        film.truncate(SIZE)
    if sys.argv[1] == "first":
        command = ["first/serve.py", str(port), folder]
    else:
        command = ["-m", "httpserver", folder, "--listen", str(port)]
    server = subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE)
    assert server.stdout is not None
    server.stdout.readline()
    before = memory(server.pid)
    clients = []
    for _ in range(CLIENTS):
        client = socket.create_connection(("127.0.0.1", port))
        client.sendall(b"GET /film.mp4 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        client.recv(1)  # so the answer has begun, and the server has what it needs for it
        clients.append(client)
    grown = memory(server.pid) - before
    for client in clients:
        client.close()
    server.terminate()
    server.wait()

much = CLIENTS * SIZE / 1024 / 1024
print("The server's memory grew by", end=" ")
if grown > much:
    print(f"more than {much:.0f} MB: all of the file, for each client.")
elif grown < 8:
    print("less than 8 MB.")
else:
    print(f"{grown:.0f} MB.")
