"""A worker is killed in the middle of a request. What do the clients notice?"""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

SITE = Path(__file__).with_name("site.py")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def process_behind(client: http.client.HTTPConnection) -> int:
    """The worker that answers on this connection, which stays open."""
    client.request("GET", "/")
    answer = re.search(rb"process (\d+)", client.getresponse().read())
    assert answer is not None
    return int(answer[1])


def one_to_each(port: int) -> dict[int, http.client.HTTPConnection]:
    """Connections to both workers; the kernel decides who gets which."""
    found: dict[int, http.client.HTTPConnection] = {}
    for _ in range(1000):
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        found.setdefault(process_behind(client), client)
        if len(found) == 2:
            break
    return found


def watch(port: int) -> None:
    (victim, first), (other, second) = one_to_each(port).items()
    first.request("GET", "/report")
    time.sleep(1)  # it is answered after half of that; a worker has served for a while
    first.getresponse().read()
    first.request("GET", "/report")
    time.sleep(0.1)
    os.kill(victim, signal.SIGKILL)
    try:
        first.getresponse()
    except ConnectionError:
        print("Who waited for the report hears:  nothing; the connection is cut")
    print("A client of the other worker:    ", "as before" * (process_behind(second) == other))
    seen = set()
    for _ in range(100):
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        seen.add(process_behind(client))
        client.close()
        time.sleep(0.002)
    print("100 clients that come after it:   100 answers, the dead worker's:", int(victim in seen))
    print("A third process is among them:   ", bool(seen - {victim, other}))


port = free_port()
command = [sys.executable, str(SITE), str(port), "2", "1"]
server = subprocess.Popen(
    command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, process_group=0
)
try:
    assert server.stdout is not None
    server.stdout.readline()
    watch(port)
finally:
    server.send_signal(signal.SIGQUIT)
    log = server.communicate()[1]
print("The master's log:", log.strip())
