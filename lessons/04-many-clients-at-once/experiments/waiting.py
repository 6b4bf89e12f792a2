"""Somebody asks for a report that takes its time. Does the next one wait for it, too?

python experiments/waiting.py SERVER.py ARGUMENTS, where the server takes its port first
"""

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def ask(port: int, path: str) -> float:
    """How long the answer took, in seconds."""
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    asked = time.monotonic()
    client.request("GET", path)
    client.getresponse().read()
    client.close()
    return time.monotonic() - asked


def watch(port: int) -> None:
    ask(port, "/")  # all is loaded and warm
    report = threading.Thread(target=lambda: times.append(ask(port, "/report")))
    times: list[float] = []
    report.start()
    time.sleep(0.1)  # a moment later, somebody else
    waited = ask(port, "/")
    report.join()
    print(f"the report:     {times[0]:.3f} s")
    print(f"the front page: {waited:.3f} s, {'late' if waited > 0.2 else 'at once'}")


port = free_port()
command = [sys.executable, sys.argv[1], str(port), *sys.argv[2:]]
server = subprocess.Popen(command, stdout=subprocess.PIPE, process_group=0)
try:
    assert server.stdout is not None
    server.stdout.readline()  # it says where it serves: so it listens
    watch(port)
finally:
    os.killpg(server.pid, signal.SIGTERM)  # its workers, too
    server.wait()
