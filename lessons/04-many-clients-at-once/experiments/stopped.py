"""Somebody asks for a report. In the middle of it the server is told to stop.

python experiments/stopped.py SERVER.py ARGUMENTS, where the server takes its port first
"""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


port = free_port()
command = [sys.executable, sys.argv[1], str(port), *sys.argv[2:]]
server = subprocess.Popen(command, stdout=subprocess.PIPE, process_group=0)
assert server.stdout is not None
server.stdout.readline()
client = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
client.request("GET", "/report")
time.sleep(0.2)
os.killpg(server.pid, signal.SIGTERM)  # all processes of the group, as systemd does it
try:
    answer = client.getresponse()
    print("the report:", answer.status, answer.reason)
    print("Connection:", answer.getheader("Connection"))
except ConnectionError:
    print("the report: the connection was cut")
client.close()
print("the server: exit status", server.wait())
