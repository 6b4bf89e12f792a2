"""A vote whose answer gets lost: an application counts it, and dies. Is another one asked?

python experiments/votes.py off    whatever was asked is asked again
python experiments/votes.py on     only what may be done twice
"""

import http.client
import logging
import socket
import sys
import threading

from httpserver import Server, listen, proxy
from httpserver.balancing import Backend, Group

logging.disable()  # the proxy tells of each failure
counted = {"GET": 0, "POST": 0}


def application(listener: socket.socket) -> None:
    """Count, and die before the answer is out: each time, until nobody comes any more."""
    while True:
        client, _address = listener.accept()
        with client:
            method = client.recv(65536).partition(b" ")[0].decode()
            if not method:
                return
            counted[method] += 1


if sys.argv[1:] not in (["off"], ["on"]):
    sys.exit("usage: python experiments/votes.py off|on")
if sys.argv[1] == "off":
    setattr(proxy, "IDEMPOTENT", {"GET", "POST"})  # noqa: B010

behind = socket.create_server(("127.0.0.1", 0))
host, port = behind.getsockname()
front = listen("127.0.0.1:0")
backends = [Backend(f"{host}:{port}", max_fails=0) for _ in range(3)]  # as if there were three
server = Server(proxy.Proxy(Group(backends, tries=3)), [front])
running = [
    threading.Thread(target=application, args=[behind]),
    threading.Thread(target=server.run),
]
for thread in running:
    thread.start()
for method in counted:
    client = http.client.HTTPConnection(*front.getsockname())
    client.request(method, "/vote")
    status = client.getresponse().status
    print(f"{method:4} the client hears {status}; they were asked {counted[method]} times")
    client.close()
server.stop()
socket.create_connection((host, port)).close()
for thread in running:
    thread.join()
