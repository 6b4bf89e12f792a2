"""Four clients wait for a slow application. Does a fifth, who wants a page of our own?

python experiments/stall.py off    the handler asks the application, on a thread of the pool
python experiments/stall.py on     the loop asks it
"""

import http.client
import sys
import threading
import time

from httpserver import Request, Response, Server, listen
from httpserver.balancing import Backend, Group
from httpserver.locations import Locations
from httpserver.proxy import Proxy
from httpserver.sites import fixed


def slow(request: Request) -> Response:
    reports.release()
    time.sleep(0.5)
    return Response(200, [], b"the report")


def blocking(request: Request) -> Response:
    """What first/serve.py does: ask, and wait."""
    client = http.client.HTTPConnection(*behind.getsockname())
    client.request(request.method, request.target)
    return Response(200, [], client.getresponse().read())


def ask(path: str) -> float:
    """How long the answer took, in seconds."""
    asked = time.monotonic()
    client = http.client.HTTPConnection(*front.getsockname())
    client.request("GET", path)
    client.getresponse().read()
    client.close()
    return time.monotonic() - asked


if sys.argv[1:] not in (["off"], ["on"]):
    sys.exit("usage: python experiments/stall.py off|on")
reports = threading.Semaphore(0)
behind, front = listen("127.0.0.1:0"), listen("127.0.0.1:0")
host, port = behind.getsockname()
proxy = Proxy(Group([Backend(f"{host}:{port}")])) if sys.argv[1] == "on" else blocking
locations = Locations([("/", proxy), ("/about", fixed(200, "About us", "text/plain"))])
servers = [Server(slow, [behind], threads=8), Server(locations, [front], threads=4)]
running = [threading.Thread(target=server.run) for server in servers]
clients = [threading.Thread(target=ask, args=["/report"]) for _ in range(4)]
for thread in (*running, *clients):
    thread.start()
for _ in clients:
    reports.acquire()  # until all four are under way
waited = ask("/about")
print(f"a page of our own: {waited:.3f} s, {'late' if waited > 0.2 else 'at once'}")
for thread in clients:
    thread.join()
for server in servers:
    server.stop()
for thread in running:
    thread.join()
